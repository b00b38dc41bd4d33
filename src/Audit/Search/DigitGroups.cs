namespace Candor.Audit.Search;

/// <summary>Numbers of the owner written in groups: "(030) 123-45 67", "+49 (0)30 1234567", an IMEI with dashes. The groups are put together, whatever stands between them.</summary>
internal sealed class DigitGroups
{
    private const int MaxGroups = 9, LeastDigits = 7, MostDigits = 20, LongestGap = 3;

    private readonly Dictionary<string, (OwnerValue Value, string Form)> _numbers = new(StringComparer.Ordinal);

    public DigitGroups(OwnerFile owner)
    {
        foreach (var value in owner.Values.Where(v => v.Kind is OwnerKind.OwnNumber or OwnerKind.ContactNumber))
        {
            foreach (var spelling in PhoneSpellings.Of(value.Text).Where(s => s.Text.All(char.IsAsciiDigit)))
            {
                _numbers.TryAdd(spelling.Text, (value, spelling.Form + ", in groups"));
                // The zero of the national form between brackets: +49 (0)30.
                if (spelling.Form == "national digits after 0" && PhoneSpellings.Of(value.Text).First().Text is { } all && all.EndsWith(spelling.Text[1..], StringComparison.Ordinal))
                    _numbers.TryAdd(all[..^(spelling.Text.Length - 1)] + spelling.Text, (value, "international with (0), in groups"));
            }
        }
        foreach (var value in owner.Values.Where(v => v.Kind is OwnerKind.Imei or OwnerKind.Imsi or OwnerKind.Iccid)) _numbers.TryAdd(value.Text, (value, "digits, in groups"));
    }

    public void Search(ReadOnlySpan<byte> text, Action<Hit> found)
    {
        if (_numbers.Count == 0) return;
        var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
        Span<(int Start, int End)> groups = stackalloc (int, int)[MaxGroups];
        Span<char> digits = stackalloc char[MostDigits];
        for (int at = 0; at < text.Length;)
        {
            int next = text[at..].IndexOfAnyInRange((byte)'0', (byte)'9');
            if (next < 0) return;
            at += next;
            int count = Groups(text, at, groups);
            if (count > 1)
            {
                for (int last = count; last >= 2; last--)
                {
                    int length = Join(text, groups[..last], digits);
                    if (length >= LeastDigits && lookup.TryGetValue(digits[..length], out var known))
                    {
                        found(new(known.Value, Finding.Word(known.Value.Kind), known.Form, Confidence.Likely, groups[0].Start, groups[last - 1].End - groups[0].Start));
                        break;
                    }
                }
            }
            at = groups[0].End;
        }
    }

    private static int Groups(ReadOnlySpan<byte> text, int at, Span<(int Start, int End)> groups)
    {
        int count = 0;
        while (count < groups.Length)
        {
            int end = at;
            while (end < text.Length && text[end] is >= (byte)'0' and <= (byte)'9') end++;
            groups[count++] = (at, end);
            at = end;
            while (at < text.Length && at - end < LongestGap && text[at] is (byte)' ' or (byte)'-' or (byte)'.' or (byte)'(' or (byte)')' or (byte)'/') at++;
            if (at == end || at >= text.Length || text[at] is not (>= (byte)'0' and <= (byte)'9')) break;
        }
        return count;
    }

    /// <summary>The digits of all groups; 0 where they are too many for a number.</summary>
    private static int Join(ReadOnlySpan<byte> text, ReadOnlySpan<(int Start, int End)> groups, Span<char> digits)
    {
        int length = 0;
        foreach (var (start, end) in groups)
        {
            if (end - start > digits.Length - length) return 0;
            for (int i = start; i < end; i++) digits[length++] = (char)text[i];
        }
        return length;
    }
}
