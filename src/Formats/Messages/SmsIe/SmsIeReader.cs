using System.Text.Json;
using Candor.Formats.Archives;

namespace Candor.Formats.Messages;

/// <summary>
/// Reads an export of SMS Import / Export (sms-ie): the zip of version 2 (<c>messages.ndjson</c> and <c>data/</c>), its bare lines, or the
/// JSON array of version 1.
/// </summary>
/// <remarks>
/// Total like <see cref="SyncTechReader"/>: every line is a message, a problem, or a message with a problem (a part that is not in the
/// archive is named, the message kept). A line that names a key twice is refused: readers differ in which one counts. So is one nested
/// deeper than <see cref="MaxDepth"/>. Data files that no message names are problems too. Version 1 is brought to version 2 as the app's
/// own converter does; what is dropped there is the data, which goes to the parts' streams. Encrypted exports (<c>.ssef</c>) are recognised
/// and refused. Source: github.com/tmo1/sms-ie, ImportExportMessages.kt and ENCRYPTION.md.
/// </remarks>
public sealed class SmsIeReader
{
    public const int MaxDepth = 16;

    /// <summary>After so many lines that are no message the rest is one problem: whatever it is, it is no export.</summary>
    public const int MaxBadLines = 10_000;

    private const string Encrypted = "it is encrypted (.ssef): export again with encryption switched off, or decrypt it with "
        + "sms-ie's tools/ssef-decrypt.py, and import the zip that comes out";

    private const string BrokenArray = "its array ends before its end, or holds something that is no object; what came before was read";

