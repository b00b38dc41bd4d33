using System.Buffers.Binary;
using System.Text;

namespace Candor.Bench.SamplePhone;

/// <summary>The smallest movies that readers take: ftyp, moov with one video track, mdat (ISO/IEC 14496-12). Nothing plays in them.</summary>
internal static class Movie
{
    private const uint TimeScale = 1000;
    private static readonly DateTime Epoch = new(1904, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public static byte[] Mp4(DateTime utc, uint milliseconds, byte[] data) => [.. Mp4Head(utc, milliseconds, (uint)data.Length), .. data];

    /// <summary>All of an MP4 but the bytes of its data, which end the file.</summary>
    public static byte[] Mp4Head(DateTime utc, uint milliseconds, uint dataLength) =>
        [.. Box("ftyp", "mp42"u8.ToArray(), UInt32(0), "isommp42"u8.ToArray()), .. Header(utc, milliseconds, []), .. UInt32(dataLength + 8), .. "mdat"u8];

    /// <summary>The movie of a Live Photo: QuickTime with the identifier that its still has too.</summary>
    public static byte[] Live(PhotoFacts still, uint milliseconds, byte[] data)
    {
        (string Key, string Value)[] values =
        [
            ("com.apple.quicktime.content.identifier", still.LiveId ?? ""), ("com.apple.quicktime.make", still.Make), ("com.apple.quicktime.model", still.Model),
            ("com.apple.quicktime.creationdate", still.ExifTime[..10].Replace(':', '-') + "T" + still.ExifTime[11..] + still.ExifOffset.Replace(":", "", StringComparison.Ordinal)),
        ];
        var meta = Box("meta",
            Box("hdlr", UInt32(0), UInt32(0), "mdta"u8.ToArray(), new byte[14]),
            Box("keys", UInt32(0), UInt32((uint)values.Length), [.. values.SelectMany(value => Box("mdta", Encoding.ASCII.GetBytes(value.Key)))]),
            Box("ilst", [.. values.SelectMany((value, index) => Item((uint)index + 1, Encoding.ASCII.GetBytes(value.Value)))]));
        return [.. Box("ftyp", "qt  "u8.ToArray(), UInt32(0), "qt  "u8.ToArray()), .. Box("mdat", data), .. Header(still.Local - still.Offset, milliseconds, meta)];
    }

    /// <summary>An item's box is named by its key's number instead of four letters.</summary>
    private static byte[] Item(uint key, byte[] value)
    {
        var data = Box("data", UInt32(1), UInt32(0), value);
        return [.. UInt32((uint)data.Length + 8), .. UInt32(key), .. data];
    }

    private static byte[] Header(DateTime utc, uint milliseconds, byte[] more)
    {
        var created = UInt32((uint)(utc - Epoch).TotalSeconds);
        byte[] matrix = [.. UInt32(0x10000), .. UInt32(0), .. UInt32(0), .. UInt32(0), .. UInt32(0x10000), .. UInt32(0), .. UInt32(0), .. UInt32(0), .. UInt32(0x40000000)];
        return Box("moov",
            Box("mvhd", UInt32(0), created, created, UInt32(TimeScale), UInt32(milliseconds), UInt32(0x10000), [1, 0], new byte[10], matrix, new byte[24], UInt32(2)),
            Box("trak",
                Box("tkhd", UInt32(7), created, created, UInt32(1), UInt32(0), UInt32(milliseconds), new byte[16], matrix, UInt32(1280 << 16), UInt32(720 << 16)),
                Box("mdia",
                    Box("mdhd", UInt32(0), created, created, UInt32(TimeScale), UInt32(milliseconds), UInt32(0)),
                    Box("hdlr", UInt32(0), UInt32(0), "vide"u8.ToArray(), new byte[13]))),
            more);
    }

    public static byte[] Box(string type, params byte[][] parts) =>
        [.. UInt32((uint)(8 + parts.Sum(part => part.Length))), .. Encoding.ASCII.GetBytes(type), .. parts.SelectMany(part => part)];

    public static byte[] UInt32(uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }
}
