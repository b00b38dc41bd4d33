using System.Globalization;
using System.Net;
using Candor.Audit.Search;
using Candor.Audit.Where;

namespace Candor.Audit.Reports;

/// <summary>A report as one HTML file that needs nothing else: no script, nothing loaded, its policy forbids both. Everything of the capture is escaped.</summary>
/// <remarks>Written for three readers: what was found first, for its owner; then to whom and when, for a journalist; then sums, sources and how to check it again, for a lawyer.</remarks>
public sealed class ReportPage
{
    private const int MostRows = 400, MostEach = 12;

    private readonly TextWriter _to;
    private readonly Report _report;

    private ReportPage(TextWriter to, Report report) => (_to, _report) = (to, report);

    public static void Write(Report report, TextWriter to)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(to);
        new ReportPage(to, report).All();
    }

    /// <summary>As text of the page. Characters that would hide or turn around what stands beside them show as unknown: names come from a stranger's capture.</summary>
    internal static string E(string? text) => WebUtility.HtmlEncode(string.Create(text?.Length ?? 0, text, (to, from) =>
    {
        for (int i = 0; i < to.Length; i++) to[i] = from![i] is not ('\t' or '\n') && Excerpt.IsTricky(from[i]) ? '\uFFFD' : from[i];
    }));

    internal static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private void W(string html) => _to.Write(html + "\n");

    private void All()
    {
        W("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">");
        W("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"><title>What this phone sent</title>");
        W($"<style>{Style}</style></head><body><main>");
        Head();
        Claims();
        Consents();
        Ledger();
        Findings();
        W("<h2>When it talked to whom</h2>");
        W("<div class=\"wide\">");
        ReportPlots.Timeline(_to, _report);
        W("</div>");
        Hosts();
        Classes();
        Limits();
        Again();
        W("</main></body></html>");
    }

    private void Head()
    {
        var sent = _report.Findings.Where(f => f is { Sent: true, Counts: true }).ToList();
        int hosts = _report.Flows.Where(f => f.Scope == "internet" && f.Up.All > 0).Select(f => f.Called).Distinct().Count();
        long unread = _report.Up.Undetermined + _report.Up.Damaged;
        W($"<h1>What this phone sent</h1><p class=\"by\">candor audit, {E(Day(_report.Made))}. {string.Join("; ", _report.Files.Select(f => $"{E(f.Name)} ({N(f.Bytes)} bytes, {N(f.Messages)} {(f.Format is "har" or "mitmproxy" ? "messages" : "packets")}, {E(Span(f.First, f.Last))})"))}</p>");
        foreach (var file in _report.Files.Where(f => f.Fault is not null)) W($"<p class=\"warn\">{E(file.Name)} {E(file.Fault)}.</p>");
        W("<div class=\"big\">");
        string values = HasList ? "of the owner's values found" : "things that look personal found (no list of the owner's was given)";
        Figure(sent.Count == 0 ? "0" : N(sent.Select(f => (f.What, f.Label)).Distinct().Count()), $"{values} in what {(sent.Count == 0 ? "could be read" : "it sent")}", sent.Count > 0 ? "bad" : "");
        Figure(N(hosts), "hosts on the internet it sent to", "");
        Figure(N(_report.Up.All), "bytes it sent, each in one class", "");
        Figure(Share(unread, _report.Up.All), "of them nobody here can read: not clean, undetermined", unread > 0 ? "grey" : "");
        W("</div>");
        if (_report.ShowsValues) W("<p class=\"warn\">This report shows personal values in the clear. Do not pass it on.</p>");
    }

    /// <summary>Whether somebody said what is the owner's: else only what is of the form of somebody's was looked for.</summary>
    private bool HasList => _report.Counters.Needles > 0;

    private void Figure(string number, string words, string style) => W($"<div class=\"fig {style}\"><b>{E(number)}</b><span>{E(words)}</span></div>");

    private void Claims()
    {
        if (_report.Claims.Count == 0) return;
        W("<h2>What was claimed, and what the recording says</h2><table class=\"rows\"><thead><tr><th>Claim<th>Verdict<th>Because</thead><tbody>");
        foreach (var claim in _report.Claims)
        {
            string style = claim.Verdict switch { "contradicted" => "bad", "undetermined" => "grey", "upheld in readable bytes" => "good", _ => "weak" };
            W($"<tr><td>“{E(claim.Says)}”<td><span class=\"tag {style}\">{E(claim.Verdict)}</span>{(claim.Verdict == "undetermined" && claim.Undetermined > 0 ? $"<br><small>{N(claim.Undetermined)} bytes</small>" : "")}<td>");
            if (claim.Evidence.Count > 0)
            {
                W("<ul>");
                foreach (var evidence in claim.Evidence.Take(5)) W($"<li>{Evidence(evidence)}</li>");
                if (claim.Against > 5) W($"<li>and {N(claim.Against - 5)} more, all in the JSON report</li>");
                W("</ul>");
            }
            else if (claim.Verdict == ReportClaim.NothingSent) W("<small>it was not put to the test</small>");
            else W($"<small>nothing against it in {N(claim.Readable)} bytes that were read{(claim.Undetermined > 0 ? $"; {N(claim.Undetermined)} bytes could not be read" : "")}</small>");
            foreach (string note in claim.Notes) W($"<br><small>{E(note)}</small>");
        }
        W("</tbody></table>");
    }

    private void Consents()
    {
        if (_report.Consents.Count == 0 && _report.AccountLog is null) return;
        W("<h2>What its owner agreed to, and when</h2><table class=\"rows\"><thead><tr><th>When<th>What<th>Who says so</thead><tbody>");
        foreach (var consent in _report.Consents.Take(MostRows))
            W($"<tr><td>{E(Day(consent.Time))}<td>{E(consent.Purpose.Length > 0 ? consent.Purpose : "everything")} {(consent.Given ? "given" : "withdrawn")}<td>{E(consent.From)}{(consent.Counts ? "" : "<br><small>not used: others speak of the same</small>")}");
        W("</tbody></table>");
        if (_report.Consents.Count > MostRows) W($"<p><small>{N(_report.Consents.Count - MostRows)} more are in the JSON report.</small></p>");
        if (_report.AccountLog is { } log)
        {
            W($"<p>{E(log.Says)}.</p>");
            if (log.Checked.Count > 0) W($"<p><small>Checked:</small></p><ul>{string.Concat(log.Checked.Select(c => $"<li><small>{E(c)}</small></li>"))}</ul>");
            W($"<p><small>Not checked:</small></p><ul>{string.Concat(log.NotChecked.Select(c => $"<li><small>{E(c)}</small></li>"))}</ul>");
        }
        if (_report.Consents.Any(c => c.InRecording)) W($"<p><small>{E(ReportConsent.OfRecordings)}</small></p>");
    }

    private void Ledger()
    {
        if (_report.Ledger is not { } ledger) return;
        string style = ledger.Verdict switch { "accounted for" => "good", "does not add up" => "bad", _ => "grey" };
        W($"<h2>Held against the client's own ledger</h2><p><span class=\"tag {style}\">{E(ledger.Verdict)}</span> {E(ReportLedger.Sentence(ledger.Verdict))} <b>Residual: {N(ledger.Residual)} bytes.</b></p>");
        W($"<p>{E(ledger.Name)} says that {N(ledger.Requests)} requests left with {N(ledger.Bytes)} bytes; {(ledger.BrokenAt > 0 ? $"its chain breaks at line {N(ledger.BrokenAt)}" : $"its chain is whole: {N(ledger.Lines)} lines")}. {N(ledger.Matched)} of them stand in the recording with the same head, length and SHA-256{(ledger.Outside > 0 ? $"; {N(ledger.Outside)} are from another time" : "")}{(ledger.NeverLeft > 0 ? $"; {N(ledger.NeverLeft)} had no answer and never left" : "")}.</p>");
        if (ledger.Problems.Count > 0)
        {
            W("<table><thead><tr><th>Where they differ<th>Line<th>Packet<th class=\"n\">Bytes</thead><tbody>");
            foreach (var problem in ledger.Problems.Take(MostRows)) W($"<tr><td>{E(problem.What)}<td>{(problem.Line > 0 ? N(problem.Line) : "")}<td>{(problem.Frame > 0 ? $"{E(problem.File)}, {N(problem.Frame)}" : "")}<td class=\"n\">{N(problem.Bytes)}");
            W("</tbody></table>");
            if (ledger.ProblemCount > ledger.Problems.Count) W($"<p><small>and {N(ledger.ProblemCount - ledger.Problems.Count)} more</small></p>");
        }
        foreach (string doubt in ledger.Doubts) W($"<p><small>No proof: {E(doubt)}.</small></p>");
        W("<table><thead><tr><th>Sent to");
        foreach (var host in ledger.Hosts) W($"<th class=\"n\">{E(host.Host)}");
        W("</thead><tbody>");
        var places = ledger.Hosts.Select(h => h.Places().ToList()).ToList();
        for (int i = 0; places.Count > 0 && i < places[0].Count; i++)
        {
            if (places[0][i].What != "residual" && places.All(p => p[i].Bytes == 0)) continue;
            W($"<tr><td>{E(places[0][i].What)}{string.Concat(places.Select(p => $"<td class=\"n\">{N(p[i].Bytes)}"))}");
        }
        W($"<tr><td><b>sum: all that was captured</b>{string.Concat(ledger.Hosts.Select(h => $"<td class=\"n\">{N(h.Captured)}"))}</tbody></table>");
        foreach (var host in ledger.Hosts.Where(h => h.Closed > 0)) W($"<p><small>Without keys: {E(host.Host)} got {Range(host.WithinLeast, host.WithinMost)} bytes within encryption, the ledger says {Range(host.ExpectedLeast, host.ExpectedMost)}.</small></p>");
        foreach (var host in ledger.Hosts.Where(h => h.Lookups > 0)) W($"<p><small>{N(host.Lookups)} bytes more asked for the address of {E(host.Host)}.</small></p>");
        W($"<p><small>{(ledger.Alone ? "Whoever ran the audit said that nothing but this client sent anything: every other byte counts as unexplained." : $"{N(ledger.Elsewhere)} bytes went to others than the ledger's hosts; whose they are, the recording does not say.")} What a client might hide in the random numbers of a handshake, in times or in lengths, no sum shows.</small></p>");
    }

    private static string Range(long least, long most) => least == most ? N(least) : $"{N(least)} to {N(most)}";

    private static string Evidence(ReportEvidence evidence) =>
        $"{E(evidence.What)} <small>{E(evidence.File)}{(evidence.Frame > 0 ? $", packet {N(evidence.Frame)}" : $", conversation {N(evidence.Flow)}")}{(evidence.Time.Length > 0 ? ", " + E(Day(evidence.Time)) : "")}{(evidence.Finding > 0 ? $", <a href=\"#f{evidence.Finding.ToString(CultureInfo.InvariantCulture)}\">finding {N(evidence.Finding)}</a>" : "")}</small>";

    private void Findings()
    {
        W("<h2>What was found in it</h2>");
        var groups = _report.Findings.Where(f => f is { Sent: true, Counts: true }).GroupBy(f => (f.What, f.Label, f.Masked, f.Host)).OrderByDescending(g => g.Max(Rank)).ThenBy(g => g.Key.What, StringComparer.Ordinal).ThenBy(g => g.Key.Host, StringComparer.Ordinal).ToList();
        if (groups.Count == 0) W($"<p>{(HasList ? "Nothing of the owner's" : "Nothing that looks like somebody's (numbers of devices, cards of people, pictures with places)")} was found in {N(_report.Up.Explained + _report.Up.Identified)} bytes that could be read. {(_report.Up.Undetermined + _report.Up.Damaged > 0 ? $"{N(_report.Up.Undetermined + _report.Up.Damaged)} more bytes could not be read: about them this says nothing." : "")}{(HasList ? "" : " No list of the owner's values was given, so none of them was looked for.")}</p>");
        else
        {
            W("<table class=\"rows\"><thead><tr><th>What<th>Sent to<th>How sure<th>The bytes, and where they stand</thead><tbody>");
            foreach (var group in groups.Take(MostRows)) Group([.. group]);
            W("</tbody></table>");
            if (groups.Count > MostRows) W($"<p><small>{N(groups.Count - MostRows)} more rows are in the JSON report.</small></p>");
        }
        long possible = _report.Findings.LongCount(f => f is { Sent: true, Counts: false }), down = _report.Findings.LongCount(f => !f.Sent);
        if (possible > 0) W($"<p><small>{N(possible)} more are no more than possible, or placeholders that a program sends instead of a value; they count for nothing and are in the JSON report.</small></p>");
        if (down > 0) W($"<p><small>{N(down)} were sent to the phone or between others: no uploads.</small></p>");
    }

    private static int Rank(ReportFinding finding) => finding.Confidence switch { "certain" => 2, "likely" => 1, _ => 0 } + (finding.Label.Length > 0 ? 4 : 0);

    private void Group(List<ReportFinding> group)
    {
        var first = group.OrderByDescending(Rank).First();
        W($"<tr><td><b>{E(first.What.Replace('-', ' '))}</b>{(first.Label.Length > 0 ? $"<br><small>{E(first.Label)}</small>" : "<br><small>not from the owner's list</small>")}<td data-is=\"sent to\">{E(first.Host)}{(first.Open ? "<br><span class=\"tag bad\">in the clear</span>" : "")}{(first.Obfuscation is { } key ? $"<br><span class=\"tag bad\">obfuscated: {E(key)}</span>" : "")}<td data-is=\"how sure\">{E(first.Confidence)}<br><small>{N(group.Count)} {(group.Count == 1 ? "time" : "times")}</small><td>");
        foreach (var finding in group.OrderBy(f => f.Number).Take(3)) One(finding);
        if (group.Count > 3)
        {
            W($"<details><summary>{N(group.Count - 3)} more</summary>");
            foreach (var finding in group.OrderBy(f => f.Number).Skip(3).Take(MostEach)) One(finding);
            if (group.Count > 3 + MostEach) W($"<small>and {N(group.Count - 3 - MostEach)} in the JSON report</small>");
            W("</details>");
        }
    }

    private void One(ReportFinding finding)
    {
        string bytes = finding.Value is { } value ? $"{E(finding.Before)}<mark>{E(value)}</mark>{E(finding.After)}" : $"…<mark>{E(finding.Masked)}</mark>…";
        W($"<div class=\"one\" id=\"f{finding.Number.ToString(CultureInfo.InvariantCulture)}\"><code>{bytes}</code><br><small>{E(finding.Form)}; {E(finding.Request.Length > 0 ? finding.Request + ", " : "")}{E(finding.Part)}{(finding.Chain.Length > 0 ? $", {E(finding.Chain)}" : "")}<br>{E(finding.File)}{(finding.Frame > 0 ? $", packet {N(finding.Frame)}" : "")}, conversation {N(finding.Flow)}, stream offset {N(finding.Offset)}{(finding.Time.Length > 0 ? ", " + E(Day(finding.Time)) : "")} · proof {E(finding.Proof.Length > 16 ? finding.Proof[..16] : finding.Proof)}…</small></div>");
    }

    private void Hosts()
    {
        W("<h2>To whom, and where that is</h2>");
        var rows = _report.Flows.Where(f => f.Direction.Length > 0).GroupBy(f => (f.Called, f.Scope == "internet")).Select(g => (First: g.First(), Up: g.Aggregate(new ReportSums(), (sum, f) => sum + f.Up), Down: g.Aggregate(new ReportSums(), (sum, f) => sum + f.Down), Flows: g.ToList()))
            .OrderByDescending(r => r.First.Scope == "internet").ThenByDescending(r => r.Up.All).ToList();
        long most = rows.Count == 0 ? 1 : Math.Max(1, rows.Max(r => r.Up.All));
        W("<table class=\"rows\"><thead><tr><th>Host<th>Operated by<th>Address is in<th class=\"n\">Sent<th>Of which</thead><tbody>");
        foreach (var (first, up, _, flows) in rows.Take(MostRows))
        {
            string apps = string.Join(", ", flows.Select(f => f.App).Where(a => a.Length > 0).Distinct().Take(3));
            W($"<tr><td>{E(first.Called)}{(first.Host.Length > 0 && first.Address.Length > 0 && first.Host != first.Address ? $"<br><small>{E(first.Address)}</small>" : "")}{(apps.Length > 0 ? $"<br><small>by {E(apps)}</small>" : "")}{(flows.Any(f => f.NameHidden) ? "<br><small>the true name may be hidden (ECH)</small>" : "")}");
            W($"<td data-is=\"operated by\">{(first.Operator.Length > 0 ? $"{E(first.Operator)}<br><small>seat {E(first.Seat)}; {E(first.Class)}</small>" : first.Scope == "internet" ? "<small>not known</small>" : "")}{(first.Network.Length > 0 ? $"<br><small>network {E(first.Network)}</small>" : "")}");
            string said = Whereabouts.Words([.. first.Countries.Select(c => new CountryAnswer(c.Source, c.Date, c.Says, c.Country))]);
            W($"<td data-is=\"address is in\">{E(first.Country)}{(said.Length > 0 ? $"<br><small>{E(said)}</small>" : "")}<td class=\"n\" data-is=\"bytes sent\">{N(up.All)}<td>");
            ReportPlots.Bar(_to, up, most, 180);
        }
        W("</tbody></table>");
        if (rows.Count > MostRows) W($"<p><small>{N(rows.Count - MostRows)} more hosts are in the JSON report.</small></p>");
        W($"<p><small>A country of an address is no fact: data sets differ, and an address may be announced in many places at once. What laws an operator answers to is decided by its seat as well. {(_report.Counters.OtherFlows > 0 ? $"{N(_report.Counters.OtherFlows)} conversations in the files were between others." : "")}</small></p>");
    }

    private void Classes()
    {
        W("<h2>Every byte of it</h2>");
        ReportPlots.Bar(_to, _report.Up, Math.Max(1, _report.Up.All), 860);
        W($"<p class=\"key\"><i class=\"c1\"></i>identified as the owner's <i class=\"c2\"></i>read and explained <i class=\"c3\"></i>undetermined: encrypted, or a form that nobody here knows <i class=\"c4\"></i>damaged</p>");
        W("<table><thead><tr><th>Bytes<th class=\"n\">sent by the phone<th class=\"n\">sent to it<th class=\"n\">between others</thead><tbody>");
        Row("headers of IP and transport", s => s.Headers);
        Row("sent again (counted once above)", s => s.Repeated);
        Row("read and explained", s => s.Explained);
        Row("identified: a finding stands in it", s => s.Identified);
        Row("undetermined", s => s.Undetermined);
        Row("damaged", s => s.Damaged);
        Row("<b>sum: all that was captured</b>", s => s.All);
        if (_report.Up.Missing + _report.Down.Missing + _report.Others.Missing > 0) Row("not in the recording: lost or cut off", s => s.Missing);
        W("</tbody></table>");
    }

    private void Row(string what, Func<ReportSums, long> of) => W($"<tr><td>{what}<td class=\"n\">{N(of(_report.Up))}<td class=\"n\">{N(of(_report.Down))}<td class=\"n\">{N(of(_report.Others))}");

    private void Limits()
    {
        W("<h2>What this cannot show</h2><ul>");
        foreach (string limit in _report.Limits) W($"<li>{E(limit)}</li>");
        var counters = _report.Counters;
        if (counters.LeftOutForms > 0) W($"<li>{N(counters.LeftOutForms)} forms of values are so short that chance would find them: they were not looked for. {N(counters.Needles)} forms were.</li>");
        if (counters.ExhaustedBodies > 0) W($"<li>{N(counters.ExhaustedBodies)} bodies were too long or too deeply packed to be decoded to their end.</li>");
        if (counters.DroppedFindings + counters.RepeatedFindings > 0) W($"<li>{N(counters.RepeatedFindings)} findings of values that were found thousands of times, and {N(counters.DroppedFindings)} others, are counted and not listed.</li>");
        foreach (string photo in counters.MissingPhotos ?? []) W($"<li>The photo {E(photo)} was not beside the owner file: nothing looked for it.</li>");
        W("</ul>");
    }

    private void Again()
    {
        W("<h2>Check it again</h2><p>Whoever has the recording can prove each finding from it, without the owner's values: <code>candor audit recheck REPORT.json CAPTURE</code>. A proof is the SHA-256 of the salt and the bytes as they stand there; the report alone does not give them away.</p><table><tbody>");
        if (_report.Ledger is { } ledger) W($"<tr><td>{E(ledger.Name)}<td><code>SHA-256 {E(ledger.Sha256)}</code>");
        foreach (var file in _report.Files) W($"<tr><td>{E(file.Name)}<td><code>{(file.Sha256.Length > 0 ? "SHA-256 " + E(file.Sha256) : "")}</code>");
        W($"<tr><td>salt<td><code>{E(_report.Salt)}</code></tbody></table><p><small>{string.Join("<br>", _report.Sources.Select(Linked))}</small></p>");
        string phone = _report.Phone.From switch
        {
            "given" => "said by the person who ran the audit",
            "marked" => "the recording marks what it sent",
            "inferred" => "inferred: it opened the conversations with most bytes",
            "dump" => "a proxy's dump has one client",
            _ => "not known",
        };
        W($"<p><small>The phone's addresses: {E(_report.Phone.Addresses.Count > 0 ? string.Join(", ", _report.Phone.Addresses) : "none")} ({phone}).</small></p>");
    }

    /// <summary>A time of a report in words.</summary>
    public static string Day(string time) => time.Length >= 19 ? string.Concat(time.AsSpan(0, 10), " ", time.AsSpan(11, 8), " UTC") : time;

    /// <summary>Escaped, and what is an address of the web is a link: licences ask for one. Nothing is loaded by it.</summary>
    private static string Linked(string text) => string.Join(' ', text.Split(' ').Select(word =>
    {
        string bare = word.TrimEnd(',', ';', '.');
        bool link = bare.StartsWith("https://", StringComparison.Ordinal) && bare.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '/' or ':' or '-' or '_');
        return link ? $"<a href=\"{bare}\">{bare}</a>{E(word[bare.Length..])}" : E(word);
    }));

    private static string Span(string first, string last) => first.Length == 0 ? "no times" : last.Length >= 19 && first.Length >= 10 && first[..10] == last[..10] ? $"{Day(first)[..19]} to {last.AsSpan(11, 8)}" : $"{Day(first)} to {Day(last)}";

    private static string Share(long part, long of)
    {
        double percent = of <= 0 ? 0 : part * 100.0 / of;
        return part > 0 && percent < 0.1 ? "under 0.1 %" : percent.ToString(percent is > 0 and < 10 ? "F1" : "F0", CultureInfo.InvariantCulture) + " %";
    }

    private const string Style = """
        :root{--ink:#1a1c20;--soft:#5b616b;--line:#d9dce1;--bad:#b3261e;--good:#1d6b43;--grey:#6b7280;--c1:#c2410c;--c2:#3b6ea5;--c3:#a8adb5;--c4:#7c3aed;--paper:#fff;--rule:#eceef1;--warn:#fdf3f2;--mark:#ffe08a;--on:#fff;color-scheme:light}
        @media screen and (prefers-color-scheme:dark){:root{--ink:#e6e8eb;--soft:#a3a9b3;--line:#3a3f47;--bad:#ff8a80;--good:#6fcf97;--grey:#9aa1ac;--c1:#f2884f;--c2:#6ea3dd;--c3:#6a707a;--c4:#b494f7;--paper:#16181c;--rule:#2a2e34;--warn:#2e1d1c;--mark:#5f4a00;--on:#16181c;color-scheme:dark}}
        body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,"Segoe UI",Roboto,"Liberation Sans",sans-serif}
        main{max-width:960px;margin:0 auto;padding:32px 24px 64px}
        h1{font-size:32px;margin:0 0 4px}h2{font-size:20px;margin:40px 0 8px}
        .by,small{color:var(--soft)}small{font-size:13px}
        .big{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}
        .fig{flex:1 1 190px;border:1px solid var(--line);border-radius:8px;padding:12px 16px}
        .fig b{display:block;font-size:26px;line-height:1.2}.fig span{font-size:13px;color:var(--soft)}
        .fig.bad b{color:var(--bad)}.fig.grey b{color:var(--grey)}
        table{border-collapse:collapse;width:100%;font-size:14px}th{text-align:left;font-weight:600;border-bottom:2px solid var(--ink);padding:6px 12px 6px 0}
        td{vertical-align:top;border-bottom:1px solid var(--line);padding:8px 12px 8px 0;overflow-wrap:anywhere}td:first-child{min-width:140px}.n{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
        table+table{margin-top:20px}ul{margin:0;padding-left:18px}li{margin:3px 0}
        .tag{display:inline-block;border-radius:4px;padding:1px 7px;font-size:13px;font-weight:600;color:var(--on);background:var(--grey);white-space:nowrap}.tag.bad{background:var(--bad)}.tag.good{background:var(--good)}.tag.weak{background:var(--paper);color:var(--soft);border:1px dashed var(--soft);font-weight:400;white-space:normal}
        .warn{border-left:4px solid var(--bad);padding:6px 12px;background:var(--warn)}
        .one{margin:0 0 8px}code{font:13px/1.4 ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}a{color:var(--c2)}mark{background:var(--mark);color:inherit;padding:0 2px;border-radius:2px}
        svg{display:block;max-width:100%;height:auto}svg text{font:12px system-ui,"Liberation Sans",sans-serif;fill:var(--ink)}svg .s{fill:var(--soft);font-size:11px}
        .key i{display:inline-block;width:12px;height:12px;border-radius:2px;margin:0 4px 0 14px;vertical-align:-1px}.key i:first-child{margin-left:0}.key{font-size:13px;color:var(--soft)}
        .c1{background:var(--c1);fill:var(--c1)}.c2{background:var(--c2);fill:var(--c2)}.c3{background:var(--c3);fill:var(--c3)}.c4{background:var(--c4);fill:var(--c4)}
        .wide{overflow-x:auto}
        @media screen and (max-width:640px){main{padding:20px 16px 48px}h1{font-size:26px}.fig{flex-basis:130px}.wide svg{min-width:640px}
        .rows thead{display:none}.rows tr{display:block;border-bottom:1px solid var(--line);padding:10px 0}.rows td{display:block;border:0;padding:2px 0;text-align:left}.rows td[data-is]::before{content:attr(data-is) ": ";color:var(--soft)}.rows td:empty{display:none}.rows td:first-child{min-width:0}
        table:not(.rows) td:first-child{min-width:96px}th.n{white-space:normal}}
        @media print{main{max-width:none;padding:0}.one,tr,svg{break-inside:avoid}h2{break-after:avoid}}
        """;
}
