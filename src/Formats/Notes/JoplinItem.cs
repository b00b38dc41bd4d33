using System.Buffers;
using System.Globalization;
using System.Text;

namespace Candor.Formats.Notes;

/// <summary>What a Joplin item is; the numbers are the format's own ("type_").</summary>
public enum JoplinType { Note = 1, Notebook = 2, Resource = 4, Tag = 5, NoteTag = 6 }

/// <summary>One file of a Joplin RAW export, or one entry of a JEX archive, which is a tar of the same.</summary>
/// <remarks>
/// UTF-8 text: the title, an empty line, the body, an empty line, then one "key: value" a line up to the end, "type_: n" among them.
/// In values, a backslash and "n" stand for a line break. Items without a title, such as note-tag pairs, hold the last part only.
/// </remarks>
public sealed class JoplinItem
{
    private const int MaxProperties = 200;
    private static readonly SearchValues<char> KeyLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_");
    private readonly Dictionary<string, string> properties;

    private JoplinItem(JoplinType type, string title, string body, Dictionary<string, string> properties)
    {
        Type = type;
        Title = title;
        Body = body;
        this.properties = properties;
    }

    public JoplinType Type { get; }
    public string Title { get; }
    public string Body { get; }
    public string Id => Property("id") ?? "";

    /// <summary>A property that is there and not empty.</summary>
    public string? Property(string name) => properties.TryGetValue(name, out var value) && value.Length > 0 ? value : null;

    /// <summary>Reads one item. Total.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="entryName">Its name in the export, for the report.</param>
    public static Reading<JoplinItem> Parse(ReadOnlyMemory<byte> bytes, string entryName)
    {
        ArgumentNullException.ThrowIfNull(entryName);
        string text;
        try
        {
            text = new UTF8Encoding(false, true).GetString(bytes.Span).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return Reading<JoplinItem>.Failed(entryName, -1, "Not imported: it is not UTF-8 text.");
        }
        var lines = text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        var first = lines.Length;
        for (; first > 0 && lines[first - 1].Length > 0; first--)
        {
            var line = lines[first - 1];
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || line.AsSpan(0, colon).ContainsAnyExcept(KeyLetters) || properties.Count == MaxProperties)
                return Reading<JoplinItem>.Failed(entryName, -1, "Not imported: it does not end with the properties of a Joplin item.");
            properties.TryAdd(line[..colon], Unescape(line[(colon + 1)..].TrimStart(' ')));
        }
        if (!properties.TryGetValue("type_", out var number)
            || !int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var type))
            return Reading<JoplinItem>.Failed(entryName, -1, "Not imported: it does not say what kind of Joplin item it is.");
        if (properties.GetValueOrDefault("encryption_applied") == "1")
            return Reading<JoplinItem>.Failed(entryName, -1,
                "Not imported: it is encrypted; export it again after Joplin has decrypted it.");
        var head = lines.AsSpan(0, Math.Max(first - 1, 0));
        var title = head.IsEmpty ? "" : head[0];
        var body = head.Length <= 2 ? "" : string.Join('\n', head[2..].ToArray());
        return Reading<JoplinItem>.Of(new JoplinItem((JoplinType)type, title, body, properties));
    }

    private static string Unescape(string value) => !value.Contains('\\', StringComparison.Ordinal) ? value
        : value.Replace(@"\n", "\n", StringComparison.Ordinal).Replace(@"\r", "\r", StringComparison.Ordinal);
}
