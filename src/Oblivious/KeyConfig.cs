using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using Candor.Hpke;

namespace Candor.Oblivious;

/// <summary>A public key of a gateway and the ciphers that it takes (RFC 9458 §3). KEM X25519 and KDF HKDF-SHA256; others' are read over.</summary>
/// <param name="Id">Number of the key at its gateway.</param>
/// <param name="PublicKey">32 bytes.</param>
/// <param name="Aeads">At least one, the gateway's favourite first.</param>
public sealed record KeyConfig(byte Id, ReadOnlyMemory<byte> PublicKey, IReadOnlyList<HpkeAead> Aeads)
{
    public const string MediaType = "application/ohttp-keys";

    /// <summary>Most bytes of a collection that is read.</summary>
    public const int MaxBytes = 16 << 10;

    internal const ushort Kem = 0x0020, Kdf = 0x0001;

    private const int PairSize = 2 * sizeof(ushort);

    /// <summary>Reads a collection of configurations, each after its length (2). One that is not of its form makes the whole collection none (§3.2); those of another KEM, or without a cipher that is known here, are left out.</summary>
    /// <param name="bytes">As <c>application/ohttp-keys</c> has them.</param>
    /// <param name="configs">In their order; may be empty where all are of other kinds.</param>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out IReadOnlyList<KeyConfig>? configs)
    {
        configs = null;
        if (bytes.IsEmpty || bytes.Length > MaxBytes) return false;
        var read = new List<KeyConfig>();
        while (!bytes.IsEmpty)
        {
            if (!TryTakeNumber(ref bytes, out int length) || bytes.Length < length) return false;
            if (!TryParseOne(bytes[..length], out var config)) return false;
            if (config is { Aeads.Count: > 0 }) read.Add(config);
            bytes = bytes[length..];
        }
        configs = read;
        return true;
    }

    /// <summary>The collection of one: its length and itself.</summary>
    public byte[] ToBytes()
    {
        byte[] one = ToOneBytes();
        return [(byte)(one.Length >> 8), (byte)(one.Length & 0xFF), .. one];
    }

    /// <summary>id (1) || KEM (2) || public key (32) || length of the ciphers (2) || (KDF (2) || AEAD (2)) each.</summary>
    internal byte[] ToOneBytes()
    {
        byte[] bytes = new byte[1 + 2 + HpkeBase.PublicKeySize + 2 + (PairSize * Aeads.Count)];
        bytes[0] = Id;
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(1), Kem);
        PublicKey.Span.CopyTo(bytes.AsSpan(3, HpkeBase.PublicKeySize));
        var rest = bytes.AsSpan(3 + HpkeBase.PublicKeySize);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)(PairSize * Aeads.Count));
        for (int i = 0; i < Aeads.Count; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest[(2 + (PairSize * i))..], Kdf);
            BinaryPrimitives.WriteUInt16BigEndian(rest[(4 + (PairSize * i))..], (ushort)Aeads[i]);
        }
        return bytes;
    }

    /// <summary>False: not of its form. Null: of another KEM, whose keys have a length that is not known here.</summary>
    private static bool TryParseOne(ReadOnlySpan<byte> bytes, out KeyConfig? config)
    {
        config = null;
        if (bytes.Length < 1 + sizeof(ushort)) return false;
        byte id = bytes[0];
        bytes = bytes[1..];
        if (!TryTakeNumber(ref bytes, out int kem)) return false;
        if (kem != Kem) return true;
        if (bytes.Length < HpkeBase.PublicKeySize) return false;
        byte[] key = bytes[..HpkeBase.PublicKeySize].ToArray();
        bytes = bytes[HpkeBase.PublicKeySize..];
        if (!TryTakeNumber(ref bytes, out int length) || length != bytes.Length || length == 0 || length % PairSize != 0) return false;
        var aeads = new List<HpkeAead>();
        while (TryTakeNumber(ref bytes, out int kdf) && TryTakeNumber(ref bytes, out int aead))
        {
            if (kdf == Kdf && aead is >= (int)HpkeAead.Aes128Gcm and <= (int)HpkeAead.ChaCha20Poly1305 && !aeads.Contains((HpkeAead)aead)) aeads.Add((HpkeAead)aead);
        }
        config = new(id, key, aeads);
        return true;
    }

    private static bool TryTakeNumber(ref ReadOnlySpan<byte> bytes, out int number)
    {
        bool read = BinaryPrimitives.TryReadUInt16BigEndian(bytes, out ushort value);
        number = value;
        if (read) bytes = bytes[sizeof(ushort)..];
        return read;
    }
}
