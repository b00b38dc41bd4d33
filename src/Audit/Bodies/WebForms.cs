using System.Buffers;
using System.Text;

namespace Candor.Audit.Bodies;

/// <summary>RFC 2046, 5.1: parts between lines that begin with two dashes and the same words. The boundary is taken from the body: a header may be missing or wrong.</summary>
internal static class MultipartForm
{
    private const int MaxBoundary = 74, MaxParts = 1000, MaxHead = 16 * 1024;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        int start = bytes is [(byte)'\r', (byte)'\n', ..] ? 2 : 0;
        int line = bytes[start..].IndexOf("\r\n"u8);
        if (line is < 3 or > MaxBoundary || bytes[start] != '-' || bytes[start + 1] != '-') return false;
        var boundary = bytes.Slice(start, line);
        for (int at = start + line + 2; pieces.Count < MaxParts && at < bytes.Length;)
        {
            int end = Next(bytes[at..], boundary);
            int length = end < 0 ? bytes.Length - at : end;
            int head = bytes.Slice(at, Math.Min(length, MaxHead)).IndexOf("\r\n\r\n"u8);
            if (head >= 0) pieces.Add(new(at + head + 4, length - head - 4, Name(bytes.Slice(at, head))));
            else if (bytes.Slice(at, length).StartsWith("\r\n"u8)) pieces.Add(new(at + 2, length - 2, ""));
            if (end < 0) break;
            at += end + 2 + boundary.Length;
            if (bytes[at..] is [(byte)'-', (byte)'-', ..]) break;
            at += 2;
        }
        return pieces.Count > 0;
    }

    private static int Next(ReadOnlySpan<byte> rest, ReadOnlySpan<byte> boundary)
    {
        for (int at = 0; ;)
        {
            int line = rest[at..].IndexOf("\r\n--"u8);
            if (line < 0) return -1;
            at += line;
            if (rest[(at + 2)..].StartsWith(boundary)) return at;
            at += 2;
        }
    }

    /// <summary>RFC 7578, 4.2.</summary>
    private static string Name(ReadOnlySpan<byte> head)
    {
        int name = head.IndexOf(" name=\""u8);
        if (name < 0) return "";
        var rest = head[(name + 7)..];
        int end = rest.IndexOf((byte)'"');
        return end is < 0 or > 64 ? "" : Encoding.UTF8.GetString(rest[..end]);
    }
}

/// <summary>application/x-www-form-urlencoded (URL standard, 5.1): keys and values, without white space.</summary>
internal static class FormForm
{
    private const int MaxFields = 2000;
    private static readonly SearchValues<byte> s_allowed = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+-._~*&=[]:,;@!$'()/?|{}\""u8);

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        int first = bytes.IndexOf((byte)'=');
        if (first <= 0 || first == bytes.Length - 1 || first > 128 || bytes.IndexOfAnyExcept(s_allowed) >= 0) return false;
        for (int at = 0; at < bytes.Length && pieces.Count < MaxFields;)
        {
            int end = bytes[at..].IndexOf((byte)'&');
            var field = end < 0 ? bytes[at..] : bytes.Slice(at, end);
            int equals = field.IndexOf((byte)'=');
            if (equals >= 0) pieces.Add(new(at + equals + 1, field.Length - equals - 1, Encoding.UTF8.GetString(field[..Math.Min(equals, 64)])));
            if (end < 0) break;
            at += end + 1;
        }
        return pieces.Count > 0;
    }
}

/// <summary>tnetstrings (tnetstrings.org): a length, a colon, the bytes, a letter for their type. mitmproxy writes them, and few others.</summary>
internal static class TnetForm
{
    private const int MaxDepth = 16, MaxPieces = 2000;

    public static bool TryRead(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        if (bytes.Length < 5 || bytes[0] is < (byte)'0' or > (byte)'9') return false;
        if (Items(bytes, 0, "", 0, pieces)) return true;
        pieces.Clear();
        return false;
    }

    private static bool Items(ReadOnlySpan<byte> bytes, int offset, string path, int depth, List<Piece> pieces)
    {
        for (int at = 0, n = 0; at < bytes.Length; n++)
        {
            int colon = bytes[at..Math.Min(bytes.Length, at + 11)].IndexOf((byte)':');
            if (colon < 1 || !int.TryParse(bytes.Slice(at, colon), out int length) || length < 0 || length >= bytes.Length - at - colon - 1) return false;
            int start = at + colon + 1;
            switch (bytes[start + length])
            {
                case (byte)',' or (byte)';': if (pieces.Count < MaxPieces) pieces.Add(new(offset + start, length, path)); break;
                case (byte)'#' or (byte)'^' or (byte)'!' or (byte)'~': break;
                case (byte)'}' or (byte)']':
                    if (depth >= MaxDepth || !Items(bytes.Slice(start, length), offset + start, path, depth + 1, pieces)) return false;
                    break;
                default: return false;
            }
            at = start + length + 1;
        }
        return true;
    }
}
