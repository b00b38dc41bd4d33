using System.Text;
using Candor.Formats;
using Candor.Tests.Hostile;
using CsCheck;
using Xunit;

namespace Candor.Tests;

public class SafeFileNameTests
{
    [Attack("I07")]
    [Theory]
    [InlineData("Shopping list", "Shopping list.md")]
    [InlineData("a/b\\c:d*e?f\"g<h>i|j", "a_b_c_d_e_f_g_h_i_j.md")]
    [InlineData("../../etc/passwd", "_.._.._etc_passwd.md")]
    [InlineData("..", "untitled.md")]
    [InlineData(".hidden", "_.hidden.md")]
    [InlineData("", "untitled.md")]
    [InlineData(" \t\n\u200B\u202E ", "untitled.md")]
    [InlineData("dots... ", "dots.md")]
    [InlineData("line\nbreak\u2028\u0000x", "line break _x.md")]
    [InlineData("evil\u202Egnp.exe", "evilgnp.exe.md")]
    [InlineData("\uFEFFbom", "bom.md")]
    [InlineData("CON", "_CON.md")]
    [InlineData("nul.txt", "_nul.txt.md")]
    [InlineData("Com1 ", "_Com1.md")]
    [InlineData("LPT¹", "_LPT¹.md")]
    [InlineData("conin$", "_conin$.md")]
    [InlineData("COM", "COM.md")]
    [InlineData("CONTACT", "CONTACT.md")]
    [InlineData("👨‍👩‍👧 می‌خواهم", "👨‍👩‍👧 می‌خواهم.md")]
    public void MakesNamesThatEverySystemCanStore(string title, string name) => Assert.Equal(name, SafeFileName.For(title, ".md"));

    [Fact]
    public void CutsLongNamesBetweenWhatReadersSeeAsCharacters()
    {
        Assert.Equal(new string('x', 196) + ".md", SafeFileName.For(new string('x', 300), ".md"));
        var family = SafeFileName.For(string.Concat(Enumerable.Repeat("👨‍👩‍👧", 40)), ".md");
        Assert.Equal(10 * 18 + 3, Encoding.UTF8.GetByteCount(family));
        var zalgo = SafeFileName.For("e" + string.Concat(Enumerable.Repeat("\u0301", 300)), ".md");
        Assert.InRange(Encoding.UTF8.GetByteCount(zalgo), 100, SafeFileName.MaxBytes);
    }

    [Attack("I07")]
    [Fact]
    public void ComposedAndDecomposedLettersStayTwoNames() =>
        Assert.NotEqual(SafeFileName.For("caf\u00E9", ".md"), SafeFileName.For("cafe\u0301", ".md"));

    [Fact]
    public void KeepsAFilesExtension()
    {
        Assert.Equal("IMG_1.HEIC", SafeFileName.ForFile("IMG_1.HEIC"));
        Assert.Equal("aux_1.jpg", SafeFileName.ForFile("aux/1.jpg"));
        Assert.EndsWith(".jpeg", SafeFileName.ForFile(new string('y', 400) + ".jpeg"), StringComparison.Ordinal);
        Assert.Equal("_.nomedia", SafeFileName.ForFile(".nomedia"));
    }

    [Fact]
    public void NamesThatCollideAreNumbered()
    {
        var taken = new HashSet<string>(SafeFileName.Comparer) { "Note.md", "note (2).md" };
        Assert.Equal("NOTE (3).md", SafeFileName.Distinct("NOTE.md", taken.Contains));
        Assert.Equal("other.md", SafeFileName.Distinct("other.md", taken.Contains));
        var longName = SafeFileName.For(new string('z', 300), ".md");
        var second = SafeFileName.Distinct(longName, name => name == longName);
        Assert.EndsWith("z (2).md", second, StringComparison.Ordinal);
        Assert.InRange(second.Length, 190, SafeFileName.MaxBytes);
    }

    [Attack("I07")]
    [Fact]
    public void EveryNameIsSafeAndStaysAsItIsTheSecondTime() => Gen.String.Sample(title =>
    {
        var name = SafeFileName.For(title, ".md");
        Assert.InRange(Encoding.UTF8.GetByteCount(name), 1, SafeFileName.MaxBytes);
        Assert.DoesNotContain(name, letter => letter is '/' or '\\' or ':' || char.IsControl(letter));
        Assert.Equal(name, SafeFileName.For(name[..^3], ".md"));
        Assert.False(name.StartsWith('.') || name.EndsWith(' ') || name.EndsWith('.'));
    }, iter: 10_000);
}
