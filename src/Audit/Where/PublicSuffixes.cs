namespace Candor.Audit.Where;

/// <summary>Which part of a host name somebody registered: "example.co.uk" of "a.b.example.co.uk" (publicsuffix.org, "Format").</summary>
public sealed class PublicSuffixes
{
    private const int MostBytes = 4 << 20;

    private readonly HashSet<string> _rules = new(StringComparer.Ordinal), _any = new(StringComparer.Ordinal), _not = new(StringComparer.Ordinal);

    /// <summary>Where no list is at hand: second levels under which strangers register, of countries that have them. Names it does not know end at their last two labels.</summary>
    public static PublicSuffixes Short { get; } = new()
    {
        From = "a short list in the program",
    };

    private PublicSuffixes()
    {
        foreach (string country in "uk au nz za in jp kr br cn tw hk sg my id th tr il mx ar".Split(' '))
        {
            foreach (string second in "co com net org gov edu ac or go ne".Split(' ')) _rules.Add($"{second}.{country}");
        }
    }

    /// <summary>In the words of a report.</summary>
    public string From { get; private init; } = "";

    /// <summary>Reads public_suffix_list.dat. Null where it holds no rules.</summary>
    /// <param name="text">The file's.</param>
    /// <param name="from">Where it is from, with its date.</param>
    public static PublicSuffixes? Read(string text, string from)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MostBytes) return null;
        var list = new PublicSuffixes { From = from };
        list._rules.Clear();
        foreach (var row in text.AsSpan().EnumerateLines())
        {
            var line = row.Trim();
            if (line.IndexOfAny(" \t") is >= 0 and var end) line = line[..end];
            if (line.IsEmpty || line.StartsWith("//")) continue;
            string rule = line.TrimStart('.').ToString().ToLowerInvariant();
            if (rule.StartsWith("*.", StringComparison.Ordinal)) list._any.Add(rule[2..]);
            else if (rule.StartsWith('!')) list._not.Add(rule[1..]);
            else list._rules.Add(rule);
        }
        return list._rules.Count + list._any.Count > 0 ? list : null;
    }

    /// <summary>The registered domain; the host itself where it is an address or a public suffix.</summary>
    public string Registered(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        string name = host.TrimEnd('.').ToLowerInvariant();
        if (System.Net.IPAddress.TryParse(name, out _)) return name;
        string[] labels = name.Split('.');
        // The rule with most labels decides; none is "*": the last label.
        for (int from = 0; from < labels.Length; from++)
        {
            string suffix = string.Join('.', labels[from..]);
            if (_not.Contains(suffix)) return string.Join('.', labels[Math.Max(0, from)..]);
            string above = from + 1 < labels.Length ? string.Join('.', labels[(from + 1)..]) : "";
            if (_rules.Contains(suffix) || _any.Contains(above) || from == labels.Length - 1) return string.Join('.', labels[Math.Max(0, from - 1)..]);
        }
        return name;
    }
}
