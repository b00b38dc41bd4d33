using System.Text;
using Candor.Client.Restore;
using Candor.Protocol;
using Candor.Tests.Client.Previews;
using Candor.Tests.Hostile;
using Candor.Tests.Photos;

namespace Candor.Tests.EndToEnd;

/// <summary>Promise P8: what is taken out of one account and put into an empty one is the same, with everything in it that we do not understand.</summary>
public sealed class RoundTripTests : IAsyncLifetime
{
    private const string Stranger =
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u-1\r\nFN:Ana Müller\r\nN:Müller;Ana;;;\r\nX-EVOLUTION-BLOG-URL;X-P=1:https://example.org\r\nitem1.X-ABLabel:_$!<Anniversary>!$_\r\n" +
        "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Anni;1;;;;;;;;;;;;;\r\nTEL;TYPE=CELL:+491\r\nEND:VCARD\r\n";

    private const string Export =
        "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"2\">\n" +
        "  <sms protocol=\"0\" address=\"+49301\" date=\"1700000000001\" type=\"1\" subject=\"null\" body=\"hello &#128075; &lt;there&gt;\" toa=\"null\" sc_toa=\"null\" service_center=\"+4917\" read=\"1\" status=\"-1\" locked=\"0\" x_maker_field=\"keep-this-4711\" contact_name=\"Ana\" />\n" +
        "  <mms date=\"1700000001000\" msg_box=\"1\" address=\"+49302\" m_type=\"132\" read=\"1\" ct_t=\"application/vnd.wap.multipart.related\" m_id=\"mid-1\" x_mms_maker=\"keep-4712\"><parts>" +
        "<part seq=\"0\" ct=\"text/plain\" name=\"null\" chset=\"106\" text=\"caption\" /><part seq=\"1\" ct=\"image/png\" name=\"p.png\" cl=\"p.png\" data=\"iVBORw0KGgo=\" /></parts>" +
        "<addrs><addr address=\"+49302\" type=\"137\" charset=\"106\" /></addrs></mms>\n</smses>\n";

    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Attack("G06")]
    [Fact]
    public async Task WhatIsRestoredIntoAnEmptyAccountIsTheSame()
    {
        var one = await FilledAsync();
        string restored = Path.Combine(_phones.Root, "restored");
        var report = await RestoreRun.RunAsync(one.Device, restored, [], null, null, null, default);
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));

        await using var others = Phones.On(_phones.Server, _phones.Root);
        var other = await others.JoinAsync("other", [.. Kinds.All]);
        var moved = other with { Folder = restored };
        var taken = await moved.SyncAsync();
        Assert.All(taken.Kinds, k => Assert.Equal((k.Seen, 0), (k.Safe, k.Troubles.Count)));
        string again = Path.Combine(_phones.Root, "again");
        await RestoreRun.RunAsync(other.Device, again, [], null, null, null, default);

        foreach (string folder in new[] { "contacts", "notes", "photos" }) Assert.Equal(Files(Path.Combine(restored, folder)), Files(Path.Combine(again, folder)));
        // Photos: the very files of the phone, with all that is in them.
        Assert.Equal(Files(Path.Combine(one.Folder, "photos")), Files(Path.Combine(again, "photos")));
        Assert.Equal(Stranger, File.ReadAllText(Path.Combine(again, "contacts/ana.vcf")));
        Assert.Equal(Originals(one, Kind.Messages), Originals(other, Kind.Messages));
        foreach (var kind in Kinds.All) Assert.Equal(Originals(one, kind), Originals(other, kind));
        string texts = string.Concat(Files(Path.Combine(again, "messages")).Select(f => f.Content));
        foreach (string kept in new[] { "x_maker_field=\"keep-this-4711\"", "x_mms_maker=\"keep-4712\"", "data=\"iVBORw0KGgo=\"" }) Assert.Contains(kept, texts, StringComparison.Ordinal);
    }

    [Attack("G06")]
    [Theory]
    [InlineData(ExportFor.Plain)]
    [InlineData(ExportFor.Google)]
    [InlineData(ExportFor.ICloud)]
    [InlineData(ExportFor.Nextcloud)]
    public async Task AnExportForOthersComesBackWhole(ExportFor whom)
    {
        var one = await FilledAsync();
        string export = Path.Combine(_phones.Root, "export");
        var report = await ExportRun.RunAsync(one.Device, export, [], whom, null, default);
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));

        await using var others = Phones.On(_phones.Server, _phones.Root);
        var other = await others.JoinAsync("other", [.. Kinds.All]);
        foreach (var (path, content) in Files(export))
        {
            bool isMessages = path.StartsWith("messages/", StringComparison.Ordinal);
            // One of the two message exports is enough; both hold the same messages.
            if (isMessages && !path.EndsWith(".xml", StringComparison.Ordinal)) continue;
            other.Write(path.StartsWith("photos/", StringComparison.Ordinal) || path.StartsWith("notes/", StringComparison.Ordinal) ? path : $"inbox/{Path.GetFileName(path)}", Encoding.Latin1.GetBytes(content));
        }
        var taken = await other.SyncAsync();
        Assert.All(taken.Kinds, k => Assert.Empty(k.Troubles));
        // For iCloud the group is a card of its own.
        Assert.Equal(whom == ExportFor.ICloud ? 3 : 2, Originals(other, Kind.Contacts).Count);
        foreach (var kind in new[] { Kind.Notes, Kind.Messages, Kind.Photos }) Assert.Equal(Originals(one, kind), Originals(other, kind));
        Assert.Subset(Uids(other), Uids(one));
        string cards = string.Concat(Files(Path.Combine(other.Folder, "contacts")).Select(f => f.Content.ReplaceLineEndings("\n").Replace("\n ", "", StringComparison.Ordinal)));
        foreach (string kept in new[] { "X-EVOLUTION-BLOG-URL", "https://example.org", "vnd.android.cursor.item/nickname", "+491", "FN:Ben" }) Assert.Contains(kept, cards, StringComparison.Ordinal);
    }

    private async Task<Phone> FilledAsync()
    {
        var one = await _phones.JoinAsync("one", [.. Kinds.All]);
        one.Write("contacts/ana.vcf", Stranger);
        one.Write("contacts/ben.vcf", FolderSyncTests.Card("u-2", "Ben", "CATEGORIES:Friends"));
        one.Write("notes/deep/er/Note.md", "---\ntitle: Note\nmaker-field: keep-4713\ntags: [a, b]\n---\n\n![x](x.png)\r\nmixed line ends\n");
        one.Write("notes/deep/er/x.png", Pictures.Quarters(40, 40, SkiaSharp.SKEncodedImageFormat.Png));
        one.Write("photos/2024/05/a.jpg", SampleFiles.Jpeg(SampleFiles.Exif(), tail: SampleFiles.SamsungTail(SampleFiles.Mp4())));
        one.Write("photos/2024/05/b.heic", SampleFiles.Heic(SampleFiles.Exif()));
        one.Write("photos/c.mp4", SampleFiles.Mp4());
        one.Write("inbox/sms.xml", Export);
        var report = await one.SyncAsync();
        Assert.All(report.Kinds, k => Assert.Equal((k.Seen, 0), (k.Safe, k.Troubles.Count)));
        return one;
    }

    private static HashSet<string> Uids(Phone phone) => [.. phone.Device.Store.Heads(Kind.Contacts).Select(h => phone.Device.Account.Read(h)!.View.Text("uid")!)];

    private static List<(string Path, string Content)> Files(string folder) =>
        [.. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(f => (Path.GetRelativePath(folder, f), Encoding.Latin1.GetString(File.ReadAllBytes(f)))).OrderBy(f => f.Item1, StringComparer.Ordinal)];

    /// <summary>The original bytes of every record of a kind, and the content of its files by name and length; previews, which any device makes, left out.</summary>
    private static List<string> Originals(Phone phone, Kind kind) =>
        [.. phone.Device.Store.Heads(kind).Where(h => !h.Removed).Select(h => phone.Device.Account.Read(h)!).Where(c => Candor.Client.Records.PhotoRecords.PreviewOf(c) is null)
            .Select(c => $"{Encoding.Latin1.GetString(c.Original.Span)} {string.Join(' ', c.Files.Select(f => $"{f.Name}:{f.Size}"))}").Order(StringComparer.Ordinal)];
}
