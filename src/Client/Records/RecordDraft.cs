using System.Text;
using Candor.Formats;

namespace Candor.Client.Records;

/// <summary>A file that will belong to a record.</summary>
/// <param name="Role">blob, preview, part/n, attachment/n (spec/blobs.md).</param>
/// <param name="Name">At most 1,024 bytes of UTF-8.</param>
/// <param name="MediaType">At most 256 bytes of UTF-8.</param>
/// <param name="Size">Bytes that <paramref name="Open"/> gives.</param>
/// <param name="Open">The file's bytes from the start; may be called several times, and each stream is the caller's to dispose.</param>
public sealed record FileDraft(string Role, string Name, string MediaType, long Size, Func<Stream> Open);

/// <summary>What one item of a phone's file becomes.</summary>
/// <param name="NaturalKey">By which the record is recognised when the item comes again (spec/records.md §2).</param>
/// <param name="Content">Its files are empty, or kept from before.</param>
/// <param name="Files">To be sealed and uploaded.</param>
/// <param name="Problem">What had to be mended; null where all was well.</param>
public sealed record RecordDraft(ReadOnlyMemory<byte> NaturalKey, RecordPlaintext Content, IReadOnlyList<FileDraft> Files, FormatProblem? Problem = null);

/// <summary>Natural keys and cut texts.</summary>
internal static class DraftText
{
    /// <summary>Most bytes of a text that a list shows.</summary>
    public const int ListText = 1024;

    /// <summary>Most bytes of a text that a list only hints at: a contact's note, the start of a note.</summary>
    public const int ShortText = 256;

    /// <summary>"u:" || text.</summary>
    public static byte[] Key(ReadOnlySpan<byte> sort, ReadOnlySpan<char> text)
    {
        var key = new byte[sort.Length + Encoding.UTF8.GetByteCount(text)];
        sort.CopyTo(key);
        Encoding.UTF8.GetBytes(text, key.AsSpan(sort.Length));
        return key;
    }

    /// <summary>"c:" || bytes.</summary>
    public static byte[] Key(ReadOnlySpan<byte> sort, ReadOnlySpan<byte> bytes) => [.. sort, .. bytes];

    /// <summary>The longest start of at most <paramref name="most"/> bytes of UTF-8 that ends with a whole code point.</summary>
    public static string Cut(string text, int most)
    {
        if (text.Length <= most / 3 || Encoding.UTF8.GetByteCount(text) <= most) return text;
        int end = 0, bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > most) break;
            end += rune.Utf16SequenceLength;
        }
        return text[..end];
    }
}
