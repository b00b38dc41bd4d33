namespace Candor.Audit.Search;

/// <summary>A needle that stands in a text: where, how much of it, and how sure that makes it.</summary>
internal readonly record struct NeedleMatch(Needle Needle, int Start, int Length, Confidence Confidence)
{
    /// <summary>Characters of a message that count where not all of it is there.</summary>
    public const int LeastFragment = 12;

    private const int LikelyFragment = 20;

    /// <summary>Extends what the sieve found and looks at the neighbours; null where it is none.</summary>
    /// <param name="needle">What the sieve found.</param>
    /// <param name="text">All that is there.</param>
    /// <param name="at">Where the needle begins.</param>
    public static NeedleMatch? Of(Needle needle, ReadOnlySpan<byte> text, int at)
    {
        if (needle.Use == NeedleUse.Fragment)
            return Fragment(needle, text, at);
        int length = NeedleSieve.Common(text[at..], needle.Bytes, needle.AnyCase);
        if (needle.Guard != Guard.None && (Continues(text, at - needle.Unit, needle) || Continues(text, at + length, needle)))
            return null;
        return new(needle, at, length, needle.Confidence);
    }

    private static NeedleMatch? Fragment(Needle needle, ReadOnlySpan<byte> text, int at)
    {
        int before = Math.Min(at, needle.At);
        int back = text.Slice(at - before, before).CommonSuffixLength(needle.Of.AsSpan(needle.At - before, before));
        int start = at - back, from = needle.At - back;
        int length = text[start..].CommonPrefixLength(needle.Of.AsSpan(from));
        int characters = Characters(needle.Of.AsSpan(from, length), needle.Unit);
        if (characters < LeastFragment) return null;
        bool whole = length == needle.Of.Length;
        return new(needle, start, length, characters >= LikelyFragment ? whole ? Confidence.Certain : Confidence.Likely : Confidence.Possible);
    }

    private static int Characters(ReadOnlySpan<byte> bytes, int unit)
    {
        if (unit == 2) return bytes.Length / 2;
        int characters = 0;
        foreach (byte b in bytes) characters += (b & 0xC0) != 0x80 ? 1 : 0;
        return characters;
    }

    private static bool Continues(ReadOnlySpan<byte> text, int at, Needle needle)
    {
        if (at < 0 || at + needle.Unit > text.Length) return false;
        byte c = text[at];
        if (needle.Unit == 2)
        {
            if (text[at] != 0 && text[at + 1] != 0) return false;
            c = (byte)(text[at] | text[at + 1]);
        }
        return needle.Guard == Guard.Digit ? char.IsAsciiDigit((char)c) : char.IsAsciiLetterOrDigit((char)c);
    }
}

/// <summary>Bytes without a common prefix have a common suffix; the BCL has only the former.</summary>
internal static class Suffix
{
    public static int CommonSuffixLength(this ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        int same = 0;
        while (same < a.Length && same < b.Length && a[^(same + 1)] == b[^(same + 1)]) same++;
        return same;
    }
}
