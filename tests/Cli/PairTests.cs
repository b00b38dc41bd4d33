using System.Text.RegularExpressions;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>Two terminals, one person before each.</summary>
public sealed partial class PairTests : IAsyncLifetime
{
    private readonly CandorHere _phone = new(), _laptop = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _phone.JoinAsync(_server.BaseAddress);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _phone.Dispose();
        _laptop.Dispose();
    }

    [Fact]
    public async Task BothScreensShowTheSameWordsAndTheNewDeviceIsLetIn()
    {
        string shownThere = "", shownHere = "";
        var joining = _laptop.RunAsync(s => Answer(shownThere = s, "y"), default, "join", _server.BaseAddress.Authority, "--pair", "--name", "laptop");
        string code = await CodeAsync();
        var approved = await _phone.RunAsync(s => Answer(shownHere = s, "y"), default, "pair", code);
        var joined = await joining;
        Assert.True(approved.Code == 0, approved.Error);
        Assert.True(joined.Code == 0, joined.Error);
        Assert.Equal(FourWords().Match(shownThere).Value, FourWords().Match(shownHere).Value);
        Assert.Contains("\"laptop\" belongs to the account now", approved.Out, StringComparison.Ordinal);
        Assert.Contains("laptop (this device)", (await _laptop.RunAsync("devices")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WordsThatDifferAreAnAlarmAndNobodyIsLetIn()
    {
        var joining = _laptop.RunAsync(_ => "n", default, "join", _server.BaseAddress.Authority, "--pair");
        var approved = await _phone.RunAsync(_ => "n", default, "pair", await CodeAsync());
        Assert.Equal(4, approved.Code);
        Assert.NotEqual(0, (await joining).Code);
        Assert.Equal(3, (await _laptop.RunAsync("devices")).Code);
        Assert.DoesNotContain("laptop", (await _phone.RunAsync("devices")).Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task YesToEverythingIsNoComparison()
    {
        var join = await _laptop.RunAsync("join", _server.BaseAddress.Authority, "--pair", "--yes");
        Assert.Equal((5, ""), (join.Code, join.Out));
        Assert.Equal(5, (await _phone.RunAsync("pair", "493-028-117", "--yes")).Code);
        Assert.Equal(2, (await _phone.RunAsync("pair", "49302811")).Code);
        Assert.Equal(3, (await _phone.RunAsync(_ => "y", default, "pair", "493-028-117")).Code);
    }

    private static string Answer(string screen, string answer)
    {
        Assert.Matches(FourWords(), screen);
        return answer;
    }

    private async Task<string> CodeAsync()
    {
        Match? code = null;
        Assert.True(await Eventually.HoldsAsync(() => _laptop.Showing is { } screen && (code = Code().Match(screen.ToString())).Success), "No code was shown.");
        return code!.Groups[1].Value;
    }

    [GeneratedRegex(@"candor pair (\d{3}-\d{3}-\d{3})")]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<=\n)    [a-z]{3,8}   [a-z]{3,8}   [a-z]{3,8}   [a-z]{3,8}(?=\n)")]
    private static partial Regex FourWords();
}
