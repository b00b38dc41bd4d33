using System.Diagnostics;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;

namespace Candor.Bench.Lines;

/// <summary>What every line of the table needs.</summary>
/// <param name="Built">Ours.</param>
/// <param name="Place">Where it happens.</param>
/// <param name="Floors">Of this machine.</param>
/// <param name="Sizes">How much of everything.</param>
/// <param name="Repeat">Rounds; in each, everyone starts from nothing.</param>
/// <param name="Bounds">Of each program.</param>
/// <param name="Report">Where progress goes.</param>
internal sealed record Run(Built Built, Workplace Place, Floors Floors, Sizes Sizes, int Repeat, Bounds Bounds, TextWriter Report)
{
    /// <summary>Does each work once for each round, in the order given in even rounds and backwards in odd ones: whoever comes second finds the machine warmer, or busier.</summary>
    public static void InTurn(int round, params IReadOnlyList<Action> works)
    {
        foreach (var work in round % 2 == 0 ? works : works.Reverse())
            work();
    }

    public void Tell(string what) => Report.WriteLine($"  {what}");

    /// <summary>Seconds that this process needs to list a folder and ask each file's size and time: the floor of "nothing changed".</summary>
    public static double LookAt(string folder) => Measured.Median(Enumerable.Range(0, 3).Select(_ =>
    {
        var begun = Stopwatch.GetTimestamp();
        long bytes = 0;
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories))
            bytes += file.Length + (file.LastWriteTimeUtc.Ticks & 1);
        return Stopwatch.GetElapsedTime(begun).TotalSeconds;
    }));
}

/// <summary>How much of everything is measured.</summary>
internal sealed record Sizes(int Photos, int Videos, int NewPhotos, int SmallFiles, int Contacts, int Changed, int Sms, int Mms, int Unchanged)
{
    /// <summary>Those of the targets.</summary>
    public static Sizes Whole { get; } = new(Photos: 2_000, Videos: 50, NewPhotos: 20, SmallFiles: 100_000, Contacts: 10_000, Changed: 10, Sms: 200_000, Mms: 500, Unchanged: 15);

    /// <summary>To see in a minute that the bench works. Says nothing about speed.</summary>
    public static Sizes Quick { get; } = new(Photos: 60, Videos: 2, NewPhotos: 4, SmallFiles: 2_000, Contacts: 300, Changed: 10, Sms: 2_000, Mms: 20, Unchanged: 5);
}
