using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>What was found and what became of claims, below the page of sums.</summary>
internal static class AuditFindings
{
    // Of a finding's line what stands before whom it was sent to.
    private const int Most = 8, Before = 34;

    public static void Show(Session session, Report report)
    {
        var sent = report.Findings.Where(f => f is { Sent: true, Counts: true }).ToList();
        long unread = report.Up.Undetermined + report.Up.Damaged;
        session.Say();
        var groups = sent.GroupBy(f => (f.What, f.Label, f.Host)).OrderByDescending(g => g.Key.Label.Length > 0).ThenByDescending(g => g.Count()).ToList();
        if (groups.Count == 0) session.Say($"{(report.Counters.Needles > 0 ? "Nothing of its owner's" : "Nothing that looks like somebody's")} was found in what could be read{(unread > 0 ? $"; {Wording.Count(unread)} bytes that it sent could not be" : "")}.{(report.Counters.Needles > 0 ? "" : " What is its owner's says --owner FILE: candor audit plant writes one.")}", 2);
        else session.Say($"Found in what it sent, {Wording.Count(sent.Count, "place")}{(unread > 0 ? $"; {Wording.Count(unread)} bytes of it could not be read" : "")}:", 2);
        foreach (var group in groups.Take(Most))
        {
            var first = group.First();
            string label = first.Label.Length > 0 ? Wording.Plain(first.Label) : report.Counters.Needles > 0 ? "not on the list" : "";
            session.Say($"  {first.What.Replace('-', ' '),-16} {Wording.Plain(first.Masked),-14} {(label.Length > 0 ? $"({label}) " : "")}to {Wording.Plain(first.Host)}, {Wording.Count(group.Count(), "time")}{(first.Frame > 0 ? $", first in packet {first.Frame}" : "")}{(first.Open ? ", in the clear" : "")}", Before);
        }
        if (groups.Count > Most) session.Say($"  and {Wording.Count(groups.Count - Most)} more: --html FILE shows all");
        if (report.Consents.Count > 0)
        {
            session.Say("\nConsents:");
            foreach (var consent in report.Consents.Take(Most)) session.Say($"  {ReportPage.Day(consent.Time)}  {Wording.Plain(consent.Says)}", 4);
            if (report.Consents.Count > Most) session.Say($"  and {Wording.Count(report.Consents.Count - Most)} more");
            if (report.AccountLog is { } log)
            {
                foreach (string said in log.Checked) session.Say($"  checked: {Wording.Plain(said)}", 4);
                foreach (string said in log.NotChecked) session.Say($"  not checked: {Wording.Plain(said)}", 4);
            }
            if (report.Consents.Any(c => c.InRecording)) session.Say("  " + ReportConsent.OfRecordings, 2);
        }
        if (report.Claims.Count == 0) return;
        session.Say();
        // What is said of several claims is said once.
        List<string> notes = [.. report.Claims.SelectMany(c => c.Notes).Distinct()];
        foreach (var claim in report.Claims)
        {
            string numbers = string.Concat(claim.Notes.Select(n => $" [{notes.IndexOf(n) + 1}]"));
            // What was not put to the test is not said as loudly.
            session.Say($"{(claim.Verdict == ReportClaim.NothingSent ? claim.Verdict : claim.Verdict.ToUpperInvariant())}{(claim.Verdict == "undetermined" && claim.Undetermined > 0 ? $" ({Wording.Count(claim.Undetermined)} bytes)" : "")}: {Wording.Plain(claim.Says)}{numbers}", 2);
            if (claim.Evidence.Count > 0) session.Say($"  {Wording.Plain(claim.Evidence[0].What)}{(claim.Evidence[0].Frame > 0 ? $" (packet {claim.Evidence[0].Frame})" : "")}{(claim.Against > 1 ? $", and {Wording.Count(claim.Against - 1)} more" : "")}", 2);
        }
        for (int i = 0; i < notes.Count; i++) session.Say($"  [{i + 1}] {Wording.Plain(notes[i])}", 6);
    }
}
