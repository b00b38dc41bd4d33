using Candor.Bench.Measuring;

namespace Candor.Bench.Report;

/// <summary>A target of the table, and what was measured against it.</summary>
/// <param name="Text">The target in words.</param>
/// <param name="Value">What was measured.</param>
/// <param name="Limit">What it has to reach, or to stay under.</param>
/// <param name="Reach">True: at least the limit is good. False: at most.</param>
/// <param name="Unit">Of both.</param>
internal sealed record Goal(string Text, double Value, double Limit, bool Reach, string Unit)
{
    /// <summary>False too where the value is no number: nothing was measured.</summary>
    public bool Met => Reach ? Value >= Limit : Value <= Limit;

    public string Verdict => Met ? "met" : "missed";

    /// <summary>The peer's wall time is so many times ours.</summary>
    public static Goal Faster(double times, Measured ours, string peer, double peerWall) =>
        new(times == 1 ? $"faster than {peer}" : $"≥ {Figures.Short(times)} x faster than {peer}", peerWall / ours.Wall, times, true, "x");

    public static Goal Faster(double times, Measured ours, Measured peer) => Faster(times, ours, peer.Name, peer.Wall);

    /// <summary>Our CPU, client and server, as a part of the peer's, client and server.</summary>
    public static Goal CpuShare(double share, Measured ours, Measured peer) =>
        new($"≤ {Figures.Short(share)} of the CPU of {peer.Name}, both sides", ours.Cpu / peer.Cpu, share, false, "of it");

    /// <summary>Our wall time is at most so many times the peer's.</summary>
    public static Goal Within(double times, Measured ours, Measured peer) =>
        new($"within {Figures.Short(times)} x of {peer.Name}", ours.Wall / peer.Wall, times, false, "x");

    public static Goal AtMostSeconds(double limit, double seconds) => new($"≤ {Figures.Milliseconds(limit)} ms", seconds * 1000, limit * 1000, false, "ms");

    public static Goal Rate(double perSecond, string text, double items, Measured ours) => new(text, items / ours.Wall, perSecond, true, "/s");

    public static Goal Memory(string side, long bytes, string peer, long limit) => new($"{side}: no more than {peer}", bytes / 1e6, limit / 1e6, false, "MB");
}
