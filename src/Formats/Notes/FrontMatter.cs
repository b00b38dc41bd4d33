using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Candor.Formats.Notes;

/// <summary>One top-level key of a note's front matter, and where its lines are.</summary>
/// <param name="Key">As written, without quotes.</param>
/// <param name="Values">The scalar, or the items of a sequence of scalars; null for anything deeper, which is kept but not read.</param>
/// <param name="IsSequence">Whether the values were written as a list.</param>
/// <param name="Start">First character of the key's line.</param>
/// <param name="ValueEnd">Just past the last line of the value, its line ending included.</param>
/// <param name="End">Just past the comments and blank lines that follow: where the next key's line starts.</param>
internal sealed record FrontMatterEntry(string Key, IReadOnlyList<string>? Values, bool IsSequence, int Start, int ValueEnd, int End)
{
    public string? Scalar => Values is [var only] && !IsSequence ? only : null;
}

/// <summary>The YAML block that opens a note: understood key by key, kept character by character.</summary>
/// <remarks>
/// Only the event stream of the YAML library is used: nothing is expanded, so an alias costs nothing, and it is refused anyway
/// because a note's own edits could not keep its meaning.
/// </remarks>
internal sealed class FrontMatter
{
    public const int MaxLength = 64 * 1024;
    private const int MaxDepth = 16;
    private const int MaxEvents = 8192;

    private FrontMatter(string text, int innerStart, int innerEnd, int end, List<FrontMatterEntry> entries)
    {
        Text = text;
        InnerStart = innerStart;
        InnerEnd = innerEnd;
        End = end;
        Entries = entries;
    }

    /// <summary>The note's whole text; every position here counts its characters.</summary>
    public string Text { get; }

    /// <summary>Just past the opening "---" line.</summary>
    public int InnerStart { get; }

    /// <summary>First character of the closing line.</summary>
    public int InnerEnd { get; }

    /// <summary>Just past the closing line: where the body starts.</summary>
    public int End { get; }

    public IReadOnlyList<FrontMatterEntry> Entries { get; }

