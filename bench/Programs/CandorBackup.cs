using System.Text.Json;
using Candor.Bench.Measuring;

namespace Candor.Bench.Programs;

/// <summary>Ours: a new server, a new account, and a device that has one kind turned on.</summary>
internal sealed class CandorBackup : IBackupProgram
{
    public const string Called = "candor";

    private readonly Built _built;
    private readonly Server _server;
    private readonly string _words;
    private readonly string _work;
    private readonly Bounds _bounds;

    public CandorBackup(Built built, string work, string folder, string kind, Bounds bounds)
    {
        (_built, _work, _bounds) = (built, work, bounds);
        _server = built.Serve(Path.Join(work, "server"), bounds.Stop);
        try
        {
            LeavesPreviews = Helps("backup", "--no-previews");
            _words = Path.Join(work, "words");
            File.WriteAllText(_words, new Command(built.Client, "words").Run(bounds).Output);
            First = new(this, "device", folder);
            First.Run("join", _server.Url, "--words-from", _words, "--name", "bench", "--yes");
            First.Run("on", kind, "--yes");
        }
        catch
        {
            _server.Dispose();
            throw;
        }
        Kind = kind;
    }

    public string Name => Called;

    /// <summary>The device that founded the account.</summary>
    public Device First { get; }

    public string Kind { get; }

    /// <summary>A second device of the same account, let in by the words.</summary>
    public Device Another(string folder)
    {
        var device = new Device(this, "another", folder);
        device.Run("recover", _server.Url, "--words-from", _words, "--name", "another", "--yes");
        device.Run("on", Kind, "--yes");
        return device;
    }

    /// <summary>Whether <see cref="Backup"/> makes no previews, as nobody else does.</summary>
    public bool LeavesPreviews { get; }

    public Sample Backup() => First.Transfer(LeavesPreviews ? ["backup", First.Folder, "--no-previews"] : ["backup", First.Folder]);

    public Sample Restore(string into) => First.Run("restore", into, "--quiet").Sample;

    public (Sample Sample, string File)? RestoreOne(string name, string into)
    {
        if (!Helps("restore", "--only"))
            return null;
        return (First.Run("restore", into, "--only", name, "--quiet").Sample, Path.Join(into, name));
    }

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    /// <summary>Whether the command has the option: the bench measures what was published, which may be older than the bench.</summary>
    private bool Helps(string command, string option) => new Command(_built.Client, command, "--help").Run(_bounds).Output.Contains(option, StringComparison.Ordinal);

    /// <summary>A home of candor's, and the folder that is kept.</summary>
    internal sealed class Device(CandorBackup owner, string name, string folder)
    {
        private readonly string _home = Path.Join(owner._work, name);

        public string Folder => folder;

        public string Ledger => Path.Join(_home, "ledger.jsonl");

        public (Sample Sample, string Output) Run(params string[] arguments) => new Command(owner._built.Client, [.. arguments, "--home", _home]).Run(owner._bounds, owner._server);

        public Sample Sync() => Transfer("sync", folder);

        /// <exception cref="BenchException">Something in the folder is not safe: what was measured was not the whole work.</exception>
        public Sample Transfer(params string[] arguments)
        {
            var (sample, output) = Run([.. arguments, "--json", "--quiet"]);
            using var report = JsonDocument.Parse(output);
            long seen = report.RootElement.GetProperty("seen").GetInt64(), safe = report.RootElement.GetProperty("safe").GetInt64();
            if (seen == 0 || safe != seen)
                throw new BenchException($"candor {arguments[0]}: {safe} of {seen} safe.");
            return sample;
        }
    }
}
