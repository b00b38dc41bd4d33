using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>candor kit, read back by other programs; candor words check, and what candor status says before and after.</summary>
public sealed partial class KitTests : IAsyncLifetime
{
    private readonly CandorHere _candor = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(s => s with { Name = "home.example" });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
    }

    [Fact]
    public async Task ThePageHasWhatItTakesAndOtherProgramsReadIt()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        string password = _candor.InFolder("password.txt"), pdf = _candor.InFolder("kit.pdf"), kit = _candor.InFolder("kit.txt");
        await File.WriteAllTextAsync(password, "correct horse battery staple");
        using var set = JsonDocument.Parse((await _candor.RunAsync("password", "set", "--password-from", password, "--json")).Out);
        string secret = set.RootElement.GetProperty("accountSecret").GetString()!;
        var made = await _candor.RunAsync("kit", pdf, "--words-from", kit, "--json");
        Assert.True(made.Code == 0, made.Error);
        using var answer = JsonDocument.Parse(made.Out);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, new FileInfo(pdf).UnixFileMode);
        Assert.InRange(new FileInfo(pdf).Length, 1000, 200_000);

        using var devices = JsonDocument.Parse((await _candor.RunAsync("devices", "--json")).Out);
        string account = devices.RootElement.GetProperty("account").GetString()!;
        string text = await OutputAsync("pdftotext", "-layout", pdf, "-");
        string[] needed = [_server.BaseAddress.GetLeftPart(UriPartial.Authority), "home.example", account, answer.RootElement.GetProperty("serverKey").GetString()!, secret, "candor recover", "--password"];
        Assert.All(needed, n => Assert.Contains(n, text, StringComparison.Ordinal));
        var read = NumberedWord().Matches(text).ToDictionary(m => int.Parse(m.Groups[1].Value), m => m.Groups[2].Value);
        Assert.Equal(CandorHere.Words.Split(' '), Enumerable.Range(1, 24).Select(i => read[i]));
        Assert.Contains("A4", await OutputAsync("pdfinfo", pdf), StringComparison.Ordinal);
        Assert.Matches(@"Pages:\s+1\n", await OutputAsync("pdfinfo", pdf));

        // The square says where the account is, and nothing that opens it.
        await OutputAsync("pdftoppm", "-r", "150", "-png", "-singlefile", pdf, _candor.InFolder("page"));
        string code = await OutputAsync("zbarimg", "-q", "--raw", _candor.InFolder("page.png"));
        Assert.StartsWith("candor:kit?v=1&server=http%3A%2F%2F127.0.0.1%3A", code, StringComparison.Ordinal);
        Assert.Contains($"account={account}", code, StringComparison.Ordinal);
        Assert.All(CandorHere.Words.Split(' '), w => Assert.DoesNotMatch($"={w}(?![0-9A-Za-z])", code)); // not as the beginning of an account's name
        Assert.DoesNotContain(secret[..4], code, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BlanksAreBlankAndWordsOfAnotherAccountAreNotPrinted()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        string pdf = _candor.InFolder("blank.pdf"), other = _candor.InFolder("other.txt");
        Assert.Equal(0, (await _candor.RunAsync("kit", pdf, "--blank")).Code);
        string text = await OutputAsync("pdftotext", "-layout", pdf, "-");
        Assert.Contains("by hand", text, StringComparison.Ordinal);
        Assert.Contains("there is none", text, StringComparison.Ordinal);
        Assert.Empty(NumberedWord().Matches(text));
        Assert.Equal(5, (await _candor.RunAsync("kit", pdf, "--blank")).Code);

        await File.WriteAllTextAsync(other, Candor.Client.Devices.RecoveryWords.Generate());
        var wrong = await _candor.RunAsync("kit", _candor.InFolder("wrong.pdf"), "--words-from", other);
        Assert.Equal(3, wrong.Code);
        Assert.Contains("not those of this account", wrong.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(_candor.InFolder("wrong.pdf")));
        Assert.Equal(3, (await _candor.RunAsync("words", "check", "--words-from", other)).Code);
    }

    [Fact]
    public async Task AnAccountIsSafeAgainstTheLossOfAllDevicesOnceItsWordsWereTypedBack()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        string folder = Directory.CreateDirectory(_candor.InFolder("phone")).FullName;
        Assert.Equal(0, (await _candor.RunAsync("on", "notes", "--yes")).Code);
        Assert.Equal(0, (await _candor.RunAsync("backup", folder)).Code);
        Assert.Contains("NOT safe against the loss of all your devices", (await _candor.RunAsync("status", folder)).Out, StringComparison.Ordinal);
        Assert.Equal((false, "unchecked"), await RecoveryAsync(folder));

        // A password does not stand in for it: nobody has shown that the account secret is on paper.
        string password = _candor.InFolder("password.txt");
        await File.WriteAllTextAsync(password, "correct horse battery staple");
        await _candor.RunAsync("password", "set", "--password-from", password);
        Assert.Equal((false, "unchecked"), await RecoveryAsync(folder));

        int asked = 0;
        var check = await _candor.RunAsync(_ => asked++ == 0 ? CandorHere.Words[..^3] + "zzz" : CandorHere.Words, default, "words", "check");
        Assert.True(check.Code == 0, check.Error);
        Assert.EndsWith("\u001b[?1049l", check.Error, StringComparison.Ordinal);
        Assert.Equal((true, "checked"), await RecoveryAsync(folder));
        string status = (await _candor.RunAsync("status", folder)).Out;
        Assert.Contains("the 24 words bring this account back", status, StringComparison.Ordinal);
        Assert.Contains("so does the password", status, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WordsThatWereTypedBackWhenTheAccountWasMadeCountAtOnce()
    {
        int asked = 0;
        var joined = await _candor.RunAsync(screen => asked++ == 0 ? "" : string.Join(' ', GridWord().Matches(screen[screen.LastIndexOf("These 24 words", StringComparison.Ordinal)..])
            .OrderBy(m => int.Parse(m.Groups[1].Value)).Select(m => m.Groups[2].Value)), default, "join", _server.BaseAddress.Authority);
        Assert.True(joined.Code == 0, joined.Error);
        string folder = Directory.CreateDirectory(_candor.InFolder("phone")).FullName;
        await _candor.RunAsync("on", "notes", "--yes");
        await _candor.RunAsync("backup", folder);
        Assert.Equal((true, "checked"), await RecoveryAsync(folder));
    }

    private async Task<(bool Safe, string Words)> RecoveryAsync(string folder)
    {
        using var status = JsonDocument.Parse((await _candor.RunAsync("status", folder, "--json")).Out);
        var recovery = status.RootElement.GetProperty("recovery");
        return (recovery.GetProperty("safe").GetBoolean(), recovery.GetProperty("words").GetString()!);
    }

    private static async Task<string> OutputAsync(string program, params string[] args)
    {
        using var run = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = run.StandardError.ReadToEndAsync();
        string output = await run.StandardOutput.ReadToEndAsync();
        await run.WaitForExitAsync();
        Assert.True(run.ExitCode == 0, $"{program}: {await errors}");
        return output;
    }

    [GeneratedRegex(@"(?<![\w-])(\d{1,2}) {2,}([a-z]{3,8})(?![\w:-])")]
    private static partial Regex NumberedWord();

    [GeneratedRegex(@"(\d{1,2})  ([a-z]{3,8})")]
    private static partial Regex GridWord();
}
