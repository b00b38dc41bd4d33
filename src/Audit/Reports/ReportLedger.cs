using System.Globalization;
using System.Text.Json;
using Candor.Audit.Ledgers;

namespace Candor.Audit.Reports;

/// <summary>A client's ledger, held against the recordings.</summary>
/// <param name="Name">Of its file.</param>
/// <param name="Sha256">Of its file, in hex.</param>
/// <param name="Lines">That belong to its chain.</param>
/// <param name="Requests">That it says left.</param>
/// <param name="Bytes">Of their heads and bodies.</param>
/// <param name="BrokenAt">Number of the first line that does not follow from the one before; 0: none.</param>
/// <param name="Torn">Its last line is cut off.</param>
/// <param name="Alone">Whoever ran the audit said that nothing but this client sent anything.</param>
/// <param name="Verdict">"accounted for", "equal in size", "cannot be proved", "does not add up".</param>
/// <param name="Residual">Bytes that nothing explains.</param>
/// <param name="Outside">Lines from before or after the recordings.</param>
/// <param name="NeverLeft">Lines without an answer that are not in the recordings: the connection was never made.</param>
/// <param name="Elsewhere">Bytes that the phone sent to others than the ledger's hosts.</param>
/// <param name="Matched">Lines that a request in the recordings is.</param>
/// <param name="ProblemCount">Of all problems.</param>
/// <param name="Hosts">Of the ledger.</param>
/// <param name="Problems">The first ones.</param>
/// <param name="Doubts">What keeps it from being a proof.</param>
/// <param name="Matches">The first ones.</param>
public sealed record ReportLedger(string Name, string Sha256, long Lines, long Requests, long Bytes, long BrokenAt, bool Torn, bool Alone, string Verdict, long Residual, long Outside, long NeverLeft, long Elsewhere, long Matched, long ProblemCount,
    IReadOnlyList<ReportLedgerHost> Hosts, IReadOnlyList<ReportLedgerProblem> Problems, IReadOnlyList<string> Doubts, IReadOnlyList<ReportLedgerMatch> Matches)
{
    private const int MostProblems = 200, MostMatches = 5000;

    /// <summary>The verdict in a sentence for a person.</summary>
    public static string Sentence(string verdict) => verdict switch
    {
        "accounted for" => "Every byte that went to the ledger's hosts is in the ledger, or carries what is.",
        "equal in size" => "What is encrypted is as long as the ledger says. Whether it is the same is not to be seen without keys.",
        "does not add up" => "The recording and the ledger do not say the same.",
        _ => "Nothing here contradicts the ledger, and the recording does not prove it.",
    };

    internal bool IsWhole => Name is not null && Sha256 is not null && Verdict is not null && Hosts is not null && Problems is not null && Doubts is not null && Matches is not null
        && Hosts.All(h => h?.Host is not null) && Problems.All(p => p is { Kind: not null, What: not null, File: not null }) && Doubts.All(d => d is not null) && Matches.All(m => m is { File: not null, Target: not null, Sha256: not null });

    /// <param name="found">What the recordings and the ledger say of each other.</param>
    /// <param name="name">Of the ledger's file.</param>
    /// <param name="sha256">Of the ledger's file.</param>
    public static ReportLedger Of(Reconciliation found, string name, string sha256)
    {
        ArgumentNullException.ThrowIfNull(found);
        string verdict = found.Verdict switch
        {
            LedgerVerdict.Accounted => "accounted for",
            LedgerVerdict.EqualInSize => "equal in size",
            LedgerVerdict.CannotProve => "cannot be proved",
            _ => "does not add up",
        };
        return new(name, sha256, found.Ledger.Lines, found.Ledger.Requests.Count + found.Ledger.Dropped, found.Ledger.BytesOut, found.Ledger.BrokenAt, found.Ledger.Torn, found.Alone, verdict, found.Residual, found.OutsideLines, found.NeverLeft,
            found.Elsewhere, found.Matches.Count, found.Problems.Count,
            [.. found.Hosts.Select(h => new ReportLedgerHost(h.Host, h.Conversations, h.Captured, h.Headers, h.Repeated, h.Tls, h.Heads, h.Bodies, h.Framing, h.Closed, h.Network, h.Residual, h.Lookups, h.Missing, h.Within.Least, h.Within.Most, h.Expected.Least, h.Expected.Most))],
            [.. found.Problems.Take(MostProblems).Select(p => new ReportLedgerProblem(p.Kind, p.What, p.Line, p.Conversation?.File ?? "", p.Conversation?.Number ?? 0, p.Frame, p.Bytes))], found.Doubts,
            [.. found.Matches.Take(MostMatches).Select(m => new ReportLedgerMatch(m.Line.Line, m.Request.Conversation.Root.File, m.Request.Conversation.Root.Number, m.Request.Origin.Frame, m.Line.Method, m.Line.Target, m.Request.Head, m.Request.Body, m.Request.Sha256, m.Partial))]);
    }

    /// <summary>Null: both say the same; else what differs, in a sentence.</summary>
    public string? Differs(ReportLedger again)
    {
        ArgumentNullException.ThrowIfNull(again);
        if (Verdict != again.Verdict) return $"the ledger and the recording: \"{again.Verdict}\", the report says \"{Verdict}\"";
        if (Residual != again.Residual) return string.Create(CultureInfo.InvariantCulture, $"the residual of the ledger is {again.Residual:N0} bytes, the report says {Residual:N0}");
        bool same = JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.ReportLedger).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(again, ReportJson.Default.ReportLedger));
        return same ? null : "what the ledger and the recording say of each other has other numbers";
    }
}

