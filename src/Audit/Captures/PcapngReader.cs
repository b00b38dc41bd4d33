using System.Buffers.Binary;
using System.Text;

namespace Candor.Audit.Captures;

/// <summary>Reads pcapng (draft-ietf-opsawg-pcapng): sections of blocks in either byte order, packets of several interfaces, secrets, names, statistics, and PCAPdroid's names of apps.</summary>
internal sealed class PcapngReader(ByteWindow window) : CaptureReader(window)
{
    public const uint SectionType = 0x0A0D0D0A;

    private const uint InterfaceType = 1, OldPacketType = 2, SimplePacketType = 3, NamesType = 4, StatisticsType = 5, PacketType = 6, SecretsType = 10, CustomType = 0xBAD, CustomNoCopyType = 0x40000BAD;
    private const uint Pcapdroid = 62652;
    private const int MaxInterfaces = 4096, MaxSecrets = 16 << 20, MaxNames = 100_000, MaxApps = 10_000, MaxComments = 1000, Smallest = 12;

    private readonly List<Interface> _interfaces = [];
    private readonly Dictionary<long, long> _lost = [];
    private bool _big;
    private int _base;
    private long _secretBytes;

    /// <param name="LinkType">As tcpdump.org numbers them.</param>
    /// <param name="Snap">Most bytes of a packet; 0: no limit.</param>
    /// <param name="Units">Of its clock in a second.</param>
    /// <param name="Offset">Seconds to add.</param>
    private readonly record struct Interface(int LinkType, uint Snap, ulong Units, long Offset);

    public override string Format => "pcapng";

    public override bool TryNext(out CapturedPacket packet)
    {
        packet = default;
        while (true)
        {
            var head = Window.Peek(Smallest);
            if (head.Length == 0) return Ended();
            if (head.Length < Smallest) return Stop("the file ends within the header of a block");
            uint type = BinaryPrimitives.ReadUInt32BigEndian(head);
            if (type == SectionType) _big = BinaryPrimitives.ReadUInt32BigEndian(head[8..]) == 0x1A2B3C4D;
            if (type == SectionType && !_big && BinaryPrimitives.ReadUInt32LittleEndian(head[8..]) != 0x1A2B3C4D) return Stop("a section has no byte order");
            type = Word(head, 0);
            uint length = Word(head, 4);
            if (length < Smallest || length % 4 != 0 || length > int.MaxValue) return Stop($"the block at byte {Window.Position} has an impossible length: what follows cannot be read");
            if (length > MaxPacket + 4096 && type != SecretsType || length > MaxSecrets)
            {
                long skipped = Window.Skip(length);
                Fault ??= skipped < length ? "the file ends within its last block" : "a block is longer than a packet can be: it was left out";
                if (skipped < length || type is PacketType or OldPacketType or SimplePacketType) Counted.Damaged += skipped;
                else Counted.Blocks += skipped;
                continue;
            }
            var block = Window.Peek((int)length);
            bool cut = block.Length < length;
            if (cut) Fault ??= "the file ends within its last block";
            // The bytes stay where they are until the window is asked for more.
            Window.Take(block.Length);
            if (type is PacketType or OldPacketType or SimplePacketType)
            {
                if (Packet(type, block, cut, out packet)) return true;
                Counted.Damaged += block.Length;
            }
            else if (cut) Counted.Damaged += block.Length;
            else
            {
                Counted.Blocks += block.Length;
                Other(type, block[8..^4]);
            }
        }
    }

