using Candor.Client.Library;

namespace Candor.Tests.Client.Library;

/// <summary>What a search takes for the same. The tests run without ICU, as the programs do.</summary>
public class LettersTests
{
    [Theory]
    [InlineData("Caf\u00E9 Z\u00FCrich", "cafe zurich")]
    [InlineData("Cafe\u0301", "cafe")]
    [InlineData("\u0141\u00F3d\u017A, \u00D8rsted, Ho\u00E0ng V\u0103n \u0110\u1EE9c", "lodz, orsted, hoang van duc")]
    [InlineData("\u039A\u03B1\u03BB\u03B7\u03BC\u03AD\u03C1\u03B1", "\u03BA\u03B1\u03BB\u03B7\u03BC\u03B5\u03C1\u03B1")]
    [InlineData("\u05E9\u05B8\u05C1\u05DC\u05D5\u05B9\u05DD", "\u05E9\u05DC\u05D5\u05DD")]
    [InlineData("plain", "plain")]
    [InlineData("\u5F20\u4F1F \uD83D\uDE00 \uD800", "\u5F20\u4F1F \uD83D\uDE00 \uD800")]
    public void AccentsAndCaseAreAlike(string text, string folded) => Assert.Equal(folded, Letters.Folded(text));

    [Fact]
    public void VowelSignsOfIndianScriptsAreLetters() => Assert.NotEqual(Letters.Folded("\u0915\u0941"), Letters.Folded("\u0915"));
}
