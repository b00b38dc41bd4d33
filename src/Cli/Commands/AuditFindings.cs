using System.Globalization;
using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>What was found in a recording and what becomes of claims, for the terminal.</summary>
internal static class AuditFindings
{
    private const int Rows = 12, EvidenceEach = 2;

    public static void Show(Session session, Report report, bool all)
    {
        foreach (var dump in report.Files.Where(f => f.Format is "har" or "mitmproxy"))
            session.Say($"{Wording.Plain(dump.Name)}: {Wording.Count(dump.Messages, "message")}, {Wording.Count(dump.Bytes)} bytes{(dump.Fault is null ? "" : $"\n  {dump.Fault}")}");
        var sent = report.Findings.Where(f => f is { Sent: true, Counts: true }).GroupBy(f => (f.What, f.Label, f.Masked, f.Host)).OrderByDescending(g => g.Any(f => f.Label.Length > 0)).ThenBy(g => g.Key.What, StringComparer.Ordinal).ToList();
        long unread = report.Up.Undetermined + report.Up.Damaged;
        session.Say();
        session.Say(sent.Count == 0
            ? $"Nothing that was looked for was found in the {Wording.Count(report.Up.Explained + report.Up.Identified)} bytes it sent that could be read{(unread > 0 ? $"; {Wording.Count(unread)} more could not be" : "")}."
            : "Found in what it sent:");
        foreach (var group in all ? sent : sent.Take(Rows))
        {
            var first = group.First();
            string open = first.Obfuscation is { } key ? $", hidden by a published key ({key})" : first.Open ? ", in the clear" : "";
            session.Say($"  {first.What}{(first.Label.Length > 0 ? $" ({Wording.Plain(first.Label)})" : "")}  {Wording.Plain(first.Value ?? first.Masked)}  to {Wording.Plain(first.Host)}{open}, {first.Confidence}, {Wording.Count(group.Count(), "time")}");
            foreach (var finding in all ? group : group.Take(1))
            {
                string place = finding.Frame > 0 ? $"packet {Wording.Count(finding.Frame)}" : $"message {Wording.Count(finding.Exchange + 1)}";
                session.Say($"     {Wording.Plain(finding.File)}, {place}, {finding.Part} at {Wording.Count(finding.Offset)}: {Wording.Plain(finding.Form)}{(finding.Chain.Length > 0 ? $" in {Wording.Plain(finding.Chain)}" : "")}");
            }
        }
        if (!all && sent.Count > Rows) session.Say($"  and {Wording.Count(sent.Count - Rows)} more: --details");
        if (report.Claims.Count > 0) Claims(session, report, all);
    }

    private static void Claims(Session session, Report report, bool all)
    {
        session.Say();
        session.Say("What was claimed:");
        foreach (var claim in report.Claims)
        {
            string bytes = claim.Verdict == "undetermined" && claim.Undetermined > 0 ? string.Create(CultureInfo.InvariantCulture, $": {claim.Undetermined:N0} bytes") : "";
            session.Say($"  {claim.Verdict}{bytes}  \"{Wording.Plain(claim.Says)}\"");
            foreach (var evidence in all ? claim.Evidence : claim.Evidence.Take(EvidenceEach))
                session.Say($"     {Wording.Plain(evidence.What)}: {Wording.Plain(evidence.File)}, {(evidence.Frame > 0 ? $"packet {Wording.Count(evidence.Frame)}" : $"conversation {Wording.Count(evidence.Flow)}")}");
            if (!all && claim.Against > EvidenceEach) session.Say($"     and {Wording.Count(claim.Against - EvidenceEach)} more");
            foreach (string note in claim.Notes) session.Say($"     {Wording.Plain(note)}");
        }
    }
}
