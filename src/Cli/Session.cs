using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Candor.Client.Devices;

namespace Candor.Cli;

/// <summary>One run of one command: where the device lives, how to speak, and whom to ask.</summary>
internal sealed class Session(Terminal terminal, string home, bool json, bool quiet, bool yes)
{
    // Names of people and files stay readable; this is not HTML.
    private static readonly JsonWriterOptions Readable = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const int LeastWidth = 20;

    private static readonly JsonWriterOptions OnALine = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public Terminal Terminal => terminal;

    public TimeProvider Clock => terminal.Clock;

    /// <summary>The folder of the device; there may be none yet.</summary>
    public string Home => home;

    public bool Json => json;

    public bool Quiet => quiet;

    /// <exception cref="DeviceException">It says what to do.</exception>
    public Device OpenDevice() => Device.Open(home, Clock);

    /// <summary>A line of the result, where a person reads it.</summary>
    public void Say(string line = "")
    {
        if (!json) terminal.Out.WriteLine(line);
    }

    /// <summary>A line that may be longer than a screen is wide: there it goes on under itself, from a column on.</summary>
    public void Say(string line, int hang)
    {
        int width = terminal.Width - hang;
        foreach (string one in line.Split('\n'))
        {
            if (!terminal.OutSeen || one.Length <= terminal.Width || width < LeastWidth)
            {
                Say(one);
                continue;
            }
            // Columns stand before a space at that place; else the line has only its own indent.
            int lead = one[Math.Max(0, hang - 1)] == ' ' ? hang : one.Length - one.AsSpan().TrimStart().Length;
            string[] lines = [.. Help.HelpPage.Wrap(one[lead..], terminal.Width - Math.Max(lead, hang))];
            for (int i = 0; i < lines.Length; i++) Say((i == 0 ? one[..lead] : new string(' ', Math.Max(lead, hang))) + lines[i]);
        }
    }

    /// <summary>A remark beside the result.</summary>
    public void Note(string line)
    {
        if (!quiet) terminal.Error.WriteLine(line);
    }

    /// <summary>The whole result, where a program reads it: one document.</summary>
    public void Write(Action<Utf8JsonWriter> members)
    {
        if (!json) return;
        using (var writer = new Utf8JsonWriter(new TextBytes(terminal.Out), Readable))
        {
            try
            {
                writer.WriteStartObject();
                members(writer);
                writer.WriteEndObject();
            }
            catch
            {
                // Half a document says less than none.
                writer.Reset();
                throw;
            }
        }
        terminal.Out.WriteLine();
    }

    /// <summary>One of many results, each a document on a line of its own, where a program reads them.</summary>
    public void WriteLine(Action<Utf8JsonWriter> members)
    {
        if (json) terminal.Out.WriteLine(Document(members, OnALine));
    }

    /// <summary>Puts a question; anything but y or yes is no.</summary>
    /// <exception cref="HeldException">Nobody can be asked, and --yes was not given.</exception>
    public async Task<bool> AskAsync(string question, CancellationToken cancel)
    {
        if (yes) return true;
        if (!terminal.CanAsk) throw new HeldException($"{question} Nobody is here to answer, so nothing was done. If the answer is yes, add --yes.");
        await terminal.Error.WriteAsync($"{question} [y/N] ");
        return await ReadLineAsync(cancel) is { } answer && answer.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    /// <summary>A line from the person; null at the end of the input.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancel)
    {
        await terminal.Error.FlushAsync(cancel);
        // A read of the keyboard cannot be called off, only left behind.
        return await Task.Run(terminal.In.ReadLine, cancel).WaitAsync(cancel);
    }

    /// <summary>The same without showing what is typed.</summary>
    public async Task<string?> ReadHiddenAsync(CancellationToken cancel)
    {
        await terminal.Error.FlushAsync(cancel);
        string? line = await Task.Run(terminal.ReadHidden, cancel).WaitAsync(cancel);
        await terminal.Error.WriteLineAsync();
        return line;
    }

    internal static string Document(Action<Utf8JsonWriter> members) => Document(members, Readable);

    private static string Document(Action<Utf8JsonWriter> members, JsonWriterOptions options)
    {
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, options))
        {
            writer.WriteStartObject();
            members(writer);
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
    }
}

/// <summary>UTF-8 that becomes text as it comes: a long document never stands in memory whole.</summary>
internal sealed class TextBytes(TextWriter to) : IBufferWriter<byte>
{
    private const int Usual = 64 << 10;

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly char[] _text = new char[Usual + 1];
    private byte[] _bytes = new byte[Usual];

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_bytes.Length < sizeHint) _bytes = new byte[sizeHint];
        return _bytes;
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Advance(int count)
    {
        for (int at = 0; at < count; at += Usual)
        {
            int chars = _decoder.GetChars(_bytes.AsSpan(at, Math.Min(Usual, count - at)), _text, flush: false);
            to.Write(_text.AsSpan(0, chars));
        }
    }
}
