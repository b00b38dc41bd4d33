using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Messages;

/// <summary>Looks at messages: heads at once, bodies when they are over. Only what the phone may have sent is searched; what came down is classed by its first bytes.</summary>
/// <param name="run">Of the report.</param>
/// <param name="conversation">Whose messages they are.</param>
/// <param name="undone">The carrier has undone Content-Encoding already, as HAR does: what the head declares is not tried.</param>
internal sealed class MessageSearch(MessageRun run, Conversation conversation, bool undone = false) : IHttpSink
{
    /// <summary>Bytes of a body that are held and decoded.</summary>
    public const int MostBody = 8 << 20;

    private const int MaxOpen = 1024, LookedAt = 4096, LongestUrl = 512;

    private readonly Dictionary<(long, Side), Message> _open = [];

    private sealed class Message(HttpHead? head, SentRequest? request, HeldBytes? held)
    {
        public HttpHead? Head { get; } = head;

        public SentRequest? Request { get; } = request;

        public HeldBytes? Held { get; } = held;

        /// <summary>The class of a body that came down, once it is told by its first bytes.</summary>
        public ByteClass? Down { get; set; }
    }

    public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
    {
        ArgumentNullException.ThrowIfNull(head);
        SentRequest? request = null;
        HeldBytes? held = null;
        if (MessageRun.MayBeSent(conversation, side))
        {
            string url = run.Known(Url(head));
            if (head.IsRequest)
            {
                request = run.Add(new SentRequest(conversation.Root, side, exchange, run.Known(head.Method), url, run.Known(Host(head)), origin) { Telling = Telling(head) });
            }
            string name = head.IsRequest ? $"{head.Method} {url}" : "";
            SearchHead(exchange, side, Lines(head), head.WireBytes, name, offset, origin);
            if (_open.Count < MaxOpen) held = new(run, new(conversation, side, exchange, "body", offset), name, MostBody);
        }
        _open[(exchange, side)] = new(head, request, held);
    }

    public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (!_open.TryGetValue((exchange, side), out var message)) _open[(exchange, side)] = message = new(null, null, null);
        if (message.Request is not null) message.Request.Body += bytes.Length;
        if (message.Held is not null)
        {
            message.Held.Take(bytes, offset, origin);
            return;
        }
        message.Down ??= MessageRun.MayBeSent(conversation, side) ? ByteClass.Undetermined : ClassOf(bytes);
        conversation.Tally.Add(side, message.Down.Value, bytes.Length);
    }

    public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin)
    {
        ArgumentNullException.ThrowIfNull(fields);
        if (!MessageRun.MayBeSent(conversation, side) || fields.Count == 0) return;
        SearchHead(exchange, side, [.. fields.Select(f => ($"trailer {f.Name}", f.Value))], int.MaxValue, "", 0, origin);
    }

    public void End(long exchange, Side side, bool whole, Origin origin)
    {
        if (!_open.Remove((exchange, side), out var message) || message.Held is null) return;
        message.Held.End(Declared(message.Head));
    }

    /// <summary>What a body that came down is: nothing in it was uploaded, so its first bytes are enough.</summary>
    private static ByteClass ClassOf(ReadOnlySpan<byte> bytes)
    {
        var head = bytes[..Math.Min(bytes.Length, LookedAt)];
        return Readable.IsText(head) || Readable.IsText(head[..Math.Max(1, head.Length - 3)]) || Media.Of(head) is not null || Compression.ByMagic(head) is not null ? ByteClass.Explained : ByteClass.Undetermined;
    }

    private BodyDeclaration Declared(HttpHead? head) => head is null ? BodyDeclaration.None
        : new(undone ? [] : [.. (head["Content-Encoding"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], head["Content-Type"] ?? "");

    private void SearchHead(long exchange, Side side, List<(string Part, string Text)> lines, int wire, string request, long offset, Origin origin)
    {
        // One body of all lines: one pass, and a form that a field has of its own (base64, JSON in percent) is found in text anyway.
        var text = new StringBuilder();
        List<int> starts = [];
        foreach (var (_, line) in lines)
        {
            starts.Add(text.Length);
            text.Append(line).Append('\n');
        }
        run.Look(HeldBytes.Octets(text.ToString()), BodyDeclaration.None, new(conversation, side, exchange, "head", offset), request, seen =>
        {
            var identified = new Stretches();
            foreach (var finding in seen.Findings)
            {
                int line = starts.BinarySearch(finding.Offset);
                line = line < 0 ? ~line - 1 : line;
                var sighting = new Sighting(conversation, side, exchange, lines[line].Part, offset, origin, finding) { Request = request };
                run.Add(sighting);
                if (sighting.Counts) identified.Add(finding.Offset, finding.Length);
            }
            // The layer above has explained the whole head; packed heads of HTTP/2 may take less than the text that stands in them.
            long found = Math.Min(identified.Bytes, Math.Min(wire, conversation.Tally[side][ByteClass.Explained]));
            conversation.Tally.Add(side, ByteClass.Explained, -found);
            conversation.Tally.Add(side, ByteClass.Identified, found);
        });
    }

    private static List<(string Part, string Text)> Lines(HttpHead head)
    {
        List<(string, string)> lines = [];
        if (head.IsRequest) lines.Add(("target", head.Target));
        foreach (var field in head.Fields) lines.Add(($"field {field.Name}", $"{field.Name}: {field.Value}"));
        return lines;
    }

    /// <summary>What in a request tells one client from another. Words of the protocol alone, no judgement of values.</summary>
    private static string[] Telling(HttpHead head)
    {
        List<string> telling = [];
        if (head.Target.Contains('?', StringComparison.Ordinal)) telling.Add("query");
        foreach (var field in head.Fields)
        {
            if (field.Name.ToUpperInvariant() is "COOKIE" or "AUTHORIZATION" or "PROXY-AUTHORIZATION" or "IF-NONE-MATCH" or "IF-MODIFIED-SINCE" or "FROM" or "USER-AGENT" or "X-REQUESTED-WITH" or "ACCEPT-LANGUAGE"
                && !telling.Contains(field.Name)) telling.Add(field.Name);
        }
        return [.. telling];
    }

    internal static string Host(HttpHead head)
    {
        string host = head.Target.Contains("://", StringComparison.Ordinal) && Uri.TryCreate(head.Target, UriKind.Absolute, out var absolute) ? absolute.Host : head.Authority.Length > 0 ? head.Authority : head["Host"] ?? "";
        if (host.Length == 0 && head.Method == "CONNECT") host = head.Target;
        int port = host.LastIndexOf(':');
        if (port > 0 && host.AsSpan(port + 1).IndexOfAnyExceptInRange('0', '9') < 0 && !host[..port].Contains(':', StringComparison.Ordinal)) host = host[..port];
        return host.Trim('[', ']', '.').ToLowerInvariant();
    }

    private string Url(HttpHead head)
    {
        if (!head.IsRequest) return "";
        string target = head.Target;
        int query = target.IndexOfAny(['?', '#']);
        if (query >= 0) target = target[..query];
        if (head.Scheme == "dns" || head.Method == "CONNECT") return Short(target);
        if (target.Contains("://", StringComparison.Ordinal)) return Short(target);
        string host = Host(head);
        return Short($"{(head.Scheme.Length > 0 ? head.Scheme : conversation.Secure ? "https" : "http")}://{(host.Length > 0 ? host : conversation.Name ?? conversation.Server.ToString())}{target}");
    }

    private static string Short(string url) => url.Length <= LongestUrl ? url : url[..LongestUrl] + "…";
}
