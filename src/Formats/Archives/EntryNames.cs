using System.Text;

namespace Candor.Formats.Archives;

/// <summary>What is unsafe about an entry's name. The answer is a reason for a person; the name itself is never used as a path
/// here.</summary>
internal static class EntryNames
{
    /// <summary>Longest name taken, in bytes: PATH_MAX on Linux.</summary>
    internal const int MaxBytes = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);
    private static readonly Encoding Dos = CodePagesEncodingProvider.Instance.GetEncoding(437) ?? Encoding.Latin1;

    /// <summary>APPNOTE 6.3.10 appendix D: UTF-8 where flag bit 11 says so, else code page 437. Bytes that are valid UTF-8 are read as such
    /// without the flag too, because most writers forget it.</summary>
    internal static string Decode(ReadOnlySpan<byte> raw)
    {
        try
        {
            return StrictUtf8.GetString(raw);
        }
        catch (DecoderFallbackException)
        {
            return Dos.GetString(raw);
        }
    }

    /// <summary>Null when the name is plain; else why it must not be used as it stands.</summary>
    internal static string? Trouble(string name)
    {
        if (name.Length == 0)
            return "it has no name";
        if (name.AsSpan().IndexOfAnyInRange('\0', '\u001f') >= 0 || name.Contains('\u007f', StringComparison.Ordinal))
            return "its name holds control characters";
        if (name[0] is '/' or '\\')
            return "its name is an absolute path";
        if (name.Length > 1 && name[1] == ':' && char.IsAsciiLetter(name[0]))
            return "its name starts with a drive letter";
        if (name.Contains('\\', StringComparison.Ordinal))
            return "its name holds a backslash, which is a folder on some systems";
        return Segments(name.EndsWith('/') ? name.AsSpan(0, name.Length - 1) : name);
    }

    private static string? Segments(ReadOnlySpan<char> path)
    {
        foreach (Range range in path.Split('/'))
        {
            ReadOnlySpan<char> segment = path[range];
            if (segment is "..")
                return "its name climbs out of its folder";
            if (segment is "" or ".")
                return "its name has an empty folder";
            if (segment[^1] is '.' or ' ')
                return "its name ends in a dot or space, which some systems drop";
            if (segment.Contains(':'))
                return "its name holds a colon, which names a hidden stream on some systems";
            if (IsDevice(segment))
                return "its name is a device on some systems";
        }
        return null;
    }

    private static bool IsDevice(ReadOnlySpan<char> segment)
    {
        int dot = segment.IndexOf('.');
        ReadOnlySpan<char> stem = (dot < 0 ? segment : segment[..dot]).TrimEnd(' ');
        if (stem.Length == 3)
            return Is(stem, "con") || Is(stem, "prn") || Is(stem, "aux") || Is(stem, "nul");
        bool numbered = stem.Length == 4 && stem[3] is (>= '0' and <= '9') or '\u00b9' or '\u00b2' or '\u00b3';
        return numbered && (Is(stem[..3], "com") || Is(stem[..3], "lpt"));
    }

    private static bool Is(ReadOnlySpan<char> text, ReadOnlySpan<char> word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
