using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Audit.Bodies;

public enum FixedCipher : byte
{
    /// <summary>AES in CBC mode with PKCS #7 padding.</summary>
    AesCbc,

    /// <summary>AES in ECB mode with PKCS #7 padding.</summary>
    AesEcb,

    /// <summary>DES in ECB mode with PKCS #7 padding.</summary>
    DesEcb,

    /// <summary>RC4 from its first byte.</summary>
    Rc4,

    /// <summary>The key, over and over.</summary>
    Xor,
}

/// <summary>A cipher whose key is in every copy of a program and has been published: obfuscation, not encryption.</summary>
/// <param name="Name">As a step of a chain: "AES with Baidu's fixed key 1".</param>
/// <param name="Cipher">How.</param>
/// <param name="Key">The key's bytes.</param>
/// <param name="Iv">For CBC; else empty.</param>
/// <param name="Source">Who published it.</param>
public sealed record FixedKey(string Name, FixedCipher Cipher, byte[] Key, byte[] Iv, string Source)
{
    private const int Least = 16, Most = 8 << 20;

    /// <summary>Only keys whose publication was read; a reader may add others.</summary>
    public static IReadOnlyList<FixedKey> Published { get; } =
    [
        Ascii("AES with Baidu's fixed key 1", "h9YLQoINGWyOBYYk", "Citizen Lab, \"Baidu's and Don'ts\", 2016 (the analytics SDK in thousands of apps); KeyFinderDroid's README names the key; com.baidu.mobstat uses it as key and IV"),
        Ascii("AES with Baidu's fixed key 2", "30212102dicudiab", "com.baidu.mobstat as decompiled in public repositories, beside key 1"),
    ];

    /// <summary>The byte that was put over each of these bytes (XOR), where one of the 255 makes plain text of them: a key that anybody finds by trying.</summary>
    public static FixedKey? OneByte(ReadOnlySpan<byte> bytes)
    {
        const int looked = 512, least = 24;
        if (bytes.Length is < least or > Most) return null;
        var head = bytes[..Math.Min(bytes.Length, looked)];
        int best = 0, weight = 0;
        for (int key = 1; key < 256; key++)
        {
            int letters = 0, sum = 0, at = 0;
            for (; at < head.Length; at++)
            {
                int c = head[at] ^ key;
                if (c < 0x20 && c is not (9 or 10 or 13) || c == 0x7F) break;
                bool letter = char.IsAsciiLetterOrDigit((char)c) || c == ' ';
                letters += letter ? 1 : 0;
                // Of several that leave it printable, the one that makes what texts are mostly made of.
                sum += c is ' ' or '"' ? 3 : c is >= 'a' and <= 'z' or >= '0' and <= '9' or ':' or ',' ? 2 : letter ? 1 : 0;
            }
            if (at == head.Length && letters * 10 >= head.Length * 6 && sum > weight) (best, weight) = (key, sum);
        }
        if (best == 0) return null;
        var found = new FixedKey($"XOR with the byte {best:X2}", FixedCipher.Xor, [(byte)best], [], "found by trying all 255");
        return Bodies.Readable.IsText(found.Xor(bytes)) ? found : null;
    }

    /// <summary>The plain bytes, or null where the length or the padding says that it is not this cipher. For RC4 and XOR any bytes give some: the caller looks whether they can be read.</summary>
    public byte[]? Open(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is < Least or > Most) return null;
        return Cipher switch
        {
            FixedCipher.Rc4 => Rc4(bytes),
            FixedCipher.Xor => Xor(bytes),
            _ => Block(bytes),
        };
    }

    [SuppressMessage("Security", "CA5351", Justification = "Opens what other programs send.")]
    [SuppressMessage("Security", "CA5358", Justification = "Opens what other programs send.")]
    private byte[]? Block(ReadOnlySpan<byte> bytes)
    {
        using SymmetricAlgorithm cipher = Cipher == FixedCipher.DesEcb ? DES.Create() : Aes.Create();
        if (bytes.Length % (cipher.BlockSize / 8) != 0) return null;
        cipher.Key = Key;
        byte[] open = new byte[bytes.Length];
        int length;
        bool padded = Cipher == FixedCipher.AesCbc ? cipher.TryDecryptCbc(bytes, Iv, open, out length, PaddingMode.None) : cipher.TryDecryptEcb(bytes, open, PaddingMode.None, out length);
        if (!padded || length == 0) return null;
        int pad = open[length - 1];
        return pad >= 1 && pad <= cipher.BlockSize / 8 && !open.AsSpan(length - pad, pad).ContainsAnyExcept((byte)pad) ? open[..(length - pad)] : null;
    }

    private byte[] Rc4(ReadOnlySpan<byte> bytes)
    {
        Span<byte> state = stackalloc byte[256];
        for (int k = 0; k < 256; k++) state[k] = (byte)k;
        for (int k = 0, m = 0; k < 256; k++)
        {
            m = (m + state[k] + Key[k % Key.Length]) & 0xFF;
            (state[k], state[m]) = (state[m], state[k]);
        }
        byte[] open = new byte[bytes.Length];
        for (int n = 0, i = 0, j = 0; n < bytes.Length; n++)
        {
            i = (i + 1) & 0xFF;
            j = (j + state[i]) & 0xFF;
            (state[i], state[j]) = (state[j], state[i]);
            open[n] = (byte)(bytes[n] ^ state[(state[i] + state[j]) & 0xFF]);
        }
        return open;
    }

    private byte[] Xor(ReadOnlySpan<byte> bytes)
    {
        byte[] open = new byte[bytes.Length];
        for (int n = 0; n < bytes.Length; n++) open[n] = (byte)(bytes[n] ^ Key[n % Key.Length]);
        return open;
    }

    private static FixedKey Ascii(string name, string key, string source) => new(name, FixedCipher.AesCbc, Encoding.ASCII.GetBytes(key), Encoding.ASCII.GetBytes(key), source);
}
