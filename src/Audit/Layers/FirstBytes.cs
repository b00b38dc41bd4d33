namespace Candor.Audit.Layers;

/// <summary>Holds a conversation's first bytes until they tell what it speaks, then hands them on in the order they came, and all that follows.</summary>
internal sealed class FirstBytes(Layering layering, Conversation conversation) : IByteSink
{
    private const int MaxHeld = 4096, MaxPieces = 64;

    private readonly List<Piece> _pieces = [];
    private byte[] _held = [];
    private int _length, _clientEnded, _serverEnded;
    private IByteSink? _chosen;

    /// <summary>Bytes of a side where they start in <see cref="_held"/>; a gap of <paramref name="Length"/> bytes; or a side's end.</summary>
    private readonly record struct Piece(Side Side, Kind Kind, long Offset, long Length, int At, Origin Origin);

    private enum Kind : byte
    {
        Bytes,
        Gap,
        End,
    }

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        if (_chosen is null && _length == 0 && _pieces.Count == 0 && Of(side, bytes, false) is var quick and not Protocol.Unsure) Choose(quick);
        if (_chosen is not null)
        {
            _chosen.Take(side, offset, bytes, origin);
            return;
        }
        if (_length + bytes.Length > MaxHeld || _pieces.Count == MaxPieces)
        {
            // More than enough: what holds no answer now will not.
            Choose(Decide(last: true, side, bytes));
            _chosen!.Take(side, offset, bytes, origin);
            return;
        }
        if (_held.Length < _length + bytes.Length) Array.Resize(ref _held, Math.Min(MaxHeld, Math.Max(2 * _held.Length, _length + bytes.Length)));
        bytes.CopyTo(_held.AsSpan(_length));
        _pieces.Add(new(side, Kind.Bytes, offset, bytes.Length, _length, origin));
        _length += bytes.Length;
        if (Decide(last: false, side, default) is var protocol and not Protocol.Unsure) Choose(protocol);
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        if (_chosen is null) Hold(new(side, Kind.Gap, offset, length, 0, origin));
        _chosen?.Gap(side, offset, length, origin);
    }

    public void End(Side side, Origin origin)
    {
        if (_chosen is not null)
        {
            _chosen.End(side, origin);
            return;
        }
        Hold(new(side, Kind.End, 0, 0, 0, origin), always: true);
        if (side == Side.Client) _clientEnded = 1;
        else _serverEnded = 1;
        if (_clientEnded + _serverEnded == 2) Choose(Decide(last: true, side, default));
    }

    private void Hold(Piece piece, bool always = false)
    {
        if (!always && _pieces.Count == MaxPieces) Choose(Decide(last: true, piece.Side, default));
        else _pieces.Add(piece);
    }

    private Protocol Of(Side side, ReadOnlySpan<byte> bytes, bool last) =>
        side == Side.Client ? Recognition.Of(bytes, default, conversation.Server.Port, last) : Recognition.Of(default, bytes, conversation.Server.Port, last);

    /// <summary>Looks at what each side said since its last gap.</summary>
    private Protocol Decide(bool last, Side nextSide, ReadOnlySpan<byte> next)
    {
        var client = First(Side.Client, nextSide, next);
        var server = First(Side.Server, nextSide, next);
        return client.Length + server.Length == 0 ? (last ? Protocol.Other : Protocol.Unsure) : Recognition.Of(client, server, conversation.Server.Port, last);
    }

    private byte[] First(Side side, Side nextSide, ReadOnlySpan<byte> next)
    {
        byte[] bytes = new byte[16 * Recognition.Enough];
        int length = 0;
        foreach (var piece in _pieces)
        {
            if (piece.Side != side) continue;
            if (piece.Kind == Kind.Gap) length = 0;
            if (piece.Kind != Kind.Bytes) continue;
            int count = Math.Min((int)piece.Length, bytes.Length - length);
            _held.AsSpan(piece.At, count).CopyTo(bytes.AsSpan(length));
            length += count;
        }
        if (nextSide == side)
        {
            int count = Math.Min(next.Length, bytes.Length - length);
            next[..count].CopyTo(bytes.AsSpan(length));
            length += count;
        }
        return bytes[..length];
    }

    private void Choose(Protocol protocol)
    {
        var chosen = _chosen = layering.Of(protocol == Protocol.Unsure ? Protocol.Other : protocol, conversation);
        foreach (var piece in _pieces)
        {
            if (piece.Kind == Kind.Bytes) chosen.Take(piece.Side, piece.Offset, _held.AsSpan(piece.At, (int)piece.Length), piece.Origin);
            else if (piece.Kind == Kind.Gap) chosen.Gap(piece.Side, piece.Offset, piece.Length, piece.Origin);
            else chosen.End(piece.Side, piece.Origin);
        }
        _pieces.Clear();
        _held = [];
        _length = 0;
    }
}

/// <summary>Chooses what reads a conversation of datagrams, by its first one that is not empty.</summary>
internal sealed class FirstDatagram(Layering layering, Conversation conversation) : IDatagramSink
{
    private const int ShortestInitial = 1200;

    private IDatagramSink? _chosen;

    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
    {
        if (_chosen is null && payload.IsEmpty) return;
        (_chosen ??= Choose(payload, missing)).Take(side, payload, missing, origin);
    }

    public void End() => _chosen?.End();

    private IDatagramSink Choose(ReadOnlySpan<byte> payload, int missing)
    {
        int port = conversation.Server.Port, other = conversation.Client.Port;
        if (port is 53 or 5353 or 5355 || other is 53 or 5353 or 5355) return new Dns.DnsDatagrams(layering, conversation);
        if (IsQuic(payload, missing) && layering.Quic?.Invoke(conversation) is { } quic) return quic;
        if (IsQuic(payload, missing)) conversation.Speaks("quic");
        return layering.UnreadDatagrams(conversation);
    }

    /// <summary>A long header of version 1, 2 or a draft, or (where the start is not in the capture) a short one to the port that QUIC uses.</summary>
    private bool IsQuic(ReadOnlySpan<byte> payload, int missing)
    {
        if (payload.Length < 21) return false;
        if ((payload[0] & 0xC0) == 0x40) return conversation.Server.Port is 443 or 853;
        uint version = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(payload[1..]);
        bool known = version is 1 or 0x6B3343CF || version >> 8 == 0xFF0000 || version == 0 || (version & 0x0F0F0F0F) == 0x0A0A0A0A;
        return (payload[0] & 0x80) != 0 && known && payload[5] <= 20 && (payload.Length + missing >= ShortestInitial || conversation.Server.Port is 443 or 853 || version != 0);
    }
}
