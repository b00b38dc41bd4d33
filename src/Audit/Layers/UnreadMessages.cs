using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers;

/// <summary>Stands where nobody looks at messages: their bodies are undetermined.</summary>
internal sealed class UnreadMessages(ByteTally tally) : IHttpSink
{
    public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin) { }

    public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin) => tally.Add(side, ByteClass.Undetermined, bytes.Length);

    public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin) { }

    public void End(long exchange, Side side, bool whole, Origin origin) { }
}
