using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;

namespace Candor.Tests.Audit.Layers;

/// <summary>Writes down messages, and holds the layer to the contract: a head, bodies, at most one trailer, an end.</summary>
internal sealed class TakenMessages(ByteTally tally) : IHttpSink
{
    private readonly Dictionary<(long, Side), Message> _open = [];

    public sealed class Message(long exchange, Side side, HttpHead head)
    {
        public long Exchange { get; } = exchange;

        public Side Side { get; } = side;

        public HttpHead Head { get; } = head;

        public MemoryStream Bytes { get; } = new();

        public IReadOnlyList<HttpField>? Trailer { get; set; }

        public bool? Whole { get; set; }

        public byte[] Body => Bytes.ToArray();

        public string Text => Encoding.UTF8.GetString(Body);
    }

    public List<Message> All { get; } = [];

    public IEnumerable<Message> Requests => All.Where(m => m.Side == Side.Client);

    public IEnumerable<Message> Answers => All.Where(m => m.Side == Side.Server);

    public bool AllEnded => _open.Count == 0;

    public void Head(long exchange, Side side, HttpHead head, long offset, Origin origin)
    {
        Assert.False(_open.ContainsKey((exchange, side)), $"A second head of {exchange} before the end of the first.");
        All.Add(_open[(exchange, side)] = new(exchange, side, head));
    }

    public void Body(long exchange, Side side, ReadOnlySpan<byte> bytes, long offset, Origin origin)
    {
        Assert.False(bytes.IsEmpty);
        _open[(exchange, side)].Bytes.Write(bytes);
        tally.Add(side, ByteClass.Explained, bytes.Length);
    }

    public void Trailer(long exchange, Side side, IReadOnlyList<HttpField> fields, Origin origin)
    {
        Assert.Null(_open[(exchange, side)].Trailer);
        _open[(exchange, side)].Trailer = fields;
    }

    public void End(long exchange, Side side, bool whole, Origin origin)
    {
        Assert.True(_open.Remove((exchange, side), out var message));
        message.Whole = whole;
    }
}
