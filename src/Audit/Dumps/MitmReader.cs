using System.Globalization;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Dumps;

/// <summary>mitmproxy's flow dumps, from 0.10 of 2014 to format 21: tnetstrings after each other, whose keys were renamed over the years and are read under all their names.</summary>
/// <remarks>
/// Bodies are as they travelled, Content-Encoding and all. Before format 7 WebSocket messages are flows of their own; since then they stand with their request. Source: mitmproxy/io/compat.py of 11.0, which
/// tells each renaming.
/// </remarks>
internal static class MitmReader
{
    public static bool Begins(ReadOnlySpan<byte> bytes) => Tnet.HeadOf(bytes) is { Length: > 0 } head && bytes.Length > head.Head && bytes[head.Head] is >= (byte)'0' and <= (byte)'9';

    /// <summary>Null, or what is wrong with the file.</summary>
    public static string? Read(DumpWindow window, DumpRun run)
    {
        while (window.Fill(1))
        {
            window.Fill(16);
            if (Tnet.HeadOf(window.Bytes) is not { } head) return string.Create(CultureInfo.InvariantCulture, $"is no flow dump after flow {run.Now.Entries}: what follows is not read");
            long length = head.Head + head.Length + 1;
            if (length > DumpWindow.Most)
            {
                run.Now.Unread++;
                if (!window.Skip(length)) return Middle(run);
                continue;
            }
            if (!window.Fill((int)length)) return Middle(run);
            if (Tnet.TryRead(window.Memory, out var flow, out _) && flow.IsKeys) Flow(flow, run);
            else run.Now.Unread++;
            window.Take((int)length);
        }
        return null;
    }

    private static string Middle(DumpRun run) => string.Create(CultureInfo.InvariantCulture, $"ends in the middle, after flow {run.Now.Entries}");

    private static void Flow(Tnet flow, DumpRun run)
    {
        long number = run.Now.Entries++;
        string type = flow["type"].Text;
        if (type is "tcp" or "udp") Stream(flow, run, type);
        else if (type == "websocket") Handshake(flow, run, number);
        else if (type == "dns") Lookup(flow, run, number);
        else if (flow["request"].IsKeys) Http(flow, run, number);
        else run.Now.Unread++;
    }

    private static void Http(Tnet flow, DumpRun run, long number)
    {
        var request = flow["request"];
        string scheme = request["scheme"].Text.ToLowerInvariant(), host = request["host"].Text.ToLowerInvariant(), method = request["method"].Octets, path = request["path"].Octets;
        long time = DumpTime.OfSeconds(request["timestamp_start"].Number);
        if (method == "CONNECT" && path.Length == 0) path = string.Create(CultureInfo.InvariantCulture, $"{host}:{request["port"].Port}");
        var fields = Fields(request);
        string authority = request["authority"].Octets is { Length: > 0 } named ? named : fields.FirstOrDefault(f => f.Name.Equals("host", StringComparison.OrdinalIgnoreCase)).Value ?? host;
        // A transparent proxy knows the address; the name is in the request.
        string name = System.Net.IPAddress.TryParse(host, out _) && MessageHost(authority) is { Length: > 0 } better ? better : host;
        var open = run.Of(scheme, name, request["port"].Port, Server(flow), time);
        var head = new HttpHead { Method = method, Target = path, Authority = authority, Scheme = scheme, Version = Version(request), Fields = fields, WireBytes = DumpRun.Length($"{method} {path} HTTP/1.1", fields) };
        run.Message(open, number, Side.Client, head, request["content"].Bytes, damaged: false, time);
        foreach (var message in flow["websocket"]["messages"].Items()) Message(message, open, run, number, path, authority);
        var response = flow["response"];
        if (!response.IsKeys)
        {
            run.Now.Unanswered++;
            return;
        }
        double status = response["status_code"].Type == 0 ? response["code"].Number : response["status_code"].Number;
        fields = Fields(response);
        head = new() { Status = status is >= 100 and < 1000 ? (int)status : 999, Version = Version(response), Scheme = scheme, Fields = fields, WireBytes = DumpRun.Length($"HTTP/1.1 {status} {response["reason"].Octets}{response["msg"].Octets}", fields) };
        run.Message(open, number, Side.Server, head, response["content"].Bytes, damaged: false, DumpTime.OfSeconds(response["timestamp_start"].Number));
    }

