namespace Candor.Audit.Layers.Quic;

/// <summary>Puts a stream's bytes in order: each once, whatever came twice or late.</summary>
internal sealed class Ordered
{
    private const int MaxPieces = 1024;

    private readonly List<(long Offset, byte[] Bytes)> _held = [];

    /// <summary>Offset of the next byte that has not been handed on.</summary>
    public long Next { get; private set; }

    /// <summary>Bytes held behind a hole.</summary>
    public int Held { get; private set; }

    /// <summary>Where the stream ends; null: not known yet.</summary>
    public long? Final { get; set; }

    /// <summary>All was handed on.</summary>
    public bool Done => Final is { } final && Next >= final;

    public bool Full => _held.Count >= MaxPieces;

    /// <summary>Bytes that can be handed on now, right away. What comes behind a hole is kept; what was there already is left out.</summary>
    /// <param name="offset">Of the first byte.</param>
    /// <param name="bytes">What a packet brought.</param>
    /// <param name="fresh">How many of them are new; they are handed on sooner or later.</param>
    public ReadOnlySpan<byte> Add(long offset, ReadOnlySpan<byte> bytes, out int fresh)
    {
        fresh = 0;
        if (offset < Next)
        {
            long known = Math.Min(Next - offset, bytes.Length);
            bytes = bytes[(int)known..];
            offset += known;
        }
        if (bytes.IsEmpty) return default;
        if (offset == Next)
        {
            // Up to what is held already.
            int count = _held.Count == 0 ? bytes.Length : (int)Math.Min(bytes.Length, _held[0].Offset - offset);
            if (count == bytes.Length)
            {
                fresh = count;
                Next += count;
                return bytes;
            }
        }
        int at = 0;
        while (!bytes.IsEmpty)
        {
            while (at < _held.Count && _held[at].Offset + _held[at].Bytes.Length <= offset) at++;
            int count = at == _held.Count ? bytes.Length : (int)Math.Clamp(_held[at].Offset - offset, 0, bytes.Length);
            if (count > 0)
            {
                _held.Insert(at++, (offset, bytes[..count].ToArray()));
                Held += count;
                fresh += count;
            }
            else count = (int)Math.Min(bytes.Length, _held[at].Offset + _held[at].Bytes.Length - offset);
            bytes = bytes[count..];
            offset += count;
        }
        return default;
    }

    /// <summary>The next bytes of those held, if no hole is before them.</summary>
    public bool TryTake(out byte[] bytes)
    {
        bytes = [];
        if (_held.Count == 0 || _held[0].Offset != Next) return false;
        bytes = _held[0].Bytes;
        _held.RemoveAt(0);
        Held -= bytes.Length;
        Next += bytes.Length;
        return true;
    }

    /// <summary>Gives up the next hole. Returns its length; 0: nothing is held behind one.</summary>
    public long SkipHole()
    {
        if (_held.Count == 0) return 0;
        long hole = _held[0].Offset - Next;
        Next += hole;
        return hole;
    }

    /// <summary>Gives up all up to the end. Returns how many bytes that are.</summary>
    public long SkipRest()
    {
        long rest = Math.Max(0, (Final ?? Next) - Next);
        Next += rest;
        return rest;
    }
}
