using System.Security.Cryptography;
using System.Text;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Gate;
using Candor.Client.PublicLog;
using Candor.Shelf.Tuf;
using Candor.Shelf.Updates;

namespace Candor.Client.Shelf;

/// <summary>A file that a shelf lists for somebody to fetch, verified down to the words of its keeper.</summary>
/// <param name="Path">On the shelf.</param>
/// <param name="File">Its name.</param>
/// <param name="Version">For people.</param>
/// <param name="Notes">What is new, in the keeper's words; may be empty, may have several lines.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256, hex.</param>
/// <param name="IsNew">False once <see cref="UpdateShelf.MarkSeen"/> was told of it.</param>
public abstract record ShelfFile(string Path, string File, string Version, string Notes, long Size, string Hash, bool IsNew);

/// <summary>An update of a phone's system.</summary>
/// <param name="Path">On the shelf.</param>
/// <param name="File">Of the zip.</param>
/// <param name="Device">The phone that it is for.</param>
/// <param name="Channel">stable, nightly …</param>
/// <param name="Version">For people.</param>
/// <param name="Build">Number of the build.</param>
/// <param name="From">Number of the build that it starts from; null: from any.</param>
/// <param name="Built">When.</param>
/// <param name="Patch">Security patch level, YYYY-MM-DD, or null.</param>
/// <param name="Notes">What is new, in the keeper's words; may be empty, may have several lines.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256, hex.</param>
/// <param name="IsNew">False once <see cref="UpdateShelf.MarkSeen"/> was told of it.</param>
public sealed record AvailableUpdate(
    string Path, string File, string Device, string Channel, string Version, string Build, string? From, DateTimeOffset Built, string? Patch, string Notes, long Size, string Hash, bool IsNew)
    : ShelfFile(Path, File, Version, Notes, Size, Hash, IsNew);

/// <summary>A release of a program.</summary>
/// <param name="Path">On the shelf.</param>
/// <param name="File">Its name.</param>
/// <param name="Program">candor, candor-server …</param>
/// <param name="System">What it runs on: linux-x64 …</param>
/// <param name="Version">For people.</param>
/// <param name="Notes">What is new, in the keeper's words.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256, hex.</param>
/// <param name="IsNew">False once <see cref="UpdateShelf.MarkSeen"/> was told of it.</param>
public sealed record AvailableProgram(string Path, string File, string Program, string System, string Version, string Notes, long Size, string Hash, bool IsNew)
    : ShelfFile(Path, File, Version, Notes, Size, Hash, IsNew);

/// <summary>What a shelf has.</summary>
/// <param name="Updates">Of phones' systems.</param>
/// <param name="Programs">Releases of programs.</param>
/// <param name="Strange">Entries that this program cannot read.</param>
public sealed record ShelfCatalogue(IReadOnlyList<AvailableUpdate> Updates, IReadOnlyList<AvailableProgram> Programs, int Strange);

/// <summary>A first root, before anybody trusts it.</summary>
/// <param name="Fingerprint">SHA-256 of what is signed, hex: what the keepers saw when they signed it.</param>
/// <param name="Keys">Keys that can sign roots.</param>
/// <param name="Threshold">How many of them must.</param>
/// <param name="Bytes">The file.</param>
public sealed record FirstRoot(string Fingerprint, int Keys, int Threshold, ReadOnlyMemory<byte> Bytes);

/// <summary>The updates of a shelf as a device sees them: it fetches the whole catalogue and chooses here, so the server is not told for which phone. Holds the device's folder until it is disposed; no account is needed.</summary>
/// <remarks>In the device's folder, below shelf/: address, relay (where one is used), trusted/ (verified metadata), schedule, seen, greetings/ (packs). All refusals are <see cref="ShelfException"/> or <see cref="ServerRefusedException"/>, and replace nothing.</remarks>
public sealed partial class UpdateShelf : IDisposable
{
    private readonly DeviceHome _home;
    private readonly Ledger _ledger;
    private readonly Gate.Gate _gate;
    private readonly TimeProvider _clock;
    private readonly Uri? _relay;
    private PublicDoor? _door;
    private TufClient? _client;

