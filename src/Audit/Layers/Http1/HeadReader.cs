using System.Text;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http1;

/// <summary>Reads the start of a message of HTTP/1 (RFC 9112): its first line and its fields.</summary>
internal static class HeadReader
{
    public const int MaxHead = 256 * 1024;

    private const int MaxFields = 8192;

    /// <summary>Where the head ends: behind the first empty line. -1: it is not here yet.</summary>
    public static int EndOf(ReadOnlySpan<byte> bytes, int from)
    {
        for (int at = from; at < bytes.Length;)
        {
            int line = bytes[at..].IndexOf((byte)'\n');
            if (line < 0) return -1;
            at += line + 1;
            if (at < bytes.Length && bytes[at] == '\n') return at + 1;
            if (at + 1 < bytes.Length && bytes[at] == '\r' && bytes[at + 1] == '\n') return at + 2;
        }
        return -1;
    }

    /// <summary>A request's or an answer's head; null if it is none.</summary>
    /// <param name="bytes">With the empty line.</param>
    /// <param name="scheme">Of what carries it.</param>
    public static HttpHead? TryRead(ReadOnlySpan<byte> bytes, string scheme)
    {
        int size = bytes.Length, end = bytes.IndexOf((byte)'\n');
        if (end < 0) return null;
        var line = bytes[..end].TrimEnd("\r "u8);
        var fields = Fields(bytes[(end + 1)..]);
        if (line.StartsWith("HTTP/"u8))
        {
            int space = line.IndexOf((byte)' ');
            if (space < 6 || line.Length < space + 4 || !int.TryParse(line.Slice(space + 1, 3), System.Globalization.NumberStyles.None, null, out int status) || status < 100) return null;
            return new() { Version = Text(line[5..space]), Status = status, Fields = fields, Scheme = scheme, WireBytes = size };
        }
        int first = line.IndexOf((byte)' '), last = line.LastIndexOf((byte)' ');
        if (first <= 0) return null;
        bool versioned = last > first && line[(last + 1)..].StartsWith("HTTP/1."u8);
        if (!versioned) return null;
        string target = Text(line[(first + 1)..last].Trim((byte)' '));
        return new()
        {
            Version = Text(line[(last + 6)..]),
            Method = Text(line[..first]),
            Target = target,
            Authority = AuthorityOf(target, fields),
            Scheme = target.StartsWith("https:", StringComparison.OrdinalIgnoreCase) ? "https" : scheme,
            Fields = fields,
            WireBytes = size,
        };
    }

    /// <summary>Field lines up to the empty one; a line that begins with a space goes on with the one before.</summary>
    public static List<HttpField> Fields(ReadOnlySpan<byte> bytes)
    {
        List<HttpField> fields = [];
        while (!bytes.IsEmpty)
        {
            int end = bytes.IndexOf((byte)'\n');
            var line = end < 0 ? bytes : bytes[..end];
            bytes = end < 0 ? default : bytes[(end + 1)..];
            line = line.TrimEnd("\r "u8);
            if (line.IsEmpty) continue;
            if (line[0] is (byte)' ' or (byte)'\t' && fields.Count > 0) fields[^1] = fields[^1] with { Value = $"{fields[^1].Value} {Text(line.Trim(" \t"u8))}" };
            else if (fields.Count < MaxFields)
            {
                int colon = line.IndexOf((byte)':');
                fields.Add(colon < 0 ? new("", Text(line)) : new(Text(line[..colon].Trim(" \t"u8)), Text(line[(colon + 1)..].Trim(" \t"u8))));
            }
        }
        return fields;
    }

    private static string AuthorityOf(string target, List<HttpField> fields)
    {
        int scheme = target.IndexOf("://", StringComparison.Ordinal);
        if (scheme is > 0 and < 8)
        {
            string rest = target[(scheme + 3)..];
            int end = rest.IndexOfAny(['/', '?', '#']);
            return end < 0 ? rest : rest[..end];
        }
        foreach (var field in fields)
        {
            if (field.Name.Equals("Host", StringComparison.OrdinalIgnoreCase)) return field.Value;
        }
        return "";
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
