using Candor.Client.Records;
using Candor.Formats;
using Candor.Formats.Contacts;
using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>contacts/*.vcf: one card a file, the layout that vdirsyncer and khard use.</summary>
internal sealed class ContactFiles : IRecordFiles
{
    private const long LargestFile = 32 << 20;

    public bool KeepsRecord => true;

    public async Task<ReadFile> ReadAsync(KindWork work, FoundFile file, string name, CancellationToken cancel)
    {
        if (file.Size > LargestFile) throw new ItemException($"It has {file.Size} bytes; a contact has at most 32 MiB.");
        byte[] bytes = await File.ReadAllBytesAsync(work.Run.Full(file.Path), cancel);
        VCard? card = null;
        FormatProblem? problem = null;
        foreach (var reading in VCardReader.Read(bytes))
        {
            problem ??= reading.Problem;
            if (reading.Item is not { } read) continue;
            if (card is not null) throw new ItemException("It holds more than one card. Put it into inbox/: each card becomes a contact of its own.");
            card = read;
        }
        if (card is null) throw new ItemException(problem is null ? "There is no card in it." : $"There is no card in it: {problem.Reason}");
        var draft = ContactRecords.Of(card, name);
        // The file as it is, with whatever stands around the card: what was backed up is what comes back.
        return new(draft with { Content = draft.Content with { Original = bytes }, Problem = problem }, null, []);
    }

    public ReadOnlyMemory<byte>? KeyOfCopy(KindWork work, ReadFile read, string name) => null;

    public bool Same(RecordPlaintext content, ReadFile read) => content.Original.Span.SequenceEqual(read.Draft.Content.Original.Span);

    public string PathFor(RecordPlaintext content) => SafePath.Of(content.Name) ?? SafeFileName.For(content.View.Text("fn") ?? content.View.Text("uid") ?? "", ".vcf");

    public Task<bool> StandsAsync(KindWork work, RecordPlaintext content, string full, CancellationToken cancel) => RecordFiles.StandsAsync(content.Original, full, cancel);

    public Task WriteAsync(KindWork work, Id record, RecordPlaintext content, Stream to, CancellationToken cancel) => to.WriteAsync(content.Original, cancel).AsTask();

    public DateTimeOffset? TimeOf(RecordPlaintext content) => null;
}
