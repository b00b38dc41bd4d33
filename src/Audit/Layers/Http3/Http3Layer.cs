using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Http2;
using Candor.Audit.Layers.Quic;

namespace Candor.Audit.Layers.Http3;

/// <summary>Reads HTTP/3 (RFC 9114) from the streams of a QUIC connection: frames to messages.</summary>
/// <remarks>
/// Frames, blocks of fields and the streams that steer are explained, bodies go to the sink, frames and streams of unknown kinds are undetermined. A block that waits for its table
/// (RFC 9204, 2.1.2) waits here too, with what follows it on its stream, 1 MiB of all streams at most; after that, and at the end, what it lacks is left out.
/// </remarks>
public sealed class Http3Layer
{
    private const int MaxBlock = 256 * 1024, MaxWaiting = 1 << 20, MaxBlocked = 128;

    private readonly ByteTally _tally;
    private readonly Exchanges _exchanges;
    private readonly QpackDecoder _client = new(), _server = new();
    private readonly HashSet<Http3Stream> _blocked = [];
    private int _waiting;

    /// <param name="tally">Of the conversation.</param>
    /// <param name="messages">Takes the messages.</param>
    /// <param name="webSocket">As in <see cref="Layering.WebSocket"/>.</param>
    public Http3Layer(ByteTally tally, IHttpSink messages, Func<HttpHead, HttpHead, IByteSink?>? webSocket = null)
    {
        _tally = tally;
        _exchanges = new(messages, "3", webSocket);
    }

    /// <summary>What takes a stream's bytes.</summary>
    /// <param name="id">Its number in QUIC.</param>
    public IByteSink Open(long id) => (id & 2) == 0 ? new RequestStream(this, id) : new SteeringStream(this, id);

    private QpackDecoder Of(Side side) => side == Side.Client ? _client : _server;

    /// <summary>Blocks that waited may be read now.</summary>
    private void Wake(Side side, bool all)
    {
        foreach (var stream in _blocked.Where(b => b.Side == side).ToArray()) stream.Wake(all);
    }

    /// <summary>Control, push, QPACK and others' own streams of one direction: the first number says which (RFC 9114, 6.2).</summary>
    private sealed class SteeringStream(Http3Layer layer, long id) : IByteSink
    {
        private const int Control = 0, Push = 1, Encoder = 2, Decoder = 3, MaxHeld = 4096;

        private readonly List<byte> _held = [];
        private long _kind = -1;
        private bool _settled;
        private Http3Stream? _push;

        /// <summary>The side that opened it; the other has nothing to say on it.</summary>
        private bool IsWriter(Side side) => (int)side == (id & 1);

        public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
        {
            if (!IsWriter(side))
            {
                layer._tally.Add(side, ByteClass.Undetermined, bytes.Length);
                return;
            }
            if (_kind < 0)
            {
                _held.AddRange(bytes);
                var fields = new QuicFields(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_held));
                if (!fields.TryNumber(out _kind))
                {
                    _kind = -1;
                    return;
                }
                byte[] rest = fields.Rest.ToArray();
                layer._tally.Add(side, ByteClass.Explained, _held.Count - rest.Length);
                offset += bytes.Length - rest.Length;
                _held.Clear();
                if (rest.Length == 0) return;
                bytes = rest;
            }
            if (_kind == Push)
            {
                // A push stream begins with the number of its promise; its messages are an exchange of their own.
                _push ??= new Http3Stream(layer, id, side) { SkipNumber = true };
                _push.Take(offset, bytes, origin);
                return;
            }
            layer._tally.Add(side, _kind is Control or Encoder or Decoder ? ByteClass.Explained : ByteClass.Undetermined, bytes.Length);
            if (_kind == Encoder)
            {
                layer.Of(side).Instructions(bytes);
                layer.Wake(side, all: layer.Of(side).Lost);
            }
            else if (_kind == Control && !_settled) Settings(side, bytes);
        }

