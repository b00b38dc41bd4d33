using System.Buffers;

namespace Candor.Formats.Messages;

/// <summary>Cuts a stream into lines, or a JSON array into its objects, without looking at what they say.</summary>
internal sealed class JsonPieces
{
    /// <summary>Longest line or object: 16 MiB. Version 1 of the export has pictures inside.</summary>
    internal const int MaxBytes = 16 << 20;

    private static readonly SearchValues<byte> Structure = SearchValues.Create("\"{}[]"u8);
    private static readonly SearchValues<byte> InString = SearchValues.Create("\"\\"u8);

    private readonly ByteWindow _window;

    internal JsonPieces(Stream json) => _window = new ByteWindow(json, [], 0, MaxBytes + (64 * 1024));

    /// <summary>Offset of the piece that was read last.</summary>
    internal long Offset { get; private set; }

    /// <summary>The last piece was longer than <see cref="MaxBytes"/>; it was passed over.</summary>
    internal bool TooLong { get; private set; }

    /// <summary>Skips a byte order mark. The first byte behind it that is no blank, or -1; it is not consumed, nor are blanks before
    /// it.</summary>
    internal int First()
    {
        if (_window.Need(3) && _window.Ahead.StartsWith("\ufeff"u8))
            _window.Pos += 3;
        _window.Keep = _window.Pos;
        while (true)
        {
            int at = _window.Ahead.IndexOfAnyExcept(" \t\r\n"u8);
            if (at >= 0)
                return _window.Ahead[at];
            if (!_window.Fill())
                return -1;
        }
    }

    /// <summary>The next line without its line break; null at the end.</summary>
    internal byte[]? Line()
    {
        Start();
        int at;
        bool more = true;
        while ((at = _window.Ahead.IndexOf((byte)'\n')) < 0 && more)
        {
            _window.Pos = _window.End;
            if (TooLong || _window.Pos - _window.Keep > MaxBytes)
                (TooLong, _window.Keep) = (true, _window.Pos);
            more = _window.Fill();
        }
        if (at < 0 && _window.Pos == _window.Keep && !TooLong)
            return null;
        _window.Pos += Math.Max(at, 0);
        ReadOnlySpan<byte> line = TooLong ? [] : _window.Bytes.AsSpan(_window.Keep, _window.Pos - _window.Keep);
        _window.Pos += at < 0 ? 0 : 1;
        return (line.EndsWith("\r"u8) ? line[..^1] : line).ToArray();
    }

    /// <summary>Steps into the array.</summary>
    internal void Enter()
    {
        SkipTo(" \t\r\n"u8);
        _window.Pos++;
    }

    /// <summary>Steps out of the array. The next byte that is no blank, or -1.</summary>
    internal int After()
    {
        _window.Pos++;
        int next = SkipTo(" \t\r\n"u8);
        Start();
        return next;
    }

    /// <summary>The array's next object; null at the array's end, at the file's end or at anything that is no object.</summary>
    internal byte[]? Object(out int stoppedAt)
    {
        stoppedAt = SkipTo(" \t\r\n,"u8);
        Start();
        if (stoppedAt != '{')
            return null;
        int depth = 0;
        while (true)
        {
            int at = Next(Structure);
            if (at < 0)
                return null;
            _window.Pos++;
            if (at == '"' && !SkipString())
                return null;
            depth += at is '{' or '[' ? 1 : at is '}' or ']' ? -1 : 0;
            if (depth == 0 && at != '"')
                return TooLong ? [] : _window.Bytes.AsSpan(_window.Keep, _window.Pos - _window.Keep).ToArray();
        }
    }

    private void Start()
    {
        _window.Keep = _window.Pos;
        Offset = _window.Offset;
        TooLong = false;
    }

    private bool SkipString()
    {
        while (true)
        {
            int at = Next(InString);
            if (at < 0)
                return false;
            _window.Pos++;
            if (at == '"')
                return true;
            if (!_window.Need(1))
                return false;
            _window.Pos++;
        }
    }

    /// <summary>Moves to the next of <paramref name="any"/> and gives it; -1 at the end.</summary>
    private int Next(SearchValues<byte> any)
    {
        int at;
        while ((at = _window.Ahead.IndexOfAny(any)) < 0)
        {
            _window.Pos = _window.End;
            if (TooLong || _window.Pos - _window.Keep > MaxBytes)
                (TooLong, _window.Keep) = (true, _window.Pos);
            if (!_window.Fill())
                return -1;
        }
        _window.Pos += at;
        return _window.Bytes[_window.Pos];
    }

    private int SkipTo(ReadOnlySpan<byte> blanks)
    {
        while (true)
        {
            int at = _window.Ahead.IndexOfAnyExcept(blanks);
            _window.Pos = at < 0 ? _window.End : _window.Pos + at;
            _window.Keep = _window.Pos;
            if (at >= 0)
                return _window.Bytes[_window.Pos];
            if (!_window.Fill())
                return -1;
        }
    }
}