/// <summary>What the phone sent to a host of the ledger, in bytes of IP: <paramref name="Captured"/> = headers + repeated + tls + heads + bodies + framing + closed + network + residual.</summary>
/// <param name="Host">As the ledger has it.</param>
/// <param name="Conversations">With it.</param>
/// <param name="Captured">All.</param>
/// <param name="Headers">Of IP and TCP.</param>
/// <param name="Repeated">Sent again.</param>
/// <param name="Tls">Handshakes and what records add.</param>
/// <param name="Heads">Of requests that are in the ledger.</param>
/// <param name="Bodies">Of these.</param>
/// <param name="Framing">Of HTTP/2.</param>
/// <param name="Closed">Encrypted and not opened.</param>
/// <param name="Network">ICMP.</param>
/// <param name="Residual">What nothing explains.</param>
/// <param name="Lookups">Packets that asked for its name; not in <paramref name="Captured"/>.</param>
/// <param name="Missing">Not in the recording.</param>
/// <param name="WithinLeast">Least that <paramref name="Closed"/> holds.</param>
/// <param name="WithinMost">Most.</param>
/// <param name="ExpectedLeast">Least that the ledger says of it.</param>
/// <param name="ExpectedMost">Most.</param>
public sealed record ReportLedgerHost(string Host, int Conversations, long Captured, long Headers, long Repeated, long Tls, long Heads, long Bodies, long Framing, long Closed, long Network, long Residual, long Lookups, long Missing,
    long WithinLeast, long WithinMost, long ExpectedLeast, long ExpectedMost)
{
    /// <summary>Each place and its bytes, for a table.</summary>
    public IEnumerable<(string What, long Bytes)> Places() =>
    [
        ("headers of IP and TCP", Headers), ("sent again", Repeated), ("TLS: handshakes and records", Tls), ("heads of requests in the ledger", Heads), ("bodies of requests in the ledger", Bodies), ("frames of HTTP/2", Framing),
        ("encrypted, without keys", Closed), ("ICMP", Network), ("residual", Residual),
    ];
}

/// <summary>Where ledger and recording differ; 0 and empty where it has no line, or no packet.</summary>
public sealed record ReportLedgerProblem(string Kind, string What, long Line, string File, int Flow, long Frame, long Bytes);

/// <summary>A line of the ledger and its request. <paramref name="Partial"/>: it broke off.</summary>
public sealed record ReportLedgerMatch(long Line, string File, int Flow, long Frame, string Method, string Target, long Head, long Body, string Sha256, bool Partial);
