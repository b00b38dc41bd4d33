using System.Buffers.Binary;
using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Dns;
using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Layers.Messaging;
using Candor.Audit.Layers.Tls;

namespace Candor.Fuzz;

/// <summary>What an audit reads of a stranger's capture down to the messages: files, packets, streams and plain protocols.</summary>
internal static class AuditWireTargets
{
    private static readonly byte[][] s_pieces =
    [
        [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0], [0x0A, 0x0D, 0x0D, 0x0A], [6, 0, 0, 0], [0x1F, 0x8B, 8, 0], [0x45, 0, 0, 40], [0x60, 0, 0, 0], [0x08, 0x00], [0x86, 0xDD], [0x81, 0x00, 0, 5], [0x20, 0], [0x50, 0x18], [0x50, 0x11], [0x50, 0x02],
    ];

    private static readonly byte[][] s_talkPieces =
    [
        "\r\n\r\n"u8.ToArray(), "\n"u8.ToArray(), "GET / HTTP/1.1\r\n"u8.ToArray(), "HTTP/1.1 200 OK\r\n"u8.ToArray(), "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"u8.ToArray(), "CONNECT a:443 HTTP/1.1\r\n\r\n"u8.ToArray(), "Content-Length: 5\r\n"u8.ToArray(),
        "Transfer-Encoding: chunked\r\n\r\n"u8.ToArray(), "5\r\nhello\r\n"u8.ToArray(), "0\r\n\r\n"u8.ToArray(), [0x16, 3, 1, 0, 5], [0x17, 3, 3, 0, 3], [0x14, 3, 3, 0, 1, 1], [0x10, 12, 0, 4, (byte)'M', (byte)'Q', (byte)'T', (byte)'T', 5], [0x30, 5, 0, 1],
        [0xC2, 0xFE, 0, 5, 0, 0, 0, 10], [0, 2, 0, 1, 0, 0, 0, 1], [5, 1, 0], [5, 0], [5, 1, 0, 3, 1, (byte)'a', 0, 80], [4, 1, 0, 80, 0, 0, 0, 1, 0], "220 x ESMTP\r\n"u8.ToArray(), "EHLO a\r\n"u8.ToArray(), "DATA\r\n"u8.ToArray(), "354 go\r\n"u8.ToArray(), ".\r\n"u8.ToArray(),
        "STARTTLS\r\n"u8.ToArray(), "AUTH TLS\r\n"u8.ToArray(), "<stream:stream to='a'>"u8.ToArray(), "<starttls/>"u8.ToArray(), "<proceed/>"u8.ToArray(), [0], [1], [2], [3],
    ];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("audit-capture", "Every byte of a file in one counter, every byte of a conversation in one class, in bounded memory.", Files, Capture, "CaptureReader.TryOpen", "CaptureReader.ReadSecrets", "AuditRun.TryRead", "PacketDecoder.TryDecode", "QuicPaths.Find")
        { Pieces = s_pieces, MostMemory = 128L << 20 },
        new("audit-talk", "A conversation of any bytes, gaps and ends: each byte classed once, each message begun and ended once.", Talks, Talk, "Http1Layer.Take", "TlsLayer.Take", "FramedLayer.Take", "DnsStream.Take", "HeadReader.TryRead")
        { Pieces = s_talkPieces, MostMemory = 96L << 20 },
        new("audit-ftp-lines", "An end with a port that there is, or none.", () => ["227 Entering Passive Mode (192,0,2,1,117,48)\r\n"u8.ToArray(), "229 x (|||30000|)"u8.ToArray(), "|1|192.0.2.1|5000|"u8.ToArray(), "192,0,2,1,10,20"u8.ToArray()], bytes =>
        {
            string line = System.Text.Encoding.Latin1.GetString(bytes);
            foreach (var end in new[] { FtpTransfers.ReadAnswer(line, default), FtpTransfers.ReadCommand("PORT", line, default), FtpTransfers.ReadCommand("EPRT", line, default) })
                Claim.Holds(end is null || end.Value.Port is >= 0 and <= 65535, "No port.");
        }, "FtpTransfers.ReadAnswer", "FtpTransfers.ReadCommand") { Pieces = ["(|||"u8.ToArray(), "227 "u8.ToArray(), "229 "u8.ToArray(), ","u8.ToArray(), "|)"u8.ToArray()] },
        new("audit-dns-over-http", "Every message begun is ended, whatever a target and a body hold.", () => [[.. "/dns-query?dns="u8, .. Question(), 0, .. Question()], [.. "/a&dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB"u8, 0]], OverHttp, "DnsOverHttp.Body") { Pieces = [[0], "?dns="u8.ToArray(), [0, 1, 0, 0, 0, 1]] },
        new("audit-dns", "A message whose names and addresses are bounded, or none; never more read than there is.", () => [Question(), Answer(), [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0xC0, 12, 0, 1, 0, 1]], bytes =>
        {
            if (DnsMessage.TryRead(bytes) is not { } message) return;
            Claim.Holds(message.Read <= bytes.Length && message.Questions.Count <= 8 && message.Addresses.Count <= 64 && message.Questions.All(q => q.Name.Length is > 0 and <= 4 * 255), "Outside of its bounds.");
        }, "DnsMessage.TryRead") { Pieces = [[0xC0, 12], [63], [0, 1, 0, 1], [0]] },
        new("audit-hello", "A hello with bounded names, or none.", () => [Hello()[4..]], bytes =>
        {
            if (ClientHelloMessage.TryRead(bytes) is not { } hello) return;
            Claim.Holds(hello.ServerName is null or { Length: > 0 and <= 255 } && hello.Protocols.Count <= 16, "Outside of its bounds.");
        }, "ClientHelloMessage.TryRead", "ClientHelloMessage.ReadProtocols") { Pieces = [[0, 0], [0, 16], [0, 43], [0xFE, 0x0D], [3, 4]] },
    ];

    /// <summary>The target, a zero, the body.</summary>
    private static void OverHttp(byte[] bytes)
    {
        int end = Math.Max(0, bytes.AsSpan().IndexOf((byte)0));
        var messages = new CheckedMessages();
        var sink = new DnsOverHttp(new Layering(), new Conversation(), messages);
        sink.Head(0, Side.Client, new() { Method = "GET", Target = System.Text.Encoding.Latin1.GetString(bytes, 0, end), Scheme = "https", Fields = [new("Content-Type", "application/dns-message")] }, 0, default);
        foreach (byte[] piece in bytes[end..].Chunk(7)) sink.Body(0, Side.Client, piece, 0, default);
        sink.End(0, Side.Client, true, default);
        messages.AllEnded();
    }

    private static void Capture(byte[] bytes)
    {
        var layering = new Layering { Messages = _ => new CheckedMessages() };
        Decryption.AddTo(layering, new KeyLog());
        var run = new AuditRun(layering, []);
        if (!run.TryRead(new MemoryStream(bytes), "x")) return;
        var result = run.Finish();
        var file = result.Files[0];
        Claim.Holds(file.Compressed || file.Bytes.Total == bytes.Length, $"The counters come to {file.Bytes.Total} of {bytes.Length} bytes.");
        Claim.Holds(file.Bytes.Packets == file.Packets.Total, $"Packets have {file.Bytes.Packets} bytes, their parts {file.Packets.Total}.");
        Conversation[] all = [.. result.Conversations, .. result.Folded];
        Claim.Holds(file.Packets.Ip == all.Sum(c => c[Side.Client].IpBytes + c[Side.Server].IpBytes), "Conversations do not come to the packets.");
        foreach (var conversation in all)
        {
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                var classes = conversation.Tally[side];
                Claim.Holds(conversation[side].Payload == conversation[side].Repeated + classes.Total, $"{conversation.Number} {side}: {conversation[side].Payload} bytes, {conversation[side].Repeated} of them again, {classes.Total} classed.");
                foreach (var kind in Enum.GetValues<ByteClass>()) Claim.Holds(classes[kind] >= 0, "A class below zero.");
            }
        }
    }

    /// <summary>The input is a script: a byte that says who and what, then a length and bytes.</summary>
    private static void Talk(byte[] bytes)
    {
        List<CheckedMessages> messages = [];
        var conversation = new Conversation { Server = new(default, bytes.Length > 0 ? bytes[0] switch { 1 => 25, 2 => 53, 3 => 21, _ => 80 } : 0), Transport = 6 };
        var layering = new Layering
        {
            // What was unpacked counts in a tally of its own, which the layer around it scales.
            Messages = inner =>
            {
                messages.Add(new CheckedMessages().Counting(inner.Tally));
                return messages[^1];
            },
        };
        Decryption.AddTo(layering, new KeyLog());
        var sink = layering.Bytes(conversation);
        long[] at = [0, 0], given = [0, 0];
        bool[] over = [false, false];
        for (int i = 1; i + 2 <= bytes.Length;)
        {
            var side = (Side)(bytes[i] & 1);
            int kind = bytes[i] >> 1 & 31, length = Math.Min(bytes[i + 1] + 1, bytes.Length - i - 2);
            i += 2;
            if (length <= 0 || over[(int)side]) continue;
            var origin = new Origin(i, i);
            if (kind == 1)
            {
                sink.Gap(side, at[(int)side], length, origin);
                at[(int)side] += length;
            }
            else if (kind == 2) End(side, origin);
            else
            {
                sink.Take(side, at[(int)side], bytes.AsSpan(i, length), origin);
                at[(int)side] += length;
                given[(int)side] += length;
                i += length;
            }
        }
        End(Side.Client, default);
        End(Side.Server, default);
        foreach (var one in messages) one.AllEnded();
        foreach (var side in (Side[])[Side.Client, Side.Server])
            Claim.Holds(conversation.Tally[side].Total == given[(int)side], $"{string.Join('>', conversation.Layers)} {side}: {given[(int)side]} bytes given, {conversation.Tally[side].Total} classed.");

        void End(Side side, Origin origin)
        {
            if (over[(int)side]) return;
            over[(int)side] = true;
            sink.End(side, origin);
        }
    }

    /// <summary>Holds layers to the order in which a message comes.</summary>
    private sealed class CheckedMessages : IHttpSink
    {
        private readonly HashSet<(long, Side)> _open = [];
        private ByteTally? _tally;

        public CheckedMessages Counting(ByteTally tally)
        {
            _tally = tally;
            return this;
        }

        public void AllEnded() => Claim.Holds(_open.Count == 0, "A message never ended.");

        public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
        {
            Claim.Holds(head.Fields.Count <= 8192 && head.WireBytes >= 0 && offset >= 0, "A head outside of its bounds.");
            Claim.Holds(_open.Add((exchange, side)) || _tally is null, "A message began twice.");
        }

        public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            Claim.Holds(!bytes.IsEmpty && offset >= 0 && (_tally is null || _open.Contains((exchange, side))), "A body without its head, or empty.");
            _tally?.Add(side, ByteClass.Undetermined, bytes.Length);
        }

        public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) => Claim.Holds(_tally is null || _open.Contains((exchange, side)), "A trailer without its head.");

        public void End(long exchange, Side side, bool whole, Origin origin) => Claim.Holds(_open.Remove((exchange, side)) || _tally is null, "An end without its head.");
    }

    private static byte[][] Talks()
    {
        static byte[] Say(byte port, params (int Who, byte[] What)[] said) => [port, .. said.SelectMany(s => s.What.Chunk(255).SelectMany(c => (byte[])[(byte)s.Who, (byte)(c.Length - 1), .. c]))];
        byte[] hello = Hello(), record = [0x16, 3, 1, 0, (byte)hello.Length, .. hello];
        return
        [
            Say(0, (0, "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray()), (1, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\nto the end"u8.ToArray())),
            Say(0, (0, "CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n"u8.ToArray()), (1, "HTTP/1.1 200 OK\r\n\r\n"u8.ToArray()), (0, record), (1, [0x17, 3, 3, 0, 2, 1, 2])),
            Say(0, (0, "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"u8.ToArray()), (1, "HTTP/1.1 101 S\r\nUpgrade: websocket\r\n\r\n"u8.ToArray()), (0, [0x81, 1, 1])),
            Say(0, (0, record), (1, [0x16, 3, 3, 0, 1, 2, 0x17, 3, 3, 0, 2, 1, 2]), (2, [0]), (0, [0x17, 3, 3, 0, 2, 1, 2])),
            Say(0, (0, [0x10, 14, 0, 4, .. "MQTT"u8, 4, 2, 0, 60, 0, 2, .. "id"u8, 0x30, 5, 0, 1, .. "tab"u8, 0xC0, 0]), (1, [0x20, 2, 0, 0])),
            Say(0, (0, [0xC2, 0xFE, 0, 5, 0, 0, 0, 11, 0, 2, 0, 1, 0, 0, 0, 2, 8, 9, 9, 1, 1, 1, 1, 0xC2, 0xFE, 0, 5, 0, 0, 0, 2, 7, 7, 1, 1, 1, 1])),
            Say(0, (0, [5, 1, 0]), (1, [5, 0]), (0, [5, 1, 0, 3, 1, .. "a"u8, 0, 80]), (1, [5, 0, 0, 1, 1, 2, 3, 4, 0, 80]), (0, "GET / HTTP/1.1\r\n\r\n"u8.ToArray())),
            Say(0, (0, [4, 1, 0, 80, 0, 0, 0, 1, .. "me\0host\0"u8]), (1, [0, 90, 0, 80, 0, 0, 0, 1]), (0, record)),
            Say(1, (1, "220 x ESMTP\r\n"u8.ToArray()), (0, "EHLO a\r\n"u8.ToArray()), (1, "250-a\r\n250 STARTTLS\r\n"u8.ToArray()), (0, "DATA\r\n"u8.ToArray()), (1, "354 go\r\n"u8.ToArray()), (0, "To: b\r\n\r\nhello\r\n.\r\nBDAT 5 LAST\r\nhelloQUIT\r\n"u8.ToArray())),
            Say(1, (1, "220 x\r\n"u8.ToArray()), (0, "STARTTLS\r\n"u8.ToArray()), (1, "220 go\r\n"u8.ToArray()), (0, record)),
            Say(3, (1, "220 x\r\n"u8.ToArray()), (0, "USER a\r\nPASS b\r\nSTOR c\r\n"u8.ToArray()), (1, "331 x\r\n"u8.ToArray())),
            Say(0, (0, "<?xml version='1.0'?><stream:stream to='x.org'><starttls/>"u8.ToArray()), (1, "<stream:stream><proceed/>"u8.ToArray()), (0, record)),
            Say(2, (0, [0, (byte)Question().Length, .. Question()]), (1, [0, (byte)Answer().Length, .. Answer()])),
        ];
    }

    private static byte[] Question() => [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, .. "a"u8, 3, .. "org"u8, 0, 0, 1, 0, 1];

    private static byte[] Answer() => [0, 1, 0x81, 0x80, 0, 1, 0, 2, 0, 0, 0, 0, 1, .. "a"u8, 3, .. "org"u8, 0, 0, 1, 0, 1, 0xC0, 12, 0, 5, 0, 1, 0, 0, 0, 60, 0, 4, 1, .. "b"u8, 0xC0, 14, 0xC0, 35, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 1, 2, 3, 4];

    private static byte[] Hello()
    {
        byte[] extensions = [0, 0, 0, 10, 0, 8, 0, 0, 5, .. "a.org"u8, 0, 16, 0, 5, 0, 3, 2, .. "h2"u8, 0, 43, 0, 3, 2, 3, 4, 0xFE, 0x0D, 0, 1, 0];
        byte[] body = [3, 3, .. new byte[32], 0, 0, 2, 0x13, 1, 1, 0, 0, (byte)extensions.Length, .. extensions];
        return [1, 0, 0, (byte)body.Length, .. body];
    }

    private static byte[][] Files()
    {
        byte[] question = Question();
        byte[] udp = [0xC0, 1, 0, 53, 0, (byte)(8 + question.Length), 0, 0, .. question];
        byte[] dns = Ip4(17, udp, 0), request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray();
        byte[][] packets =
        [
            Ether(dns), Ether(Tcp(99, 2, [])), Ether(Tcp(100, 0x18, request[..10])), Ether(Tcp(120, 0x18, request[20..])), Ether(Tcp(105, 0x18, request[5..20])), Ether(Tcp(100, 0x10, request[..10])), Ether(Tcp(128, 0x11, [])),
            Ether(Ip4(17, udp.AsSpan(0, 16).ToArray(), 0x2000)), Ether(Ip4(17, udp.AsSpan(16).ToArray(), 2)), [.. new byte[12], 0x81, 0, 0, 5, 8, 0, .. dns], [.. new byte[12], 8, 6, .. new byte[28]],
            Ether(Ip4(41, [0x60, 0, 0, 0, 0, 16, 0, 64, .. new byte[32], 17, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 2, 0, 8, 0, 0], 0)), [.. Ether(dns), 0x01, 0x07, 0x20, 0x21, 0, 0, 0x27, 0x10, .. "app"u8, .. new byte[21]],
        ];
        byte[] pcap = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0, 0, 1, 0, 0, 0, .. packets.SelectMany(p => (byte[])[1, 0, 0, 0, 0, 0, 0, 0, (byte)p.Length, 0, 0, 0, (byte)p.Length, 0, 0, 0, .. p])];
        byte[] pcapng =
        [
            .. Block(0x0A0D0D0A, [0x4D, 0x3C, 0x2B, 0x1A, 1, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]), .. Block(1, [1, 0, 0, 0, 0, 0, 4, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0]), .. Block(10, [.. "KLST"u8, 4, 0, 0, 0, 1, 2, 3, 4]),
            .. Block(0xBAD, [0xBC, 0xF4, 0, 0, 1, 0, 1, 0, 16, 39, 0, 0, 1, 1, .. "ab"u8]), .. packets.SelectMany(p => Block(6, [0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, (byte)p.Length, 0, 0, 0, (byte)p.Length, 0, 0, 0, .. p, .. new byte[(4 - p.Length % 4) % 4], 1, 0, 7, 0, .. "u-10000"u8, 0])),
            .. Block(3, [2, 0, 0, 0, 1, 2, 0, 0]), .. Block(4, [1, 0, 6, 0, 1, 2, 3, 4, .. "a"u8, 0, 0, 0, 0, 0, 0, 0]), .. Block(5, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 8, 0, 1, 0, 0, 0, 0, 0, 0, 0]),
        ];
        using var gzip = new MemoryStream();
        using (var stream = new System.IO.Compression.GZipStream(gzip, System.IO.Compression.CompressionLevel.Fastest, leaveOpen: true)) stream.Write(pcap);
        return [pcap, pcapng, gzip.ToArray()];
    }

    private static byte[] Block(uint type, byte[] body)
    {
        byte[] block = new byte[12 + body.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(block, type);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(4), block.Length);
        body.CopyTo(block, 8);
        BinaryPrimitives.WriteInt32LittleEndian(block.AsSpan(8 + body.Length), block.Length);
        return block;
    }

    private static byte[] Ether(byte[] ip) => [.. new byte[12], 8, 0, .. ip];

    private static byte[] Ip4(byte protocol, byte[] payload, int fragment) => [0x45, 0, 0, (byte)(20 + payload.Length), 0, 7, (byte)(fragment >> 8), (byte)fragment, 64, protocol, 0, 0, 10, 0, 0, 1, 1, 2, 3, 4, .. payload];

    private static byte[] Tcp(byte sequence, byte flags, byte[] payload) => Ip4(6, [0xC0, 0, 0, 80, 0, 0, 0, sequence, 0, 0, 0, 0, 0x50, flags, 1, 0, 0, 0, 0, 0, .. payload], 0);
}
