using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;

namespace Candor.Formats.Contacts;

/// <summary>vCard 4.0 as JSON, RFC 7095: <c>["vcard",[["version",{},"text","4.0"],["fn",{},"text","Anna"]]]</c>.</summary>
/// <remarks>One card is one such array; many are an array of them. Cards of other versions are converted to 4.0 on the way out.</remarks>
public static class JCard
{
    /// <summary>The longest document that is read, 64 MiB: it is held in memory whole.</summary>
    public const int MaxBytes = 64 << 20;

    private static readonly FrozenSet<string> Uris = new[]
    {
        "SOURCE", "PHOTO", "IMPP", "GEO", "LOGO", "MEMBER", "RELATED", "SOUND", "UID", "URL", "KEY", "FBURL", "CALADRURI", "CALURI",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>The type of a value where VALUE says nothing (RFC 6350 §6, RFC 7095 §5).</summary>
    private static string TypeOf(string name) => name.ToUpperInvariant() switch
    {
        "BDAY" or "ANNIVERSARY" or "DEATHDATE" => "date-and-or-time",
        "REV" => "timestamp",
        "LANG" => "language-tag",
        ['X', '-', ..] => "unknown",
        _ => Uris.Contains(name) ? "uri" : "text",
    };

    // Writing

    /// <summary>One card as its array; none or several as an array of arrays.</summary>
    public static byte[] Write(params IReadOnlyCollection<VCard> cards)
    {
        ArgumentNullException.ThrowIfNull(cards);
        using var to = new MemoryStream();
        using (var json = new Utf8JsonWriter(to))
        {
            if (cards.Count != 1) json.WriteStartArray();
            foreach (var card in cards) Write(card.To(VCardVersion.V40), json);
            if (cards.Count != 1) json.WriteEndArray();
        }
        return to.ToArray();
    }

    private static void Write(VCard card, Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteStringValue("vcard");
        json.WriteStartArray();
        Write(VCardProperty.OfText("version", "4.0"), json);
        foreach (var property in card.Properties) Write(property, json);
        json.WriteEndArray();
        json.WriteEndArray();
    }

    private static void Write(VCardProperty property, Utf8JsonWriter json)
    {
        json.WriteStartArray();
        json.WriteStringValue(property.Name.ToLowerInvariant());
        json.WriteStartObject();
        if (property.Group is { } group) json.WriteString("group", group);
        // A name may stand twice in a vCard, not in an object: its values come together.
        foreach (var parameter in property.Parameters.Where(p => !p.Is("VALUE") && !p.Is("GROUP")).GroupBy(NameOf, p => p.Values))
        {
            json.WritePropertyName(parameter.Key);
            ImmutableArray<string> values = [.. parameter.SelectMany(v => v)];
            if (values.Length == 1) json.WriteStringValue(values[0]);
            else WriteArray(values, json);
        }
        json.WriteEndObject();
        var type = property.Parameter("VALUE")?.ToLowerInvariant() ?? TypeOf(property.Name);
        json.WriteStringValue(type);
        WriteValue(property, type, json);
        json.WriteEndArray();
    }

    private static string NameOf(VCardParameter parameter) => parameter.Name.Length == 0 ? "type" : parameter.Name.ToLowerInvariant();

    private static void WriteArray(IEnumerable<string> values, Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void WriteValue(VCardProperty property, string type, Utf8JsonWriter json)
    {
        if (type == "text" && VCardNames.IsStructured(property.Name)) WriteStructured(property, json);
        else if (type == "text" && VCardNames.IsListed(property.Name))
            foreach (var value in property.Values) json.WriteStringValue(value);
        else if (type == "integer" && long.TryParse(property.RawValue, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) json.WriteNumberValue(number);
        else if (type == "boolean" && bool.TryParse(property.RawValue, out var boolean)) json.WriteBooleanValue(boolean);
        else
            json.WriteStringValue(type switch
            {
                "unknown" => property.RawValue, // §5.1: as it stands
                "timestamp" or "date-time" or "date-and-or-time" or "date" => VCardConversion.Extended(property.RawValue) ?? ContactDate.Parse(property.RawValue).Text,
                "utc-offset" when property.RawValue is ['+' or '-', _, _, _, _] => property.RawValue.Insert(3, ":"),
                _ => property.Text,
            });
    }

    /// <summary>§3.3.1.3: an array of components; one that holds several values is an array itself, a single component stands alone.</summary>
    private static void WriteStructured(VCardProperty property, Utf8JsonWriter json)
    {
        var components = property.RawComponents;
        var lists = property.Is("N") || property.Is("ADR");
        if (components.Length > 1) json.WriteStartArray();
        foreach (var component in components)
        {
            var values = lists ? VCardText.Split(component, ',', VCardProperty.MaxValues) : [component];
            if (values.Length == 1) json.WriteStringValue(VCardText.Unescape(values[0]));
            else WriteArray(values.Select(VCardText.Unescape), json);
        }
        if (components.Length > 1) json.WriteEndArray();
    }

    // Reading

    /// <summary>Reads a jCard or an array of them. What is no jCard comes as a problem; a property that is none is named and left out.</summary>
    public static IReadOnlyList<Reading<VCard>> Read(ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxBytes) return [Reading<VCard>.Failed("file", 0, $"It has {json.Length} bytes; at most {MaxBytes} are read as JSON.")];
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (IsCard(root)) return [ReadCard(root, 1)];
            if (root.ValueKind == JsonValueKind.Array) return [.. root.EnumerateArray().Select((card, i) => ReadCard(card, i + 1))];
            return [Reading<VCard>.Failed("file", 0, "It is JSON, but no jCard.")];
        }
        catch (JsonException)
        {
            return [Reading<VCard>.Failed("file", 0, "It is not valid JSON.")];
        }
    }

    private static bool IsCard(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array && element.GetArrayLength() == 2 && Text(element[0]).Equals("vcard", StringComparison.OrdinalIgnoreCase)
        && element[1].ValueKind == JsonValueKind.Array;

    private static Reading<VCard> ReadCard(JsonElement element, int number)
    {
        if (!IsCard(element)) return Reading<VCard>.Failed($"card {number}", -1, "It is no jCard.");
        var mends = new Mends();
        var properties = ImmutableArray.CreateBuilder<VCardProperty>();
        foreach (var property in element[1].EnumerateArray())
        {
            if (ReadProperty(property) is not { } read) mends.Add("a property of no known shape was left out");
            else if (read.Name.ToUpperInvariant() is not ("VERSION" or "BEGIN" or "END")) properties.Add(read);
        }
        var card = new VCard(VCardVersion.V40, properties);
        return new Reading<VCard>(card, mends.Any ? new FormatProblem($"card {number}", -1, mends.Sentence()) : null);
    }

    /// <summary>A string as it is; half a surrogate pair, which JSON can spell, would throw and counts as nothing.</summary>
    private static string Text(JsonElement element)
    {
        try
        {
            return element.ValueKind switch
            {
                JsonValueKind.String => element.GetString()!,
                JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => element.GetRawText(),
                _ => "",
            };
        }
        catch (InvalidOperationException)
        {
            return "\uFFFD";
        }
    }

    private static VCardProperty? ReadProperty(JsonElement element)
    {
        if (element.ValueKind != JsonValueKind.Array || element.GetArrayLength() < 4 || element[1].ValueKind != JsonValueKind.Object) return null;
        string name = Text(element[0]).ToUpperInvariant(), type = Text(element[2]).ToLowerInvariant();
        if (!VCardNames.IsName(name)) return null;
        string? group = null;
        var parameters = ImmutableArray.CreateBuilder<VCardParameter>();
        foreach (var member in Members(element[1]))
        {
            string[] values = member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray().Select(Text)] : [Text(member.Value)];
            if (member.Name.Equals("group", StringComparison.OrdinalIgnoreCase) && VCardNames.IsGroup(values.FirstOrDefault() ?? "")) group = values[0];
            else if (VCardNames.IsName(member.Name) && values.Length > 0) parameters.Add(new VCardParameter(Parameter(member.Name.ToUpperInvariant()), values));
        }
        if (type != TypeOf(name) && type is not ("unknown" or "") && VCardNames.IsName(type)) parameters.Insert(0, new VCardParameter("VALUE", type));
        List<JsonElement> rest = [.. element.EnumerateArray().Skip(3)];
        return new VCardProperty(group, name, parameters.ToImmutable(), string.Join(',', rest.Select(v => Raw(name, type, v))));
    }

    /// <summary>These say in vCard how a value travelled; nothing travels so in JSON.</summary>
    private static string Parameter(string name) => name is "ENCODING" or "CHARSET" or "VALUE" ? "X-" + name : name;

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement parameters)
    {
        foreach (var member in parameters.EnumerateObject())
        {
            string name;
            try
            {
                name = member.Name;
            }
            catch (InvalidOperationException)
            {
                continue; // half a surrogate pair
            }
            yield return (name, member.Value);
        }
    }

    private static string Raw(string name, string type, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array)
            return string.Join(';', value.EnumerateArray().Select(c => c.ValueKind == JsonValueKind.Array
                ? string.Join(',', c.EnumerateArray().Select(v => VCardText.Escape(Text(v)))) : VCardText.Escape(Text(c))));
        var text = Text(value);
        return type switch
        {
            "unknown" => CardValue.OneLine(text),
            "text" => VCardNames.IsPlain(name) ? VCardText.EscapePlain(text) : VCardText.Escape(text),
            "timestamp" or "date-time" or "date-and-or-time" or "date" =>
                VCardConversion.Basic(text) ?? ContactDate.Parse(text).For(VCardVersion.V40) ?? VCardText.Escape(text),
            "utc-offset" when text is ['+' or '-', _, _, ':', _, _] => text.Remove(3, 1),
            _ => VCardText.EscapePlain(text),
        };
    }
}
