using System.Text;
using Candor.Shelf.Packs;

namespace Candor.Tests.Shelf;

/// <summary>spec/greeting-pack.md: sources, what a text may be, packs.</summary>
public class GreetingPackTests
{
    private const string Header = "language: en\noccasion: birthday\nkind: message\nauthor: the Candor authors\nlicence: CC0-1.0\n\n";

    [Fact]
    public void ASourceHasEntriesBetweenPercentSignsWhichMayNameTheirKind()
    {
        var source = Read(Header + "One.\n%\n% joke\nTwo,\ntwo.\n%\n\n%\nThree.\n");
        Assert.Empty(source.Problems);
        Assert.Equal(("en", 3), (source.Language, source.Entries.Count));
        Assert.Equal([("One.", GreetingKind.Message), ("Two,\ntwo.", GreetingKind.Joke), ("Three.", GreetingKind.Message)], source.Entries.Select(e => (e.Text, e.Kind)));
    }

    [Theory]
    [InlineData("language: en\n\nx\n", "no line \"occasion")]
    [InlineData("colour: red\n\nx\n", "Line 1: the header")]
    [InlineData("language: en\noccasion: Birth Day\nkind: message\nauthor: a\nlicence: b\n\nx\n", "is no occasion")]
    [InlineData("language: English\noccasion: x\nkind: message\nauthor: a\nlicence: b\n\nx\n", "is no language")]
    [InlineData("language: en\noccasion: x\nkind: song\nauthor: a\nlicence: b\n\nx\n", "is no kind")]
    public void AHeaderThatIsNotCompleteIsSaid(string text, string said)
    {
        var source = Read(text);
        Assert.Empty(source.Entries);
        Assert.Contains(said, Assert.Single(source.Problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("See http://a.example", "link")]
    [InlineData("See WWW.a", "link")]
    [InlineData("See evil.example now", "link")]
    [InlineData("Write to me@home", "link")]
    [InlineData("Call +49 (170) 123-45.67", "phone number")]
    [InlineData("Call ٠١٢٣٤٥٦", "phone number")]
    [InlineData("a\u202eb", "U+202E")]
    [InlineData("a\u2066b", "U+2066")]
    [InlineData("a\u0007b", "U+0007")]
    [InlineData("a\ufeffb", "U+FEFF")]
    [InlineData("a\ue000b", "U+E000")]
    [InlineData("a\U000E0041b", "U+E0041")]
    [InlineData("", "empty")]
    public void ATextThatCouldMisleadIsRefusedByName(string text, string said) => Assert.Contains(said, GreetingText.Problem(text), StringComparison.Ordinal);

    [Theory]
    [InlineData("2026, 2027 and 1,000 kisses!")]
    [InlineData("می‌خواهم 👩‍👩‍👧")]
    [InlineData("Wait... what?")]
    public void PlainWordsAreFit(string text) => Assert.Null(GreetingText.Problem(text));

    [Fact]
    public void AThousandCharactersFitAndOneMoreDoesNot()
    {
        // An attribute cannot hold half a character.
        Assert.Contains("valid Unicode", GreetingText.Problem("a\ud800"), StringComparison.Ordinal);
        Assert.Null(GreetingText.Problem(string.Concat(Enumerable.Repeat("🙂", 1000))));
        Assert.Contains("1,000", GreetingText.Problem(new string('a', 1001)), StringComparison.Ordinal);
    }

    [Fact]
    public void TextsThatDifferOnlyInSpacesPunctuationCaseOrFormAreOne()
    {
        var pack = Pack(["Happy  birthday!", "happy birthday", "Ｈappy birthday…", "Happy birthday, Ann"]);
        Assert.Equal(2, pack.Entries.Count);
        Assert.Equal(2, GreetingPack.Build("a", "en", 1, [new("x", GreetingKind.Message, "Hi", "a", "b"), new("y", GreetingKind.Message, "Hi", "a", "b")]).Entries.Count);
    }

    [Fact]
    public void APackIsPaddedToASizeClassAndReadAsItWas()
    {
        var pack = Pack(["One.", "Two."]);
        byte[] file = pack.Encode();
        Assert.Equal(16 << 10, file.Length);
        Assert.True(GreetingPack.TryRead(file, out var read, out _));
        Assert.Equal(pack.Entries, read.Entries);
        Assert.Equal(file, Pack(["Two.", "One."]).Encode());
        Assert.Equal(64 << 10, Pack([.. Enumerable.Range(0, 900).Select(i => $"A greeting that has the number {i}")]).Encode().Length);
    }

    [Fact]
    public void ADamagedPackIsRefusedWithItsReason()
    {
        byte[] good = Pack(["One.", "Two."]).Encode();
        foreach (var spoil in new Func<byte[], byte[]>[] { b => b[..^1], b => [.. b, 0], b => Set(b, ^1, 1), b => Set(b, 3, 0), b => Set(b, 4, 0x84), b => Set(b, 0, 255), _ => [] })
        {
            Assert.False(GreetingPack.TryRead(spoil([.. good]), out var pack, out string reason));
            Assert.Null(pack);
            Assert.NotEmpty(reason);
        }
        // The same entries in another order are another file, and no pack.
        int one = good.AsSpan().IndexOf("One."u8), two = good.AsSpan().IndexOf("Two."u8);
        "Two."u8.CopyTo(good.AsSpan(one));
        "One."u8.CopyTo(good.AsSpan(two));
        Assert.False(GreetingPack.TryRead(good, out _, out _));
    }

    [Fact]
    public void AFortuneFileIsReadWithoutItsColours()
    {
        var origin = new GreetingOrigin("zh-Hant", "poem", GreetingKind.Poem, "Tang poets", "public domain");
        var source = GreetingSource.ReadFortunes(Encoding.UTF8.GetBytes("\u001b[32m《春曉》\u001b[m\n\t春眠不覺曉,處處聞啼鳥。\r\n%\n\u001b[1;33m夜來風雨聲\u001b[0m\n%\n"), origin);
        Assert.Empty(source.Problems);
        Assert.Equal(["《春曉》\n 春眠不覺曉,處處聞啼鳥。", "夜來風雨聲"], source.Entries.Select(e => e.Text));
        Assert.All(source.Entries, e => Assert.Equal(("Tang poets", "public domain"), (e.Author, e.Licence)));
    }

    /// <summary>Debian's fortunes-zh, which ./test installs.</summary>
    [Fact]
    public async Task DebiansTangPoemsBecomeAPack()
    {
        const string fortunes = "/usr/share/games/fortunes/tang300";
        Assert.True(File.Exists(fortunes), "The package fortunes-zh is missing: ./test installs it.");
        string folder = Directory.CreateTempSubdirectory("candor-shelf-").FullName;
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await Candor.Server.Operator.Commands.RunAsync(
            ["shelf", "build", "--fortune", fortunes, "--to", folder, "--language", "zh-Hans", "--occasion", "poem", "--author", "fortunes-zh", "--licence", "GPL-3.0-or-later"], output, errors);
        Assert.True(code is 0 or 1, errors.ToString());
        Assert.True(GreetingPack.TryRead(File.ReadAllBytes(Path.Combine(folder, "fortune-zh-Hans.pack")), out var pack, out string reason), reason);
        Assert.True(pack.Entries.Count > 250, output.ToString());
        Assert.All(pack.Entries, e => Assert.Equal((GreetingKind.Poem, "GPL-3.0-or-later"), (e.Kind, e.Licence)));
        Assert.Contains(pack.Entries, e => e.Text.Contains("兰叶春葳蕤", StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task TheOperatorBuildsThePacksOfAFolderAndHearsWhatWasRefused()
    {
        string folder = Directory.CreateTempSubdirectory("candor-shelf-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "en"));
        File.WriteAllText(Path.Combine(folder, "en", "birthday.txt"), Header + "Good.\n%\nSee www.evil\n%\ngood!\n");
        using var output = new StringWriter();
        using var errors = new StringWriter();
        Assert.Equal(1, await Candor.Server.Operator.Commands.RunAsync(["shelf", "build", "--from", folder, "--to", folder], output, errors));
        Assert.StartsWith("candor-en.pack: 1 greetings, 1 twice", output.ToString(), StringComparison.Ordinal);
        Assert.Contains("birthday.txt: Line 9: the entry has a link", errors.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, await Candor.Server.Operator.Commands.RunAsync(["shelf", "build", "--from", folder], output, errors));
        Assert.Equal(3, await Candor.Server.Operator.Commands.RunAsync(["shelf", "build", "--from", Path.Combine(folder, "en", "none"), "--to", folder], output, errors));
        Directory.Delete(folder, recursive: true);
    }

    private static byte[] Set(byte[] bytes, Index at, byte value)
    {
        bytes[at] = value;
        return bytes;
    }

    private static GreetingSource Read(string text) => GreetingSource.Read(Encoding.UTF8.GetBytes(text));

    private static GreetingPack Pack(string[] texts) => GreetingPack.Build("a", "en", 1, texts.Select(t => new Greeting("x", GreetingKind.Message, t, "a", "CC0-1.0")));
}
