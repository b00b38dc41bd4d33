namespace Candor.Client.Folder;

/// <summary>Holds removals that are more than 5 % of a vault within an hour: a folder that was emptied by mistake, or by somebody else, does not empty the account.</summary>
internal static class RemovalBrake
{
    private const int Percent = 5;

    /// <summary>As many may always go: tidying up a small folder is no alarm.</summary>
    private const int Always = 10;

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static bool MayPass(KindWork work, int count)
    {
        if (work.Run.Options.AllowRemovals) return true;
        long since = (work.Run.Device.Clock.GetUtcNow() - Hour).ToUnixTimeMilliseconds();
        work.Index.Removals.RemoveAll(r => r.Time < since);
        int lately = work.Index.Removals.Where(r => r.Kind == work.Kind).Sum(r => r.Count) + count;
        return lately <= Always || lately * 100L <= (long)Percent * work.LiveRecords();
    }

    public static void Passed(KindWork work, int count) => work.Index.Removals.Add((work.Kind, work.Run.Device.Clock.GetUtcNow().ToUnixTimeMilliseconds(), count));
}
