using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Candor.Audit.Layers.Tls;

/// <summary>The keys of one side at one time: opens its records.</summary>
internal abstract class RecordCipher : IDisposable
{
    private protected const int MacHeader = 13;

    /// <summary>Whether a record can be opened when those before it are lost. RC4 cannot, and CBC in TLS 1.0 only after one more.</summary>
    public virtual bool SurvivesGaps => true;

    /// <summary>Opens a record. Returns the length of its content, -1 if it does not fit the keys.</summary>
    /// <param name="header">The record's five bytes.</param>
    /// <param name="body">What follows them.</param>
    /// <param name="sequence">Number of the record under these keys, from 0.</param>
    /// <param name="plain">At least as long as the body.</param>
    public abstract int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, ulong sequence, Span<byte> plain);

    public abstract void Dispose();

    /// <summary>Keys of TLS 1.3 from a traffic secret.</summary>
    public static RecordCipher Of13(CipherSuite suite, ReadOnlySpan<byte> secret)
    {
        Span<byte> key = stackalloc byte[suite.KeySize];
        byte[] iv = new byte[Aead.NonceSize];
        KeySchedule.Expand(suite.Hash, secret, "key", key);
        KeySchedule.Expand(suite.Hash, secret, "iv", iv);
        return new AeadRecords(new Aead(suite.Cipher, key, suite.TagSize), iv, AeadForm.Tls13);
    }

    /// <summary>Keys of one side in TLS 1.0 to 1.2.</summary>
    public static RecordCipher Of12(CipherSuite suite, int version, bool encryptThenMac, ReadOnlySpan<byte> master, ReadOnlySpan<byte> clientRandom, ReadOnlySpan<byte> serverRandom, Side side)
    {
        int mac = suite.IsAead ? 0 : suite.TagSize;
        int iv = suite.Cipher switch
        {
            BulkCipher.ChaCha20 => 12,
            BulkCipher.AesGcm or BulkCipher.AesCcm => 4,
            BulkCipher.AesCbc => 16,
            BulkCipher.TripleDesCbc => 8,
            _ => 0,
        };
        byte[] block = new byte[2 * (mac + suite.KeySize + iv)];
        KeySchedule.Prf(version, suite.Hash, master, "key expansion", [.. serverRandom, .. clientRandom], block);
        int which = side == Side.Client ? 0 : 1;
        var macKey = block.AsSpan(which * mac, mac);
        var key = block.AsSpan(2 * mac + which * suite.KeySize, suite.KeySize);
        byte[] start = block.AsSpan(2 * (mac + suite.KeySize) + which * iv, iv).ToArray();
        if (suite.IsAead) return new AeadRecords(new Aead(suite.Cipher, key, suite.TagSize), start, suite.Cipher == BulkCipher.ChaCha20 ? AeadForm.ChaCha12 : AeadForm.Explicit12);
        if (suite.Cipher == BulkCipher.Rc4) return new Rc4Records(key, macKey, suite);
        return new CbcRecords(suite, key, macKey, version == TlsVersion.Tls10 ? start : null, encryptThenMac);
    }

    /// <summary>What a MAC and, in TLS 1.2, an AEAD bind: sequence, type, version, length.</summary>
    private protected static void Bind(Span<byte> bound, ReadOnlySpan<byte> header, ulong sequence, int length)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bound, sequence);
        header[..3].CopyTo(bound[8..]);
        BinaryPrimitives.WriteUInt16BigEndian(bound[11..], (ushort)length);
    }

    private protected static bool MacFits(IncrementalHash mac, ReadOnlySpan<byte> header, ulong sequence, ReadOnlySpan<byte> content, ReadOnlySpan<byte> expected)
    {
        Span<byte> bound = stackalloc byte[MacHeader], computed = stackalloc byte[64];
        Bind(bound, header, sequence, content.Length);
        mac.AppendData(bound);
        mac.AppendData(content);
        int size = mac.GetHashAndReset(computed);
        return computed[..size].SequenceEqual(expected);
    }
}

/// <summary>How the nonce is made and what is bound.</summary>
internal enum AeadForm : byte
{
    /// <summary>Four bytes of the key block and eight in each record (RFC 5288, 6655).</summary>
    Explicit12,

    /// <summary>Twelve bytes of the key block, XORed with the sequence (RFC 7905).</summary>
    ChaCha12,

    /// <summary>The same, and the record's header is bound (RFC 8446, 5.2).</summary>
    Tls13,
}

internal sealed class AeadRecords(Aead aead, byte[] iv, AeadForm form) : RecordCipher
{
    private const int ExplicitSize = 8;

