using Candor.Cli.Commands;
using Candor.Cli.Screens;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Cli;

/// <summary>Words, numbers and pictures on a terminal.</summary>
public sealed class ScreenTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.00 kB")]
    [InlineData(9_994, "9.99 kB")]
    [InlineData(9_995, "10.0 kB")]
    [InlineData(99_950, "100 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.00 MB")]
    [InlineData(long.MaxValue, "9223372 TB")]
    public void BytesAreThreeDigitsAndAUnit(long bytes, string text) => Assert.Equal(text, Wording.Bytes(bytes));

    [Theory]
    [InlineData(30, "just now")]
    [InlineData(60, "1 minute ago")]
    [InlineData(7200, "2 hours ago")]
    [InlineData(86_400 * 3, "3 days ago")]
    [InlineData(86_400 * 40, "2026-10-16")]
    [InlineData(-500, "just now")]
    public void ATimeIsAsFarBackAsItFeels(int seconds, string text)
    {
        var clock = new FakeTimeProvider(new(2026, 11, 25, 12, 0, 0, TimeSpan.Zero));
        Assert.Equal(text, Wording.Ago(clock.GetUtcNow().AddSeconds(-seconds), clock));
    }

    [Theory]
    [InlineData("Ana's phone", "Ana's phone")]
    [InlineData("a\u001b[2Jb", "a\uFFFD[2Jb")]
    [InlineData("a\nb", "a\uFFFDb")]
    [InlineData("invoice\u202Efdp.exe", "invoice\uFFFDfdp.exe")]
    [InlineData("日本語 😀", "日本語 😀")]
    public void ANameThatSomebodyElseChoseCannotMoveTheCursor(string name, string shown) => Assert.Equal(shown, Wording.Plain(name));

    [Fact]
    public void MarkupInANameIsNoMarkup()
    {
        using var output = new StringWriter();
        var table = Screen.Table("Name");
        table.Row("[red]x[/] [[");
        Screen.Show(new(TextReader.Null, output, TextWriter.Null, false, true, true, 80, n => n == "TERM" ? "xterm" : null, TimeProvider.System), table);
        Assert.Contains("[red]x[/] [[", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void TheGridHoldsEveryWordUnderItsNumber()
    {
        string[] words = [.. Enumerable.Range(1, 24).Select(i => $"word{i}")];
        string grid = WordGrid.Of(words);
        for (int i = 1; i <= 24; i++) Assert.Matches($@"(?<!\d){i}  word{i}(?!\d)", grid);
        Assert.All(grid.Split('\n'), line => Assert.True(line.Length <= 72));
    }

    [Theory]
    [InlineData("abandon ability able", "aban abil able", null)]
    [InlineData("abandon ability able", "ABANDON ability able", null)]
    [InlineData("abandon ability able", "aba ability able", 0)]
    [InlineData("abandon ability able", "abandon ability", 2)]
    [InlineData("abandon ability able", "abandon ability able zoo", 3)]
    [InlineData("abandon ability able", "abandon abilities able", 1)]
    public void TypedWordsAreHeldAgainstThoseShown(string shown, string typed, int? different) =>
        Assert.Equal(different, RecoveryDialog.FirstDifference(shown.Split(' '), typed.Split(' ')));

    [Fact]
    public void ACodeForScannersFitsAScreenAndHasItsQuietZone()
    {
        string link = $"candor:pair/home.example/493028117/{new string('a', 64)}";
        string[] lines = QrCode.Of(link, colours: true).TrimEnd('\n').Split('\n');
        Assert.True(lines.Length <= 30);
        Assert.All(lines[..2], l => Assert.DoesNotContain('█', l));
        Assert.All(lines, l => Assert.StartsWith("  \u001b[30;107m    ", l, StringComparison.Ordinal));
    }
}
