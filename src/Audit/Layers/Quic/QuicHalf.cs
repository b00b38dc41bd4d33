using Candor.Audit.Layers.Tls;

namespace Candor.Audit.Layers.Quic;

/// <summary>Packets are numbered and encrypted by level (RFC 9000, 12.3): early data shares its numbers with what follows the handshake.</summary>
internal enum Level : byte
{
    Initial,
    Early,
    Handshake,
    Traffic,
}

/// <summary>One side of a QUIC connection: its keys, the numbers of its packets and its handshake messages.</summary>
internal sealed class QuicHalf(Side side)
{
    private readonly long[] _largest = [-1, -1, -1];

    public Side Side { get; } = side;

    /// <summary>By level; null: none, or not tried yet.</summary>
    public QuicKeys?[] Keys { get; } = new QuicKeys?[4];

    /// <summary>After a key update: the keys before, for packets that come late.</summary>
    public QuicKeys? Before { get; set; }

    /// <summary>Whether the present keys of <see cref="Level.Traffic"/> are the second, fourth… ones.</summary>
    public bool Phase { get; set; }

    /// <summary>A packet of the level was opened.</summary>
    public bool[] Opened { get; } = new bool[4];

    /// <summary>Lengths that the connection id in its short headers may have, the likeliest first.</summary>
    public List<int> IdLengths { get; } = [];

    /// <summary>CRYPTO frames by level, and the messages in them.</summary>
    public Ordered[] Crypto { get; } = [new(), new(), new(), new()];

    public HandshakeReader[] Handshake { get; } = [new(), new(), new(), new()];

    /// <summary>The whole number of a packet from its last bytes (RFC 9000, A.3).</summary>
    public long Number(Level level, long truncated, int size)
    {
        long expected = _largest[Space(level)] + 1, window = 1L << 8 * size;
        long candidate = expected & ~(window - 1) | truncated;
        if (candidate <= expected - window / 2 && candidate < (1L << 62) - window) return candidate + window;
        return candidate > expected + window / 2 && candidate >= window ? candidate - window : candidate;
    }

    public void Saw(Level level, long number)
    {
        ref long largest = ref _largest[Space(level)];
        largest = Math.Max(largest, number);
    }

    public void SetIdLength(int length)
    {
        const int most = 4;
        IdLengths.Remove(length);
        IdLengths.Insert(0, length);
        if (IdLengths.Count > most) IdLengths.RemoveAt(most);
    }

    public void Close()
    {
        foreach (var keys in Keys) keys?.Dispose();
        Before?.Dispose();
    }

    private static int Space(Level level) => level switch
    {
        Level.Initial => 0,
        Level.Handshake => 1,
        _ => 2,
    };
}
