using Candor.Audit.Reports;

namespace Candor.Audit.Compare;

/// <summary>Whether something is in both of two recordings or in one.</summary>
public enum Change : byte
{
    Stays,

    /// <summary>In the first only.</summary>
    Vanishes,

    /// <summary>In the second only.</summary>
    Appears,
}

/// <summary>A host in two recordings.</summary>
/// <param name="Host">Its name, or the address where there is none.</param>
/// <param name="App">Where the recorder names it.</param>
/// <param name="Change">What became of it.</param>
/// <param name="Before">Bytes sent to it in the first.</param>
/// <param name="After">In the second.</param>
public sealed record HostChange(string Host, string App, Change Change, long Before, long After);

/// <summary>A value that was found sent to a host, in two recordings.</summary>
/// <param name="What">Its kind.</param>
/// <param name="Label">Of the owner file.</param>
/// <param name="Host">To whom.</param>
/// <param name="Change">What became of it.</param>
/// <param name="Before">How often in the first.</param>
/// <param name="After">How often in the second.</param>
public sealed record FindingChange(string What, string Label, string Host, Change Change, int Before, int After);

/// <summary>Two recordings beside each other: with the cloud off and on, before and after consent, of one system image and another.</summary>
public sealed record Comparison(IReadOnlyList<HostChange> Hosts, IReadOnlyList<FindingChange> Findings)
{
    /// <summary>A value that is found in one only is no proof that it is not in the other: bytes that could not be read are in each report.</summary>
    public static Comparison Of(Report before, Report after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return new(ChangesOfHosts(before, after), Found(before, after));
    }

    private static List<HostChange> ChangesOfHosts(Report before, Report after)
    {
        var (first, second) = (Sent(before), Sent(after));
        return [.. first.Keys.Union(second.Keys).Select(key => new HostChange(key.Host, key.App, Of(first.ContainsKey(key), second.ContainsKey(key)), first.GetValueOrDefault(key), second.GetValueOrDefault(key)))
            .OrderByDescending(c => c.Change).ThenByDescending(c => Math.Max(c.Before, c.After)).ThenBy(c => c.Host, StringComparer.Ordinal)];
    }

    private static List<FindingChange> Found(Report before, Report after)
    {
        var (first, second) = (Counted(before), Counted(after));
        return [.. first.Keys.Union(second.Keys).Select(key => new FindingChange(key.What, key.Label, key.Host, Of(first.ContainsKey(key), second.ContainsKey(key)), first.GetValueOrDefault(key), second.GetValueOrDefault(key)))
            .OrderByDescending(c => c.Change).ThenBy(c => c.What, StringComparer.Ordinal).ThenBy(c => c.Label, StringComparer.Ordinal).ThenBy(c => c.Host, StringComparer.Ordinal)];
    }

    private static Change Of(bool before, bool after) => before && after ? Change.Stays : before ? Change.Vanishes : Change.Appears;

    private static Dictionary<(string Host, string App), long> Sent(Report report) =>
        report.Flows.Where(f => f.Scope == "internet" && f.Up.All > 0).GroupBy(f => (f.Called, f.App)).ToDictionary(g => g.Key, g => g.Aggregate(0L, (sum, f) => unchecked(sum + f.Up.All)));

    private static Dictionary<(string What, string Label, string Host), int> Counted(Report report) =>
        report.Findings.Where(f => f is { Sent: true, Counts: true }).GroupBy(f => (f.What, f.Label, f.Host)).ToDictionary(g => g.Key, g => g.Count());
}
