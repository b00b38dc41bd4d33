using System.Globalization;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Asks the server once a day which bytes of this folder's records it has no more, so that a device that still has the file sends it again.</summary>
/// <remarks>
/// A disk loses bytes, and the server's scrub puts damaged ones aside. A sealed record is sent again as it was. A file is not kept sealed: it is sealed anew from the folder, as a new
/// revision of its record (see <see cref="RecordSync"/>). One request for 4,096 names, and none of a folder whose records need no blobs.
/// </remarks>
internal static class LostFiles
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(24);

    public static bool IsDue(FolderRun run) => run.Index.WasThere && (run.Options.AskForLost || run.Store.LastRestoreHeard() > LastAsked(run) || run.Device.Clock.GetUtcNow() - LastAsked(run) >= Every);

    /// <summary>After a run that ended well.</summary>
    public static void Asked(FolderRun run) =>
        File.WriteAllText(FileOf(run), run.Device.Clock.GetUtcNow().ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Marks what is lost in <paramref name="work"/>.</summary>
    public static async Task FindAsync(KindWork work, CancellationToken cancel)
    {
        var owners = new Dictionary<Hash32, List<(Put Put, ReadOnlyMemory<byte>? Sealed)>>();
        foreach (var head in work.Run.Store.Heads(work.Kind).Where(h => !h.Removed && work.Index.OfRecord(h.Record).Count > 0))
        {
            if (work.Run.Store.PutAt(head.Place) is not { } stored) continue;
            foreach (var name in stored.Put.Blobs)
            {
                if (!owners.TryGetValue(name, out var those)) owners[name] = those = new(1);
                those.Add(stored);
            }
        }
        var account = work.Run.Device.Account;
        foreach (var names in owners.Keys.Chunk(Limits.ListItems))
        {
            foreach (var name in await work.Run.Device.Api.GetMissingBlobsAsync(account.Id, work.Kind, names, cancel))
            {
                if (!owners.TryGetValue(name, out var those)) continue;
                foreach (var (put, sealedRecord) in those)
                {
                    if (put.Hash == name && sealedRecord is { } bytes) await work.Run.Device.Api.PutBlobAsync(account.Id, work.Kind, name, bytes, account.ConsentFor(work.Kind), cancel);
                    else work.Lost.Add(put.Record);
                }
            }
        }
    }

    private static DateTimeOffset LastAsked(FolderRun run)
    {
        try
        {
            return long.TryParse(File.ReadAllText(FileOf(run)), NumberStyles.None, CultureInfo.InvariantCulture, out long ms) && ms <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                ? DateTimeOffset.FromUnixTimeMilliseconds(ms)
                : DateTimeOffset.MinValue;
        }
        catch (IOException)
        {
            return DateTimeOffset.MinValue;
        }
    }

    private static string FileOf(FolderRun run) => run.Device.Home.IndexFileOf(run.Folder) + ".asked";
}
