using Candor.Protocol;

namespace Candor.Log;

/// <summary>A device that people with shares have said they will let in (spec/recovery-people.md §4). Immutable.</summary>
/// <param name="By">The people's holder.</param>
/// <param name="Device">The keys of the device.</param>
/// <param name="Place">The operation that says so.</param>
/// <param name="Time">Of its commit.</param>
public sealed record Announcement(Id By, HolderKeys Device, Place Place, HybridTime Time)
{
    /// <summary>How long an announcement stands before the device may come in: 72 hours.</summary>
    public static TimeSpan Wait { get; } = TimeSpan.FromHours(72);

    /// <summary>True for a time that is late enough, as the log's own clock has it.</summary>
    public bool IsDue(HybridTime time) => time.Ms - Time.Ms >= (long)Wait.TotalMilliseconds;
}
