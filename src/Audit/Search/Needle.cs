namespace Candor.Audit.Search;

/// <summary>How sure a finding is.</summary>
public enum Confidence : byte
{
    /// <summary>May be chance, or another person's.</summary>
    Possible,

    /// <summary>Chance is unlikely.</summary>
    Likely,

    /// <summary>Chance is out of the question.</summary>
    Certain,
}

/// <summary>What must not stand beside a match, so that a number inside of a longer one is none.</summary>
internal enum Guard : byte
{
    None,

    /// <summary>A digit.</summary>
    Digit,

    /// <summary>A letter or digit of ASCII.</summary>
    Word,
}

/// <summary>How a needle stands for its value.</summary>
internal enum NeedleUse : byte
{
    /// <summary>All of it.</summary>
    Whole,

    /// <summary>A head of it that counts alone; what follows is compared further, up to all of it.</summary>
    Head,

    /// <summary>Nine characters of a message: they count where at least twelve stand around them.</summary>
    Fragment,

    /// <summary>A piece out of the middle of a photo.</summary>
    Sample,
}

/// <summary>One string of bytes that is looked for, and what finding it means.</summary>
internal sealed class Needle
{
    /// <summary>The value that it stands for.</summary>
    public required OwnerValue Value { get; init; }

    /// <summary>In the words of a report: "sha256 of the international digits, hex".</summary>
    public required string Form { get; init; }

    /// <summary>What the form's odds allow, or less.</summary>
    public required Confidence Confidence { get; init; }

    /// <summary>The bytes of the whole form.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>How many of <see cref="Bytes"/> count alone: all, or the head of <see cref="NeedleUse.Head"/>.</summary>
    public required int Least { get; init; }

    public NeedleUse Use { get; init; }

    /// <summary>Letters A to Z match in either case.</summary>
    public bool AnyCase { get; init; }

    public Guard Guard { get; init; }

    /// <summary>Bytes a character: 2 for UTF-16, where a neighbour is two bytes.</summary>
    public int Unit { get; init; } = 1;

    /// <summary>For fragments and samples: where <see cref="Bytes"/> begin in <see cref="Of"/>.</summary>
    public int At { get; init; }

    /// <summary>For fragments: the whole message in this form. Else empty.</summary>
    public byte[] Of { get; init; } = [];
}

/// <summary>A form that was not looked for: it is so short that chance would find it.</summary>
/// <param name="Value">Of the owner file.</param>
/// <param name="Form">As in <see cref="Needle.Form"/>.</param>
/// <param name="Bits">What it would weigh; <see cref="Odds.LeastBits"/> are wanted.</param>
public sealed record LeftOut(OwnerValue Value, string Form, double Bits);

/// <summary>How often chance alone would find a form.</summary>
/// <remarks>
/// A model, not a measurement: a form of n symbols weighs n times the logarithm of its alphabet, at most what the value itself weighs, and 6 bits more where its neighbours must not
/// continue it (runs begin at one position in 64). Then a gibibyte of nothing but that alphabet has 2^(30 - bits) chance hits.
/// </remarks>
public static class Odds
{
    /// <summary>A quarter of a chance hit in a gibibyte of the worst bytes: beneath that a form is left out.</summary>
    public const double LeastBits = 32;

    internal const double GuardBits = 6;
    private const double LikelyBits = 38;
    private const double CertainBits = 45;

    /// <summary>Chance hits to expect in a gibibyte of the form's own alphabet.</summary>
    public static double PerGibibyte(double bits) => Math.Pow(2, 30 - bits);

    internal static Confidence Of(double bits) => bits >= CertainBits ? Confidence.Certain : bits >= LikelyBits ? Confidence.Likely : Confidence.Possible;

    /// <summary>What a text weighs: digits log2 10, letters log2 26, other ASCII 2, a Chinese character 11 (of the 2,000 common ones), another letter 6.</summary>
    internal static double Of(string text)
    {
        double bits = 0;
        foreach (char c in text)
            bits += char.IsAsciiDigit(c) ? 3.3219 : char.IsAsciiLetter(c) ? 4.7004 : c < 0x80 ? 2 : c is >= '\u3400' and <= '\u9FFF' ? 11 : 6;
        // Few different characters are what padding and placeholders are made of.
        int distinct = text.Distinct().Count();
        return text.Length <= distinct + 2 ? bits : distinct <= 2 ? Math.Min(bits, 4) : distinct <= 3 ? bits / 2 : bits;
    }
}
