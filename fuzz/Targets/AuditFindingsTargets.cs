using System.Text;
using Candor.Audit.Claims;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;

namespace Candor.Fuzz;

/// <summary>What an audit reads beside captures with packets: dumps of messages, a maker's claims, reports that others hand on, data sets of addresses.</summary>
internal static class AuditFindingsTargets
{
    private const string Id = "1209d0b9-b959-42e6-b921-aa5d9d08c1af";

    private static readonly NeedleSet s_needles = NeedleSet.Of(OwnerFile.Read($"identifiers:\n  advertising-id: [{Id}]\n", out _)!);

    private static readonly Address[] s_addresses = [.. new[] { "1.0.0.1", "42.62.48.7", "255.255.255.255", "0.0.0.1", "2001:db8::1", "::1" }.Select(a => Address.TryRead(a)!.Value)];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("audit-har", "Entries until the file ends or is no HAR; every byte of a message classed once, none below zero; the same file gives the same.", Hars, Dump, "HarReader.Read", "DumpRun.TryRead")
        { Pieces = [.. Targets.TextPieces, "{\"log\":{\"entries\":["u8.ToArray(), "\"request\":{"u8.ToArray(), "\"postData\":{\"text\":\""u8.ToArray(), "\\uD800"u8.ToArray(), "\"encoding\":\"base64\""u8.ToArray(), "\"headers\":["u8.ToArray(), "\"bodySize\":9223372036854775807"u8.ToArray(), "\"startedDateTime\":\"9999-12-31T23:59:59Z\""u8.ToArray()], MostMemory = 96L << 20 },
        new("audit-mitmproxy", "Flows until the file ends or is no dump; every byte of a message classed once, none below zero; the same file gives the same.", Flows, Dump, "MitmReader.Read", "Tnet.TryRead")
        { Pieces = ["0:~"u8.ToArray(), "4:true!"u8.ToArray(), "5:false!"u8.ToArray(), "7:request;"u8.ToArray(), "999999999999:"u8.ToArray(), "1:1#"u8.ToArray(), "3:1e9^"u8.ToArray(), "]"u8.ToArray(), "}"u8.ToArray(), ","u8.ToArray(), "4:http;"u8.ToArray(), "3:tcp;"u8.ToArray()], MostMemory = 96L << 20 },
        new("audit-claims", "Claims each with a rule, or faults that name their lines.", () => [Encoding.UTF8.GetBytes("title: t\nclaims:\n  - id: a\n    says: b\n    hosts: [example.org]\n    forbids: [photo, imei]\n    unless-consent: cloud\n  - { id: c, says: d, identity-free: true }\n  - id: e\n    says: f\n    allows:\n      - { purpose: g, hosts: [a.b] }\n")],
            bytes => Targets.AsText(bytes, text =>
            {
                var claims = ClaimsFile.Read(text, out var faults);
                Claim.Holds(claims is null == faults.Count > 0, "Neither claims nor a fault, or both.");
                Claim.Holds(faults.All(f => f is { Line: > 0, What.Length: > 0, Do.Length: > 0 }), "A fault without its line or remedy.");
                if (claims is null) return;
                Claim.Holds(claims.Claims.Count > 0, "A file without claims.");
                Claim.Holds(new Judge([], new SightingBook(), new([])).Of(claims).Count == claims.Claims.Count, "A claim without a judgement.");
            }), "ClaimsFile.Read") { Pieces = Targets.TextPieces },
        new("audit-report", "A whole report or none; what is whole can be shown and checked again, and nothing of it becomes markup.", () => [Sample().Write()],
            bytes =>
            {
                if (Candor.Audit.Reports.Report.Read(bytes) is not { } report) return;
                var page = new StringWriter();
                ReportPage.Write(report, page);
                string html = page.ToString();
                Claim.Holds(!html.Contains("<script", StringComparison.OrdinalIgnoreCase) && !html.Contains("<img", StringComparison.OrdinalIgnoreCase), "Markup of the report's own.");
                Claim.Holds(html.EndsWith("</html>\n", StringComparison.Ordinal), "A page that ends early.");
                Recheck.Of(report);
                var again = Candor.Audit.Reports.Report.Read(report.Write());
                Claim.Holds(again is not null && again.Findings.Count == report.Findings.Count && again.Claims.Count == report.Claims.Count, "It does not read what it wrote.");
            }, "Report.Read") { Pieces = [.. Targets.TextPieces, "<script>"u8.ToArray(), "\"><img src=x>"u8.ToArray(), "null"u8.ToArray(), "\"findings\":[null]"u8.ToArray(), "-9223372036854775808"u8.ToArray()], MostMemory = 128L << 20 },
        new("audit-account-log", "Consents of commits that all rules hold for, in the order of their commits, or a fault in words; never both.",
            () => [[.. VectorSeeds.Cases("history.json").Where(c => c.GetProperty("valid").GetBoolean()).SelectMany(c => c.Hex("leaf"))], "{\"changes\":[{\"number\":1,\"time\":\"2026-11-28T10:00:05Z\",\"consents\":[{\"kind\":\"photos\",\"on\":true}]}]}"u8.ToArray()],
            bytes =>
            {
                var log = AccountLogFile.Read(bytes, null, out string? fault);
                Claim.Holds(log is null == fault is { Length: > 0 }, "Neither a log nor a fault, or both.");
                if (log is null) return;
                Claim.Holds(log.Size >= 0 && log.Says.Length > 0 && (!log.Verified || log is { Size: > 0, Account.Length: 32 }), "A log that was checked and is none.");
                foreach (var turns in log.Marks.GroupBy(m => m.Purpose)) Claim.Holds(turns.Select((m, i) => m.Given == (i % 2 == 0)).All(fits => fits), "A consent that is given or withdrawn twice.");
            }, "AccountLogFile.Read") { Pieces = Targets.TextPieces },
        new("audit-marks", "A mark with a purpose of letters, digits and hyphens, or none.", () => [.. new[] { "candor-mark-consent-cloud.invalid.lan", "http://192.0.2.1/candor-mark-withdraw", "candor: consent cloud-photos given at 2026-11-25T10:00:00Z", "candor: consent off" }.Select(Encoding.UTF8.GetBytes)],
            bytes => Targets.AsText(bytes, text =>
            {
                bool name = RecordingMarks.TryReadName(text, out _, out string purpose), comment = RecordingMarks.TryReadComment(text, out _, out string other, out _);
                Claim.Holds((name ? purpose : "").Concat(comment ? other : "").All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-'), "A purpose of other characters.");
            }), "RecordingMarks.TryReadName", "RecordingMarks.TryReadComment") { Pieces = ["candor-mark-consent"u8.ToArray(), ".invalid"u8.ToArray(), "candor: consent "u8.ToArray(), " at "u8.ToArray(), "://"u8.ToArray()] },
        new("audit-addresses", "A range that holds its own address, or none.", () => [.. new[] { "192.0.2.0/24", "2001:db8::/32", "::ffff:1.2.3.4/128", "0.0.0.0/0", "::/0", "10.0.0.1" }.Select(Encoding.UTF8.GetBytes)],
            bytes => Targets.AsText(bytes, text =>
            {
                if (AddressRange.TryRead(text) is not { } range) return;
                Claim.Holds(range.Bits is >= 0 and <= 128 && range.Holds(range.First), "A range without its own address.");
            }), "AddressRange.TryRead", "Address.TryRead") { Pieces = ["/"u8.ToArray(), "/33"u8.ToArray(), "::"u8.ToArray(), "."u8.ToArray()] },
        new("audit-countries", "A data set that answers any address with two letters or nothing, or none.", Countries,
            bytes =>
            {
                if (CountrySource.Read(bytes, "x", "2026-01-01") is not { } source) return;
                foreach (var address in s_addresses)
                {
                    string? country = source.Of(address);
                    Claim.Holds(country is null or { Length: 2 }, $"\"{country}\" is no country.");
                }
            }, "CountrySource.Read", "CountryRanges.TryRead", "MaxMindFile.TryOpen", "RangePack.TryOpen") { Pieces = [.. Targets.TextPieces, "apnic|CN|ipv4|1.0.1.0|256|20110414|allocated\n"u8.ToArray(), "1.0.0.0,1.0.0.255,AU\n"u8.ToArray(), [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8], [0xE1], [0x42, (byte)'C', (byte)'N'], [0x20, 0x05]], MostMemory = 128L << 20 },
        new("audit-suffixes", "A list that cuts any name to one of its ends, or none.", () => ["// a comment\ncom\nco.uk\n*.ck\n!www.ck\n"u8.ToArray()],
            bytes => Targets.AsText(bytes, text =>
            {
                if (PublicSuffixes.Read(text, "x") is not { } list) return;
                foreach (string host in (string[])["a.b.example.co.uk", "www.ck", "a.b.ck", "com", "", ".", "..a", "1.2.3.4"])
                    Claim.Holds(host.TrimEnd('.').EndsWith(list.Registered(host), StringComparison.Ordinal), $"{host} is not under {list.Registered(host)}.");
            }), "PublicSuffixes.Read") { Pieces = Targets.TextPieces },
    ];

