using Candor.Audit.Bodies;
using Candor.Audit.Layers;

namespace Candor.Audit.Messages;

/// <summary>Looks at stream bytes that no protocol is known of: the beginning is decoded as if it were a body, all is searched for needles, across pieces.</summary>
internal sealed class StreamSearch(MessageRun run, Conversation conversation) : IByteSink
{
    /// <summary>Bytes of a stream that are held and decoded.</summary>
    public const int MostHeld = 256 << 10;

    private HeldBytes? _client, _server;

    public void Take(Side side, long offset, ReadOnlySpan<byte> bytes, Origin origin)
    {
        if (!MessageRun.MayBeSent(conversation, side))
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, bytes.Length);
            return;
        }
        ref var held = ref side == Side.Client ? ref _client : ref _server;
        held ??= new(run, new(conversation, side, -1, "stream", offset), "", MostHeld);
        held.Take(bytes, offset, origin);
    }

    /// <summary>What stands on both sides of a gap does not stand beside each other.</summary>
    public void Gap(Side side, long offset, long length, Origin origin) => End(side, origin);

    public void End(Side side, Origin origin)
    {
        ref var held = ref side == Side.Client ? ref _client : ref _server;
        held?.End(BodyDeclaration.None);
        held = null;
    }
}

/// <summary>Looks at datagrams that no protocol is known of, each for itself.</summary>
internal sealed class DatagramSearch(MessageRun run, Conversation conversation) : IDatagramSink
{
    private long _client, _server;

    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
    {
        ref long sent = ref side == Side.Client ? ref _client : ref _server;
        long offset = sent;
        sent += payload.Length + missing;
        if (payload.IsEmpty) return;
        if (!MessageRun.MayBeSent(conversation, side))
        {
            conversation.Tally.Add(side, ByteClass.Undetermined, payload.Length);
            return;
        }
        var held = new HeldBytes(run, new(conversation, side, -1, "datagram", offset), "", ushort.MaxValue);
        held.Take(payload, offset, origin);
        held.End(BodyDeclaration.None);
    }

    public void End() { }
}