    private UpdateShelf(DeviceHome home, Ledger ledger, TimeProvider clock, Uri? relay)
    {
        _relay = relay;
        _home = home;
        _ledger = ledger;
        _gate = new(ledger);
        _clock = clock;
    }

    private string Folder => Path.Combine(_home.Path, "shelf");

    private string AddressFile => Path.Combine(Folder, "address");

    private string RelayFile => Path.Combine(Folder, "relay");

    private string SeenFile => Path.Combine(Folder, "seen");

    private TrustedMetadata Trusted => ShelfApi.Trusted(Path.Combine(Folder, "trusted"));

    /// <summary>Whose shelf is trusted; null: none yet.</summary>
    public Uri? Server => File.Exists(AddressFile) && Uri.TryCreate(File.ReadAllText(AddressFile).Trim(), UriKind.Absolute, out var server) ? server : null;

    /// <summary>Through which relay it is asked; null: the server is asked itself.</summary>
    public Uri? Relay => _relay ?? (File.Exists(RelayFile) && Uri.TryCreate(File.ReadAllText(RelayFile).Trim(), UriKind.Absolute, out var relay) ? relay : null);

    /// <summary>The shelf that this device trusts; a device that trusts none gets no folder, no ledger and no lock by asking.</summary>
    /// <exception cref="DeviceException">None is trusted, another process holds the folder, or it cannot be written.</exception>
    public static UpdateShelf OpenTrusted(string home, TimeProvider clock, Uri? relay = null) =>
        File.Exists(Path.Combine(home, "shelf", "address")) ? Open(home, clock, relay) : throw new DeviceException("No shelf is trusted on this device yet: candor updates trust SERVER");

