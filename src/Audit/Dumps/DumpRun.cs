using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Messages;
using Candor.Audit.Packets;

namespace Candor.Audit.Dumps;

/// <summary>A dump of messages that was read: what a browser or a proxy wrote of them, without packets.</summary>
/// <param name="Name">As the caller named it.</param>
/// <param name="Format">"har" or "mitmproxy".</param>
/// <param name="Bytes">Of the file, as far as it was read.</param>
/// <param name="Entries">Requests, connections and lookups in it.</param>
/// <param name="Unanswered">Of them, those without an answer.</param>
/// <param name="Damaged">Bodies that were text by force: bytes in them are lost for good.</param>
/// <param name="Unread">Entries that are none, or too large.</param>
/// <param name="First">Nanoseconds since 1970-01-01 UTC of the earliest; 0: none has a time.</param>
/// <param name="Last">Of the latest.</param>
/// <param name="Fault">What is wrong with it; null: it is whole.</param>
public sealed record DumpFacts(string Name, string Format, long Bytes, long Entries, long Unanswered, long Damaged, long Unread, long First, long Last, string? Fault);

/// <summary>Reads HAR files and mitmproxy's flow dumps into the same sinks that packets lead to.</summary>
/// <remarks>
/// There are no bytes of the wire here: a head counts as long as it would be in HTTP/1.1, a body as long as it is in the file. What the phone sent is the client's side.
/// </remarks>
public sealed class DumpRun
{
    private const int MaxConversations = 50_000;

    private readonly MessageRun? _messages;
    private readonly Layering _layering;
    private readonly Dictionary<(string, string, int, string), (Conversation Inner, IHttpSink Sink)> _open = [];
    private readonly List<Conversation> _conversations = [];
    private readonly List<DumpFacts> _files = [];
    private Tallied _now = new();
    private bool _undone;

    /// <param name="messages">Looks at the messages; null: nobody does.</param>
    /// <param name="layering">For streams within dumps.</param>
    public DumpRun(MessageRun? messages, Layering layering) => (_messages, _layering) = (messages, layering);

    public IReadOnlyList<DumpFacts> Files => _files;

    /// <summary>One for each host, port, address and scheme of a file.</summary>
    public IReadOnlyList<Conversation> Conversations => _conversations;

    /// <summary>Reads a dump to its end. False: it is none, and nothing of it was taken.</summary>
    /// <param name="file">From its start; what can be read twice is not needed.</param>
    /// <param name="name">For the report.</param>
    public bool TryRead(Stream file, string name)
    {
        ArgumentNullException.ThrowIfNull(file);
        var window = new DumpWindow(file);
        window.Fill(64);
        bool har = HarReader.Begins(window.Bytes);
        if (!har && !MitmReader.Begins(window.Bytes)) return false;
        _now = new();
        (_undone, File) = (har, name);
        _open.Clear();
        string? fault = har ? HarReader.Read(window, this) : MitmReader.Read(window, this);
        _messages?.Settle();
        _files.Add(new(name, har ? "har" : "mitmproxy", window.Taken, _now.Entries, _now.Unanswered, _now.Damaged, _now.Unread, _now.First, _now.Last, fault));
        return true;
    }

    internal string File { get; private set; } = "";

    internal Layering Layering => _layering;

    internal Tallied Now => _now;

    /// <summary>The conversation that an exchange belongs to, and who looks at its messages.</summary>
    internal (Conversation Conversation, IHttpSink Sink) Of(string scheme, string host, int port, string address, long time)
    {
        // Past what is kept, all others are one: no byte is left out of the sums.
        var key = _conversations.Count < MaxConversations || _open.ContainsKey((scheme, host, port, address)) ? (scheme, host, port, address) : ("", "", 0, "");
        if (!_open.TryGetValue(key, out var open))
        {
            var outer = new Conversation { Number = _open.Count + 1, File = File, Server = new(Address.TryRead(address) ?? default, port), First = time, Last = time, Phone = Side.Client };
            bool secure = scheme is "https" or "wss";
            if (secure) outer.Speaks("tls");
            var inner = secure ? outer.Within(secure: true) : outer;
            inner.Calls(host);
            open = (inner, _messages is null ? new UnreadMessages(inner.Tally) : new MessageSearch(_messages, inner, _undone));
            _open[key] = open;
            _conversations.Add(outer);
        }
        var root = open.Inner.Root;
        if (time > 0)
        {
            root.First = root.First == 0 ? time : Math.Min(root.First, time);
            root.Last = Math.Max(root.Last, time);
            _now.First = _now.First == 0 ? time : Math.Min(_now.First, time);
            _now.Last = Math.Max(_now.Last, time);
        }
        return open;
    }

