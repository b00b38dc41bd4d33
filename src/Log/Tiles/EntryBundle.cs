using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Candor.Log;

/// <summary>Entries of one place of a log, as a file holds them: for each its length, two bytes big-endian, and its bytes.</summary>
public static class EntryBundle
{
    /// <summary>Longest entry of any log.</summary>
    public const int MaxEntryBytes = ushort.MaxValue;

    /// <summary>Most bytes of a full bundle.</summary>
    public const int MaxBytes = TileName.FullWidth * (sizeof(ushort) + MaxEntryBytes);

    /// <exception cref="ArgumentException">The entry is too long.</exception>
    public static void Append(List<byte> bundle, ReadOnlySpan<byte> entry)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        if (entry.Length > MaxEntryBytes) throw new ArgumentException($"An entry has at most {MaxEntryBytes} bytes, not {entry.Length}.", nameof(entry));
        Span<byte> length = stackalloc byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)entry.Length);
        bundle.AddRange(length);
        bundle.AddRange(entry);
    }

    /// <summary>Splits a bundle of exactly <paramref name="width"/> entries; false where the bytes are fewer or more.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bundle, int width, [NotNullWhen(true)] out IReadOnlyList<ReadOnlyMemory<byte>>? entries)
    {
        entries = null;
        if (width is < 0 or > TileName.FullWidth || bundle.Length > MaxBytes) return false;
        var read = new ReadOnlyMemory<byte>[width];
        for (int i = 0; i < width; i++)
        {
            if (bundle.Length < sizeof(ushort)) return false;
            int length = BinaryPrimitives.ReadUInt16BigEndian(bundle.Span);
            bundle = bundle[sizeof(ushort)..];
            if (bundle.Length < length) return false;
            read[i] = bundle[..length];
            bundle = bundle[length..];
        }
        if (!bundle.IsEmpty) return false;
        entries = read;
        return true;
    }
}
