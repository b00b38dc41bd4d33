using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>A commit body and its author's signature: the bytes that the account's Merkle tree is over (spec/account-log.md §1).</summary>
public sealed record Leaf(ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Signature)
{
    public const int SignatureSize = 64;

    public byte[] Encode()
    {
        byte[] encoded = new byte[1 + CborHead.LengthOf(Body.Length) + Body.Length + CborHead.LengthOf(Signature.Length) + Signature.Length];
        int at = 0;
        CborHead.Write(encoded, ref at, CborHead.Array, 2);
        CborHead.Write(encoded, ref at, Body.Span);
        CborHead.Write(encoded, ref at, Signature.Span);
        return encoded;
    }

    /// <summary>Total. The body is not looked into: see <see cref="Commit.TryDecode"/>. The memory of both parts is that of <paramref name="bytes"/>.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out Leaf? leaf)
    {
        leaf = null;
        return bytes.Length <= Limits.Leaf && Cbor.TryDecode(bytes, r =>
        {
            if (!r.ReadArray(2)) return null;
            var body = r.ReadDefiniteLengthByteString();
            var signature = r.ReadDefiniteLengthByteString();
            r.ReadEndArray();
            return body.Length <= Limits.Commit && signature.Length == SignatureSize ? new Leaf(body, signature) : null;
        }, out leaf);
    }
}

/// <summary>What a holder signs of a commit: "candor/v1 commit", 0x00, and the body. The bytes are lent: dispose it.</summary>
public readonly ref struct SignedCommit : IDisposable
{
    private readonly byte[] _lent;

    public SignedCommit(ReadOnlySpan<byte> body)
    {
        var label = "candor/v1 commit\0"u8;
        _lent = ArrayPool<byte>.Shared.Rent(label.Length + body.Length);
        label.CopyTo(_lent);
        body.CopyTo(_lent.AsSpan(label.Length));
        Bytes = _lent.AsSpan(0, label.Length + body.Length);
    }

    public ReadOnlySpan<byte> Bytes { get; }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_lent);
}
