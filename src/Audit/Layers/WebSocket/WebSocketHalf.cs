using System.Buffers.Binary;

namespace Candor.Audit.Layers.WebSocket;

/// <summary>One side of a WebSocket: where it is within its frames.</summary>
internal sealed class WebSocketHalf(Side side, bool context)
{
    public const byte Continuation = 0, Text = 1, Binary = 2, FirstControl = 8;

    private const int MaxHead = 14;

    private readonly byte[] _head = new byte[MaxHead], _mask = new byte[4];
    private int _masked;
    private MessageInflater? _inflater;

    public Side Side { get; } = side;

    /// <summary>Bytes held of a head that is not whole.</summary>
    public int HeadLength { get; private set; }

    /// <summary>Bytes of the head of the present frame.</summary>
    public int HeadSize { get; private set; }

    public byte Opcode { get; private set; }

    public bool Final { get; private set; }

    public bool Reserved1 { get; private set; }

    public bool IsControl => Opcode >= FirstControl;

    /// <summary>Bytes of the present frame still to come.</summary>
    public long Left { get; private set; }

    /// <summary>Where frames begin is not known, and nothing in them says.</summary>
    public bool Lost { get; private set; }

    /// <summary>The number of the message in progress; -1: none.</summary>
    public long Message { get; set; } = -1;

    public bool Compressed { get; set; }

    /// <summary>Bytes of the message are missing, or cannot be inflated.</summary>
    public bool Broken { get; private set; }

    /// <summary>A compressed message before was broken, and those after it refer to it.</summary>
    public bool Stuck { get; private set; }

    /// <summary>Bytes of the message that travelled.</summary>
    public long Wire { get; set; }

    /// <summary>What the sink had said when the last message was settled.</summary>
    public ByteSums Settled { get; set; }

    public MessageInflater Inflater => _inflater ??= new();

    /// <summary>Reads a frame's head (RFC 6455, 5.2). False: it is not whole, or is none.</summary>
    public bool TryHead(ref ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _head[HeadLength++] = bytes[0];
            bytes = bytes[1..];
            if (HeadLength < 2) continue;
            int length = _head[1] & 0x7F, extra = length == 126 ? 2 : length == 127 ? 8 : 0;
            bool masked = _head[1] >= 0x80;
            if (HeadLength < 2 + extra + (masked ? 4 : 0)) continue;
            ulong size = extra switch
            {
                2 => BinaryPrimitives.ReadUInt16BigEndian(_head.AsSpan(2)),
                8 => BinaryPrimitives.ReadUInt64BigEndian(_head.AsSpan(2)),
                _ => (ulong)length,
            };
            Opcode = (byte)(_head[0] & 15);
            (Final, Reserved1) = (_head[0] >= 0x80, (_head[0] & 0x40) != 0);
            HeadSize = HeadLength;
            HeadLength = 0;
            // What is none of the six kinds, or too long for any, or a long control frame: this is not where a frame begins.
            if (Opcode is > Binary and < FirstControl or > 10 || size > long.MaxValue || IsControl && size > 125)
            {
                HeadLength = HeadSize;
                Lost = true;
                return false;
            }
            _mask.AsSpan().Clear();
            if (masked) _head.AsSpan(2 + extra, 4).CopyTo(_mask);
            _masked = 0;
            Left = (long)size;
            return true;
        }
        return false;
    }

    public void Unmask(ReadOnlySpan<byte> bytes, Span<byte> clear)
    {
        for (int i = 0; i < bytes.Length; i++) clear[i] = (byte)(bytes[i] ^ _mask[(_masked + i) & 3]);
        Skip(bytes.Length);
    }

    public void Skip(long count)
    {
        _masked = (int)((_masked + count) & 3);
        Left -= count;
    }

    /// <summary>Bytes of the message are missing: what is compressed cannot be read on, nor what refers to it.</summary>
    public void Break() => Broken = true;

    public void Lose()
    {
        Broken = Lost = Stuck = true;
        HeadLength = 0;
        Left = 0;
    }

    /// <summary>The next message begins with what the last one left, or anew.</summary>
    public void EndedMessage()
    {
        Stuck |= context && Broken && Compressed;
        if (!context || Stuck) _inflater?.Reset();
        Broken = false;
    }

    public void Close() => _inflater?.Dispose();
}
