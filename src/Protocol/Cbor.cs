using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;

namespace Candor.Protocol;

/// <summary>The CBOR profile of spec/ids.md §3 over System.Formats.Cbor: deterministic, no tags, no floats, nothing left over.</summary>
public static class Cbor
{
    /// <summary>Nesting beyond this is refused before it is read.</summary>
    public const int MaxDepth = 16;

    /// <summary>A writer that refuses what the profile refuses.</summary>
    /// <param name="room">Bytes that it has room for at first: what grows is copied again and again.</param>
    public static CborWriter Writer(int room = -1) => new(CborConformanceMode.Canonical, convertIndefiniteLengthEncodings: false, allowMultipleRootLevelValues: false, room);

    /// <summary>Reads one value that fills <paramref name="bytes"/>. False for anything outside the profile or that <paramref name="read"/> does not want; never throws on bytes.</summary>
    /// <param name="bytes">The encoding.</param>
    /// <param name="read">Reads the value, and returns null where it is not of the form wanted.</param>
    /// <param name="value">What <paramref name="read"/> returned.</param>
    public static bool TryDecode<T>(ReadOnlyMemory<byte> bytes, Func<CborReader, T?> read, [NotNullWhen(true)] out T? value) where T : class
    {
        value = null;
        var reader = new CborReader(bytes, CborConformanceMode.Canonical);
        try
        {
            value = read(reader);
            if (value is not null && reader.BytesRemaining == 0) return true;
        }
        // The reader's way of saying that the bytes are not of this form: not well-formed, of another type, or a number out of range.
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
        }
        value = null;
        return false;
    }

    /// <summary>The number of items of an array of at most <paramref name="max"/>; -1 where it is longer, or of indefinite length.</summary>
    public static int ReadCount(this CborReader reader, int max) => reader.ReadStartArray() is { } n && n <= max ? n : -1;

    /// <summary>Enters an array of exactly <paramref name="count"/>.</summary>
    public static bool ReadArray(this CborReader reader, int count) => reader.ReadStartArray() == count;

    public static bool TryReadId(this CborReader reader, out Id id)
    {
        Span<byte> bytes = stackalloc byte[Id.Size];
        bool ok = reader.TryReadByteString(bytes, out int written) && written == Id.Size;
        id = ok ? Id.From(bytes) : default;
        return ok;
    }

    public static bool TryReadHash(this CborReader reader, out Hash32 hash)
    {
        Span<byte> bytes = stackalloc byte[Hash32.Size];
        bool ok = reader.TryReadByteString(bytes, out int written) && written == Hash32.Size;
        hash = ok ? new Hash32(bytes) : default;
        return ok;
    }

    /// <summary>A byte string of <paramref name="min"/> … <paramref name="max"/> bytes, or null.</summary>
    public static byte[]? ReadBytes(this CborReader reader, int min, int max)
    {
        var bytes = reader.ReadDefiniteLengthByteString();
        return bytes.Length >= min && bytes.Length <= max ? bytes.ToArray() : null;
    }

    /// <summary>A text of at most <paramref name="max"/> bytes of UTF-8, or null.</summary>
    public static string? ReadText(this CborReader reader, int max)
    {
        var utf8 = reader.ReadDefiniteLengthTextStringBytes();
        return utf8.Length <= max && System.Text.Unicode.Utf8.IsValid(utf8.Span) ? System.Text.Encoding.UTF8.GetString(utf8.Span) : null;
    }

    /// <summary>An unsigned integer of at most <paramref name="max"/>, or -1.</summary>
    public static long ReadUInt(this CborReader reader, long max)
    {
        ulong value = reader.ReadUInt64();
        return value <= (ulong)max ? (long)value : -1;
    }

    /// <summary>[index, op], or null.</summary>
    public static Place? ReadPlace(this CborReader reader)
    {
        if (!reader.ReadArray(2)) return null;
        long index = reader.ReadUInt(long.MaxValue);
        long op = reader.ReadUInt(Limits.Operations - 1);
        if (index < 0 || op < 0) return null;
        reader.ReadEndArray();
        return new(index, (int)op);
    }

    /// <summary>[ms, counter], or null.</summary>
    public static HybridTime? ReadTime(this CborReader reader)
    {
        if (!reader.ReadArray(2)) return null;
        long ms = reader.ReadUInt(long.MaxValue);
        long counter = reader.ReadUInt(HybridTime.MaxCounter);
        if (ms < 0 || counter < 0) return null;
        reader.ReadEndArray();
        return new(ms, (int)counter);
    }

    public static void WritePlace(this CborWriter writer, Place place)
    {
        writer.WriteStartArray(2);
        writer.WriteInt64(place.Index);
        writer.WriteInt32(place.Op);
        writer.WriteEndArray();
    }

    public static void WriteTime(this CborWriter writer, HybridTime time)
    {
        writer.WriteStartArray(2);
        writer.WriteInt64(time.Ms);
        writer.WriteInt32(time.Counter);
        writer.WriteEndArray();
    }

    public static void WritePlaces(this CborWriter writer, IReadOnlyCollection<Place> places)
    {
        writer.WriteStartArray(places.Count);
        foreach (var place in places) writer.WritePlace(place);
        writer.WriteEndArray();
    }

    public static void WriteId(this CborWriter writer, Id id)
    {
        Span<byte> bytes = stackalloc byte[Id.Size];
        id.CopyTo(bytes);
        writer.WriteByteString(bytes);
    }

    public static void WriteHash(this CborWriter writer, in Hash32 hash) => writer.WriteByteString(hash.AsSpan());
}
