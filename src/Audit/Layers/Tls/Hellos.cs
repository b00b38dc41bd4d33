using System.Buffers.Binary;
using System.Text;

namespace Candor.Audit.Layers.Tls;

/// <summary>Walks fields of TLS messages: a length of one or two bytes, then as many bytes. Never beyond the end.</summary>
internal ref struct Fields(ReadOnlySpan<byte> bytes)
{
    public ReadOnlySpan<byte> Rest { get; private set; } = bytes;

    public bool TrySkip(int count) => TryTake(count, out _);

    public bool TryTake(int count, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (count < 0 || Rest.Length < count) return false;
        value = Rest[..count];
        Rest = Rest[count..];
        return true;
    }

    public bool TryNumber(out int number)
    {
        number = 0;
        if (!TryTake(2, out var value)) return false;
        number = BinaryPrimitives.ReadUInt16BigEndian(value);
        return true;
    }

    /// <summary>A vector after its length in that many bytes, 1 or 2.</summary>
    public bool TryVector(int size, out ReadOnlySpan<byte> value)
    {
        value = default;
        return TryTake(size, out var length) && TryTake(size == 1 ? length[0] : BinaryPrimitives.ReadUInt16BigEndian(length), out value);
    }
}

/// <summary>What a client says in the clear before TLS encrypts (RFC 8446, 4.1.2).</summary>
internal sealed class ClientHelloMessage
{
    private const int MaxProtocols = 16, MaxName = 255;

    public required byte[] Random { get; init; }

    /// <summary>The newest version that is offered.</summary>
    public int Version { get; private set; }

    /// <summary>SNI; null: none.</summary>
    public string? ServerName { get; private set; }

    /// <summary>ALPN, in the client's order.</summary>
    public IReadOnlyList<string> Protocols { get; private set; } = [];

    /// <summary>An inner hello is encrypted beside it, or pretended to be (GREASE).</summary>
    public bool EncryptedHello { get; private set; }

    public bool EarlyData { get; private set; }

    /// <param name="body">The message without its type and length. Null: it is none.</param>
    public static ClientHelloMessage? TryRead(ReadOnlySpan<byte> body)
    {
        var fields = new Fields(body);
        if (!fields.TryNumber(out int version) || !fields.TryTake(32, out var random)) return null;
        if (!fields.TryVector(1, out _) || !fields.TryVector(2, out _) || !fields.TryVector(1, out _)) return null;
        var hello = new ClientHelloMessage { Random = random.ToArray(), Version = version };
        if (!fields.TryVector(2, out var extensions)) return hello;
        var rest = new Fields(extensions);
        while (rest.TryNumber(out int type) && rest.TryVector(2, out var value)) hello.Take(type, value);
        return hello;
    }

    private void Take(int type, ReadOnlySpan<byte> value)
    {
        var fields = new Fields(value);
        switch (type)
        {
            case 0 when ServerName is null && fields.TryVector(2, out var names):
                var list = new Fields(names);
                if (list.TryTake(1, out var kind) && kind[0] == 0 && list.TryVector(2, out var name) && name.Length is > 0 and <= MaxName) ServerName = Encoding.Latin1.GetString(name);
                break;
            case 16 when fields.TryVector(2, out var protocols):
                Protocols = ReadProtocols(protocols);
                break;
            case 42:
                EarlyData = true;
                break;
            case 43 when fields.TryVector(1, out var versions):
                for (; versions.Length >= 2; versions = versions[2..])
                {
                    // Values of the form 0x?A?A are there to keep servers tolerant (RFC 8701).
                    if (versions[0] == 3) Version = Math.Max(Version, BinaryPrimitives.ReadUInt16BigEndian(versions));
                }
                break;
            case 0xFE0D or 0xFFCE:
                EncryptedHello = true;
                break;
        }
    }

    internal static IReadOnlyList<string> ReadProtocols(ReadOnlySpan<byte> list)
    {
        List<string> protocols = [];
        var fields = new Fields(list);
        while (protocols.Count < MaxProtocols && fields.TryVector(1, out var protocol)) protocols.Add(Encoding.Latin1.GetString(protocol));
        return protocols;
    }
}

/// <summary>What the server chose (RFC 8446, 4.1.3).</summary>
internal sealed class ServerHelloMessage
{
    /// <summary>SHA-256 of "HelloRetryRequest": the random of a ServerHello that asks for another ClientHello.</summary>
    private static ReadOnlySpan<byte> Retry =>
        [0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C];

    public required byte[] Random { get; init; }

    public int Version { get; private set; }

    public int Suite { get; private init; }

    public bool Compressed { get; private init; }

    public bool EncryptThenMac { get; private set; }

