using System.Buffers;
using System.IO.Compression;
using System.Text;
using System.Text.Encodings.Web;
using Candor.Formats.Archives;

namespace Candor.Formats.Messages;

/// <summary>Writes a zip that SMS Import / Export (sms-ie), version 2, imports: all lines first, then the parts' data.</summary>
/// <remarks>What was read from such an export is written back byte for byte, except that a part gets another file name where two of
/// different messages have the same (phones number them alike); any other message is written from its view. The stream stays the caller's.
/// Call <see cref="Complete"/> at the end: without it the data is missing.</remarks>
public sealed class SmsIeWriter : IDisposable
{
    /// <summary>Zip cannot say "no time"; its first one makes the same messages the same bytes.</summary>
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ZipArchive _zip;
    private readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<(string Name, int Part, long RawFrom, Func<int, Stream> Open)> _parts = [];
    private readonly ArrayBufferWriter<byte> _line = new(1024);
    private Stream? _lines;
    private int _number;

    /// <param name="output">Written forward only.</param>
    public SmsIeWriter(Stream output)
    {
        _zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true);
        _lines = Add(SmsIePath.Lines, CompressionLevel.Fastest);
    }

    /// <summary>Writes a message: its own line if it came from such an export, else its view.</summary>
    /// <param name="message">As read, or put together again from what was stored.</param>
    /// <param name="openPart">Opens what was stored of the part with that index. Kept, and called in <see cref="Complete"/>.</param>
    public void Write(Message message, Func<int, Stream> openPart)
    {
        if (message.Format != MessageFormat.SmsIe)
        {
            Write(message.View, openPart);
            return;
        }
        ReadOnlySpan<byte> line = message.Original.Span;
        int done = 0;
        foreach ((int index, int start, int length, string path) in SmsIeLine.Paths(line))
        {
            if (index >= message.View.Parts.Count || message.View.Parts[index].DataLength is null)
                continue;
            string wanted = SmsIePath.LastSegment(path);
            string name = Unique(wanted);
            _parts.Add((name, index, message.View.Parts[index].RawFrom, openPart));
            if (name == wanted)
                continue;
            Put(line[done..start]);
            Put(Encoding.UTF8.GetBytes($"\"{JavaScriptEncoder.Default.Encode(name)}\""));
            done = start + length;
        }
        Put(line[done..]);
        Put("\n"u8);
    }

    /// <summary>Writes a message of which only the view is known.</summary>
    public void Write(MessageView view, Func<int, Stream> openPart)
    {
        var names = new string?[view.Parts.Count];
        for (int i = 0; i < names.Length; i++)
        {
            if (view.Parts[i].DataLength is null)
                continue;
            names[i] = Unique($"PART_{++_number}");
            _parts.Add((names[i]!, i, view.Parts[i].RawFrom, openPart));
        }
        _line.ResetWrittenCount();
        SmsIeLine.Write(_line, view, names);
        Put(_line.WrittenSpan);
        Put("\n"u8);
    }

    /// <summary>Writes the parts' data and the zip's directory.</summary>
    public void Complete()
    {
        Lines.Dispose();
        _lines = null;
        foreach ((string name, int part, long rawFrom, Func<int, Stream> open) in _parts)
        {
            using Stream entry = Add(SmsIePath.Folder + name, CompressionLevel.NoCompression);
            using Stream stored = open(part);
            PartData.CopyDecoded(stored, rawFrom, entry);
        }
        _parts.Clear();
        _zip.Dispose();
    }

    public void Dispose()
    {
        _lines?.Dispose();
        _zip.Dispose();
    }

    private Stream Lines => _lines ?? throw new InvalidOperationException("The export is complete.");

    private void Put(ReadOnlySpan<byte> bytes) => Lines.Write(bytes);

    private Stream Add(string name, CompressionLevel level)
    {
        ZipArchiveEntry entry = _zip.CreateEntry(name, level);
        entry.LastWriteTime = NoTime;
        return entry.Open();
    }

    /// <summary>The name itself, unless it is taken or would be unsafe to unpack.</summary>
    private string Unique(string wanted)
    {
        bool plain = EntryNames.Trouble(wanted) is null && wanted.AsSpan().IndexOfAny("/%?#") < 0;
        string name = plain ? wanted : $"PART_{++_number}";
        string stem = name;
        while (!_names.Add(name))
            name = $"{++_number}_{stem}";
        return name;
    }
}
