using System.Net;
using System.Security.Cryptography;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>A request body as the gate takes it: whole, in memory, with its hash, so that the ledger's line is true before a byte leaves.</summary>
public sealed class GateBody : HttpContent
{
    public const string Cbor = "application/cbor";
    public const string Bytes = "application/octet-stream";

    private readonly ReadOnlyMemory<byte>[] _parts;

    /// <param name="body">Must not change until the request is over.</param>
    /// <param name="hash">Its SHA-256.</param>
    /// <param name="mediaType">Content-Type.</param>
    public GateBody(ReadOnlyMemory<byte> body, Hash32 hash, string mediaType) : this([body], hash, mediaType)
    {
    }

    public GateBody(ReadOnlyMemory<byte> body, string mediaType) : this([body], Hash32.Of(body.Span), mediaType)
    {
    }

    /// <summary>A body that lies in several places; none of them may change until the request is over.</summary>
    public GateBody(ReadOnlyMemory<byte>[] parts, string mediaType) : this(parts, HashOf(parts), mediaType)
    {
    }

    private GateBody(ReadOnlyMemory<byte>[] parts, Hash32 hash, string mediaType)
    {
        _parts = parts;
        Hash = hash;
        Length = parts.Sum(p => p.Length);
        Headers.TryAddWithoutValidation("Content-Type", mediaType);
        Headers.ContentLength = Length;
    }

    public Hash32 Hash { get; }

    public int Length { get; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        foreach (var part in _parts) await stream.WriteAsync(part, cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Length;
        return true;
    }

    private static Hash32 HashOf(ReadOnlyMemory<byte>[] parts)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in parts) hash.AppendData(part.Span);
        Span<byte> digest = stackalloc byte[Hash32.Size];
        hash.GetHashAndReset(digest);
        return new(digest);
    }
}
