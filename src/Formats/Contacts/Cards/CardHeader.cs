using System.Collections.Immutable;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>What stands in front of a property's colon. What only says how the value travelled is no longer among the parameters.</summary>
internal readonly record struct CardHeader(
    string? Group, string Name, ImmutableArray<VCardParameter> Parameters, string? Charset, bool QuotedPrintable, bool Base64)
{
    public static bool TryParse(string text, VCardVersion version, out CardHeader header)
    {
        header = default;
        List<string> parts = text.Contains(';') ? SplitOutsideQuotes(text, ';') : [text];
        var path = parts[0].Trim();
        var dot = path.LastIndexOf('.');
        var name = path[(dot + 1)..];
        var group = dot > 0 ? path[..dot] : null;
        if (!VCardNames.IsName(name) || (group is not null && !VCardNames.IsGroup(group))) return false;

        string? charset = null;
        bool quotedPrintable = false, base64 = false;
        var parameters = ImmutableArray.CreateBuilder<VCardParameter>();
        foreach (var part in parts.Skip(1))
        {
            if (part.AsSpan().Trim().IsEmpty) continue;
            var parameter = Parameter(part, version);
            if (parameter is { Name: "", Values: [""] }) continue;
            if (parameter.Is("CHARSET")) charset ??= parameter.Values[0];
            else if (VCardNames.SaysQuotedPrintable(parameter)) quotedPrintable = true;
            else if (!VCardNames.SaysEncoding(parameter)) parameters.Add(parameter);
            else if (VCardNames.SaysBase64(parameter))
            {
                base64 = true;
                parameters.Add(parameter);
            }
        }
        header = new CardHeader(group, name, parameters.ToImmutable(), charset, quotedPrintable && !base64, base64);
        return true;
    }

    private static VCardParameter Parameter(string part, VCardVersion version)
    {
        if (CustomLabel(part) is { } label) return new VCardParameter("X-CUSTOM", label);
        var equals = part.IndexOf('=');
        var name = equals < 0 ? "" : part[..equals].Trim();
        if (equals < 0 || !VCardNames.IsParameterName(name))
            return new VCardParameter("", SplitOutsideQuotes(part.Trim(), ',').Select(v => Value(v, version)));
        var value = part[(equals + 1)..];
        return version == VCardVersion.V21
            ? new VCardParameter(name, Value(value, version))
            : new VCardParameter(name, value.Contains(',') ? SplitOutsideQuotes(value, ',').Select(v => Value(v, version)) : [Value(value, version)]);
    }

    private static string Value(string text, VCardVersion version)
    {
        text = text.Trim().Replace("\"", "", StringComparison.Ordinal);
        return version == VCardVersion.V21 ? text : VCardText.DecodeCarets(text);
    }

    /// <summary>Samsung's way to name a number: <c>TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=70=72):1</c>.</summary>
    private static string? CustomLabel(string part)
    {
        const string start = "X-CUSTOM(";
        part = part.Trim();
        if (!part.StartsWith(start, StringComparison.OrdinalIgnoreCase) || !part.EndsWith(')')) return null;
        var inside = part[start.Length..^1].Split(',', 3);
        if (inside.Length < 3) return inside[^1];
        var charset = inside[0].StartsWith("CHARSET=", StringComparison.OrdinalIgnoreCase) ? inside[0]["CHARSET=".Length..] : null;
        var decoded = CardValue.QuotedPrintable(Encoding.UTF8.GetBytes(inside[2]));
        return Charsets.Decode(decoded, charset, out _).ReplaceLineEndings(" ");
    }

    private static List<string> SplitOutsideQuotes(string text, char separator)
    {
        var parts = new List<string>();
        var start = 0;
        var quoted = false;
        var closes = text.AsSpan().Count('"') % 2 == 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '"') quoted = closes && !quoted;
            else if (text[i] == separator && !quoted)
            {
                parts.Add(text[start..i]);
                start = i + 1;
            }
        }
        parts.Add(text[start..]);
        return parts;
    }
}