        public void Gap(Side side, long offset, long length, Origin origin)
        {
            if (!IsWriter(side)) return;
            if (_kind is Encoder or < 0)
            {
                layer.Of(side).Lose();
                layer.Wake(side, all: true);
            }
            if (_kind < 0)
            {
                layer._tally.Add(side, ByteClass.Explained, _held.Count);
                _held.Clear();
                _kind = long.MaxValue;
            }
            _settled = true;
            _push?.Gap(length);
        }

        public void End(Side side, Origin origin)
        {
            if (!IsWriter(side)) return;
            layer._tally.Add(side, ByteClass.Explained, _kind < 0 ? _held.Count : 0);
            if (_kind < 0) _held.Clear();
            _push?.End(origin);
        }

        /// <summary>The first frame of a control stream: how large a table the other side may use.</summary>
        private void Settings(Side side, ReadOnlySpan<byte> bytes)
        {
            const int settings = 4, capacity = 1;
            _held.AddRange(bytes);
            var fields = new QuicFields(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_held));
            if (!fields.TryNumber(out long type) || !fields.TryNumber(out long length) || fields.Rest.Length < length)
            {
                _settled = _held.Count > MaxHeld;
                return;
            }
            _settled = true;
            fields.TryTake(length, out var body);
            if (type != settings) return;
            var pairs = new QuicFields(body);
            while (pairs.TryNumber(out long name) && pairs.TryNumber(out long value))
            {
                if (name == capacity) layer.Of(side == Side.Client ? Side.Server : Side.Client).Allow(value);
            }
        }
    }

    /// <summary>A request and its answer.</summary>
    private sealed class RequestStream(Http3Layer layer, long id) : IByteSink
    {
        private readonly Http3Stream _client = new(layer, id, Side.Client), _server = new(layer, id, Side.Server);

        public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin) => Of(side).Take(offset, bytes, origin);

        public void Gap(Side side, long offset, long length, Origin origin) => Of(side).Gap(length);

        public void End(Side side, Origin origin) => Of(side).End(origin);

        private Http3Stream Of(Side side) => side == Side.Client ? _client : _server;
    }

    /// <summary>One side of a stream of messages: frames (RFC 9114, 7.1).</summary>
    private sealed class Http3Stream(Http3Layer layer, long id, Side side)
    {
        private const int Data = 0, Headers = 1, PushPromise = 5, MaxFrameHead = 16;

        private readonly byte[] _head = new byte[MaxFrameHead];
        private readonly Queue<(long Offset, byte[] Bytes, Origin Origin)> _later = new();
        private byte[] _block = [];
        private int _headLength, _blockLength;
        private long _type, _left, _blockOffset;
        private bool _waits, _ends, _lost;
        private Origin _origin;

        public Side Side => side;

        public bool SkipNumber { get; set; }

        public void Take(long offset, ReadOnlySpan<byte> bytes, Origin origin)
        {
            _origin = origin;
            if (_waits && layer._waiting + bytes.Length > MaxWaiting) Wake(all: true);
            if (_waits)
            {
                _later.Enqueue((offset, bytes.ToArray(), origin));
                layer._waiting += bytes.Length;
                return;
            }
            Read(offset, bytes, origin);
        }

        public void Gap(long length)
        {
            if (_waits) Wake(all: true);
            layer._exchanges.Miss(id, side, length);
            if (_headLength == 0 && length <= _left)
            {
                _left -= length;
                if (_type == Headers) _type = long.MaxValue;
                return;
            }
            // Where the next frame begins nobody can say.
            layer._tally.Add(side, ByteClass.Damaged, _headLength);
            _headLength = 0;
            _lost = true;
        }

        public void End(Origin origin)
        {
            _origin = origin;
            _ends = true;
            if (_waits) Wake(all: true);
            layer._tally.Add(side, ByteClass.Damaged, _headLength);
            _headLength = 0;
            layer._exchanges.End(id, side, _left == 0 && !_lost, origin);
        }

        /// <summary>Goes on after a block that waited.</summary>
        public void Wake(bool all)
        {
            if (!_waits || !all && layer.Of(side).Required(_block.AsSpan(0, _blockLength)) > layer.Of(side).Added) return;
            _waits = false;
            layer._blocked.Remove(this);
            Fields(_origin);
            while (!_waits && _later.TryDequeue(out var later))
            {
                layer._waiting -= later.Bytes.Length;
                Read(later.Offset, later.Bytes, later.Origin);
                // A second block that waits: all of what is behind it too, unless nothing more comes.
                if (_waits && all)
                {
                    _waits = false;
                    layer._blocked.Remove(this);
                    Fields(later.Origin);
                }
            }
        }

        private void Read(long offset, ReadOnlySpan<byte> bytes, Origin origin)
        {
            while (!bytes.IsEmpty)
            {
                if (_waits)
                {
                    _later.Enqueue((offset, bytes.ToArray(), origin));
                    layer._waiting += bytes.Length;
                    return;
                }
                int before = bytes.Length;
                if (_lost)
                {
                    layer._tally.Add(side, ByteClass.Damaged, bytes.Length);
                    return;
                }
                if (_left == 0) TryHead(ref bytes, offset, origin);
                else
                {
                    int count = (int)Math.Min(_left, bytes.Length);
                    _left -= count;
                    Payload(offset, bytes[..count], origin);
                    bytes = bytes[count..];
                }
                offset += before - bytes.Length;
            }
        }

        private void TryHead(ref ReadOnlySpan<byte> bytes, long offset, Origin origin)
        {
            while (!bytes.IsEmpty)
            {
                _head[_headLength++] = bytes[0];
                bytes = bytes[1..];
                var fields = new QuicFields(_head.AsSpan(0, _headLength));
                if (!fields.TryNumber(out _type)) continue;
                if (!SkipNumber && !fields.TryNumber(out _left)) continue;
                layer._tally.Add(side, ByteClass.Explained, _headLength);
                _headLength = 0;
                if (SkipNumber)
                {
                    SkipNumber = false;
                    return;
                }
                if (_type == Headers)
                {
                    (_blockLength, _blockOffset) = (0, offset);
                    if (_left > MaxBlock) _type = long.MaxValue;
                    else if (_left == 0) Payload(offset, default, origin);
                }
                return;
            }
        }

        private void Payload(long offset, ReadOnlySpan<byte> bytes, Origin origin)
        {
            switch (_type)
            {
                case Data:
                    layer._exchanges.Body(id, side, bytes, offset, origin, layer._tally);
                    return;
                case Headers:
                    layer._tally.Add(side, ByteClass.Explained, bytes.Length);
                    if (_block.Length < _blockLength + bytes.Length) Array.Resize(ref _block, Math.Max(_blockLength + bytes.Length, Math.Min(MaxBlock, 2 * _block.Length)));
                    bytes.CopyTo(_block.AsSpan(_blockLength));
                    _blockLength += bytes.Length;
                    if (_left > 0) return;
                    var table = layer.Of(side);
                    if (!_ends && !table.Lost && layer._blocked.Count < MaxBlocked && table.Required(_block.AsSpan(0, _blockLength)) > table.Added)
                    {
                        _waits = true;
                        layer._blocked.Add(this);
                    }
                    else Fields(origin);
                    return;
                case PushPromise or 3 or 7 or 0xD:
                    layer._tally.Add(side, ByteClass.Explained, bytes.Length);
                    return;
                default:
                    layer._tally.Add(side, ByteClass.Undetermined, bytes.Length);
                    return;
            }
        }

        private void Fields(Origin origin)
        {
            var fields = new FieldList();
            if (!layer.Of(side).TryDecode(_block.AsSpan(0, _blockLength), fields)) fields.Miss();
            layer._exchanges.Fields(id, side, fields, _blockLength, false, _blockOffset, origin);
        }
    }
}
