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
        var (before, after) = EncodeAround();
        return [.. before, .. Bundle.Span, .. after];
    }

    /// <summary>What stands before the bundle and after it: a bundle of megabytes need not be copied to be sent.</summary>
    public (byte[] Before, byte[] After) EncodeAround()
    {
        byte[] before = new byte[1 + HeadLength(Leaf.Length) + Leaf.Length + HeadLength(Bundle.Length)];
        before[0] = ArrayType | 3;
        int at = 1;
        Write(before, ref at, Leaf.Span);
        WriteHead(before, ref at, BytesType, Bundle.Length);

        byte[] after = new byte[HeadLength(Vaults.Count) + Vaults.Sum(v => HeadLength(v.Length) + v.Length)];
        at = 0;
        WriteHead(after, ref at, ArrayType, Vaults.Count);
        foreach (var vault in Vaults) Write(after, ref at, vault.Span);
        return (before, after);
    }

    // RFC 8949 §3: the major type in the top three bits, then the length in its shortest form.
    private const byte BytesType = 2 << 5;
    private const byte ArrayType = 4 << 5;

    private static int HeadLength(int count) => count < 24 ? 1 : count <= byte.MaxValue ? 2 : count <= ushort.MaxValue ? 3 : 5;

    private static void Write(byte[] encoded, ref int at, ReadOnlySpan<byte> bytes)
    {
        WriteHead(encoded, ref at, BytesType, bytes.Length);
        bytes.CopyTo(encoded.AsSpan(at));
        at += bytes.Length;
    }

    private static void WriteHead(byte[] encoded, ref int at, byte type, int count)
    {
        int length = HeadLength(count);
        encoded[at] = (byte)(type | length switch { 1 => count, 2 => 24, 3 => 25, _ => 26 });
        for (int i = 1; i < length; i++) encoded[at + i] = (byte)((count >> (8 * (length - 1 - i))) & 0xff);
        at += length;
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
