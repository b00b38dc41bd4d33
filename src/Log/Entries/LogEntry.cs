using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>One thing that an operator says in the public log (spec/public-log.md §2). It has one spelling, and names no person.</summary>
public sealed class LogEntry
{
    /// <summary>Most bytes of an entry.</summary>
    public const int MaxBytes = 32 << 10;

    /// <summary>Most files that one entry names.</summary>
    public const int MaxFiles = 128;

    /// <summary>Bytes of every commitment: what is real and what is cover cannot be told apart by length either.</summary>
    public const int CommitmentBytes = 96;

    private const string First = "candor/log/v1 ";

    private static readonly Dictionary<string, string[]> Types = new(StringComparer.Ordinal)
    {
        ["release"] = ["name", "version", "file"],
        ["web"] = ["name", "version", "file"],
        ["policy"] = ["name", "version", "file"],
        ["shelf"] = ["name", "version", "file"],
        ["key"] = ["role", "old", "new"],
        ["heads"] = ["hour", "leaves", "root"],
        ["heartbeat"] = ["day", "statement"],
        ["commitment"] = ["value"],
    };

    private readonly List<(string Word, string Value)> _lines;

    private LogEntry(string type, List<(string, string)> lines)
    {
        Type = type;
        _lines = lines;
    }

    public string Type { get; }

    /// <summary>Value of a word of this type; of the first where there are several.</summary>
    public string this[string word] => _lines.First(l => l.Word == word).Value;

    public IEnumerable<LogFile> Files => _lines.Where(l => l.Word == "file").Select(l => LogFile.TryParse(l.Value, out var file) ? file : throw new InvalidOperationException("Checked when read."));

    /// <summary>An entry that publishes files: a release, a web bundle, policies, a shelf.</summary>
    /// <exception cref="ArgumentException">A part is not of its form.</exception>
    public static LogEntry OfFiles(string type, string name, string version, IEnumerable<LogFile> files) =>
        Make(type, [("name", name), ("version", version), .. files.OrderBy(f => f.Path, StringComparer.Ordinal).Select(f => ("file", f.ToString()))]);

    /// <summary>A rule that a server names in one line, its <c>law</c> or its <c>region</c>, as it says it to clients.</summary>
    /// <exception cref="ArgumentException">The text is not one line without spaces at its ends.</exception>
    public static LogEntry Rule(string name, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        return OfFiles("policy", name, text.Length == 0 ? "none" : text, [new(name, bytes.Length, Hash32.Of(bytes))]);
    }

    /// <summary>Whether this entry says that rule with that text, to programs and to people.</summary>
    public bool IsRule(string name, string text) =>
        Type == "policy" && this["name"] == name && this["version"] == (text.Length == 0 ? "none" : text) && Files.Any(f => f.Path == name && f.Hash == Hash32.Of(Encoding.UTF8.GetBytes(text)));

    /// <summary>A key begins (<paramref name="before"/> null), changes, or ends (<paramref name="after"/> null).</summary>
    /// <exception cref="ArgumentException">The role is none.</exception>
    public static LogEntry KeyChange(string role, NoteVerifierKey? before, NoteVerifierKey? after) =>
        Make("key", [("role", role), ("old", before?.ToString() ?? "none"), ("new", after?.ToString() ?? "none")]);

    public static LogEntry Heads(DateTimeOffset hour, long leaves, in Hash32 root) => Make("heads",
        [("hour", HourOf(hour)), ("leaves", leaves.ToString(CultureInfo.InvariantCulture)), ("root", root.ToString())]);

    /// <exception cref="ArgumentException">The statement is not one line of text.</exception>
    public static LogEntry Heartbeat(DateTimeOffset day, string statement) => Make("heartbeat",
        [("day", day.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)), ("statement", statement.Length == 0 ? "none" : statement)]);

    public static LogEntry Commitment(in Hash32 value) => Make("commitment", [("value", value.ToString())]);

    /// <summary>As <c>heads</c> entries write it.</summary>
    public static string HourOf(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH", CultureInfo.InvariantCulture);

    /// <summary>Reads an entry's bytes; false for any that a type and version known here would not write.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out LogEntry? entry)
    {
        entry = null;
        if (NoteText.Check(bytes, MaxBytes) != LogRejection.None) return false;
        string first = Encoding.UTF8.GetString(NoteText.TakeLine(ref bytes));
        if (!first.StartsWith(First, StringComparison.Ordinal) || !Types.TryGetValue(first[First.Length..], out var words)) return false;
        var lines = LogLines.Read(bytes, words, words[^1] == "file" ? MaxFiles : 1);
        if (lines is null) return false;
        for (int i = 3; i < lines.Count; i++)
        {
            if (string.CompareOrdinal(PathOf(lines[i - 1].Value), PathOf(lines[i].Value)) >= 0) return false;
        }
        entry = new(first[First.Length..], lines);
        return true;
    }

    /// <summary>The type that an entry's first line names, known here or not; null where it is no entry of Candor's.</summary>
    public static string? TypeOf(ReadOnlySpan<byte> bytes)
    {
        if (NoteText.Check(bytes, EntryBundle.MaxEntryBytes) != LogRejection.None) return null;
        string first = Encoding.UTF8.GetString(NoteText.TakeLine(ref bytes));
        return first.StartsWith("candor/log/", StringComparison.Ordinal) ? first["candor/log/".Length..] : null;
    }

    public byte[] ToBytes() => LogLines.Write(First + Type, _lines);

    public override string ToString() => Encoding.UTF8.GetString(ToBytes()).TrimEnd('\n').Replace("\n", " · ", StringComparison.Ordinal);

    private static LogEntry Make(string type, List<(string, string)> lines)
    {
        var made = new LogEntry(type, lines);
        return TryParse(made.ToBytes(), out _) ? made : throw new ArgumentException($"Not an entry of type {type}: each value is one line of its form, at most {MaxFiles} files, each path once, {MaxBytes} bytes in all.", nameof(lines));
    }

    private static string PathOf(string file) => file[..file.IndexOf(' ', StringComparison.Ordinal)];
}
