using System.Buffers.Binary;
using System.Text;

namespace Candor.Audit.Layers.Messaging;

/// <summary>Reads Xiaomi's push service on port 5222: C2FE 0005, a length, content, its Adler-32. The first messages are in the clear; what follows is encrypted with a key of the connection.</summary>
internal sealed class MiPushLayer(Layering layering, Conversation conversation) : FramedLayer(layering, conversation)
{
    private const int Frame = 8, Inner = 8, MaxContent = 4 << 20, MaxInner = 4096;

    private Part _client, _server;

    /// <summary>How a frame's content goes on: bytes of a message, then of the check sum.</summary>
    private record struct Part(long Content, bool Clear);

    protected override int MaxHead => Frame + Inner + MaxInner;

    protected override int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body)
    {
        body = 0;
        if (!((ReadOnlySpan<byte>)[0xC2, 0xFE, 0, 5]).StartsWith(bytes[..Math.Min(4, bytes.Length)])) return -1;
        if (bytes.Length < Frame) return 0;
        long length = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (length > MaxContent) return -1;
        body = length + 4;
        ref var part = ref side == Side.Client ? ref _client : ref _server;
        part = new(length, false);
        if (length < Inner)
        {
            Conversation.Speaks("mipush");
            Explain(side, Frame);
            return Frame;
        }
        if (bytes.Length < Frame + Inner) return 0;
        int header = BinaryPrimitives.ReadUInt16BigEndian(bytes[(Frame + 2)..]);
        long content = BinaryPrimitives.ReadUInt32BigEndian(bytes[(Frame + 4)..]);
        bool clear = BinaryPrimitives.ReadUInt16BigEndian(bytes[Frame..]) == 2 && header <= MaxInner && Inner + header + content == length;
        if (clear && bytes.Length < Frame + Inner + header) return 0;
        Conversation.Speaks("mipush");
        if (!clear)
        {
            Explain(side, Frame);
            return Frame;
        }
        int size = Frame + Inner + header;
        Explain(side, size);
        Open(side, new() { Scheme = "mipush", Method = Verb(bytes.Slice(Frame + Inner, header)), Target = "/", WireBytes = size }, offset, origin);
        part = new(content, true);
        body = content + 4;
        return size;
    }

    protected override void Body(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        ref var part = ref side == Side.Client ? ref _client : ref _server;
        int content = (int)Math.Min(part.Content, bytes.Length);
        if (content > 0)
        {
            if (part.Clear) base.Body(side, bytes[..content], offset, origin);
            else Unread.Take(side, offset, bytes[..content], origin);
            part.Content -= content;
        }
        Explain(side, bytes.Length - content);
    }

    /// <summary>Field 5 of the header: CONN, BIND, SECMSG and others.</summary>
    private static string Verb(ReadOnlySpan<byte> header)
    {
        int at = header.IndexOf((byte)0x2A);
        return at >= 0 && at + 1 < header.Length && header[at + 1] is > 0 and < 32 and var length && at + 2 + length <= header.Length ? Encoding.Latin1.GetString(header.Slice(at + 2, length)) : "";
    }
}