    /// <summary>What messages may inflate to: 64 GiB.</summary>
    private const long MaxInflated = 64L << 30;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    private readonly Stream _file;
    private readonly Func<MessagePartInfo, Stream> _openPart;
    private readonly SmsIeMessage _message;
    private readonly Dictionary<string, ZipEntry> _data = new(StringComparer.Ordinal);
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);
    private SafeZip? _zip;
    private long _lines;
    private long _calls;
    private int _bad;

    /// <param name="file">Seekable, read from its start; stays the caller's.</param>
    /// <param name="openPart">As for <see cref="SyncTechReader"/>.</param>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public SmsIeReader(Stream file, Func<MessagePartInfo, Stream> openPart)
    {
        if (!file.CanSeek)
            throw new ArgumentException("A zip is read from its end: the stream must be seekable.", nameof(file));
        (_file, _openPart) = (file, openPart);
        _message = new SmsIeMessage(CopyPart);
    }

    /// <summary>Messages read so far.</summary>
    public long MessageCount { get; private set; }

    /// <summary>The readings in the order of the lines. To be walked once.</summary>
    public IEnumerable<Reading<Message>> Read()
    {
        var head = new byte[4];
        _file.Position = 0;
        int n = _file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        _file.Position = 0;
        if (head.AsSpan().SequenceEqual("SSEF"u8))
            return [Reading<Message>.Failed("file", 0, Encrypted)];
        return n >= 2 && head[0] == 'P' && head[1] == 'K' ? ReadZip() : ReadJson(_file);
    }

    private IEnumerable<Reading<Message>> ReadZip()
    {
        (_zip, FormatProblem? trouble) = SafeZip.Open(_file, new ZipLimits { MaxTotalBytes = MaxInflated });
        if (trouble is not null)
            yield return new Reading<Message>(null, trouble);
        if (_zip is null)
            yield break;
        ZipEntry? lines = null;
        foreach ((ZipEntry? entry, FormatProblem? problem) in _zip.Entries)
        {
            bool known = entry is null || entry.IsDirectory;
            if (entry is { IsDirectory: false, Name: SmsIePath.Lines } && lines is null)
                (lines, known) = (entry, true);
            else if (entry is { IsDirectory: false } && entry.Name.StartsWith(SmsIePath.Folder, StringComparison.Ordinal))
                known = _data.TryAdd(entry.Name[SmsIePath.Folder.Length..], entry);
            if (problem is not null)
                yield return new Reading<Message>(null, problem);
            else if (!known)
                yield return Reading<Message>.Failed(entry!.Name, -1, "it is no part of a message export; it was passed over");
        }
        if (lines is null)
        {
            yield return Reading<Message>.Failed("file", 0, $"it holds no {SmsIePath.Lines}: it is no message export of sms-ie, version 2");
            yield break;
        }
        using ZipEntryStream json = _zip.OpenEntry(lines);
        foreach (Reading<Message> reading in ReadJson(json))
            yield return reading;
        if (json.Problem is { } ended)
            yield return new Reading<Message>(null, ended with { Reason = ended.Reason + "; the messages before that were read" });
        foreach ((string name, ZipEntry entry) in _data)
        {
            if (!_used.Contains(name))
                yield return Reading<Message>.Failed(entry.Name, -1, "no message names this data file");
        }
    }

    private IEnumerable<Reading<Message>> ReadJson(Stream json)
    {
        var pieces = new JsonPieces(json);
        int first = pieces.First();
        if (first == '[')
            return ReadArray(pieces);
        return first is '{' || _zip is not null ? ReadLines(pieces)
            : [Reading<Message>.Failed("file", 0, "it is no message export of sms-ie: neither a zip nor JSON")];
    }

    private IEnumerable<Reading<Message>> ReadLines(JsonPieces pieces)
    {
        while (pieces.Line() is { } line)
        {
            _lines++;
            if (pieces.TooLong)
                yield return Reading<Message>.Failed($"line {_lines}", pieces.Offset, $"it is longer than {JsonPieces.MaxBytes} bytes");
            else if (line.AsSpan().ContainsAnyExcept(" \t\r"u8))
                yield return Parse($"line {_lines}", pieces.Offset, line, version1: false);
            if (_bad < MaxBadLines)
                continue;
            yield return Reading<Message>.Failed("file", pieces.Offset, $"{MaxBadLines} lines were no messages; the rest was not read");
            yield break;
        }
    }

    private IEnumerable<Reading<Message>> ReadArray(JsonPieces pieces)
    {
        pieces.Enter();
        int stoppedAt;
        while (pieces.Object(out stoppedAt) is { } item)
        {
            _lines++;
            yield return pieces.TooLong
                ? Reading<Message>.Failed($"entry {_lines}", pieces.Offset, $"it is longer than {JsonPieces.MaxBytes} bytes")
                : Parse($"entry {_lines}", pieces.Offset, item, version1: true);
            if (_bad < MaxBadLines)
                continue;
            yield return Reading<Message>.Failed("file", pieces.Offset, $"{MaxBadLines} entries were no messages; the rest was not read");
            yield break;
        }
        if (stoppedAt != ']')
            yield return Reading<Message>.Failed("file", pieces.Offset, BrokenArray);
        else if (pieces.After() >= 0)
            yield return Reading<Message>.Failed("file", pieces.Offset, "more follows behind its array, which was not read");
    }

    private Reading<Message> Parse(string item, long offset, byte[] json, bool version1)
    {
        Reading<Message> reading;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Strict);
            reading = Take(item, offset, json, document.RootElement, version1);
        }
        catch (Exception malformed) when (malformed is JsonException or InvalidOperationException)
        {
            reading = Reading<Message>.Failed(item, offset, $"it is no JSON, names a key twice or nests deeper than {MaxDepth}");
        }
        _bad += reading.Item is null && reading.Problem?.Reason != SyncTechReader.CallsAreNoKind ? 1 : 0;
        return reading;
    }

    private Reading<Message> Take(string item, long offset, byte[] json, JsonElement root, bool version1)
    {
        if (root.ValueKind != JsonValueKind.Object)
            return Reading<Message>.Failed(item, offset, "it is no JSON object");
        if (root.TryGetProperty("duration"u8, out _) && root.TryGetProperty("number"u8, out _))
            return Reading<Message>.Failed($"call {++_calls}", offset, SyncTechReader.CallsAreNoKind);
        string? trouble;
        if (version1)
        {
            var data = new Dictionary<int, string>();
            json = SmsIeVersion1.ToLine(root, MessageCount + 1, data);
            using JsonDocument line = JsonDocument.Parse(json, Strict);
            trouble = _message.Read(line.RootElement, MessageCount + 1, data);
        }
        else
        {
            trouble = _message.Read(root, MessageCount + 1, null);
        }
        if (trouble is not null)
            return Reading<Message>.Failed(item, offset, trouble);
        var message = new Message(++MessageCount, offset, MessageFormat.SmsIe, json, [], _message.View);
        return new Reading<Message>(message, _message.Note is { } note ? new FormatProblem(item, offset, note) : null);
    }

    /// <summary>Copies the data file behind <paramref name="path"/>. Its length, or null with the reason why there is none.</summary>
    private long? CopyPart(string path, MessagePartInfo info, out string? trouble)
    {
        string name = SmsIePath.LastSegment(path);
        if (!_data.TryGetValue(name, out ZipEntry? entry))
        {
            name = SmsIePath.PlainSegment(path);
            _data.TryGetValue(name, out entry);
        }
        if (_zip is null || entry is null)
        {
            trouble = $"{(name.Length == 0 ? "a part without a name" : name)} is not in the export";
            return null;
        }
        _used.Add(name);
        using ZipEntryStream from = _zip.OpenEntry(entry);
        using Stream to = _openPart(info);
        long length = 0;
        var block = new byte[64 * 1024];
        for (int n; (n = from.Read(block)) > 0; length += n)
            to.Write(block, 0, n);
        trouble = from.Problem is { } problem ? $"{name}: {problem.Reason}; {length} bytes of it were kept" : null;
        return length;
    }

    private long? CopyPart(SmsIeMessage.PartSource source, MessagePartInfo info, out string? trouble)
    {
        if (source.Base64 is not { } base64)
            return CopyPart(source.Path, info, out trouble);
        trouble = null;
        using Stream to = _openPart(info);
        return SmsIeVersion1.CopyData(base64, to);
    }
}
