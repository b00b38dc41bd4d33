using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Cli;
using Candor.Cli.Commands;
using Candor.Tests.Server;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Cli;

/// <summary>What a person types, against a real server.</summary>
public sealed partial class CommandTests : IAsyncLifetime
{
    private readonly CandorHere _candor = new();
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() =>
        _server = await TestServer.StartAsync(s => s with { Name = "home.example" });

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
    }

    [Fact]
    public async Task JoinShowsWordsOnceAndCountsThemOnlyWhenTheyAreTypedBack()
    {
        var asked = new List<string>();
        string? Answer(string screen)
        {
            asked.Add(screen);
            string[] words = [.. GridWord().Matches(screen[screen.LastIndexOf("These 24 words", StringComparison.Ordinal)..])
                .OrderBy(m => int.Parse(m.Groups[1].Value)).Select(m => m.Groups[2].Value)];
            Assert.Equal(24, words.Length);
            return asked.Count switch
            {
                1 or 3 => "",
                2 => string.Join(' ', words[..23]) + " zoo",
                _ => string.Join(' ', words.Select(w => w.Length > 4 ? w[..4] : w)),
            };
        }
        var run = await _candor.RunAsync(Answer, default, "join", _server.BaseAddress.Authority, "--name", "Ana's phone");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal(4, asked.Count);
        Assert.Contains("Word 24 on the paper", asked[2], StringComparison.Ordinal);
        Assert.EndsWith("\u001b[?1049l", run.Error, StringComparison.Ordinal);
        Assert.Contains("Ana's phone", run.Out, StringComparison.Ordinal);
        Assert.Contains("Everything is off", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WordsAreInNoDocumentAndInNoFileOfTheHome()
    {
        string kit = _candor.InFolder("kit.txt");
        await File.WriteAllTextAsync(kit, CandorHere.Words);
        var joined = await _candor.RunAsync("join", _server.BaseAddress.Authority, "--words-from", kit, "--json");
        Assert.True(joined.Code == 0, joined.Error);
        var texts = new List<string> { joined.Out, joined.Error };
        foreach (string[] line in Documents) texts.Add((await _candor.RunAsync([.. line, "--json"])).Out);
        foreach (string file in Directory.GetFiles(_candor.Home, "*", SearchOption.AllDirectories)) texts.Add(System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
        string[] words = CandorHere.Words.Split(' ');
        // Three in a row: two words of a list of English ones stand beside each other in a sentence once in some thousand accounts.
        for (int i = 0; i + 2 < words.Length; i++)
        {
            var row = new Regex($@"{words[i]}\W+{words[i + 1]}\W+{words[i + 2]}", RegexOptions.IgnoreCase);
            Assert.All(texts, text => Assert.DoesNotMatch(row, text));
        }
    }

    private static readonly string[][] Documents = [["on", "notes", "--yes"], ["off", "notes"], ["devices"], ["ledger"], ["ledger", "--check"]];

    [Fact]
    public async Task EveryCommandAnswersAProgramWithOneDocumentAndNothingBesideIt()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        foreach (string[] line in Documents)
        {
            var run = await _candor.RunAsync([.. line, "--json"]);
            Assert.True(run.Code == 0, run.Error);
            Assert.DoesNotContain('\u001b', run.Out);
            using var document = JsonDocument.Parse(run.Out);
            Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
        }
    }

    [Fact]
    public async Task NothingIsWrittenOutsideTheHome()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        foreach (string[] line in Documents) await _candor.RunAsync(line);
        Assert.Empty(Directory.GetFileSystemEntries(_candor.UserFolder));
        Assert.Equal(["home", "kit.txt", "user"], Directory.GetFileSystemEntries(_candor.InFolder()).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task WithoutHomeAnEnvironmentVariableOrTheUsualFolderIsTaken()
    {
        string place = Path.Combine(_candor.UserFolder, ".local", "share", "candor");
        Directory.CreateDirectory(place);
        await File.WriteAllTextAsync(Path.Combine(place, "device.key"), "damaged");
        using var errors = new StringWriter();
        int code = await Candor.Cli.Program.RunAsync(["devices"], new(TextReader.Null, TextWriter.Null, errors, false, false, false, 80, n => n == "HOME" ? _candor.UserFolder : null, TimeProvider.System), default);
        Assert.Equal(3, code);
        Assert.Contains(place, errors.ToString(), StringComparison.Ordinal);
        Assert.Contains("candor recover SERVER", errors.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RecoverBringsBackTheAccountOnAnotherDeviceWhichCanThenBeRemoved()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        using var other = new CandorHere();
        string kit = other.InFolder("kit.txt");
        await File.WriteAllTextAsync(kit, CandorHere.Words);
        var recovered = await other.RunAsync("recover", _server.BaseAddress.Authority, "--words-from", kit, "--name", "laptop");
        Assert.True(recovered.Code == 0, recovered.Error);

        var list = await _candor.RunAsync("devices");
        Assert.Contains("laptop", list.Out, StringComparison.Ordinal);
        Assert.Contains("phone (this device)", list.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await _candor.RunAsync("devices", "revoke", "phone", "--yes")).Code);
        Assert.Equal(0, (await _candor.RunAsync("devices", "revoke", "laptop", "--yes")).Code);
        Assert.DoesNotContain("laptop", (await _candor.RunAsync("devices")).Out, StringComparison.Ordinal);
        Assert.Contains("removed", (await _candor.RunAsync("devices", "--all")).Out, StringComparison.Ordinal);
        var refused = await other.RunAsync("on", "notes", "--yes");
        Assert.Equal(3, refused.Code);
        Assert.Contains("removed from the account", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheConsentThatIsShownIsTheOneThatIsSigned()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        string shown = "";
        var run = await _candor.RunAsync(screen =>
        {
            shown = screen;
            return "yes";
        }, default, "on", "notes");
        Assert.Equal(0, run.Code);
        Assert.Contains("home.example", shown, StringComparison.Ordinal);
        Assert.Contains(ConsentText.Of(Candor.Protocol.Kind.Notes, _server.BaseAddress.Authority, "home.example", "", ""), shown, StringComparison.Ordinal);
        Golden.Check("consent", string.Join('\n', Candor.Protocol.Kinds.All.Select(k => ConsentText.Of(k, "127.0.0.1:8787", "home.example", "de Berlin", k == Candor.Protocol.Kind.Notes ? "is" : k == Candor.Protocol.Kind.Photos ? "" : "de") + ConsentText.Said("de", Candor.Law.ConsentPath.Own))));
    }

    [Theory]
    [InlineData("n")]
    [InlineData("")]
    [InlineData("yess")]
    public async Task AnythingButYesIsNo(string answer)
    {
        await _candor.JoinAsync(_server.BaseAddress);
        var run = await _candor.RunAsync(_ => answer, default, "on", "notes");
        Assert.Equal((0, "notes stays off.\n"), (run.Code, run.Out));
    }

    [Fact]
    public async Task OffIsOffThoughTheServerCannotBeTold()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        await _candor.RunAsync("on", "notes", "--yes");
        await _server.StopAsync();
        var off = await _candor.RunAsync("off", "notes");
        Assert.Equal(0, off.Code);
        Assert.StartsWith("notes is off.\n", off.Out, StringComparison.Ordinal);
        Assert.Contains("told at the next contact", off.Error, StringComparison.Ordinal);
        Assert.Equal(3, (await _candor.RunAsync("backup", _candor.InFolder())).Code);
    }

    [Fact]
    public async Task TheLedgerCanBeReadWhileAnotherCandorHoldsTheDevice()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        using var held = Candor.Client.Devices.Device.Open(_candor.Home, TimeProvider.System);
        var run = await _candor.RunAsync("ledger");
        Assert.Equal(0, run.Code);
        Assert.Contains("POST /v1/accounts", run.Out, StringComparison.Ordinal);
        Assert.Contains("Another candor is at work", (await _candor.RunAsync("devices")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheLedgerCountsEveryByteItLists()
    {
        await _candor.JoinAsync(_server.BaseAddress);
        using var ledger = JsonDocument.Parse((await _candor.RunAsync("ledger", "--json")).Out);
        var list = ledger.RootElement.GetProperty("list").EnumerateArray().ToList();
        Assert.Equal(ledger.RootElement.GetProperty("requests").GetInt64(), list.Count);
        Assert.Equal(ledger.RootElement.GetProperty("bytesOut").GetInt64(), list.Sum(r => r.GetProperty("head").GetInt64() + r.GetProperty("body").GetInt64()));
        using var none = JsonDocument.Parse((await _candor.RunAsync("ledger", "--json", "--since", "2100-01-01")).Out);
        Assert.Equal(0, none.RootElement.GetProperty("requests").GetInt64());
    }

    [Theory]
    [InlineData("cloud.example", "https://cloud.example/")]
    [InlineData("cloud.example:8443", "https://cloud.example:8443/")]
    [InlineData("localhost:8787", "http://localhost:8787/")]
    [InlineData("[::1]:8787", "http://[::1]:8787/")]
    [InlineData("http://192.168.1.20", "http://192.168.1.20/")]
    [InlineData("ftp://cloud.example", null)]
    [InlineData("https://a@cloud.example", null)]
    [InlineData("https://cloud.example/x", null)]
    [InlineData("", null)]
    public void AServerIsReachedSafelyUnlessAPersonTypesOtherwise(string typed, string? address) =>
        Assert.Equal(address, ServerArgument.Read(typed)?.AbsoluteUri);

    [Theory]
    [InlineData("2026-11-24", "2026-11-24T00:00:00Z")]
    [InlineData("2026-11-24 09:30", "2026-11-24T09:30:00Z")]
    [InlineData("2026-11-24T09:30Z", "2026-11-24T09:30:00Z")]
    [InlineData("2026-11-24T09:30+02:00", "2026-11-24T07:30:00Z")]
    [InlineData("yesterday", "2026-11-24T00:00:00Z")]
    [InlineData("90m", "2026-11-25T10:30:00Z")]
    [InlineData("3d", "2026-11-22T12:00:00Z")]
    [InlineData("soon", null)]
    [InlineData("9999999d", null)]
    public void ATimeIsReadAsAPersonTypesIt(string typed, string? time)
    {
        var clock = new FakeTimeProvider(new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal(time is null ? null : DateTimeOffset.Parse(time), TimeOption.Read(typed, clock));
    }

    [Fact]
    public async Task AsAProcessItTellsItsVersionAndStopsWithoutATrace()
    {
        Assert.Equal((0, "candor 0.1.0\n", ""), await ProcessAsync("--version"));
        var (code, output, error) = await ProcessAsync("devices", "--home", _candor.InFolder("none"));
        Assert.Equal((3, ""), (code, output));
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Contains("candor join SERVER", error, StringComparison.Ordinal);
    }

    private static async Task<(int, string, string)> ProcessAsync(params string[] args)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "candor.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. args]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, error);
    }

    [GeneratedRegex(@"(\d+)  ([a-z]{3,8})\b")]
    private static partial Regex GridWord();
}
