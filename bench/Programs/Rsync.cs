using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>rsync to a folder of the same disk: nothing is sealed. The measure for what a look at many files costs.</summary>
internal sealed class Rsync(string work, string folder, Bounds bounds) : IBackupProgram
{
    public const string Called = "rsync (nothing sealed)";

    private readonly string _copy = Path.Join(work, "copy");
    private readonly string _rsync = Peers.Find("rsync");

    public string Name => Called;

    public Sample Backup() => Run(folder + "/", _copy);

    public Sample Restore(string into) => Run(_copy + "/", into);

    public (Sample Sample, string File)? RestoreOne(string name, string into) => (Run(Path.Join(_copy, name), into), Path.Join(into, Path.GetFileName(name)));

    public void Dispose() => Directory.Delete(work, recursive: true);

    private Sample Run(string from, string to) => new Command(_rsync, "-a", from, to).Run(bounds).Sample;
}
