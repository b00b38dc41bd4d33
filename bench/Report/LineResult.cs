using Candor.Bench.Measuring;

namespace Candor.Bench.Report;

/// <summary>A figure taken earlier on this kind of machine, of a program that this run does not start.</summary>
/// <param name="Name">Of the program.</param>
/// <param name="Figure">As it was written down.</param>
internal sealed record Recorded(string Name, string Figure);

/// <summary>What no program doing this work can go below on this machine.</summary>
internal sealed record Floor(double Seconds, string Part);

/// <summary>One row of the table: a piece of work, everyone who did it, and whether ours reached its targets.</summary>
/// <param name="Line">The name by which it is asked for.</param>
/// <param name="Work">In words.</param>
internal sealed record LineResult(string Line, string Work)
{
    /// <summary>Ours first.</summary>
    public IReadOnlyList<Measured> Measured { get; init; } = [];

    public IReadOnlyList<Recorded> Recorded { get; init; } = [];

    public Floor? Floor { get; init; }

    public IReadOnlyList<Goal> Goals { get; init; } = [];

    /// <summary>What a reader must know to read the figures right.</summary>
    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Why it could not be measured.</summary>
    public string? Trouble { get; init; }
}
