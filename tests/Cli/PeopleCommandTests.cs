using System.Text.Json;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Cli;

/// <summary>candor people and candor recover --people.</summary>
public sealed class PeopleCommandTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(DateTimeOffset.UtcNow);
    private readonly CandorHere _candor;
    private TestServer _server = null!;

    public PeopleCommandTests() => _candor = new() { Clock = _clock };

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(time: _clock);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
    }

    [Fact]
    public async Task SharesAreAnnouncedShownObjectedToAndBringADeviceInAfterThreeDays()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        string folder = Directory.CreateDirectory(_candor.InFolder("phone")).FullName;
        await _candor.RunAsync("on", "notes", "--yes");
        await _candor.RunAsync("backup", folder);
        Assert.Equal(2, (await _candor.RunAsync("people", "set", "1", "3")).Code);
        var set = await _candor.RunAsync("people", "set", "2", "3", "--json");
        Assert.True(set.Code == 0, set.Error);
        using var document = JsonDocument.Parse(set.Out);
        string[] shares = [.. document.RootElement.GetProperty("shares").EnumerateArray().Select(s => s.GetString()!)];
        Assert.Contains("people with shares, 2 of 3", (await _candor.RunAsync("devices")).Out, StringComparison.Ordinal);

        using var other = new CandorHere { Clock = _clock };
        string[] files = [other.InFolder("a.txt"), other.InFolder("b.txt")];
        for (int i = 0; i < files.Length; i++) await File.WriteAllTextAsync(files[i], shares[i] + "\n");
        string[] recover = ["recover", _server.BaseAddress.Authority, "--people", "--share-from", files[0], "--share-from", files[1], "--name", "laptop"];
        Assert.Equal(2, (await other.RunAsync("recover", _server.BaseAddress.Authority, "--people")).Code);
        var waiting = await other.RunAsync(recover);
        Assert.True(waiting.Code == 0, waiting.Error);
        Assert.Contains("is announced to all devices", waiting.Out, StringComparison.Ordinal);

        await _candor.RunAsync("backup", folder);
        Assert.Contains("candor people object", (await _candor.RunAsync("status", folder)).Out, StringComparison.Ordinal);
        Assert.Contains("You objected", (await _candor.RunAsync("people", "object")).Out, StringComparison.Ordinal);
        Assert.Contains("Nobody has announced", (await _candor.RunAsync("people", "object")).Out, StringComparison.Ordinal);
        var refused = await other.RunAsync(recover);
        Assert.Equal(3, refused.Code);
        Assert.Contains("objected", refused.Error, StringComparison.Ordinal);

        // Typed this time, one of them wrongly first.
        string?[] typed = [shares[2][..^1], shares[2].ToLowerInvariant(), shares[0]];
        int at = 0;
        var again = await other.RunAsync(_ => typed[at++], default, "recover", _server.BaseAddress.Authority, "--people", "--name", "laptop");
        Assert.True(again.Code == 0, again.Error);
        Assert.Contains("eighteen groups", again.Error, StringComparison.Ordinal);
        Assert.Contains("waits", (await other.RunAsync(recover)).Out, StringComparison.Ordinal);
        _clock.Advance(TimeSpan.FromHours(72));
        var came = await other.RunAsync(recover);
        Assert.True(came.Code == 0, came.Error);
        Assert.Contains("has joined the account", came.Out, StringComparison.Ordinal);
        Assert.Contains("laptop", (await _candor.RunAsync("devices")).Out, StringComparison.Ordinal);
        Assert.Contains("worthless", (await _candor.RunAsync("people", "remove", "--yes")).Out, StringComparison.Ordinal);
    }
}
