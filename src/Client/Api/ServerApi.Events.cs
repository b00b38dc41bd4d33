using System.Runtime.CompilerServices;
using Candor.Client.Gate;
using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>Being told that a log has grown.</summary>
public sealed partial class ServerApi
{
    /// <summary>A server says something every 25 seconds; one that is silent for longer than this is gone.</summary>
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(60);

    /// <summary>The log's size, at once and whenever it changed, for as long as the server goes on: it ends when this holder is removed or the server stops.</summary>
    /// <remarks>What a size claims is for <see cref="PullAsync"/> to prove. One connection is taken while it runs.</remarks>
    /// <exception cref="ServerRefusedException">Unreachable where the stream broke off or fell silent: listen again. Garbled where it is no stream of events.</exception>
    public async IAsyncEnumerable<long> ListenAsync(Id account, [EnumeratorCancellation] CancellationToken cancel)
    {
        string path = $"/v1/accounts/{account}/events";
        using var response = await SendAsync(HttpMethod.Get, path, Purpose.Sync, cancel: cancel);
        using var silence = new CancellationTokenSource(LongestSilence, clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancel, silence.Token);
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        var events = new EventLines();
        byte[] buffer = new byte[1024];
        while (true)
        {
            int read;
            try
            {
                read = await ReadSomeAsync(stream, buffer, end.Token);
            }
            catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
            {
                throw new ServerRefusedException(ServerRefusedException.Unreachable, $"{Server.Authority} fell silent. Listen again.", e);
            }
            if (read == 0) yield break;
            silence.CancelAfter(LongestSilence);
            if (!events.TryTake(buffer.AsSpan(0, read), out var sizes)) throw Garbled($"GET {path}");
            foreach (long size in sizes) yield return size;
        }
    }
}
