using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>One item of a pull (spec/http-api.md §5): a leaf with its payloads, or the checkpoint that ends the stream.</summary>
public abstract record PullItem
{
    /// <summary>No item is longer: a leaf, a bundle, the numbers of what is gone, and the CBOR around them.</summary>
    public const int Longest = Limits.Leaf + Limits.Bundle + (3 * Limits.Operations) + 64;

    /// <summary>Longest checkpoint: a note with the signatures of some witnesses.</summary>
    public const int LongestCheckpoint = 64 << 10;

    public abstract byte[] Encode();

    private protected static byte[] EncodeNote(int form, string note)
    {
        var w = Cbor.Writer();
        w.WriteStartArray(2);
        w.WriteInt32(form);
        w.WriteTextString(note);
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out PullItem? item)
    {
        item = null;
        return bytes.Length <= Longest && Cbor.TryDecode(bytes, r =>
        {
            int fields = r.ReadCount(5);
            long form = r.ReadUInt(2);
            PullItem? read = (form, fields) switch
            {
                (0, 5) => PulledLeaf.Read(r),
                (1, 2) => r.ReadText(LongestCheckpoint) is { } note ? new PulledCheckpoint(note) : null,
                (2, 2) => r.ReadText(LongestCheckpoint) is { } statement ? new PulledRestore(statement) : null,
                _ => null,
            };
            if (read is not null) r.ReadEndArray();
            return read;
        }, out item);
    }
}

/// <summary>A leaf and what the server still has of its payloads.</summary>
/// <param name="Index">Its number in the log.</param>
/// <param name="Leaf">Encoded leaf.</param>
/// <param name="Bundle">Sealed records of the commit's inline puts in order, without those in <paramref name="Gone"/>; null: none at all.</param>
/// <param name="Gone">Numbers of the operations whose payload is left out, ascending.</param>
public sealed record PulledLeaf(long Index, ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte>? Bundle, IReadOnlyList<int> Gone) : PullItem
{
    public override byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(5);
        w.WriteInt32(0);
        w.WriteInt64(Index);
        w.WriteByteString(Leaf.Span);
        if (Bundle is { } bundle) w.WriteByteString(bundle.Span);
        else w.WriteNull();
        w.WriteStartArray(Gone.Count);
        foreach (int op in Gone) w.WriteInt32(op);
        w.WriteEndArray();
        w.WriteEndArray();
        return w.Encode();
    }

    internal static PulledLeaf? Read(System.Formats.Cbor.CborReader r)
    {
        long index = r.ReadUInt(long.MaxValue);
        if (index < 0) return null;
        var leaf = r.ReadDefiniteLengthByteString();
        ReadOnlyMemory<byte>? bundle = null;
        if (r.PeekState() == System.Formats.Cbor.CborReaderState.Null) r.ReadNull();
        else bundle = r.ReadDefiniteLengthByteString();
        int count = r.ReadCount(Limits.Operations);
        if (count < 0 || leaf.Length > Limits.Leaf || bundle?.Length > Limits.Bundle) return null;
        var gone = count == 0 ? [] : new int[count];
        for (int i = 0; i < count; i++)
        {
            gone[i] = (int)r.ReadUInt(Limits.Operations - 1);
            if (gone[i] < 0 || (i > 0 && gone[i - 1] >= gone[i])) return null;
        }
        r.ReadEndArray();
        return new(index, leaf, bundle, gone);
    }
}

/// <summary>The end of a pull: the server's checkpoint, as a note.</summary>
public sealed record PulledCheckpoint(string Note) : PullItem
{
    public override byte[] Encode() => EncodeNote(1, Note);
}

/// <summary>The server's word that it was put back to a backup, as a note: before the checkpoint.</summary>
public sealed record PulledRestore(string Note) : PullItem
{
    public override byte[] Encode() => EncodeNote(2, Note);
}
