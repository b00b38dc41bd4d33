using System.Buffers.Binary;

namespace Candor.Audit.Layers.Http2;

/// <summary>The head of a frame (RFC 9113, 4.1).</summary>
internal readonly record struct FrameHead(int Length, byte Type, byte Flags, int Stream)
{
    public const int Size = 9;

    public const byte Data = 0, Headers = 1, Priority = 2, Reset = 3, Settings = 4, Push = 5, Ping = 6, GoAway = 7, Window = 8, Continuation = 9;

    public bool EndStream => (Flags & 1) != 0 && Type is Data or Headers;

    public bool EndHeaders => (Flags & 4) != 0;

    public bool Padded => (Flags & 8) != 0;

    public bool HasPriority => (Flags & 0x20) != 0;

    public static FrameHead Read(ReadOnlySpan<byte> bytes) =>
        new(bytes[0] << 16 | bytes[1] << 8 | bytes[2], bytes[3], bytes[4], (int)(BinaryPrimitives.ReadUInt32BigEndian(bytes[5..]) & int.MaxValue));

    /// <summary>Whether such a frame may be: what tells a frame from other bytes.</summary>
    public bool IsLikely
    {
        get
        {
            const int usual = 1 << 20;
            return Type switch
            {
                Data => Stream != 0 && (Flags & ~0x29) == 0 && Length <= usual,
                Headers => Stream != 0 && (Flags & ~0x2D) == 0 && Length is > 0 and <= usual,
                Priority => Stream != 0 && Length == 5,
                Reset => Stream != 0 && Length == 4,
                Settings => Stream == 0 && Length % 6 == 0 && Length <= 600 && Flags <= 1,
                Push => Stream != 0 && Length is > 4 and <= usual,
                Ping => Stream == 0 && Length == 8 && Flags <= 1,
                GoAway => Stream == 0 && Length is >= 8 and <= 4096,
                Window => Length == 4 && Flags == 0,
                Continuation => Stream != 0 && Flags is 0 or 4 && Length <= usual,
                _ => false,
            };
        }
    }
}

/// <summary>One side of HTTP/2: where it is within its frames, and its compression.</summary>
internal sealed class Http2Half(Side side)
{
    public const int MaxBlock = 256 * 1024;

    private const int MaxSought = 64 * 1024;

    private byte[] _block = [];
    private byte[] _held = [];
    private int _heldLength;

    public Side Side { get; } = side;

    public HpackDecoder Hpack { get; } = new();

    /// <summary>The frame that bytes belong to, once its head is whole.</summary>
    public FrameHead Frame { get; set; }

    /// <summary>Bytes of it still to come.</summary>
    public int Left { get; set; }

    /// <summary>Bytes of padding at its end; -1: its length is still to come.</summary>
    public int Padding { get; set; }

    /// <summary>Where frames begin is not known.</summary>
    public bool Lost { get; set; }

    /// <summary>Times that a frame was sought. What is lost again and again is no HTTP/2.</summary>
    public int Seeks { get; set; }

    /// <summary>Whether the preface was looked for.</summary>
    public bool Begun { get; set; }

    /// <summary>A header block that CONTINUATION frames go on with: the frame that began it.</summary>
    public FrameHead BlockFrame { get; set; }

    public bool InBlock { get; set; }

    public long BlockOffset { get; set; }

    public int BlockLength { get; private set; }

    public bool BlockTooLong { get; private set; }

    public ReadOnlySpan<byte> Block => _block.AsSpan(0, BlockLength);

    /// <summary>Bytes of what is not whole yet: a head, the preface, or what is looked through.</summary>
    public ReadOnlySpan<byte> Held => _held.AsSpan(0, _heldLength);

    public void BeginBlock(FrameHead frame, long offset)
    {
        (BlockFrame, InBlock, BlockOffset, BlockLength, BlockTooLong) = (frame, true, offset, 0, false);
    }

    public void AddToBlock(ReadOnlySpan<byte> bytes)
    {
        if (BlockLength + bytes.Length > MaxBlock)
        {
            BlockTooLong = true;
            return;
        }
        if (_block.Length < BlockLength + bytes.Length) Array.Resize(ref _block, Math.Max(BlockLength + bytes.Length, 2 * _block.Length));
        bytes.CopyTo(_block.AsSpan(BlockLength));
        BlockLength += bytes.Length;
    }

    /// <summary>Takes bytes until so many are held.</summary>
    public bool Hold(ref ReadOnlySpan<byte> bytes, int needed)
    {
        int count = Math.Min(needed - _heldLength, bytes.Length);
        if (count > 0)
        {
            if (_held.Length < needed) Array.Resize(ref _held, Math.Max(needed, Math.Min(MaxSought, 2 * _held.Length)));
            bytes[..count].CopyTo(_held.AsSpan(_heldLength));
            _heldLength += count;
            bytes = bytes[count..];
        }
        return _heldLength >= needed;
    }

    public void Drop(int count)
    {
        _held.AsSpan(count, _heldLength - count).CopyTo(_held);
        _heldLength -= count;
    }

    /// <summary>Looks for a frame's head among bytes, and another behind it. Returns how many bytes before it are given up; they are held until the caller drops them.</summary>
    public int Seek(ref ReadOnlySpan<byte> bytes, bool last)
    {
        Hold(ref bytes, Math.Min(MaxSought, _heldLength + bytes.Length));
        int at = 0;
        for (; at + FrameHead.Size <= _heldLength; at++)
        {
            var head = FrameHead.Read(Held[at..]);
            if (!head.IsLikely) continue;
            int next = at + FrameHead.Size + head.Length;
            bool seen = next + FrameHead.Size <= _heldLength;
            if (next == _heldLength || seen && FrameHead.Read(Held[next..]).IsLikely)
            {
                Lost = false;
                return at;
            }
            if (!seen && !last && next - at < MaxSought - FrameHead.Size) return at;
        }
        return last ? _heldLength : at;
    }

    /// <summary>What a search found, to be read before what comes next.</summary>
    public byte[] TakeHeld()
    {
        byte[] held = Held.ToArray();
        _heldLength = 0;
        return held;
    }
}
