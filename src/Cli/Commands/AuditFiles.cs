using System.Security.Cryptography;
using Candor.Audit;
using Candor.Audit.Captures;
using Candor.Audit.Claims;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Ledgers;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;

namespace Candor.Cli.Commands;

/// <summary>The files of an audit: what the owner knows, what was claimed, where countries are told, and recordings, from the disk into the engine that never opens one itself.</summary>
internal sealed class AuditFiles
{
    /// <summary>Where Debian's package publicsuffix has it.</summary>
    internal const string SystemSuffixes = "/usr/share/publicsuffix/public_suffix_list.dat";

    /// <summary>What candor history --export puts behind the log's name, for the key that its checkpoint is signed with.</summary>
    internal const string ServerKeyBeside = ".key";

    private const long MostText = 64L << 20, MostData = 1L << 30, MostPhoto = 256L << 20;

    private readonly List<string> _missing = [];

    public OwnerFile? Owner { get; private set; }

    public NeedleSet? Needles { get; private set; }

    public ClaimsFile? Claims { get; private set; }

    public AccountLogFile? AccountLog { get; private set; }

    public Atlas Atlas { get; private set; } = Atlas.Empty;

    /// <summary>Where data sets are looked for: beside the device's files, for a person puts them there once.</summary>
    public static string DataFolder(Session session) => Path.Combine(session.Home, "audit-data");

    /// <param name="session">Of this run.</param>
    /// <param name="owner">The owner file; null: what is on no list is looked for alone.</param>
    /// <param name="claims">A claims file, or "2014" for the one that is shipped; null: none.</param>
    /// <param name="countries">Data sets beside those of the folder.</param>
    public static AuditFiles Open(Session session, string? owner, string? claims, IReadOnlyList<string> countries)
    {
        var files = new AuditFiles();
        if (owner is not null)
        {
            files.Owner = OwnerFile.Read(Text(owner), out var faults) ?? throw Faulty(owner, faults);
            files.Needles = NeedleSet.Of(files.Owner, files.Photos(owner));
        }
        if (claims == "2014") files.Claims = ClaimsFile.Of2014();
        else if (claims is not null) files.Claims = ClaimsFile.Read(Text(claims), out var faults) ?? throw Faulty(claims, faults);
        files.Atlas = AtlasOf(session, countries);
        return files;
    }

    /// <summary>Reads when its owner agreed to what.</summary>
    /// <param name="path">Of the account log.</param>
    /// <param name="device">Whose consents count, its id or the beginning of it; null: those of all devices.</param>
    /// <param name="serverKey">The server's key, or a file that holds it; null: that of the file beside the log, or none.</param>
    public void ReadAccountLog(string path, string? device, string? serverKey)
    {
        string beside = path + ServerKeyBeside;
        string? text = serverKey is null ? File.Exists(beside) ? Text(beside) : null : File.Exists(serverKey) ? Text(serverKey) : serverKey;
        if (new FileInfo(path).Length > MostText) throw new UsageException($"{path} is longer than {MostText >> 20} MiB.");
        AccountLog = AccountLogFile.Read(File.ReadAllBytes(path), device, out string? fault, text?.Trim(), serverKey is null ? $"which lay beside the log in {Path.GetFileName(beside)}: whoever made one could make the other" : "which whoever ran the audit gave") ?? throw new UsageException($"{path} is no log of an account that holds: {fault}. A device writes its own with candor history --export FILE.");
    }

