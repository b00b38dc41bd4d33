using System.Buffers.Binary;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http2;

/// <summary>Reads HTTP/2 (RFC 9113) from its preface on or from its middle: frames to messages.</summary>
/// <remarks>
/// Frames, header blocks and padding are explained, bodies go to the sink, frames of unknown types are undetermined; what is between a gap and the next frame, and what a cut frame leaves, is
/// damaged. After a gap fields that refer to what was said before are left out, and their messages are not whole. Holds 320 KiB a side at most, besides the tables of HPACK.
/// A message whose head the capture does not have gets one without a method, or with status -1.
/// </remarks>
public sealed class Http2Layer : IByteSink
{
    private const int MaxSeeks = 64, Known = 9;

    private readonly ByteTally _tally;
    private readonly Exchanges _exchanges;
    private readonly Http2Half _client = new(Side.Client), _server = new(Side.Server);

    /// <param name="tally">Of the conversation.</param>
    /// <param name="messages">Takes the messages.</param>
    /// <param name="webSocket">As in <see cref="Layering.WebSocket"/>.</param>
    public Http2Layer(ByteTally tally, IHttpSink messages, Func<HttpHead, HttpHead, IByteSink?>? webSocket = null)
    {
        _tally = tally;
        _exchanges = new(messages, "2", webSocket);
    }

    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        var half = Of(side);
        long end = offset + bytes.Length;
        if (!half.Begun && !Begin(half, ref bytes, offset)) return;
        while (!bytes.IsEmpty)
        {
            if (half.Seeks > MaxSeeks)
            {
                _tally.Add(side, ByteClass.Undetermined, bytes.Length);
                return;
            }
            if (half.Lost) Seek(half, ref bytes, last: false, end, origin);
            else Frames(half, ref bytes, end, origin);
        }
    }

    public void Gap(Side side, long offset, long length, Origin origin)
    {
        var half = Of(side);
        if (!half.Begun) half.Lost = half.Begun = true;
        if (half.Left > 0 && length <= half.Left && half.Padding >= 0)
        {
            // The frame's end is known all the same.
            half.Left -= (int)length;
            if (half.Frame.Type == FrameHead.Data) _exchanges.Miss(half.Frame.Stream, side, length);
            else if (IsBlock(half.Frame.Type)) LoseBlock(half);
            if (half.Left == 0) Ended(half, offset, origin);
            return;
        }
        _tally.Add(side, ByteClass.Damaged, half.Held.Length);
        half.Drop(half.Held.Length);
        half.Left = 0;
        half.Lost = true;
        LoseBlock(half);
        _exchanges.MissAll(side);
    }

    public void End(Side side, Origin origin)
    {
        var half = Of(side);
        ReadOnlySpan<byte> none = default;
        while (half.Lost && half.Held.Length > 0 && half.Seeks <= MaxSeeks) Seek(half, ref none, last: true, 0, origin);
        _tally.Add(side, ByteClass.Damaged, half.Held.Length);
        half.Drop(half.Held.Length);
        _exchanges.EndAll(side, origin);
    }

    private Http2Half Of(Side side) => side == Side.Client ? _client : _server;

    private static bool IsBlock(byte type) => type is FrameHead.Headers or FrameHead.Push or FrameHead.Continuation;

    /// <summary>Looks for the client's preface, and for a frame at the start of the server's. False: more is needed.</summary>
    private bool Begin(Http2Half half, ref ReadOnlySpan<byte> bytes, long offset)
    {
        int needed = half.Side == Side.Client ? Preface.Length : FrameHead.Size;
        bool whole = half.Hold(ref bytes, needed);
        bool preface = half.Side == Side.Client && Preface.StartsWith(half.Held);
        if (preface && !whole) return false;
        if (!whole && half.Held.Length < FrameHead.Size) return false;
        half.Begun = true;
        if (preface)
        {
            _tally.Add(half.Side, ByteClass.Explained, half.Held.Length);
            half.Drop(half.Held.Length);
            return true;
        }
        var first = FrameHead.Read(half.Held);
        if (first is { Type: FrameHead.Settings, IsLikely: true } && half.Held.Length == FrameHead.Size) return true;
        // The capture began later than the conversation.
        half.Hpack.Lose();
        half.Lost = true;
        return true;
    }

    private void Seek(Http2Half half, ref ReadOnlySpan<byte> bytes, bool last, long end, Origin origin)
    {
        int skipped = half.Seek(ref bytes, last);
        _tally.Add(half.Side, ByteClass.Damaged, skipped);
        half.Drop(skipped);
        if (half.Lost) return;
        half.Seeks++;
        ReadOnlySpan<byte> held = half.TakeHeld();
        long heldEnd = end - bytes.Length;
        while (!held.IsEmpty && !half.Lost) Frames(half, ref held, heldEnd, origin);
        // Lost once more: what is left is looked through with what comes.
        if (!held.IsEmpty) half.Hold(ref held, half.Held.Length + held.Length);
    }

    /// <summary>Reads what belongs to one frame.</summary>
    /// <param name="half">Whose.</param>
    /// <param name="bytes">What comes next; shortened by what was read.</param>
    /// <param name="end">Offset of their end.</param>
    /// <param name="origin">The packet.</param>
    private void Frames(Http2Half half, ref ReadOnlySpan<byte> bytes, long end, Origin origin)
    {
        if (half.Left == 0)
        {
            if (!half.Hold(ref bytes, FrameHead.Size)) return;
            var frame = FrameHead.Read(half.Held);
            if (!frame.IsLikely && (frame.Type <= Known || frame.Length > Http2Half.MaxBlock))
            {
                half.Lost = true;
                LoseBlock(half);
                return;
            }
            half.Drop(FrameHead.Size);
            _tally.Add(half.Side, ByteClass.Explained, FrameHead.Size);
            half.Frame = frame;
            half.Left = frame.Length;
            half.Padding = frame is { Padded: true, Length: > 0, Type: FrameHead.Data or FrameHead.Headers or FrameHead.Push } ? -1 : 0;
            if (frame.Type is FrameHead.Headers or FrameHead.Push) half.BeginBlock(frame, end - bytes.Length - FrameHead.Size);
            if (frame.Length == 0) Ended(half, end - bytes.Length, origin);
            return;
        }
        int count = Math.Min(half.Left, bytes.Length);
        var part = bytes[..count];
        long at = end - bytes.Length;
        bytes = bytes[count..];
        half.Left -= count;
        if (half.Padding < 0)
        {
            half.Padding = Math.Min(part[0], half.Left + part.Length - 1);
            _tally.Add(half.Side, ByteClass.Explained, 1);
            part = part[1..];
            at++;
        }
        if (!part.IsEmpty) Payload(half, part, at, origin);
        if (half.Left == 0) Ended(half, at + part.Length, origin);
    }

    private void Payload(Http2Half half, ReadOnlySpan<byte> part, long at, Origin origin)
    {
        if (half.Frame.Type > Known)
        {
            _tally.Add(half.Side, ByteClass.Undetermined, part.Length);
            return;
        }
        // Of this part, how many bytes stand before the padding.
        int content = Math.Clamp(half.Left + part.Length - half.Padding, 0, part.Length);
        if (half.Frame.Type != FrameHead.Data)
        {
            _tally.Add(half.Side, ByteClass.Explained, part.Length);
            if (half.InBlock && IsBlock(half.Frame.Type)) half.AddToBlock(part[..content]);
            return;
        }
        if (content > 0) _exchanges.Body(half.Frame.Stream, half.Side, part[..content], at, origin, _tally);
        _tally.Add(half.Side, ByteClass.Explained, part.Length - content);
    }

    /// <summary>A frame is over.</summary>
    private void Ended(Http2Half half, long end, Origin origin)
    {
        var frame = half.Frame;
        if (frame.Type == FrameHead.Data && frame.EndStream) _exchanges.End(frame.Stream, half.Side, true, origin);
        else if (frame.Type == FrameHead.Reset) _exchanges.Reset(frame.Stream, origin);
        else if (IsBlock(frame.Type) && frame.EndHeaders && half.InBlock) Fields(half, origin);
    }

    private void Fields(Http2Half half, Origin origin)
    {
        half.InBlock = false;
        var frame = half.BlockFrame;
        var block = half.Block;
        long stream = frame.Stream;
        bool promised = frame.Type == FrameHead.Push;
        int extra = promised ? 4 : frame.HasPriority ? 5 : 0;
        if (half.BlockTooLong || block.Length < extra)
        {
            half.Hpack.Lose();
            return;
        }
        if (promised) stream = BinaryPrimitives.ReadUInt32BigEndian(block) & int.MaxValue;
        block = block[extra..];
        var fields = new FieldList();
        if (!half.Hpack.TryDecode(block, fields))
        {
            half.Hpack.Lose();
            fields.Miss();
        }
        _exchanges.Fields(stream, half.Side, fields, block.Length, !promised && frame.EndStream, half.BlockOffset, origin, promised);
    }

    private static void LoseBlock(Http2Half half)
    {
        half.InBlock = false;
        half.Hpack.Lose();
    }
}
