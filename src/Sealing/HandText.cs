namespace Candor.Sealing;

/// <summary>Secret bytes as letters and digits that a person copies from paper: Crockford's base32 in groups of four (spec/recovery-password.md §2).</summary>
/// <remarks>A letter's value is computed, not looked up: what was typed decides neither a branch nor a place in memory. The texts themselves cannot be cleared: keep them briefly.</remarks>
internal static class HandText
{
    /// <summary>Neither I, L, O nor U.</summary>
    private const string Letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    private const int BitsPerLetter = 5;

    /// <summary>Letters between two hyphens.</summary>
    private const int Group = 4;

    /// <summary>Letters that hold so many bytes; the bits must fill groups exactly.</summary>
    public static int LettersOf(int bytes) => bytes * 8 % (BitsPerLetter * Group) == 0
        ? bytes * 8 / BitsPerLetter
        : throw new ArgumentException("A text for hands is whole groups of four letters: a multiple of 20 bits.", nameof(bytes));

    /// <summary>"0C3K-9ZQ1-…": upper case, hyphens between groups.</summary>
    public static string Write(ReadOnlySpan<byte> bytes)
    {
        int letters = LettersOf(bytes.Length);
        char[] text = new char[letters + (letters / Group) - 1];
        int at = 0;
        for (int i = 0; i < letters; i++)
        {
            if (i > 0 && i % Group == 0) text[at++] = '-';
            text[at++] = Letters[ValueAt(bytes, i)];
        }
        return new(text);
    }

    /// <summary>Reads what a person typed: upper or lower case, white space and hyphens anywhere, O for 0, I and L for 1.</summary>
    /// <param name="text">Of any length; reading stops behind the letters that fit.</param>
    /// <param name="bytes">Filled where the answer is null; else cleared.</param>
    /// <param name="unknown">The place, from 0, of the first letter that is none; −1: the number of letters is another, or none is wrong.</param>
    /// <returns>True where the text holds exactly these bytes.</returns>
    public static bool TryRead(ReadOnlySpan<char> text, Span<byte> bytes, out int unknown)
    {
        int letters = LettersOf(bytes.Length), count = 0;
        unknown = -1;
        bytes.Clear();
        foreach (char c in text)
        {
            if (c == '-' || char.IsWhiteSpace(c)) continue;
            if (count == letters)
            {
                count++;
                break;
            }
            int value = ValueOf(c);
            if (value < 0 && unknown < 0) unknown = count;
            Put(bytes, count++, value & 31);
        }
        if (count != letters) unknown = -1;
        if (count == letters && unknown < 0) return true;
        bytes.Clear();
        return false;
    }

    private static int ValueAt(ReadOnlySpan<byte> bytes, int letter)
    {
        int value = 0;
        for (int bit = letter * BitsPerLetter; bit < (letter + 1) * BitsPerLetter; bit++) value = (value << 1) | ((bytes[bit / 8] >> (7 - (bit % 8))) & 1);
        return value;
    }

    private static void Put(Span<byte> bytes, int letter, int value)
    {
        for (int i = 0; i < BitsPerLetter; i++)
        {
            int bit = (letter * BitsPerLetter) + i;
            bytes[bit / 8] |= (byte)(((value >> (BitsPerLetter - 1 - i)) & 1) << (7 - (bit % 8)));
        }
    }

    /// <summary>−1 for what is no letter of the list.</summary>
    private static int ValueOf(char c)
    {
        if (c > 'z') return -1;
        int upper = c - (Within(c, 'a', 'z') * 32);
        int value = -1;
        for (int i = 0; i < Letters.Length; i++) value += Same(upper, Letters[i]) * (i + 1);
        value += Same(upper, 'O');
        value += (Same(upper, 'I') | Same(upper, 'L')) * 2;
        return value;
    }

    /// <summary>1 where both are the same, else 0; both below 2^16.</summary>
    private static int Same(int a, int b) => (((a ^ b) - 1) >> 31) & 1;

    private static int Within(int value, int low, int high) => (~((value - low) | (high - value)) >> 31) & 1;
}