    /// <summary>Reads recordings in their order, and looks at what they hold.</summary>
    /// <param name="captures">Paths.</param>
    /// <param name="owners">The phone's addresses; none: they are judged.</param>
    /// <param name="messages">Looks.</param>
    /// <param name="keys">Secrets of connections; those that a recording brings along are added.</param>
    /// <param name="names">What a path is called in the report; null: its file name.</param>
    /// <param name="wire">Writes down every request; null: nobody does.</param>
    /// <param name="cancel">Stops between packets.</param>
    /// <returns>What they hold, and the SHA-256 of each by its file name, taken while they were read.</returns>
    public static (AuditResult Captures, DumpRun Dumps, IReadOnlyDictionary<string, string> Digests) Read(
        IReadOnlyList<string> captures, IReadOnlyList<Address> owners, MessageRun messages, KeyLog keys, IReadOnlyDictionary<string, string>? names, WireRequests? wire, CancellationToken cancel)
    {
        var layering = new Layering();
        messages.Join(layering);
        wire?.Join(layering);
        Decryption.AddTo(layering, keys);
        var run = new AuditRun(layering, owners)
        {
            Secrets = secrets =>
            {
                if (secrets.Type == CaptureSecrets.TlsKeyLog) keys.Add(secrets.Bytes.Span);
            },
        };
        var dumps = new DumpRun(messages, layering);
        var digests = new Dictionary<string, Task<string>>();
        foreach (string capture in captures)
        {
            digests.TryAdd(Path.GetFileName(capture), Task.Run(() => Digest(capture), cancel));
            string name = names?.GetValueOrDefault(capture) ?? Path.GetFileName(capture);
            using var file = new FileStream(capture, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
            if (run.TryRead(file, name, cancel)) continue;
            if (file.Length == 0) throw new UsageException($"{capture} is empty: nothing was recorded into it, or the recorder had no right to write.");
            file.Position = 0;
            if (!dumps.TryRead(file, name)) throw new UsageException($"{capture} is no recording that can be read here: it is neither pcap nor pcapng, no HAR file and no flow dump of mitmproxy. Nothing was read from it.");
        }
        return (run.Finish(), dumps, digests.ToDictionary(d => d.Key, d => d.Value.GetAwaiter().GetResult()));
    }

    /// <summary>Key logs of TLS (SSLKEYLOGFILE).</summary>
    /// <exception cref="UsageException">A file holds no secret.</exception>
    public static KeyLog KeysOf(IReadOnlyList<string> paths)
    {
        var keys = new KeyLog();
        foreach (string path in paths)
        {
            int before = keys.Taken + keys.Repeated;
            using (var file = File.OpenRead(path)) keys.Add(file);
            if (keys.Taken + keys.Repeated == before) throw new UsageException($"{path} holds no key of a connection. A key log has lines such as CLIENT_RANDOM, a number, a secret; browsers write one where SSLKEYLOGFILE says.");
        }
        return keys;
    }

    /// <summary>Holds a client's ledger against recordings that were read.</summary>
    /// <param name="path">Of the ledger.</param>
    /// <param name="name">What it is called in the report; null: its file name.</param>
    /// <param name="result">Of the recordings.</param>
    /// <param name="wire">Their requests.</param>
    /// <param name="alone">Nothing but the client sent anything.</param>
    public static ReportLedger Reconcile(string path, string? name, AuditResult result, WireRequests wire, bool alone)
    {
        if (result.Files.Count == 0) throw new UsageException("A ledger is held against packets, and none of these files has any: a proxy's dump does not say what else was sent.");
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var ledger = LedgerFile.Read(file);
        if (ledger.Lines == 0) throw new UsageException($"{path} is no ledger: its first line is not one. A device has it as {Client.Devices.DeviceHome.LedgerFileOf("…")}.");
        return ReportLedger.Of(new Reconciler(result, wire, ledger, alone).Run(), name ?? Path.GetFileName(path), Digest(path));
    }

    public Report Report(Session session, IReadOnlyDictionary<string, string> digests, AuditResult result, DumpRun dumps, MessageRun messages, ReportLedger? ledger, bool showValues) => new ReportMaker(messages, Atlas)
    {
        ShowValues = showValues,
        Made = session.Clock.GetUtcNow(),
        Needles = Needles,
        Claims = Claims,
        Marks = [.. Owner?.Marks ?? [], .. AccountLog?.Marks ?? []],
        AccountLog = AccountLog,
        MissingPhotos = _missing,
        Ledger = ledger,
        Digests = digests,
    }.Make(result.Files.Count > 0 ? result : null, dumps);

    public MessageRun Search() => new(Needles, RandomNumberGenerator.GetBytes(Finding.SaltSize));

    public static string Digest(string path)
    {
        using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    /// <summary>A report, or null where the file is something else.</summary>
    public static Report? TryReport(string path)
    {
        using (var file = File.OpenRead(path))
        {
            if (file.Length > MostData || file.ReadByte() is not ('{' or 0xEF)) return null;
        }
        return Candor.Audit.Reports.Report.Read(File.ReadAllBytes(path));
    }

    private Dictionary<string, byte[]> Photos(string owner)
    {
        var photos = new Dictionary<string, byte[]>();
        string folder = Path.GetDirectoryName(Path.GetFullPath(owner))!;
        foreach (var value in Owner!.Values.Where(v => v.Kind == OwnerKind.Photo))
        {
            string path = Path.Combine(folder, value.Text);
            if (File.Exists(path) && new FileInfo(path).Length <= MostPhoto) photos[value.Text] = File.ReadAllBytes(path);
            else _missing.Add(value.Text);
        }
        return photos;
    }

    private static Atlas AtlasOf(Session session, IReadOnlyList<string> countries)
    {
        List<CountrySource> sources = [];
        var networks = Shipped.Networks;
        var suffixes = PublicSuffixes.Short;
        string folder = DataFolder(session);
        string[] found = Directory.Exists(folder) ? [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)] : [];
        foreach (string path in found.Concat(countries))
        {
            if (new FileInfo(path).Length > MostData) throw new UsageException($"{path} is longer than {MostData >> 20} MiB: it is no data set of countries.");
            string date = File.GetLastWriteTimeUtc(path).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
            if (Path.GetFileName(path) == "public_suffix_list.dat") suffixes = PublicSuffixes.Read(File.ReadAllText(path), $"the Public Suffix List (MPL-2.0), file of {date}") ?? suffixes;
            else if (NetworksIn(path) is { } others) networks = others;
            else if (CountrySource.Read(File.ReadAllBytes(path), Path.GetFileName(path), date) is { } source) sources.Add(source);
            else if (countries.Contains(path)) throw new UsageException($"{path} says of no address in which country it is. It may be lines of \"first,last,country\", delegation statistics of a registry, or a MaxMind DB.");
        }
        if (suffixes == PublicSuffixes.Short && File.Exists(SystemSuffixes))
            suffixes = PublicSuffixes.Read(File.ReadAllText(SystemSuffixes), $"the Public Suffix List (MPL-2.0) of this system, file of {File.GetLastWriteTimeUtc(SystemSuffixes):yyyy-MM-dd}") ?? suffixes;
        // One that a person brought takes the place of the shipped one that has its name.
        return new([.. Shipped.Countries.Where(s => !sources.Exists(o => o.Name == s.Name)), .. sources], suffixes, networks);
    }

    /// <summary>A newer file of networks, in the form of those within the program; null: the file is something else.</summary>
    internal static NetworkSource? NetworksIn(string path)
    {
        using (var file = File.OpenRead(path))
        {
            byte[] start = new byte[RangePack.Magic.Length];
            if (file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan().SequenceEqual(RangePack.Magic)) return null;
        }
        return RangePack.TryOpen(new MemoryStream(File.ReadAllBytes(path), writable: false)) is { Says: "announced" } pack ? new(pack) : null;
    }

    private static string Text(string path) => new FileInfo(path).Length <= MostText ? File.ReadAllText(path) : throw new UsageException($"{path} is longer than {MostText >> 20} MiB.");

    private static UsageException Faulty(string path, IReadOnlyList<OwnerFault> faults) =>
        new($"{path} was not understood, so nothing was read.\n{string.Join('\n', faults.Take(20).Select(f => $"  {f}"))}");
}
