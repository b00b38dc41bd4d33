using System.Text;

namespace Candor.Formats.Notes;

/// <summary>
/// A note as a file: Markdown, with YAML front matter where there is any. Immutable. <see cref="Bytes"/> of a note that was only
/// read are the bytes it was read from; an edit replaces the lines of the keys it changes and no other byte.
/// </summary>
public sealed class NoteFile
{
    private NoteView? view;

    private NoteFile(ReadOnlyMemory<byte> bytes, string fileName, bool asBytes = false)
    {
        Bytes = bytes;
        FileName = fileName;
        (Charset, PreambleLength, Text) = asBytes ? (Encoding.Latin1, 0, Encoding.Latin1.GetString(bytes.Span)) : Decode(bytes.Span);
        Front = FrontMatter.Read(Text, out var refusal);
        var name = fileName.Length > 0 ? fileName : "note";
        if (!IsText)
            Problem = new FormatProblem(name, 0, "The note is not UTF-8 text; its bytes are kept and shown as well as they can be.");
        else if (refusal is not null)
            Problem = new FormatProblem(name, PreambleLength, $"Kept as plain text: {refusal}.");
        FrontMatterRefused = refusal is not null;
    }

    /// <summary>The file, byte for byte.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public NoteView View => view ??= MakeView();

    /// <summary>What could not be understood, if anything. The note is whole all the same.</summary>
    public FormatProblem? Problem { get; }

    internal FrontMatter? Front { get; }

    /// <summary>The note opens with what looks like front matter and is not; it is part of the body.</summary>
    internal bool FrontMatterRefused { get; }

    /// <summary>UTF-8 or UTF-16; Latin-1 where the bytes are neither, so that each byte is one character and none is lost.</summary>
    internal Encoding Charset { get; }

    internal bool IsText => !ReferenceEquals(Charset, Encoding.Latin1);

    /// <summary>Length of the byte order mark.</summary>
    internal int PreambleLength { get; }

    /// <summary>Everything after the byte order mark.</summary>
    internal string Text { get; }

    internal int BodyStart => Front?.End ?? 0;
    internal string FileName { get; }

    /// <summary>The ending of the first line.</summary>
    internal string LineEnding
    {
        get
        {
            var first = Text.AsSpan(0, FrontMatter.LineEnd(Text, 0));
            return first.EndsWith("\r\n") ? "\r\n" : first.EndsWith("\r") ? "\r" : "\n";
        }
    }

    /// <summary>Reads any bytes as a note. Total: what is not understood stays in the body, and <see cref="Problem"/> says so.</summary>
    /// <param name="bytes">Kept, not copied: the caller must not change them afterwards.</param>
    /// <param name="fileName">For the title, where the note has no better one.</param>
    public static NoteFile Parse(ReadOnlyMemory<byte> bytes, string fileName = "")
    {
        ArgumentNullException.ThrowIfNull(fileName);
        return new NoteFile(bytes, fileName);
    }

    /// <summary>A new note of UTF-8 Markdown without front matter.</summary>
    public static NoteFile FromMarkdown(string body, string fileName = "")
    {
        ArgumentNullException.ThrowIfNull(body);
        return Parse(new UTF8Encoding(false).GetBytes(body), fileName);
    }

    /// <summary>The same bytes, one character each: how notes are merged when one of them is no text.</summary>
    internal NoteFile AsBytes() => IsText ? new NoteFile(Bytes, FileName, asBytes: true) : this;

    /// <summary>Sets the title in the front matter; null removes it there.</summary>
    public NoteFile WithTitle(string? title) => With("title", title);

    public NoteFile WithColor(string? color) => With("color", color);

    public NoteFile WithNotebook(string? notebook) => With("notebook", notebook);

    public NoteFile WithSource(string? source) => With("source", source);

    public NoteFile WithId(string? id) => With("id", id);

    /// <summary>Sets the tags, one a line; none removes the key.</summary>
    public NoteFile WithTags(IReadOnlyCollection<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return tags.SequenceEqual(View.Tags) ? this
            : Edit("tags", tags.Count == 0 ? null : key => FrontMatterText.Lines(key, tags, LineEnding));
    }

    public NoteFile WithCreated(DateTimeOffset? created) => With("created", created, View.Created);

    public NoteFile WithUpdated(DateTimeOffset? updated) => With("updated", updated, View.Updated);

    /// <summary>Pins or unpins; a key that was never there is not added to say "no".</summary>
    public NoteFile WithPinned(bool pinned) => With("pinned", pinned, View.Pinned);

    public NoteFile WithArchived(bool archived) => With("archived", archived, View.Archived);

    /// <summary>Replaces the body, in the file's own encoding; the front matter stays byte for byte.</summary>
    public NoteFile WithBody(string body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (IsText && Text.AsSpan(BodyStart).SequenceEqual(body))
            return this;
        // A body that opens with what reads as front matter gets an empty block before it, so that it stays body.
        var guard = Front is null && FrontMatter.Read(body, out _) is not null ? "---" + LineEnding + "---" + LineEnding : "";
        return Splice(BodyStart, Text.Length, guard + body);
    }

    /// <summary>A front matter value in its own words, for any key; null where there is none or it is a list or a mapping.</summary>
    public string? Field(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Front?.Find(key)?.Scalar is { } value ? Shown(value) : null;
    }

