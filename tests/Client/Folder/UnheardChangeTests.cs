using Candor.Client.Api;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Client.Folder;

/// <summary>The server took a change and its answer was lost; before the next run the person goes on writing.</summary>
public sealed class UnheardChangeTests : IAsyncLifetime
{
    private Phones _phones = null!;
    private WireTap _wire = null!;

    public async ValueTask InitializeAsync()
    {
        _phones = await Phones.StartAsync();
        _wire = new(_phones.Server.BaseAddress);
        _phones.Address = _wire.Address;
    }

    public async ValueTask DisposeAsync()
    {
        await _phones.DisposeAsync();
        await _wire.DisposeAsync();
    }

    [Fact]
    public async Task ANoteThatIsEditedAfterTheAnswerWasLostStaysOneNote()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("notes/a.md", "first\n");
        phone = await LoseAnswerAsync(phone);
        phone.Write("notes/a.md", "first\nand more\n");
        var report = (await phone.SyncAsync()).Of(Kind.Notes);
        Assert.Equal((1, 0, 0), (report.Sent, report.Merged, report.Received));
        Assert.Equal(["a.md"], phone.RecordsOf(Kind.Notes).Select(r => r.Name));
        Assert.Equal(["notes/a.md"], phone.Files("notes"));
        Assert.Equal("first\nand more\n", phone.Read("notes/a.md"));
    }

    [Fact]
    public async Task AnEditIsNotInConflictWithTheOneWhoseAnswerWasLost()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("notes/a.md", "first\n");
        await phone.SyncAsync();
        phone.Write("notes/a.md", "first\nsecond\n");
        phone = await LoseAnswerAsync(phone);
        phone.Write("notes/a.md", "first\nsecond, and better\n");
        var report = (await phone.SyncAsync()).Of(Kind.Notes);
        Assert.Equal((1, 0), (report.Sent, report.Merged));
        Assert.Equal("first\nsecond, and better\n", phone.Read("notes/a.md"));
    }

    [Fact]
    public async Task APhotoThatIsPaintedOverAfterTheAnswerWasLostDoesNotComeBackBesideTheNewOne()
    {
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        phone.Write("photos/a.bin", "a photo");
        phone = await LoseAnswerAsync(phone);
        phone.Write("photos/a.bin", "another photo");
        await phone.SyncAsync(new() { AllowRemovals = true });
        Assert.Equal(["photos/a.bin"], phone.Files("photos"));
        Assert.Equal("another photo", phone.Read("photos/a.bin"));
        Assert.Single(phone.RecordsOf(Kind.Photos));
    }

    [Fact]
    public async Task WhatWasNeverTakenIsSentAsItIsByThen()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("notes/a.md", "first\n");
        await _phones.Server.StopAsync();
        await Assert.ThrowsAsync<ServerRefusedException>(() => phone.SyncAsync());
        await _phones.Server.RestartAsync();
        phone.Write("notes/a.md", "second\n");
        var report = (await phone.SyncAsync()).Of(Kind.Notes);
        Assert.Equal((1, 1), (report.Sent, report.Safe));
        Assert.Empty(Directory.GetFiles(Path.Combine(phone.Device.Home.Path, "folders"), "*.unheard"));
    }

    /// <summary>A run whose push arrives and whose answer does not; then the program begins anew.</summary>
    private async Task<Phone> LoseAnswerAsync(Phone phone)
    {
        _wire.LoseAnswerTo = "/commits";
        var refusal = await Assert.ThrowsAsync<ServerRefusedException>(() => phone.SyncAsync());
        Assert.Equal(ServerRefusedException.Unreachable, refusal.Name);
        _wire.LoseAnswerTo = null;
        return _phones.Reopen(phone);
    }
}
