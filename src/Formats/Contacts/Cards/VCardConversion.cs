using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>The same contact in another version: 2.1 to 3.0, 3.0 to 4.0, 4.0 to 3.0.</summary>
/// <remarks>
/// A property the target has no word for keeps its value under an X- name, and gets its own name back on the way back. Parameters that 3.0
/// does not define (PID, ALTID, SORT-AS …) are kept: RFC 2426 allows any. Names and labels that the target demands are filled in.
/// </remarks>
internal static class VCardConversion
{
    /// <summary>Words of 4.0 (RFC 6350, 6474, 6715, 9554) that 3.0 does not have.</summary>
    private static readonly FrozenSet<string> OnlyIn40 = new[]
    {
        "GENDER", "ANNIVERSARY", "LANG", "XML", "CLIENTPIDMAP", "RELATED", "KIND", "MEMBER", "BIRTHPLACE", "DEATHPLACE", "DEATHDATE",
        "EXPERTISE", "HOBBY", "INTEREST", "ORG-DIRECTORY", "CONTACT-URI", "GRAMGENDER", "PRONOUNS", "CREATED",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Words of 3.0 that 4.0 took away. LABEL and SORT-STRING became parameters and come here only without a home.</summary>
    private static readonly FrozenSet<string> OnlyIn30 =
        new[] { "AGENT", "CLASS", "MAILER", "NAME", "PROFILE", "LABEL", "SORT-STRING" }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public const string AppleKind = "X-ADDRESSBOOKSERVER-KIND";
    public const string AppleMember = "X-ADDRESSBOOKSERVER-MEMBER";
    public const string AppleLabel = "X-ABLabel";

    public static VCard Convert(VCard card, VCardVersion target)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)target, (int)VCardVersion.V21, nameof(target));
        if (card.Version == VCardVersion.V21) card = From21(card);
        if (card.Version == target) return card;
        return target == VCardVersion.V40 ? To40(card) : To30(card);
    }

    // 2.1 to 3.0

    private static VCard From21(VCard card)
    {
        var properties = new List<VCardProperty>(card.Properties.Length + 2);
        var groups = new FreeGroups(card.Properties);
        foreach (var property in card.Properties)
        {
            var converted = property.Parameters.IsEmpty ? property : property.WithParameters(Parameters30(property));
            if (property.Parameter("X-CUSTOM") is { Length: > 0 } label)
            {
                var group = property.Group ?? groups.Next();
                properties.Add(converted.WithGroup(group));
                properties.Add(VCardProperty.OfText(AppleLabel, label).WithGroup(group));
            }
            else properties.Add(converted);
        }
        return new VCard(VCardVersion.V30, WithNames(properties, card, VCardVersion.V30));
    }

    private static IEnumerable<VCardParameter> Parameters30(VCardProperty property)
    {
        var typed = false;
        foreach (var parameter in property.Parameters)
        {
            if (parameter.IsType)
            {
                if (!typed) yield return new VCardParameter("TYPE", property.Parameters.Where(p => p.IsType).SelectMany(p => p.Values));
                typed = true;
            }
            else if (VCardNames.SaysBase64(parameter)) yield return new VCardParameter("ENCODING", "b");
            else if (parameter.Name.Length == 0 || parameter.Is("VALUE"))
            {
                var kind = parameter.Values[0].ToUpperInvariant();
                if (kind is not "INLINE") yield return new VCardParameter("VALUE", kind is "URL" ? "uri" : parameter.Values[0]);
            }
            else if (!parameter.Is("X-CUSTOM") || parameter.Values[0].Length == 0) yield return parameter;
        }
    }

    // 3.0 to 4.0

    private static VCard To40(VCard card)
    {
        var properties = new List<VCardProperty>(card.Properties.Length + 1);
        foreach (var property in card.Properties) properties.Add(Property40(property));
        MoveIntoParameter(properties, "LABEL", "ADR", "LABEL", (label, adr) => label.Types.ToHashSet().SetEquals(adr.Types) && label.InGroup(adr.Group));
        MoveIntoParameter(properties, "SORT-STRING", "N", "SORT-AS", (_, _) => true);
        for (var i = 0; i < properties.Count; i++)
            if (OnlyIn30.Contains(properties[i].Name)) properties[i] = properties[i].WithName("X-" + properties[i].Name);
        return new VCard(VCardVersion.V40, WithNames(properties, card, VCardVersion.V40));
    }

    private static VCardProperty Property40(VCardProperty property)
    {
        property = property.WithName(
            property.Is(AppleKind) ? "KIND" : property.Is(AppleMember) ? "MEMBER"
            : property.Name.StartsWith("X-", StringComparison.OrdinalIgnoreCase) && OnlyIn40.Contains(property.Name[2..]) ? property.Name[2..]
            : property.Name);
        if (!property.Parameters.IsEmpty) property = property.WithParameters(Preference40(property));
        if (VCardNames.IsBinary(property.Name)) return Binary40(property);
        return property.Name.ToUpperInvariant() switch
        {
            "BDAY" or "ANNIVERSARY" or "DEATHDATE" => Date40(property),
            "REV" => property.WithRawValue(Basic(property.RawValue) ?? property.RawValue),
            "KIND" => property.WithRawValue(property.RawValue.ToLowerInvariant()),
            "GENDER" => property.WithRawValue(Gender40(property.RawValue)),
            "GEO" when property.RawComponents is [var lat, var lon] => property.WithRawValue($"geo:{lat.Trim()},{lon.Trim()}"),
            "TZ" when property.RawValue is ['+' or '-', _, _, ':', _, _] => property.WithRawValue(property.RawValue.Remove(3, 1)).WithParameter("VALUE", "utc-offset"),
            "TZ" => property.WithoutParameter("VALUE"),
            "UID" or "MEMBER" when !IsUri(property.RawValue) => property.WithParameter("VALUE", "text"),
            _ => property,
        };
    }

    /// <summary>RFC 6350 §6.2.7: one letter, then a semicolon and any text. X-GENDER held whatever a program liked.</summary>
    private static string Gender40(string raw) => raw.ToUpperInvariant() switch
    {
        "" or ['M' or 'F' or 'O' or 'N' or 'U'] or ['M' or 'F' or 'O' or 'N' or 'U', ';', ..] or [';', ..] => raw,
        "MALE" => "M",
        "FEMALE" => "F",
        _ => ";" + raw,
    };

    private static IEnumerable<VCardParameter> Preference40(VCardProperty property)
    {
        var preferred = property.Parameter("PREF") is not null || property.Parameter("X-PREF") is not null;
        foreach (var parameter in property.Parameters)
        {
            if (parameter.Is("X-PREF")) yield return new VCardParameter("PREF", parameter.Values);
            else if (!parameter.IsType) yield return parameter;
            else
            {
                var types = parameter.Values.Where(v => !v.Equals("pref", StringComparison.OrdinalIgnoreCase)).ToList();
                if (types.Count > 0) yield return new VCardParameter("TYPE", types);
                if (types.Count < parameter.Values.Length && !preferred) yield return new VCardParameter("PREF", "1");
                preferred |= types.Count < parameter.Values.Length;
            }
        }
    }

    private static VCardProperty Binary40(VCardProperty property)
    {
        var media = VCardBinary.MediaType(property);
        var others = property.Parameters
            .Where(p => !VCardNames.SaysEncoding(p) && !(p.Is("VALUE") && p.Values[0].ToUpperInvariant() is "URI" or "URL" or "BINARY"))
            .Select(p => !p.IsType ? p : p.Values.Where(v => !VCardBinary.IsMediaType(v)).ToList() is { Count: > 0 } kept ? new VCardParameter("TYPE", kept) : null)
            .OfType<VCardParameter>();
        if (VCardBinary.Decode(property) is { } binary)
            return new VCardProperty(property.Group, property.Name, [.. others], $"data:{binary.MediaType};base64,{System.Convert.ToBase64String(binary.Bytes)}");
        if (property.IsBase64) return property; // damaged: kept as it is
        var link = property.WithParameters(others);
        if (media is not null) return link.WithParameter("MEDIATYPE", media);
        return VCardBinary.Link(property) is null && property.Parameter("VALUE") is null ? link.WithParameter("VALUE", "text") : link;
    }

    private static VCardProperty Date40(VCardProperty property)
    {
        if (property.RawValue.AsSpan().Trim(" ;").Contains(' ')) return property.WithParameter("VALUE", "text"); // a time in no standard form
        var plain = property.Parameter("VALUE")?.ToUpperInvariant() is "DATE" or "DATE-TIME" ? property.WithoutParameter("VALUE") : property;
        if (property.RawValue.Contains('T') && Basic(property.RawValue) is { } withTime) return plain.WithRawValue(withTime);
        if (ContactDate.Parse(property.Text, property.Parameter("X-APPLE-OMIT-YEAR") is not null).For(VCardVersion.V40) is not { } date)
            return plain.WithParameter("VALUE", "text");
        return plain.WithoutParameter("X-APPLE-OMIT-YEAR").WithRawValue(date);
    }

    // 4.0 to 3.0

    private static VCard To30(VCard card)
    {
        var properties = new List<VCardProperty>(card.Properties.Length + 2);
        foreach (var property in card.Properties)
        {
            var converted = Property30(property);
            var outOf = property.Is("ADR") ? ("LABEL", "LABEL") : property.Is("N") ? ("SORT-AS", "SORT-STRING") : default;
            if (outOf.Item1 is null || property.Parameter(outOf.Item1) is null) properties.Add(converted);
            else
            {
                properties.Add(converted.WithoutParameter(outOf.Item1));
                var types = property.Is("ADR") ? property.Parameters.Where(p => p.IsType) : [];
                var text = string.Join(',', property.Parameters.First(p => p.Is(outOf.Item1)).Values);
                properties.Add(VCardProperty.OfText(outOf.Item2, text, [.. types]).WithGroup(property.Group));
            }
        }
        return new VCard(VCardVersion.V30, WithNames(properties, card, VCardVersion.V30));
    }

    private static VCardProperty Property30(VCardProperty property)
    {
        var upper = property.Name.ToUpperInvariant();
        if (!property.Parameters.IsEmpty) property = property.WithParameters(Preference30(property));
        if (upper is "BDAY" or "ANNIVERSARY" or "DEATHDATE") property = Date30(property);
        property = property.WithName(
            upper is "KIND" && property.RawValue.Equals("group", StringComparison.OrdinalIgnoreCase) ? AppleKind
            : upper is "MEMBER" ? AppleMember
            : OnlyIn40.Contains(upper) ? "X-" + property.Name
            : upper.StartsWith("X-", StringComparison.Ordinal) && OnlyIn30.Contains(upper[2..]) ? property.Name[2..]
            : property.Name);
        if (VCardNames.IsBinary(property.Name)) return Binary30(property);
        return upper switch
        {
            "REV" => property.WithRawValue(Extended(property.RawValue) ?? property.RawValue),
            "GEO" when property.RawValue.StartsWith("geo:", StringComparison.OrdinalIgnoreCase) && property.RawValue.Split(',') is [var lat, var lon]
                => property.WithRawValue($"{lat[4..]};{lon}"),
            "TZ" when property.RawValue is ['+' or '-', _, _, _, _] => property.WithoutParameter("VALUE").WithRawValue(property.RawValue.Insert(3, ":")),
            "TZ" => property.WithParameter("VALUE", "text"),
            "UID" or "MEMBER" => property.WithoutParameter("VALUE"),
            "TEL" => Telephone30(property),
            _ => property,
        };
    }

    private static VCardProperty Telephone30(VCardProperty property)
    {
        property = property.WithoutParameter("VALUE");
        return property.RawValue.StartsWith("tel:", StringComparison.OrdinalIgnoreCase) ? property.WithRawValue(property.RawValue[4..]) : property;
    }

    private static IEnumerable<VCardParameter> Preference30(VCardProperty property)
    {
        var types = property.Parameters.FirstOrDefault(p => p.Is("TYPE"));
        var first = property.Parameter("PREF") == "1";
        foreach (var parameter in property.Parameters)
        {
            if (first && ReferenceEquals(parameter, types)) yield return new VCardParameter("TYPE", parameter.Values.Add("pref"));
            else if (!parameter.Is("PREF")) yield return parameter;
            else if (!first) yield return new VCardParameter("X-PREF", parameter.Values);
        }
        if (first && types is null) yield return new VCardParameter("TYPE", "pref");
    }

    private static VCardProperty Binary30(VCardProperty property)
    {
        var others = property.Parameters.Where(p => !p.Is("MEDIATYPE") && !p.Is("VALUE")).ToList();
        if (VCardBinary.Decode(property) is { } binary)
        {
            others.Insert(0, new VCardParameter("ENCODING", "b"));
            others.Insert(1, new VCardParameter("TYPE", VCardBinary.TypeOf(binary.MediaType)));
            return new VCardProperty(property.Group, property.Name, [.. others], System.Convert.ToBase64String(binary.Bytes));
        }
        if (property.Parameter("VALUE") is { } value && !value.Equals("uri", StringComparison.OrdinalIgnoreCase))
            return property.Is("KEY") && value.Equals("text", StringComparison.OrdinalIgnoreCase) ? property.WithoutParameter("VALUE") : property;
        others.Insert(0, new VCardParameter("VALUE", "uri"));
        if (VCardBinary.MediaType(property) is { } media) others.Insert(1, new VCardParameter("TYPE", VCardBinary.TypeOf(media)));
        return property.WithParameters(others);
    }

    private static VCardProperty Date30(VCardProperty property)
    {
        if (property.Parameter("VALUE") is { } kind)
            return kind.Equals("text", StringComparison.OrdinalIgnoreCase) ? property.WithoutParameter("VALUE") : property;
        if (property.RawValue.Contains('T')) return property.WithRawValue(Extended(property.RawValue) ?? property.RawValue);
        var date = ContactDate.Parse(property.Text);
        if (date.For(VCardVersion.V30) is not { } text) return property;
        property = property.WithRawValue(text);
        return date.Year is null ? property.WithParameter("X-APPLE-OMIT-YEAR", $"{ContactDate.NoYear}") : property;
    }

    // Both ways

    /// <summary>3.0 gives a type to every card by FN and N, 4.0 by FN.</summary>
    private static List<VCardProperty> WithNames(List<VCardProperty> properties, VCard card, VCardVersion version)
    {
        if (!properties.Any(p => p.Is("FN"))) properties.Insert(0, VCardProperty.OfText("FN", ContactView.DisplayName(card)));
        if (version == VCardVersion.V30 && !properties.Any(p => p.Is("N"))) properties.Insert(1, new VCardProperty(null, "N", [], ";;;;"));
        return properties;
    }

    /// <summary>Labels of one card that are matched to addresses; any more keep an X- name.</summary>
    private const int MaxMoved = 100;

    private static void MoveIntoParameter(
        List<VCardProperty> properties, string from, string to, string parameter, Func<VCardProperty, VCardProperty, bool> belongs)
    {
        for (int i = 0, tried = 0; i < properties.Count && tried < MaxMoved; i++)
        {
            if (!properties[i].Is(from) || properties[i].Parameters.Any(p => !p.IsType)) continue;
            tried++;
            var home = properties.FindIndex(p => p.Is(to) && p.Parameter(parameter) is null && belongs(properties[i], p));
            if (home < 0) continue;
            properties[home] = properties[home].WithParameter(parameter, properties[i].Text);
            properties.RemoveAt(i--);
        }
    }

    public static bool IsUri(string text)
    {
        var colon = text.IndexOf(':');
        return colon > 1 && char.IsAsciiLetter(text[0]) && !text.AsSpan(0, colon).ContainsAnyExcept(Scheme);
    }

    private static readonly System.Buffers.SearchValues<char> Scheme =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    /// <summary>1990-01-31T10:20:30Z as 19900131T102030Z; null where it is not of that shape. Fractions of a second stay.</summary>
    public static string? Basic(string text)
    {
        if (text.Length < 10 || text[4] != '-' || text[7] != '-' || !(text.Length == 10 || text[10] == 'T')) return null;
        var date = text[..4] + text[5..7] + text[8..10];
        return date.AsSpan().ContainsAnyExceptInRange('0', '9') ? null : date + text[10..].Replace(":", "", StringComparison.Ordinal);
    }

    public static string? Extended(string text)
    {
        if (text.Length < 8 || text.AsSpan(0, 8).ContainsAnyExceptInRange('0', '9') || !(text.Length == 8 || text[8] == 'T')) return null;
        var date = $"{text[..4]}-{text[4..6]}-{text[6..8]}";
        if (text.Length == 8) return date;
        var time = text[9..];
        var digits = time.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var clock = digits < 0 ? time : time[..digits];
        if (clock.Length != 6) return null;
        var zone = time[6..];
        if (zone is ['.', ..] or ['Z'] or [] or ['+' or '-', _, _] or ['+' or '-', _, _, ':', _, _]) { }
        else if (zone is ['+' or '-', _, _, _, _]) zone = zone.Insert(3, ":");
        else return null;
        return $"{date}T{clock[..2]}:{clock[2..4]}:{clock[4..]}{zone}";
    }
}

/// <summary>Names for new groups, "item1" and on as Apple counts, that a card does not use yet.</summary>
internal sealed class FreeGroups(IEnumerable<VCardProperty> properties)
{
    private readonly HashSet<string> _taken =
        properties.Select(p => p.Group).OfType<string>().ToHashSet(StringComparer.OrdinalIgnoreCase);
    private int _number;

    public string Next()
    {
        while (!_taken.Add($"item{++_number}")) { }
        return $"item{_number}";
    }
}
