using System.Buffers;
using Candor.Protocol;

namespace Candor.Server.Requests;

/// <summary>A body that was read whole and is what was signed. Dispose it to give the memory back.</summary>
public readonly struct RequestBody : IDisposable
{
    /// <summary>Larger bodies are rare: memory for them is not kept.</summary>
    private const int Pooled = 4 << 20;

    private readonly byte[]? _rented;

    private RequestBody(ReadOnlyMemory<byte> bytes, byte[]? rented, Problem? problem)
    {
        Bytes = bytes;
        _rented = rented;
        Problem = problem;
    }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Why there is none.</summary>
    public Problem? Problem { get; }

    /// <exception cref="BadHttpRequestException">The body ended early or came too slowly.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext http)
    {
        var caller = Caller.Of(http);
        int length = (int)http.Request.ContentLength.GetValueOrDefault(); // the signature check has compared it with the limit
        byte[] buffer = length <= Pooled ? ArrayPool<byte>.Shared.Rent(length) : GC.AllocateUninitializedArray<byte>(length);
        byte[]? rented = length <= Pooled ? buffer : null;
        try
        {
            await http.Request.Body.ReadExactlyAsync(buffer.AsMemory(0, length), http.RequestAborted).ConfigureAwait(false);
        }
        catch
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
            throw;
        }
        bool same = Hash32.Of(buffer.AsSpan(0, length)) == caller.Digest;
        return new(buffer.AsMemory(0, length), rented, same ? null : Problem.Of(ErrorName.DigestBad));
    }

    public void Dispose()
    {
        if (_rented is not null) ArrayPool<byte>.Shared.Return(_rented);
    }
}
