using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests;

/// <summary>A clock that goes only when it is advanced, and that tells when somebody has begun to wait by it: who advances it earlier moves the end of the wait as well.</summary>
internal sealed class WaitedClock(DateTimeOffset start) : FakeTimeProvider(start)
{
    private int _waits;

    /// <summary>How many waits have begun.</summary>
    public int Waits => Volatile.Read(ref _waits);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _waits);
        return timer;
    }
}
