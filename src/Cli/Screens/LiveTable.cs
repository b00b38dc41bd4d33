using Spectre.Console;
using Spectre.Console.Rendering;

namespace Candor.Cli.Screens;

/// <summary>What a table shows that goes on.</summary>
/// <param name="Rows">Cells: host, operator, country, bytes up, share that was read, findings.</param>
/// <param name="More">Rows that found no room.</param>
/// <param name="Sum">The line above it.</param>
internal sealed record LiveRows(IReadOnlyList<string[]> Rows, int More, string Sum);

/// <summary>A table that is drawn again and again while work goes on, where somebody sees it; gone when the work is done.</summary>
internal static class LiveTable
{
    /// <summary>Does the work; it gets null where nobody looks.</summary>
    public static T During<T>(Session session, Func<Action<LiveRows>?, T> work)
    {
        var terminal = session.Terminal;
        if (session.Quiet || !terminal.ErrorSeen || terminal.Variable("TERM") is "dumb" or null) return work(null);
        var console = Screen.Error(terminal);
        console.Profile.Capabilities.Interactive = true;
        return console.Live(new Text("Waiting for the first packet. Ctrl+C ends it.")).AutoClear(true).Start(context => work(rows => context.UpdateTarget(Draw(rows))));
    }

    private static Rows Draw(LiveRows rows)
    {
        var table = Screen.Table("Host", "Operator", "Where", ">Bytes up", ">Read", "Found in it");
        foreach (string[] row in rows.Rows) table.Row(row);
        List<IRenderable> parts = [new Text(Wording.Plain(rows.Sum)), table];
        if (rows.More > 0) parts.Add(new Text($"and {Wording.Count(rows.More)} more"));
        return new(parts);
    }
}
