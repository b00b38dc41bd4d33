namespace Candor.Audit.Search;

/// <summary>Looks for needles in a stream that comes in pieces: what stands across two pieces is found, once.</summary>
/// <remarks>Keeps as many bytes as the longest needle has, twice, and a window: <see cref="Window"/> + 2 KiB, however long the stream.</remarks>
internal sealed class NeedleStream
{
    private const int Window = 64 * 1024;

    private readonly NeedleSieve _sieve;
    private readonly Action<Needle, NeedleMatch, long> _found;
    private readonly int _keep;
    private readonly byte[] _buffer;
    private int _length, _scanned;
    private long _start;

    /// <param name="sieve">The needles.</param>
    /// <param name="found">Takes a match and the offset of its first byte in the stream.</param>
    public NeedleStream(NeedleSieve sieve, Action<Needle, NeedleMatch, long> found)
    {
        _sieve = sieve;
        _found = found;
        _keep = Math.Max(sieve.Longest, NeedleSet.MaxNeedle) + 2; // The match, and a neighbour of two bytes for its guard.
        _buffer = new byte[Window + 2 * _keep];
    }

    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int count = Math.Min(bytes.Length, _buffer.Length - _length);
            bytes[..count].CopyTo(_buffer.AsSpan(_length));
            _length += count;
            bytes = bytes[count..];
            if (_length == _buffer.Length) Scan(_length - _keep);
        }
    }

    /// <summary>Looks at the rest: nothing more comes, or not next to it.</summary>
    public void End()
    {
        Scan(_length);
        _start += _length;
        (_length, _scanned) = (0, 0);
    }

    private void Scan(int to)
    {
        _sieve.Scan(_buffer.AsSpan(0, _length), _scanned, to, Check);
        int drop = Math.Max(0, to - _keep);
        _buffer.AsSpan(drop, _length - drop).CopyTo(_buffer);
        _start += drop;
        _length -= drop;
        _scanned = to - drop;
    }

    private void Check(Needle needle, int at)
    {
        if (NeedleMatch.Of(needle, _buffer.AsSpan(0, _length), at) is { } match) _found(needle, match, _start + match.Start);
    }
}
