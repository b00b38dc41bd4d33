using System.Globalization;

namespace Candor.Formats.Notes;

/// <summary>One pass over a note's Markdown for what a list of notes shows: a title, the files it needs, the boxes ticked.</summary>
/// <remarks>Not a Markdown renderer: links that span lines are not seen. Time is linear in the text.</remarks>
internal sealed class NoteMarkdown
{
    private const int MaxTitle = 120;
    private const int MaxDestination = 1024;
    private const int MaxCodeSpan = 512;
    private const int MaxAttachments = 10_000;

    private readonly List<string> attachments = [];
    private readonly HashSet<string> seen = new(StringComparer.Ordinal);

    public string? Heading { get; private set; }
    public string? FirstWords { get; private set; }
    public IReadOnlyList<string> Attachments => attachments;
    public int ChecklistItems { get; private set; }
    public int ChecklistDone { get; private set; }

    public static NoteMarkdown Scan(string body)
    {
        var found = new NoteMarkdown();
        var fence = '\0';
        var fenceLength = 0;
        foreach (var line in body.AsSpan().EnumerateLines())
        {
            var run = FenceRun(line, out var mark);
            if (fenceLength > 0)
            {
                if (run >= fenceLength && mark == fence && line.Trim().Trim(mark).IsEmpty)
                    fenceLength = 0;
                continue;
            }
            if (run >= 3)
            {
                (fence, fenceLength) = (mark, run);
                continue;
            }
            found.ReadTitle(line);
            found.ReadCheckbox(line.TrimStart());
            found.ReadLinks(line);
        }
        return found;
    }

    /// <summary>A path or address as the destination of a link.</summary>
    public static string Destination(string path)
    {
        var safe = path.ReplaceLineEndings(" ").Replace("<", "%3C", StringComparison.Ordinal).Replace(">", "%3E", StringComparison.Ordinal);
        return safe.AsSpan().IndexOfAny(" ()\t") >= 0 ? $"<{safe}>" : safe;
    }

    /// <summary>A file's path as the destination of a link that <see cref="Scan"/> reads back as that path.</summary>
    public static string FileDestination(string path) => Destination(path.Replace("%", "%25", StringComparison.Ordinal)
        .Replace("#", "%23", StringComparison.Ordinal).Replace("?", "%3F", StringComparison.Ordinal));

    /// <summary>Words as the visible part of a link.</summary>
    public static string Label(string words) => words.ReplaceLineEndings(" ")
        .Replace("\\", @"\\", StringComparison.Ordinal).Replace("[", @"\[", StringComparison.Ordinal)
        .Replace("]", @"\]", StringComparison.Ordinal);

    private static int FenceRun(ReadOnlySpan<char> line, out char mark)
    {
        var trimmed = line.TrimStart(' ');
        mark = trimmed.IsEmpty ? '\0' : trimmed[0];
        return line.Length - trimmed.Length <= 3 && mark is ('`' or '~') ? RunLength(trimmed, mark) : 0;
    }

    private static int RunLength(ReadOnlySpan<char> text, char mark)
    {
        var end = text.IndexOfAnyExcept(mark);
        return end < 0 ? text.Length : end;
    }

    private void ReadTitle(ReadOnlySpan<char> line)
    {
        if (Heading is not null)
            return;
        var trimmed = line.Trim();
        var level = RunLength(trimmed, '#');
        if (level is >= 1 and <= 6 && (trimmed.Length == level || trimmed[level] is ' ' or '\t'))
        {
            var words = trimmed[level..].Trim().TrimEnd('#').TrimEnd();
            if (!words.IsEmpty)
                Heading = Shorten(words);
        }
        else if (FirstWords is null)
        {
            var words = SkipMarker(trimmed).Trim("*_>- \t");
            if (!words.IsEmpty && !words.StartsWith("![") && words.IndexOfAnyExcept("=-_*") >= 0)
                FirstWords = Shorten(words);
        }
    }

    private static ReadOnlySpan<char> SkipMarker(ReadOnlySpan<char> line)
    {
        line = line.TrimStart("> \t");
        var item = AfterBullet(line);
        if (item.Length == line.Length)
            return line;
        return item.Length >= 3 && item[0] == '[' && item[2] == ']' ? item[3..] : item;
    }

    /// <summary>What follows "- ", "* ", "+ ", "1. " or "1) "; the line itself where there is no such bullet.</summary>
    private static ReadOnlySpan<char> AfterBullet(ReadOnlySpan<char> line)
    {
        var digits = line.IndexOfAnyExceptInRange('0', '9');
        var end = digits is > 0 and <= 9 && line[digits] is ('.' or ')') ? digits + 1
            : !line.IsEmpty && line[0] is ('-' or '*' or '+') ? 1 : 0;
        return end > 0 && end < line.Length && line[end] is (' ' or '\t') ? line[end..].TrimStart() : line;
    }

