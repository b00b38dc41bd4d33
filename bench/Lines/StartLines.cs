using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>How soon a program is there: the client that says its version, the server that answers.</summary>
internal static class StartLines
{
    public const string Version = "version", Start = "start";

    private const double FirstAnswer = 0.300;

    /// <summary>A start takes milliseconds, so each round is many.</summary>
    private const int StartsARound = 20;

    public static IEnumerable<LineResult> OfVersion(Run run)
    {
        var (ours, theirs) = (new Command(run.Built.Client, "--version"), new Command(Peers.Find("restic"), "version"));
        List<Sample> candor = [], restic = [];
        for (var round = 0; round < run.Repeat * StartsARound; round++)
            Run.InTurn(round, () => candor.Add(ours.Run(run.Bounds).Sample), () => restic.Add(theirs.Run(run.Bounds).Sample));
        var measured = new[] { new Measured("candor --version", candor), new Measured("restic version", restic) };
        yield return new(Version, "candor --version")
        {
            Measured = measured,
            Floor = new(run.Floors.Start, "/bin/true"),
            Goals = [Goal.Faster(1, measured[0], measured[1])],
        };
    }

    public static IEnumerable<LineResult> OfServer(Run run)
    {
        var starts = new List<Sample>();
        for (var round = 0; round < run.Repeat * 3; round++)
        {
            var data = run.Place.Fresh("start");
            Kernel.FlushDisks();
            using (var server = run.Built.Serve(Path.Join(data, "server"), run.Bounds.Stop))
                starts.Add(new(server.FirstAnswer, 0, server.Cpu, 0, server.Peak));
            Directory.Delete(data, recursive: true);
        }
        var measured = new Measured("candor-server", starts);
        yield return new(Start, "server start to first answer")
        {
            Measured = [measured],
            Floor = new(run.Floors.Start, "/bin/true"),
            Goals = [Goal.AtMostSeconds(FirstAnswer, measured.Wall)],
            Remarks = ["each start is on an empty data folder: the key and the database are made in it"],
        };
    }
}
