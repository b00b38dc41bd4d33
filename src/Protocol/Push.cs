using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What a device sends to extend its account's log (spec/http-api.md §4).</summary>
/// <param name="Leaf">Encoded leaf.</param>
/// <param name="Bundle">The sealed records of the commit's inline puts, in their order, joined.</param>
/// <param name="Vaults">Sealed vault keys, in the order of the vault operations.</param>
public sealed record Push(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Bundle, IReadOnlyList<ReadOnlyMemory<byte>> Vaults)
{
    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(3);
        w.WriteByteString(Leaf.Span);
        w.WriteByteString(Bundle.Span);
        w.WriteStartArray(Vaults.Count);
        foreach (var vault in Vaults) w.WriteByteString(vault.Span);
        w.WriteEndArray();
        w.WriteEndArray();
        return w.Encode();
    }

    /// <summary>Total. The parts share the memory of <paramref name="bytes"/>.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Push? push)
    {
        push = null;
        return bytes.Length <= Limits.Push && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(3)) return null;
            var leaf = r.ReadDefiniteLengthByteString();
            var bundle = r.ReadDefiniteLengthByteString();
            int count = r.ReadCount(Kinds.All.Count);
            if (count < 0 || leaf.Length > Limits.Leaf || bundle.Length > Limits.Bundle) return null;
            var vaults = new ReadOnlyMemory<byte>[count];
            for (int i = 0; i < count; i++) vaults[i] = r.ReadDefiniteLengthByteString();
            r.ReadEndArray();
            r.ReadEndArray();
            return new Push(leaf, bundle, vaults);
        }, out push);
    }
}
