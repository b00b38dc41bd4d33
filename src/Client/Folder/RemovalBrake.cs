namespace Candor.Client.Folder;

/// <summary>Holds removals that are more than 5 % of a vault within an hour, in either direction: a folder that was emptied by mistake does not empty the account, and an account that a stolen device emptied does not empty the folder.</summary>
/// <remarks>What counts is when they pass here, by this device's clock: times in commits are their authors' word.</remarks>
internal static class RemovalBrake
{
    private const int Percent = 5;

    /// <summary>As many may always go: tidying up a small folder is no alarm.</summary>
    private const int Always = 10;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    /// <param name="work">The kind.</param>
    /// <param name="count">Removals that are due now.</param>
    /// <param name="ofRecords">Records that there would be without them.</param>
    public static bool MayPass(KindWork work, int count, int ofRecords)
    {
        if (work.Run.Options.AllowRemovals) return true;
        long since = (work.Run.Device.Clock.GetUtcNow() - Hour).ToUnixTimeMilliseconds();
        work.Index.Removals.RemoveAll(r => r.Time < since);
        int lately = work.Index.Removals.Where(r => r.Kind == work.Kind).Sum(r => r.Count) + count;
        return lately <= Always || lately * 100L <= (long)Percent * ofRecords;
    }

    public static void Passed(KindWork work, int count) => work.Index.Removals.Add((work.Kind, work.Run.Device.Clock.GetUtcNow().ToUnixTimeMilliseconds(), count));
}
