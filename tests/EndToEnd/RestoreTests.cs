using System.Security.Cryptography;
using Candor.Client.Devices;
using Candor.Client.Library;
using Candor.Client.Restore;
using Candor.Protocol;

namespace Candor.Tests.EndToEnd;

public sealed class RestoreTests : IAsyncLifetime
{
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Fact]
    public async Task AFileThatIsGoneComesBackAndOneThatIsThereIsLeft()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        byte[] photo = RandomNumberGenerator.GetBytes(5000);
        one.Write("photos/2026/01/a.jpg", photo);
        one.Write("photos/2026/01/b.jpg", RandomNumberGenerator.GetBytes(5000));
        one.Write("notes/n.md", "text\n");
        await one.BackupAsync();
        string into = Path.Combine(_phones.Root, "restored");
        var first = await RestoreRun.RunAsync(one.Device, into, [], null, null, null, default);
        Assert.Equal(3, first.Kinds.Sum(k => k.Received));
        File.Delete(Path.Combine(into, "photos/2026/01/a.jpg"));
        var second = await RestoreRun.RunAsync(one.Device, into, [], null, null, null, default);
        Assert.Equal(1, second.Kinds.Sum(k => k.Received));
        Assert.Equal(photo, File.ReadAllBytes(Path.Combine(into, "photos/2026/01/a.jpg")));

        string alone = Path.Combine(_phones.Root, "alone");
        await RestoreRun.RunAsync(one.Device, alone, [], null, "photos/2026/01/a.jpg", null, default);
        Assert.Equal([Path.Combine(alone, "photos/2026/01/a.jpg")], Directory.GetFiles(alone, "*", SearchOption.AllDirectories));
        await RestoreRun.RunAsync(one.Device, Path.Combine(_phones.Root, "note"), [], null, "n.md", null, default);
        Assert.Equal("text\n", File.ReadAllText(Path.Combine(_phones.Root, "note", "notes/n.md")));
        await Assert.ThrowsAsync<DeviceException>(() => RestoreRun.RunAsync(one.Device, alone, [], null, "photos/none.jpg", null, default));
    }

    [Fact]
    public async Task WhatWasCanBeSeenRestoredAndPutBack()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/n.md", "# Then\nfirst\n");
        one.Write("notes/gone.md", "# Gone\n");
        await one.SyncAsync();
        await Task.Delay(20);
        var then = DateTimeOffset.UtcNow;
        await Task.Delay(20);
        one.Write("notes/n.md", "# Now\nsecond\n");
        one.Delete("notes/gone.md");
        await one.SyncAsync();

        string into = Path.Combine(_phones.Root, "then");
        await RestoreRun.RunAsync(one.Device, into, [], then, null, null, default);
        Assert.Equal("# Then\nfirst\n", File.ReadAllText(Path.Combine(into, "notes/n.md")));
        Assert.True(File.Exists(Path.Combine(into, "notes/gone.md")));

        var timeline = new Timeline(one.Device);
        var edit = timeline.Commits().First(c => c.Kind == Kind.Notes && c.Changes.Contains("changed", StringComparison.Ordinal));
        Assert.Equal(1, (await timeline.UndoAsync(edit.Index, default)).Undone);
        await one.SyncAsync();
        Assert.Equal("# Then\nfirst\n", one.Read("notes/n.md"));
        Assert.Equal("Then", Assert.Single(new Library(one.Device).Search("FIRST", [Kind.Notes])).Title);
    }

    [Fact]
    public async Task ADrillFetchesEverythingAnewAndNamesWhatDoesNotComeBack()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        one.Write("photos/a.jpg", RandomNumberGenerator.GetBytes(5000));
        one.Write("notes/n.md", "text\n");
        await one.BackupAsync();
        var good = await Drill.RunAsync(one.Device, one.Folder, 50, null, null, default);
        Assert.True(good.IsGood);
        Assert.Equal(2, good.Kinds.Sum(k => k.Compared));
        foreach (string blob in Directory.GetFiles(Path.Combine(_phones.Server.DataFolder, "blobs"), "*", SearchOption.AllDirectories)) File.Delete(blob);
        var bad = await Drill.RunAsync(one.Device, one.Folder, 50, null, null, default);
        Assert.False(bad.IsGood);
        Assert.Equal(Kind.Photos, Assert.Single(bad.Kinds.SelectMany(k => k.Troubles)).Kind);
        Assert.Contains("photos: a.jpg", File.ReadAllText(bad.File), StringComparison.Ordinal);
    }
}
