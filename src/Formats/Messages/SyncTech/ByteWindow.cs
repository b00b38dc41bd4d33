namespace Candor.Formats.Messages;

/// <summary>The part of a stream that is being looked at. Bytes from <see cref="Keep"/> on stay when more are read; those before may
/// go.</summary>
internal sealed class ByteWindow
{
    private const int ReadSize = 256 * 1024;

    private readonly Stream _source;
    private readonly int _limit;
    private long _base;

    /// <param name="source">Read on from where it stands.</param>
    /// <param name="head">Bytes already read from the source.</param>
    /// <param name="headOffset">Offset of the first of them in the file.</param>
    /// <param name="limit">Most bytes that may be kept at once.</param>
    internal ByteWindow(Stream source, ReadOnlySpan<byte> head, long headOffset, int limit)
    {
        _source = source;
        _limit = limit;
        _base = headOffset;
        // A single message that was stored is read with little more than its own bytes.
        long ahead = source.CanSeek ? source.Length - source.Position + 16 : ReadSize;
        Bytes = new byte[head.Length + (int)Math.Clamp(ahead, 0, ReadSize)];
        head.CopyTo(Bytes);
        End = head.Length;
    }

    internal byte[] Bytes { get; private set; }

    /// <summary>First byte that must stay.</summary>
    internal int Keep;

    /// <summary>Next byte to look at.</summary>
    internal int Pos;

    /// <summary>One past the last byte that is here.</summary>
    internal int End { get; private set; }

    /// <summary>Reading stopped because too much is kept, not because the source ended.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>Offset of <see cref="Pos"/> in the file.</summary>
    internal long Offset => _base + Pos;

    internal ReadOnlySpan<byte> Ahead => Bytes.AsSpan(Pos, End - Pos);

    /// <summary>Brings at least one more byte. False at the end of the source or at the limit. Moves <see cref="Keep"/> and
    /// <see cref="Pos"/> alike.</summary>
    internal bool Fill()
    {
        IsFull = false;
        if (Keep > 0)
        {
            Bytes.AsSpan(Keep, End - Keep).CopyTo(Bytes);
            (Pos, End, _base, Keep) = (Pos - Keep, End - Keep, _base + Keep, 0);
        }
        if (Bytes.Length - End < ReadSize / 4 && Bytes.Length < _limit)
            Grow();
        if (End == Bytes.Length)
        {
            IsFull = true;
            return false;
        }
        int n = _source.Read(Bytes, End, Bytes.Length - End);
        End += n;
        return n > 0;
    }

    /// <summary>True once <paramref name="count"/> bytes lie ahead.</summary>
    internal bool Need(int count)
    {
        while (End - Pos < count)
        {
            if (!Fill())
                return false;
        }
        return true;
    }

    /// <summary>Forgets what lies between <paramref name="from"/> (counted from <see cref="Keep"/>) and <see cref="End"/>, and goes on
    /// there.</summary>
    internal void Drop(int from)
    {
        int at = Keep + from;
        _base += End - at;
        Pos = End = at;
    }

    /// <summary>Takes the bytes between <paramref name="from"/> (counted from <see cref="Keep"/>) and <see cref="Pos"/> out, by moving the
    /// kept ones up to close the gap.</summary>
    internal void Cut(int from)
    {
        int gap = Pos - (Keep + from);
        if (gap == 0)
            return;
        Bytes.AsSpan(Keep, from).CopyTo(Bytes.AsSpan(Keep + gap));
        Keep += gap;
    }

    private void Grow()
    {
        var larger = new byte[(int)Math.Min(Bytes.Length * 2L, _limit)];
        Bytes.AsSpan(0, End).CopyTo(larger);
        Bytes = larger;
    }
}
