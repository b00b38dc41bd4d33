using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>Reads answers into memory, whose length is their sender's to choose and ours to bound.</summary>
internal static class WholeAnswer
{
    /// <summary>All of an answer.</summary>
    /// <param name="response">Its head is here.</param>
    /// <param name="longest">Bytes that it may have.</param>
    /// <param name="cancel">Cancels.</param>
    /// <returns>Null: it is longer, and was not read further. Endless data costs its sender more than us.</returns>
    /// <exception cref="IOException">It broke off; or as <see cref="HttpRequestException"/>.</exception>
    public static async Task<byte[]?> ReadAsync(HttpResponseMessage response, int longest, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        // What its sender says of its length is a hint for the first buffer, and no more. One byte further shows the end, or that it is too long.
        long hint = Math.Min(Math.Max(response.Content.Headers.ContentLength ?? 4096, 15), Math.Min(longest, Limits.Blob));
        byte[] buffer = new byte[hint + 1];
        int length = 0;
        while (true)
        {
            int read = await stream.ReadAsync(buffer.AsMemory(length), cancel);
            if (read == 0) return buffer.AsSpan(0, length).ToArray();
            length += read;
            if (length > longest) return null;
            if (length == buffer.Length) Array.Resize(ref buffer, (int)Math.Min(2L * buffer.Length, longest + 1L));
        }
    }
}
