using System.Text;
using Candor.Hpke;
using Candor.Sealing;
using Xunit;

namespace Candor.Tests.Sealing;

/// <summary>Every decoder of the project under seeded mutations: no exception, and what it takes is what was made.</summary>
public class SealingFuzzTests
{
    private const int Mutants = 5_000;

    private static readonly byte[] Context = "candor/v1 test"u8.ToArray();

    [Fact]
    public void OnlyTheBytesThatWereSealedOpen()
    {
        using Secret32 key = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);
        byte[][] corpus = [.. new[] { 0, 1, 300, 16_384, 16_385, 40_000 }.Select(n => CobblestoneTests.Seal(key, Context, new byte[n]))];
        HashSet<OpenResult> seen = [];
        Random random = new(1);
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutations.One(corpus[i % corpus.Length], corpus, random);
            byte[] destination = new byte[mutant.Length];
            OpenResult whole = Cobblestone.Open(key, Context, mutant, destination, out int written);
            seen.Add(whole);
            if (whole == OpenResult.Opened) Assert.Contains(corpus, c => c.AsSpan().SequenceEqual(mutant));
            else Assert.True(written == 0 && destination.AsSpan().IndexOfAnyExcept((byte)0) < 0);

            OpenResult streamed = SealedReader.Open(key, Context, new MemoryStream(mutant), out SealedReader? reader);
            if (streamed == OpenResult.Opened) streamed = reader!.CopyTo(Stream.Null);
            reader?.Dispose();
            Assert.Equal(whole, streamed);
        }

        Assert.Equal(Enum.GetValues<OpenResult>().Length, seen.Count);
    }

    [Fact]
    public void WhatUnpadsPadsToTheSameBytes()
    {
        byte[][] corpus = [.. new[] { 0, 5, 255, 256, 1000 }.Select(Padded)];
        Random random = new(2);
        int taken = 0;
        for (int i = 0; i < Mutants; i++)
        {
            byte[] mutant = Mutations.One(corpus[i % corpus.Length], corpus, random);
            if (!Padding.TryUnpad(mutant, out int plain)) continue;
            taken++;
            byte[] again = [.. mutant];
            again.AsSpan(plain).Fill(0xAA);
            Padding.Pad(again, plain);
            Assert.Equal(mutant, again);
        }

        Assert.InRange(taken, 1, Mutants - 1);

        static byte[] Padded(int length)
        {
            byte[] padded = new byte[Padding.PaddedRecordLength(length)];
            padded.AsSpan(0, length).Fill(0x61);
            Padding.Pad(padded, length);
            return padded;
        }
    }

    [Fact]
    public void OnlyTheBytesThatWereSealedToAKeyOpen()
    {
        using Secret32 key = new([.. Enumerable.Range(1, 32).Select(i => (byte)i)]);
        byte[][] corpus = [.. new[] { 0, 32, 100 }.Select(n =>
        {
            byte[] sealedBytes = new byte[n + HpkeBase.Overhead];
            HpkeBase.Seal(1, HpkeBase.PublicKeyOf(key), Context, [], new byte[n], sealedBytes);
            return sealedBytes;
        })];
        Random random = new(3);
        for (int i = 0; i < Mutants / 5; i++)
        {
            byte[] mutant = Mutations.One(corpus[i % corpus.Length], corpus, random);
            byte[] destination = new byte[Math.Max(0, mutant.Length - HpkeBase.Overhead)];
            HpkeResult result = HpkeBase.Open(1, key, Context, [], mutant, destination);
            if (result == HpkeResult.Done) Assert.Contains(corpus, c => c.AsSpan().SequenceEqual(mutant));
            else Assert.Equal(mutant.Length < HpkeBase.Overhead ? HpkeResult.TooShort : HpkeResult.Damaged, result);
        }
    }

    [Fact]
    public void WhatReadsAsAPhraseWritesBackAsItsWords()
    {
        using RecoveryPhrase phrase = RecoveryPhrase.FromEntropy([.. Enumerable.Range(5, 32).Select(i => (byte)i)]);
        string words = string.Join(' ', phrase.ToWords());
        string[] forms = [words, words.ToUpperInvariant(), words.Replace(" ", "\n  ", StringComparison.Ordinal)];
        byte[][] corpus = [.. forms.Select(Encoding.UTF8.GetBytes)];
        HashSet<PhraseResult> seen = [];
        Random random = new(4);
        for (int i = 0; i < Mutants; i++)
        {
            string typed = Encoding.UTF8.GetString(Mutations.One(corpus[i % corpus.Length], corpus, random));
            PhraseResult result = RecoveryPhrase.TryRead(typed, out RecoveryPhrase? read, out int unknownWord);
            seen.Add(result);
            Assert.Equal(result == PhraseResult.UnknownWord, unknownWord is >= 0 and < RecoveryPhrase.WordCount);
            if (result != PhraseResult.Read) continue;
            Assert.Equal(PhraseResult.Read, RecoveryPhrase.TryRead(string.Join(' ', read!.ToWords()), out RecoveryPhrase? again, out _));
            Assert.True(read.Entropy.FixedTimeEquals(again!.Entropy));
            read.Dispose();
            again.Dispose();
        }

        Assert.Contains(PhraseResult.WrongWordCount, seen);
        Assert.Contains(PhraseResult.UnknownWord, seen);
    }
}