    /// <summary>A key share that the client must repeat its hello for.</summary>
    public bool IsRetry { get; private init; }

    /// <summary>TLS 1.2 and earlier: ALPN. In 1.3 it stands in the EncryptedExtensions.</summary>
    public string? Protocol { get; private set; }

    /// <param name="body">The message without its type and length. Null: it is none.</param>
    public static ServerHelloMessage? TryRead(ReadOnlySpan<byte> body)
    {
        var fields = new Fields(body);
        if (!fields.TryNumber(out int version) || !fields.TryTake(32, out var random) || !fields.TryVector(1, out _) || !fields.TryNumber(out int suite) || !fields.TryTake(1, out var compression)) return null;
        var hello = new ServerHelloMessage { Random = random.ToArray(), Version = version, Suite = suite, Compressed = compression[0] != 0, IsRetry = random.SequenceEqual(Retry) };
        if (!fields.TryVector(2, out var extensions)) return hello;
        var rest = new Fields(extensions);
        while (rest.TryNumber(out int type) && rest.TryVector(2, out var value))
        {
            if (type == 22) hello.EncryptThenMac = true;
            else if (type == 43 && value.Length == 2) hello.Version = BinaryPrimitives.ReadUInt16BigEndian(value);
            else if (type == 16) hello.Protocol = ProtocolOf(value);
        }
        return hello;
    }

    /// <summary>The one protocol of an ALPN extension of a server.</summary>
    private static string? ProtocolOf(ReadOnlySpan<byte> value)
    {
        var fields = new Fields(value);
        return fields.TryVector(2, out var list) && ClientHelloMessage.ReadProtocols(list) is [var protocol, ..] ? protocol : null;
    }

    /// <summary>EncryptedExtensions (RFC 8446, 4.3.1): the protocol and whether early data was taken.</summary>
    public static (string? Protocol, bool EarlyData) ReadEncrypted(ReadOnlySpan<byte> body)
    {
        string? protocol = null;
        bool early = false;
        var fields = new Fields(body);
        if (!fields.TryVector(2, out var extensions)) return (null, false);
        var rest = new Fields(extensions);
        while (rest.TryNumber(out int type) && rest.TryVector(2, out var value))
        {
            if (type == 16) protocol = ProtocolOf(value);
            else if (type == 42) early = true;
        }
        return (protocol, early);
    }
}

internal static class HandshakeType
{
    public const byte ClientHello = 1, ServerHello = 2, EndOfEarlyData = 5, EncryptedExtensions = 8, Finished = 20, KeyUpdate = 24;
}

/// <summary>Puts handshake messages together, over records or frames of any size. Keeps those that matter here, to 64 KiB each, and walks over the others.</summary>
internal sealed class HandshakeReader
{
    private const int HeaderSize = 4, MaxKept = 65536;

    private readonly byte[] _header = new byte[HeaderSize];
    private byte[] _body = [];
    private int _headerLength, _length, _taken;

    /// <summary>Bytes are missing: what was begun is given up.</summary>
    public void Reset() => (_headerLength, _taken, _length) = (0, 0, 0);

    /// <summary>The next whole message.</summary>
    /// <param name="bytes">What comes next; shortened by what was read.</param>
    /// <param name="type">Of the message.</param>
    /// <param name="body">Without its header; empty for a kind that is not kept. Lent until the next call.</param>
    public bool TryNext(ref ReadOnlySpan<byte> bytes, out byte type, out ReadOnlySpan<byte> body)
    {
        body = default;
        type = 0;
        if (_headerLength < HeaderSize)
        {
            int count = Math.Min(HeaderSize - _headerLength, bytes.Length);
            bytes[..count].CopyTo(_header.AsSpan(_headerLength));
            _headerLength += count;
            bytes = bytes[count..];
            if (_headerLength < HeaderSize) return false;
            _length = _header[1] << 16 | _header[2] << 8 | _header[3];
            _taken = 0;
        }
        type = _header[0];
        bool kept = type is HandshakeType.ClientHello or HandshakeType.ServerHello or HandshakeType.EncryptedExtensions && _length <= MaxKept;
        int taken = Math.Min(_length - _taken, bytes.Length);
        bool whole = taken == _length;
        if (kept && whole) body = bytes[..taken];
        else if (kept)
        {
            int needed = _taken + taken;
            if (_body.Length < needed) Array.Resize(ref _body, Math.Min(MaxKept, Math.Max(needed, 2 * _body.Length)));
            bytes[..taken].CopyTo(_body.AsSpan(_taken));
        }
        bytes = bytes[taken..];
        _taken += taken;
        if (_taken < _length) return false;
        if (kept && !whole) body = _body.AsSpan(0, _length);
        _headerLength = 0;
        return true;
    }
}
