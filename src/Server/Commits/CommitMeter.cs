using System.Diagnostics.Metrics;
using Candor.Protocol;

namespace Candor.Server.Commits;

/// <summary>Counts by kind, never by account or holder.</summary>
internal static class CommitMeter
{
    private static readonly Counter<long> Commits = Operator.Telemetry.Meter.CreateCounter<long>("candor.commits", description: "Commits taken");
    private static readonly Counter<long> Operations = Operator.Telemetry.Meter.CreateCounter<long>("candor.operations", description: "Operations in them");

    public static void Appended(Commit commit)
    {
        var kind = new KeyValuePair<string, object?>("kind", commit.Kind.Word());
        Commits.Add(1, kind);
        Operations.Add(commit.Operations.Count, kind);
    }
}
