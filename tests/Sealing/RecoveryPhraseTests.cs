using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Candor.Sealing;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class RecoveryPhraseTests
{
    private const string FileName = "phrase.json";

    public static TheoryData<string> Phrases => Vectors.Names(FileName, "words");
    public static TheoryData<string> Forms => Vectors.Names(FileName, "read");
    public static TheoryData<string> Refused => Vectors.Names(FileName, "read", valid: false);

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["words", "read"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
    }

    [Theory]
    [MemberData(nameof(Phrases))]
    public void EntropyAndWordsAreOneAnother(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using RecoveryPhrase phrase = RecoveryPhrase.FromEntropy(c.Bytes("entropy"));
        Assert.Equal(c.Text("words_text"), string.Join(' ', phrase.ToWords()));
        AssertReads(c.Text("words_text"), c.Bytes("entropy"));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void ForgivesForm(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        AssertReads(c.Text("typed_text"), c.Bytes("entropy"));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public void NamesWhatIsWrong(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        PhraseResult result = RecoveryPhrase.TryRead(c.Text("typed_text"), out RecoveryPhrase? phrase, out int unknownWord);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.Null(phrase);
        Assert.Equal(c.TryGetProperty("word", out JsonElement word) ? word.GetInt32() : -1, unknownWord);
    }

    /// <summary>The list as BIP-39 publishes it, each word ended by a line feed.</summary>
    [Fact]
    public void TheWordListIsThePublishedOne()
    {
        StringBuilder list = new();
        for (int i = 0; i < WordList.Count; i++) list.Append(WordList.Word(i)).Append('\n');
        Assert.Equal(
            "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda",
            Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(list.ToString()))));
    }

    [Fact]
    public void EveryWordAndItsBeginningsAreKnown()
    {
        for (int i = 0; i < WordList.Count; i++)
        {
            string word = WordList.Word(i);
            for (int letters = 1; letters <= word.Length; letters++)
            {
                int index = WordList.IndexOf(word.AsSpan(0, letters));
                if (letters >= 4 || letters == word.Length) Assert.Equal(i, index);
                else Assert.True(index < 0 || WordList.Word(index) == word[..letters]);
            }

            Assert.Equal(-1, WordList.IndexOf(word + "x"));
        }
    }

    [Fact]
    public void AnyEntropySurvivesThePaper()
    {
        Gen.Byte.Array[32].Sample(
            entropy =>
            {
                using RecoveryPhrase phrase = RecoveryPhrase.FromEntropy(entropy);
                PhraseResult result = RecoveryPhrase.TryRead(string.Join("\n", phrase.ToWords()), out RecoveryPhrase? read, out _);
                using (read) return result == PhraseResult.Read && read!.Entropy.FixedTimeEquals(phrase.Entropy);
            },
            iter: 500);
    }

    [Fact]
    public void OneWrongWordIsAlmostAlwaysNoticed()
    {
        using RecoveryPhrase phrase = RecoveryPhrase.FromEntropy(SHA256.HashData("one wrong word"u8));
        int passed = 0;
        for (int word = 0; word < RecoveryPhrase.WordCount; word++)
        {
            for (int i = 0; i < WordList.Count; i += 16)
            {
                string[] words = phrase.ToWords();
                if (words[word] == WordList.Word(i)) continue;
                words[word] = WordList.Word(i);
                if (RecoveryPhrase.TryRead(string.Join(' ', words), out RecoveryPhrase? read, out _) == PhraseResult.Read) passed++;
                read?.Dispose();
            }
        }

        Assert.InRange(passed, 1, 40); // 24 × 128 changes and a checksum of 8 bits: about 12.
    }

    [Fact]
    public void NoTwoPhrasesAreAlike()
    {
        using RecoveryPhrase one = RecoveryPhrase.Generate();
        using RecoveryPhrase two = RecoveryPhrase.Generate();
        Assert.NotEqual(one.ToWords(), two.ToWords());
    }

    private static void AssertReads(string typed, byte[] entropy)
    {
        Assert.Equal(PhraseResult.Read, RecoveryPhrase.TryRead(typed, out RecoveryPhrase? phrase, out int unknownWord));
        Assert.Equal(-1, unknownWord);
        using (phrase) Assert.Equal(entropy, phrase!.Entropy.Bytes);
    }
}
