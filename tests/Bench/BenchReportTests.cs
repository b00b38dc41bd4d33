using Candor.Bench.Lines;
using Candor.Bench.Measuring;
using Candor.Bench.Report;

namespace Candor.Tests.Bench;

/// <summary>The arithmetic of the bench. It needs no peer and starts no program.</summary>
public sealed class BenchReportTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("candor-bench-");

    public void Dispose() => _folder.Delete(recursive: true);

    private static Measured Of(string name, params double[] walls) => new(name, [.. walls.Select(wall => new Sample(wall, wall / 2, wall / 4, (long)(wall * 10e6), (long)(wall * 5e6)))]);

    [Fact]
    public void TimesAreMediansAndMemoryIsTheMostOfAnyRun()
    {
        var measured = Of("candor", 9, 1, 2);
        Assert.Equal((2, 1, 0.5, 1.5), (measured.Wall, measured.ClientCpu, measured.ServerCpu, measured.Cpu));
        Assert.Equal((90_000_000, 45_000_000), (measured.ClientPeak, measured.ServerPeak));
        Assert.Equal((1, 9), (measured.Least, measured.Most));
        Assert.Equal(3, Measured.Median([4, 1, 2, 100]));
        Assert.Throws<ArgumentException>(() => Measured.Median([]));
    }

    [Fact]
    public void TheCpuOfBothSidesIsTheMedianOfTheSums()
    {
        var measured = new Measured("candor", [new(1, 1, 5, 0, 0), new(1, 2, 1, 0, 0), new(1, 3, 3, 0, 0)]);
        Assert.Equal(6, measured.Cpu);
        Assert.Equal((2, 3), (measured.ClientCpu, measured.ServerCpu));
    }

    [Theory]
    [InlineData(5.0, 2.2, "met")]
    [InlineData(5.1, 2.157, "missed")]
    public void FasterComparesThePeersWallWithOurs(double ours, double ratio, string verdict)
    {
        var goal = Goal.Faster(2.2, Of("candor", ours), Of("restic", 11));
        Assert.Equal((verdict, "≥ 2.2 x faster than restic"), (goal.Verdict, goal.Text));
        Assert.Equal(ratio, goal.Value, 3);
    }

    [Fact]
    public void TheOtherTargetsAreHeldFromTheirOwnSide()
    {
        var (ours, peer) = (Of("candor", 4), Of("restic", 8));
        Assert.Equal((0.5, false), (Goal.CpuShare(0.45, ours, peer).Value, Goal.CpuShare(0.45, ours, peer).Met));
        Assert.True(Goal.Within(0.5, ours, peer).Met);
        Assert.False(Goal.Within(0.49, ours, peer).Met);
        Assert.True(Goal.AtMostSeconds(0.003, 0.003).Met);
        Assert.False(Goal.AtMostSeconds(0.003, 0.0031).Met);
        Assert.True(Goal.Rate(11_020, "rate", 44_080, ours).Met);
        Assert.False(Goal.Rate(11_020, "rate", 44_079, ours).Met);
        Assert.False(Goal.Memory("client", 138_000_001, "restic's client", 138_000_000).Met);
    }

    [Fact]
    public void WhatWasNotMeasuredIsNeverMet()
    {
        Assert.Equal("missed", new Goal("≤ 3 ms", double.NaN, 3, Reach: false, "ms").Verdict);
        Assert.Equal("missed", new Goal("≥ 2 x", double.NaN, 2, Reach: true, "x").Verdict);
        var page = ResultPage.Summary([new("photos", "first backup") { Trouble = "restic ended with 1" }]);
        Assert.Contains("not measured", page, StringComparison.Ordinal);
    }

    [Fact]
    public void ALineShowsEveryoneTheFloorAndTheVerdict()
    {
        var (ours, peer) = (Of("candor", 5), Of("restic", 11));
        var page = ResultPage.Of(new LineResult("photos", "first backup")
        {
            Measured = [ours, peer],
            Recorded = [new("EteBase 0.11", "551/s")],
            Floor = new(2.5, "disk"),
            Goals = [Goal.Faster(2.2, ours, peer), Goal.CpuShare(0.45, ours, peer)],
            Remarks = ["a remark"],
        });
        Assert.Equal("""

            photos: first backup
            | program | wall s | least |  most | CPU s | client | server | client MB | server MB |
            |---------|-------:|------:|------:|------:|-------:|-------:|----------:|----------:|
            | candor  |  5.000 | 5.000 | 5.000 | 3.750 |  2.500 |  1.250 |        50 |        25 |
            """.ReplaceLineEndings("\n"),
            string.Join('\n', page.Split('\n').Take(5)));
        Assert.Contains("recorded, not measured here: EteBase 0.11: 551/s\n", page, StringComparison.Ordinal);
        Assert.Contains("floor 2.500 s (disk); candor takes 2 x that\n", page, StringComparison.Ordinal);
        Assert.Contains("  MET     ≥ 2.2 x faster than restic: 2.2 x\n  MISSED  ≤ 0.45 of the CPU of restic, both sides: 0.455 of it\n", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(0.4549, "0.455")]
    [InlineData(2.156, "2.16")]
    [InlineData(11.04, "11")]
    [InlineData(30.06, "30.1")]
    [InlineData(11_020.4, "11020")]
    [InlineData(double.NaN, "–")]
    public void AFigureHasThreeDigitsThatMeanSomething(double number, string text) => Assert.Equal(text, Figures.Short(number));

    [Fact]
    public void NoFloorIsAboveTheSumOfItsPartsNorBelowTheSlowest()
    {
        var floors = new Floors(Cores: 2, AesGcm: 5e9, Gmac: 9e9, Sha256: 2e9, Loopback: 3e9, RoundTrip: 1e-5, DiskWrite: 1e9, SmallFlush: 1e-4, Start: 1e-3);
        Assert.Equal((3, "disk"), floors.OfSending(3_000_000_000));
        Assert.Equal((0.6 + 3) / 2, (floors with { DiskWrite = 9e9 }).OfSending(3_000_000_000).Seconds, 9);
        Assert.Equal((0.6 + 1.5) / 2, (floors with { DiskWrite = 9e9, Loopback = 9e9 }).OfFetching(3_000_000_000).Seconds, 9);
    }

    [Fact]
    public void TheTimeOnTheWireIsFromTheFirstRequestToTheLastAnswerOfTheRun()
    {
        var ledger = Path.Join(_folder.FullName, "ledger.jsonl");
        File.WriteAllText(ledger, "{\"seq\":1,\"t\":\"2026-11-23T09:29:00.000Z\",\"ev\":\"out\"}\n");
        var before = new FileInfo(ledger).Length;
        Assert.Throws<BenchException>(() => LedgerSpan.Read(ledger, before));
        File.AppendAllText(ledger, """
            {"seq":2,"t":"2026-11-23T09:30:00.120Z","ev":"out","id":2}
            {"seq":3,"t":"2026-11-23T09:30:00.121Z","ev":"in","id":2}
            {"seq":4,"t":"2026-11-23T09:30:00.122Z","ev":"out","id":4}
            {"seq":5,"t":"2026-11-23T09:30:00.125Z","ev":"in","id":4}

            """.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
        Assert.Equal(0.005, LedgerSpan.Read(ledger, before), 9);
    }

    [Fact]
    public void ARunIsReadFromWhatIsTyped()
    {
        Assert.Equal(RunCommand.Names, RunCommand.Parse([])!.Lines);
        var quick = RunCommand.Parse(["version", "--quick"])!;
        Assert.Equal((1, true, "version"), (quick.Repeat, quick.Quick, Assert.Single(quick.Lines)));
        var whole = RunCommand.Parse(["photos", "contacts", "--repeat", "5", "--keep", "/var/tmp/bench"])!;
        Assert.Equal((5, false, "/var/tmp/bench", 2), (whole.Repeat, whole.Quick, whole.Keep, whole.Lines.Count));
        foreach (var wrong in new string[][] { ["fotos"], ["--repeat"], ["--repeat", "0"], ["--repeat", "x"], ["--keep"] })
            Assert.Null(RunCommand.Parse(wrong));
    }
}
