namespace Candor.Protocol;

/// <summary>A hybrid logical clock reading: Unix milliseconds, and a counter (0 … 65,535) that orders readings of one millisecond.</summary>
/// <remarks>It decides which of two edits is the later one, and nothing that protects anybody: a clock can lie.</remarks>
public readonly record struct HybridTime(long Ms, int Counter) : IComparable<HybridTime>
{
    public const int MaxCounter = ushort.MaxValue;

    /// <summary>How far ahead of the own clock another's reading may pull it. Past that a broken clock would carry everyone away.</summary>
    public static readonly TimeSpan MaxLead = TimeSpan.FromHours(24);

    /// <summary>The next reading: after <paramref name="last"/>, not before <paramref name="now"/>, and after <paramref name="seen"/> unless that lies too far ahead.</summary>
    public static HybridTime Next(HybridTime last, HybridTime seen, DateTimeOffset now)
    {
        long wall = Math.Max(0, now.ToUnixTimeMilliseconds());
        var floor = seen > last && seen.Ms - wall <= (long)MaxLead.TotalMilliseconds ? seen : last;
        if (wall > floor.Ms) return new(wall, 0);
        return floor.Counter < MaxCounter ? new(floor.Ms, floor.Counter + 1) : new(floor.Ms + 1, 0);
    }

    public int CompareTo(HybridTime other) => Ms != other.Ms ? Ms.CompareTo(other.Ms) : Counter.CompareTo(other.Counter);

    public static bool operator <(HybridTime left, HybridTime right) => left.CompareTo(right) < 0;
    public static bool operator >(HybridTime left, HybridTime right) => left.CompareTo(right) > 0;
    public static bool operator <=(HybridTime left, HybridTime right) => left.CompareTo(right) <= 0;
    public static bool operator >=(HybridTime left, HybridTime right) => left.CompareTo(right) >= 0;
}
