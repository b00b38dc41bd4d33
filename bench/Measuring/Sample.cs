namespace Candor.Bench.Measuring;

/// <summary>One run of one program.</summary>
/// <param name="Wall">Seconds from before its start to its end.</param>
/// <param name="ClientCpu">Seconds of CPU, user and system, of the program and what it started.</param>
/// <param name="ServerCpu">The same of the server it talked to, meanwhile; 0 where there is none.</param>
/// <param name="ClientPeak">Bytes of the most resident memory it had at once.</param>
/// <param name="ServerPeak">The same of the server, meanwhile.</param>
internal readonly record struct Sample(double Wall, double ClientCpu, double ServerCpu, long ClientPeak, long ServerPeak)
{
    public double Cpu => ClientCpu + ServerCpu;
}

/// <summary>All runs of one program on one line of the table. Times are medians, memory is the most of any run.</summary>
/// <param name="Name">Who.</param>
/// <param name="Samples">In the order in which they ran; at least one.</param>
internal sealed record Measured(string Name, IReadOnlyList<Sample> Samples)
{
    public double Wall => Median(Samples.Select(s => s.Wall));

    public double ClientCpu => Median(Samples.Select(s => s.ClientCpu));

    public double ServerCpu => Median(Samples.Select(s => s.ServerCpu));

    /// <summary>Of both sides: the median of the sums, not the sum of the medians.</summary>
    public double Cpu => Median(Samples.Select(s => s.Cpu));

    public long ClientPeak => Samples.Max(s => s.ClientPeak);

    public long ServerPeak => Samples.Max(s => s.ServerPeak);

    public double Least => Samples.Min(s => s.Wall);

    public double Most => Samples.Max(s => s.Wall);

    /// <summary>The middle one; of an even number the mean of the two in the middle.</summary>
    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        if (sorted.Length == 0)
            throw new ArgumentException("There is no median of nothing.", nameof(values));
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