    private void Other(uint type, ReadOnlySpan<byte> body)
    {
        switch (type)
        {
            case SectionType:
                _base += _interfaces.Count;
                _interfaces.Clear();
                if (body.Length >= 16) foreach (var (code, value) in new Options(body[16..], _big)) TakeComment(code, value, 0, 0);
                break;
            case InterfaceType when body.Length >= 8 && _interfaces.Count < MaxInterfaces:
                _interfaces.Add(InterfaceOf(body));
                foreach (var (code, value) in new Options(body[8..], _big)) TakeComment(code, value, 0, 0);
                break;
            case StatisticsType when body.Length >= 12:
                foreach (var (code, value) in new Options(body[12..], _big))
                {
                    if (code == 5 && value.Length == 8 && (_lost.Count < MaxInterfaces || _lost.ContainsKey(_base + (long)Word(body, 0)))) Lose(_base + (long)Word(body, 0), Long(value));
                }
                break;
            case SecretsType when body.Length >= 8 && Word(body, 4) is var length && length <= body.Length - 8 && _secretBytes + length <= MaxSecrets:
                _secretBytes += length;
                SecretsFound.Add(new(Word(body, 0), body.Slice(8, (int)length).ToArray()));
                break;
            case NamesType:
                TakeNames(body);
                break;
            case CustomType or CustomNoCopyType when body.Length >= 14 && Word(body, 0) == Pcapdroid && body[6] == 1:
                TakeApp(body);
                break;
        }
    }

    private void TakeComment(int code, ReadOnlySpan<byte> value, long time, long frame)
    {
        if (code == 1 && value.Length > CaptureComment.Prefix.Length && CommentsFound.Count < MaxComments && Text(value) is var text && CaptureComment.IsMeant(text)) CommentsFound.Add(new(text, time, frame));
    }

    /// <summary>A later statistic of the same interface counts from the start again.</summary>
    private void Lose(long from, ulong packets)
    {
        const long most = 1L << 50;
        _lost[from] = Math.Max(_lost.GetValueOrDefault(from), (long)Math.Min(packets, most));
        Lost = _lost.Values.Sum();
    }

    private Interface InterfaceOf(ReadOnlySpan<byte> body)
    {
        ulong units = 1_000_000;
        long offset = 0;
        foreach (var (code, value) in new Options(body[8..], _big))
        {
            if (code == 9 && value.Length >= 1) units = UnitsOf(value[0]);
            else if (code == 14 && value.Length >= 8) offset = unchecked((long)Long(value));
        }
        return new(Half(body, 0), Word(body, 4), units, offset);
    }

    /// <summary>if_tsresol: a power of 10, or with its upper bit of 2. One finer than a nanosecond is told in the finest that 64 bits hold.</summary>
    private static ulong UnitsOf(byte resolution)
    {
        int power = resolution & 0x7F;
        if ((resolution & 0x80) != 0) return 1UL << Math.Min(power, 63);
        ulong units = 1;
        for (int i = 0; i < Math.Min(power, 19); i++) units *= 10;
        return units;
    }

    private bool Packet(uint type, ReadOnlySpan<byte> block, bool cut, out CapturedPacket packet)
    {
        packet = default;
        int at = type == SimplePacketType ? 12 : 28;
        if (block.Length < at) return false;
        int index = type switch { PacketType => (int)Math.Min(Word(block, 8), int.MaxValue), OldPacketType => Half(block, 8), _ => 0 };
        var from = index < _interfaces.Count ? _interfaces[index] : new(-1, 0, 1_000_000, 0);
        int room = block.Length - at - (cut ? 0 : 4);
        uint original = Word(block, type == SimplePacketType ? 8 : 24);
        uint captured = type == SimplePacketType ? Math.Min(original, from.Snap == 0 ? uint.MaxValue : from.Snap) : Word(block, 20);
        if (!cut && type == SimplePacketType) captured = Math.Min(captured, (uint)Math.Max(0, room));
        if (room < 0 || captured > room && !cut || captured > MaxPacket) return false;
        int length = Math.Min((int)captured, room);
        ulong ticks = type == SimplePacketType ? 0 : (ulong)Word(block, 12) << 32 | Word(block, 16);
        int uid = -1;
        var direction = Direction.Unknown;
        int padded = at + (length + 3) / 4 * 4;
        if (type != SimplePacketType && !cut && padded < block.Length - 4)
        {
            foreach (var (code, value) in new Options(block[padded..^4], _big))
            {
                if (code == 1 && value.StartsWith("u-"u8) && int.TryParse(value[2..], System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out int number)) uid = number;
                else TakeComment(code, value, TimeOf(ticks, from), Frames + 1);
                if (code == 2 && value.Length == 4) direction = (Direction)(Word(value, 0) & 3) is var d and <= Direction.Out ? d : Direction.Unknown;
            }
        }
        packet = new()
        {
            Bytes = block.Slice(at, length),
            Missing = (int)Math.Min(MaxPacket, Math.Max(original, captured) - length),
            Frame = ++Frames,
            Time = TimeOf(ticks, from),
            LinkType = from.LinkType,
            Interface = _base + index,
            Direction = direction,
            Uid = uid,
        };
        Counted.Packets += length;
        Counted.Framing += block.Length - length;
        return true;
    }

