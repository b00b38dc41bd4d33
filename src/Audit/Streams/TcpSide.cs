using System.Buffers;
using System.Buffers.Binary;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Audit.Streams;

/// <summary>One direction of a TCP connection: puts its segments in order, each byte once, and says where some are missing.</summary>
/// <remarks>
/// The first copy of a byte wins; another copy is counted, and compared where the first is still known. A hole waits for its bytes until the other end has acknowledged them and a second
/// or <see cref="Patient"/> packets went by, until too much waits behind it, or until the end; then it is a gap. What comes for a gap afterwards is counted as damaged: it travelled, but not in order.
/// </remarks>
internal sealed class TcpSide(Conversation conversation, Side side, Func<IByteSink> sink, StreamLimits limits)
{
    private const int MaxHeld = 1 << 20, MaxPieces = 2048, Patient = 128, Remembered = 16, MaxGaps = 8, PieceCost = 64;
    private const long Ahead = 64 << 20, Second = 1_000_000_000;

    private readonly List<Piece> _held = [];
    private readonly List<(long Start, long End)> _gaps = [];
    private (long Offset, int Length, ulong Mark)[]? _past;
    private int _pastAt, _heldBytes, _waited;
    private long _next, _acked = -1, _fin = -1, _holeSince;
    private uint _sequence;
    private bool _based, _ended;

    /// <summary>A part that waits for what is before it.</summary>
    private readonly record struct Piece(long Offset, byte[] Bytes, int Length, int Missing)
    {
        public long End => Offset + Length;
    }

    /// <summary>The sequence number where its stream begins, once that is known.</summary>
    public uint? First { get; private set; }

    /// <summary>Its end was handed on.</summary>
    public bool Handed { get; private set; }

    /// <summary>The side said that it is done.</summary>
    public bool Closed => _fin >= 0;

    public long Waiting => _heldBytes;

    /// <summary>A SYN: the stream begins behind it.</summary>
    public void Begin(uint sequence)
    {
        if (_based)
        {
            if (First == unchecked(sequence + 1)) conversation[side].RepeatedPackets++;
            return;
        }
        Base(unchecked(sequence + 1));
        First = _sequence;
    }

    /// <summary>The other end has everything before this.</summary>
    public void Acknowledged(uint acknowledged, Origin origin)
    {
        if (!_based) return;
        int ahead = unchecked((int)(acknowledged - _sequence));
        if (_next + ahead > _acked) _acked = _next + ahead;
        if (_held.Count > 0) GiveUp(origin);
    }

    /// <summary>Takes a segment.</summary>
    /// <param name="segment">With bytes, or an end, or neither.</param>
    /// <param name="asked">What the other end said last that it waits for; null: it said nothing yet.</param>
    /// <param name="origin">Of the packet.</param>
    public void Take(in Segment segment, uint? asked, Origin origin)
    {
        var bytes = segment.Payload;
        uint sequence = (segment.Flags & TcpFlags.Syn) != 0 ? unchecked(segment.Sequence + 1) : segment.Sequence;
        if (!_based)
        {
            if (bytes.IsEmpty && segment.Missing == 0 && (segment.Flags & TcpFlags.Fin) == 0) return;
            int before = asked is { } there ? unchecked((int)(sequence - there)) : 0;
            bool probe = before == -1 || asked is null && bytes.Length == 1 && bytes[0] == 0 && (segment.Flags & TcpFlags.Psh) == 0;
            Base(probe ? unchecked(sequence + 1) : before is > 0 and <= MaxHeld ? asked!.Value : sequence);
        }
        long offset = _next + unchecked((int)(sequence - _sequence)), end = offset + bytes.Length;
        if ((segment.Flags & TcpFlags.Fin) != 0 && _fin < 0 && end + segment.Missing >= _next && end - _next <= Ahead) _fin = end + segment.Missing;
        else if ((segment.Flags & TcpFlags.Fin) != 0 && bytes.IsEmpty && end == _fin) conversation[side].RepeatedPackets++;
        if (!bytes.IsEmpty)
        {
            if (end <= _next) Again(offset, bytes, segment.Missing);
            else if (offset <= _next && _held.Count == 0)
            {
                int known = (int)(_next - offset);
                if (known > 0) Again(offset, bytes[..known], 0);
                Deliver(bytes[known..], origin);
                Remember(offset, bytes);
            }
            else Hold(offset, bytes, segment.Missing, origin);
        }
        // The capture cuts packets: what it left out will not come.
        if (segment.Missing > 0)
        {
            conversation[side].Cut += segment.Missing;
            if (_next == end && _held.Count == 0) Gap(end + segment.Missing, origin);
        }
        if (_held.Count > 0) GiveUp(origin);
        Finish(origin);
    }

