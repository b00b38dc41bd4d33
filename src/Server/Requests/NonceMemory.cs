using Candor.Protocol;

namespace Candor.Server.Requests;

/// <summary>Nonces that were used, each kept for at least ten minutes and at most twenty. Safe for use by many threads.</summary>
/// <remarks>A request is good for 300 s on either side of its time, so ten minutes are enough. What a restart forgets, the start time refuses.</remarks>
public sealed class NonceMemory(TimeProvider time)
{
    /// <summary>For one generation; about 20 MB. Requests beyond are refused as busy: forgetting would let replays in.</summary>
    private const int MaxPerGeneration = 1 << 19;

    private static readonly TimeSpan Generation = TimeSpan.FromSeconds(2 * RequestSignature.MaxSkew);

    private readonly Lock _lock = new();
    private HashSet<(Id, ulong)> _current = [];
    private HashSet<(Id, ulong)> _last = [];
    private DateTimeOffset _since = time.GetUtcNow();

    internal void Forget()
    {
        lock (_lock) (_current, _last, _since) = ([], [], time.GetUtcNow());
    }

    /// <returns>Null for one that is new; else the name of the refusal.</returns>
    public string? Use(Id holder, string nonce)
    {
        var key = (holder, Convert.ToUInt64(nonce, 16));
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (now - _since >= Generation)
            {
                _last = now - _since >= 2 * Generation ? [] : _current;
                _current = [];
                _since = now;
            }
            if (_last.Contains(key)) return ErrorName.Replayed;
            if (_current.Count >= MaxPerGeneration) return ErrorName.Busy;
            return _current.Add(key) ? null : ErrorName.Replayed;
        }
    }
}
