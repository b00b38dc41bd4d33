using System.Buffers.Binary;

namespace Candor.Audit.Layers.Quic;

/// <summary>Whose a packet of QUIC is that comes from an unknown address: its connection id says (RFC 9000, 9.5: a client that moves uses one that it was given before, which is encrypted, so that only a reader with keys can follow).</summary>
/// <remarks>A short header does not say how long its id is: ids are told apart by their first 8 bytes, shorter ones by their first 4; those under 4 bytes are not followed. Bounded: 8 ids a side, 65,536 in all.</remarks>
public sealed class QuicPaths
{
    private const int MaxEach = 16, MaxAll = 65_536;

    private readonly Dictionary<(ulong Id, int Size), (Conversation Conversation, Side Addressed)> _ids = [];
    private readonly Dictionary<Conversation, List<(ulong, int)>> _of = [];

    /// <summary>Ids that are known.</summary>
    public int Count => _ids.Count;

    /// <param name="id">As on the wire.</param>
    /// <param name="conversation">The connection's.</param>
    /// <param name="addressed">The side that packets with this id are for: the one that chose it.</param>
    public void Add(ReadOnlySpan<byte> id, Conversation conversation, Side addressed)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        if (id.Length < 4 || _ids.Count >= MaxAll) return;
        var key = id.Length >= 8 ? (BinaryPrimitives.ReadUInt64BigEndian(id), 8) : (BinaryPrimitives.ReadUInt32BigEndian(id), 4);
        if (!_of.TryGetValue(conversation, out var own)) _of[conversation] = own = [];
        if (own.Count >= MaxEach || !_ids.TryAdd(key, (conversation, addressed))) return;
        own.Add(key);
    }

    /// <summary>The connection that a datagram with a short header is of, and who sent it; null: nobody knows.</summary>
    public (Conversation Conversation, Side Sender)? Find(ReadOnlySpan<byte> datagram)
    {
        if (datagram.Length < 21 || (datagram[0] & 0xC0) != 0x40) return null;
        if (!_ids.TryGetValue((BinaryPrimitives.ReadUInt64BigEndian(datagram[1..]), 8), out var found) && !_ids.TryGetValue((BinaryPrimitives.ReadUInt32BigEndian(datagram[1..]), 4), out found)) return null;
        return (found.Conversation, found.Addressed == Side.Client ? Side.Server : Side.Client);
    }

    /// <summary>The conversation is over.</summary>
    public void Forget(Conversation conversation)
    {
        if (!_of.Remove(conversation, out var own)) return;
        foreach (var key in own) _ids.Remove(key);
    }
}
