using System.Globalization;
using System.Text;
using System.Text.Json;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Dumps;

/// <summary>HAR 1.2 (the archived W3C draft "HTTP Archive (HAR) format", and what browsers and proxies write): an entry at a time, so that the file's length costs no memory.</summary>
/// <remarks>
/// Bodies are stored after Content-Encoding is undone, while the header still names it; bytes that are no text are lost to U+FFFD, or stand as one character each, or in base64.
/// WebSocket messages are in <c>_webSocketMessages</c>, as Chrome has it.
/// </remarks>
internal static class HarReader
{
    private static readonly JsonReaderOptions s_options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };
    private static readonly JsonDocumentOptions s_entry = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    public static bool Begins(ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith("\uFEFF"u8)) bytes = bytes[3..];
        return bytes.TrimStart(" \t\r\n"u8) is [(byte)'{', ..];
    }

    /// <summary>Null, or what is wrong with the file.</summary>
    public static string? Read(DumpWindow window, DumpRun run)
    {
        if (window.Bytes.StartsWith("\uFEFF"u8)) window.Take(3);
        var walk = new Walk(run);
        var state = new JsonReaderState(s_options);
        window.Fill(1 << 16);
        while (true)
        {
            int taken;
            try
            {
                taken = walk.Step(window, ref state);
            }
            catch (JsonException)
            {
                return string.Create(CultureInfo.InvariantCulture, $"is no longer JSON after entry {run.Now.Entries}: what follows is not read");
            }
            window.Take(taken);
            if (walk.Over) return walk.Found ? null : "has no log with entries";
            if (window.Ended) return string.Create(CultureInfo.InvariantCulture, $"ends in the middle, after entry {run.Now.Entries}");
            if (!window.Fill(window.Bytes.Length + 1) && !window.Ended) return string.Create(CultureInfo.InvariantCulture, $"has an entry longer than {DumpWindow.Most >> 20} MiB after entry {run.Now.Entries}: what follows is not read");
        }
    }

    private sealed class Walk(DumpRun run)
    {
        private bool _log, _named;

        public bool Over { get; private set; }

        public bool Found { get; private set; }

        /// <summary>Reads as far as whole tokens and entries are here; answers how many bytes that took.</summary>
        public int Step(DumpWindow window, ref JsonReaderState state)
        {
            var reader = new Utf8JsonReader(window.Bytes, isFinalBlock: false, state);
            while (true)
            {
                var before = reader;
                if (!reader.Read()) break;
                if (reader.CurrentDepth == 0 && reader.TokenType == JsonTokenType.EndObject)
                {
                    Over = true;
                    break;
                }
                if (!Inside(ref reader, window))
                {
                    reader = before;
                    break;
                }
            }
            state = reader.CurrentState;
            return (int)reader.BytesConsumed;
        }

        private bool Inside(ref Utf8JsonReader reader, DumpWindow window)
        {
            int depth = reader.CurrentDepth;
            if (_named && depth == 3 && reader.TokenType == JsonTokenType.StartObject) return Entry(ref reader, window);
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName when depth == 1: _log = reader.ValueTextEquals("log"u8); break;
                case JsonTokenType.PropertyName when depth == 2 && _log: _named = reader.ValueTextEquals("entries"u8); break;
                case JsonTokenType.StartArray when depth == 2 && _named: Found = true; break;
                case JsonTokenType.EndArray when depth == 2: _named = false; break;
                case JsonTokenType.EndObject when depth == 1: _log = false; break;
            }
            return true;
        }

        private bool Entry(ref Utf8JsonReader reader, DumpWindow window)
        {
            int from = (int)reader.TokenStartIndex;
            if (!reader.TrySkip()) return false;
            run.Now.Entries++;
            try
            {
                using var entry = JsonDocument.Parse(window.Memory[from..(int)reader.BytesConsumed], s_entry);
                HarEntry.Take(entry.RootElement, run);
            }
            catch (JsonException)
            {
                run.Now.Unread++;
            }
            return true;
        }
    }
}

