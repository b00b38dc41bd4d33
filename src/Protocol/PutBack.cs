using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>A commit that a server lost when it was put back to a backup, as a device still has it (spec/http-api.md §5.1).</summary>
/// <param name="Leaf">Encoded leaf, byte for byte.</param>
/// <param name="Bundle">Sealed records of the commit's inline puts in order, without those in <paramref name="Gone"/>.</param>
/// <param name="Gone">Numbers of the inline puts whose payload the device does not have, ascending.</param>
/// <param name="Vaults">Sealed vault keys in the order of the vault operations; empty where the device does not have one.</param>
public sealed record PutBack(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Bundle, IReadOnlyList<int> Gone, IReadOnlyList<ReadOnlyMemory<byte>> Vaults)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(4);
        w.WriteByteString(Leaf.Span);
        w.WriteByteString(Bundle.Span);
        w.WriteStartArray(Gone.Count);
        foreach (int op in Gone) w.WriteInt32(op);
        w.WriteEndArray();
        w.WriteStartArray(Vaults.Count);
        foreach (var vault in Vaults) w.WriteByteString(vault.Span);
        w.WriteEndArray();
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total. The parts share the memory of <paramref name="bytes"/>.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out PutBack? putBack)
    {
        putBack = null;
        return bytes.Length <= Limits.PutBack && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(4)) return null;
            var leaf = r.ReadDefiniteLengthByteString();
            var bundle = r.ReadDefiniteLengthByteString();
            int count = r.ReadCount(Limits.Operations);
            if (count < 0 || leaf.Length > Limits.Leaf || bundle.Length > Limits.Bundle) return null;
            var gone = count == 0 ? [] : new int[count];
            for (int i = 0; i < count; i++)
            {
                gone[i] = (int)r.ReadUInt(Limits.Operations - 1);
                if (gone[i] < 0 || (i > 0 && gone[i - 1] >= gone[i])) return null;
            }
            r.ReadEndArray();
            int keys = r.ReadCount(Kinds.All.Count);
            if (keys < 0) return null;
            var vaults = new ReadOnlyMemory<byte>[keys];
            for (int i = 0; i < keys; i++)
            {
                vaults[i] = r.ReadDefiniteLengthByteString();
                if (vaults[i].Length is not (0 or Limits.SealedKey)) return null;
            }
            r.ReadEndArray();
            r.ReadEndArray();
            return new PutBack(leaf, bundle, gone, vaults);
        }, out putBack);
    }
}
