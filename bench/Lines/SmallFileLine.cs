using Candor.Bench.Loads;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>Very many small files of which none has changed.</summary>
internal static class SmallFileLine
{
    public const string Line = "small-files";

    public static IEnumerable<LineResult> Of(Run run)
    {
        var folder = run.Place.Load($"small-files-{run.Sizes.SmallFiles}", path => ManySmall.Notes(Path.Join(path, "notes"), run.Sizes.SmallFiles, seed: 1, run.Report));
        var look = Run.LookAt(folder);
        var everyone = new List<IBackupProgram>();
        var samples = new Dictionary<string, List<Sample>>();
        var first = new List<Measured>();
        try
        {
            everyone.Add(new CandorBackup(run.Built, run.Place.Fresh("candor"), folder, "notes", run.Bounds));
            everyone.Add(new ResticOverRclone(run.Place.Fresh("restic"), folder, run.Bounds));
            everyone.Add(new Rsync(run.Place.Fresh("rsync"), folder, run.Bounds));
            run.Tell("small files, first backup of everyone");
            foreach (var who in everyone)
                first.Add(new(who.Name, [who.Backup()]));
            for (var round = 0; round < run.Repeat; round++)
            {
                run.Tell($"small files, nothing changed, round {round + 1} of {run.Repeat}");
                Run.InTurn(round, [.. everyone.Select(Action (who) => () =>
                {
                    if (!samples.TryGetValue(who.Name, out var list))
                        samples[who.Name] = list = [];
                    list.Add(who.Backup());
                })]);
            }
        }
        finally
        {
            foreach (var who in everyone)
                who.Dispose();
        }
        yield return new(Line, $"first backup of {run.Sizes.SmallFiles:#,0} files of 1 KiB (once, no target)")
        {
            Measured = first,
            Floor = new(run.Floors.OfSending((long)run.Sizes.SmallFiles * ManySmall.NoteBytes).Seconds + look, "a look at each file, the bytes"),
            Remarks = ["first writes of many small files vary too much here to be compared by wall time"],
        };
        var measured = everyone.Select(who => new Measured(who.Name, samples[who.Name])).ToList();
        yield return new(Line, $"{run.Sizes.SmallFiles:#,0} files of 1 KiB, nothing changed")
        {
            Measured = measured,
            Floor = new(run.Floors.Start + look, "a program's start, a look at each file"),
            Goals = [Goal.Faster(5, measured[0], measured[1])],
        };
    }
}
