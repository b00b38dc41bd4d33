using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>A commit body and its author's signature: the bytes that the account's Merkle tree is over (spec/account-log.md §1).</summary>
public sealed record Leaf(ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Signature)
{
    public const int SignatureSize = 64;

    /// <summary>What is signed: "candor/v1 commit", 0x00, and the body.</summary>
    public static byte[] SignedBytes(ReadOnlySpan<byte> body)
    {
        var label = "candor/v1 commit\0"u8;
        var bytes = new byte[label.Length + body.Length];
        label.CopyTo(bytes);
        body.CopyTo(bytes.AsSpan(label.Length));
        return bytes;
    }

    public byte[] Encode()
    {
        var w = Cbor.Writer();
        w.WriteStartArray(2);
        w.WriteByteString(Body.Span);
        w.WriteByteString(Signature.Span);
        w.WriteEndArray();
        return w.Encode();
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