    /// <summary>Before format 7: a flow of messages that follows the flow of its handshake.</summary>
    private static void Handshake(Tnet flow, DumpRun run, long number)
    {
        string host = flow["server_conn"]["sni"].Text is { Length: > 0 } sni ? sni : Address(flow["server_conn"]["address"]).At(0).Text;
        var open = run.Of(flow["server_conn"]["sni"].IsThere ? "https" : "http", host.ToLowerInvariant(), Address(flow["server_conn"]["address"]).At(1).Port, Server(flow), 0);
        foreach (var message in flow["messages"].Items()) Message(message, open, run, number, "/", host);
    }

    /// <summary>[kind, from the client, content, time …]</summary>
    private static void Message(Tnet message, (Conversation, IHttpSink) open, DumpRun run, long number, string target, string authority)
    {
        var parts = message.Items().Take(4).ToArray();
        if (parts.Length < 3) return;
        bool sent = parts[1].IsTrue;
        var head = new HttpHead { Scheme = "websocket", Method = sent ? "MESSAGE" : "", Status = sent ? 0 : 101, Target = target, Authority = authority };
        run.Message(open, number, sent ? Side.Client : Side.Server, head, parts[2].Bytes, damaged: false, parts.Length > 3 ? DumpTime.OfSeconds(parts[3].Number) : 0);
    }

    /// <summary>TCP and UDP flows: [from the client, content, time] each.</summary>
    private static void Stream(Tnet flow, DumpRun run, string type)
    {
        var address = Address(flow["server_conn"]["address"]);
        string host = flow["server_conn"]["sni"].Text is { Length: > 0 } sni ? sni : address.At(0).Text;
        var messages = flow["messages"].Items();
        long first = DumpTime.OfSeconds(messages.FirstOrDefault().At(2).Number);
        var (conversation, _) = run.Of(flow["server_conn"]["sni"].IsThere ? "https" : type, host.ToLowerInvariant(), address.At(1).Port, Server(flow), first);
        var inner = conversation.Root.Within(secure: conversation.Secure);
        inner.Calls(host);
        var sink = run.Layering.Bytes(inner);
        long client = 0, server = 0, time = first;
        foreach (var message in messages)
        {
            var parts = message.Items().Take(3).ToArray();
            if (parts.Length < 2 || parts[1].Bytes.IsEmpty) continue;
            ref long at = ref parts[0].IsTrue ? ref client : ref server;
            if (parts.Length > 2) time = DumpTime.OfSeconds(parts[2].Number);
            sink.Take(parts[0].IsTrue ? Side.Client : Side.Server, at, parts[1].Bytes.Span, new(0, time));
            at += parts[1].Bytes.Length;
        }
        sink.End(Side.Client, new(0, time));
        sink.End(Side.Server, new(0, time));
    }

    private static void Lookup(Tnet flow, DumpRun run, long number)
    {
        long time = DumpTime.OfSeconds(flow["request"]["timestamp"].Number);
        var open = run.Of("dns", Address(flow["server_conn"]["address"]).At(0).Text, Address(flow["server_conn"]["address"]).At(1).Port, Server(flow), time);
        foreach (var question in flow["request"]["questions"].Items())
        {
            string name = question["name"].Octets;
            run.Message(open, number, Side.Client, new() { Scheme = "dns", Method = "QUERY", Target = name, WireBytes = name.Length + 6 }, default, damaged: false, time);
        }
    }

    private static List<HttpField> Fields(Tnet message)
    {
        List<HttpField> fields = [];
        foreach (var field in message["headers"].Items())
        {
            if (field.At(0).Octets is { Length: > 0 } name) fields.Add(new(name, field.At(1).Octets));
        }
        return fields;
    }

    /// <summary>"HTTP/1.1" since 0.14, before it [1, 1].</summary>
    private static string Version(Tnet message)
    {
        var version = message["http_version"].Type == 0 ? message["httpversion"] : message["http_version"];
        return version.IsList ? DumpRun.VersionOf(string.Create(CultureInfo.InvariantCulture, $"{version.At(0).Number}.{version.At(1).Number}")) : DumpRun.VersionOf(version.Octets);
    }

    /// <summary>The address the proxy connected to: peername since format 11, ip_address before, in 0.10 with the request.</summary>
    private static string Server(Tnet flow)
    {
        var server = flow["server_conn"];
        foreach (var place in (Tnet[])[server["peername"], server["ip_address"], server["peer_address"], server["address"]])
        {
            if (Address(place).At(0).Text is { Length: > 0 } text && System.Net.IPAddress.TryParse(text, out _)) return text;
        }
        return "";
    }

    /// <summary>[host, port]; before 2.0 within keys.</summary>
    private static Tnet Address(Tnet place) => place.IsKeys ? place["address"] : place;

    private static string MessageHost(string authority)
    {
        int port = authority.LastIndexOf(':');
        return (port > 0 ? authority[..port] : authority).ToLowerInvariant();
    }
}
