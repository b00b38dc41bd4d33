using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>The most memory that ours needed on anything that was measured before, client and server each.</summary>
internal static class MemoryLine
{
    public const string Line = "memory";

    private const long ResticRecorded = 138_000_000;

    public static IEnumerable<LineResult> Of(IReadOnlyList<LineResult> others)
    {
        var ours = others.SelectMany(line => line.Measured).Where(m => m.Name.StartsWith(CandorBackup.Called, StringComparison.Ordinal)).ToList();
        if (ours.Count == 0)
            yield break;
        // restic's own figure of this run, from the first backup of photos; where that was not run, the recorded one.
        var restic = others.Where(line => line.Line == PhotoLines.Line).SelectMany(line => line.Measured).FirstOrDefault(m => m.Name == ResticOverRclone.Called);
        var (peer, limit) = restic is null ? ("restic's client (recorded, 138 MB)", ResticRecorded) : ($"restic's client on the first backup ({Figures.Megabytes(restic.ClientPeak)} MB)", restic.ClientPeak);
        yield return new(Line, "peak memory on all of these")
        {
            Recorded = restic is null ? [new("restic 0.14", "138 MB")] : [],
            Goals = [Goal.Memory("client", ours.Max(m => m.ClientPeak), peer, limit), Goal.Memory("server", ours.Max(m => m.ServerPeak), peer, limit)],
        };
    }
}
