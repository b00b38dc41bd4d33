using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using Candor.Audit.Layers.Tls;

namespace Candor.Audit.Layers.Quic;

/// <summary>Keys of one side at one level: takes the protection off headers and opens packets (RFC 9001, section 5).</summary>
internal sealed class QuicKeys : IDisposable
{
    private const int SampleSize = 16, MaxNumberSize = 4;

    private readonly CipherSuite _suite;
    private readonly string _labels;
    private readonly byte[] _secret, _iv = new byte[Aead.NonceSize];
    private readonly Aead _aead;
    private readonly Aes? _aes;
    private readonly byte[]? _chaCha;
    private readonly bool _ownsHeader;

    public QuicKeys(CipherSuite suite, string labels, byte[] secret) : this(suite, labels, secret, null) { }

    /// <summary>Header protection does not change when the keys do.</summary>
    private QuicKeys(CipherSuite suite, string labels, byte[] secret, QuicKeys? before)
    {
        (_suite, _labels, _secret) = (suite, labels, secret);
        byte[] key = new byte[suite.KeySize];
        KeySchedule.Expand(suite.Hash, secret, $"{labels} key", key);
        KeySchedule.Expand(suite.Hash, secret, $"{labels} iv", _iv);
        _aead = new Aead(suite.Cipher, key, suite.TagSize);
        if (before is not null)
        {
            (_aes, _chaCha) = (before._aes, before._chaCha);
            return;
        }
        _ownsHeader = true;
        byte[] header = new byte[suite.KeySize];
        KeySchedule.Expand(suite.Hash, secret, $"{labels} hp", header);
        if (suite.Cipher == BulkCipher.ChaCha20) _chaCha = header;
        else
        {
            _aes = Aes.Create();
            _aes.Key = header;
        }
    }

    public int TagSize => _suite.TagSize;

    /// <summary>The keys of Initial packets, which anyone who saw the first of them can make (RFC 9001, 5.2).</summary>
    public static QuicKeys Initial(QuicVersion version, ReadOnlySpan<byte> destination, Side side)
    {
        Span<byte> initial = stackalloc byte[32];
        HKDF.Extract(HashAlgorithmName.SHA256, destination, version.Salt, initial);
        byte[] secret = new byte[32];
        KeySchedule.Expand(HashAlgorithmName.SHA256, initial, side == Side.Client ? "client in" : "server in", secret);
        return new(CipherSuite.Of(0x1301)!.Value, version.Labels, secret);
    }

    /// <summary>The keys after the next key update (RFC 9001, section 6).</summary>
    public QuicKeys Next()
    {
        byte[] next = new byte[_secret.Length];
        KeySchedule.Expand(_suite.Hash, _secret, $"{_labels} ku", next);
        return new(_suite, _labels, next, this);
    }

    /// <summary>Takes the protection off a header. False: the packet is too short.</summary>
    /// <param name="packet">Whole.</param>
    /// <param name="numberAt">Where its number begins.</param>
    /// <param name="header">Takes the header as it was before protection; four bytes longer than <paramref name="numberAt"/>.</param>
    /// <param name="headerLength">Of the header with its number.</param>
    public bool TryHeader(ReadOnlySpan<byte> packet, int numberAt, Span<byte> header, out int headerLength)
    {
        headerLength = 0;
        if (packet.Length < numberAt + MaxNumberSize + SampleSize) return false;
        Span<byte> mask = stackalloc byte[64];
        var sample = packet.Slice(numberAt + MaxNumberSize, SampleSize);
        if (_chaCha is not null) ChaChaBlock(_chaCha, sample, mask);
        else _aes!.EncryptEcb(sample, mask, PaddingMode.None);
        packet[..(numberAt + MaxNumberSize)].CopyTo(header);
        header[0] ^= (byte)(mask[0] & (header[0] >= 0x80 ? 0x0F : 0x1F));
        int size = (header[0] & 3) + 1;
        for (int i = 0; i < size; i++) header[numberAt + i] ^= mask[1 + i];
        headerLength = numberAt + size;
        return true;
    }

    /// <summary>Opens what follows the header.</summary>
    /// <param name="header">Without protection.</param>
    /// <param name="body">With the tag.</param>
    /// <param name="number">Of the packet.</param>
    /// <param name="plain">Exactly as long as the body without the tag.</param>
    public bool TryOpen(ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, long number, Span<byte> plain)
    {
        Span<byte> nonce = stackalloc byte[Aead.NonceSize];
        _iv.CopyTo(nonce);
        for (int i = 0; i < 8; i++) nonce[4 + i] ^= (byte)(number >> 8 * (7 - i) & 0xFF);
        return _aead.TryOpen(nonce, body, plain, header);
    }

    public void Dispose()
    {
        _aead.Dispose();
        if (_ownsHeader) _aes?.Dispose();
    }

    /// <summary>One block of ChaCha20 (RFC 8439, 2.3), of which the library has only whole sealed messages.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="start">Counter and nonce.</param>
    /// <param name="block">64 bytes.</param>
    internal static void ChaChaBlock(ReadOnlySpan<byte> key, ReadOnlySpan<byte> start, Span<byte> block)
    {
        Span<uint> state = stackalloc uint[16], x = stackalloc uint[16];
        (state[0], state[1], state[2], state[3]) = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574);
        for (int i = 0; i < 8; i++) state[4 + i] = BinaryPrimitives.ReadUInt32LittleEndian(key[(4 * i)..]);
        for (int i = 0; i < 4; i++) state[12 + i] = BinaryPrimitives.ReadUInt32LittleEndian(start[(4 * i)..]);
        state.CopyTo(x);
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 4; i++) Quarter(x, i, 4 + i, 8 + i, 12 + i);
            for (int i = 0; i < 4; i++) Quarter(x, i, 4 + (i + 1 & 3), 8 + (i + 2 & 3), 12 + (i + 3 & 3));
        }
        for (int i = 0; i < 16; i++) BinaryPrimitives.WriteUInt32LittleEndian(block[(4 * i)..], unchecked(x[i] + state[i]));
    }

    private static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        unchecked
        {
            x[a] += x[b];
            x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 16);
            x[c] += x[d];
            x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 12);
            x[a] += x[b];
            x[d] = BitOperations.RotateLeft(x[d] ^ x[a], 8);
            x[c] += x[d];
            x[b] = BitOperations.RotateLeft(x[b] ^ x[c], 7);
        }
    }
}