    /// <summary>Sets a key of the front matter to words, whether or not this library knows the key; null removes it.</summary>
    /// <param name="key">Letters, digits, "-" and "_", a letter first. Upper and lower case are one key.</param>
    /// <param name="value">Any words; they are quoted where YAML needs it.</param>
    public NoteFile With(string key, string? value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!IsPlainKey(key))
            throw new ArgumentException("A front matter key is letters, digits, '-' and '_', a letter first.", nameof(key));
        if (value is not null && Field(key) == value)
            return this;
        return Edit(key, value is null ? null : spelled => FrontMatterText.Line(spelled, value, LineEnding));
    }

    private NoteFile With(string key, DateTimeOffset? value, DateTimeOffset? current) =>
        value is not null && value == current ? this
            : Edit(key, value is { } instant ? spelled => FrontMatterText.Line(spelled, instant, LineEnding) : null);

    private NoteFile With(string key, bool value, bool current) =>
        value == current ? this : Edit(key, spelled => FrontMatterText.Line(spelled, value, LineEnding));

    private static bool IsPlainKey(string key) => key.Length > 0 && char.IsAsciiLetter(key[0])
        && key.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    /// <summary>
    /// Puts lines where the key's lines are, else at the end of the block, else in a new block. Null removes every line of the key.
    /// </summary>
    private NoteFile Edit(string key, Func<string, string>? render)
    {
        if (Front is null)
            return render is null ? this : Splice(0, 0, "---" + LineEnding + render(key) + "---" + LineEnding);
        var existing = Front.Find(key);
        if (render is not null)
        {
            var lines = Indented(render(existing is not null && IsPlainKey(existing.Key) ? existing.Key : key));
            return existing is null ? Splice(Front.InnerEnd, Front.InnerEnd, lines) : Splice(existing.Start, existing.ValueEnd, lines);
        }
        var kept = new List<byte>(Bytes.Length);
        var from = 0;
        foreach (var entry in Front.Entries.Where(entry => string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase)))
        {
            kept.AddRange(Bytes.Span[from..ByteAt(entry.Start)]);
            from = ByteAt(entry.ValueEnd);
        }
        kept.AddRange(Bytes.Span[from..]);
        return from == 0 ? this : new NoteFile(kept.ToArray(), FileName);
    }

    /// <summary>New lines stand below the keys that are there, which may all be indented.</summary>
    private string Indented(string lines)
    {
        if (Front is null || Front.Entries.Count == 0 || Text[Front.Entries[0].Start] != ' ')
            return lines;
        var start = Front.Entries[0].Start;
        var indent = Text.AsSpan(start, Text.AsSpan(start).IndexOfAnyExcept(' ')).ToString();
        var indented = new StringBuilder();
        for (int at = 0, next; at < lines.Length; at = next)
        {
            next = FrontMatter.LineEnd(lines, at);
            indented.Append(indent).Append(lines, at, next - at);
        }
        return indented.ToString();
    }

    /// <summary>Replaces characters [start, end) and leaves every byte outside of them as it is.</summary>
    private NoteFile Splice(int start, int end, string replacement)
    {
        byte[] edited = [.. Bytes.Span[..ByteAt(start)], .. Encode(replacement), .. Bytes.Span[ByteAt(end)..]];
        return new NoteFile(edited, FileName);
    }

    private int ByteAt(int position) => PreambleLength + Charset.GetByteCount(Text.AsSpan(0, position));

    /// <summary>In this note's encoding; UTF-8 into a note that has none. A lone surrogate becomes U+FFFD.</summary>
    private byte[] Encode(string words) => Charset switch
    {
        UnicodeEncoding utf16 => new UnicodeEncoding(utf16.CodePage == 1201, false).GetBytes(words),
        _ => Encoding.UTF8.GetBytes(words),
    };

    private static (Encoding Charset, int PreambleLength, string Text) Decode(ReadOnlySpan<byte> bytes)
    {
        var (charset, preamble) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => ((Encoding)new UTF8Encoding(false, true), 3),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(false, false, true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(true, false, true), 2),
            _ => (new UTF8Encoding(false, true), 0),
        };
        try
        {
            return (charset, preamble, charset.GetString(bytes[preamble..]));
        }
        catch (DecoderFallbackException)
        {
            return (Encoding.Latin1, 0, Encoding.Latin1.GetString(bytes));
        }
    }

    private NoteView MakeView()
    {
        var body = Shown(Text[BodyStart..]);
        var found = NoteMarkdown.Scan(body);
        var title = Scalar("title");
        if (string.IsNullOrWhiteSpace(title))
            title = found.Heading ?? found.FirstWords ?? Path.GetFileNameWithoutExtension(FileName);
        return new NoteView
        {
            Title = title.Trim(),
            Body = body,
            Tags = Tags(),
            Created = FrontMatterText.ParseInstant(Scalar("created")),
            Updated = FrontMatterText.ParseInstant(Scalar("updated")),
            Pinned = FrontMatterText.ParseFlag(Scalar("pinned")),
            Archived = FrontMatterText.ParseFlag(Scalar("archived")),
            Color = Scalar("color"),
            Notebook = Scalar("notebook"),
            Source = Scalar("source"),
            Id = Scalar("id"),
            Attachments = found.Attachments,
            ChecklistItems = found.ChecklistItems,
            ChecklistDone = found.ChecklistDone,
        };
    }

    private string? Scalar(string key) => Field(key) is { Length: > 0 } value ? value : null;

    private string[] Tags()
    {
        var entry = Front?.Find("tags");
        if (entry is { IsSequence: true, Values: { } values })
            return [.. values.Where(value => value.Length > 0).Select(Shown)];
        return entry?.Scalar is { } words
            ? Shown(words).Split(words.Contains(',', StringComparison.Ordinal) ? ',' : ' ',
                StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [];
    }

    /// <summary>For a note that is no text in any known encoding: what of it is UTF-8.</summary>
    private string Shown(string words) => IsText ? words : Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(words));
}
