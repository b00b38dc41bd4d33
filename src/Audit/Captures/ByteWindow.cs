namespace Candor.Audit.Captures;

/// <summary>A window that moves over a stream: what is asked for stands in one piece, the rest of the file is not in memory.</summary>
internal sealed class ByteWindow(Stream stream)
{
    private const int Usual = 1 << 20;

    private byte[] _buffer = new byte[Usual];
    private int _start, _end;
    private bool _over;

    /// <summary>Bytes taken so far.</summary>
    public long Position { get; private set; }

    /// <summary>The stream itself broke: a compressed file that is cut off or damaged.</summary>
    public bool Broken { get; private set; }

    /// <summary>Up to that many bytes without taking them: fewer only at the end.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        if (_end - _start < count) Fill(count);
        return _buffer.AsSpan(_start, Math.Min(count, _end - _start));
    }

    /// <summary>Takes bytes that were peeked at.</summary>
    public void Take(int count)
    {
        _start += count;
        Position += count;
    }

    /// <summary>Passes over bytes; says how many there were.</summary>
    public long Skip(long count)
    {
        long left = count;
        while (left > 0)
        {
            int here = (int)Math.Min(left, Peek((int)Math.Min(left, Usual)).Length);
            if (here == 0) break;
            Take(here);
            left -= here;
        }
        return count - left;
    }

    private void Fill(int count)
    {
        if (_start > 0) _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _end -= _start;
        _start = 0;
        if (_buffer.Length < count) Array.Resize(ref _buffer, count);
        while (_end < count && !_over)
        {
            int read = 0;
            try
            {
                read = stream.Read(_buffer, _end, _buffer.Length - _end);
            }
            catch (InvalidDataException)
            {
                Broken = true;
            }
            _over = read == 0;
            _end += read;
        }
    }
}
