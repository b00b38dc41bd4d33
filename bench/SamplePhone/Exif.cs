using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Candor.Bench.SamplePhone;

/// <summary>What a sample photo says of itself.</summary>
/// <param name="Local">On the clock at the place.</param>
/// <param name="Offset">Of that clock from UTC.</param>
/// <param name="Orientation">1 to 8.</param>
/// <param name="Place">Degrees north and east; null for none.</param>
/// <param name="Make">Of the camera.</param>
/// <param name="Model">Of the camera.</param>
/// <param name="LiveId">Apple's content identifier, written as a makernote; null for none.</param>
internal sealed record PhotoFacts(
    DateTime Local, TimeSpan Offset, int Orientation, (double North, double East)? Place, string Make, string Model, string? LiveId = null)
{
    public string ExifTime => Local.ToString("yyyy:MM:dd HH:mm:ss", CultureInfo.InvariantCulture);

    public string ExifOffset => (Offset < TimeSpan.Zero ? "-" : "+") + Offset.ToString(@"hh\:mm", CultureInfo.InvariantCulture);
}

/// <summary>Writes an Exif block: a TIFF structure, little-endian (TIFF 6.0, Exif 2.32).</summary>
internal sealed class Exif
{
    private readonly SortedDictionary<ushort, (ushort Type, int Count, byte[] Value, Exif? Sub)> entries = [];

    public static byte[] Block(PhotoFacts facts)
    {
        var details = new Exif().Ascii(0x9003, facts.ExifTime).Ascii(0x9004, facts.ExifTime).Ascii(0x9010, facts.ExifOffset).Ascii(0x9011, facts.ExifOffset)
            .Rational(0x829D, (18, 10)).Rational(0x829A, (1, 250)).Short(0x8827, 64).Rational(0x920A, (68, 10)).Ascii(0xA434, $"{facts.Model} main camera");
        details.Add(0x9000, 7, [.. "0232"u8]).Add(0x9101, 7, [1, 2, 3, 0]).Add(0xA000, 7, [.. "0100"u8]).Short(0xA001, 1);
        if (facts.LiveId is { } id)
            details.Add(0x927C, 7, AppleNote(id));
        var block = new Exif().Ascii(0x010F, facts.Make).Ascii(0x0110, facts.Model).Short(0x0112, (ushort)facts.Orientation)
            .Rational(0x011A, (72, 1)).Rational(0x011B, (72, 1)).Short(0x0128, 2).Ascii(0x0132, facts.ExifTime).Short(0x0213, 1).Directory(0x8769, details);
        if (facts.Place is { } place)
            block.Directory(0x8825, Gps(place, facts.Local - facts.Offset));
        return block.ToTiff();
    }

    private static Exif Gps((double North, double East) place, DateTime utc) => new Exif()
        .Ascii(1, place.North < 0 ? "S" : "N").Rational(2, Degrees(place.North)).Ascii(3, place.East < 0 ? "W" : "E").Rational(4, Degrees(place.East))
        .Rational(7, ((uint)utc.Hour, 1), ((uint)utc.Minute, 1), ((uint)utc.Second, 1)).Ascii(0x1D, utc.ToString("yyyy:MM:dd", CultureInfo.InvariantCulture));

    private static (uint, uint)[] Degrees(double value)
    {
        var hundredths = (long)Math.Round(Math.Abs(value) * 3600 * 100);
        return [((uint)(hundredths / 360_000), 1), ((uint)(hundredths / 6000 % 60), 1), ((uint)(hundredths % 6000), 100)];
    }

    /// <summary>Apple's makernote with key 17 alone: big-endian, offsets from its own start.</summary>
    private static byte[] AppleNote(string id) =>
        [.. "Apple iOS\0\0\x01MM"u8, 0, 1, 0, 0x11, 0, 2, 0, 0, 0, (byte)(id.Length + 1), 0, 0, 0, 32, 0, 0, 0, 0, .. Encoding.ASCII.GetBytes(id), 0];

    private Exif Ascii(ushort tag, string text) => Add(tag, 2, [.. Encoding.ASCII.GetBytes(text), 0]);

    private Exif Short(ushort tag, ushort value) => Add(tag, 3, [(byte)value, (byte)(value >> 8)], 1);

    private Exif Rational(ushort tag, params (uint Over, uint Under)[] values) =>
        Add(tag, 5, [.. values.SelectMany(value => (byte[])[.. BitConverter.GetBytes(value.Over), .. BitConverter.GetBytes(value.Under)])], values.Length);

    private Exif Add(ushort tag, ushort type, byte[] value, int count = -1)
    {
        entries.Add(tag, (type, count < 0 ? value.Length : count, value, null));
        return this;
    }

    private Exif Directory(ushort tag, Exif sub)
    {
        entries.Add(tag, (4, 1, [], sub));
        return this;
    }

    private byte[] ToTiff()
    {
        var bytes = new List<byte>("II*\0\x08\0\0\0"u8.ToArray());
        Write(bytes);
        return [.. bytes];
    }

    /// <summary>Count, twelve bytes an entry, no next directory; then what does not fit into an entry, then the directories inside.</summary>
    private void Write(List<byte> bytes)
    {
        var table = new byte[2 + entries.Count * 12 + 4];
        var start = bytes.Count;
        bytes.AddRange(table);
        BinaryPrimitives.WriteUInt16LittleEndian(table, (ushort)entries.Count);
        var at = 2;
        foreach (var (tag, (type, count, value, sub)) in entries)
        {
            var entry = table.AsSpan(at, 12);
            BinaryPrimitives.WriteUInt16LittleEndian(entry, tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], type);
            BinaryPrimitives.WriteInt32LittleEndian(entry[4..], count);
            if (sub is null && value.Length <= 4)
            {
                value.CopyTo(entry[8..]);
            }
            else
            {
                if (bytes.Count % 2 == 1)
                    bytes.Add(0);
                BinaryPrimitives.WriteInt32LittleEndian(entry[8..], bytes.Count);
                if (sub is null) bytes.AddRange(value);
                else sub.Write(bytes);
            }
            at += 12;
        }
        for (var i = 0; i < table.Length; i++)
            bytes[start + i] = table[i];
    }
}
