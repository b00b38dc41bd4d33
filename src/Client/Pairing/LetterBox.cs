using Candor.Client.Api;
using Candor.Protocol;

namespace Candor.Client.Pairing;

/// <summary>One side's view of a pairing on the server. What may succeed later is tried again for as long as the pairing can live.</summary>
/// <param name="api">Signs as the new device's one-time keys, or as the approving device.</param>
/// <param name="account">Of the approving device; null for the new one.</param>
/// <param name="code">Nine digits.</param>
/// <param name="clock">The clock.</param>
internal sealed class LetterBox(ServerApi api, Id? account, string code, TimeProvider clock)
{
    /// <summary>What the server holds a question open for.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(25);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>How long saying goodbye may take.</summary>
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(5);

    private readonly long _opened = clock.GetTimestamp();

    /// <summary>By this device's own clock.</summary>
    public DateTimeOffset Expires { get; } = clock.GetUtcNow() + PairingRules.Lifetime;

    private bool IsOver => clock.GetElapsedTime(_opened) >= PairingRules.Lifetime;

    /// <summary>The messages now.</summary>
    public Task<PairingMessages> LookAsync(CancellationToken cancel) => TryAsync(() => api.GetPairingAsync(code, account, 0, TimeSpan.Zero, cancel), cancel);

    /// <summary>Waits until <paramref name="find"/> finds its message.</summary>
    /// <param name="have">How many of the four are there without it.</param>
    /// <param name="find">The message, null while it is not there.</param>
    /// <param name="cancel">Cancels.</param>
    public async Task<ReadOnlyMemory<byte>> AwaitAsync(int have, Func<PairingMessages, ReadOnlyMemory<byte>?> find, CancellationToken cancel)
    {
        while (true)
        {
            long asked = clock.GetTimestamp();
            var messages = await TryAsync(() => api.GetPairingAsync(code, account, have, Wait, cancel), cancel);
            if (find(messages) is { } found) return found;
            if (IsOver) throw PairingException.Expired();
            // A server that answers at once without the message is not asked at once again.
            if (clock.GetElapsedTime(asked) < FirstPause) await Task.Delay(FirstPause, clock, cancel);
        }
    }

    /// <summary>Puts a message. One that was on its way when the line broke may have arrived, been read, and the pairing be over: that is no error here.</summary>
    public Task PutAsync(string what, byte[] message, CancellationToken cancel)
    {
        int attempts = 0;
        return TryAsync(async () =>
        {
            try
            {
                attempts++;
                await api.PutPairingAsync(code, account, what, message, cancel);
            }
            catch (ServerRefusedException e) when (e.Name == ErrorName.NotFound && attempts > 1)
            {
            }
            return true;
        }, cancel);
    }

    /// <summary>Takes the pairing away, if the server can be reached. It would be gone by itself soon.</summary>
    public async Task DeleteAsync()
    {
        using var enough = new CancellationTokenSource(Goodbye, clock);
        try
        {
            await api.DeletePairingAsync(code, account, enough.Token);
        }
        catch (Exception e) when (e is ServerRefusedException or OperationCanceledException)
        {
        }
    }

    /// <summary>Asks until there is an answer. That the server knows no such pairing has become means that its time is over, or that the other side took it away.</summary>
    /// <exception cref="PairingException">Stopped, Expired, Taken, Unreachable.</exception>
    /// <exception cref="ServerRefusedException">Any other refusal; rate-limited too, which outlives the pairing.</exception>
    public async Task<T> TryAsync<T>(Func<Task<T>> ask, CancellationToken cancel)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (ServerRefusedException e) when (e.Name == ErrorName.NotFound)
            {
                throw IsOver ? PairingException.Expired(e) : PairingException.Stopped(e);
            }
            catch (ServerRefusedException e) when (e.Name == ErrorName.AccountExists)
            {
                throw PairingException.Taken(e);
            }
            catch (ServerRefusedException e) when (e.IsTransient && e.Name != ErrorName.RateLimited)
            {
                if (IsOver) throw PairingException.Unreachable(e);
            }
            await Task.Delay(pause, clock, cancel);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
