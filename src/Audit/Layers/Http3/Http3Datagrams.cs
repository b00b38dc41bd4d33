using Candor.Audit.Layers.Quic;

namespace Candor.Audit.Layers.Http3;

/// <summary>Datagrams of HTTP/3 (RFC 9297, 2.1): the number of the request that each belongs to, a quarter of its stream's, and what it carries.</summary>
internal sealed class Http3Datagrams(ByteTally tally, IDatagramSink inner) : IDatagramSink
{
    public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
    {
        var fields = new QuicFields(payload);
        if (!fields.TryNumber(out _))
        {
            tally.Add(side, ByteClass.Undetermined, payload.Length);
            return;
        }
        tally.Add(side, ByteClass.Explained, payload.Length - fields.Rest.Length);
        if (!fields.Rest.IsEmpty) inner.Take(side, fields.Rest, missing, origin);
    }

    public void End() => inner.End();
}
