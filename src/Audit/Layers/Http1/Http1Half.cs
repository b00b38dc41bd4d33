using System.Globalization;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http1;

/// <summary>One direction of HTTP/1: heads, bodies by length, by chunks or to the end, over gaps where they do not hide where the next message begins.</summary>
internal sealed class Http1Half(Http1Layer layer, Conversation conversation, Side side, IHttpSink messages)
{
    private const int MaxLine = 8192, MaxTrailer = 65536, MaxWaiting = 65536;

    private State _state = State.Head;
    private byte[] _held = [];
    private int _length;
    private long _heldAt, _left, _exchange = -1;
    private bool _open, _whole, _wait, _tunnel;

    private enum State : byte
    {
        Head,
        Sized,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailer,
        ToEnd,

        /// <summary>A client whose next bytes the answer gives a meaning.</summary>
        Waiting,

        /// <summary>Where the next message begins is not known.</summary>
        Lost,
    }

    public bool Waits => _state == State.Waiting;

    public bool Ended { get; private set; }

    public void Take(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        while (!bytes.IsEmpty)
        {
            int taken = _state switch
            {
                State.Head => Head(bytes, offset, origin),
                State.Sized or State.Chunk => Counted(bytes, offset, origin),
                State.ChunkSize => Line(bytes, offset, origin),
                State.ChunkEnd => AfterChunk(bytes),
                State.Trailer => Trailer(bytes, offset, origin),
                State.ToEnd => Rest(bytes, offset, origin),
                State.Waiting => Wait(bytes, offset, origin),
                _ => Lost(bytes),
            };
            bytes = bytes[taken..];
            offset += taken;
            if (layer.Inner is not { } inner || bytes.IsEmpty) continue;
            inner.Take(side, offset, bytes, origin);
            return;
        }
    }

    public void Gap(long length, Origin origin)
    {
        _whole = false;
        switch (_state)
        {
            case State.Sized or State.Chunk when length < _left:
                _left -= length;
                return;
            case State.Sized when length == _left:
                Close(origin);
                return;
            case State.Chunk when length == _left:
                _state = State.ChunkEnd;
                return;
            case State.ToEnd:
                return;
            case State.Waiting:
                layer.HandOver(layer.Guess(), origin);
                return;
        }
        Lose(origin);
    }

    public void End(Origin origin)
    {
        Ended = true;
        if (_state == State.Waiting) return;
        if (_state != State.ToEnd) _whole = false;
        Drop();
        if (_open) Close(origin);
    }

    /// <summary>The answer kept the connection as it is: what waited is the next request.</summary>
    public void GoOn(Origin origin)
    {
        var (held, length, at) = (_held, _length, _heldAt);
        (_state, _held, _length) = (State.Head, [], 0);
        if (length > 0) Take(held.AsSpan(0, length), at, origin);
        if (Ended) End(origin);
    }

    /// <summary>Something else takes the connection from here.</summary>
    public void PassTo(IByteSink inner, Origin origin)
    {
        if (_state == State.Waiting)
        {
            if (_length > 0) inner.Take(side, _heldAt, _held.AsSpan(0, _length), origin);
            (_held, _length) = ([], 0);
        }
        else
        {
            Drop();
            if (_open && !_tunnel) Close(origin);
        }
        if (Ended) inner.End(side, origin);
    }

    private int Head(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (_length == 0)
        {
            int blank = bytes.IndexOfAnyExcept((byte)'\r', (byte)'\n');
            if (blank != 0)
            {
                // Empty lines before a message mean nothing (RFC 9112, 2.2).
                int skipped = blank < 0 ? bytes.Length : blank;
                conversation.Tally.Add(side, ByteClass.Explained, skipped);
                return skipped;
            }
            if (!MayBegin(bytes))
            {
                Lose(origin);
                return 0;
            }
            _heldAt = offset;
        }
        int before = _length, end;
        if (before == 0 && (end = HeadReader.EndOf(bytes, 0)) >= 0)
        {
            Begin(bytes[..end], origin);
            return end;
        }
        int taken = Keep(bytes, HeadReader.MaxHead);
        end = HeadReader.EndOf(_held.AsSpan(0, _length), Math.Max(0, before - 3));
        if (end < 0)
        {
            if (_length == HeadReader.MaxHead) Lose(origin);
            return taken;
        }
        var (held, length) = (_held, end);
        (_held, _length) = ([], 0);
        Begin(held.AsSpan(0, length), origin);
        return end - before;
    }

