using Candor.Client.Gate;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>Sealed pieces without a copy.</summary>
public sealed partial class ServerApi
{
    /// <summary>Reads a blob into a buffer that the caller keeps using.</summary>
    /// <returns>Its length.</returns>
    /// <exception cref="ServerRefusedException">Garbled where it is longer than <paramref name="into"/>; not-found or erased where the server has it no more.</exception>
    public async Task<int> GetBlobAsync(Id account, Kind kind, Hash32 name, Memory<byte> into, CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/blobs/{kind.Word()}/{name}";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Blob, cancel: cancel);
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        int length = 0;
        while (length < into.Length)
        {
            int read = await ReadSomeAsync(stream, into[length..], cancel);
            if (read == 0) return length;
            length += read;
        }
        byte[] more = new byte[1];
        return await ReadSomeAsync(stream, more, cancel) == 0 ? length : throw Garbled($"GET {path}");
    }
}
