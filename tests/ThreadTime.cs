using System.Diagnostics;
using System.Globalization;

namespace Candor.Tests;

/// <summary>Measures what this thread computes: the time that a processor had it, so that a bound of time holds on a machine that has other work too. For code that neither awaits nor waits.</summary>
/// <remarks>Where the system does not say it (it is Linux's /proc), by the clock on the wall.</remarks>
internal readonly struct ThreadTime
{
    /// <summary>Its first number: nanoseconds on a processor (the kernel's sched-stats page).</summary>
    private const string File = "/proc/thread-self/schedstat";

    private readonly TimeSpan _start;

    private ThreadTime(TimeSpan start) => _start = start;

    public static ThreadTime Start() => new(Now());

    public TimeSpan Elapsed => Now() - _start;

    private static TimeSpan Now()
    {
        if (!System.IO.File.Exists(File)) return Stopwatch.GetElapsedTime(0);
        string text = System.IO.File.ReadAllText(File);
        return TimeSpan.FromTicks(long.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture) / TimeSpan.NanosecondsPerTick);
    }
}
