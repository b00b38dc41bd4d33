using System.Buffers.Binary;
using System.Text;

namespace Candor.Audit.Layers.Messaging;

/// <summary>Reads MQTT 3.1 to 5: what is published, with its topic; and what CONNECT, SUBSCRIBE and the like say of who asks.</summary>
internal sealed class MqttLayer(Layering layering, Conversation conversation) : FramedLayer(layering, conversation)
{
    private const int Connect = 1, Publish = 3, MaxTopic = 65535, MaxProperties = 65536;

    private static readonly string[] s_words = ["", "CONNECT", "CONNACK", "PUBLISH", "PUBACK", "PUBREC", "PUBREL", "PUBCOMP", "SUBSCRIBE", "SUBACK", "UNSUBSCRIBE", "UNSUBACK", "PINGREQ", "PINGRESP", "DISCONNECT", "AUTH"];

    /// <summary>Of each side: the body is an answer's numbers.</summary>
    private readonly bool[] _plain = new bool[2];

    private int _level = 4;

    protected override int MaxHead => 16 + MaxTopic + MaxProperties;

    protected override int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body)
    {
        body = 0;
        int type = bytes[0] >> 4;
        if (type == 0) return -1;
        int at = 1;
        if (Number(bytes, ref at) is not { } length) return bytes.Length < 5 ? 0 : -1;
        if (type == Connect)
        {
            if (bytes.Length < at + 9 && length >= 9) return 0;
            if (length >= 9 && bytes[at + 1] is 4 or 6 && bytes.Length > at + 2 + bytes[at + 1]) _level = bytes[at + 2 + bytes[at + 1]];
            Conversation.Speaks("mqtt");
        }
        string topic = "";
        int end = at;
        if (type == Publish && length >= 2)
        {
            if (bytes.Length < at + 2) return 0;
            int size = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
            end = at + 2 + size + ((bytes[0] & 6) != 0 ? 2 : 0);
            if (end - at > length) return -1;
            if (bytes.Length < end + (_level == 5 ? 4 : 0) && bytes.Length < at + length) return 0;
            topic = Encoding.UTF8.GetString(bytes.Slice(at + 2, size));
            if (_level == 5)
            {
                int after = end;
                if (Number(bytes, ref after) is { } properties && after + properties - at <= length) end = (int)(after + properties);
                if (end - at > MaxTopic + MaxProperties) return -1;
                if (bytes.Length < end) return 0;
            }
        }
        Explain(side, end);
        body = length - (end - at);
        if (type == Publish || body > 2) Open(side, new() { Scheme = "mqtt", Method = s_words[type], Target = topic, WireBytes = end }, offset, origin);
        if (body == 0) Close(side, true, origin);
        _plain[(int)side] = type != Publish && body <= 2;
        return end;
    }

    protected override void Body(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        if (_plain[(int)side]) Explain(side, bytes.Length);
        else base.Body(side, bytes, offset, origin);
    }

    /// <summary>A number of one to four bytes, seven bits each, the lowest first. Null: it is not whole, or too long.</summary>
    private static long? Number(ReadOnlySpan<byte> bytes, ref int at)
    {
        long value = 0;
        for (int i = 0; i < 4; i++)
        {
            if (at >= bytes.Length) return null;
            byte b = bytes[at++];
            value |= (long)(b & 0x7F) << 7 * i;
            if (b < 0x80) return value;
        }
        return null;
    }
}
