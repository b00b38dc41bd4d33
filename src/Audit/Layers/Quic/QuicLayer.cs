using System.Buffers;
using System.Buffers.Binary;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Layers.Tls;

namespace Candor.Audit.Layers.Quic;

/// <summary>Reads QUIC 1 and 2 (RFC 9000, 9001, 9369) over datagrams: the first packets always, the rest where the key log has its secrets.</summary>
/// <remarks>
/// Headers, frames, handshake messages, tags and what comes twice are explained; the bytes of streams go to the sinks of their streams, each once, in order; packets without keys, or whose
/// keys fit none of them, are undetermined; packets that fail after others were opened, and what a cut datagram leaves, are damaged.
/// Bounds: 4 MiB of stream bytes behind holes, 16,384 streams, 64 KiB of packets that wait for the first hello. A connection that moves to another address is followed by <see cref="QuicPaths"/>.
/// </remarks>
/// <param name="keys">Filled before.</param>
/// <param name="tally">Of the conversation.</param>
/// <param name="streams">Asked once, when there are stream bytes: makes what takes a stream's bytes, by its number. The low bit of it says that the server opened it, the next that it has one direction.</param>
/// <param name="said">Told each time that a message adds to the session; null: nobody is.</param>
/// <param name="datagrams">Makes what takes datagrams of the connection (RFC 9221); null: they are undetermined.</param>
/// <param name="called">Told each id that a side may be addressed by, and that side.</param>
public sealed class QuicLayer(
    KeyLog keys, ByteTally tally, Func<TlsSession, Func<long, IByteSink>> streams, Action<TlsSession>? said = null, Func<TlsSession, IDatagramSink>? datagrams = null, Action<Side, byte[]>? called = null) : IDatagramSink
{
    private const int MaxId = 20, MaxWaiting = 64 * 1024, MaxCrypto = 256 * 1024;

    private readonly QuicHalf _client = new(Side.Client), _server = new(Side.Server);
    private readonly QuicStreams _streams = new();
    private readonly List<(Side Side, byte[] Packet, QuicVersion? Version, Origin Origin)> _waiting = [];
    private QuicVersion? _version;
    private IDatagramSink? _datagrams;
    private ClientHelloMessage? _hello;
    private byte[] _destination = [];
    private int _waitingBytes;
    private uint _initialVersion;

    public TlsSession Session { get; } = new();

    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
    {
        while (!payload.IsEmpty)
        {
            int taken = payload[0] >= 0x80 ? Long(side, payload, missing, origin) : Short(side, payload, missing, origin);
            payload = payload[taken..];
        }
        if (_hello is null || _waiting.Count == 0) return;
        var waiting = _waiting.ToArray();
        _waiting.Clear();
        foreach (var (from, packet, version, seen) in waiting)
        {
            if (version is null) ShortPacket(from, packet, seen);
            else LongPacket(from, packet, version, seen);
        }
    }

    public void End()
    {
        foreach (var (side, packet, _, _) in _waiting) tally.Add(side, ByteClass.Undetermined, packet.Length);
        _waiting.Clear();
        _streams.End(default);
        _datagrams?.End();
        _client.Close();
        _server.Close();
    }

    private QuicHalf Of(Side side) => side == Side.Client ? _client : _server;

    /// <summary>A packet with a long header (RFC 9000, 17.2). Returns its length.</summary>
    private int Long(Side side, ReadOnlySpan<byte> bytes, int missing, Origin origin)
    {
        var fields = new QuicFields(bytes);
        if (!fields.TryTake(6, out var start) || !fields.TryTake(start[5], out var destination) || !fields.TryTake(1, out var sourceLength) || !fields.TryTake(sourceLength[0], out var source))
        {
            tally.Add(side, missing > 0 ? ByteClass.Damaged : ByteClass.Undetermined, bytes.Length);
            return bytes.Length;
        }
        uint number = BinaryPrimitives.ReadUInt32BigEndian(start[1..]);
        var version = QuicVersion.Of(number);
        bool retry = version is not null && version.TypeOf(start[0]) == PacketType.Retry;
        if (number == 0 || version is null || retry || destination.Length > MaxId || source.Length > MaxId)
        {
            // Version negotiation and retries have no length and no more to say.
            tally.Add(side, number == 0 || retry ? ByteClass.Explained : ByteClass.Undetermined, bytes.Length);
            return bytes.Length;
        }
        var type = version.TypeOf(start[0]);
        bool token = type != PacketType.Initial || fields.TryNumber(out long tokenLength) && fields.TryTake(tokenLength, out _);
        if (!token || !fields.TryNumber(out long length) || length > fields.Rest.Length)
        {
            tally.Add(side, missing > 0 ? ByteClass.Damaged : ByteClass.Undetermined, bytes.Length);
            return bytes.Length;
        }
        int whole = bytes.Length - fields.Rest.Length + (int)length;
        LongPacket(side, bytes[..whole], version, origin);
        return whole;
    }

    private void LongPacket(Side side, ReadOnlySpan<byte> packet, QuicVersion version, Origin origin)
    {
        var (half, other) = side == Side.Client ? (_client, _server) : (_server, _client);
        int idLength = packet[5];
        var destination = packet.Slice(6, idLength);
        int sourceLength = packet[6 + idLength];
        var fields = new QuicFields(packet[(7 + idLength + sourceLength)..]);
        var type = version.TypeOf(packet[0]);
        if (type == PacketType.Initial && fields.TryNumber(out long token)) fields.TryTake(token, out _);
        fields.TryNumber(out _);
        int numberAt = packet.Length - fields.Rest.Length;
        var level = type switch
        {
            PacketType.Initial => Level.Initial,
            PacketType.ZeroRtt => Level.Early,
            _ => Level.Handshake,
        };
        if (level == Level.Initial) InitialKeys(side, destination, version);
        // The other side's packets carry the id that this one chose.
        bool opened = Packet(half, level, packet, numberAt, origin);
        if (!opened) return;
        if (side == Side.Server || _version is null) _version = version;
        other.SetIdLength(sourceLength);
        called?.Invoke(half.Side, packet.Slice(7 + idLength, sourceLength).ToArray());
        if (level == Level.Handshake) half.SetIdLength(idLength);
    }

    /// <summary>The last packet of a datagram: it has no length (RFC 9000, 17.3).</summary>
    private int Short(Side side, ReadOnlySpan<byte> bytes, int missing, Origin origin)
    {
        if (missing > 0) tally.Add(side, Of(side).Opened[(int)Level.Traffic] ? ByteClass.Damaged : ByteClass.Undetermined, bytes.Length);
        else if (bytes.IndexOfAnyExcept((byte)0) < 0) tally.Add(side, ByteClass.Explained, bytes.Length);
        else ShortPacket(side, bytes, origin);
        return bytes.Length;
    }

    private void ShortPacket(Side side, ReadOnlySpan<byte> packet, Origin origin)
    {
        var half = Of(side);
        if (_hello is null && Wait(side, packet, null, origin)) return;
        foreach (int length in half.IdLengths.ToArray())
        {
            if (TryPacket(half, Level.Traffic, packet, 1 + length, origin))
            {
                if (half.IdLengths[0] != length) half.SetIdLength(length);
                return;
            }
        }
        Closed(half, Level.Traffic, packet.Length);
    }

    private bool Packet(QuicHalf half, Level level, ReadOnlySpan<byte> packet, int numberAt, Origin origin)
    {
        if (level != Level.Initial && _hello is null && Wait(half.Side, packet, _version ?? QuicVersion.Of(BinaryPrimitives.ReadUInt32BigEndian(packet[1..])), origin)) return false;
        if (TryPacket(half, level, packet, numberAt, origin)) return true;
        Closed(half, level, packet.Length);
        return false;
    }

    /// <summary>Keeps a packet until the hello is whole: its secrets are found by that.</summary>
    private bool Wait(Side side, ReadOnlySpan<byte> packet, QuicVersion? version, Origin origin)
    {
        if (_destination.Length == 0 || _waitingBytes + packet.Length > MaxWaiting) return false;
        _waitingBytes += packet.Length;
        _waiting.Add((side, packet.ToArray(), version, origin));
        return true;
    }

    private void Closed(QuicHalf half, Level level, int size)
    {
        bool keyed = half.Keys[(int)level] is not null;
        tally.Add(half.Side, half.Opened[(int)level] ? ByteClass.Damaged : ByteClass.Undetermined, size);
        if (keyed && level != Level.Initial && !half.Opened[(int)level]) Session.KeysDoNotFit = true;
    }

    /// <summary>Keys of Initial packets are made of the id that the client first sent them to, and anew after a retry.</summary>
    private void InitialKeys(Side side, ReadOnlySpan<byte> destination, QuicVersion version)
    {
        bool other = side == Side.Client && !_client.Opened[(int)Level.Initial] && !destination.SequenceEqual(_destination);
        // A retry makes the client address another id: until the server has answered, the latest counts.
        bool again = side == Side.Client && !_server.Opened[(int)Level.Initial] && !destination.SequenceEqual(_destination);
        if (other || again) _destination = destination.ToArray();
        if (_destination.Length == 0) return;
        if (!other && !again && _initialVersion == version.Number) return;
        _initialVersion = version.Number;
        foreach (var half in (QuicHalf[])[_client, _server])
        {
            half.Keys[0]?.Dispose();
            half.Keys[0] = QuicKeys.Initial(version, _destination, half.Side);
        }
    }

    private bool TryPacket(QuicHalf half, Level level, ReadOnlySpan<byte> packet, int numberAt, Origin origin)
    {
        if (half.Keys[(int)level] is { } known) return TryKeys(half, level, known, packet, numberAt, origin);
        if (_hello is null || !keys.TryFind(_hello.Random, LabelOf(half.Side, level), out byte[] secret)) return false;
        var version = level == Level.Traffic ? _version : QuicVersion.Of(BinaryPrimitives.ReadUInt32BigEndian(packet[1..]));
        ReadOnlySpan<ushort> codes = Session.Suite == 0 || level == Level.Early ? CipherSuite.WithSecretsOf(secret.Length) : [(ushort)Session.Suite];
        foreach (ushort code in codes)
        {
            if (CipherSuite.Of(code) is not { IsAead: true } suite || suite.HashSize != secret.Length) continue;
            var made = new QuicKeys(suite, (version ?? QuicVersion.Of(QuicVersion.One)!).Labels, secret);
            half.Keys[(int)level] = made;
            if (TryKeys(half, level, made, packet, numberAt, origin)) return true;
            half.Keys[(int)level] = null;
            made.Dispose();
        }
        Session.KeysDoNotFit = true;
        return false;
    }

    private static SecretLabel LabelOf(Side side, Level level) => (level, side) switch
    {
        (Level.Early, _) => SecretLabel.ClientEarly,
        (Level.Handshake, Side.Client) => SecretLabel.ClientHandshake,
        (Level.Handshake, _) => SecretLabel.ServerHandshake,
        (_, Side.Client) => SecretLabel.ClientTraffic,
        _ => SecretLabel.ServerTraffic,
    };

    private bool TryKeys(QuicHalf half, Level level, QuicKeys used, ReadOnlySpan<byte> packet, int numberAt, Origin origin)
    {
        byte[] header = ArrayPool<byte>.Shared.Rent(numberAt + 4), plain = ArrayPool<byte>.Shared.Rent(packet.Length);
        try
        {
            if (!used.TryHeader(packet, numberAt, header, out int headerLength)) return false;
            var clear = header.AsSpan(0, headerLength);
            long truncated = 0;
            foreach (byte each in clear[numberAt..]) truncated = truncated << 8 | each;
            long number = half.Number(level, truncated, headerLength - numberAt);
            var body = packet[headerLength..];
            if (body.Length < used.TagSize) return false;
            var content = plain.AsSpan(0, body.Length - used.TagSize);
            bool phase = (clear[0] & 4) != 0;
            bool opened = level == Level.Traffic && phase != half.Phase ? TryPhases(half, used, clear, body, number, content) : used.TryOpen(clear, body, number, content);
            if (!opened) return false;
            half.Saw(level, number);
            half.Opened[(int)level] = true;
            if (level != Level.Initial) Session.Opened = true;
            Frames(half, level, content, packet.Length, origin);
            return true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(header);
            ArrayPool<byte>.Shared.Return(plain);
        }
    }

    /// <summary>The other phase than the present one: the keys before, or the next ones, which then are the present ones (RFC 9001, 6.3).</summary>
    private static bool TryPhases(QuicHalf half, QuicKeys used, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body, long number, Span<byte> content)
    {
        if (half.Before is { } before && before.TryOpen(header, body, number, content)) return true;
        var next = used.Next();
        if (!next.TryOpen(header, body, number, content))
        {
            next.Dispose();
            return false;
        }
        // Header protection is shared by all of them; it goes with the first, which is kept that long.
        half.Before = used;
        half.Keys[(int)Level.Traffic] = next;
        half.Phase = !half.Phase;
        return true;
    }

    private void Frames(QuicHalf half, Level level, ReadOnlySpan<byte> content, int size, Origin origin)
    {
        int passed = 0;
        var fields = new QuicFields(content);
        while (!fields.Rest.IsEmpty)
        {
            var rest = fields.Rest;
            if (Frame(half, level, ref fields, ref passed, origin)) continue;
            // A frame of another kind, or broken: what follows cannot be told apart.
            tally.Add(half.Side, ByteClass.Undetermined, rest.Length);
            passed += rest.Length;
            break;
        }
        tally.Add(half.Side, ByteClass.Explained, size - passed);
    }

    /// <summary>One frame (RFC 9000, 19). False: it is of an unknown kind, or cut off.</summary>
    private bool Frame(QuicHalf half, Level level, ref QuicFields fields, ref int passed, Origin origin)
    {
        if (!fields.TryNumber(out long type)) return false;
        switch (type)
        {
            case 0 or 1 or 0x1E:
                return true;
            case 2 or 3:
                if (!fields.TrySkip(2) || !fields.TryNumber(out long ranges) || !fields.TrySkip(1)) return false;
                for (; ranges > 0; ranges--)
                {
                    if (!fields.TrySkip(2)) return false;
                }
                return type == 2 || fields.TrySkip(3);
            case 4:
                if (!fields.TryNumber(out long reset) || !fields.TrySkip(1) || !fields.TryNumber(out long final)) return false;
                _streams.Opens ??= streams(Session);
                _streams.Reset(reset, half.Side, final, origin);
                return true;
            case 6:
                if (!fields.TryNumber(out long at) || !fields.TryNumber(out long length) || !fields.TryTake(length, out var crypto)) return false;
                Crypto(half, level, at, crypto);
                return true;
            case 7:
                return fields.TryNumber(out long token) && fields.TryTake(token, out _);
            case >= 8 and <= 0xF:
                return StreamFrame(half, (int)type, ref fields, ref passed, origin);
            case 0x10 or 0x12 or 0x13 or 0x14 or 0x16 or 0x17 or 0x19 or 0x2F5: // The last is a time stamp, of a draft.
                return fields.TrySkip(1);
            case 5 or 0x11 or 0x15:
                return fields.TrySkip(2);
            case 0x18:
                if (!fields.TrySkip(2) || !fields.TryTake(1, out var idLength) || !fields.TryTake(idLength[0] + 16, out var another)) return false;
                called?.Invoke(half.Side, another[..idLength[0]].ToArray());
                var other = half.Side == Side.Client ? _server : _client;
                if (idLength[0] <= MaxId && !other.IdLengths.Contains(idLength[0])) other.IdLengths.Add(idLength[0]);
                if (other.IdLengths.Count > 4) other.IdLengths.RemoveAt(4);
                return true;
            case 0x1A or 0x1B:
                return fields.TryTake(8, out _);
            case 0x1C or 0x1D:
                return fields.TrySkip(type == 0x1C ? 2 : 1) && fields.TryNumber(out long reason) && fields.TryTake(reason, out _);
            case 0x30 or 0x31:
                // A datagram, to the packet's end or of a length (RFC 9221).
                long size = fields.Rest.Length;
                if (type == 0x31 && !fields.TryNumber(out size) || !fields.TryTake(size, out var bytes)) return false;
                if (bytes.IsEmpty) return true;
                passed += bytes.Length;
                if (datagrams is null) tally.Add(half.Side, ByteClass.Undetermined, bytes.Length);
                else (_datagrams ??= datagrams(Session)).Take(half.Side, bytes, 0, origin);
                return true;
            default:
                return false;
        }
    }

    private bool StreamFrame(QuicHalf half, int type, ref QuicFields fields, ref int passed, Origin origin)
    {
        long offset = 0, length;
        if (!fields.TryNumber(out long id) || (type & 4) != 0 && !fields.TryNumber(out offset)) return false;
        if ((type & 2) == 0) length = fields.Rest.Length;
        else if (!fields.TryNumber(out length)) return false;
        if (!fields.TryTake(length, out var bytes)) return false;
        _streams.Opens ??= streams(Session);
        passed += _streams.Take(id, half.Side, offset, bytes, (type & 1) != 0, origin);
        return true;
    }

    private void Crypto(QuicHalf half, Level level, long offset, ReadOnlySpan<byte> bytes)
    {
        var order = half.Crypto[(int)level];
        if (offset > MaxCrypto || order.Held > MaxCrypto || order.Full) return;
        var ready = order.Add(offset, bytes, out _);
        Messages(half, level, ready);
        while (order.TryTake(out byte[] held)) Messages(half, level, held);
    }

    private void Messages(QuicHalf half, Level level, ReadOnlySpan<byte> bytes)
    {
        while (half.Handshake[(int)level].TryNext(ref bytes, out byte type, out var message))
        {
            if (type == HandshakeType.ClientHello && half.Side == Side.Client && ClientHelloMessage.TryRead(message) is { } hello)
            {
                Session.Hear(hello, first: _hello is null);
                _hello = hello;
                for (var label = SecretLabel.ClientEarly; label <= SecretLabel.ServerTraffic; label++) Session.HasKeys |= keys.TryFind(hello.Random, label, out _);
                said?.Invoke(Session);
            }
            else if (type == HandshakeType.ServerHello && half.Side == Side.Server && ServerHelloMessage.TryRead(message) is { } answer)
            {
                Session.Hear(answer);
                said?.Invoke(Session);
            }
            else if (type == HandshakeType.EncryptedExtensions && half.Side == Side.Server && level == Level.Handshake)
            {
                (string? agreed, bool taken) = ServerHelloMessage.ReadEncrypted(message);
                Session.Agreed ??= agreed;
                Session.EarlyDataRefused |= Session.EarlyData && !taken;
                said?.Invoke(Session);
            }
        }
    }
}
