using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Candor.Formats.Takeout;

/// <summary>Reads the JSON of an export without trusting it: any field may be missing, of another type, or broken text.</summary>
internal static class TakeoutJson
{
    public const int MaxLength = 16 * 1024 * 1024;

    private static readonly JsonDocumentOptions Options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 64,
    };

    /// <summary>The object in <paramref name="bytes"/>; null, and why, if they hold none. The caller disposes it.</summary>
    public static JsonDocument? Parse(ReadOnlyMemory<byte> bytes, out string refusal)
    {
        refusal = "";
        if (bytes.Span.StartsWith((byte[])[0xEF, 0xBB, 0xBF]))
            bytes = bytes[3..];
        if (bytes.Length > MaxLength)
        {
            refusal = "it is larger than 16 MiB";
            return null;
        }
        if (!Utf8.IsValid(bytes.Span))
            bytes = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes.Span));
        try
        {
            var document = JsonDocument.Parse(bytes, Options);
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return document;
            document.Dispose();
            refusal = "it is not a JSON object";
        }
        catch (JsonException fault)
        {
            refusal = string.Create(CultureInfo.InvariantCulture, $"it is not JSON (line {fault.LineNumber + 1})");
        }
        return null;
    }

    public static JsonElement? Get(this JsonElement element, string name)
    {
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        try
        {
            return element.TryGetProperty(name, out var value) ? value : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Some property's name is half a surrogate pair.
        }
    }

    /// <summary>A string that is not empty.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.String } value && Unescape(value) is { Length: > 0 } text ? text : null;

    public static bool Flag(this JsonElement element, string name) => element.Get(name) is { ValueKind: JsonValueKind.True };

    /// <summary>A whole number, written as a number or as a string of digits.</summary>
    public static long? Whole(this JsonElement element, string name) => element.Get(name) switch
    {
        { ValueKind: JsonValueKind.Number } value => value.TryGetInt64(out var whole) ? whole
            : value.TryGetDouble(out var real) && Math.Abs(real) < 9e18 ? (long)real : null,
        { ValueKind: JsonValueKind.String } value =>
            long.TryParse(Unescape(value), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
        _ => null,
    };

    public static double? Real(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out var real) && double.IsFinite(real)
            ? real : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.Get(name) is { ValueKind: JsonValueKind.Array } value ? value.EnumerateArray() : [];

    private static string Unescape(JsonElement value)
    {
        try
        {
            return value.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return UnescapeLoosely(value.GetRawText());
        }
    }

    /// <summary>For text with half a surrogate pair, which the reader refuses: the half becomes U+FFFD, the rest stays.</summary>
    private static string UnescapeLoosely(string raw)
    {
        var text = new StringBuilder(raw.Length);
        for (var at = 1; at < raw.Length - 1; at++)
        {
            if (raw[at] != '\\')
            {
                text.Append(raw[at]);
                continue;
            }
            at++;
            text.Append(raw[at] switch
            {
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\b',
                'f' => '\f',
                'u' => (char)ushort.Parse(raw.AsSpan(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                var itself => itself,
            });
            if (raw[at] == 'u')
                at += 4;
        }
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
