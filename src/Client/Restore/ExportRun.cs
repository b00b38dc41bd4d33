using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Formats.Messages;
using Candor.Protocol;

namespace Candor.Client.Restore;

/// <summary>Whom an export is for: what each of them imports.</summary>
public enum ExportFor
{
    /// <summary>Everything as it came, in the formats it came in.</summary>
    Plain,

    /// <summary>Google: vCard 3.0, groups as categories.</summary>
    Google,

    /// <summary>Apple: vCard 3.0, groups as cards of their own.</summary>
    ICloud,

    /// <summary>Nextcloud: vCard 4.0, groups as categories; Markdown in a folder for its Notes.</summary>
    Nextcloud,
}

/// <summary>Writes kinds as files that other programs import: one address book, notes with their attachments, one message export for each of two apps, the photos.</summary>
public static class ExportRun
{
    /// <summary>Writes into an empty folder.</summary>
    /// <exception cref="DeviceException">The folder is not empty, or a kind is off.</exception>
    public static async Task<FolderReport> RunAsync(Device device, string path, IReadOnlyList<Kind> kinds, ExportFor whom, IProgress<WorkProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(kinds);
        long started = device.Clock.GetTimestamp();
        string full = Directory.CreateDirectory(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path))).FullName;
        if (Directory.EnumerateFileSystemEntries(full).Any()) throw new DeviceException($"{full} is not empty. An export goes into a folder of its own: name another one.");
        await device.Account.PullAsync(cancel);
        var chosen = device.KindsToRead(kinds);
        string nowhere = Path.Combine(Directory.CreateTempSubdirectory("candor-").FullName, "index");
        var run = new FolderRun(device, full, FolderIndex.Load(nowhere, device.StoreKey), FolderMode.Sync, new() { Previews = false }, progress);
        var works = new List<KindWork>();
        try
        {
            foreach (var kind in chosen)
            {
                var work = (await KindWork.OpenAsync(run, kind, cancel))!;
                works.Add(work);
                var heads = device.Store.Heads(kind).Where(h => !h.Removed).ToList();
                if (heads.Count == 0) continue;
                if (kind == Kind.Contacts) WriteBook(work, heads, whom);
                else if (kind == Kind.Messages) await WriteMessagesAsync(work, heads, cancel);
                else await new RecordWriter(work, DeviceFolder.FilesOf(kind)!).WriteAsync(heads, cancel);
            }
            return DeviceFolder.ReportOf(works, 0, device.Clock.GetElapsedTime(started));
        }
        finally
        {
            DurableFile.FlushFolder(full);
            Directory.Delete(Path.GetDirectoryName(nowhere)!, recursive: true);
        }
    }

    private static void WriteBook(KindWork work, List<Store.Head> heads, ExportFor whom)
    {
        var cards = new List<VCard>();
        using var file = new FileStream(work.Run.Full("contacts.vcf"), FileMode.CreateNew, FileAccess.Write);
        foreach (var head in heads)
        {
            work.Saw(1);
            if (work.Read(head) is not { } content || (whom != ExportFor.Plain && ContactRecords.Card(content) is null))
            {
                work.Trouble($"record {head.Record}", "Its bytes are not here, or are no card.");
                continue;
            }
            work.Secured(1);
            work.Received();
            if (whom == ExportFor.Plain)
            {
                file.Write(content.Original.Span);
                if (!content.Original.Span.EndsWith("\n"u8)) file.Write("\r\n"u8);
            }
            else cards.Add(ContactRecords.Card(content)!);
        }
        if (whom == ExportFor.Plain) return;
        var version = whom == ExportFor.Nextcloud ? VCardVersion.V40 : VCardVersion.V30;
        var grouped = whom == ExportFor.ICloud ? ContactGroups.ToGroupCards(cards, version) : ContactGroups.ToCategories(cards);
        foreach (var card in grouped) file.Write(VCardWriter.Write(card.To(version)));
    }

    private static async Task WriteMessagesAsync(KindWork work, List<Store.Head> heads, CancellationToken cancel)
    {
        Directory.CreateDirectory(work.Run.Full(FolderLayout.HomeOf(Kind.Messages)));
        new MessageExport(work).Write(heads, cancel);
        await using var file = new FileStream(work.Run.Full("messages/messages-sms-ie.zip"), FileMode.CreateNew, FileAccess.ReadWrite);
        using var writer = new SmsIeWriter(file);
        foreach (var head in heads)
        {
            if (work.Read(head) is not { } content) continue;
            // The writer asks for parts at the end, message by message: they are fetched then, so that not all are in memory at once.
            writer.Write(MessageRecords.ToMessage(content), i => MessageExport.OpenPart(work, head.Record, content, i, cancel));
        }
        writer.Complete();
    }
}
