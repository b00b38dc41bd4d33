using System.Buffers.Binary;

namespace Candor.Audit.Captures;

/// <summary>Reads pcap: a header of 24 bytes, then packets, each after its own (draft-ietf-opsawg-pcap). Also the form with longer packet headers that old Linux patches wrote.</summary>
internal sealed class PcapReader : CaptureReader
{
    private const uint Micro = 0xA1B2C3D4, Nano = 0xA1B23C4D, Modified = 0xA1B2CD34;
    private const int HeaderSize = 24, RecordSize = 16, ModifiedRecordSize = 24;

    private readonly bool _big;
    private readonly int _record, _linkType;
    private readonly long _unit;

    public PcapReader(ByteWindow window) : base(window)
    {
        var head = window.Peek(HeaderSize);
        uint magic = BinaryPrimitives.ReadUInt32BigEndian(head);
        _big = magic is Micro or Nano or Modified;
        if (!_big) magic = BinaryPrimitives.ReverseEndianness(magic);
        _record = magic == Modified ? ModifiedRecordSize : RecordSize;
        _unit = magic == Nano ? 1 : 1000;
        // The upper half says how long a frame check sequence is, which no IP packet includes.
        _linkType = head.Length < HeaderSize ? -1 : (int)(Word(head, 20) & 0xFFFF);
        if (head.Length < HeaderSize) Stop("the file ends within its header");
        else window.Take(HeaderSize);
        Counted.Framing += head.Length < HeaderSize ? 0 : HeaderSize;
    }

    public override string Format => "pcap";

    public static bool Understands(ReadOnlySpan<byte> head) => BinaryPrimitives.ReadUInt32BigEndian(head) is Micro or Nano or Modified
        or 0xD4C3B2A1 or 0x4D3CB2A1 or 0x34CDB2A1;

    public override bool TryNext(out CapturedPacket packet)
    {
        packet = default;
        while (true)
        {
            var head = Window.Peek(_record);
            if (head.Length == 0) return Ended();
            if (head.Length < _record) return Stop("the file ends within the header of a packet");
            uint captured = Word(head, 8), original = Word(head, 12);
            long time = (long)Word(head, 0) * 1_000_000_000 + Word(head, 4) * _unit;
            if (captured > MaxPacket)
            {
                Window.Take(_record);
                Counted.Framing += _record;
                long skipped = Window.Skip(captured);
                Counted.Damaged += skipped;
                Frames++;
                Fault ??= skipped < captured ? $"packet {Frames} has an impossible length: what follows cannot be read" : $"packet {Frames} is longer than a packet can be: it was left out";
                continue;
            }
            var bytes = Window.Peek(_record + (int)captured);
            bool cut = bytes.Length < _record + (int)captured;
            if (cut) Fault ??= "the file ends within its last packet";
            packet = new()
            {
                Bytes = bytes[_record..],
                Missing = (int)Math.Min(MaxPacket, Math.Max(original, captured) - (bytes.Length - _record)),
                Frame = ++Frames,
                Time = time,
                LinkType = _linkType,
                Uid = -1,
            };
            Window.Take(bytes.Length);
            Counted.Framing += _record;
            Counted.Packets += bytes.Length - _record;
            return true;
        }
    }

    private uint Word(ReadOnlySpan<byte> bytes, int at) => _big ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
