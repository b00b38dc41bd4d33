using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>What a request is for, as the ledger says it (spec/ledger.md).</summary>
public enum Purpose
{
    Sync,
    Blob,
    Account,
    Server,
    Shelf,
    Log,
    Update,
}

/// <summary>What the gate writes down before a request leaves.</summary>
/// <param name="Host">Authority: name or address, and port.</param>
/// <param name="Purpose">Why.</param>
/// <param name="Kind">Of the vault whose bytes are in the body; none where there are none.</param>
/// <param name="Consent">Index in the account log of the consent that allows it; -1 where kind is none.</param>
/// <param name="Method">As sent.</param>
/// <param name="Target">As sent.</param>
/// <param name="HeadLength">Bytes of request line and headers with the blank line.</param>
/// <param name="BodyLength">Bytes of the body.</param>
/// <param name="BodyHash">Their SHA-256.</param>
public sealed record Departure(
    string Host, Purpose Purpose, Kind Kind, long Consent, string Method, string Target, int HeadLength, long BodyLength, Hash32 BodyHash);

/// <summary>The append-only, hash-chained file of everything that went through the gate (spec/ledger.md).</summary>
/// <remarks>
/// A departure is on stable storage when <see cref="Depart"/> returns. What a crash leaves: a last line without its newline, which the next start
/// closes with a line of its own. Safe for several threads; one process at a time holds the file.
/// </remarks>
public sealed class Ledger : IDisposable
{
    /// <summary>More than any line: a target is at most 16 KiB, the rest is short.</summary>
    internal const int LongestLine = 64 << 10;

    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _line = new(512);
    private long _seq;
    private Hash32 _previous;

    private Ledger(FileStream file, TimeProvider clock)
    {
        _file = file;
        _clock = clock;
    }

    /// <summary>Opens or begins the ledger at <paramref name="path"/> and goes on where its last line ends.</summary>
    /// <exception cref="IOException">The file is held by another process, or cannot be written.</exception>
    /// <exception cref="InvalidDataException">Its last line is no line of a ledger: the file was changed by something else.</exception>
    public static Ledger Open(string path, TimeProvider clock)
    {
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.Read, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(path, options);
        var ledger = new Ledger(file, clock);
        try
        {
            ledger.GoOn();
            return ledger;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes the line of a request that is about to leave and brings it to stable storage. Returns the id that joins its lines.</summary>
    /// <exception cref="IOException">It could not be written: the request must not leave.</exception>
    public long Depart(Departure departure)
    {
        ArgumentNullException.ThrowIfNull(departure);
        lock (_lock)
        {
            long id = _seq + 1;
            Append("out", flush: true, w =>
            {
                w.WriteNumber("id"u8, id);
                w.WriteString("host"u8, departure.Host);
                w.WriteString("purpose"u8, Word(departure.Purpose));
                w.WriteString("kind"u8, departure.Kind.Word());
                w.WriteNumber("consent"u8, departure.Consent);
                w.WriteString("method"u8, departure.Method);
                w.WriteString("target"u8, departure.Target);
                w.WriteNumber("head"u8, departure.HeadLength);
                w.WriteNumber("body"u8, departure.BodyLength);
                w.WriteString("sha256"u8, departure.BodyHash.ToString());
            });
            return id;
        }
    }

    /// <summary>Writes the line of an answer: whole, or cut after <paramref name="bodyLength"/> bytes (status 0: none came).</summary>
    public void Arrive(long id, int status, long bodyLength, bool whole)
    {
        lock (_lock)
        {
            if (!_file.CanWrite) return;
            Append(whole ? "in" : "cut", flush: false, w =>
            {
                w.WriteNumber("id"u8, id);
                w.WriteNumber("status"u8, status);
                w.WriteNumber("body"u8, bodyLength);
            });
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            try
            {
                if (_file.CanWrite) Devices.DurableFile.Flush(_file.SafeFileHandle);
            }
            catch (IOException)
            {
                // Every departure was flushed when it left; what an answer was may be missing.
            }
            _file.Dispose();
        }
    }

    internal static string Word(Purpose purpose) => purpose switch
    {
        Purpose.Sync => "sync",
        Purpose.Blob => "blob",
        Purpose.Account => "account",
        Purpose.Server => "server",
        Purpose.Shelf => "shelf",
        Purpose.Log => "log",
        Purpose.Update => "update",
        _ => throw new ArgumentOutOfRangeException(nameof(purpose)),
    };

    /// <summary>Finds the last line and closes one that a crash tore. A crash may also come while that is done: then the torn line has its newline, and what says so is missing or torn itself.</summary>
    private void GoOn()
    {
        long length = _file.Length;
        _file.Position = Math.Max(0, length - (2 * LongestLine));
        byte[] tail = new byte[length - _file.Position];
        _file.ReadExactly(tail);
        int end = tail.AsSpan().LastIndexOf((byte)'\n') + 1;
        var last = LastLine(tail.AsSpan(0, end));
        if (end == 0 || LedgerLine.SeqOf(last) is not null)
        {
            if (end > 0) Follow(last);
            if (end == tail.Length) return;
            byte[] closed = [.. tail.AsSpan(end), (byte)'\n'];
            _file.Position = length;
            _file.Write("\n"u8);
            if (LedgerLine.SeqOf(closed) is not null)
            {
                // Only its newline was missing.
                Devices.DurableFile.Flush(_file.SafeFileHandle);
                Follow(closed);
                return;
            }
            _previous = Hash32.Of(closed);
        }
        else
        {
            var before = LastLine(tail.AsSpan(0, end - last.Length));
            if (before.Length > 0 && LedgerLine.SeqOf(before) is not null) Follow(before);
            byte[] begin = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"seq\":{_seq + 1},"));
            int same = Math.Min(begin.Length, last.Length - 1);
            if (last.Length == 1 || (before.Length > 0 && _seq == 0) || !last[..same].SequenceEqual(begin.AsSpan(0, same)))
                throw new InvalidDataException("The ledger's last line was not written by Candor. Keep the file, move it away, and start again: a new ledger begins.");
            _previous = Hash32.Of(last);
            _file.SetLength(length - (tail.Length - end));
        }
        Append("torn", flush: true, _ => { });
    }

    private void Follow(ReadOnlySpan<byte> line)
    {
        _seq = LedgerLine.SeqOf(line) ?? 0;
        _previous = Hash32.Of(line);
    }

    /// <summary>With its newline; empty where there is none.</summary>
    private static ReadOnlySpan<byte> LastLine(ReadOnlySpan<byte> whole) => whole.IsEmpty ? whole : whole[(whole[..^1].LastIndexOf((byte)'\n') + 1)..];

    private void Append(string what, bool flush, Action<Utf8JsonWriter> members)
    {
        _line.ResetWrittenCount();
        using (var w = new Utf8JsonWriter(_line))
        {
            w.WriteStartObject();
            w.WriteNumber("seq"u8, _seq + 1);
            w.WriteString("t"u8, _clock.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            w.WriteString("ev"u8, what);
            members(w);
            w.WriteString("prev"u8, _previous.ToString());
            w.WriteEndObject();
        }
        _line.Write("\n"u8);
        long end = _file.Length;
        _file.Position = end;
        try
        {
            _file.Write(_line.WrittenSpan);
            if (flush) Devices.DurableFile.Flush(_file.SafeFileHandle);
        }
        catch (IOException)
        {
            // A disk that is full took the beginning of the line: the next line must not stand on it.
            _file.SetLength(end);
            throw;
        }
        _seq++;
        _previous = Hash32.Of(_line.WrittenSpan);
    }
}
