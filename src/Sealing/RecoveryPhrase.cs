using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>What came of reading a phrase. Closed.</summary>
public enum PhraseResult
{
    Read,

    /// <summary>Not 24 words.</summary>
    WrongWordCount,

    /// <summary>A word that is not in the list, and not the first four or more letters of one that is.</summary>
    UnknownWord,

    /// <summary>24 words of the list that are not a phrase: one is wrong, or two changed places.</summary>
    WrongChecksum,
}

/// <summary>
/// 24 words that hold 32 random bytes: the holder that a person writes on paper. BIP-39 English, 256 bits and 8 bits of checksum.
/// </summary>
/// <remarks>
/// The keys are made from the 32 bytes themselves, not from BIP-39's seed: its PBKDF2 adds nothing to 256 bits of entropy, and its
/// passphrase would be a second secret to lose. Source: spec/recovery-phrase.md.
/// </remarks>
public sealed class RecoveryPhrase : IDisposable
{
    public const int WordCount = 24;

    private const int BitsPerWord = 11;

    private RecoveryPhrase(Secret32 entropy) => Entropy = entropy;

    /// <summary>The 32 bytes. They live and die with the phrase.</summary>
    public Secret32 Entropy { get; }

    public static RecoveryPhrase Generate() => new(Secret32.Generate());

    /// <summary>Copies the 32 bytes.</summary>
    public static RecoveryPhrase FromEntropy(ReadOnlySpan<byte> entropy) => new(new Secret32(entropy));

    /// <summary>
    /// Reads what a person typed. Forgiving in form: upper case, any white space, the first four or more letters of a word. Strict in
    /// content.
    /// </summary>
    /// <param name="text">The words. Of any length; reading stops at the 25th word.</param>
    /// <param name="phrase">Null unless the answer is <see cref="PhraseResult.Read"/>.</param>
    /// <param name="unknownWord">With <see cref="PhraseResult.UnknownWord"/> the place of the first such word, 0 … 23; else −1.</param>
    public static PhraseResult TryRead(ReadOnlySpan<char> text, out RecoveryPhrase? phrase, out int unknownWord)
    {
        phrase = null;
        unknownWord = -1;
        Span<byte> bits = stackalloc byte[Secret32.Size + 1]; // 24 words of 11 bits: 32 bytes and the checksum.
        bits.Clear();

        int count = 0;
        while (!(text = text.TrimStart()).IsEmpty && count++ < WordCount)
        {
            int length = 1;
            while (length < text.Length && !char.IsWhiteSpace(text[length])) length++;
            int index = WordList.IndexOf(text[..length]);
            if (index >= 0) PutWord(bits, count - 1, index);
            else if (unknownWord < 0) unknownWord = count - 1;
            text = text[length..];
        }

        if (count != WordCount) unknownWord = -1;
        PhraseResult result =
            count != WordCount ? PhraseResult.WrongWordCount
            : unknownWord >= 0 ? PhraseResult.UnknownWord
            : bits[^1] != Checksum(bits[..^1]) ? PhraseResult.WrongChecksum
            : PhraseResult.Read;
        if (result == PhraseResult.Read) phrase = FromEntropy(bits[..^1]);
        CryptographicOperations.ZeroMemory(bits);
        return result;
    }

    /// <summary>
    /// The 24 words, to be shown once. Their order is the secret, and the array cannot be cleared from memory for sure: keep it briefly.
    /// </summary>
    public string[] ToWords()
    {
        Span<byte> bits = stackalloc byte[Secret32.Size + 1];
        Entropy.Bytes.CopyTo(bits);
        bits[^1] = Checksum(Entropy.Bytes);
        string[] words = new string[WordCount];
        for (int i = 0; i < words.Length; i++) words[i] = WordList.Word(WordAt(bits, i));
        CryptographicOperations.ZeroMemory(bits);
        return words;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose() => Entropy.Dispose();

    /// <summary>The first byte of SHA-256.</summary>
    private static byte Checksum(ReadOnlySpan<byte> entropy)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(entropy, hash);
        return hash[0];
    }

    private static int WordAt(ReadOnlySpan<byte> bits, int word)
    {
        int index = 0;
        for (int bit = word * BitsPerWord; bit < (word + 1) * BitsPerWord; bit++)
            index = (index << 1) | ((bits[bit / 8] >> (7 - (bit % 8))) & 1);
        return index;
    }

    private static void PutWord(Span<byte> bits, int word, int index)
    {
        for (int i = 0; i < BitsPerWord; i++)
        {
            int bit = (word * BitsPerWord) + i;
            bits[bit / 8] |= (byte)(((index >> (BitsPerWord - 1 - i)) & 1) << (7 - (bit % 8)));
        }
    }
}