    /// <summary>Nothing more comes: what waits is handed on with gaps between.</summary>
    public void End(Origin origin)
    {
        while (_held.Count > 0) Skip(origin);
        if (_fin > _next && !_ended) Gap(_fin, origin);
        if (_based && !_ended) Over(origin);
    }

    private void Base(uint sequence) => (_sequence, _based) = (sequence, true);

    private void Deliver(ReadOnlySpan<byte> bytes, Origin origin)
    {
        if (_ended)
        {
            conversation.Tally.Add(side, ByteClass.Damaged, bytes.Length);
            conversation.Remark("bytes came after their side had closed: counted as damaged");
        }
        else sink().Take(side, _next, bytes, origin);
        Advance(bytes.Length);
    }

    private void Advance(long bytes)
    {
        _next += bytes;
        _sequence = unchecked(_sequence + (uint)bytes);
    }

    private void Gap(long to, Origin origin)
    {
        long length = to - _next;
        if (length <= 0) return;
        conversation[side].Gaps += length;
        if (_gaps.Count == MaxGaps) _gaps.RemoveAt(0);
        _gaps.Add((_next, to));
        if (!_ended) sink().Gap(side, _next, length, origin);
        Advance(length);
    }

    private void Finish(Origin origin)
    {
        if (_fin < 0 || _ended || _next < _fin) return;
        Over(origin);
    }

    private void Over(Origin origin)
    {
        _ended = true;
        if (_next == 0) return;
        Handed = true;
        sink().End(side, origin);
    }

    /// <summary>Bytes before the next one: sent again, or late for a gap.</summary>
    private void Again(long offset, ReadOnlySpan<byte> bytes, int missing)
    {
        ref var sums = ref conversation[side];
        int late = 0;
        foreach (var (start, end) in _gaps) late += (int)Math.Max(0, Math.Min(end, offset + bytes.Length) - Math.Max(start, offset));
        if (late > 0)
        {
            conversation.Tally.Add(side, ByteClass.Damaged, late);
            conversation.Remark("bytes came after they had been given up as missing: counted as damaged");
        }
        sums.Repeated += bytes.Length - late;
        bool probe = bytes.Length == 1 && offset == _next - 1 && missing == 0;
        if (late < bytes.Length && !probe) sums.RepeatedPackets++;
        if (probe || _past is null || late > 0) return;
        foreach (var (at, length, mark) in _past)
        {
            if (at != offset || length != bytes.Length) continue;
            if (mark != Mark(bytes)) Contradicts(bytes.Length);
            return;
        }
    }

    private void Contradicts(int bytes)
    {
        conversation[side].Contradicted += bytes;
        conversation.Remark("bytes were sent twice with different content: the first copy was read");
    }

    private void Remember(long offset, ReadOnlySpan<byte> bytes)
    {
        _past ??= new (long, int, ulong)[Remembered];
        _past[_pastAt] = (offset, bytes.Length, Mark(bytes));
        _pastAt = (_pastAt + 1) % Remembered;
    }

