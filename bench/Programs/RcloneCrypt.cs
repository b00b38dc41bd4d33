using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>rclone's crypt over a folder of the same disk: sealed file by file, no server and no history.</summary>
internal sealed class RcloneCrypt : IBackupProgram
{
    public const string Called = "rclone crypt";

    private readonly string _work;
    private readonly string _folder;
    private readonly Bounds _bounds;
    private readonly string _rclone = Peers.Find("rclone");

    public RcloneCrypt(string work, string folder, Bounds bounds)
    {
        (_work, _folder, _bounds) = (work, folder, bounds);
        var password = new Command(_rclone, "obscure", "bench").Run(bounds).Output.Trim();
        var sealedFiles = Directory.CreateDirectory(Path.Join(work, "sealed")).FullName;
        File.WriteAllText(Path.Join(work, "rclone.conf"), $"[sealed]\ntype = crypt\nremote = {sealedFiles}\npassword = {password}\n");
    }

    public string Name => Called;

    public Sample Backup() => Run("sync", _folder, "sealed:");

    public Sample Restore(string into) => Run("copy", "sealed:", into);

    public (Sample Sample, string File)? RestoreOne(string name, string into)
    {
        var file = Path.Join(into, "one");
        return (Run("copyto", "sealed:" + name, file), file);
    }

    public void Dispose() => Directory.Delete(_work, recursive: true);

    private Sample Run(params string[] arguments) => new Command(_rclone, [.. arguments, "--config", Path.Join(_work, "rclone.conf"), "--log-level", "ERROR"]).Run(_bounds).Sample;
}
