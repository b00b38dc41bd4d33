using System.Net;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>A request body as the gate takes it: whole, in memory, with its hash, so that the ledger's line is true before a byte leaves.</summary>
public sealed class GateBody : HttpContent
{
    public const string Cbor = "application/cbor";
    public const string Bytes = "application/octet-stream";

    private readonly ReadOnlyMemory<byte> _body;

    /// <param name="body">Must not change until the request is over.</param>
    /// <param name="hash">Its SHA-256.</param>
    /// <param name="mediaType">Content-Type.</param>
    public GateBody(ReadOnlyMemory<byte> body, Hash32 hash, string mediaType)
    {
        _body = body;
        Hash = hash;
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
        Headers.ContentLength = body.Length;
    }

    public GateBody(ReadOnlyMemory<byte> body, string mediaType) : this(body, Hash32.Of(body.Span), mediaType)
    {
    }

    public Hash32 Hash { get; }

    public int Length => _body.Length;

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
        stream.WriteAsync(_body, cancellationToken).AsTask();

    protected override bool TryComputeLength(out long length)
    {
        length = _body.Length;
        return true;
    }
}
