using System.Buffers;
using System.Buffers.Binary;

namespace Candor.Audit.Layers.Tls;

/// <summary>One side of a TLS connection: puts records together, and holds the keys that open them.</summary>
internal sealed class TlsHalf(Side side)
{
    public const int HeaderSize = 5;

    private const int MaxBody = 16384 + 2048, ShortestRecord = HeaderSize + 17, MaxAhead = 1024;

    // Held bytes stand from _start to _end; nearly always from 0, and only those of one record. Lent by the pool while there are some: of thousands of connections most hold nothing.
    private byte[] _buffer = [];
    private int _start, _end;

    public Side Side { get; } = side;

    public HandshakeReader Handshake { get; } = new();

    /// <summary>What opens its records; null: in the clear, or without keys.</summary>
    public RecordOpener? Opener { get; set; }

    /// <summary>Records are encrypted from here on.</summary>
    public bool Protected { get; set; }

    /// <summary>Encrypted records so far under the present keys.</summary>
    public ulong Records { get; set; }

    /// <summary>Some record was opened with the keys: they are right.</summary>
    public bool Opened { get; set; }

    /// <summary>Bytes in which records may be missing before the next one.</summary>
    public long Missing { get; set; }

    /// <summary>Most records that may be missing: the shortest encrypted one has a header and a tag.</summary>
    public int Ahead => Missing == 0 ? 0 : (int)Math.Min(MaxAhead, 2 + Missing / ShortestRecord);

    /// <summary>Where the next record begins is not known.</summary>
    public bool Lost { get; private set; }

    /// <summary>Bytes still to come of a record that has a hole.</summary>
    public long Skip { get; private set; }

    /// <summary>Bytes of a record that is not whole yet.</summary>
    public ReadOnlySpan<byte> Held => _buffer.AsSpan(_start, _end - _start);

    /// <summary>In the inner conversation: bytes so far, and those that are missing before the next.</summary>
    public long InnerOffset { get; set; }

    public long InnerGap { get; set; }

    public bool Ended { get; set; }

    public static bool IsRecord(ReadOnlySpan<byte> header) =>
        header[0] is >= 20 and <= 24 && header[1] == 3 && header[2] <= 4 && BinaryPrimitives.ReadUInt16BigEndian(header[3..]) is > 0 and <= MaxBody;

    /// <summary>The next whole record, with its header. False: more is needed, or <see cref="Lost"/>.</summary>
    /// <param name="bytes">What comes next; shortened by what was read.</param>
    /// <param name="record">Lent until the next call.</param>
    public bool TryNext(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> record)
    {
        record = default;
        if (Lost) return false;
        bool direct = _start == _end && bytes.Length >= HeaderSize;
        if (!direct && !Fill(ref bytes, HeaderSize)) return false;
        var next = direct ? bytes : Held;
        if (!IsRecord(next))
        {
            Lost = true;
            return false;
        }
        int size = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(next[3..]);
        if (direct && bytes.Length >= size)
        {
            record = bytes[..size];
            bytes = bytes[size..];
            return true;
        }
        if (!Fill(ref bytes, size)) return false;
        record = Held[..size];
        _start += size;
        return true;
    }

    /// <summary>Bytes are missing. Returns how many held ones belong to a record that will never be whole.</summary>
    public int Gap(long length)
    {
        int held = Held.Length;
        Missing += length;
        if (Lost) { }
        else if (Skip > 0)
        {
            Lost = length > Skip;
            Skip = Lost ? 0 : Skip - length;
        }
        else if (held >= HeaderSize)
        {
            long left = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(Held[3..]) - held;
            Lost = length > left;
            Skip = Lost ? 0 : left - length;
        }
        else Lost = true;
        _start = _end = 0;
        return held;
    }

    /// <summary>Takes the rest of a record with a hole off the front.</summary>
    public int SkipFrom(ref ReadOnlySpan<byte> bytes)
    {
        int count = (int)Math.Min(Skip, bytes.Length);
        Skip -= count;
        bytes = bytes[count..];
        return count;
    }

    /// <summary>Looks for the start of a record among bytes after a gap. Returns how many bytes before it are given up; the rest is held or stays in <paramref name="bytes"/>.</summary>
    /// <param name="bytes">What comes next; shortened by what was read.</param>
    /// <param name="last">No more comes.</param>
    public int Resync(ref ReadOnlySpan<byte> bytes, bool last)
    {
        const int enough = 2 * (HeaderSize + MaxBody);
        int count = Math.Min(bytes.Length, enough - Held.Length);
        Keep(bytes[..count]);
        bytes = bytes[count..];
        var held = Held;
        int at = 0;
        for (; at + HeaderSize <= held.Length; at++)
        {
            if (!IsRecord(held[at..])) continue;
            int next = at + HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(held[(at + 3)..]);
            bool seen = next + HeaderSize <= held.Length;
            if (next == held.Length || seen && IsRecord(held[next..]))
            {
                Lost = false;
                return Drop(at);
            }
            // Its end is not here yet: wait.
            if (!seen && !last) return Drop(at);
        }
        return Drop(last ? held.Length : Math.Min(at, held.Length));
    }

    /// <summary>Nothing more comes.</summary>
    public void Close()
    {
        Opener?.Dispose();
        Opener = null;
        _start = _end = 0;
        LetGo();
    }

    /// <summary>Gives the buffer back where nothing is held. What <see cref="TryNext"/> lent is over.</summary>
    public void LetGo()
    {
        if (_start < _end || _buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _start = _end = 0;
    }

    private int Drop(int count)
    {
        _start += count;
        return count;
    }

    private bool Fill(ref ReadOnlySpan<byte> bytes, int needed)
    {
        int count = Math.Min(needed - Held.Length, bytes.Length);
        if (count > 0)
        {
            Keep(bytes[..count]);
            bytes = bytes[count..];
        }
        return Held.Length >= needed;
    }

    private void Keep(ReadOnlySpan<byte> bytes)
    {
        int held = _end - _start;
        if (_start > 0 && _end + bytes.Length > _buffer.Length || held == 0)
        {
            _buffer.AsSpan(_start, held).CopyTo(_buffer);
            (_start, _end) = (0, held);
        }
        int needed = _end + bytes.Length;
        if (_buffer.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(2 * _buffer.Length, HeaderSize + MaxBody)));
            _buffer.AsSpan(0, _end).CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end = needed;
    }
}