    /// <summary>Hands on one message; its head counts as explained.</summary>
    /// <param name="open">Of <see cref="Of"/>.</param>
    /// <param name="exchange">Number of the entry in its file, from 0.</param>
    /// <param name="side">Who sent it.</param>
    /// <param name="head">Its head.</param>
    /// <param name="body">Its body, as the file has it.</param>
    /// <param name="damaged">Bytes of the body are lost.</param>
    /// <param name="time">Nanoseconds since 1970-01-01 UTC; 0: not known.</param>
    internal void Message((Conversation Conversation, IHttpSink Sink) open, long exchange, Side side, HttpHead head, ReadOnlyMemory<byte> body, bool damaged, long time)
    {
        var (conversation, sink) = open;
        var origin = new Origin(0, time);
        // There is no stream: both sides' bytes are numbered as they come.
        ref long at = ref side == Side.Client ? ref _now.Client : ref _now.Server;
        conversation.Speaks(head.Scheme is "websocket" or "dns" ? head.Scheme : head.Version is "2" or "3" ? "http/" + head.Version : "http/1.1");
        conversation.Tally.Add(side, ByteClass.Explained, head.WireBytes);
        sink.Head(exchange, side, head, at, origin);
        at += head.WireBytes;
        if (damaged) _messages?.Settle();
        var before = conversation.Tally[side];
        if (!body.IsEmpty) sink.Body(exchange, side, body.Span, at, origin);
        at += body.Length;
        sink.End(exchange, side, !damaged, origin);
        if (!damaged) return;
        _messages?.Settle();
        _now.Damaged++;
        foreach (var kind in (ByteClass[])[ByteClass.Explained, ByteClass.Undetermined])
        {
            long more = Math.Max(0, conversation.Tally[side][kind] - before[kind]);
            conversation.Tally.Add(side, kind, -more);
            conversation.Tally.Add(side, ByteClass.Damaged, more);
        }
    }

    /// <summary>What a head would take in HTTP/1.1.</summary>
    internal static int Length(string start, IReadOnlyList<HttpField> fields)
    {
        long length = start.Length + 4L;
        foreach (var field in fields) length += field.Name.Length + field.Value.Length + 4L;
        return (int)Math.Min(int.MaxValue, length);
    }

    internal static string VersionOf(string text)
    {
        string digits = text.ToUpperInvariant().Replace("HTTP/", "", StringComparison.Ordinal).Trim();
        return digits switch { "2" or "2.0" or "H2" => "2", "3" or "3.0" or "H3" => "3", "1.0" => "1.0", "1.1" => "1.1", _ => "" };
    }

    /// <summary>Counts of the file that is being read.</summary>
    internal sealed class Tallied
    {
        public long Client, Server;

        public long Entries { get; set; }

        public long Unanswered { get; set; }

        public long Damaged { get; set; }

        public long Unread { get; set; }

        public long First { get; set; }

        public long Last { get; set; }
    }
}

/// <summary>A file as it is read: a stretch of it, longer as somebody needs more.</summary>
internal sealed class DumpWindow(Stream file)
{
    /// <summary>Bytes of one entry.</summary>
    public const int Most = 64 << 20;

    private byte[] _bytes = new byte[1 << 16];
    private int _start, _end;

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(_start, _end - _start);

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(_start, _end - _start);

    /// <summary>Nothing comes behind what is here.</summary>
    public bool Ended { get; private set; }

    public long Taken { get; private set; }

    /// <summary>Reads on until so many bytes are here. False: there are fewer, or more than an entry may have.</summary>
    public bool Fill(int wanted)
    {
        while (_end - _start < wanted && !Ended)
        {
            if (_start > 0 && (_end == _bytes.Length || _start == _end))
            {
                Bytes.CopyTo(_bytes);
                (_start, _end) = (0, _end - _start);
            }
            if (_end == _bytes.Length)
            {
                if (_bytes.Length >= Most) return false;
                Array.Resize(ref _bytes, Math.Min(Most, _bytes.Length * 2));
            }
            int read = file.Read(_bytes, _end, _bytes.Length - _end);
            if (read == 0) Ended = true;
            _end += read;
        }
        return _end - _start >= wanted;
    }

    public void Take(int count)
    {
        _start += count;
        Taken += count;
    }

    /// <summary>Passes over bytes, also more than are held at one time. False: there are fewer.</summary>
    public bool Skip(long count)
    {
        while (count > 0)
        {
            if (!Fill(1)) return false;
            int step = (int)Math.Min(count, _end - _start);
            Take(step);
            count -= step;
        }
        return true;
    }
}
