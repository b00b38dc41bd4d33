using System.Text.Json;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>candor password and candor recover --password, as a person and as a script have them.</summary>
public sealed class PasswordCommandTests : IAsyncLifetime
{
    private const string Password = "correct horse battery staple";

    private readonly CandorHere _candor = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
    }

    [Fact]
    public async Task APersonTypesAPasswordTwiceAndComesBackWithIt()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        Assert.Equal(3, (await _candor.RunAsync("password", "change")).Code);
        string?[] answers = ["short", "aaaaaaaaaaaaaaaa", "abcdefghijklmnop", "pässword of mine", Password, "another one", Password, Password];
        int asked = 0;
        var set = await _candor.RunAsync(_ => answers[asked++], default, "password", "set");
        Assert.True(set.Code == 0, set.Error);
        Assert.Equal(answers.Length, asked);
        foreach (string why in (string[])["5 characters", "repeats a few", "one row", "without accents", "That was not the same"]) Assert.Contains(why, set.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, set.Out + set.Error, StringComparison.Ordinal);
        string secret = set.Out.Split('\n').Single(l => l.Count(c => c == '-') == 7).Trim();
        Assert.Equal(3, (await _candor.RunAsync("password", "set", "--password-from", "x")).Code);

        using var other = new CandorHere();
        string?[] typed = [secret[..^1], secret.Replace('-', ' ').ToLowerInvariant(), Password];
        int at = 0;
        var recovered = await other.RunAsync(_ => typed[at++], default, "recover", _server.BaseAddress.Authority, "--password", "--name", "laptop");
        Assert.True(recovered.Code == 0, recovered.Error);
        Assert.Contains("eight groups of four", recovered.Error, StringComparison.Ordinal);
        var devices = await other.RunAsync("devices");
        Assert.Contains("the password", devices.Out, StringComparison.Ordinal);
        Assert.Contains("phone", devices.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AScriptNamesFiles()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        Assert.Equal(2, (await _candor.RunAsync("password", "set")).Code);
        string file = _candor.InFolder("password.txt"), secretFile = _candor.InFolder("secret.txt");
        await File.WriteAllTextAsync(file, "too short\n");
        var weak = await _candor.RunAsync("password", "set", "--password-from", file);
        Assert.Equal(2, weak.Code);
        Assert.Contains("at least 12", weak.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(file, Password + "\r\n");
        var set = await _candor.RunAsync("password", "set", "--password-from", file, "--json");
        Assert.True(set.Code == 0, set.Error);
        using var document = JsonDocument.Parse(set.Out);
        string secret = document.RootElement.GetProperty("accountSecret").GetString()!;
        await File.WriteAllTextAsync(secretFile, secret);

        using var other = new CandorHere();
        Assert.Equal(2, (await other.RunAsync("recover", _server.BaseAddress.Authority, "--password-from", file)).Code);
        Assert.Equal(2, (await other.RunAsync("recover", _server.BaseAddress.Authority, "--password-from", file, "--secret-from", secretFile, "--words-from", file)).Code);
        await File.WriteAllTextAsync(other.InFolder("wrong.txt"), Password + "!");
        var wrong = await other.RunAsync("recover", _server.BaseAddress.Authority, "--password-from", other.InFolder("wrong.txt"), "--secret-from", secretFile);
        Assert.Equal(3, wrong.Code);
        Assert.Contains("one of them is another", wrong.Error, StringComparison.Ordinal);
        var recovered = await other.RunAsync("recover", _server.BaseAddress.Authority, "--password-from", file, "--secret-from", secretFile);
        Assert.True(recovered.Code == 0, recovered.Error);
        Assert.Equal(0, (await _candor.RunAsync("password", "remove", "--yes")).Code);
        Assert.Contains("No password was set", (await _candor.RunAsync("password", "remove", "--yes")).Out, StringComparison.Ordinal);
    }
}
