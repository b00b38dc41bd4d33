using System.Globalization;
using System.Security.Cryptography;
using Candor.Audit;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Search;

namespace Candor.Cli.Commands;

/// <summary>The files that an audit reads: recordings with packets, dumps of messages, what the owner knows.</summary>
internal sealed class AuditReading
{
    private const int MaxPhoto = 64 << 20;

    private readonly Layering _layering = new();
    private readonly AuditRun _run;
    private readonly DumpRun _dumps;
    private readonly Dictionary<string, string> _digests = [];

    public AuditReading(MessageRun messages, string[] owners)
    {
        messages.Join(_layering);
        _run = new(_layering, [.. owners.Select(o => Address.TryRead(o)!.Value)]);
        _dumps = new(messages, _layering);
    }

    /// <summary>SHA-256 of each file as it lies on the disk, in hex, by its name.</summary>
    public IReadOnlyDictionary<string, string> Digests => _digests;

    public DumpRun? Dumps => _dumps.Files.Count > 0 ? _dumps : null;

    /// <exception cref="UsageException">One of them is nothing that can be read here.</exception>
    public AuditResult Read(IEnumerable<string> captures, CancellationToken cancel)
    {
        foreach (string capture in captures)
        {
            string name = Path.GetFileName(capture);
            using var file = Open(capture);
            if (!_run.TryRead(file, name, cancel))
            {
                using var again = Open(capture);
                if (!_dumps.TryRead(again, name)) throw new UsageException($"{capture} is no recording that can be read here: it is neither pcap, pcapng, HAR nor a dump of mitmproxy. Nothing was read from it.");
            }
            using var whole = Open(capture);
            _digests[name] = Convert.ToHexStringLower(SHA256.HashData(whole));
        }
        return _run.Finish();
    }

    private static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);

    /// <summary>The owner's values, with the photos that the file names.</summary>
    /// <exception cref="UsageException">It has faults; each is named.</exception>
    public static NeedleSet Owner(string path, out IReadOnlyList<string> missing)
    {
        var owner = OwnerFile.Read(Text(path, OwnerFile.MaxLength), out var faults) ?? throw Faulty(path, faults);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var photos = new Dictionary<string, byte[]>();
        List<string> gone = [];
        foreach (var photo in owner.Values.Where(v => v.Kind == OwnerKind.Photo))
        {
            var file = new FileInfo(Path.Combine(folder, photo.Text));
            if (file is { Exists: true, Length: <= MaxPhoto }) photos[photo.Text] = File.ReadAllBytes(file.FullName);
            else gone.Add(photo.Text);
        }
        missing = gone;
        return NeedleSet.Of(owner, photos);
    }

    public static string Text(string path, int most)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length > most) throw new UsageException(string.Create(CultureInfo.InvariantCulture, $"{path} is longer than {most >> 20} MiB: that is more than can be read here."));
        return File.ReadAllText(path);
    }

    public static UsageException Faulty(string path, IReadOnlyList<OwnerFault> faults) =>
        new($"{path} has faults, and nothing was looked for:\n{string.Join('\n', faults.Take(20).Select(f => $"  {f}"))}");
}
