using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Candor.Formats.Contacts;

/// <summary>When two properties say the same: forms in which case, order of parameters, escaping and group numbers no longer count.</summary>
internal static class Canonical
{
    /// <summary>Stands between parts; no text can hold it by accident without being compared to the letter anyway.</summary>
    private const char Unit = '\u001F';

    /// <summary>What the property says, told apart from everything else its name can say.</summary>
    public static string Value(VCardProperty property)
    {
        if (VCardNames.IsBinary(property.Name))
            return VCardBinary.Decode(property) is { } binary ? Convert.ToHexString(SHA256.HashData(binary.Bytes)) : property.Text;
        if (VCardNames.IsStructured(property.Name)) return string.Join(Unit, property.Components.Select(c => c.Trim())).TrimEnd(Unit);
        if (VCardNames.IsListed(property.Name)) return string.Join(Unit, property.Values.Select(v => v.Trim()));
        return property.Name.ToUpperInvariant() switch
        {
            "BDAY" or "ANNIVERSARY" or "X-ANNIVERSARY" when !property.RawValue.Contains('T') => ContactFields.DateOf(property)?.Text ?? "",
            "UID" or "MEMBER" or VCardConversion.AppleMember => ContactIdentity.BareUid(property.Text),
            "TEL" => ContactFields.ValueOf(property),
            _ => property.Text.Trim(),
        };
    }

    /// <summary>The value by which a person would call two properties the same: a number however it is spaced, an address in any case.</summary>
    public static string Match(VCardProperty property)
    {
        var value = Value(property);
        if (property.Is("EMAIL")) return value.ToLowerInvariant();
        if (!property.Is("TEL")) return value;
        var dialled = string.Concat(value.Where(c => char.IsLetterOrDigit(c) || c is '+' or '*' or '#' or ',' or ';'));
        return dialled.Length > 0 ? dialled : value;
    }

    /// <summary>Types sorted in one, other parameters sorted by name; how the value travelled is left out.</summary>
    public static string Parameters(VCardProperty property, params ReadOnlySpan<string> withoutTypes)
    {
        var types = new SortedSet<string>(property.Types, StringComparer.Ordinal);
        foreach (var type in withoutTypes) types.Remove(type);
        if (VCardNames.IsBinary(property.Name)) types.RemoveWhere(VCardBinary.IsMediaType);
        var others = property.Parameters.Where(p => !p.IsType && p.Name.Length > 0 && !SaysHow(p))
            .Select(p => $"{p.Name.ToUpperInvariant()}={string.Join(Unit, p.Values)}").Order(StringComparer.Ordinal);
        return string.Join(Unit, types) + Unit + Unit + string.Join(Unit, others);
    }

    private static bool SaysHow(VCardParameter p) => p.Is("ENCODING") || p.Is("VALUE") || p.Is("CHARSET") || p.Is("MEDIATYPE") || p.Is("X-APPLE-OMIT-YEAR");

    /// <summary>Name, parameters and value.</summary>
    public static string Line(VCardProperty property, params ReadOnlySpan<string> withoutTypes) =>
        $"{property.Name.ToUpperInvariant()}{Unit}{Parameters(property, withoutTypes)}{Unit}{Unit}{Value(property)}";

    /// <summary>Properties that belong together: those of one group, else each alone. In order of the first of each.</summary>
    public static IEnumerable<ImmutableArray<VCardProperty>> Bundles(VCard card)
    {
        var byGroup = card.Properties.Where(p => p.Group is not null).GroupBy(p => p.Group!, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(g => g.Key, StringComparer.OrdinalIgnoreCase);
        foreach (var property in card.Properties)
            if (property.Group is not { } group) yield return [property];
            else if (byGroup.Remove(group, out var members)) yield return [.. members.OrderBy(IsSatellite)];
    }

    /// <summary>Apple's properties that describe the other one of their group: X-ABLabel, X-ABADR.</summary>
    private static bool IsSatellite(VCardProperty property) => property.Is(VCardConversion.AppleLabel) || property.Is("X-ABADR");
}
