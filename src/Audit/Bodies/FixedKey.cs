using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.Intrinsics;
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
    /// <summary>Most bytes of a header that nobody knows, before what is tried.</summary>
    internal const int Shifts = 8;

    private const int Least = 16, Most = 8 << 20, Looked = 512;

    /// <summary>Only keys whose publication was read; a reader may add others.</summary>
    public static IReadOnlyList<FixedKey> Published { get; } =
    [
        Ascii("AES with Baidu's fixed key 1", "h9YLQoINGWyOBYYk", "Citizen Lab, \"Baidu's and Don'ts\", 2016 (the analytics SDK in thousands of apps); KeyFinderDroid's README names the key; com.baidu.mobstat uses it as key and IV"),
        Ascii("AES with Baidu's fixed key 2", "30212102dicudiab", "com.baidu.mobstat as decompiled in public repositories, beside key 1"),
    ];

    /// <summary>The byte that was put over each of these bytes (XOR), where one of the 255 makes plain text of them: a key that anybody finds by trying.</summary>
    public static FixedKey? OneByte(ReadOnlySpan<byte> bytes)
    {
        const int least = 24;
        if (bytes.Length is < least or > Most) return null;
        var head = bytes[..Math.Min(bytes.Length, Looked)];
        int best = Likeliest(head, spare: 0);
        if (best == 0) return null;
        var found = new FixedKey($"XOR with the byte {best:X2}", FixedCipher.Xor, [(byte)best], [], "found by trying all 255");
        return Bodies.Readable.IsText(found.Xor(bytes)) ? found : null;
    }

    /// <summary>Whether some byte could be: a quick no for <see cref="OneByte"/> of all bytes that begin up to <see cref="Shifts"/> before these.</summary>
    internal static bool MayBeOneByte(ReadOnlySpan<byte> bytes) => Likeliest(bytes[..Math.Min(bytes.Length, Looked - Shifts)], spare: Shifts) != 0;

    /// <summary>The key that makes most text of bytes, where six of ten become what words are made of and none a control. 0: there is none.</summary>
    /// <param name="head">What is looked at.</param>
    /// <param name="spare">Bytes that are looked at too and are not among these: all of them may be letters.</param>
    private static int Likeliest(ReadOnlySpan<byte> head, int spare)
    {
        var keys = Printing(head);
        if (keys == Vector256<ulong>.Zero) return 0;
        // By which bytes there are and how often: text has few different ones.
        Span<int> times = stackalloc int[256];
        Span<byte> kinds = stackalloc byte[256];
        int count = 0;
        foreach (byte b in head)
        {
            if (times[b]++ == 0) kinds[count++] = b;
        }
        int best = 0, most = 0;
        for (int part = 0; part < 4; part++)
        {
            for (ulong left = keys[part]; left != 0; left &= left - 1)
            {
                int key = part * 64 + BitOperations.TrailingZeroCount(left), letters = 0, sum = 0;
                foreach (byte b in kinds[..count])
                {
                    letters += times[b] * s_letters[b ^ key];
                    sum += times[b] * s_weights[b ^ key];
                }
                if (key != 0 && letters * 10 + 4 * spare >= head.Length * 6 && sum > most) (best, most) = (key, sum);
            }
        }
        return best;
    }

    /// <summary>One bit for each of the 256 keys: set where none of the bytes becomes a control under it.</summary>
    private static Vector256<ulong> Printing(ReadOnlySpan<byte> bytes)
    {
        var keys = Vector256<ulong>.AllBitsSet;
        foreach (byte b in bytes)
        {
            keys &= s_printableUnder[b];
            if (keys == Vector256<ulong>.Zero) break;
        }
        return keys;
    }

    /// <summary>For each byte, one bit for each of the 256 keys: set where the key makes it no control but a tab or an end of line.</summary>
    private static readonly Vector256<ulong>[] s_printableUnder = [.. Enumerable.Range(0, 256).Select(b =>
    {
        ulong[] bits = new ulong[4];
        for (int key = 0; key < 256; key++)
        {
            int c = b ^ key;
            if (c >= 0x20 && c != 0x7F || c is 9 or 10 or 13) bits[key >> 6] |= 1UL << (key & 63);
        }
        return Vector256.Create(bits);
    })];

    /// <summary>For each character, 1 where words are made of it: letters, digits, the space.</summary>
    private static readonly byte[] s_letters = [.. Enumerable.Range(0, 256).Select(c => char.IsAsciiLetterOrDigit((char)c) || c == ' ' ? (byte)1 : (byte)0)];

    /// <summary>For each character, how much of what texts are made of it is: of several keys that leave bytes printable, the one that makes most is taken.</summary>
    private static readonly byte[] s_weights = [.. Enumerable.Range(0, 256).Select(c => c switch
    {
        ' ' or '"' => (byte)3,
        >= 'a' and <= 'z' or >= '0' and <= '9' or ':' or ',' => (byte)2,
        >= 'A' and <= 'Z' => (byte)1,
        _ => (byte)0,
    })];

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
        int block = Cipher == FixedCipher.DesEcb ? 8 : 16;
        if (bytes.Length % block != 0) return null;
        using SymmetricAlgorithm cipher = Cipher == FixedCipher.DesEcb ? DES.Create() : Aes.Create();
        cipher.Key = Key;
        // The last block says whether it is this cipher: nearly always it is not.
        var before = bytes.Length > block ? bytes.Slice(bytes.Length - 2 * block, block) : Iv;
        if (Padding(Decrypted(cipher, bytes[^block..], before), block) == 0) return null;
        byte[] open = Decrypted(cipher, bytes, Iv);
        return open[..^Padding(open, block)];
    }

    [SuppressMessage("Security", "CA5358", Justification = "Opens what other programs send.")]
    private byte[] Decrypted(SymmetricAlgorithm cipher, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> iv) =>
        Cipher == FixedCipher.AesCbc ? cipher.DecryptCbc(bytes, iv, PaddingMode.None) : cipher.DecryptEcb(bytes, PaddingMode.None);

    /// <summary>Bytes of PKCS #7 padding at the end; 0: there is none such.</summary>
    private static int Padding(ReadOnlySpan<byte> open, int block)
    {
        int pad = open[^1];
        return pad >= 1 && pad <= block && !open[^pad..].ContainsAnyExcept((byte)pad) ? pad : 0;
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
