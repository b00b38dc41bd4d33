namespace Candor.Audit.Search;

/// <summary>Takes a match in a stream.</summary>
/// <param name="needle">What was found.</param>
/// <param name="match">How much of it, and how sure.</param>
/// <param name="offset">Of its first byte in the stream.</param>
/// <param name="around">Bytes of the stream, lent.</param>
/// <param name="at">Where the match begins in them.</param>
internal delegate void FoundInStream(Needle needle, NeedleMatch match, long offset, ReadOnlySpan<byte> around, int at);

/// <summary>Looks for needles in a stream that comes in pieces: what stands across two pieces is found, once.</summary>
/// <remarks>Keeps as many bytes as the longest needle has, twice, and a window, however long the stream.</remarks>
internal sealed class NeedleStream
{
    public const int Window = 64 * 1024;

    private readonly NeedleSieve _sieve;
    private readonly FoundInStream _found;
    private readonly int _keep;
    private readonly byte[] _buffer;
    private int _length, _scanned;
    private long _start;

    /// <param name="sieve">The needles.</param>
    /// <param name="found">Takes each match.</param>
    /// <param name="window">Bytes looked at together: few where many streams are open.</param>
    public NeedleStream(NeedleSieve sieve, FoundInStream found, int window = Window)
    {
        _sieve = sieve;
        _found = found;
        _keep = Math.Max(sieve.Longest, NeedleSet.MaxNeedle) + 2; // The match, and a neighbour of two bytes for its guard.
        _buffer = new byte[window + 2 * _keep];
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
        if (NeedleMatch.Of(needle, _buffer.AsSpan(0, _length), at) is { } match) _found(needle, match, _start + match.Start, _buffer.AsSpan(0, _length), match.Start);
    }
}