    private static long TimeOf(ulong ticks, Interface from)
    {
        var nanoseconds = (Int128)(ticks / from.Units) * 1_000_000_000 + (Int128)(ticks % from.Units) * 1_000_000_000 / from.Units + (Int128)from.Offset * 1_000_000_000;
        return (long)Int128.Clamp(nanoseconds, 0, long.MaxValue);
    }

    /// <summary>Records of a type, a length and an address with its names, each ended by a zero.</summary>
    private void TakeNames(ReadOnlySpan<byte> body)
    {
        while (body.Length >= 4)
        {
            int type = Half(body, 0), length = Half(body, 2);
            if (type == 0 || body.Length - 4 < length) return;
            var record = body.Slice(4, length);
            int size = type == 1 ? 4 : 16;
            if (type is 1 or 2 && length > size && NamesFound.Count < MaxNames)
            {
                var name = record[size..];
                int end = name.IndexOf((byte)0);
                NamesFound.Add((Packets.Address.Of(record[..size]), Text(end < 0 ? name : name[..end])));
            }
            body = body[Math.Min(body.Length, 4 + (length + 3) / 4 * 4)..];
        }
    }

    /// <summary>PEN 62652, version, kind 1, padding; the app's number, the lengths of its package's name and its own, and both.</summary>
    private void TakeApp(ReadOnlySpan<byte> body)
    {
        int uid = unchecked((int)Word(body, 8)), package = body[12], name = body[13];
        if (body.Length - 14 < package + name || AppsFound.Count == MaxApps) return;
        AppsFound.TryAdd(uid, Text(package > 0 ? body.Slice(14, package) : body.Slice(14, name)));
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 255)]);

    private ulong Long(ReadOnlySpan<byte> bytes) => _big ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);

    private uint Word(ReadOnlySpan<byte> bytes, int at) => _big ? BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private int Half(ReadOnlySpan<byte> bytes, int at) => _big ? BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]) : BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    /// <summary>Options of a block: code, length, value, padded to four bytes. Ends at code 0, or where one does not fit.</summary>
    private ref struct Options(ReadOnlySpan<byte> bytes, bool big)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public Option Current { get; private set; }

        public readonly Options GetEnumerator() => this;

        public bool MoveNext()
        {
            if (_rest.Length < 4) return false;
            int code = big ? BinaryPrimitives.ReadUInt16BigEndian(_rest) : BinaryPrimitives.ReadUInt16LittleEndian(_rest);
            int length = big ? BinaryPrimitives.ReadUInt16BigEndian(_rest[2..]) : BinaryPrimitives.ReadUInt16LittleEndian(_rest[2..]);
            if (code == 0 || _rest.Length - 4 < length) return false;
            Current = new(code, _rest.Slice(4, length));
            _rest = _rest[Math.Min(_rest.Length, 4 + (length + 3) / 4 * 4)..];
            return true;
        }
    }

    private readonly ref struct Option(int code, ReadOnlySpan<byte> value)
    {
        private readonly ReadOnlySpan<byte> _value = value;

        public void Deconstruct(out int code1, out ReadOnlySpan<byte> value)
        {
            code1 = code;
            value = _value;
        }
    }
}