    private bool MayBegin(ReadOnlySpan<byte> bytes)
    {
        if (side == Side.Server) return "HTTP/1."u8.StartsWith(bytes[..Math.Min(bytes.Length, 7)]) || bytes.StartsWith("HTTP/1."u8);
        return Recognition.Of(bytes, default, 0, last: false) is Protocol.Http1 or Protocol.Unsure;
    }

    private void Begin(ReadOnlySpan<byte> bytes, Origin origin)
    {
        var head = HeadReader.TryRead(bytes, conversation.Secure ? "https" : "http");
        if (head is null || head.IsRequest != (side == Side.Client))
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
            _state = State.Lost;
            return;
        }
        conversation.Tally.Add(side, ByteClass.Explained, bytes.Length);
        conversation.Speaks("http/1.1");
        bool interim = head.Status is >= 100 and < 200 and not 101;
        var request = head.IsRequest ? head : layer.Next();
        if (head.IsRequest && head.Method != "CONNECT") conversation.Calls(Http1Layer.HostOf(head.Authority));
        if (!interim || !_open) _exchange++;
        (_open, _whole) = (true, true);
        messages.Head(_exchange, side, head, _heldAt, origin);
        _wait = head.IsRequest && layer.Asked(head);
        if (interim)
        {
            Close(origin);
            _exchange--;
            return;
        }
        _tunnel = !head.IsRequest && (head.Status == 101 || request?.Method == "CONNECT" && head.Status < 300);
        if (_tunnel)
        {
            Close(origin);
            _ = layer.Answered(head, origin);
            return;
        }
        Framing(head, request, origin);
        if (!head.IsRequest) _ = layer.Answered(head, origin);
    }

    /// <summary>How long the body is (RFC 9112, 6.3).</summary>
    private void Framing(HttpHead head, HttpHead? request, Origin origin)
    {
        bool none = !head.IsRequest && (head.Status is 204 or 304 || request?.Method == "HEAD");
        string? coding = null, length = null;
        foreach (var field in head.Fields)
        {
            if (field.Name.Equals("Transfer-Encoding", StringComparison.OrdinalIgnoreCase)) coding = field.Value;
            else if (field.Name.Equals("Content-Length", StringComparison.OrdinalIgnoreCase))
            {
                if (length is not null && length != field.Value) conversation.Remark("a message says two lengths: the first was read");
                length ??= field.Value;
            }
        }
        if (none) Close(origin);
        else if (coding is not null)
        {
            if (length is not null) conversation.Remark("a message says a length and chunks: the chunks were read");
            _state = coding.TrimEnd().EndsWith("chunked", StringComparison.OrdinalIgnoreCase) ? State.ChunkSize : head.IsRequest ? State.Lost : State.ToEnd;
        }
        else if (length is not null && long.TryParse(length.Split(',')[0].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _left))
        {
            _state = State.Sized;
            if (_left == 0) Close(origin);
        }
        else if (length is not null)
        {
            conversation.Remark("a message says a length that is none");
            _state = head.IsRequest ? State.Lost : State.ToEnd;
        }
        else if (head.IsRequest) Close(origin);
        else _state = State.ToEnd;
    }

    private int Counted(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        int taken = (int)Math.Min(bytes.Length, _left);
        messages.Body(_exchange, side, bytes[..taken], offset, origin);
        _left -= taken;
        if (_left > 0) return taken;
        if (_state == State.Chunk) _state = State.ChunkEnd;
        else Close(origin);
        return taken;
    }

    private int Line(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        int end = bytes.IndexOf((byte)'\n');
        if (_length == 0) _heldAt = offset;
        int taken = Keep(end < 0 ? bytes : bytes[..(end + 1)], MaxLine);
        if (end < 0 && _length < MaxLine) return taken;
        var line = _held.AsSpan(0, _length).TrimEnd("\r\n"u8);
        int extension = line.IndexOf((byte)';');
        var size = (extension < 0 ? line : line[..extension]).TrimEnd(" \t"u8);
        if (end < 0 || size.Length is 0 or > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left))
        {
            Lose(origin);
            return taken;
        }
        conversation.Tally.Add(side, ByteClass.Explained, _length);
        _length = 0;
        _state = _left > 0 ? State.Chunk : State.Trailer;
        return taken;
    }

    /// <summary>The line end behind a chunk.</summary>
    private int AfterChunk(ReadOnlySpan<byte> bytes)
    {
        if (bytes[0] is not ((byte)'\r' or (byte)'\n'))
        {
            _state = State.ChunkSize; // which finds that it is none
            return 0;
        }
        conversation.Tally.Add(side, ByteClass.Explained, 1);
        if (bytes[0] == '\n') _state = State.ChunkSize;
        return 1;
    }

    private int Trailer(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (_length == 0) _heldAt = offset;
        int before = _length, taken = Keep(bytes, MaxTrailer);
        var held = _held.AsSpan(0, _length);
        int end = held.StartsWith("\r\n"u8) ? 2 : held.StartsWith("\n"u8) ? 1 : HeadReader.EndOf(held, Math.Max(0, before - 3));
        if (end < 0)
        {
            if (_length == MaxTrailer) Lose(origin);
            return taken;
        }
        conversation.Tally.Add(side, ByteClass.Explained, end);
        if (end > 2) messages.Trailer(_exchange, side, HeadReader.Fields(held[..end]), origin);
        (_held, _length) = ([], 0);
        Close(origin);
        return end - before;
    }

    private int Rest(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        messages.Body(_exchange, side, bytes, offset, origin);
        return bytes.Length;
    }

    private int Wait(ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (_length == 0) _heldAt = offset;
        int taken = Keep(bytes, MaxWaiting);
        if (taken < bytes.Length) layer.HandOver(layer.Guess(), origin);
        return taken;
    }

    /// <summary>Looks whether a message begins here: after a loss it does so at the start of a packet, most often.</summary>
    private int Lost(ReadOnlySpan<byte> bytes)
    {
        bool begins = side == Side.Server ? bytes.StartsWith("HTTP/1."u8) : Recognition.Of(bytes, default, 0, last: true) == Protocol.Http1 && bytes.IndexOf(" HTTP/1."u8) > 0;
        if (begins)
        {
            _state = State.Head;
            return 0;
        }
        conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
        return bytes.Length;
    }

    private void Lose(Origin origin)
    {
        _whole = false;
        Drop();
        if (_open) Close(origin);
        _state = State.Lost;
    }

    private void Close(Origin origin)
    {
        if (_open) messages.End(_exchange, side, _whole, origin);
        _open = false;
        _state = _wait ? State.Waiting : State.Head;
        _wait = false;
    }

    /// <summary>What is held will never be whole.</summary>
    private void Drop()
    {
        conversation.Tally.Add(side, ByteClass.Damaged, _length);
        (_held, _length) = ([], 0);
    }

    private int Keep(ReadOnlySpan<byte> bytes, int most)
    {
        int taken = Math.Min(bytes.Length, most - _length);
        if (_held.Length < _length + taken) Array.Resize(ref _held, Math.Min(most, Math.Max(2 * _held.Length, _length + taken)));
        bytes[..taken].CopyTo(_held.AsSpan(_length));
        _length += taken;
        return taken;
    }
}
