using System.Security.Cryptography;
using System.Text;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Tests.Hostile;

namespace Candor.Tests.EndToEnd;

/// <summary>Two phones of one person, their folders, and the real server between them.</summary>
public sealed class FolderSyncTests : IAsyncLifetime
{
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Fact]
    public async Task WhatIsInOneFolderIsInTheOtherByteForByte()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        byte[] photo = RandomNumberGenerator.GetBytes(300_000), film = RandomNumberGenerator.GetBytes((2 * Limits.Piece) + 12345);
        one.Write("contacts/ana.vcf", Card("ana", "Ana Müller"));
        one.Write("notes/garden/Tomatoes.md", "---\ntags: [garden]\n---\n# Tomatoes\n\n![plan](plan.png)\n");
        one.Write("notes/garden/plan.png", photo);
        one.Write("photos/2026/01/IMG_1.jpg", photo);
        one.Write("photos/film.mp4", film);
        one.Write("photos/empty.bin", []);
        var sent = await one.SyncAsync();
        Assert.All(sent.Kinds.Where(k => k.On), k => Assert.Equal((k.Seen, 0L, 0), (k.Safe, k.Unexplained, k.Troubles.Count)));
        Assert.Equal([1, 2, 0, 3], sent.Kinds.Select(k => k.Seen));

        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Notes, Kind.Photos);
        await two.SyncAsync();
        Assert.Equal(one.Files(""), two.Files(""));
        foreach (string path in one.Files("")) Assert.Equal(File.ReadAllBytes(Path.Combine(one.Folder, path)), File.ReadAllBytes(Path.Combine(two.Folder, path)));

        long before = one.Device.Account.Size;
        Assert.All((await two.SyncAsync()).Kinds, k => Assert.Equal((0L, 0L), (k.Sent, k.Received)));
        Assert.All((await one.SyncAsync()).Kinds, k => Assert.Equal((0L, 0L), (k.Sent, k.Received)));
        Assert.Equal(one.Device.Account.Size, two.Device.Account.Size);
    }

    [Fact]
    public async Task ChangesRemovalsAndNewNamesTravelBothWays()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        one.Write("contacts/ana.vcf", Card("ana", "Ana"));
        one.Write("notes/a.md", "first\n");
        one.Write("photos/p.jpg", RandomNumberGenerator.GetBytes(1000));
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Notes, Kind.Photos);
        await two.SyncAsync();

        two.Write("notes/a.md", "second\n");
        two.Delete("contacts/ana.vcf");
        File.Move(Path.Combine(two.Folder, "photos/p.jpg"), Path.Combine(two.Folder, "photos/q.jpg"));
        var report = await two.SyncAsync();
        Assert.Equal(0, report.BytesSent);
        await one.SyncAsync();
        Assert.Equal("second\n", one.Read("notes/a.md"));
        Assert.Equal(["notes/a.md", "photos/q.jpg"], one.Files(""));
    }

    [Attack("S14")]
    [Fact]
    public async Task TheSameContactAndNoteEditedOnBothWhileOfflineKeepBothEdits()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes);
        one.Write("contacts/ana.vcf", Card("ana", "Ana"));
        one.Write("notes/a.md", "eins\nzwei\ndrei\nvier\nfünf\n");
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Notes);
        await two.SyncAsync();

        one.Write("contacts/ana.vcf", Card("ana", "Ana", "TEL:+49301"));
        one.Write("notes/a.md", "EINS\nzwei\ndrei\nvier\nfünf\n");
        two.Write("contacts/ana.vcf", Card("ana", "Ana", "EMAIL:ana@example.org"));
        two.Write("notes/a.md", "eins\nzwei\ndrei\nvier\nFÜNF\n");
        await one.SyncAsync();
        var merged = await two.SyncAsync();
        Assert.Equal([1, 1], merged.Kinds.Where(k => k.On).Select(k => k.Merged));
        await one.SyncAsync();
        foreach (var phone in new[] { one, two })
        {
            Assert.Equal("EINS\nzwei\ndrei\nvier\nFÜNF\n", phone.Read("notes/a.md"));
            Assert.Contains("TEL:+49301", phone.Read("contacts/ana.vcf"), StringComparison.Ordinal);
            Assert.Contains("ana@example.org", phone.Read("contacts/ana.vcf"), StringComparison.Ordinal);
        }
        Assert.All((await two.SyncAsync()).Kinds, k => Assert.Equal((0L, 0L), (k.Sent, k.Received)));
    }

    [Fact]
    public async Task AnEditWinsOverARemovalOnTheOtherPhone()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "first\n");
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync();
        one.Delete("notes/a.md");
        two.Write("notes/a.md", "edited\n");
        await one.SyncAsync();
        await two.SyncAsync();
        await one.SyncAsync();
        Assert.Equal("edited\n", one.Read("notes/a.md"));
        Assert.Equal("edited\n", two.Read("notes/a.md"));
    }

    [Fact]
    public async Task WithoutItsIndexAPhoneRecognisesEverythingAndSendsNothingAgain()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        for (int i = 0; i < 20; i++)
        {
            one.Write($"contacts/{i}.vcf", Card($"uid-{i}", $"Person {i}"));
            one.Write($"notes/{i}.md", $"note {i}\n");
            one.Write($"photos/{i}.jpg", RandomNumberGenerator.GetBytes(2000));
        }
        await one.SyncAsync();
        Directory.Delete(Path.Combine(one.Device.Home.Path, "folders"), recursive: true);
        one = _phones.Reopen(one);
        var report = await one.SyncAsync();
        Assert.Equal(0, report.BytesSent);
        Assert.All(report.Kinds, k => Assert.Equal((0L, 0L, 0L), (k.Sent, k.Received, k.Merged)));
        Assert.All(report.Kinds.Where(k => k.On), k => Assert.Equal((20, 20), (k.Seen, k.Safe)));
    }

    [Attack("S12")]
    [Fact]
    public async Task ManyRemovalsWaitForAPersonsWord()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        for (int i = 0; i < 40; i++) one.Write($"notes/{i}.md", $"note {i}\n");
        await one.SyncAsync();
        for (int i = 0; i < 20; i++) one.Delete($"notes/{i}.md");
        var report = await one.SyncAsync();
        Assert.Equal(new HeldRemovals(Kind.Notes, 20, 40, false), Assert.Single(report.Held));
        var passed = await one.SyncAsync(new() { AllowRemovals = true });
        Assert.Empty(passed.Held);
        Assert.Equal(20, passed.Kinds[1].Removed);
    }

    [Fact]
    public async Task AFolderThatIsNotMountedRemovesNothing()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "text\n");
        await one.SyncAsync();
        Directory.Move(Path.Combine(one.Folder, "notes"), Path.Combine(one.Folder, "elsewhere"));
        var report = await one.SyncAsync();
        Assert.Equal(0, report.Kinds[1].Removed);
        Assert.NotEmpty(report.Kinds[1].Troubles);
        Directory.Move(Path.Combine(one.Folder, "elsewhere"), Path.Combine(one.Folder, "notes"));
        Assert.Equal((1, 1), ((int)(await one.SyncAsync()).Kinds[1].Seen, one.Files("notes").Length));
    }

    [Fact]
    public async Task AnAddressBookAndAnExportInTheInboxAreTakenOnceAndCounted()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Messages);
        one.Write("inbox/contacts.vcf", Card("u1", "Eins") + Card("u2", "Zwei") + "BEGIN:VCARD\r\nVERSION:2.1\r\nN:Drei\r\nEND:VCARD\r\n");
        one.Write("inbox/sms-1.xml", Export(("+1", "hello", 1), ("+2", "servus", 2), ("+1", "hello", 1)));
        var report = await one.SyncAsync();
        Assert.Equal((6, 6), ((int)report.Kinds[0].Seen, (int)report.Kinds[0].Safe));
        Assert.Equal((3, 3, 3), ((int)report.Kinds[2].Seen, (int)report.Kinds[2].Safe, (int)report.Kinds[2].Sent));
        Assert.Equal(3, one.Files("contacts").Length);
        one.Write("inbox/sms-2.xml", Export(("+1", "hello", 1), ("+2", "servus", 2), ("+1", "hello", 1), ("+3", "new", 3)));
        Assert.Equal(1, (await one.SyncAsync()).Kinds[2].Sent);

        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Messages);
        await two.SyncAsync();
        Assert.Equal(one.Files("contacts"), two.Files("contacts"));
        string export = Assert.Single(two.Files("messages"), f => f.EndsWith(".xml", StringComparison.Ordinal));
        foreach (string body in new[] { "hello", "servus", "new" }) Assert.Contains($"body=\"{body}\"", two.Read(export), StringComparison.Ordinal);
        Assert.All((await two.SyncAsync()).Kinds, k => Assert.Equal((0L, 0L), (k.Sent, k.Received)));
        Assert.Equal(3, two.Files("messages/threads").Length);
    }

    [Fact]
    public async Task WhatCannotBeTakenIsNamedAndEverythingElseGoesOn()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes);
        one.Write("contacts/good.vcf", Card("g", "Good"));
        one.Write("contacts/two.vcf", Card("x", "X") + Card("y", "Y"));
        one.Write("contacts/none.vcf", "this is no card");
        one.Write("notes/stray.bin", "nobody links here");
        File.CreateSymbolicLink(Path.Combine(one.Folder, "notes", "link.md"), "/etc/hostname");
        var report = await one.SyncAsync();
        Assert.Equal((3, 1, 0, 2), ((int)report.Kinds[0].Seen, (int)report.Kinds[0].Safe, (int)report.Kinds[0].Unexplained, report.Kinds[0].Troubles.Count));
        Assert.Equal(["notes/link.md", "notes/stray.bin"], report.Kinds[1].Troubles.Select(t => t.Item).Order(StringComparer.Ordinal));
        Assert.Equal(report.Kinds.Select(k => k.Unexplained), one.Look().Kinds.Select(k => k.Unexplained));
        Assert.Equal(2, one.Look().Kinds[0].Troubles.Count);
    }

    internal static string Card(string uid, string name, params string[] more) =>
        $"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{uid}\r\nFN:{name}\r\nN:{name};;;;\r\n{string.Concat(more.Select(m => m + "\r\n"))}END:VCARD\r\n";

    internal static string Export(params (string Address, string Body, long Date)[] messages)
    {
        var xml = new StringBuilder($"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"{messages.Length}\">\n");
        foreach (var (address, body, date) in messages)
            xml.Append($"  <sms protocol=\"0\" address=\"{address}\" date=\"{1_700_000_000_000 + date}\" type=\"1\" subject=\"null\" body=\"{body}\" read=\"0\" status=\"-1\" locked=\"0\" contact_name=\"(Unknown)\" />\n");
        return xml.Append("</smses>\n").ToString();
    }
}
