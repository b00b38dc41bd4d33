using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Http2;
using Candor.Audit.Layers.Http3;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Layers.Quic;
using Candor.Audit.Layers.Tls;
using Candor.Audit.Layers.WebSocket;

namespace Candor.Fuzz;

/// <summary>What an audit decrypts, and what is spoken within. An input is a conversation: pieces of [side and whether it is a gap][length in two bytes][bytes].</summary>
internal static class AuditSecretsTargets
{
    private static readonly byte[] s_random = [.. Enumerable.Repeat((byte)7, 32)], s_secret = [.. Enumerable.Repeat((byte)9, 32)];

    private static readonly byte[][] s_pieces = [[0, 0, 1], [1, 0, 1], [2, 0, 9], [3, 1, 0], [0x17, 3, 3, 0, 20], [0x16, 3, 1, 0, 4], [0x14, 3, 3, 0, 1, 1], [0, 0, 4, 0, 0, 0, 0, 0, 0], [0, 0, 1, 0, 9, 0, 0, 0, 1, 0x82], [0x81, 0], [0xC1, 0x7E, 0xFF, 0xFF], [0x3F, 0xE1, 0x1F], [0xFF, 0xFF, 0xFF, 0xFF]];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("audit-key-log", "The same secrets and counts from memory and from a stream, each line counted once.", () => [Encoding.ASCII.GetBytes(Log), Encoding.ASCII.GetBytes(Log.Replace("\n", "\r\n# c\n", StringComparison.Ordinal))], KeyLines, "KeyLog.Add") { Pieces = Targets.TextPieces },
        new("audit-tls", "Bytes in order, each once, and sums that come to what was given.", () => [Tls()], Tls, "TlsLayer.Take", "ClientHelloMessage.TryRead", "ServerHelloMessage.TryRead", "ServerHelloMessage.ReadEncrypted") { Pieces = s_pieces },
        new("audit-http2", "Messages in their form, and sums that come to what was given.", () => [Http2(), Http2Socket()], bytes => Streams(bytes, (tally, _) => new Http2Layer(tally, new Messages(tally), (request, answer) => new WebSocketLayer(tally, inner => new Messages(inner), request, answer))), "Http2Layer.Take", "FrameHead.Read", "HpackDecoder.TryDecode", "Huffman.TryDecode") { Pieces = s_pieces },
        new("audit-websocket", "Messages in their form, and sums that come to what was given.", () => [WebSocket()], bytes => Streams(bytes, (tally, all) =>
            new WebSocketLayer(tally, inner => new Messages(inner), new(), new() { Status = 101, Fields = all.Length % 2 == 0 ? [new("Sec-WebSocket-Extensions", "permessage-deflate")] : [] })), "WebSocketLayer.Take") { Pieces = s_pieces, MostMemory = 512L << 20 },
        new("audit-http3", "Messages in their form, and sums that come to what was given.", () => [Http3()], Http3, "Http3Layer.Open", "QpackDecoder.TryDecode") { Pieces = s_pieces },
        new("audit-quic", "Stream bytes in order, each once, and sums that come to what was given.", () => [Quic()], Quic, "QuicLayer.Take") { Pieces = s_pieces },
    ];

    private static string Log => string.Concat(new[] { "CLIENT_EARLY_TRAFFIC_SECRET", "CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_HANDSHAKE_TRAFFIC_SECRET", "CLIENT_TRAFFIC_SECRET_0", "SERVER_TRAFFIC_SECRET_0" }
        .Select(l => $"{l} {Convert.ToHexString(s_random)} {Convert.ToHexString(s_secret)}\n"));

    private static KeyLog Keys()
    {
        var keys = new KeyLog();
        keys.Add(Encoding.ASCII.GetBytes(Log));
        return keys;
    }

    private static void KeyLines(byte[] bytes)
    {
        KeyLog memory = new(), stream = new();
        memory.Add(bytes);
        stream.Add(new MemoryStream(bytes));
        Claim.Holds((memory.Connections, memory.Taken, memory.Repeated, memory.Contradicted) == (stream.Connections, stream.Taken, stream.Repeated, stream.Contradicted), "A stream gives other secrets than memory.");
        Claim.Holds(memory.Taken + memory.Repeated + memory.Contradicted + memory.Skipped <= bytes.Length + 1, "More lines than there can be.");
    }

    private static void Tls(byte[] bytes) => Streams(bytes, (tally, _) => new TlsLayer(Keys(), tally, _ => new Bytes(tally)));

    private static void Http3(byte[] bytes)
    {
        var tally = new ByteTally();
        var layer = new Http3Layer(tally, new Messages(tally));
        var streams = new Dictionary<long, IByteSink>();
        long[] given = [0, 0];
        var offsets = new Dictionary<(long, Side), long>();
        foreach (var (side, gap, piece) in Pieces(bytes))
        {
            if (piece.Length < 2) continue;
            long id = piece[0] & 15;
            if (!streams.TryGetValue(id, out var stream)) streams[id] = stream = layer.Open(id);
            long offset = offsets.GetValueOrDefault((id, side));
            offsets[(id, side)] = offset + piece.Length - 1;
            if (gap) stream.Gap(side, offset, piece.Length - 1, default);
            else stream.Take(side, offset, piece.AsSpan(1), default);
            if (!gap) given[(int)side] += piece.Length - 1;
        }
        foreach (var stream in streams.Values)
        {
            stream.End(Side.Client, default);
            stream.End(Side.Server, default);
        }
        Same(given, tally);
    }

    private static void Quic(byte[] bytes)
    {
        var tally = new ByteTally();
        var streams = new List<Bytes>();
        var conversation = new Conversation();
        var paths = new QuicPaths();
        var datagrams = new Datagrams(tally);
        var layer = new QuicLayer(Keys(), tally, _ => _ =>
        {
            streams.Add(new(tally));
            return streams[^1];
        }, null, _ => new Http3Datagrams(tally, datagrams), (side, id) => paths.Add(id, conversation, side));
        long[] given = [0, 0];
        foreach (var (side, gap, piece) in Pieces(bytes))
        {
            layer.Take(side, piece, gap ? 10 : 0, new(1, 1));
            given[(int)side] += piece.Length;
            Claim.Holds(paths.Find(piece) is not { } found || found.Conversation == conversation, "A path to nowhere.");
        }
        layer.End();
        paths.Forget(conversation);
        Claim.Holds(paths.Count == 0, "Ids are kept of a connection that is over.");
        Same(given, tally);
        Claim.Holds(streams.All(s => s.Ended), "A stream that is not ended.");
    }

    private static void Streams(byte[] bytes, Func<ByteTally, byte[], IByteSink> open)
    {
        var tally = new ByteTally();
        var layer = open(tally, bytes);
        long[] given = [0, 0], offsets = [0, 0];
        foreach (var (side, gap, piece) in Pieces(bytes))
        {
            if (piece.Length == 0) continue;
            if (gap) layer.Gap(side, offsets[(int)side], piece.Length, new(1, 1));
            else layer.Take(side, offsets[(int)side], piece, new(1, 1));
            offsets[(int)side] += piece.Length;
            if (!gap) given[(int)side] += piece.Length;
        }
        layer.End(Side.Client, default);
        layer.End(Side.Server, default);
        Same(given, tally);
    }

    private static void Same(long[] given, ByteTally tally)
    {
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            Claim.Holds(given[(int)side] == tally[side].Total, $"{side}: {given[(int)side]} bytes given, {tally[side].Total} classed.");
            foreach (var kind in Enum.GetValues<ByteClass>()) Claim.Holds(tally[side][kind] >= 0, $"{side}: {kind} is below zero.");
        }
    }

    private static IEnumerable<(Side Side, bool Gap, byte[] Bytes)> Pieces(byte[] bytes)
    {
        for (int at = 0; at + 3 <= bytes.Length;)
        {
            int length = Math.Min(BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 1)), bytes.Length - at - 3);
            yield return ((Side)(bytes[at] & 1), (bytes[at] & 2) != 0, bytes[(at + 3)..(at + 3 + length)]);
            at += 3 + length;
        }
    }

    private static byte[] Piece(Side side, params byte[] bytes) => [(byte)side, (byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private static byte[] Vector(int size, params byte[] bytes) => size == 1 ? [(byte)bytes.Length, .. bytes] : [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];

    private static byte[] Hello(byte type, byte[] body) => [type, 0, (byte)(body.Length >> 8), (byte)body.Length, .. body];

    private static byte[] ClientHello => Hello(1, [3, 3, .. s_random, 0, .. Vector(2, 0x13, 1), 1, 0, .. Vector(2, [0, 0, .. Vector(2, [.. Vector(2, [0, .. Vector(2, "phone.example"u8.ToArray())])]), 0, 43, .. Vector(2, [.. Vector(1, 3, 4)])])]);

    private static byte[] ServerHello => Hello(2, [3, 3, .. new byte[32], 0, 0x13, 1, 0, .. Vector(2, 0, 43, 0, 2, 3, 4)]);

    private static byte[] Record(byte type, byte[] body) => [type, 3, 3, .. Vector(2, body)];

    /// <summary>A TLS 1.3 record of the one secret.</summary>
    private static byte[] Sealed(byte type, int number, byte[] plain)
    {
        byte[] key = new byte[16], iv = new byte[12], text = new byte[plain.Length + 1], tag = new byte[16];
        KeySchedule.Expand(HashAlgorithmName.SHA256, s_secret, "key", key);
        KeySchedule.Expand(HashAlgorithmName.SHA256, s_secret, "iv", iv);
        iv[11] ^= (byte)number;
        int length = text.Length + tag.Length;
        byte[] header = [23, 3, 3, (byte)(length >> 8), (byte)length];
        using var gcm = new AesGcm(key, 16);
        gcm.Encrypt(iv, (byte[])[.. plain, type], text, tag, header);
        return [.. header, .. text, .. tag];
    }

    private static byte[] Tls() =>
    [
        .. Piece(Side.Client, Record(22, ClientHello)), .. Piece(Side.Server, [.. Record(22, ServerHello), .. Sealed(22, 0, Hello(8, [0, 0])), .. Sealed(22, 1, Hello(20, new byte[32]))]),
        .. Piece(Side.Client, [.. Record(20, [1]), .. Sealed(22, 0, Hello(20, new byte[32])), .. Sealed(23, 0, "the teapot"u8.ToArray())]), .. Piece(Side.Client, Sealed(22, 1, Hello(24, [0]))), .. Piece(Side.Server, Sealed(23, 0, "stands"u8.ToArray())),
    ];

    /// <summary>A stream that becomes a WebSocket (RFC 8441), a frame in it, and its answer.</summary>
    private static byte[] Http2Socket()
    {
        byte[] ask = [0x02, 7, .. "CONNECT"u8, 0x00, 9, .. ":protocol"u8, 9, .. "websocket"u8, 0x87, 0x84], frame = [0x81, 0x83, 1, 2, 3, 4, (byte)'a' ^ 1, (byte)'b' ^ 2, (byte)'c' ^ 3];
        byte[] client = [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, (byte)ask.Length, 1, 4, 0, 0, 0, 1, .. ask], data = [0, 0, (byte)frame.Length, 0, 0, 0, 0, 0, 1, .. frame];
        return [0, 0, (byte)client.Length, .. client, 1, 0, 19, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88, 0, 0, (byte)data.Length, .. data];
    }

    private sealed class Datagrams(ByteTally tally) : IDatagramSink
    {
        public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin) => tally.Add(side, ByteClass.Explained, payload.Length);

        public void End() { }
    }

    private static byte[] Http2()
    {
        static byte[] Frame(byte type, byte flags, byte stream, params byte[] payload) => [0, 0, (byte)payload.Length, type, flags, 0, 0, 0, stream, .. payload];
        return
        [
            .. Piece(Side.Client, [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8, .. Frame(4, 0, 0), .. Frame(1, 4, 1, 0x82, 0x86, 0x84, 0x41, 0x8C, 0xF1, 0xE3, 0xC2, 0xE5, 0xF2, 0x3A, 0x6B, 0xA0, 0xAB, 0x90, 0xF4, 0xFF), .. Frame(0, 9, 1, [2, .. "body"u8, 0, 0])]),
            .. Piece(Side.Server, [.. Frame(4, 0, 0), .. Frame(1, 0, 1, 0x88), .. Frame(9, 4, 1, 0xBE), .. Frame(0, 1, 1, [.. "answer"u8])]), .. Piece(Side.Client, Frame(1, 5, 3, 0x82, 0xBE)), .. Piece(Side.Server, Frame(3, 0, 3, 0, 0, 0, 8)),
        ];
    }

    private static byte[] WebSocket() =>
    [
        .. Piece(Side.Client, [0x81, 0x85, 1, 2, 3, 4, .. "hello"u8, 0x01, 2, .. "ab"u8]), .. Piece(Side.Server, [0x89, 1, 7, 0xC1, 7, 0xF2, 0x48, 0xCD, 0xC9, 0xC9, 7, 0, 0xC1, 5, 0xF2, 0, 0x11, 0, 0]), .. Piece(Side.Client, [0x80, 1, .. "c"u8, 0x82, 0x7E, 0, 3, 1, 2, 3, 0x88, 2, 3, 0xE8]),
    ];

    private static byte[] Http3() =>
    [
        .. Piece(Side.Client, [0, 1, 4, 3, 0x81, 0x10, 0x11, 0, 4, .. "body"u8]), .. Piece(Side.Client, [2, 2, 0x3F, 0xBD, 1, 0xC0, 0x0F, .. "www.example.com"u8, 0xC1, 0x0C, .. "/sample/path"u8]), .. Piece(Side.Client, [6, 0, 4, 2, 1, 0x20]),
        .. Piece(Side.Server, [0, 1, 3, 0, 0, 0xD9, 0, 2, .. "ok"u8]), .. Piece(Side.Server, [3, 0, 4, 0]), .. Piece(Side.Server, [7, 1, 5, 1, 3, 0, 0, 0xD9, 0x21, 2, 0, 0]),
    ];

    private static byte[] Quic()
    {
        byte[] id = [1, 2, 3, 4, 5, 6, 7, 8], initial = HKDF.Extract(HashAlgorithmName.SHA256, id, QuicVersion.Of(QuicVersion.One)!.Salt), client = new byte[32];
        KeySchedule.Expand(HashAlgorithmName.SHA256, initial, "client in", client);
        byte[] hello = ClientHello, frame = [6, 0, .. Number(hello.Length), .. hello, .. new byte[20]];
        byte[] longHeader = [0xC1, 0, 0, 0, 1, 8, .. id, 0, 0, .. Number(2 + frame.Length + 16), 0, 0], stream = [0x0E, 0, 0, 5, .. "hello"u8, 0x0B, 4, 3, .. "end"u8, .. new byte[8]];
        return [.. Piece(Side.Client, Packet(client, longHeader, frame)), .. Piece(Side.Client, Packet(s_secret, [0x41, 0, 1], stream)), .. Piece(Side.Server, Packet(s_secret, [0x41, 0, 0], [2, 1, 0, 0, 0, .. stream]))];

        static byte[] Number(int value) => [(byte)(0x40 | value >> 8), (byte)value];

        static byte[] Packet(byte[] secret, byte[] header, byte[] plain)
        {
            byte[] key = new byte[16], iv = new byte[12], hp = new byte[16], text = new byte[plain.Length], tag = new byte[16];
            KeySchedule.Expand(HashAlgorithmName.SHA256, secret, "quic key", key);
            KeySchedule.Expand(HashAlgorithmName.SHA256, secret, "quic iv", iv);
            KeySchedule.Expand(HashAlgorithmName.SHA256, secret, "quic hp", hp);
            iv[11] ^= header[^1];
            using (var gcm = new AesGcm(key, 16)) gcm.Encrypt(iv, plain, text, tag, header);
            byte[] packet = [.. header, .. text, .. tag];
            using var aes = Aes.Create();
            aes.Key = hp;
            byte[] mask = aes.EncryptEcb(packet.AsSpan(header.Length + 2, 16), PaddingMode.None);
            packet[0] ^= (byte)(mask[0] & (packet[0] >= 0x80 ? 0x0F : 0x1F));
            packet[header.Length - 2] ^= mask[1];
            packet[header.Length - 1] ^= mask[2];
            return packet;
        }
    }

    /// <summary>Holds a layer to what it promises a sink of bytes.</summary>
    private sealed class Bytes(ByteTally tally) : IByteSink
    {
        private readonly long[] _next = [0, 0];
        private readonly bool[] _ended = [false, false];

        public bool Ended => _ended[0] && _ended[1];

        public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
        {
            Claim.Holds(!bytes.IsEmpty && !_ended[(int)side] && offset == _next[(int)side], "Bytes out of order, none, or after the end.");
            _next[(int)side] += bytes.Length;
            tally.Add(side, ByteClass.Explained, bytes.Length);
        }

        public void Gap(Side side, long offset, long length, Origin origin)
        {
            Claim.Holds(length > 0 && !_ended[(int)side] && offset == _next[(int)side], "A gap out of order, of nothing, or after the end.");
            _next[(int)side] += length;
        }

        public void End(Side side, Origin origin)
        {
            Claim.Holds(!_ended[(int)side], "Ended twice.");
            _ended[(int)side] = true;
        }
    }

    /// <summary>Holds a layer to what it promises a sink of messages.</summary>
    private sealed class Messages(ByteTally tally) : IHttpSink
    {
        private readonly HashSet<(long, Side)> _open = [];

        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin) => Claim.Holds(_open.Add((exchange, side)), "A second head before the end of the first.");

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            Claim.Holds(!bytes.IsEmpty && _open.Contains((exchange, side)), "A body without a head, or empty.");
            tally.Add(side, ByteClass.Explained, bytes.Length);
        }

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) => Claim.Holds(_open.Contains((exchange, side)), "A trailer without a head.");

        public void End(long exchange, Side side, bool whole, Origin origin) => Claim.Holds(_open.Remove((exchange, side)), "An end without a head.");
    }
}
