using System.Buffers;
using System.Collections.Immutable;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>Backslash escapes of values (RFC 2426 §4, RFC 6350 §3.4) and caret escapes of parameters (RFC 6868).</summary>
internal static class VCardText
{
    private static readonly SearchValues<char> ToEscape = SearchValues.Create("\\,;\r\n");
    private static readonly SearchValues<char> ToEscapePlain = SearchValues.Create("\\\r\n");

    public static string Escape(string text) => Escape(text, ToEscape);

    /// <summary>Escapes the backslash and line breaks only.</summary>
    public static string EscapePlain(string text) => Escape(text, ToEscapePlain);

    private static string Escape(string text, SearchValues<char> special)
    {
        if (!text.AsSpan().ContainsAny(special)) return text;
        var escaped = new StringBuilder(text.Length + 16);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (c == '\r')
            {
                if (i + 1 < text.Length && text[i + 1] == '\n') i++;
                escaped.Append("\\n");
            }
            else if (c == '\n') escaped.Append("\\n");
            else if (special.Contains(c)) escaped.Append('\\').Append(c);
            else escaped.Append(c);
        }
        return escaped.ToString();
    }

    /// <summary>Takes escapes off. A backslash before anything that needs none stays: it is a path in a card of a careless program.</summary>
    public static string Unescape(string raw)
    {
        var first = raw.IndexOf('\\');
        if (first < 0) return raw;
        var text = new StringBuilder(raw.Length).Append(raw, 0, first);
        for (var i = first; i < raw.Length; i++)
        {
            var c = raw[i];
            if (c != '\\' || i + 1 == raw.Length)
            {
                text.Append(c);
                continue;
            }
            var next = raw[++i];
            if (next is 'n' or 'N') text.Append('\n');
            else if (next is '\\' or ',' or ';' or ':') text.Append(next);
            else text.Append(c).Append(next);
        }
        return text.ToString();
    }

    /// <summary>Splits at a separator that no backslash protects; pieces keep their escapes. At most <paramref name="max"/> pieces.</summary>
    public static ImmutableArray<string> Split(string raw, char separator, int max)
    {
        if (!raw.Contains(separator)) return [raw];
        var pieces = ImmutableArray.CreateBuilder<string>();
        var start = 0;
        for (var i = 0; i < raw.Length && pieces.Count < max - 1; i++)
        {
            if (raw[i] == '\\') i++;
            else if (raw[i] == separator)
            {
                pieces.Add(raw[start..i]);
                start = i + 1;
            }
        }
        pieces.Add(raw[start..]);
        return pieces.ToImmutable();
    }

    /// <summary>A parameter value as it stands in a line: carets for what quotes cannot hold, quotes for what would end it.</summary>
    public static string EncodeParameter(string value)
    {
        if (value.AsSpan().IndexOfAny("^\"\r\n") >= 0)
            value = value.Replace("^", "^^", StringComparison.Ordinal).Replace("\r\n", "^n", StringComparison.Ordinal)
                .Replace("\n", "^n", StringComparison.Ordinal).Replace("\r", "^n", StringComparison.Ordinal)
                .Replace("\"", "^'", StringComparison.Ordinal);
        var quote = value.AsSpan().IndexOfAny(",;:=") >= 0 || (value.Length > 0 && (char.IsWhiteSpace(value[0]) || char.IsWhiteSpace(value[^1])));
        return quote ? $"\"{value}\"" : value;
    }

    public static string DecodeCarets(string value)
    {
        if (!value.Contains('^')) return value;
        var text = new StringBuilder(value.Length);
        for (var i = 0; i < value.Length; i++)
        {
            var next = value[i] == '^' && i + 1 < value.Length ? value[i + 1] : '\0';
            if (next is not ('^' or 'n' or '\''))
            {
                text.Append(value[i]);
                continue;
            }
            text.Append(next switch { 'n' => '\n', '\'' => '"', _ => '^' });
            i++;
        }
        return text.ToString();
    }

    /// <summary>Half of a surrogate pair has no bytes in UTF-8: it becomes U+FFFD here rather than somewhere on the way.</summary>
    public static string WellFormed(string text)
    {
        var at = text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF');
        while (at >= 0 && at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]))
        {
            var next = text.AsSpan(at + 2).IndexOfAnyInRange('\uD800', '\uDFFF');
            at = next < 0 ? -1 : at + 2 + next;
        }
        return at < 0 ? text : Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
    }
}
