using System.Globalization;
using System.Runtime.InteropServices;

namespace Candor.Bench.Measuring;

/// <summary>What Linux knows of processes.</summary>
internal static class Kernel
{
    public const int Interrupt = 2, Terminate = 15;

    private const int Children = -1;

    /// <summary>CPUCLOCK_SCHED of the whole process (linux/posix-timers.h).</summary>
    private const int ProcessClock = 2;

    /// <summary>struct rusage on 64 bits: two timevals of two longs, fourteen longs (getrusage(2)).</summary>
    private const int UsageLongs = 18;

    /// <summary>Seconds of CPU of all children that ended and were waited for, and of theirs: to the microsecond.</summary>
    public static double CpuOfEndedChildren()
    {
        var usage = new long[UsageLongs];
        if (getrusage(Children, usage) != 0)
            throw new InvalidOperationException("getrusage failed.");
        return usage[0] + usage[2] + (usage[1] + usage[3]) / 1e6;
    }

    /// <summary>Seconds of CPU of a process so far, threads that ended included: to the nanosecond (clock_getcpuclockid(3); the id's form is the kernel's own).</summary>
    /// <exception cref="BenchException">It has ended.</exception>
    public static double CpuOf(int process)
    {
        var time = new long[2];
        if (clock_gettime(~process << 3 | ProcessClock, time) != 0)
            throw new BenchException($"Process {process} has ended, which was to be measured.");
        return time[0] + time[1] / 1e9;
    }

    /// <summary>VmHWM of a process, in bytes; 0 where it has ended.</summary>
    public static long Peak(int process)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith("VmHWM:", StringComparison.Ordinal))
                    return 1024 * long.Parse(line.AsSpan(6, line.Length - 6 - 3), NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // It ended while its status was read.
        }
        return 0;
    }

    /// <summary>Makes VmHWM what is resident now, so that the next peak is that of the next work (proc(5), clear_refs).</summary>
    public static void ForgetPeak(int process)
    {
        try
        {
            File.WriteAllText($"/proc/{process}/clear_refs", "5");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Where that is forbidden the peak is that of the process so far: never too small.
        }
    }

    /// <summary>Everything written so far is on the disk: what one program left to be written does not slow the next.</summary>
    public static void FlushDisks() => sync();

    public static void Signal(int process, int signal) => _ = kill(process, signal);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int getrusage(int who, [Out] long[] usage);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, [Out] long[] time);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int kill(int process, int signal);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void sync();
}