    /// <summary>The entry that counts for a key: the last, as in most YAML readers.</summary>
    public FrontMatterEntry? Find(string key) =>
        Entries.LastOrDefault(entry => string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads the block at the start of <paramref name="text"/>.</summary>
    /// <param name="text">The whole note, without a byte order mark.</param>
    /// <param name="refusal">Why a block that looked like front matter was not taken; null if there was none or it was.</param>
    public static FrontMatter? Read(string text, out string? refusal)
    {
        refusal = null;
        var innerStart = LineEnd(text, 0);
        if (!IsFence(text, 0, innerStart, "---"))
            return null;
        for (var line = innerStart; line < text.Length;)
        {
            var next = LineEnd(text, line);
            if (IsFence(text, line, next, "---") || IsFence(text, line, next, "..."))
                return ReadInner(text, innerStart, line, next, out refusal);
            if (next - innerStart > MaxLength)
            {
                refusal = "its front matter is longer than 64 KiB";
                return null;
            }
            line = next;
        }
        return null;
    }

    private static FrontMatter? ReadInner(string text, int innerStart, int innerEnd, int end, out string? refusal)
    {
        refusal = null;
        var keys = new List<(string Key, IReadOnlyList<string>? Values, bool IsSequence, int Start, int ValueEnd)>();
        try
        {
            // The scanner takes a NUL for the end, and would not see what stands behind it.
            if (text.AsSpan(innerStart, innerEnd - innerStart).Contains('\0'))
                throw new FormatException("its front matter holds a NUL");
            // After the keys a directive ends the document, and a key added behind it would be lost.
            if (HasDirective(text.AsSpan(innerStart, innerEnd - innerStart)))
                throw new FormatException("its front matter holds a directive");
            var events = new Events(text[innerStart..innerEnd]);
            events.Take<StreamStart>();
            if (events.Current is not StreamEnd)
            {
                var document = events.Take<DocumentStart>();
                if (events.Current is Scalar or SequenceStart)
                    return null; // A rule, words, and another rule: Markdown, not front matter.
                var mapping = events.Take<MappingStart>();
                if (!document.IsImplicit || mapping.Style == MappingStyle.Flow || !mapping.Anchor.IsEmpty)
                    throw new FormatException("its front matter is not a plain list of keys");
                while (events.Current is not MappingEnd)
                    keys.Add(ReadEntry(events, text, innerStart));
                events.Take<MappingEnd>();
                events.Take<DocumentEnd>();
            }
            events.Take<StreamEnd>();
        }
        catch (YamlException fault)
        {
            refusal = string.Create(CultureInfo.InvariantCulture, $"its front matter is not YAML (line {fault.Start.Line + 1})");
            return null;
        }
        catch (FormatException fault)
        {
            refusal = fault.Message;
            return null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            refusal = "its front matter is not YAML"; // The scanner has been seen to fall over its own feet on broken input.
            return null;
        }
        if (!OneKeyPerLine(text, keys.Select(key => key.Start), innerStart))
        {
            refusal = "its front matter has two keys on one line";
            return null;
        }
        var entries = new List<FrontMatterEntry>(keys.Count);
        for (var i = 0; i < keys.Count; i++)
        {
            var (key, values, isSequence, start, valueEnd) = keys[i];
            var nextStart = i + 1 < keys.Count ? keys[i + 1].Start : innerEnd;
            entries.Add(new FrontMatterEntry(key, values, isSequence, start, Math.Min(valueEnd, nextStart), nextStart));
        }
        return new FrontMatter(text, innerStart, innerEnd, end, entries);
    }

    private static bool HasDirective(ReadOnlySpan<char> inner)
    {
        for (var at = inner.IndexOf('%'); at >= 0;)
        {
            if (at == 0 || inner[at - 1] is '\n' or '\r' or '\u0085' or '\u2028' or '\u2029')
                return true;
            var next = inner[(at + 1)..].IndexOf('%');
            at = next < 0 ? -1 : at + 1 + next;
        }
        return false;
    }

    private static (string, IReadOnlyList<string>?, bool, int, int) ReadEntry(Events events, string text, int innerStart)
    {
        var key = events.Take<Scalar>();
        var start = LineStart(text, innerStart + checked((int)key.Start.Index));
        var lastEnd = key.End.Index;
        List<string>? values = [];
        var isSequence = events.Current is SequenceStart;
        var isBlock = false;
        var depth = 0;
        do
        {
            var current = events.Current;
            depth += current.NestingIncrease;
            if (current is Scalar scalar)
            {
                values?.Add(scalar.Value);
                isBlock = scalar.Style is ScalarStyle.Literal or ScalarStyle.Folded;
                lastEnd = scalar.End.Index;
            }
            else if (current is not (SequenceStart or SequenceEnd) || depth > 1)
            {
                values = null;
            }
            // A block collection has no closing mark of its own: its end is reported where the next token starts.
            var at = innerStart + checked((int)current.Start.Index);
            if (current is SequenceEnd or MappingEnd && at < text.Length && text[at] is (']' or '}'))
                (lastEnd, isBlock) = (current.Start.Index + 1, false);
            events.Next();
        }
        while (depth > 0);
        var end = innerStart + checked((int)lastEnd);
        // A block scalar's end already lies past its last line ending.
        if (!isBlock || end == 0 || text[end - 1] is not ('\n' or '\r'))
            end = LineEnd(text, end);
        return (key.Value, values, isSequence, start, end);
    }

    private static bool OneKeyPerLine(string text, IEnumerable<int> starts, int innerStart)
    {
        var previous = -1;
        foreach (var start in starts)
        {
            if (start <= previous || start < innerStart || start > 0 && text[start - 1] is not ('\n' or '\r'))
                return false;
            previous = start;
        }
        return true;
    }

    private static bool IsFence(string text, int start, int end, string fence)
    {
        var line = text.AsSpan(start, end - start);
        return line.StartsWith(fence, StringComparison.Ordinal) && line[fence.Length..].Trim(" \t\r\n").IsEmpty
            && (line.Length > fence.Length || fence != "---" || start > 0);
    }

    /// <summary>Just past the line ending (CR LF, LF or CR) of the line that holds <paramref name="position"/>.</summary>
    internal static int LineEnd(string text, int position)
    {
        var at = text.AsSpan(position).IndexOfAny('\r', '\n');
        if (at < 0)
            return text.Length;
        at += position;
        return text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? at + 2 : at + 1;
    }

    private static int LineStart(string text, int position) => text.AsSpan(0, position).LastIndexOfAny('\r', '\n') + 1;

    /// <summary>The parser's events with the caps on count and depth, and no anchors or aliases.</summary>
    private sealed class Events
    {
        private readonly Parser parser;
        private int count;
        private int depth;

        public Events(string yaml)
        {
            parser = new Parser(new StringReader(yaml));
            Next();
        }

        public ParsingEvent Current => parser.Current ?? throw new FormatException("its front matter ends in the middle");

        public T Take<T>() where T : ParsingEvent
        {
            var taken = Current as T ?? throw new FormatException("its front matter is not a plain list of keys");
            Next();
            return taken;
        }

        public void Next()
        {
            if (!parser.MoveNext())
                return;
            depth += Current.NestingIncrease;
            if (++count > MaxEvents)
                throw new FormatException("its front matter has too many parts");
            if (depth > MaxDepth)
                throw new FormatException("its front matter is nested too deeply");
            if (Current is AnchorAlias || Current is NodeEvent { Anchor.IsEmpty: false })
                throw new FormatException("its front matter uses anchors or aliases");
        }
    }
}
