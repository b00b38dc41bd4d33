using System.Buffers.Binary;
using System.Globalization;

namespace Candor.Server.Gateway;

internal enum ReplayResult
{
    New,

    /// <summary>Answered before.</summary>
    Before,

    /// <summary>It says no time, or one in which this process could not know what was answered.</summary>
    OtherTime,

    /// <summary>More than can be remembered: forgetting would let some in again.</summary>
    Full,
}

/// <summary>Which sealed requests were answered, so that none is a second time, not by the next process either (RFC 9458 §6.5).</summary>
/// <remarks>
/// A request says its time under the seal (<c>date</c>, in whole seconds). It is good for <see cref="Window"/> after that, and never before it; as long it is remembered. What the process before this one can have answered says a time up to the second of
/// this start, and is refused by that: nothing has to be on the disk. That holds as long as the server's clock is not set back across a start. Safe for several threads.
/// </remarks>
internal sealed class AnsweredRequests(TimeProvider time)
{
    /// <summary>On a relay's way, and for clocks that are behind.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(5);

    /// <summary>In one <see cref="Window"/>; some 10 MB.</summary>
    private const int Most = 1 << 18;

    private readonly Lock _turn = new();
    private readonly long _started = time.GetUtcNow().ToUnixTimeSeconds();
    private HashSet<UInt128> _now = [];
    private HashSet<UInt128> _before = [];
    private DateTimeOffset _since = time.GetUtcNow();

    /// <summary>Until a request that is made anew can be good: until the second of the start is over.</summary>
    public async Task ReadyAsync(CancellationToken cancel)
    {
        // A timer counts whole milliseconds, and may end before the moment that it was set to.
        var ready = DateTimeOffset.FromUnixTimeSeconds(_started + 1);
        for (var left = ready - time.GetUtcNow(); left > TimeSpan.Zero; left = ready - time.GetUtcNow()) await Task.Delay(left + TimeSpan.FromMilliseconds(1), time, cancel).ConfigureAwait(false);
    }

    /// <summary>Remembers a request that has been opened, unless it is not to be answered.</summary>
    /// <param name="encapsulation">The 32 bytes that no two share.</param>
    /// <param name="date">As the request says it; null: it does not.</param>
    public ReplayResult Add(ReadOnlySpan<byte> encapsulation, string? date)
    {
        var now = time.GetUtcNow();
        if (date is null || !DateTimeOffset.TryParseExact(date, "R", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var said)) return ReplayResult.OtherTime;
        if (said > now || said < now - Window || said.ToUnixTimeSeconds() <= _started) return ReplayResult.OtherTime;
        // Half of a point: two honest ones that share it do not come in this world's time.
        var one = BinaryPrimitives.ReadUInt128BigEndian(encapsulation);
        lock (_turn)
        {
            if (now - _since >= Window)
            {
                (_before, _now) = (now - _since >= 2 * Window ? [] : _now, []);
                _since = now;
            }
            if (_before.Contains(one) || _now.Contains(one)) return ReplayResult.Before;
            if (_now.Count >= Most) return ReplayResult.Full;
            _now.Add(one);
            return ReplayResult.New;
        }
    }
}
