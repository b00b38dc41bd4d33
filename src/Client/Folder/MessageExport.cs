using System.Globalization;
using System.Text;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Formats;
using Candor.Formats.Messages;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Writes messages into the folder: one export that phones restore from, and conversations that a person can read.</summary>
internal sealed class MessageExport(KindWork work)
{
    private const int LongestLine = 4000;

    /// <summary>Writes these messages into a new export below messages/, and every conversation that one of them is in anew.</summary>
    /// <returns>The messages that could not be written, because their bytes are not here or cannot be read: each is named as a trouble.</returns>
    public IReadOnlyList<Head> Write(IReadOnlyList<Head> heads, CancellationToken cancel)
    {
        var here = new List<Head>(heads.Count);
        var lost = new List<Head>();
        foreach (var head in heads.Where(h => !h.Removed)) (work.Run.Store.PutAt(head.Place) is { Sealed: not null } ? here : lost).Add(head);
        foreach (var head in lost) work.Trouble($"record {head.Record}", "The bytes of this message are not here. They are asked for again by the next run.");
        if (here.Count == 0) return lost;
        string stamp = work.Run.Device.Clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
        string name = SafeFileName.Distinct($"sms-candor-{stamp}.xml", candidate => File.Exists(work.Run.Full($"messages/{candidate}")));
        var threads = WriteExport(here, lost, $"messages/{name}", cancel);
        WriteThreads(threads, cancel);
        return lost;
    }

    /// <summary>Returns the keys of the conversations that the messages are in.</summary>
    private HashSet<string> WriteExport(List<Head> here, List<Head> lost, string path, CancellationToken cancel)
    {
        var threads = new HashSet<string>(StringComparer.Ordinal);
        string full = work.Run.Full(path), unfinished = full + FolderScan.Unfinished;
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        work.Plan(here.Count, 0);
        try
        {
            using (var file = new FileStream(unfinished, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
            {
                var writer = new SyncTechWriter(file, here.Count, work.Run.Device.Account.Id.ToString(), work.Run.Device.Clock.GetUtcNow().ToUnixTimeMilliseconds());
                foreach (var head in here)
                {
                    cancel.ThrowIfCancellationRequested();
                    if (work.Read(head) is not { } content)
                    {
                        work.Trouble($"record {head.Record}", work.Run.Device.Account.WhyUnreadable(head.Place) ?? "Its bytes are not here. It is asked for again by the next run.");
                        lost.Add(head);
                        continue;
                    }
                    threads.Add(content.View.Text("thread") ?? "");
                    writer.Write(MessageRecords.ToMessage(content), i => OpenPart(work, head.Record, content, i, cancel));
                    work.Received();
                    work.Step(Stage.Writing, 1, content.Original.Length);
                }
                writer.Complete();
                Blobs.DirectFile.Flush(file);
            }
            File.Move(unfinished, full);
        }
        finally
        {
            if (File.Exists(unfinished)) File.Delete(unfinished);
        }
        var written = FolderScan.Look(work.Run.Folder, path)!.Value;
        lock (work.Index) work.Index.Set(new(path, Kind.Messages, EntryUse.Written, written.Size, written.Time, default, default, default, here.Count, 0));
        return threads;
    }

    /// <summary>A part's bytes for a writer of exports, which asks for them in the middle of its own work and cannot wait. Empty, and named, where they are lost.</summary>
    internal static MemoryStream OpenPart(KindWork work, Id record, RecordPlaintext content, int part, CancellationToken cancel)
    {
        var bytes = new MemoryStream();
        try
        {
            if (MessageRecords.PartFile(content, part) is { } file) work.Receiver.CopyToAsync(record, file, bytes, cancel).GetAwaiter().GetResult();
        }
        catch (Blobs.FileLostException e)
        {
            work.Trouble($"message of {content.View.Number("date")}, part {part + 1}", e.Message);
            bytes.SetLength(0);
        }
        bytes.Position = 0;
        return bytes;
    }

    private void WriteThreads(HashSet<string> keys, CancellationToken cancel)
    {
        var lines = new Dictionary<string, List<(long Time, string Text)>>(StringComparer.Ordinal);
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var head in work.Run.Store.Heads(Kind.Messages))
        {
            cancel.ThrowIfCancellationRequested();
            if (head.Removed || work.Read(head) is not { } content || content.View.Text("thread") is not { } key || !keys.Contains(key)) continue;
            if (!lines.TryGetValue(key, out var thread)) lines[key] = thread = [];
            if (content.View.Text("name") is { Length: > 0 } name) names[key] = name;
            thread.Add((content.View.Number("date") ?? 0, LineOf(content)));
        }
        var taken = new HashSet<string>(SafeFileName.Comparer);
        foreach (var (key, thread) in lines.OrderBy(t => t.Key, StringComparer.Ordinal))
        {
            string title = names.GetValueOrDefault(key) ?? key;
            string file = SafeFileName.Distinct(SafeFileName.For(title, ".md"), taken.Contains);
            taken.Add(file);
            string path = $"{FolderLayout.Threads}/{file}", full = work.Run.Full(path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            var text = new StringBuilder($"# {title}\n\n");
            foreach (var (_, line) in thread.OrderBy(l => l.Time)) text.Append(line);
            File.WriteAllText(full + FolderScan.Unfinished, text.ToString());
            File.Move(full + FolderScan.Unfinished, full, overwrite: true);
        }
    }

    private static string LineOf(RecordPlaintext content)
    {
        var view = content.View;
        string when = view.Time("date")?.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) ?? "no date";
        string who = view.Number("box") is 2 or 4 or 5 or 6 ? "me" : view.Text("name") ?? "";
        string body = view.Text("body") ?? "";
        if (body.Length > LongestLine) body = body[..LongestLine] + " …";
        var text = new StringBuilder($"**{when} {who}**  \n{body.ReplaceLineEndings("  \n")}\n");
        foreach (var part in content.Files) text.Append(CultureInfo.InvariantCulture, $"[{part.MediaType} {part.Name}, {part.Size} bytes]\n");
        return text.Append('\n').ToString();
    }
}
