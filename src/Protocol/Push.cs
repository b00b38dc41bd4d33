using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What a device sends to extend its account's log (spec/http-api.md §4).</summary>
/// <param name="Leaf">Encoded leaf.</param>
/// <param name="Bundle">The sealed records of the commit's inline puts, in their order, joined.</param>
/// <param name="Vaults">Sealed vault keys, in the order of the vault operations.</param>
public sealed record Push(ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Bundle, IReadOnlyList<ReadOnlyMemory<byte>> Vaults)
{
    /// <summary>The whole, in one array.</summary>
    public byte[] Encode()
    {
        var parts = EncodeParts();
        byte[] encoded = new byte[parts.Sum(p => p.Length)];
        int at = 0;
        foreach (var part in parts)
        {
            part.Span.CopyTo(encoded.AsSpan(at));
            at += part.Length;
        }
        return encoded;
    }

    /// <summary>The whole in its parts, among them <see cref="Leaf"/> and <see cref="Bundle"/> as they lie: megabytes need not be copied to be sent.</summary>
    public ReadOnlyMemory<byte>[] EncodeParts()
    {
        byte[] before = new byte[1 + CborHead.LengthOf(Leaf.Length)], between = new byte[CborHead.LengthOf(Bundle.Length)];
        int at = 0;
        CborHead.Write(before, ref at, CborHead.Array, 3);
        CborHead.Write(before, ref at, CborHead.Bytes, Leaf.Length);
        at = 0;
        CborHead.Write(between, ref at, CborHead.Bytes, Bundle.Length);
        byte[] after = new byte[CborHead.LengthOf(Vaults.Count) + Vaults.Sum(v => CborHead.LengthOf(v.Length) + v.Length)];
        at = 0;
        CborHead.Write(after, ref at, CborHead.Array, Vaults.Count);
        foreach (var vault in Vaults) CborHead.Write(after, ref at, vault.Span);
        return [before, Leaf, between, Bundle, after];
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