    /// <summary>The same where a first shelf is to be trusted.</summary>
    /// <exception cref="DeviceException">Another process holds the folder, or it cannot be written.</exception>
    public static UpdateShelf Open(string home, TimeProvider clock, Uri? relay = null)
    {
        var held = DeviceHome.Hold(home);
        try
        {
            return new(held, Ledger.Open(held.LedgerFile, clock), clock, relay);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Fetches the first root of a server's shelf, for somebody to look at.</summary>
    public async Task<FirstRoot> AskAsync(Uri server, CancellationToken cancel) => await Refusable(async () =>
        Read(await new ShelfApi(await DoorAsync(server, _relay, cancel)).GetMetadataAsync("1.root.json", Candor.Shelf.ShelfLimits.Root, cancel) ?? throw new ShelfException($"{server.Authority} has no shelf.")));

    /// <summary>A first root that came by hand.</summary>
    public static FirstRoot Read(ReadOnlyMemory<byte> bytes)
    {
        if (!TufClient.TryLook(bytes.Span, out string fingerprint, out int keys, out int threshold)) throw new ShelfException("That is no root of a shelf, or it is not signed by enough of its own keys. Nothing was changed.");
        return new(fingerprint, keys, threshold, bytes);
    }

    /// <summary>From here on what this root leads to is believed, and nothing else. What another shelf was trusted with before is forgotten.</summary>
    public void Trust(Uri server, FirstRoot root)
    {
        Directory.CreateDirectory(Folder);
        File.Delete(AddressFile);
        string trusted = Path.Combine(Folder, "trusted");
        if (Directory.Exists(trusted)) Directory.Delete(trusted, recursive: true);
        File.Delete(SeenFile);
        File.Delete(RelayFile);
        if (_relay is not null) DurableFile.Write(RelayFile, Encoding.UTF8.GetBytes(_relay.AbsoluteUri + "\n"));
        TufClient.Begin(Trusted, root.Bytes.Span);
        // Last: a shelf has an address only where it has a root.
        DurableFile.Write(AddressFile, Encoding.UTF8.GetBytes(server.AbsoluteUri + "\n"));
    }

    /// <summary>Brings the catalogue up to date and lists it: updates by device and channel, the newest first; programs by name and system.</summary>
    public async Task<ShelfCatalogue> RefreshAsync(CancellationToken cancel) => await Refusable(async () =>
    {
        _client = await FreshAsync(cancel);
        var seen = Seen();
        var updates = await ListAsync(UpdateEntry.Prefix, (target, hash) => !UpdateEntry.TryRead(target.Path, target.Custom.Span, out var e) ? null
            : new AvailableUpdate(target.Path, e.File, e.Device, e.Channel, e.Version, e.Incremental, e.From, DateTimeOffset.FromUnixTimeSeconds(e.Built), e.Patch, e.Notes, target.Length, hash, !seen.Contains(hash)));
        var programs = await ListAsync(ProgramEntry.Prefix, (target, hash) => !ProgramEntry.TryRead(target.Path, target.Custom.Span, out var e) ? null
            : new AvailableProgram(target.Path, e.File, e.Program, e.System, e.Version, e.Notes, target.Length, hash, !seen.Contains(hash)));
        return new ShelfCatalogue(
            [.. updates.Read.OrderBy(u => u.Device, StringComparer.Ordinal).ThenBy(u => u.Channel, StringComparer.Ordinal).ThenByDescending(u => u.Built).ThenBy(u => u.Path, StringComparer.Ordinal)],
            [.. programs.Read.OrderBy(p => p.Program, StringComparer.Ordinal).ThenBy(p => p.System, StringComparer.Ordinal).ThenBy(p => p.File, StringComparer.Ordinal)], updates.Strange + programs.Strange);

        // What is fetched is known by its SHA-256; a target without one is nobody's.
        async Task<(List<T> Read, int Strange)> ListAsync<T>(string prefix, Func<ShelfTarget, string, T?> read) where T : ShelfFile
        {
            var listed = await _client.ListAsync(prefix, cancel);
            var known = listed.Select(t => t.Hashes.TryGetValue("sha256", out string? hash) ? read(t, hash) : null).OfType<T>().ToList();
            return (known, listed.Count - known.Count);
        }
    });

    /// <summary>They are not new any more.</summary>
    public void MarkSeen(IEnumerable<ShelfFile> updates)
    {
        var seen = Seen();
        int before = seen.Count;
        seen.UnionWith(updates.Select(u => u.Hash));
        if (seen.Count > before) DurableFile.Write(SeenFile, Encoding.ASCII.GetBytes(string.Concat(seen.Order(StringComparer.Ordinal).Select(h => h + "\n"))));
    }

    /// <summary>Looks for an update in the public log of the shelf's server: what is made for one victim alone is in no log that others read.</summary>
    /// <exception cref="ShelfException">It is not there: an alarm.</exception>
    /// <exception cref="LogAlarmException">The log shows what no honest one does, or too few of the witnesses that the policy asks for have signed.</exception>
    /// <exception cref="ServerRefusedException">The server has no log, or does not answer.</exception>
    public async Task CheckLogAsync(ShelfFile update, CancellationToken cancel)
    {
        if (!(await LoggedAsync(cancel))(update.Path, update.Size, update.Hash))
            throw new ShelfException($"{update.File} is signed by the shelf's keepers, and the public log of {Server!.Authority} does not have it: it may have been made for you alone. It was not fetched.", isAlarm: true);
    }

    /// <summary>Fetches an update into a folder, going on with what came before; it has its name only when length, hash, zip, payload and the keeper's words agree.</summary>
    /// <param name="update">Of the last <see cref="RefreshAsync"/>.</param>
    /// <param name="folder">Where it goes; it is made where it is missing.</param>
    /// <param name="progress">Bytes that are here.</param>
    /// <param name="cancel">Cancels; what came stays.</param>
    /// <returns>The file's path.</returns>
    public async Task<string> DownloadAsync(ShelfFile update, string folder, IProgress<long>? progress, CancellationToken cancel) => await Refusable(async () =>
    {
        var client = _client ?? throw new InvalidOperationException("Refresh first.");
        var target = await client.FindAsync(update.Path, cancel);
        if (target is null || target.Hashes.GetValueOrDefault("sha256") != update.Hash || InspectorOf(target) is not { } inspect) throw new ShelfException($"{update.File} is not on the shelf any more.");
        string file = Path.Combine(Directory.CreateDirectory(folder).FullName, update.File);
        await (await ApiAsync(cancel)).DownloadAsync(target, file, inspect, progress, cancel);
        return file;
    });

    /// <summary>When a device that waits asks.</summary>
    public ShelfSchedule Schedule()
    {
        Directory.CreateDirectory(Folder);
        return ShelfSchedule.Open(Path.Combine(Folder, "schedule"));
    }

    public void Dispose()
    {
        _gate.Dispose();
        _ledger.Dispose();
        _home.Dispose();
    }

    /// <summary>What looks through a file that has its length and hash: a package of a phone has to be one; of a program nothing is unpacked here. Null: the entry is of another form.</summary>
    private static Func<Stream, string?>? InspectorOf(ShelfTarget target) =>
        UpdateEntry.TryRead(target.Path, target.Custom.Span, out var entry) ? stream => Inspect(stream, entry) : ProgramEntry.TryRead(target.Path, target.Custom.Span, out _) ? _ => null : null;

    private static string? Inspect(Stream zip, UpdateEntry entry)
    {
        if (!OtaPackage.TryRead(zip, out var package, out string wrong)) return wrong;
        return entry.Describes(package) ? null : "The package says something else of itself than the shelf's keeper says of it.";
    }

    /// <summary>The catalogue's metadata as it is now, verified.</summary>
    private async Task<TufClient> FreshAsync(CancellationToken cancel)
    {
        var client = new TufClient((await ApiAsync(cancel)).GetMetadataAsync, Trusted, _clock.GetUtcNow());
        await client.RefreshAsync(cancel);
        return client;
    }

    /// <summary>Visits the public log, all of it that is new, by the policy that this device keeps for it.</summary>
    /// <returns>Whether it has a file of the shelf, by path, bytes and SHA-256 in hex.</returns>
    private async Task<Func<string, long, string, bool>> LoggedAsync(CancellationToken cancel)
    {
        var server = Trusting();
        var visit = new LogVisit(await DoorAsync(server, Relay, cancel), new LogMemory(_home.Path, server), _clock);
        try
        {
            await visit.RunAsync(cancel);
        }
        catch (ServerRefusedException e) when (e.Name == ServerRefusedException.NoLog)
        {
            throw new ServerRefusedException(e.Name, $"{e.Message} So nothing shows that others are given the same; nothing was fetched. To go by the keepers' signatures alone: --unlogged", e);
        }
        var files = visit.Facts.Where(f => f.Entry.Type == "shelf").SelectMany(f => f.Entry.Files).Select(f => (f.Path, f.Size, f.Hash.ToString())).ToHashSet();
        return (path, size, hash) => files.Contains((path, size, hash));
    }

    private async Task<ShelfApi> ApiAsync(CancellationToken cancel) => new(await DoorAsync(Trusting(), Relay, cancel));

    /// <summary>The server itself, or a relay whose key its public log has.</summary>
    private async Task<PublicDoor> DoorAsync(Uri server, Uri? relay, CancellationToken cancel) =>
        _door ??= relay is null ? new(_gate, server) : await LogCheck.ThroughRelayAsync(_home.Path, _gate, server, relay, Purpose.Shelf, _clock, cancel);

    private Uri Trusting() => Server ?? throw new ShelfException("What this device keeps of its shelf is damaged. Trust it again: candor updates trust SERVER");

    private HashSet<string> Seen() => File.Exists(SeenFile) ? [.. File.ReadAllLines(SeenFile).Where(l => l.Length == SHA256.HashSizeInBytes * 2)] : new(StringComparer.Ordinal);

    private static async Task<T> Refusable<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (ShelfRefusedException refusal)
        {
            throw new ShelfException(refusal);
        }
    }
}
