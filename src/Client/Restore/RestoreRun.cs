using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Library;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Restore;

/// <summary>Writes the account's records into a folder as plain files, as they are now or as they were.</summary>
/// <remarks>
/// Files that are there already as they should be are left; others are never overwritten: what is restored gets a name beside them. A restore that breaks off is run again and goes on.
/// After a restore of the present the folder can be synced.
/// </remarks>
public static class RestoreRun
{
    /// <param name="device">The device.</param>
    /// <param name="path">The folder; made if it is missing.</param>
    /// <param name="kinds">Which kinds; none: all that are on.</param>
    /// <param name="at">As of when; null: now.</param>
    /// <param name="only">Nothing but this: a path below the folder ("photos/2026/01/IMG_1.jpg"), or the beginning of a record's id; null: everything.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops; what was written stays.</param>
    /// <exception cref="DeviceException">A kind is off on this device.</exception>
    public static async Task<FolderReport> RunAsync(Device device, string path, IReadOnlyList<Kind> kinds, DateTimeOffset? at, string? only, IProgress<WorkProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(kinds);
        long started = device.Clock.GetTimestamp();
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        Directory.CreateDirectory(full);
        await device.Account.PullAsync(cancel);
        var chosen = device.KindsToRead(kinds);
        // A look into the past must not be taken for the present by a later sync.
        string indexFile = at is null ? device.Home.IndexFileOf(full) : Path.Combine(Directory.CreateTempSubdirectory("candor-").FullName, "index");
        var index = FolderIndex.Load(indexFile, device.StoreKey);
        var run = new FolderRun(device, full, index, FolderMode.Sync, new() { Previews = false }, progress);
        var works = new List<KindWork>();
        int found = 0;
        try
        {
            foreach (var kind in chosen)
            {
                var work = (await KindWork.OpenAsync(run, kind, cancel))!;
                works.Add(work);
                var heads = at is { } time ? await HeadsAtAsync(work, time, cancel) : HeadMerger.OneEach(device.Store.Heads(kind));
                if (only is not null)
                {
                    heads.RemoveAll(h => !IsNamed(work, h, only));
                    found += heads.Count;
                }
                if (DeviceFolder.FilesOf(kind) is { } files) await new RecordWriter(work, files, evenIfGone: true).WriteAsync([.. heads.Where(h => !h.Removed)], cancel);
                else
                {
                    var lost = new MessageExport(work).Write(heads, cancel);
                    if (at is null && only is null) index.Owed.AddRange(lost.Select(h => h.Place));
                }
                if (at is null && only is null) index.Applied[kind] = device.Account.Size;
            }
            if (only is not null && found == 0) throw new DeviceException($"Nothing in the account is called {only}. See what there is: candor list, or candor search WORDS");
            return DeviceFolder.ReportOf(works, 0, device.Clock.GetElapsedTime(started));
        }
        finally
        {
            DurableFile.FlushFolder(full);
            if (at is null) index.Save();
            else Directory.Delete(Path.GetDirectoryName(indexFile)!, recursive: true);
        }
    }

    private static bool IsNamed(KindWork work, Head head, string only)
    {
        if (only.Length >= 8 && head.Record.ToString().StartsWith(only, StringComparison.Ordinal)) return true;
        return work.Kind != Kind.Messages && work.ReadName(head) is { Length: > 0 } name
            && (name == only || (only.StartsWith(FolderLayout.HomeOf(work.Kind), StringComparison.Ordinal) && only == $"{FolderLayout.HomeOf(work.Kind)}/{name}"));
    }

    /// <summary>The heads of then, with their bytes brought here; those that the server keeps no more are named.</summary>
    private static async Task<List<Head>> HeadsAtAsync(KindWork work, DateTimeOffset at, CancellationToken cancel)
    {
        var device = work.Run.Device;
        var heads = new List<Head>();
        var timeline = new Timeline(device);
        foreach (var head in PastState.HeadsAt(device.Store, device.Account.Size, work.Kind, at, device.Account.State.VaultOf(work.Kind).ErasedAt).Where(h => !h.Removed))
        {
            try
            {
                if (await timeline.ContentAsync(work.Kind, head.Record, head.Place, cancel) is not null) heads.Add(head);
                else work.Trouble($"record {head.Record}", "The server keeps this revision no more: revisions that were replaced are kept for 30 days.");
            }
            catch (ServerRefusedException refusal) when (!refusal.IsTransient)
            {
                work.Trouble($"record {head.Record}", refusal.Message);
            }
        }
        return heads;
    }
}
