namespace Candor.Simulation;

/// <summary>The one time of a simulated world. It stands still until an event moves it.</summary>
internal sealed class WorldTime
{
    /// <summary>Some moment; no rule depends on which.</summary>
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Since the world began.</summary>
    public TimeSpan Now { get; set; }

    public DateTimeOffset Utc => Start + Now;
}

/// <summary>A clock on somebody's wall: the world's time and how far it is off. Its timers never ring: whatever a timer would do is an event of the world.</summary>
internal sealed class WallClock(WorldTime world) : TimeProvider
{
    public TimeSpan Skew { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => world.Utc + Skew;

    public override long GetTimestamp() => world.Now.Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => new Silent();

    private sealed class Silent : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
            // Nothing runs.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
