using System.Diagnostics;

namespace Candor.Tests;

/// <summary>Waits for what another thread or program brings about by itself. By the clock and patiently: a busy machine is slow, not wrong.</summary>
internal static class Eventually
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1), s_pause = TimeSpan.FromMilliseconds(50);

    /// <returns>False: it did not hold within a minute.</returns>
    public static async Task<bool> HoldsAsync(Func<Task<bool>> holds)
    {
        for (var watch = Stopwatch.StartNew(); !await holds(); await Task.Delay(s_pause))
        {
            if (watch.Elapsed > s_patience) return false;
        }
        return true;
    }

    /// <inheritdoc cref="HoldsAsync(Func{Task{bool}})"/>
    public static Task<bool> HoldsAsync(Func<bool> holds) => HoldsAsync(() => Task.FromResult(holds()));
}
