using System.Security.Cryptography;
using Candor.Bench.Loads;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>A camera roll: first backup, nothing new, new photos, everything back, one photo back.</summary>
/// <remarks>
/// A round: 1. everyone begins with an empty repository. 2. Step by step, everyone in turn: back up; back up again; back up after new photos came; restore; restore one.
/// 3. What was restored is compared with the folder, byte for byte, outside the time. 4. All is removed.
/// </remarks>
internal static class PhotoLines
{
    public const string Line = "photos";

    private const long AboutOnePhoto = 1_000_000;

    private enum Step
    {
        First,
        Unchanged,
        New,
        Restore,
        One,
    }

    private static readonly string[] Everyone = [CandorBackup.Called, ResticOverRclone.Called, RcloneCrypt.Called, Rsync.Called];

    public static IEnumerable<LineResult> Of(Run run)
    {
        var roll = run.Place.Load($"camera-roll-{run.Sizes.Photos}-{run.Sizes.Videos}", path => CameraRoll.Write(Path.Join(path, "photos"), seed: 1, run.Report, run.Sizes.Photos, run.Sizes.Videos));
        var added = Path.Join(roll, "photos", "new");
        var samples = new Samples();
        var bytes = BytesIn(roll);
        var look = Run.LookAt(roll);
        for (var round = 0; round < run.Repeat; round++)
        {
            run.Tell($"photos, round {round + 1} of {run.Repeat}");
            try
            {
                Round(run, roll, added, round, samples);
            }
            finally
            {
                if (Directory.Exists(added))
                    Directory.Delete(added, recursive: true);
            }
        }

        Measured Who(Step step, string name) => new(name, samples[(step, name)]);
        LineResult Result(Step step, string work, (double, string) floor, params IReadOnlyList<Goal> goals)
        {
            return new(Line, work) { Measured = [.. Everyone.Where(name => samples.ContainsKey((step, name))).Select(name => Who(step, name))], Floor = new(floor.Item1, floor.Item2), Goals = goals };
        }
        Goal Faster(double times, Step step, string than) => Goal.Faster(times, Who(step, CandorBackup.Called), Who(step, than));
        var newBytes = run.Sizes.NewPhotos * AboutOnePhoto;
        var idle = run.Floors.Start + look;

        string[] previews = [samples.MakesPreviews ? "previews are in candor's time: this candor cannot leave them out" : "candor makes no previews here (backup --no-previews), as nobody else does"];

        yield return Result(Step.First, $"first backup of {Figures.Short(bytes / 1e9)} GB of photos and videos, server on loopback", run.Floors.OfSending(bytes),
            Faster(2.2, Step.First, ResticOverRclone.Called), Goal.CpuShare(0.45, Who(Step.First, CandorBackup.Called), Who(Step.First, ResticOverRclone.Called))) with
        {
            Remarks = previews,
        };
        yield return Result(Step.Unchanged, "the same again, nothing changed", (idle, "a program's start, a look at each file"), Faster(6, Step.Unchanged, ResticOverRclone.Called));
        yield return Result(Step.New, $"{run.Sizes.NewPhotos} new photos", (idle + run.Floors.OfSending(newBytes).Seconds, "a program's start, a look at each file, the new bytes"),
            Faster(1, Step.New, ResticOverRclone.Called), Faster(1, Step.New, RcloneCrypt.Called)) with
        {
            Remarks = previews,
        };
        yield return Result(Step.Restore, "restore everything", run.Floors.OfFetching(bytes), Faster(2.5, Step.Restore, ResticOverRclone.Called));
        if (samples.ContainsKey((Step.One, CandorBackup.Called)))
            yield return Result(Step.One, "restore one photo", (run.Floors.Start, "a program's start"), Faster(8, Step.One, ResticOverRclone.Called));
        else
            yield return Result(Step.One, "restore one photo", default) with { Trouble = "this candor has no restore --only" };
    }

    private static void Round(Run run, string roll, string added, int round, Samples samples)
    {
        var everyone = new List<IBackupProgram>();
        try
        {
            everyone.Add(new CandorBackup(run.Built, run.Place.Fresh(CandorBackup.Called), roll, "photos", run.Bounds));
            everyone.Add(new ResticOverRclone(run.Place.Fresh("restic"), roll, run.Bounds));
            everyone.Add(new RcloneCrypt(run.Place.Fresh("rclone"), roll, run.Bounds));
            everyone.Add(new Rsync(run.Place.Fresh("rsync"), roll, run.Bounds));

            void Each(Step step, Func<IBackupProgram, Sample> work) => Run.InTurn(round, [.. everyone.Select(Action (who) => () => samples.Add(step, who, work(who)))]);

            Each(Step.First, who => who.Backup());
            Each(Step.Unchanged, who => who.Backup());
            AddPhotos(run, added);
            Each(Step.New, who => who.Backup());
            var expected = ContentsOf(roll);
            var one = Directory.GetFiles(added, "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First();
            var name = Path.GetRelativePath(roll, one);
            Each(Step.Restore, who =>
            {
                var into = run.Place.Fresh("restored");
                var sample = who.Restore(into);
                if (!ContentsOf(into).SequenceEqual(expected))
                    throw new BenchException($"What {who.Name} restored is not what was backed up.");
                Directory.Delete(into, recursive: true);
                return sample;
            });
            Run.InTurn(round, [.. everyone.Select(Action (who) => () => RestoreOne(run, who, name, one, samples))]);
        }
        finally
        {
            foreach (var who in everyone)
                who.Dispose();
        }
    }

    private static void RestoreOne(Run run, IBackupProgram who, string name, string original, Samples samples)
    {
        var into = run.Place.Fresh("one");
        if (who.RestoreOne(name, into) is { } restored)
        {
            if (!File.Exists(restored.File) || !File.ReadAllBytes(restored.File).AsSpan().SequenceEqual(File.ReadAllBytes(original)))
                throw new BenchException($"The photo that {who.Name} restored is not the one that was backed up.");
            samples.Add(Step.One, who, restored.Sample);
        }
        Directory.Delete(into, recursive: true);
    }

    /// <summary>Photos of another seed: nobody has seen a byte of them.</summary>
    private static void AddPhotos(Run run, string added)
    {
        CameraRoll.Write(added, seed: 2, TextWriter.Null, run.Sizes.NewPhotos, videos: 0);
        foreach (var copy in Directory.GetFiles(added, "*.edited.jpg", SearchOption.AllDirectories))
            File.Delete(copy);
    }

    private static long BytesIn(string folder) => new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>The hash of every file, sorted: what was restored is right wherever it lies.</summary>
    private static List<string> ContentsOf(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).AsParallel().Select(path =>
        {
            using var file = File.OpenRead(path);
            return Convert.ToHexString(SHA256.HashData(file));
        }).Order(StringComparer.Ordinal),
    ];

    private sealed class Samples : Dictionary<(Step, string), List<Sample>>
    {
        public bool MakesPreviews { get; set; }

        public void Add(Step step, IBackupProgram who, Sample sample)
        {
            if (!TryGetValue((step, who.Name), out var list))
                this[(step, who.Name)] = list = [];
            list.Add(sample);
        }
    }
}
