using System.Diagnostics;
using Candor.Cli;
using Candor.Cli.Help;

namespace Candor.Tests.Cli;

/// <summary>What candor says about itself.</summary>
public sealed class HelpTests : IDisposable
{
    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    public static TheoryData<string> Commands() => [.. Tree().Groups.SelectMany(g => g.Commands).Select(c => c.Name)];

    [Fact]
    public async Task NothingAskedShowsTheCommandsByWhatAPersonWants()
    {
        var run = await _candor.RunAsync();
        Assert.Equal((0, ""), (run.Code, run.Error));
        Golden.Check("overview", run.Out);
        Assert.Equal(run.Out, (await _candor.RunAsync("--help")).Out);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task EveryCommandHasAPageThatFitsTheScreen(string command)
    {
        var run = await _candor.RunAsync(command, "--help");
        Assert.Equal((0, ""), (run.Code, run.Error));
        Golden.Check($"help-{command}", run.Out);
        Assert.All(run.Out.Split('\n'), line => Assert.True(line.Length <= 96, line));
        Assert.Equal(run.Out, (await _candor.RunAsync(command, "--no-such-option", "--help")).Out);
    }

    [Fact]
    public void EveryOptionSaysWhatItDoesAndEveryCommandIsListedOnce()
    {
        var tree = Tree();
        Assert.Equal(tree.Groups.SelectMany(g => g.Commands), tree.Root.Subcommands);
        foreach (var command in tree.Root.Subcommands)
        {
            Assert.True(CommandText.Summary(command).Length is > 10 and < 80, command.Name);
            Assert.All(command.Options, o => Assert.False(string.IsNullOrEmpty(o.Description), o.Name));
        }
    }

    [Fact]
    public async Task TheManualIsTroffWithoutAWarning()
    {
        var run = await _candor.RunAsync("man");
        Golden.Check("man", run.Out);
        using var groff = Process.Start(new ProcessStartInfo("groff", ["-man", "-Tutf8", "-ww"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var page = groff.StandardOutput.ReadToEndAsync();
        var warnings = groff.StandardError.ReadToEndAsync();
        await groff.StandardInput.WriteAsync(run.Out);
        groff.StandardInput.Close();
        Assert.Equal("", await warnings);
        string text = await page;
        Assert.All(Tree().Root.Subcommands, c => Assert.Contains($"candor {c.Name}", text, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("candor o", "off", "on")]
    [InlineData("candor on c", "contacts")]
    [InlineData("candor completion ", "bash", "fish", "zsh")]
    [InlineData("candor devices re", "revoke")]
    public async Task CompletionOffersWhatMayComeNext(string line, params string[] offered)
    {
        var run = await _candor.RunAsync($"[suggest:{line.Length}]", line);
        Assert.Equal(0, run.Code);
        string[] lines = run.Out.Split('\n');
        Assert.All(offered, o => Assert.Contains(o, lines));
    }

    [Theory]
    [InlineData("bash")]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task ACompletionScriptAsksCandorItself(string shell)
    {
        var run = await _candor.RunAsync("completion", shell);
        Assert.Equal(0, run.Code);
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
        if (shell != "bash") return;
        using var bash = Process.Start(new ProcessStartInfo("bash", ["-n", "-c", run.Out]) { RedirectStandardError = true })!;
        Assert.Equal("", await bash.StandardError.ReadToEndAsync());
    }

    [Fact]
    public void TheExitCodesOfThePageAreThoseOfTheProgram()
    {
        string page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "cli.md"));
        Assert.All(ExitCode.All, e => Assert.Contains($"| {e.Code} | {e.Meaning} |", page, StringComparison.Ordinal));
    }

    private static CommandTree Tree() => CommandTree.Grow(new(TextReader.Null, TextWriter.Null, TextWriter.Null, false, false, false, 80, _ => null, TimeProvider.System));
}
