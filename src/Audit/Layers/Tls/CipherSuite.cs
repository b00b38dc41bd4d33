using System.Net.Security;
using System.Security.Cryptography;

namespace Candor.Audit.Layers.Tls;

/// <summary>How records are encrypted.</summary>
internal enum BulkCipher : byte
{
    AesGcm,
    AesCcm,
    ChaCha20,
    AesCbc,
    TripleDesCbc,
    Rc4,
}

/// <summary>What is needed of a cipher suite to open its records. Who signed and how keys were agreed on does not matter to who has the secret.</summary>
/// <param name="Cipher">How records are encrypted.</param>
/// <param name="KeySize">Bytes.</param>
/// <param name="TagSize">Bytes of an AEAD's tag; else of the MAC.</param>
/// <param name="Hash">Of the key schedule: PRF in TLS 1.2, HKDF in 1.3.</param>
/// <param name="Mac">Of records that are not AEAD.</param>
internal readonly record struct CipherSuite(BulkCipher Cipher, int KeySize, int TagSize, HashAlgorithmName Hash, HashAlgorithmName Mac)
{
    public bool IsAead => Cipher <= BulkCipher.ChaCha20;

    public int HashSize => Hash == HashAlgorithmName.SHA384 ? 48 : 32;

    /// <summary>The suite of a number that IANA gave out. Null: one that nothing here opens.</summary>
    public static CipherSuite? Of(int code) => code switch
    {
        0x1301 => Aead(BulkCipher.AesGcm, 16),
        0x1302 => Aead(BulkCipher.AesGcm, 32, sha384: true),
        0x1303 => Aead(BulkCipher.ChaCha20, 32),
        0x1304 => Aead(BulkCipher.AesCcm, 16),
        0x1305 => Aead(BulkCipher.AesCcm, 16, tag: 8),
        >= 0xCCA8 and <= 0xCCAE => Aead(BulkCipher.ChaCha20, 32),
        // GCM: the numbers alternate between 128 bits with SHA-256 and 256 bits with SHA-384.
        >= 0x9C and <= 0xAD => Aead(BulkCipher.AesGcm, code % 2 == 0 ? 16 : 32, sha384: code % 2 != 0),
        >= 0xC02B and <= 0xC032 => Aead(BulkCipher.AesGcm, code % 2 != 0 ? 16 : 32, sha384: code % 2 == 0),
        >= 0xC0A0 and <= 0xC0A3 or >= 0xC0A8 and <= 0xC0AB or 0xC0AE or 0xC0AF => Aead(BulkCipher.AesCcm, code % 2 == 0 ? 16 : 32, tag: 8),
        >= 0xC09C and <= 0xC0AF => Aead(BulkCipher.AesCcm, code % 2 == 0 ? 16 : 32),
        >= 0x2F and <= 0x34 or 0x8C or 0x90 or 0x94 or 0xC004 or 0xC009 or 0xC00E or 0xC013 or 0xC018 or 0xC035 => Maced(BulkCipher.AesCbc, 16, HashAlgorithmName.SHA1, 20),
        >= 0x35 and <= 0x3A or 0x8D or 0x91 or 0x95 or 0xC005 or 0xC00A or 0xC00F or 0xC014 or 0xC019 or 0xC036 => Maced(BulkCipher.AesCbc, 32, HashAlgorithmName.SHA1, 20),
        0x3C or 0x3E or 0x3F or 0x40 or 0x67 or 0x6C or 0xAE or 0xB2 or 0xB6 or 0xC023 or 0xC025 or 0xC027 or 0xC029 or 0xC037 => Maced(BulkCipher.AesCbc, 16, HashAlgorithmName.SHA256, 32),
        0x3D or >= 0x68 and <= 0x6B or 0x6D => Maced(BulkCipher.AesCbc, 32, HashAlgorithmName.SHA256, 32),
        0xAF or 0xB3 or 0xB7 or 0xC024 or 0xC026 or 0xC028 or 0xC02A or 0xC038 => Maced(BulkCipher.AesCbc, 32, HashAlgorithmName.SHA384, 48),
        0x0A or 0x0D or 0x10 or 0x13 or 0x16 or 0x1B or 0x8B or 0x8F or 0x93 or 0xC003 or 0xC008 or 0xC00D or 0xC012 or 0xC017 or 0xC034 => Maced(BulkCipher.TripleDesCbc, 24, HashAlgorithmName.SHA1, 20),
        0x04 or 0x18 => Maced(BulkCipher.Rc4, 16, HashAlgorithmName.MD5, 16),
        0x05 or 0x66 or 0x8A or 0x8E or 0x92 or 0xC002 or 0xC007 or 0xC00C or 0xC011 or 0xC016 or 0xC033 => Maced(BulkCipher.Rc4, 16, HashAlgorithmName.SHA1, 20),
        _ => null,
    };

    /// <summary>IANA's name, or the number in hexadecimal.</summary>
    public static string NameOf(int code) => Enum.IsDefined((TlsCipherSuite)code) ? ((TlsCipherSuite)code).ToString() : $"0x{code:X4}";

    /// <summary>Suites of TLS 1.3 whose secrets have that many bytes: what to try where the ServerHello is not in the capture.</summary>
    public static ReadOnlySpan<ushort> WithSecretsOf(int size) => size == 48 ? [0x1302] : [0x1301, 0x1303, 0x1304, 0x1305];

    private static CipherSuite Aead(BulkCipher cipher, int key, bool sha384 = false, int tag = 16) => new(cipher, key, tag, sha384 ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA256, default);

    private static CipherSuite Maced(BulkCipher cipher, int key, HashAlgorithmName mac, int size) => new(cipher, key, size, mac == HashAlgorithmName.SHA384 ? mac : HashAlgorithmName.SHA256, mac);
}
