using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Client.Api;
using Candor.Client.Blobs;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Client.Restore;

/// <summary>What a drill did for one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Records">Records in the vault.</param>
/// <param name="Sampled">Of these, asked for.</param>
/// <param name="Good">Came back from the server, opened, and were what the log says.</param>
/// <param name="Compared">Of these, compared with the file in the folder that they came from, byte for byte.</param>
/// <param name="Bytes">Of files that were restored.</param>
/// <param name="Troubles">What did not come back, and why.</param>
public sealed record DrillKind(Kind Kind, int Records, int Sampled, int Good, int Compared, long Bytes, IReadOnlyList<Trouble> Troubles);

/// <summary>What a drill found, and where its report was written.</summary>
public sealed record DrillReport(DateTimeOffset Time, IReadOnlyList<DrillKind> Kinds, string File)
{
    public bool IsGood => Kinds.All(k => k.Troubles.Count == 0 && k.Good == k.Sampled);
}

/// <summary>A rehearsal: fetches a random sample from the server as a new device would, opens it, and compares it with what is at home.</summary>
/// <remarks>Nothing that this device keeps is used as a substitute for what the server gives: every sampled record and every piece of its files is fetched again.</remarks>
public static class Drill
{
    /// <param name="device">The device.</param>
    /// <param name="folder">The device folder to compare with; null: only against the log's hashes.</param>
    /// <param name="sample">Records of each kind.</param>
    /// <param name="scratch">An empty folder for what is restored; what is written stays for a person to look at. Null: a temporary one, removed afterwards.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancel">Stops.</param>
    public static async Task<DrillReport> RunAsync(Device device, string? folder, int sample, string? scratch, IProgress<WorkProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(device);
        await device.Account.PullAsync(cancel);
        bool isTemporary = scratch is null;
        string into = scratch is null ? Directory.CreateTempSubdirectory("candor-drill-").FullName : Directory.CreateDirectory(scratch).FullName;
        string? home = folder is null ? null : Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var index = FolderIndex.Load(home is null ? "" : device.Home.IndexFileOf(home), device.StoreKey);
        var run = new FolderRun(device, into, index, FolderMode.Sync, new(), progress);
        var kinds = new List<DrillKind>();
        try
        {
            foreach (var kind in Kinds.All.Where(device.Account.IsOn))
            {
                await device.Account.FetchVaultKeysAsync(kind, cancel);
                if (device.Account.KeysOf(kind) is { } keys) kinds.Add(await RunAsync(new(run, kind, keys), home, sample, cancel));
            }
        }
        finally
        {
            if (isTemporary) Directory.Delete(into, recursive: true);
        }
        var time = device.Clock.GetUtcNow();
        string file = Path.Combine(device.Home.Reports, $"drill-{time.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.md");
        var report = new DrillReport(time, kinds, file);
        DurableFile.Write(file, Encoding.UTF8.GetBytes(Text(report, device)));
        return report;
    }

    private static async Task<DrillKind> RunAsync(KindWork work, string? home, int sample, CancellationToken cancel)
    {
        // Previews are made anew from photos: what counts is the photos.
        var heads = work.Run.Store.Heads(work.Kind).Where(h => !h.Removed && (work.Kind != Kind.Photos || work.Read(h) is not { } content || PhotoRecords.PreviewOf(content) is null)).ToArray();
        int records = heads.Length;
        RandomNumberGenerator.Shuffle<Head>(heads);
        var sampled = heads.Take(sample).ToList();
        work.Plan(sampled.Count, 0);
        int good = 0, compared = 0;
        long bytes = 0;
        foreach (var head in sampled)
        {
            string name = $"record {head.Record.ToString()[..8]}";
            try
            {
                var content = await FetchAsync(work, head, cancel);
                if (content.Name.Length > 0) name = content.Name;
                var (size, same) = await RestoreAsync(work, head, content, home, cancel);
                bytes += size;
                if (same is false) work.Trouble(name, "What came back is not what is in the folder.");
                else good++;
                if (same is true) compared++;
            }
            catch (Exception e) when (e is FileLostException or ItemException || e is ServerRefusedException { IsTransient: false })
            {
                work.Trouble(name, e.Message);
            }
            work.Step(Stage.Fetching, 1, 0);
        }
        return new(work.Kind, records, sampled.Count, good, compared, bytes, work.Report().Troubles);
    }

