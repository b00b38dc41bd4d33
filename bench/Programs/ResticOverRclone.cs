using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>restic, with its repository behind "rclone serve restic" on loopback.</summary>
internal sealed class ResticOverRclone : IBackupProgram
{
    public const string Called = "restic to rclone serve restic";

    private readonly string _work;
    private readonly string _folder;
    private readonly Bounds _bounds;
    private readonly Server _server;
    private readonly string _restic = Peers.Find("restic");

    public ResticOverRclone(string work, string folder, Bounds bounds)
    {
        (_work, _folder, _bounds) = (work, folder, bounds);
        var repository = Directory.CreateDirectory(Path.Join(work, "repository")).FullName;
        _server = Server.Start(port => new(Peers.Find("rclone"), "serve", "restic", repository, "--addr", $"127.0.0.1:{port}", "--config", Path.Join(work, "rclone.conf"), "--log-level", "ERROR"), "/", bounds.Stop);
        try
        {
            Run("init");
        }
        catch
        {
            _server.Dispose();
            throw;
        }
    }

    public string Name => Called;

    public Sample Backup() => Run("backup", _folder);

    public Sample Restore(string into) => Run("restore", "latest", "--target", into);

    public (Sample Sample, string File)? RestoreOne(string name, string into)
    {
        var path = Path.Join(_folder, name);
        return (Run("restore", "latest", "--target", into, "--include", path), Path.Join(into, path));
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    private Sample Run(params string[] arguments) => new Command(_restic, ["-r", $"rest:{_server.Url}/", "--quiet", .. arguments])
    {
        Environment = new Dictionary<string, string> { ["RESTIC_PASSWORD"] = "bench", ["RESTIC_CACHE_DIR"] = Path.Join(_work, "cache") },
    }.Run(_bounds, _server).Sample;
}