/// <summary>One entry of a HAR file.</summary>
internal static class HarEntry
{
    public static void Take(JsonElement entry, DumpRun run)
    {
        long number = run.Now.Entries - 1, time = Time(entry);
        if (Child(entry, "request") is not { } request)
        {
            run.Now.Unread++;
            return;
        }
        string url = Text(request, "url"), scheme = "", host = "", target = url;
        int port = 0;
        if (Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Host.Length > 0)
        {
            (scheme, host, port) = (uri.Scheme.ToLowerInvariant(), uri.IdnHost.Trim('[', ']').ToLowerInvariant(), uri.Port);
            int path = url.IndexOf('/', Math.Min(url.Length, url.IndexOf("://", StringComparison.Ordinal) + 3));
            target = path < 0 ? "/" : url[path..];
            if (target.IndexOf('#', StringComparison.Ordinal) is >= 0 and var hash) target = target[..hash];
        }
        var open = run.Of(scheme, host, port, Text(entry, "serverIPAddress").Trim('[', ']'), time);
        string method = Text(request, "method"), version = DumpRun.VersionOf(Text(request, "httpVersion"));
        var fields = Fields(request);
        var (body, damaged) = Sent(request);
        var head = new HttpHead { Method = method, Target = target, Authority = uri?.Authority ?? "", Scheme = scheme, Version = version, Fields = fields, WireBytes = DumpRun.Length($"{method} {target} HTTP/1.1", fields) };
        run.Message(open, number, Side.Client, head, body, damaged, time);
        WebSocket(entry, open, run, number, target, host, scheme);
        if (Child(entry, "response") is not { } response || Number(response, "status") is not (> 0 and < 1000 and var status))
        {
            run.Now.Unanswered++;
            return;
        }
        fields = Fields(response);
        (body, damaged) = Child(response, "content") is { } content ? Body(content, Number(response, "bodySize")) : (default, false);
        head = new HttpHead { Status = (int)status, Version = version, Scheme = scheme, Fields = fields, WireBytes = DumpRun.Length(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} {Text(response, "statusText")}"), fields) };
        run.Message(open, number, Side.Server, head, body, damaged, time);
    }

    private static (ReadOnlyMemory<byte> Body, bool Damaged) Sent(JsonElement request)
    {
        if (Child(request, "postData") is not { } post) return default;
        var (body, damaged) = Body(post, Number(request, "bodySize"));
        if (body.Length > 0 || !post.TryGetProperty("params", out var fields) || fields.ValueKind != JsonValueKind.Array) return (body, damaged);
        // A form without its text: the fields say the same.
        var form = new StringBuilder();
        foreach (var field in fields.EnumerateArray())
        {
            if (field.ValueKind == JsonValueKind.Object) form.Append(form.Length > 0 ? "&" : "").Append(Text(field, "name")).Append('=').Append(Text(field, "value"));
        }
        return (Encoding.UTF8.GetBytes(form.ToString()), false);
    }

    /// <summary>The bytes of a body that is kept as text.</summary>
    private static (ReadOnlyMemory<byte> Body, bool Damaged) Body(JsonElement holder, long size)
    {
        if (!holder.TryGetProperty("text", out var element) || element.ValueKind != JsonValueKind.String) return default;
        string text = String(element, out bool broken);
        if (Text(holder, "encoding").Equals("base64", StringComparison.OrdinalIgnoreCase))
        {
            byte[] bytes = new byte[text.Length / 4 * 3 + 3];
            return Convert.TryFromBase64String(text, bytes, out int length) ? (bytes.AsMemory(0, length), false) : (Encoding.UTF8.GetBytes(text), true);
        }
        bool damaged = broken || text.Contains('\uFFFD', StringComparison.Ordinal);
        // Bytes that are no text, a character each: controls among them, none above U+00FF, and where a size is given it is theirs.
        bool octets = !damaged && text.All(c => c <= '\u00FF') && text.Any(c => c < ' ' && c is not ('\t' or '\n' or '\r')) && (size <= 0 || size == text.Length);
        return (octets ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text), damaged);
    }

    private static void WebSocket(JsonElement entry, (Conversation, IHttpSink) open, DumpRun run, long number, string target, string host, string scheme)
    {
        if (!entry.TryGetProperty("_webSocketMessages", out var messages) || messages.ValueKind != JsonValueKind.Array) return;
        foreach (var message in messages.EnumerateArray())
        {
            if (message.ValueKind != JsonValueKind.Object) continue;
            string text = Text(message, "data");
            byte[] body = Number(message, "opcode") == 2 && TryBase64(text) is { } bytes ? bytes : Encoding.UTF8.GetBytes(text);
            double seconds = message.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.Number && time.TryGetDouble(out double read) ? read : 0;
            var side = Text(message, "type") == "send" ? Side.Client : Side.Server;
            var head = new HttpHead { Scheme = "websocket", Method = side == Side.Client ? "MESSAGE" : "", Status = side == Side.Client ? 0 : 101, Target = target, Authority = host, Version = scheme };
            run.Message(open, number, side, head, body, text.Contains('\uFFFD', StringComparison.Ordinal), DumpTime.OfSeconds(seconds));
        }
    }

    private static byte[]? TryBase64(string text)
    {
        byte[] bytes = new byte[text.Length / 4 * 3 + 3];
        return Convert.TryFromBase64String(text, bytes, out int length) ? bytes[..length] : null;
    }

    private static List<HttpField> Fields(JsonElement message)
    {
        List<HttpField> fields = [];
        if (!message.TryGetProperty("headers", out var headers) || headers.ValueKind != JsonValueKind.Array) return fields;
        foreach (var header in headers.EnumerateArray())
        {
            if (header.ValueKind != JsonValueKind.Object) continue;
            string name = Text(header, "name");
            if (name.Length > 0 && name[0] != ':') fields.Add(new(name, Text(header, "value")));
        }
        return fields;
    }

    private static long Time(JsonElement entry) =>
        DateTimeOffset.TryParse(Text(entry, "startedDateTime"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? DumpTime.Of(time) : 0;

    private static JsonElement? Child(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.Object ? child : null;

    private static long Number(JsonElement of, string name) =>
        of.TryGetProperty(name, out var child) && (child.ValueKind == JsonValueKind.Number && child.TryGetInt64(out long number)
            || child.ValueKind == JsonValueKind.String && long.TryParse(String(child, out _), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) ? number : -1;

    private static string Text(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var child) && child.ValueKind == JsonValueKind.String ? String(child, out _) : "";

    /// <summary>A string that is no text (half a surrogate pair, bytes that are no UTF-8) comes with U+FFFD in it.</summary>
    private static string String(JsonElement element, out bool broken)
    {
        broken = false;
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            broken = true;
            return Encoding.UTF8.GetString(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(element)).Trim('"') + "\uFFFD";
        }
    }
}

internal static class DumpTime
{
    private const double MostSeconds = 9e9;

    public static long Of(DateTimeOffset time)
    {
        long ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        return ticks > 0 && ticks < long.MaxValue / 100 ? ticks * 100 : 0;
    }

    public static long OfSeconds(double seconds) => seconds is > 0 and < MostSeconds ? (long)(seconds * 1e9) : 0;
}
