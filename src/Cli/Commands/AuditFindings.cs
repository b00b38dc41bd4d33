using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>What was found and what became of claims, below the page of sums.</summary>
internal static class AuditFindings
{
    private const int Most = 8;

    public static void Show(Session session, Report report)
    {
        var sent = report.Findings.Where(f => f is { Sent: true, Counts: true }).ToList();
        session.Say();
        var groups = sent.GroupBy(f => (f.What, f.Label, f.Host)).OrderByDescending(g => g.Key.Label.Length > 0).ThenByDescending(g => g.Count()).ToList();
        if (groups.Count == 0) session.Say(report.Counters.Needles > 0 ? "Nothing of its owner's was found in what could be read." : "Nothing that looks like somebody's was found in what could be read. What is its owner's says --owner FILE: candor audit plant writes one.");
        else session.Say($"Found in what it sent, {Wording.Count(sent.Count, "place")}:");
        foreach (var group in groups.Take(Most))
        {
            var first = group.First();
            session.Say($"  {first.What.Replace('-', ' '),-16} {(first.Label.Length > 0 ? first.Label : "not on the list"),-24} {Wording.Plain(first.Masked),-14} to {Wording.Plain(first.Host)}, {Wording.Count(group.Count(), "time")}{(first.Frame > 0 ? $", first in packet {first.Frame}" : "")}{(first.Open ? ", in the clear" : "")}");
        }
        if (groups.Count > Most) session.Say($"  and {Wording.Count(groups.Count - Most)} more: --html FILE shows all");
        if (report.Consents.Count > 0)
        {
            session.Say("\nConsents:");
            foreach (var consent in report.Consents.Take(Most)) session.Say($"  {ReportPage.Day(consent.Time)}  {Wording.Plain(consent.Says)}");
            if (report.Consents.Count > Most) session.Say($"  and {Wording.Count(report.Consents.Count - Most)} more");
            if (report.AccountLog is { } log)
            {
                foreach (string said in log.Checked) session.Say($"  checked: {Wording.Plain(said)}");
                foreach (string said in log.NotChecked) session.Say($"  not checked: {Wording.Plain(said)}");
            }
            if (report.Consents.Any(c => c.InRecording)) session.Say("  " + ReportConsent.OfRecordings);
        }
        if (report.Claims.Count == 0) return;
        session.Say();
        foreach (var claim in report.Claims)
        {
            // What was not put to the test is not said as loudly.
            session.Say($"{(claim.Verdict == ReportClaim.NothingSent ? claim.Verdict : claim.Verdict.ToUpperInvariant())}{(claim.Verdict == "undetermined" && claim.Undetermined > 0 ? $" ({Wording.Count(claim.Undetermined)} bytes)" : "")}: {Wording.Plain(claim.Says)}");
            if (claim.Evidence.Count > 0) session.Say($"  {Wording.Plain(claim.Evidence[0].What)}{(claim.Evidence[0].Frame > 0 ? $" (packet {claim.Evidence[0].Frame})" : "")}{(claim.Against > 1 ? $", and {Wording.Count(claim.Against - 1)} more" : "")}");
            foreach (string note in claim.Notes) session.Say($"  {Wording.Plain(note)}");
        }
    }
}