    private void ReadCheckbox(ReadOnlySpan<char> line)
    {
        var item = AfterBullet(line);
        if (item.Length == line.Length || item.Length < 3 || item[0] != '[' || item[2] != ']' || item[1] is not (' ' or 'x' or 'X')
            || item.Length > 3 && item[3] is not (' ' or '\t'))
            return;
        ChecklistItems++;
        if (item[1] != ' ')
            ChecklistDone++;
    }

    private void ReadLinks(ReadOnlySpan<char> line)
    {
        ReadReference(line);
        for (var at = 0; at < line.Length;)
        {
            var next = line[at..].IndexOfAny("`]!<");
            if (next < 0)
                return;
            at += next;
            var rest = line[at..];
            if (rest[0] == '`')
                at += CodeSpan(rest);
            else if (rest.StartsWith("]("))
                at += 2 + ReadDestination(rest[2..]);
            else if (rest.StartsWith("![["))
                at += 3 + ReadEmbed(rest[3..]);
            else if (rest[0] == '<')
                at += 1 + ReadTag(rest[1..]);
            else
                at++;
        }
    }

    /// <summary>Length of the code span that opens here, or of its backticks alone if nothing closes it.</summary>
    private static int CodeSpan(ReadOnlySpan<char> text)
    {
        var ticks = RunLength(text, '`');
        var window = text[..Math.Min(text.Length, ticks + MaxCodeSpan)];
        for (var at = ticks; at < window.Length;)
        {
            var next = window[at..].IndexOf('`');
            if (next < 0)
                break;
            at += next;
            var run = RunLength(text[at..], '`');
            at += run;
            if (run == ticks)
                return at;
        }
        return ticks;
    }

    /// <summary>"[name]: destination" on a line of its own.</summary>
    private void ReadReference(ReadOnlySpan<char> line)
    {
        var trimmed = line.TrimStart(' ');
        if (!trimmed.StartsWith("[") || trimmed.StartsWith("[^"))
            return;
        var colon = trimmed.IndexOf("]:");
        if (colon > 1)
            ReadDestination(trimmed[(colon + 2)..]);
    }

    /// <summary>The destination after "(", in angle brackets or up to a space or the ")" that balances.</summary>
    private int ReadDestination(ReadOnlySpan<char> text)
    {
        var start = text.IndexOfAnyExcept(' ', '\t');
        if (start < 0 || start > MaxDestination)
            return 0;
        var rest = text[start..Math.Min(text.Length, start + MaxDestination)];
        int end;
        if (rest[0] == '<')
        {
            end = rest.IndexOf('>');
            if (end > 0)
                Add(rest[1..end]);
            return 0;
        }
        var depth = 0;
        for (end = 0; end < rest.Length; end++)
        {
            if (rest[end] is ' ' or '\t' || rest[end] == ')' && depth-- == 0)
                break;
            if (rest[end] == '(')
                depth++;
        }
        if (end < MaxDestination)
            Add(rest[..end]);
        return 0;
    }

    private int ReadEmbed(ReadOnlySpan<char> text)
    {
        var window = text[..Math.Min(text.Length, MaxDestination)];
        var end = window.IndexOf("]]");
        if (end < 0)
            return 0;
        var target = window[..end];
        var bar = target.IndexOf('|');
        Add(bar < 0 ? target : target[..bar], isEncoded: false);
        return end;
    }

    /// <summary>src="…" and href="…" of an HTML tag.</summary>
    private int ReadTag(ReadOnlySpan<char> text)
    {
        var window = text[..Math.Min(text.Length, MaxDestination)];
        var end = window.IndexOf('>');
        if (end < 0 || !char.IsAsciiLetter(text[0]))
            return 0;
        foreach (var name in (ReadOnlySpan<string>)[" src=", " href="])
        {
            var at = window[..end].IndexOf(name, StringComparison.OrdinalIgnoreCase);
            if (at < 0)
                continue;
            var value = window[(at + name.Length)..end];
            if (value.Length > 1 && value[0] is '"' or '\'')
            {
                var close = value[1..].IndexOf(value[0]);
                if (close > 0)
                    Add(value.Slice(1, close));
            }
        }
        return end;
    }

    private void Add(ReadOnlySpan<char> destination, bool isEncoded = true)
    {
        var cut = destination.IndexOfAny('#', '?');
        if (cut >= 0)
            destination = destination[..cut];
        destination = destination.Trim();
        if (destination.IsEmpty || destination[0] is '/' or '\\' or ':' || destination.Contains(':') || attachments.Count >= MaxAttachments)
            return;
        var path = isEncoded ? Uri.UnescapeDataString(destination.ToString()) : destination.ToString();
        if (!path.AsSpan().ContainsAnyInRange('\0', '\x1F') && path[0] is not ('/' or '\\') && seen.Add(path))
            attachments.Add(path);
    }

    private static string Shorten(ReadOnlySpan<char> words)
    {
        if (words.Length <= MaxTitle)
            return words.ToString();
        var end = 0;
        while (end < words.Length)
        {
            var length = StringInfo.GetNextTextElementLength(words[end..]);
            if (end + length >= MaxTitle)
                break;
            end += length;
        }
        return string.Concat(words[..end].TrimEnd(), "…");
    }
}
