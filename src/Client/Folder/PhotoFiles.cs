using System.Globalization;
using Candor.Client.Blobs;
using Candor.Client.Records;
using Candor.Formats;
using Candor.Formats.Photos;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>photos/YYYY/MM/ and the folders in which phones keep pictures: every file is taken as it is, whatever it holds.</summary>
internal sealed class PhotoFiles : IRecordFiles
{
    public bool KeepsRecord => false;

    public async Task<ReadFile> ReadAsync(KindWork work, FoundFile file, string name, CancellationToken cancel)
    {
        string full = work.Run.Full(file.Path);
        FileStream Open() => new(full, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.SequentialScan);
        var held = file.Size <= Limits.Piece ? await work.Sender.HoldAsync(Open, name, file.Size, cancel) : null;
        try
        {
            var content = held?.ContentId ?? await work.Sender.ContentIdAsync(Open, name, file.Size, cancel);
            PhotoView view;
            using (var stream = held?.AsStream() ?? new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16)) view = PhotoMetadata.Read(stream, SafePath.NameOf(name), file.Modified);
            var draft = PhotoRecords.Of(view, name, file.Size, content, file.Modified, Open);
            // What a phone keeps in folders of its own goes to photos/YYYY/MM on other devices; what a person put into photos/ stays where it is.
            if (!file.Path.StartsWith("photos/", StringComparison.Ordinal)) draft = draft with { Content = draft.Content with { Name = Sorted(draft.Content, SafePath.NameOf(name)) } };
            return new(draft, held, []);
        }
        catch
        {
            held?.Dispose();
            throw;
        }
    }

    public ReadOnlyMemory<byte>? KeyOfCopy(KindWork work, ReadFile read, string name) => null;

    /// <summary>The record was found by the content, so the content is the same.</summary>
    public bool Same(RecordPlaintext content, ReadFile read) => true;

    public string PathFor(RecordPlaintext content) =>
        SafePath.Of(content.Name) ?? Sorted(content, content.Files is [var file, ..] ? SafeFileName.ForFile(file.Name) : "photo");

    public async Task<bool> StandsAsync(KindWork work, RecordPlaintext content, string full, CancellationToken cancel) =>
        content.Files.FirstOrDefault(f => f.Role == PhotoRecords.BlobRole) is { } file && new FileInfo(full).Length == file.Size
        && await work.Sender.ContentIdAsync(() => File.OpenRead(full), content.Name, file.Size, cancel) == file.ContentId;

    public Task WriteAsync(KindWork work, Id record, RecordPlaintext content, Stream to, CancellationToken cancel) =>
        content.Files.FirstOrDefault(f => f.Role == PhotoRecords.BlobRole) is { } file
            ? work.Receiver.CopyToAsync(record, file, to, cancel)
            : throw new FileLostException($"{content.Name}: the record names no file.");

    public DateTimeOffset? TimeOf(RecordPlaintext content) => RecordFiles.TimeOf(content.View.Number("modified"));

    /// <summary>The name of a photo that comes from elsewhere: below the month in which it was taken.</summary>
    internal static string Sorted(RecordPlaintext content, string name) => Month(content) is { } month ? $"{month}/{name}" : name;

    /// <summary>YYYY/MM of when it was taken, by the camera's clock; else of the file's own time.</summary>
    private static string? Month(RecordPlaintext content)
    {
        if (content.View.Text("taken") is { Length: >= 7 } taken && int.TryParse(taken.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture, out int year) && taken[4] == '-'
            && int.TryParse(taken.AsSpan(5, 2), NumberStyles.None, CultureInfo.InvariantCulture, out int month)) return string.Create(CultureInfo.InvariantCulture, $"{year:0000}/{month:00}");
        return RecordFiles.TimeOf(content.View.Number("utc") ?? content.View.Number("modified"))?.ToString("yyyy/MM", CultureInfo.InvariantCulture);
    }
}