    /// <summary>Tells different content of one segment apart; not made to withstand somebody who wants two to look alike.</summary>
    private static ulong Mark(ReadOnlySpan<byte> bytes)
    {
        const ulong spread = 0x9E3779B97F4A7C15;
        ulong mark = (ulong)bytes.Length;
        unchecked
        {
            // Four at a time do not wait for each other.
            ulong second = 1, third = 2, fourth = 3;
            for (; bytes.Length >= 32; bytes = bytes[32..])
            {
                mark = Mixed(mark ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                second = Mixed(second ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]));
                third = Mixed(third ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]));
                fourth = Mixed(fourth ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]));
            }
            mark = Mixed(Mixed(Mixed(mark ^ second) ^ third) ^ fourth);
            while (bytes.Length >= 8)
            {
                mark = Mixed(mark ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes));
                bytes = bytes[8..];
            }
            foreach (byte b in bytes) mark = (mark ^ b) * 0x100000001B3;
        }
        return mark;

        static ulong Mixed(ulong word)
        {
            word = unchecked(word * spread);
            return word ^ word >> 29;
        }
    }

    /// <summary>Keeps what comes too early, without what is kept already.</summary>
    private void Hold(long offset, ReadOnlySpan<byte> bytes, int missing, Origin origin)
    {
        if (offset - _next > Ahead && _acked >= 0 && _acked < offset)
        {
            // Far ahead of all that the other end knows of: no window is that large.
            conversation.Tally.Add(side, ByteClass.Damaged, bytes.Length);
            conversation.Remark("bytes came that belong to no place in their stream: counted as damaged");
            return;
        }
        if (offset < _next)
        {
            Again(offset, bytes[..(int)(_next - offset)], 0);
            bytes = bytes[(int)(_next - offset)..];
            offset = _next;
        }
        if (_held.Count == 0) (_holeSince, _waited) = (origin.Time, 0);
        long end = offset + bytes.Length, at = offset;
        int index = Place(offset);
        bool again = false;
        while (at < end)
        {
            if (index < _held.Count && _held[index].Offset <= at)
            {
                var piece = _held[index++];
                long upTo = Math.Min(end, piece.End);
                if (upTo <= at) continue;
                var ours = piece.Bytes.AsSpan((int)(at - piece.Offset), (int)(upTo - at));
                var theirs = bytes.Slice((int)(at - offset), ours.Length);
                conversation[side].Repeated += ours.Length;
                again = true;
                if (!ours.SequenceEqual(theirs)) Contradicts(ours.Length);
                at = upTo;
                continue;
            }
            long free = index < _held.Count ? Math.Min(end, _held[index].Offset) : end;
            var part = bytes.Slice((int)(at - offset), (int)(free - at));
            byte[] copy = ArrayPool<byte>.Shared.Rent(part.Length);
            part.CopyTo(copy);
            _held.Insert(index++, new(at, copy, part.Length, free == end ? missing : 0));
            _heldBytes += part.Length + PieceCost;
            limits.Waiting += part.Length + PieceCost;
            at = free;
        }
        if (again) conversation[side].RepeatedPackets++;
        Drain(origin);
    }

    /// <summary>The first piece that ends behind an offset.</summary>
    private int Place(long offset)
    {
        int low = 0, high = _held.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_held[middle].End <= offset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    /// <summary>Hands on what waits no more.</summary>
    private void Drain(Origin origin)
    {
        int done = 0;
        while (done < _held.Count && _held[done].Offset == _next)
        {
            var piece = _held[done++];
            Deliver(piece.Bytes.AsSpan(0, piece.Length), origin);
            Remember(piece.Offset, piece.Bytes.AsSpan(0, piece.Length));
            Free(piece);
            // What the capture cut off behind it will not come.
            if (piece.Missing > 0) Gap(Math.Min(piece.End + piece.Missing, done < _held.Count ? _held[done].Offset : long.MaxValue), origin);
        }
        if (done == 0) return;
        _held.RemoveRange(0, done);
        (_holeSince, _waited) = (origin.Time, 0);
        Finish(origin);
    }

    private void Free(Piece piece)
    {
        ArrayPool<byte>.Shared.Return(piece.Bytes);
        _heldBytes -= piece.Length + PieceCost;
        limits.Waiting -= piece.Length + PieceCost;
    }

    /// <summary>Ends the wait for a hole, if its bytes will hardly come any more.</summary>
    private void GiveUp(Origin origin)
    {
        _waited++;
        while (_held.Count > 0)
        {
            bool known = _acked >= _held[0].Offset && (origin.Time - _holeSince >= Second || _waited >= Patient);
            if (!known && _heldBytes <= MaxHeld && _held.Count <= MaxPieces && limits.Waiting <= StreamLimits.MaxWaiting) return;
            Skip(origin);
        }
    }

    private void Skip(Origin origin)
    {
        Gap(_held[0].Offset, origin);
        Drain(origin);
    }
}

/// <summary>What all streams of a run have waiting together.</summary>
internal sealed class StreamLimits
{
    public const long MaxWaiting = 48 << 20;

    public long Waiting { get; set; }
}
