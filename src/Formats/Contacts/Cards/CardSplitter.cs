using System.Buffers;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>How the bytes of a file become characters, as far as finding line ends goes.</summary>
internal enum CardBytes
{
    /// <summary>UTF-8 or any set in which line ends, letters and ":" are single ASCII bytes.</summary>
    Ascii,
    Utf16LittleEndian,
    Utf16BigEndian,
}

/// <summary>One stretch of a file: a card from BEGIN to END, or what lies between cards, of which only place and length are kept.</summary>
/// <remarks>A card longer than <see cref="VCardReader.MaxCardBytes"/> has fewer bytes than its length. Ended: an END line closed it.</remarks>
internal readonly record struct CardSlice(bool IsCard, ReadOnlyMemory<byte> Bytes, long Offset, long Length, bool Ended);

/// <summary>Cuts a stream of bytes into cards, holding one card at a time and never a longer line than a buffer.</summary>
/// <remarks>Blank lines between cards belong to nothing and are skipped.</remarks>
internal sealed class CardSplitter(Stream stream)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>For a stream that is known to be short: most cards are files of their own, of a few hundred bytes.</summary>
    private const int ShortBufferBytes = 1 << 10;

    /// <summary>BEGIN:VCARD, END:VCARD and AGENT: with some white space, in UTF-16.</summary>
    private const int MaxMarkerBytes = 64;

    /// <summary>UTF-8 byte order mark.</summary>
    public static ReadOnlySpan<byte> Mark => [0xEF, 0xBB, 0xBF];

    /// <summary>White space, and NUL and Ctrl-Z that pad the end of files from old phones.</summary>
    private static readonly SearchValues<byte> Padding = SearchValues.Create(" \t\r\n\0\u001A"u8);

    private enum Marker { None, Blank, Begin, End, Agent }

    // One byte more than there is: its end is then seen by the first fill.
    private readonly byte[] _buffer = new byte[stream.CanSeek ? Math.Clamp(stream.Length - stream.Position + 1, ShortBufferBytes, BufferBytes) : BufferBytes];
    private int _start, _end;
    private long _offset;
    private bool _endOfStream;

    public CardBytes Kind { get; private set; }

    public IEnumerable<CardSlice> Slices()
    {
        SkipByteOrderMark();
        var card = new MemoryStream();
        long begun = -1, length = 0, junkAt = -1, junkEnd = 0;
        int agents = 0, kept = 0;
        bool agentOpen = false, lineStart = true;
        while (NextPiece() is { } piece)
        {
            var at = _offset - piece.Count;
            var marker = lineStart && piece.EndsLine ? Classify(_buffer.AsSpan(_start - piece.Count, piece.Count)) : Marker.None;
            lineStart = piece.EndsLine;

            if (marker == Marker.Begin && begun >= 0 && agentOpen) agents++;
            else if (marker == Marker.Begin)
            {
                if (junkAt >= 0) yield return new CardSlice(false, default, junkAt, junkEnd - junkAt, false);
                if (begun >= 0) yield return new CardSlice(true, card.ToArray(), begun, length, false);
                (begun, length, junkAt, agents, kept) = (at, 0, -1, 0, 0);
                card = new MemoryStream();
            }
            if (begun < 0)
            {
                if (marker == Marker.Blank) continue;
                if (junkAt < 0) junkAt = at;
                junkEnd = _offset;
                continue;
            }
            var room = Math.Min(piece.Count, VCardReader.MaxCardBytes - kept);
            card.Write(_buffer, _start - piece.Count, room);
            kept += room;
            length += piece.Count;
            if (marker is not Marker.Blank) agentOpen = marker == Marker.Agent;
            if (marker != Marker.End || agents-- > 0) continue;
            yield return new CardSlice(true, card.ToArray(), begun, length, true);
            (begun, agents) = (-1, 0);
        }
        if (junkAt >= 0) yield return new CardSlice(false, default, junkAt, junkEnd - junkAt, false);
        if (begun >= 0) yield return new CardSlice(true, card.ToArray(), begun, length, false);
    }

    private void SkipByteOrderMark()
    {
        Fill();
        var head = _buffer.AsSpan(_start, _end - _start);
        (Kind, var skip) = head switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (CardBytes.Ascii, 3),
            [0xFF, 0xFE, ..] => (CardBytes.Utf16LittleEndian, 2),
            [0xFE, 0xFF, ..] => (CardBytes.Utf16BigEndian, 2),
            // Without a mark: the "B" or "b" of BEGIN with a zero beside it.
            [(byte)'B' or (byte)'b', 0, _, 0, ..] => (CardBytes.Utf16LittleEndian, 0),
            [0, (byte)'B' or (byte)'b', 0, _, ..] => (CardBytes.Utf16BigEndian, 0),
            _ => (CardBytes.Ascii, 0),
        };
        _start += skip;
        _offset += skip;
    }

    private void Fill()
    {
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        while (!_endOfStream && _end < _buffer.Length)
        {
            var read = stream.Read(_buffer, _end, _buffer.Length - _end);
            _end += read;
            _endOfStream = read == 0;
        }
    }

    /// <summary>
    /// Moves past the next line with its end, or past a part of one that is longer than the buffer. CRLF, LF and CR all end a line; the LF
    /// of a CRLF comes as a blank piece of its own only where the buffer parted them.
    /// </summary>
    private (int Count, bool EndsLine)? NextPiece()
    {
        if (_end - _start < BufferBytes / 2 && !_endOfStream) Fill();
        if (_start == _end) return null;
        var unit = Kind == CardBytes.Ascii ? 1 : 2;
        var span = _buffer.AsSpan(_start, _end - _start);
        var at = LineEnd(span);
        if (at >= 0 && at + unit >= span.Length && !_endOfStream)
        {
            Fill();
            span = _buffer.AsSpan(_start, _end - _start);
        }
        var count = at < 0 ? span.Length : at + unit;
        if (at >= 0 && IsAt(span, at, '\r') && IsAt(span, at + unit, '\n')) count += unit;
        // Half a UTF-16 unit can only be the last byte of the stream.
        if (at < 0 && unit == 2 && count > 1 && !_endOfStream) count &= ~1;
        _start += count;
        _offset += count;
        return (count, at >= 0 || (_endOfStream && _start == _end));
    }

    private int LineEnd(ReadOnlySpan<byte> span)
    {
        if (Kind == CardBytes.Ascii) return span.IndexOfAny((byte)'\r', (byte)'\n');
        for (var i = 0; i + 1 < span.Length; i += 2)
            if (IsAt(span, i, '\n') || IsAt(span, i, '\r')) return i;
        return -1;
    }

    private bool IsAt(ReadOnlySpan<byte> span, int at, char c) => Kind switch
    {
        CardBytes.Ascii => at < span.Length && span[at] == c,
        CardBytes.Utf16LittleEndian => at + 1 < span.Length && span[at] == c && span[at + 1] == 0,
        _ => at + 1 < span.Length && span[at] == 0 && span[at + 1] == c,
    };

    private Marker Classify(ReadOnlySpan<byte> line)
    {
        if (!line.ContainsAnyExcept(Padding)) return Marker.Blank;
        if (line.Length > MaxMarkerBytes) return Marker.None;
        // Files that were joined byte by byte carry the mark of each.
        if (Kind == CardBytes.Ascii && line.StartsWith(Mark)) line = line[Mark.Length..];
        Span<char> text = stackalloc char[MaxMarkerBytes];
        var encoding = Kind switch
        {
            CardBytes.Ascii => Encoding.Latin1,
            CardBytes.Utf16LittleEndian => Encoding.Unicode,
            _ => Encoding.BigEndianUnicode,
        };
        return MarkerOf(text[..encoding.GetChars(line, text)]);
    }

    private static Marker MarkerOf(ReadOnlySpan<char> line)
    {
        if (IsMarker(line, "BEGIN")) return Marker.Begin;
        if (IsMarker(line, "END")) return Marker.End;
        return line.Trim().Equals("AGENT:", StringComparison.OrdinalIgnoreCase) ? Marker.Agent : Marker.None;
    }

    /// <summary>A line "BEGIN:VCARD" or "END:VCARD" in any case and with any white space but in front, where it would be a folded line.</summary>
    public static bool IsMarker(ReadOnlySpan<char> line, string word)
    {
        if (!line.StartsWith(word, StringComparison.OrdinalIgnoreCase)) return false;
        var rest = line[word.Length..].TrimStart();
        return rest is [':', ..] && rest[1..].Trim().Equals("VCARD", StringComparison.OrdinalIgnoreCase);
    }
}