    public override int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, ulong sequence, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[Aead.NonceSize], bound = stackalloc byte[MacHeader];
        if (form == AeadForm.Explicit12)
        {
            if (body.Length < ExplicitSize) return -1;
            iv.CopyTo(nonce);
            body[..ExplicitSize].CopyTo(nonce[4..]);
            body = body[ExplicitSize..];
        }
        else
        {
            iv.CopyTo(nonce);
            for (int i = 0; i < 8; i++) nonce[4 + i] ^= (byte)(sequence >> 8 * (7 - i) & 0xFF);
        }
        int length = body.Length - aead.TagSize;
        if (length < 0) return -1;
        if (form != AeadForm.Tls13) Bind(bound, header, sequence, length);
        return aead.TryOpen(nonce, body, plain[..length], form == AeadForm.Tls13 ? header : bound) ? length : -1;
    }

    public override void Dispose() => aead.Dispose();
}

/// <summary>AES or Triple DES in CBC, with a MAC within (RFC 5246, 6.2.3.2) or around what is encrypted (RFC 7366).</summary>
internal sealed class CbcRecords : RecordCipher
{
    private readonly SymmetricAlgorithm _cipher;
    private readonly IncrementalHash _mac;
    private readonly int _block, _macSize;
    private readonly bool _around;
    private readonly byte[]? _last;

    /// <param name="suite">AES or Triple DES.</param>
    /// <param name="key">Of the cipher.</param>
    /// <param name="macKey">Of the MAC.</param>
    /// <param name="start">TLS 1.0: the first IV; each next one is the end of the record before. Null: records bring their own.</param>
    /// <param name="around">Encrypt-then-MAC.</param>
    public CbcRecords(CipherSuite suite, ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey, byte[]? start, bool around)
    {
        // It opens what others wrote years ago; nothing is protected with it.
#pragma warning disable CA5350
        _cipher = suite.Cipher == BulkCipher.AesCbc ? Aes.Create() : TripleDES.Create();
#pragma warning restore CA5350
        _cipher.Key = key.ToArray();
        _block = _cipher.BlockSize / 8;
        _mac = IncrementalHash.CreateHMAC(suite.Mac, macKey);
        _macSize = suite.TagSize;
        _last = start;
        _around = around;
    }

    public override int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, ulong sequence, Span<byte> plain)
    {
        if (_around)
        {
            if (body.Length < _macSize || !MacFits(_mac, header, sequence, body[..^_macSize], body[^_macSize..])) return -1;
            body = body[..^_macSize];
        }
        Span<byte> iv = stackalloc byte[_block];
        if (_last is not null) _last.CopyTo(iv);
        else
        {
            if (body.Length < _block) return -1;
            body[.._block].CopyTo(iv);
            body = body[_block..];
        }
        if (body.IsEmpty || body.Length % _block != 0) return -1;
        if (_last is not null) body[^_block..].CopyTo(_last);
        if (!_cipher.TryDecryptCbc(body, iv, plain, out int written, PaddingMode.None) || written != body.Length) return -1;
        int padding = plain[written - 1], length = written - padding - 1;
        if (length < 0 || plain[length..written].IndexOfAnyExcept((byte)padding) >= 0) return -1;
        if (_around) return length;
        length -= _macSize;
        return length >= 0 && MacFits(_mac, header, sequence, plain[..length], plain.Slice(length, _macSize)) ? length : -1;
    }

    public override void Dispose()
    {
        _cipher.Dispose();
        _mac.Dispose();
    }
}

/// <summary>RC4, whose key stream runs through all records: 2014's phones used it.</summary>
internal sealed class Rc4Records : RecordCipher
{
    private readonly byte[] _state = new byte[256];
    private readonly IncrementalHash _mac;
    private readonly int _macSize;
    private byte _i, _j;

    public Rc4Records(ReadOnlySpan<byte> key, ReadOnlySpan<byte> macKey, CipherSuite suite)
    {
        _mac = IncrementalHash.CreateHMAC(suite.Mac, macKey);
        _macSize = suite.TagSize;
        for (int i = 0; i < 256; i++) _state[i] = (byte)i;
        for (int i = 0, j = 0; i < 256; i++)
        {
            j = (j + _state[i] + key[i % key.Length]) & 0xFF;
            (_state[i], _state[j]) = (_state[j], _state[i]);
        }
    }

    public override bool SurvivesGaps => false;

    public override int Open(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, ulong sequence, Span<byte> plain)
    {
        for (int k = 0; k < body.Length; k++)
        {
            _i = unchecked((byte)(_i + 1));
            _j = unchecked((byte)(_j + _state[_i]));
            (_state[_i], _state[_j]) = (_state[_j], _state[_i]);
            plain[k] = (byte)(body[k] ^ _state[(_state[_i] + _state[_j]) & 0xFF]);
        }
        int length = body.Length - _macSize;
        return length >= 0 && MacFits(_mac, header, sequence, plain[..length], plain[length..body.Length]) ? length : -1;
    }

    public override void Dispose() => _mac.Dispose();
}