    private static void Dump(byte[] bytes)
    {
        var (sightings, requests, sums) = Read(bytes);
        var again = Read(bytes);
        Claim.Holds((sightings, requests, sums) == again, "The same file gives something else.");
    }

    private static (int Sightings, int Requests, long Sums) Read(byte[] bytes)
    {
        var messages = new MessageRun(s_needles, new byte[Candor.Audit.Search.Finding.SaltSize]);
        var layering = new Layering();
        messages.Join(layering);
        var run = new DumpRun(messages, layering);
        if (!run.TryRead(new MemoryStream(bytes), "x")) return default;
        var file = run.Files.Single();
        Claim.Holds(file.Bytes <= bytes.Length && file.Entries >= file.Unanswered && file.First <= file.Last, $"Facts that cannot be: {file}");
        long all = 0;
        foreach (var conversation in run.Conversations)
        {
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                var sums = conversation.Tally[side];
                foreach (var kind in Enum.GetValues<ByteClass>()) Claim.Holds(sums[kind] >= 0, $"{sums[kind]} bytes are {kind}.");
                all += sums.Total;
            }
        }
        Claim.Holds(messages.Book.Sightings.All(s => s.Finding.Length >= 0 && s.Offset >= 0), "A finding outside of everything.");
        return (messages.Book.Sightings.Count, messages.Book.Requests.Count, all);
    }

    private static byte[][] Hars() =>
    [
        Encoding.UTF8.GetBytes("\uFEFF{\"log\":{\"version\":\"1.2\",\"entries\":[{\"startedDateTime\":\"2026-01-01T00:00:00Z\",\"serverIPAddress\":\"203.0.113.9\",\"request\":{\"method\":\"POST\",\"url\":\"https://a.example/p?q=" + Id + "\",\"httpVersion\":\"HTTP/2\",\"headers\":[{\"name\":\"Cookie\",\"value\":\"a=b\"}],\"bodySize\":20,\"postData\":{\"mimeType\":\"text/plain\",\"text\":\"id " + Id
            + "\"}},\"response\":{\"status\":200,\"headers\":[],\"content\":{\"size\":4,\"text\":\"AAAA\",\"encoding\":\"base64\"}},\"_webSocketMessages\":[{\"type\":\"send\",\"time\":1.5,\"opcode\":1,\"data\":\"hello\"}]},{\"request\":{\"method\":\"GET\",\"url\":\"x\"}}]}}"),
        "{\"log\":{\"entries\":[]}}"u8.ToArray(),
    ];

    private static byte[][] Flows()
    {
        static string T(string text, char type = ';') => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(text)}:{text}{type}");
        string headers = T(T(T("host", ',') + T("a.example", ','), ']') + T(T("cookie", ',') + T("a=" + Id, ','), ']'), ']');
        string request = T(T("method") + T("POST", ',') + T("scheme") + T("https", ',') + T("host") + T("a.example") + T("port") + T("443", '#') + T("path") + T("/p", ',') + T("headers") + headers + T("content") + T("id " + Id, ',') + T("timestamp_start") + T("1700000000.5", '^'), '}');
        string server = T(T("address") + T(T("a.example") + T("443", '#'), ']') + T("peername") + T(T("203.0.113.9") + T("443", '#'), ']'), '}');
        string http = T(T("type") + T("http") + T("version") + T("20", '#') + T("request") + request + T("response") + T("", '~') + T("server_conn") + server, '}');
        string tcp = T(T("type") + T("tcp") + T("server_conn") + server + T("messages") + T(T(T("true", '!') + T("hello " + Id, ',') + T("1700000000.5", '^'), ']'), ']'), '}');
        return [Encoding.UTF8.GetBytes(http), Encoding.UTF8.GetBytes(tcp + http)];
    }

    private static byte[][] Countries()
    {
        // A tree of one node that leads both ways to the first value: { "country_code": "CN" }.
        byte[] file =
        [
            0, 0, 17, 0, 0, 17, .. new byte[16], 0xE1, 0x4C, .. "country_code"u8, 0x42, .. "CN"u8, 0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8,
            0xE4, 0x4A, .. "node_count"u8, 0xC1, 1, 0x4B, .. "record_size"u8, 0xA1, 24, 0x4A, .. "ip_version"u8, 0xA1, 4, 0x4B, .. "build_epoch"u8, 0x04, 0x02, 0x65, 0, 0, 0,
        ];
        return [file, RangePackSeed.Of("located", ("1.0.0.0", "AU"), ("1.0.1.0", ""), ("42.62.48.0", "CN"), ("42.62.49.1", ""), ("2001:db8::", "JP"), ("2001:db9::", "")), "1.0.0.0,1.0.0.255,AU\n42.62.48.0,42.62.48.255,CN\n"u8.ToArray(), "2|apnic|20260101|2|19830613|20260101|+1000\napnic|CN|ipv4|42.62.0.0|65536|20110414|allocated\napnic|JP|ipv6|2001:db8::|32|20110414|allocated\n"u8.ToArray(), "42.62.48.0\t42.62.48.255\t4808\tCN\tCHINA169\n"u8.ToArray()];
    }

    private static Report Sample() => new()
    {
        Made = "2026-01-01T00:00:00.000Z",
        Salt = new('0', 32),
        ShowsValues = true,
        Files = [new("a.pcap", "pcap", 100, 2, "2026-01-01T00:00:00.000Z", "2026-01-01T01:00:00.000Z", "", "is cut off")],
        Up = new(2, 40, 0, 30, 10, 15, 5, 7),
        Flows = [new() { Number = 1, File = "a.pcap", Host = "a.example", Address = "203.0.113.9", Port = 443, First = "2026-01-01T00:00:00.000Z", Last = "2026-01-01T01:00:00.000Z", Direction = "up", Up = new(2, 40, 0, 30, 10, 15, 5, 7), Scope = "internet", Country = "CN", Countries = [new("x", "2026", "located", "CN")], Layers = ["tls"] }],
        Findings = [new() { Number = 1, Sent = true, Counts = true, What = "imei", Label = "imei 1", Form = "digits", Confidence = "certain", Masked = "49•••18", Before = "imei=", Value = "<490154203237518>", After = "&", File = "a.pcap", Flow = 1, Host = "a.example", Part = "body", Frame = 2, Time = "2026-01-01T00:30:00.000Z", Proof = new('0', 64) }],
        Claims = [new("a", "never", "contradicted", 40, 15, 1, [new("imei was sent", "a.pcap", 1, 2, "2026-01-01T00:30:00.000Z", 1)], ["a note"])],
        Consents = [new("2026-01-01T00:45:00.000Z", true, "cloud")],
        Ledger = new("ledger.jsonl", new('0', 64), 4, 2, 300, 0, false, false, "does not add up", 40, 1, 0, 7, 1, 1, [new("a.example:443", 1, 400, 80, 0, 100, 150, 30, 0, 0, 0, 40, 60, 0, 0, 0, 0, 0)],
            [new("not-in-ledger", "POST /x is in no line of the ledger", 0, "a.pcap", 1, 2, 40)], ["a doubt"], [new(1, "a.pcap", 1, 2, "GET", "/v1/server", 150, 0, new('0', 64), false)]),
        Limits = ["SMS"],
        Sources = ["x"],
    };
}
