using System.Security.Cryptography;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Formats.Messages;
using Candor.Protocol;
using Candor.Tests.Archives;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Client.Folder;

/// <summary>Joplin exports, zips of anything, and archives made to do harm, in the inbox of a phone.</summary>
public sealed class ArchiveImportTests : IAsyncLifetime
{
    private const string NoteId = "0123456789abcdef0123456789abcdef", BookId = "1123456789abcdef0123456789abcdef", PictureId = "2123456789abcdef0123456789abcdef";

    private static readonly FolderOptions Plainly = new() { Previews = false };

    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    private static (string Name, byte[] Bytes)[] Joplin(string body = "See") =>
    [
        ($"{NoteId}.md", Exports.Bytes($"My note\n\n{body} ![p](:/{PictureId})\n\nid: {NoteId}\nparent_id: {BookId}\nupdated_time: 2020-01-03T00:00:00.000Z\ntype_: 1")),
        ($"{BookId}.md", Exports.Bytes($"Book\n\nid: {BookId}\ntype_: 2")),
        ($"{PictureId}.md", Exports.Bytes($"pic.png\n\nid: {PictureId}\nmime: image/png\nfile_extension: png\ntype_: 4")),
        ($"resources/{PictureId}.png", Exports.Png(1)),
    ];

    [Fact]
    public async Task AJoplinExportBecomesNotesWithTheirPicturesAndTheUnpackedOneTheSame()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        phone.Write("inbox/export.jex", Exports.Tar(Joplin()));
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));
        Assert.Equal((2, 0), (report.Of(Kind.Notes).Safe, report.Of(Kind.Photos).Seen));
        var note = Assert.Single(phone.RecordsOf(Kind.Notes));
        Assert.Equal(("Book/My note.md", $"resources/{PictureId}.png", "image/png"), (note.Name, note.Files.Single().Name, note.Files.Single().MediaType));

        foreach (var (name, bytes) in Joplin()) phone.Write($"inbox/joplin/{name}", bytes);
        var again = await phone.BackupAsync(Plainly);
        Assert.Equal((4, 0), (again.Of(Kind.Notes).Safe, again.Of(Kind.Notes).Sent));
        var two = await _phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync(Plainly);
        Assert.Equal(["notes/Book/My note.md", $"notes/resources/{PictureId}.png"], two.Files(""));
    }

    [Fact]
    public async Task AJexThatWasCutOffGivesWhatCameBefore()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        byte[] jex = Exports.Tar(Joplin());
        phone.Write("inbox/export.jex", jex[..^1600]);
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.Contains(report.Of(Kind.Notes).Troubles, t => t.Reason.Contains("cut off", StringComparison.Ordinal));
        Assert.Single(phone.RecordsOf(Kind.Notes));
    }

    [Fact]
    public async Task AZipOfAnythingIsTakenByWhatEachEntryIsAndTheRestIsNamed()
    {
        var phone = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        phone.Write("mixed.zip", Exports.Zip(
            ("trip/IMG_1.HEIC", RandomNumberGenerator.GetBytes(3000)), ("trip/IMG_1.MOV", RandomNumberGenerator.GetBytes(4000)),
            ("vault/Plan.md", Exports.Bytes("# Plan\n\n![map](img/map.png)\n")), ("vault/img/map.png", Exports.Png(5)),
            ("people.vcf", Exports.Bytes(Exports.Card("ana", "Ana"))), ("program.exe", [1, 2, 3])));
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.Equal([1, 2, 0, 2], report.Kinds.Select(k => k.Safe));
        var note = Assert.Single(phone.RecordsOf(Kind.Notes));
        Assert.Equal(("vault/Plan.md", "vault/img/map.png"), (note.Name, note.Files.Single().Name));
        Assert.Equal(["IMG_1.HEIC", "IMG_1.MOV"], phone.RecordsOf(Kind.Photos).Select(p => p.Name));
        Assert.Contains(report.Kinds[0].Notes, n => n.Item == "mixed.zip" && n.Reason.Contains("program.exe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task HostileEntriesAreNamedAndEverythingElseGoesOn()
    {
        var zip = new HostileZip().Add(
            HostileZip.Plain("good.png", "good"),
            HostileZip.Plain("../../evil.png", "climbs"),
            HostileZip.Deflated("bomb.png", new byte[40 << 20]),
            HostileZip.Plain("locked.png", "secret") with { Flags = 1 },
            HostileZip.Plain("wrong.png", "changed") with { Crc = 1 },
            HostileZip.Plain("longer.png", "longer than it says") with { Length = 3 },
            HostileZip.Plain("notes/wrong.md", "# x") with { Crc = 1 },
            HostileZip.Plain("wrong.vcf", Exports.Card("bo", "Bo")) with { Crc = 1 },
            HostileZip.Plain("inner.zip", "PK"));
        var phone = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        phone.Write("inbox/hostile.zip", zip.Bytes());
        phone.Write("inbox/good.zip", Exports.Zip(("other.png", Exports.Png(1))));
        phone.Write("inbox/cut.zip", Exports.Zip(("lost.png", Exports.Png(2)))[..60]);
        phone.Write("inbox/empty.zip", []);
        phone.Write("inbox/free.png", Exports.Png(3));
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        string[] Named(Kind kind) => [.. report.Of(kind).Troubles.Select(t => t.Item).Order(StringComparer.Ordinal)];
        Assert.Equal(["bomb.png", "locked.png", "longer.png", "wrong.png"], Named(Kind.Photos).Select(i => i["inbox/hostile.zip, ".Length..]));
        Assert.Equal(["inbox/hostile.zip, notes/wrong.md"], Named(Kind.Notes));
        Assert.Equal(["inbox/cut.zip, archive", "inbox/empty.zip, archive", "inbox/hostile.zip, wrong.vcf, from its end on"], Named(Kind.Contacts));
        Assert.Equal(["evil.png", "free.png", "good.png", "other.png"], phone.RecordsOf(Kind.Photos).Select(p => p.Name.Split('/')[^1]).Order(StringComparer.Ordinal));
        Assert.Contains(report.Of(Kind.Photos).Notes, n => n.Item == "inbox/hostile.zip, ../../evil.png");
        Assert.Contains(report.Of(Kind.Contacts).Notes, n => n.Reason.Contains("inner.zip", StringComparison.Ordinal));
        Assert.Equal(report.Kinds.Select(k => (k.Seen, k.Safe, k.Troubles.Count)), phone.Look().Kinds.Select(k => (k.Seen, k.Safe, k.Troubles.Count)));
        Assert.Equal(0, (await phone.BackupAsync(Plainly)).Kinds.Sum(k => k.Sent));
    }

    [Fact]
    public async Task AThousandFailuresAreListedAndTheRestCounted()
    {
        var zip = new HostileZip();
        for (int i = 0; i < 1200; i++) zip.Add(HostileZip.Plain($"{i}.png", "x") with { Flags = 1 });
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        phone.Write("inbox/hostile.zip", zip.Bytes());
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.Equal(1001, report.Of(Kind.Photos).Troubles.Count);
        Assert.Contains(report.Of(Kind.Photos).Troubles, t => t.Reason.StartsWith("200 more", StringComparison.Ordinal));
    }

    [Fact]
    public async Task CallsAreNamedOnceWithTheirNumberAndAreNoFailures()
    {
        var phone = await _phones.JoinAsync("one", Kind.Messages);
        phone.Write("inbox/calls-2024.xml", "<?xml version='1.0'?><calls count=\"2\"><call number=\"1\" date=\"1\" type=\"1\"/><call number=\"2\" date=\"2\" type=\"1\"/></calls>");
        phone.Write("inbox/messages.ssef", "SSEF");
        phone.Write("inbox/diary.enex", "<en-export/>");
        var report = (await phone.BackupAsync()).Of(Kind.Messages);
        Assert.Equal((0, 0, 0), (report.Seen, report.Safe, report.Troubles.Count));
        Assert.Equal($"2 calls are in it, and {SyncTechReader.CallsAreNoKind}.", Assert.Single(report.Notes, n => n.Item == "inbox/calls-2024.xml").Reason);
        Assert.Contains("encrypted", Assert.Single(report.Notes, n => n.Item == "inbox/messages.ssef").Reason, StringComparison.Ordinal);
        Assert.Contains("Evernote", Assert.Single(report.Notes, n => n.Item == "inbox/diary.enex").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MessagesInAZipAreTakenAndOtherXmlIsNot()
    {
        var phone = await _phones.JoinAsync("one", Kind.Messages);
        const string Sms = "<?xml version='1.0'?><smses count=\"1\"><sms address=\"+49301\" date=\"1700000000000\" type=\"1\" body=\"hello\" read=\"1\"/></smses>";
        phone.Write("inbox/backup.zip", Exports.Zip(("sms-20240501.xml", Exports.Bytes(Sms)), ("layout.xml", Exports.Bytes("<a/>"))));
        phone.Write("inbox/sms-20240501.xml", Sms);
        var report = (await phone.BackupAsync()).Of(Kind.Messages);
        Assert.Equal((2, 2, 1), (report.Seen, report.Safe, report.Sent));
        Assert.Contains("layout.xml", Assert.Single(report.Notes).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesOfKindsThatAreOffAreNamed()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("inbox/sms-2024.xml", "<smses/>");
        phone.Write("inbox/a.jpg", [1]);
        phone.Write("inbox/b.jpg", [2]);
        var notes = (await phone.BackupAsync()).Of(Kind.Notes).Notes;
        Assert.Equal(["Not read, and 1 more: photos are off.", "Not read: messages are off."], notes.Select(n => n.Reason).Order(StringComparer.Ordinal));
    }
}