    /// <summary>The record as the server gives it now.</summary>
    private static async Task<RecordPlaintext> FetchAsync(KindWork work, Head head, CancellationToken cancel)
    {
        var device = work.Run.Device;
        var put = work.Run.Store.PutAt(head.Place)!.Value.Put;
        byte[] sealedRecord = put.IsInline
            ? (await device.Api.GetPayloadsAsync(device.Account.Id, [head.Place], cancel))[0] ?? throw new ItemException("The server has it no more. Run candor backup on the device that has it.")
            : await device.Api.GetBlobAsync(device.Account.Id, work.Kind, put.Hash, cancel);
        if (Hash32.Of(sealedRecord) != put.Hash) throw new ItemException("The server gave other bytes than the log says.");
        byte[] plain = work.Keys.OpenRecord(put.Record, put.Revision, put.Epoch, sealedRecord, out var result) ?? throw new ItemException($"It does not open ({result}).");
        return RecordPlaintext.TryDecode(plain, out var content) ? content : throw new ItemException("It opens, and is no record of this version.");
    }

    /// <summary>Writes the record's files into the scratch folder, and compares with the folder that it came from where the file there is still what was sent.</summary>
    private static async Task<(long Bytes, bool? Same)> RestoreAsync(KindWork work, Head head, RecordPlaintext content, string? home, CancellationToken cancel)
    {
        long bytes = content.Original.Length;
        string into = Path.Combine(work.Run.Folder, work.Kind.Word(), head.Record.ToString());
        Directory.CreateDirectory(into);
        if (!content.Original.IsEmpty) await File.WriteAllBytesAsync(Path.Combine(into, "original"), content.Original.ToArray(), cancel);
        for (int i = 0; i < content.Files.Count; i++)
        {
            await using var to = File.Create(Path.Combine(into, $"file-{i}"));
            await work.Receiver.CopyToAsync(head.Record, content.Files[i], to, cancel);
            bytes += content.Files[i].Size;
        }
        if (home is null || work.Index.OfRecord(head.Record).FirstOrDefault(e => e.Base == head.Place) is not { } entry) return (bytes, null);
        if (FolderScan.Look(home, entry.Path) is not { } now || !entry.Fits(now)) return (bytes, null);
        string restored = Path.Combine(into, work.Kind == Kind.Photos ? "file-0" : "original");
        return (bytes, File.Exists(restored) && await HashAsync(restored, cancel) == await HashAsync(Path.Combine(home, entry.Path), cancel));
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancel)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
    }

    private static string Text(DrillReport report, Device device)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# Restore drill, {report.Time:yyyy-MM-dd HH:mm} UTC\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Server {device.Server.Authority}, account {device.Account.Id}, log of {device.Account.Size} changes, root {device.Account.State.Root}.\n\n");
        text.Append(report.IsGood ? "Everything that was asked for came back as it was.\n\n" : "**Something did not come back. See below.**\n\n");
        text.Append("| kind | records | sampled | came back | compared with the folder | bytes |\n|---|---|---|---|---|---|\n");
        foreach (var kind in report.Kinds) text.Append(CultureInfo.InvariantCulture, $"| {kind.Kind.Word()} | {kind.Records} | {kind.Sampled} | {kind.Good} | {kind.Compared} | {kind.Bytes} |\n");
        foreach (var trouble in report.Kinds.SelectMany(k => k.Troubles)) text.Append(CultureInfo.InvariantCulture, $"\n* {trouble.Kind.Word()}: {trouble.Item}: {trouble.Reason}");
        return text.Append('\n').ToString();
    }
}
