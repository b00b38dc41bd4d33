using System.Security.Cryptography;
using System.Text;
using Candor.Client.Folder;
using Candor.Client.Restore;
using Candor.Protocol;
using Candor.Tests.Client.Folder;
using Candor.Tests.Server;

namespace Candor.Tests.EndToEnd;

/// <summary>What the model tests and a close reading found: each of these once lost something, or left two folders different.</summary>
public sealed class FolderEdgeTests : IAsyncLifetime
{
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Fact]
    public async Task AnEditOfTheSameLengthWithinOneTickOfTheClockIsSeen()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        // A memory card keeps times of two seconds: the second writing has the time of the first. It has it only if the machine did not dawdle: then another pair is written.
        for (bool within = false; !within;)
        {
            var tick = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 1).UtcDateTime;
            await WriteAsync("black\n", tick);
            within = DateTime.UtcNow < tick.AddSeconds(2);
            if (within) await WriteAsync("white\n", tick);
        }

        async Task WriteAsync(string text, DateTime tick)
        {
            phone.Write("notes/a.md", text);
            File.SetLastWriteTimeUtc(Path.Combine(phone.Folder, "notes/a.md"), tick);
            long sent = (await phone.SyncAsync()).Of(Kind.Notes).Sent;
            if (text == "white\n") Assert.Equal(1, sent);
        }

        Assert.Equal("white\n", Encoding.UTF8.GetString(Assert.Single(phone.RecordsOf(Kind.Notes)).Original.Span));
    }

    /// <summary>Two phones that merge one record at the same time part it again; the third hears of both while it sends.</summary>
    [Fact]
    public async Task ARecordThatPartsWhileARunSendsStaysOneFile()
    {
        var one = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes);
        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Notes);
        var three = await _phones.JoinAsync("three", Kind.Contacts, Kind.Notes);
        three.Write("contacts/ana.vcf", FolderSyncTests.Card("ana", "Ana"));
        three.Write("notes/own.md", "own\n");
        var record = Id.Random();
        var others = Task.CompletedTask;
        var progress = new HarmTests.Progress(at =>
        {
            if (at.Kind == Kind.Contacts && others == Task.CompletedTask) (others = Task.Run(PartAsync)).Wait(TestContext.Current.CancellationToken);
        });
        await DeviceFolder.Open(three.Device, three.Folder).RunAsync(FolderMode.Sync, new(), progress, default);
        Assert.Equal(2, three.Device.Store.HeadsOf(record).Count);
        Assert.Equal(["notes/own.md", "notes/same.md"], three.Files("notes"));

        foreach (var phone in new[] { three, one, two, three }) await phone.SyncAsync();
        Assert.All([one, two, three], phone => Assert.Equal(["notes/own.md", "notes/same.md"], phone.Files("notes")));
        Assert.Equal("both\n", three.Read("notes/same.md"));

        async Task PartAsync()
        {
            foreach (var phone in new[] { one, two }) await phone.Device.Account.CommitAsync(Kind.Notes, [new(record, [], Devices.Note("same.md", "both\n"))], null, default);
        }
    }

    /// <summary>The note is written anew under another name here, so that it is another note; its attachment is edited there. The file is one, so the edit is in it.</summary>
    [Fact]
    public async Task AnEditedAttachmentHasItsNameThoughAnotherNoteCameToLinkToItsOldBytes()
    {
        var (one, two) = await WithAnAttachmentAsync();
        two.Write("notes/b.md", "new words ![it](x.bin)\n");
        two.Delete("notes/a.md");
        one.Write("notes/x.bin", "edited");
        foreach (var phone in new[] { one, two, one, two }) await phone.SyncAsync();
        // One that came later has never had the old bytes.
        var three = await _phones.JoinAsync("three", Kind.Notes);
        foreach (var phone in new[] { three, one }) await phone.SyncAsync();
        Assert.All([one, two, three], phone => Assert.Equal(["notes/a.md", "notes/b.md", "notes/x.bin"], phone.Files("notes")));
        Assert.All([one, two, three], phone => Assert.Equal("edited", phone.Read("notes/x.bin")));
    }

    [Fact]
    public async Task OfTwoFilesThatTwoNotesMeanByOneNameNeitherIsLost()
    {
        var (one, two) = await WithAnAttachmentAsync();
        two.Write("notes/b.md", "new words ![it](x.bin)\n");
        two.Write("notes/x.bin", "edited by two");
        two.Delete("notes/a.md");
        one.Write("notes/x.bin", "edited by one");
        foreach (var phone in new[] { one, two, one, two, one }) await phone.SyncAsync();
        Assert.All([one, two], phone => Assert.Equal(["notes/a.md", "notes/b.md", "notes/x (2).bin", "notes/x.bin"], phone.Files("notes")));
        Assert.All([one, two], phone => Assert.Equal(("edited by two", "edited by one"), (phone.Read("notes/x.bin"), phone.Read("notes/x (2).bin"))));
        Assert.All([one, two], phone => Assert.Equal("notes/x (2).bin", Assert.Single(phone.Look().Of(Kind.Notes).Troubles).Item));
    }

    /// <summary>A backup takes nothing away, so the note comes back, and what was done to its attachment meanwhile is an edit.</summary>
    [Fact]
    public async Task AnAttachmentThatIsEditedWhileItsNoteIsGoneIsSentWhenTheNoteComesBack()
    {
        var (one, two) = await WithAnAttachmentAsync();
        one.Delete("notes/a.md");
        await one.BackupAsync();
        one.Write("notes/x.bin", "edited");
        foreach (var phone in new[] { one, one, two }) await phone.SyncAsync();
        Assert.All([one, two], phone => Assert.Equal(["notes/a.md", "notes/x.bin"], phone.Files("notes")));
        Assert.All([one, two], phone => Assert.Equal("edited", phone.Read("notes/x.bin")));
    }

    private async Task<(Phone One, Phone Two)> WithAnAttachmentAsync()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        var two = await _phones.JoinAsync("two", Kind.Notes);
        one.Write("notes/a.md", "words ![it](x.bin)\n");
        one.Write("notes/x.bin", "first!");
        await one.SyncAsync();
        await two.SyncAsync();
        return (one, two);
    }

    [Fact]
    public async Task AnAttachmentThatIsEditedAfterARunThatBrokeOffIsNotTakenForWhatWasSentBefore()
    {
        await using var server = await TestServer.StartAsync(s => s with { Quota = 200_000 });
        await using var phones = Phones.On(server, _phones.Root);
        var one = await phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "[x](x.bin) [y](y.bin)\n");
        one.Write("notes/x.bin", RandomNumberGenerator.GetBytes(20_000));
        one.Write("notes/y.bin", RandomNumberGenerator.GetBytes(400_000));
        // The first attachment arrives, for the second there is no room: no commit names either.
        await Record.ExceptionAsync(() => one.SyncAsync());
        Assert.True(one.Device.Store.HasUploads());
        byte[] edited = RandomNumberGenerator.GetBytes(20_000);
        one.Write("notes/x.bin", edited);
        one.Write("notes/y.bin", [1, 2, 3]);
        Assert.Empty((await one.SyncAsync()).Kinds.SelectMany(k => k.Troubles));
        var two = await phones.JoinAsync("two", Kind.Notes);
        Assert.Empty((await two.SyncAsync()).Kinds.SelectMany(k => k.Troubles));
        Assert.Equal(edited, await File.ReadAllBytesAsync(Path.Combine(two.Folder, "notes/x.bin"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AFileThatStandsWhereANotesOwnBelongsIsLeftAndSaidToBeAnother()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "[x](x.bin)\n");
        one.Write("notes/x.bin", [1, 2, 3]);
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", Kind.Notes);
        two.Write("notes/x.bin", [4, 5]);
        two.Write("notes/alone.bin", [6]);
        await two.SyncAsync();
        var report = await two.SyncAsync();
        Assert.Equal([4, 5], await File.ReadAllBytesAsync(Path.Combine(two.Folder, "notes/x.bin"), TestContext.Current.CancellationToken));
        var why = report.Of(Kind.Notes).Troubles.ToDictionary(t => t.Item, t => t.Reason);
        Assert.Contains("from another device", why["notes/x.bin"], StringComparison.Ordinal);
        Assert.Contains("No note refers to it", why["notes/alone.bin"], StringComparison.Ordinal);
        // The other name that it is given is sent; the account's own is there in another folder.
        string restored = Path.Combine(_phones.Root, "restored");
        await RestoreRun.RunAsync(two.Device, restored, [], null, null, null, default);
        Assert.Equal([1, 2, 3], await File.ReadAllBytesAsync(Path.Combine(restored, "notes/x.bin"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task HundredsOfRecordsChangedOnBothPhonesAreMergedEachWithItsOwn()
    {
        var (one, two) = await TwoAsync(Kind.Notes, phone =>
        {
            for (int i = 0; i < 300; i++) phone.Write($"notes/{i}.md", $"first {i}\nmiddle\nlast {i}\n");
        });
        for (int i = 0; i < 300; i++)
        {
            one.Write($"notes/{i}.md", $"FIRST {i}\nmiddle\nlast {i}\n");
            two.Write($"notes/{i}.md", $"first {i}\nmiddle\nLAST {i}\n");
        }
        await one.SyncAsync();
        Assert.Equal(300, (await two.SyncAsync()).Kinds[1].Merged);
        await one.SyncAsync();
        for (int i = 0; i < 300; i++)
        {
            Assert.Equal($"FIRST {i}\nmiddle\nLAST {i}\n", one.Read($"notes/{i}.md"));
            Assert.Equal($"FIRST {i}\nmiddle\nLAST {i}\n", two.Read($"notes/{i}.md"));
        }
    }

    [Fact]
    public async Task AnAttachmentThatChangedAndKeptItsLengthIsSent()
    {
        var (one, two) = await TwoAsync(Kind.Notes, phone =>
        {
            phone.Write("notes/a.md", "![x](x.png)\n");
            phone.Write("notes/x.png", "before"u8.ToArray());
        });
        File.SetLastWriteTimeUtc(one.Write("notes/x.png", "after!"u8.ToArray()), DateTime.UtcNow.AddSeconds(2));
        Assert.Equal(1, (await one.SyncAsync()).Kinds[1].Sent);
        await two.SyncAsync();
        Assert.Equal("after!", two.Read("notes/x.png"));
        Assert.Equal((0L, 0L), ((await one.SyncAsync()).Kinds[1].Sent, (await two.SyncAsync()).Kinds[1].Received));
    }

    [Fact]
    public async Task ANotesAttachmentsGoWithItUnlessAnotherNoteNamesThem()
    {
        var (one, two) = await TwoAsync(Kind.Notes, phone =>
        {
            phone.Write("notes/a.md", "![x](x.png) ![both](both.png)\n");
            phone.Write("notes/b.md", "![both](both.png)\n");
            phone.Write("notes/x.png", "x only"u8.ToArray());
            phone.Write("notes/both.png", "of both"u8.ToArray());
        });
        one.Delete("notes/a.md");
        one.Delete("notes/x.png");
        await one.SyncAsync();
        await two.SyncAsync();
        Assert.Equal(["notes/b.md", "notes/both.png"], two.Files(""));
        Assert.Equal(one.Files(""), two.Files(""));
        Assert.Empty((await one.SyncAsync()).Kinds[1].Troubles);
    }

    [Fact]
    public async Task AnAttachmentWhoseNoteIsGoneIsNoLongerCountedAsSafe()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "![x](x.png)\n");
        one.Write("notes/x.png", "x"u8.ToArray());
        await one.SyncAsync();
        one.Delete("notes/a.md");
        var report = await one.SyncAsync();
        Assert.Equal((1, 0), ((int)report.Kinds[1].Seen, (int)report.Kinds[1].Safe));
        Assert.Equal("notes/x.png", Assert.Single(report.Kinds[1].Troubles).Item);
    }

    [Fact]
    public async Task APhotoThatWasEditedInPlaceReplacesTheOldOneEverywhereAndTheOldOneStaysInTheHistory()
    {
        byte[] before = RandomNumberGenerator.GetBytes(1000), after = RandomNumberGenerator.GetBytes(900);
        var (one, two) = await TwoAsync(Kind.Photos, phone => phone.Write("photos/p.jpg", before));
        one.Write("photos/p.jpg", after);
        await one.SyncAsync();
        await two.SyncAsync();
        await one.SyncAsync();
        foreach (var phone in new[] { one, two })
        {
            Assert.Equal(["photos/p.jpg"], phone.Files(""));
            Assert.Equal(after, File.ReadAllBytes(Path.Combine(phone.Folder, "photos/p.jpg")));
        }
        Assert.Equal(2, one.Device.Store.Heads(Kind.Photos).Count);

        // A backup takes nothing away: both are kept.
        byte[] third = RandomNumberGenerator.GetBytes(800);
        one.Write("photos/p.jpg", third);
        await one.BackupAsync();
        Assert.Equal(2, one.Device.Store.Heads(Kind.Photos).Count(h => !h.Removed));
    }

    [Fact]
    public async Task WhatABackupFoundGoneComesBackWithTheNextSync()
    {
        var (one, _) = await TwoAsync(Kind.Notes, phone => phone.Write("notes/a.md", "text\n"));
        await one.SyncAsync();
        one.Delete("notes/a.md");
        await one.BackupAsync();
        Assert.Empty(one.Files(""));
        await one.SyncAsync();
        Assert.Equal("text\n", one.Read("notes/a.md"));
    }

    private async Task<(Phone One, Phone Two)> TwoAsync(Kind kind, Action<Phone> fill)
    {
        var one = await _phones.JoinAsync("one", kind);
        fill(one);
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", kind);
        await two.SyncAsync();
        Assert.Equal(one.Files(""), two.Files(""));
        return (one, two);
    }
}
