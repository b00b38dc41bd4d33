using System.Globalization;

namespace Candor.Audit.Reports;

/// <summary>The page's two pictures, as SVG in the page: who was talked to when, and bytes by class.</summary>
internal static class ReportPlots
{
    private const int Wide = 912, Names = 240, RowHeight = 22, MostRows = 24, MostDots = 400;

    /// <summary>Bytes by class beside each other; the length of the whole says how many, of <paramref name="most"/>.</summary>
    public static void Bar(TextWriter to, ReportSums sums, long most, int width)
    {
        double whole = Math.Max(2, width * (double)sums.All / most), x = 0;
        to.Write($"<svg width=\"{F(width)}\" height=\"14\" viewBox=\"0 0 {F(width)} 14\" role=\"img\" aria-label=\"{ReportPage.N(sums.Identified)} identified, {ReportPage.N(sums.Explained + sums.Headers + sums.Repeated)} explained, {ReportPage.N(sums.Undetermined)} undetermined, {ReportPage.N(sums.Damaged)} damaged\">");
        (long Bytes, string Class)[] parts = [(sums.Identified, "c1"), (sums.Explained + sums.Headers + sums.Repeated, "c2"), (sums.Undetermined, "c3"), (sums.Damaged, "c4")];
        foreach (var (bytes, style) in parts)
        {
            if (bytes <= 0) continue;
            // What was found is seen even where it is one byte in a million.
            double part = Math.Max(style == "c1" ? 3 : 0, whole * bytes / Math.Max(1, sums.All));
            to.Write($"<rect class=\"{style}\" x=\"{F(x)}\" y=\"1\" width=\"{F(Math.Min(part, width - x))}\" height=\"12\"/>");
            x = Math.Min(width - 1, x + part);
        }
        to.Write("</svg>\n");
    }

    /// <summary>A row a domain, a dot a conversation, its colour what was found in it; a line where consent was given or taken back.</summary>
    public static void Timeline(TextWriter to, Report report)
    {
        var timed = report.Flows.Where(f => f.Direction.Length > 0 && f.Scope == "internet" && Ticks(f.First) > 0).ToList();
        if (timed.Count == 0)
        {
            to.Write("<p><small>No conversation with the internet has a time.</small></p>\n");
            return;
        }
        var marks = report.Consents.Where(c => c.Counts).Select(c => (At: Ticks(c.Time), c.Given, c.Purpose)).Where(m => m.At > 0).ToList();
        long start = timed.Min(f => Ticks(f.First)), end = Math.Max(start + TimeSpan.TicksPerSecond, timed.Max(f => Math.Max(Ticks(f.First), Ticks(f.Last))));
        // A mark that is far away does not press the recording into one dot: it stands at the edge.
        var found = report.Findings.Where(f => f is { Sent: true, Counts: true }).Select(f => (f.File, f.Flow)).ToHashSet();
        var rows = timed.GroupBy(f => f.Domain.Length > 0 ? f.Domain : f.Called).OrderBy(g => g.Min(f => Ticks(f.First))).ToList();
        if (rows.Count > MostRows) rows = [.. rows.OrderByDescending(g => g.Any(f => found.Contains((f.File, f.Number)))).ThenByDescending(g => g.Sum(f => f.Up.All)).Take(MostRows).OrderBy(g => g.Min(f => Ticks(f.First)))];
        int top = marks.Count > 0 ? 22 : 6, height = top + rows.Count * RowHeight + 24;
        double X(long at) => Names + (Wide - Names - 16) * Math.Clamp((double)(at - start) / (end - start), 0, 1);
        to.Write($"<svg width=\"{F(Wide)}\" height=\"{F(height)}\" viewBox=\"0 0 {F(Wide)} {F(height)}\" role=\"img\" aria-label=\"Conversations over time by domain\">\n");
        for (int i = 0; i < rows.Count; i++)
        {
            double y = top + i * RowHeight + RowHeight / 2.0;
            string name = rows[i].Key.Length > 32 ? rows[i].Key[..31] + "…" : rows[i].Key;
            to.Write($"<line x1=\"{F(Names)}\" x2=\"{F(Wide - 16)}\" y1=\"{F(y)}\" y2=\"{F(y)}\" style=\"stroke:var(--rule)\"/><text x=\"0\" y=\"{F(y + 4)}\">{ReportPage.E(name)}</text>\n");
            foreach (var flow in rows[i].OrderBy(f => found.Contains((f.File, f.Number))).Take(MostDots))
            {
                string style = found.Contains((flow.File, flow.Number)) ? "c1" : flow.Up.Undetermined > flow.Up.Explained ? "c3" : "c2";
                double x = X(Ticks(flow.First)), to2 = X(Math.Max(Ticks(flow.First), Ticks(flow.Last)));
                to.Write($"<rect class=\"{style}\" x=\"{F(x - 4)}\" y=\"{F(y - 4)}\" width=\"{F(Math.Max(8, to2 - x + 8))}\" height=\"8\" rx=\"4\" opacity=\"{(style == "c1" ? "1" : "0.75")}\"/>");
            }
        }
        foreach (var (at, given, purpose) in marks)
        {
            string edge = at < start ? " (before)" : at > end ? " (after)" : "";
            to.Write($"<line x1=\"{F(X(at))}\" x2=\"{F(X(at))}\" y1=\"14\" y2=\"{F(height - 20)}\" style=\"stroke:var(--good)\" stroke-dasharray=\"4 3\"/><text x=\"{F(X(at))}\" y=\"11\" text-anchor=\"{(X(at) > Wide * 0.7 ? "end" : "start")}\">{(given ? "agreed" : "withdrawn")}: {ReportPage.E(purpose.Length > 0 ? purpose : "everything")}{edge}</text>\n");
        }
        to.Write($"<text class=\"s\" x=\"{F(Names)}\" y=\"{F(height - 6)}\">{ReportPage.E(ReportPage.Day(Text(start)))}</text><text class=\"s\" x=\"{F(Wide - 16)}\" y=\"{F(height - 6)}\" text-anchor=\"end\">{ReportPage.E(ReportPage.Day(Text(end)))}</text></svg>\n");
        to.Write("<p class=\"key\"><i class=\"c1\"></i>something of the owner's was found <i class=\"c2\"></i>read, nothing found <i class=\"c3\"></i>mostly not readable</p>\n");
    }

    private static long Ticks(string time) => DateTimeOffset.TryParse(time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read) ? read.UtcTicks : 0;

    private static string Text(long ticks) => new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string F(double number) => number.ToString("0.##", CultureInfo.InvariantCulture);
}
