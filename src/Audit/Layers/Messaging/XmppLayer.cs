using System.Text;

namespace Candor.Audit.Layers.Messaging;

/// <summary>Reads XMPP (RFC 6120): each side's stream of XML as one message, until both agree on TLS.</summary>
internal sealed class XmppLayer(Layering layering, Conversation conversation) : FramedLayer(layering, conversation)
{
    private const int MaxTag = 16384;

    private bool _asksTls, _clientOpen, _serverOpen;

    protected override int MaxHead => MaxTag;

    /// <summary>A piece up to the end of a tag, or of white space between them.</summary>
    protected override int Head(Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin, out long body)
    {
        body = 0;
        ref bool open = ref side == Side.Client ? ref _clientOpen : ref _serverOpen;
        int end = bytes.IndexOf((byte)'>') + 1;
        if (end == 0)
        {
            if (!open && bytes[0] != '<') return -1;
            if (bytes.Length < MaxTag) return 0;
            end = MaxTag;
        }
        var piece = bytes[..end];
        if (!open)
        {
            Conversation.Speaks("xmpp");
            Open(side, new() { Scheme = "xmpp", Method = "STREAM", Target = "" }, offset, origin);
            open = true;
        }
        if (side == Side.Client && piece.IndexOf(" to="u8) is >= 0 and var to && piece.IndexOf("<stream:stream"u8) >= 0) Name(piece[(to + 4)..]);
        if (side == Side.Client && piece.IndexOf("<starttls"u8) >= 0) _asksTls = true;
        bool agreed = _asksTls && side == Side.Server && piece.IndexOf("<proceed"u8) >= 0;
        Body(side, piece, offset, origin);
        if (agreed) PassTo(Layering.Bytes(Conversation));
        return end;
    }

    private void Name(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2) return;
        int end = value[1..].IndexOf(value[0]);
        if (value[0] is (byte)'\'' or (byte)'"' && end > 0) Conversation.Calls(Encoding.Latin1.GetString(value.Slice(1, end)));
    }
}
