using System.Text;
using Candor.Bench.Measuring;

namespace Candor.Bench.Report;

/// <summary>What the bench prints: the floors, each line in full, and the summary.</summary>
internal static class ResultPage
{
    public static string Of(Floors floors) => TextTable.Of(["floor of this machine", "figure"],
    [
        ["AES-256-GCM, one core", Figures.Rate(floors.AesGcm)],
        ["GMAC, one core", Figures.Rate(floors.Gmac)],
        ["SHA-256, one core", Figures.Rate(floors.Sha256)],
        ["loopback TCP", Figures.Rate(floors.Loopback)],
        ["loopback, one byte there and back", Figures.Milliseconds(floors.RoundTrip) + " ms"],
        ["disk write, flushed at the end", Figures.Rate(floors.DiskWrite)],
        ["4 KiB write and flush", Figures.Milliseconds(floors.SmallFlush) + " ms"],
        ["start and end of /bin/true", Figures.Milliseconds(floors.Start) + " ms"],
        ["cores", Figures.Short(floors.Cores)],
    ]);

    /// <summary>One line: who took how long, and each target with its verdict.</summary>
    public static string Of(LineResult result)
    {
        var page = new StringBuilder($"\n{result.Line}: {result.Work}\n");
        if (result.Trouble is not null)
            page.Append($"  NOT MEASURED: {result.Trouble}\n");
        if (result.Measured.Count > 0)
        {
            page.Append(TextTable.Of(["program", "wall s", "least", "most", "CPU s", "client", "server", "client MB", "server MB"],
            [
                .. result.Measured.Select(IReadOnlyList<string> (m) =>
                [
                    m.Name, Figures.Seconds(m.Wall), Figures.Seconds(m.Least), Figures.Seconds(m.Most), Figures.Seconds(m.Cpu), Figures.Seconds(m.ClientCpu),
                    Figures.Seconds(m.ServerCpu), Figures.Megabytes(m.ClientPeak), Figures.Megabytes(m.ServerPeak),
                ]),
            ]));
        }
        foreach (var recorded in result.Recorded)
            page.Append($"  recorded, not measured here: {recorded.Name}: {recorded.Figure}\n");
        if (result.Trouble is null && result.Floor is { } floor && result.Measured is [var ours, ..])
            page.Append($"  floor {Figures.Seconds(floor.Seconds)} s ({floor.Part}); {ours.Name} takes {Figures.Short(ours.Wall / floor.Seconds)} x that\n");
        foreach (var goal in result.Goals)
            page.Append($"  {goal.Verdict.ToUpperInvariant(),-6}  {goal.Text}: {Figures.Short(goal.Value)} {goal.Unit}\n");
        foreach (var remark in result.Remarks)
            page.Append($"  note: {remark}\n");
        return page.ToString();
    }

    /// <summary>One row for each target, for docs/speed.md.</summary>
    public static string Summary(IReadOnlyList<LineResult> results)
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (var result in results)
        {
            if (result.Trouble is not null)
                rows.Add([result.Work, "–", "–", "–", "–", "not measured"]);
            foreach (var goal in result.Goals)
                rows.Add([result.Work, OursOf(result), FloorOf(result), goal.Text, $"{Figures.Short(goal.Value)} {goal.Unit}", goal.Verdict]);
        }
        return TextTable.Of(["work", "candor", "its floor", "target", "measured", ""], rows);
    }

    private static string OursOf(LineResult result) => result.Measured is [var ours, ..] ? Figures.Seconds(ours.Wall) + " s" : "–";

    private static string FloorOf(LineResult result) => result.Floor is { } floor ? Figures.Seconds(floor.Seconds) + " s" : "–";
}
