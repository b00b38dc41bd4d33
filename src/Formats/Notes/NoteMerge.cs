using System.Globalization;
using System.Text;

namespace Candor.Formats.Notes;

/// <summary>A merged note.</summary>
/// <param name="Note">Holds every line that either side added.</param>
/// <param name="Conflicts">How many passages and fields are in it twice, marked for a person to decide.</param>
public sealed record MergedNote(NoteFile Note, int Conflicts);

/// <summary>Merges two versions of a note without losing a word of either.</summary>
/// <remarks>
/// Deterministic, and the same on every device: which side is called "ours" makes no difference to a single byte, because everything
/// inside is about the older and the newer version. Fields are merged one by one, text by lines, and lines that both sides changed by
/// words. Where even words collide, both versions stay, in a quote block that says whose is which.
/// </remarks>
public static class NoteMerge
{
    /// <param name="basis">The version both sides started from; null if it is not known.</param>
    /// <param name="ours">One version.</param>
    /// <param name="theirs">The other.</param>
    /// <param name="theirsNewer">Which of them wins where only one value can stay. The same answer must be reached on every device.</param>
    /// <param name="oursLabel">Where and when our version was written, as a person would say it; used only to mark conflicts.</param>
    /// <param name="theirsLabel">The same for theirs.</param>
    public static MergedNote ThreeWay(
        NoteFile? basis, NoteFile ours, NoteFile theirs, bool theirsNewer,
        string oursLabel = "one device", string theirsLabel = "another device")
    {
        ArgumentNullException.ThrowIfNull(ours);
        ArgumentNullException.ThrowIfNull(theirs);
        ArgumentNullException.ThrowIfNull(oursLabel);
        ArgumentNullException.ThrowIfNull(theirsLabel);
        var older = new NoteSide(theirsNewer ? ours : theirs, theirsNewer ? oursLabel : theirsLabel);
        var newer = new NoteSide(theirsNewer ? theirs : ours, theirsNewer ? theirsLabel : oursLabel);
        if (Same(older.Note, newer.Note) || basis is not null && Same(older.Note, basis))
            return new MergedNote(newer.Note, 0);
        if (basis is not null && Same(newer.Note, basis))
            return new MergedNote(older.Note, 0);
        return Merge(basis, older, newer);
    }

    private static MergedNote Merge(NoteFile? basis, NoteSide older, NoteSide newer)
    {
        if (!older.Note.IsText || !newer.Note.IsText || basis is { IsText: false })
            (basis, older, newer) = (basis?.AsBytes(), older.AsBytes(), newer.AsBytes());
        // Front matter that one side broke can only be merged as the lines it is.
        var refused = older.Note.FrontMatterRefused || newer.Note.FrontMatterRefused || basis is { FrontMatterRefused: true };
        var (inner, overruled) = refused ? (null, []) : FrontMatterMerge.Merge(basis, older.Note, newer.Note);
        var ending = PickEnding(basis, older.Note, newer.Note);
        var body = new LineMerge(older.Label, newer.Label, hasBasis: basis is not null);
        var start = refused ? 0 : -1;
        body.Run(basis is null ? null : Body(basis, start), Body(older.Note, start), Body(newer.Note, start));
        foreach (var (key, lines) in overruled)
            body.AddOverruled(key, lines);

        var merged = new StringBuilder();
        if (inner is not null)
            merged.Append("---\n").Append(inner).Append("---\n");
        merged.Append(body.Text);
        if (ending != "\n")
            merged.Replace("\n", ending);
        return new MergedNote(NoteFile.Parse(Encode(merged.ToString(), older.Note, newer.Note), newer.Note.FileName), body.Conflicts);
    }

    private static bool Same(NoteFile left, NoteFile right) => left.Bytes.Span.SequenceEqual(right.Bytes.Span);

    private static string PickEnding(NoteFile? basis, NoteFile older, NoteFile newer) =>
        basis is not null && newer.LineEnding == basis.LineEnding ? older.LineEnding : newer.LineEnding;

    private static string Body(NoteFile note, int start) => note.Text[(start < 0 ? note.BodyStart : start)..];

    private static byte[] Encode(string text, NoteFile older, NoteFile newer)
    {
        if (!newer.IsText)
            return Encoding.Latin1.GetBytes(text);
        var alike = older.Charset.CodePage == newer.Charset.CodePage && older.PreambleLength == newer.PreambleLength;
        var charset = alike ? newer.Charset : new UTF8Encoding(false);
        var preamble = alike ? newer.Bytes.Span[..newer.PreambleLength] : [];
        return [.. preamble, .. charset.GetBytes(text)];
    }

    /// <summary>A version and its name as Markdown that means nothing but itself.</summary>
    private readonly struct NoteSide(NoteFile note, string label)
    {
        public NoteFile Note => note;

        public string Label
        {
            get
            {
                var escaped = new StringBuilder();
                foreach (var rune in label.EnumerateRunes())
                {
                    if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.LineSeparator
                        or UnicodeCategory.ParagraphSeparator)
                        escaped.Append(' ');
                    else
                        escaped.Append(rune.Value is '\\' or '*' or '_' or '`' or '[' or ']' or '<' or '>' ? "\\" : "")
                            .Append(rune.ToString());
                }
                var words = escaped.ToString();
                return note.IsText ? words : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(words));
            }
        }

        public NoteSide AsBytes() => new(note.AsBytes(), label);
    }
}
