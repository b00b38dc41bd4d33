using System.Security.Cryptography;
using System.Text;
using Candor.Shelf.Tuf;
using Candor.Shelf.Updates;

namespace Candor.Server.Shelf;

/// <summary>Who may sign a role: public keys, as files, and how many of them must.</summary>
public sealed record ShelfSigners(IReadOnlyList<byte[]> PublicKeys, int Threshold);

/// <summary>The folder of a shelf, as its keeper writes it: <c>metadata/</c> and <c>targets/</c> are served, <c>keys/</c> holds the two online keys, <c>draft/</c> what waits for signatures.</summary>
/// <remarks>
/// A draft is a file of metadata that too few have signed; it is carried to the offline keys and back (<see cref="SignDraft"/>). <see cref="Publish"/> takes those that enough have signed. It writes in the order in
/// which a reader's way back is safe: files, roles, snapshot, and the timestamp last; a crash before leaves the shelf as it was. One writer at a time: the caller holds the lock. What is
/// refused throws <see cref="InvalidOperationException"/> with a sentence for the keeper.
/// </remarks>
/// <param name="folder">Of the shelf.</param>
/// <param name="write">Puts bytes under a path so that a crash leaves the old file or the new one; the file is for its owner only where the path is below keys/.</param>
/// <param name="copy">Copies a file to a path, with the same promise.</param>
/// <param name="clock">For dates of expiry.</param>
public sealed class ShelfRepository(string folder, Action<string, byte[]> write, Action<string, string> copy, TimeProvider clock)
{
    /// <summary>The delegated role and what it may speak for.</summary>
    public const string Packs = "packs", PackPaths = "packs/*";

    private const string Spec = "1.0.34";

    private static readonly string[] PackPatterns = [PackPaths];

    private static readonly TimeSpan RootLife = TimeSpan.FromDays(365), TargetsLife = TimeSpan.FromDays(180), SnapshotLife = TimeSpan.FromDays(30), TimestampLife = TimeSpan.FromDays(3);

    private string Metadata => Path.Combine(folder, "metadata");

    private string Draft => Path.Combine(folder, "draft");

    private string Keys => Path.Combine(folder, "keys");

    /// <summary>Begins: makes the online keys, and drafts of the first root, targets and packs.</summary>
    /// <returns>Paths of the drafts that wait for signatures.</returns>
    public IReadOnlyList<string> Init(ShelfSigners root, ShelfSigners targets, ShelfSigners packs)
    {
        if (Directory.Exists(Metadata) || Directory.Exists(Draft)) throw new InvalidOperationException($"There is a shelf in {folder} already.");
        var delegations = DelegationsOf(ReadKeys(packs), packs.Threshold);
        WriteDraft("1.root.json", RootObject(1, ReadKeys(root), root.Threshold, ReadKeys(targets), targets.Threshold, MakeOnlineKey("snapshot"), MakeOnlineKey("timestamp")));
        WriteDraft("1.targets.json", TargetsObject(1, TufJson.Of()).With("delegations", delegations));
        WriteDraft("1.packs.json", TargetsObject(1, TufJson.Of()));
        return Drafts();
    }

    /// <summary>A draft of the next root with other keys, or the same ones for another year. Null keeps what is; a threshold of 0 keeps the threshold.</summary>
    /// <returns>The draft's path. It needs the old threshold of the old keys and the new one of the new keys.</returns>
    public string RotateRoot(ShelfSigners? root, ShelfSigners? targets, bool online)
    {
        var current = CurrentRoot();
        var signed = current.File.Signed;
        var roles = current.Roles;
        var (rootKeys, rootThreshold) = Next(TufRoot.Root, root);
        var (targetKeys, targetThreshold) = Next(TufRoot.Targets, targets);
        var snapshot = online ? MakeOnlineKey("snapshot") : roles[TufRoot.Snapshot].Keys.Values.First();
        var timestamp = online ? MakeOnlineKey("timestamp") : roles[TufRoot.Timestamp].Keys.Values.First();
        string name = $"{signed["version"].Number + 1}.root.json";
        WriteDraft(name, RootObject(current.File.Head.Version + 1, rootKeys, rootThreshold, targetKeys, targetThreshold, snapshot, timestamp));
        return Path.Combine(Draft, name);

        (IReadOnlyList<TufKey>, int) Next(string role, ShelfSigners? signers)
        {
            if (signers is null) return ([.. roles[role].Keys.Values], (int)roles[role].Threshold);
            if (signers.Threshold == 0) signers = signers with { Threshold = (int)roles[role].Threshold };
            return (ReadKeys(signers), signers.Threshold);
        }
    }

    /// <summary>Drafts with other keys for the packs: of the targets, which name them, and of the packs, which the new ones sign. A threshold of 0 keeps the threshold.</summary>
    /// <returns>The drafts' paths.</returns>
    public IReadOnlyList<string> RotatePacks(ShelfSigners packs)
    {
        if (packs.Threshold == 0) packs = packs with { Threshold = (int)(RoleOf(Packs) ?? throw new InvalidOperationException("The shelf has no packs.")).Threshold };
        var keys = ReadKeys(packs);
        var (targets, targetsName) = NextOf(TufRoot.Targets);
        WriteDraft(targetsName, targets.With("delegations", DelegationsOf(keys, packs.Threshold)));
        var (content, packsName) = NextOf(Packs);
        WriteDraft(packsName, content);
        return [Path.Combine(Draft, targetsName), Path.Combine(Draft, packsName)];
    }

    /// <summary>Adds a signature to a draft, which may stand on a machine that has nothing else of the shelf.</summary>
    /// <param name="draft">The file's bytes.</param>
    /// <param name="key">Whose signature.</param>
    /// <param name="says">What the file is, in a sentence, for who signs it.</param>
    /// <exception cref="InvalidOperationException">It is no metadata.</exception>
    public static byte[] SignDraft(byte[] draft, ShelfKey key, out string says)
    {
        string type = TufJson.TryParse(draft, out var value) ? value["signed"]["_type"].Text ?? "" : "";
        if (!TufFile.TryParse(draft, type, out var file, out string wrong)) throw new InvalidOperationException($"The draft {wrong}.");
        says = $"{type}, version {file.Head.Version}, good until {TufFile.Time(file.Head.Expires)}, SHA-256 {Convert.ToHexStringLower(SHA256.HashData(file.Canonical))}";
        return TufFile.Write(file.Signed, new Dictionary<string, string>(file.Signatures, StringComparer.Ordinal) { [key.Id] = key.Sign(file.Canonical) });
    }

    /// <summary>Puts a file on the shelf, in a draft of its role: <c>packs</c> for paths that it may speak for, else <c>targets</c>. It is not served before <see cref="Publish"/>.</summary>
    /// <returns>The draft's path.</returns>
    public string Add(string path, string file, ReadOnlySpan<byte> custom)
    {
        if (path.Split('/').Any(p => p is "" or "." or ".." || TufClient.Escape(p) != p)) throw new InvalidOperationException($"{path} is no path of a shelf: letters, digits and -_.~ between single slashes.");
        string hash;
        long length;
        using (var stream = File.OpenRead(file))
        {
            hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            length = stream.Length;
        }
        var details = TufJson.Of(("length", length), ("hashes", TufJson.Of(("sha256", hash))));
        if (custom.Length > 0) details = TufJson.TryParse(custom, out var value) ? details.With("custom", value) : throw new InvalidOperationException("What stands beside the file is no JSON.");
        // Canonical JSON has them as they are, and then it is no JSON that anybody reads.
        if (TufJson.Write(details).AsSpan().ContainsAnyInRange((byte)0, (byte)0x1F)) throw new InvalidOperationException("What stands beside the file has control characters.");
        string role = TufPattern.Matches(PackPaths, path) ? Packs : TufRoot.Targets;
        var (signed, name) = NextOf(role);
        WriteDraft(name, signed.With("targets", signed["targets"].With(path, details)));
        var target = new ShelfTarget(path, length, new Dictionary<string, string> { ["sha256"] = hash }, default);
        // The name is the hash: a file that is there is this one.
        string place = PlaceOf(Draft, target);
        if (File.Exists(place) || File.Exists(PlaceOf(folder, target))) return Path.Combine(Draft, name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        copy(file, place);
        return Path.Combine(Draft, name);
    }

    /// <summary>Takes a file off the shelf, in a draft of its role. Its bytes stay where they are: a client that was told of them before may be fetching them.</summary>
    /// <returns>The draft's path.</returns>
    public string Remove(string path)
    {
        var (signed, name) = NextOf(TufPattern.Matches(PackPaths, path) ? Packs : TufRoot.Targets);
        var left = new Dictionary<string, TufValue>(signed["targets"].Object!, StringComparer.Ordinal);
        if (!left.Remove(path)) throw new InvalidOperationException($"{path} is not on the shelf, nor in a draft of it.");
        WriteDraft(name, signed.With("targets", new(left)));
        return Path.Combine(Draft, name);
    }

    /// <summary>The updates that the current targets list.</summary>
    public IReadOnlyList<ShelfUpdate> Updates()
    {
        var found = new List<ShelfUpdate>();
        if (Newest(TufRoot.Root) is null || CurrentTargets(TufRoot.Targets) is not { } targets) return found;
        foreach (string path in targets.Listed.Keys.Order(StringComparer.Ordinal))
        {
            var target = targets.Find(path)!;
            if (UpdateEntry.TryRead(path, target.Custom.Span, out var entry)) found.Add(new(entry, target));
        }
        return found;
    }

    /// <summary>All files that the current targets and packs list, by their paths.</summary>
    public IReadOnlyList<ShelfTarget> Listed() => Newest(TufRoot.Root) is null ? []
        : [.. ((string[])[TufRoot.Targets, Packs]).Select(CurrentTargets).OfType<TufTargets>().SelectMany(t => t.Listed.Keys.Select(p => t.Find(p)!)).OrderBy(t => t.Path, StringComparer.Ordinal)];

    /// <summary>What the current targets say of a path; null: it is not on the shelf.</summary>
    public ShelfTarget? Find(string path) => Newest(TufRoot.Root) is null ? null : CurrentTargets(TufRoot.Targets)?.Find(path);

    /// <summary>Takes every draft that enough have signed, then a new snapshot and timestamp.</summary>
    /// <param name="release">Called for each file that becomes visible, before it does: it returns when the file is in the public log, or throws, and then nothing is published. Null: there is no log.</param>
    /// <returns>What was published and what still waits, a sentence each.</returns>
    public IReadOnlyList<string> Publish(Action<ShelfTarget>? release)
    {
        var said = new List<string>();
        AcceptRoots(said);
        AcceptTargets(said, release);
        var meta = TufJson.Of(("targets.json", MetaOf(TufRoot.Targets)), ("packs.json", MetaOf(Packs)));
        var old = Newest(TufRoot.Snapshot);
        long snapshot = (old?.Head.Version ?? 0) + 1;
        SignOnline($"{snapshot}.snapshot.json", TufRoot.Snapshot, Head(TufRoot.Snapshot, snapshot, SnapshotLife).With("meta", meta));
        Timestamp();
        said.Add($"Snapshot {snapshot} is published.");
        return said;
    }

    /// <summary>Signs the timestamp anew, and a snapshot that has less than half its life left. To be done before the timestamp's days are over.</summary>
    public DateTimeOffset Timestamp()
    {
        var snapshot = Newest(TufRoot.Snapshot) ?? throw new InvalidOperationException("Nothing is published yet.");
        long version = snapshot.Head.Version;
        if (snapshot.Head.Expires - clock.GetUtcNow() < SnapshotLife / 2 || !CurrentRoot().Roles[TufRoot.Snapshot].IsSignedBy(snapshot))
        {
            version++;
            SignOnline($"{version}.snapshot.json", TufRoot.Snapshot, Head(TufRoot.Snapshot, version, SnapshotLife).With("meta", snapshot.Signed["meta"]));
        }
        string path = Path.Combine(Metadata, "timestamp.json");
        long next = File.Exists(path) && TufTimestamp.TryParse(File.ReadAllBytes(path), out var old, out _) ? old.File.Head.Version + 1 : 1;
        var signed = Head(TufRoot.Timestamp, next, TimestampLife).With("meta", TufJson.Of(("snapshot.json", TufJson.Of(("version", version)))));
        SignOnline("timestamp.json", TufRoot.Timestamp, signed);
        return clock.GetUtcNow() + TimestampLife;
    }

    private void AcceptRoots(List<string> said)
    {
        foreach (string draft in Drafts().Where(d => d.EndsWith(".root.json", StringComparison.Ordinal)))
        {
            byte[] bytes = File.ReadAllBytes(draft);
            if (!TufRoot.TryParse(bytes, out var root, out string wrong)) throw new InvalidOperationException($"{draft} {wrong}.");
            bool old = root.File.Head.Version == 1 || (Newest(TufRoot.Root) is not null && CurrentRoot().Roles[TufRoot.Root].IsSignedBy(root.File));
            if (!old || !root.Roles[TufRoot.Root].IsSignedBy(root.File))
            {
                said.Add($"{Path.GetFileName(draft)} waits for signatures.");
                continue;
            }
            Accept(draft, bytes);
            said.Add($"Root {root.File.Head.Version} is published.");
        }
        if (Newest(TufRoot.Root) is null) throw new InvalidOperationException("The first root waits for signatures: candor-server shelf root sign.");
        // Also where a run before ended between the root and its keys.
        TakeOnlineKeys(CurrentRoot());
    }

    private void AcceptTargets(List<string> said, Action<ShelfTarget>? release)
    {
        foreach (string role in (string[])[TufRoot.Targets, Packs])
        {
            foreach (string draft in Drafts().Where(d => d.EndsWith($".{role}.json", StringComparison.Ordinal)))
            {
                byte[] bytes = File.ReadAllBytes(draft);
                if (!TufTargets.TryParse(bytes, out var targets, out string wrong)) throw new InvalidOperationException($"{draft} {wrong}.");
                if (RoleOf(role) is not { } signers || !signers.IsSignedBy(targets.File))
                {
                    said.Add($"{Path.GetFileName(draft)} waits for signatures.");
                    continue;
                }
                var before = CurrentTargets(role);
                var fresh = targets.Listed.Keys.Select(p => targets.Find(p)!).Where(t => before?.Find(t.Path)?.Hash != t.Hash).ToList();
                foreach (var target in fresh) release?.Invoke(target);
                foreach (var target in fresh) Show(target);
                Accept(draft, bytes);
                said.Add($"{role}, version {targets.File.Head.Version}, is published.");
            }
        }
    }

    /// <summary>From here on the file can be fetched. One that another path showed already is there.</summary>
    private void Show(ShelfTarget target)
    {
        string from = PlaceOf(Draft, target), to = PlaceOf(folder, target);
        if (File.Exists(to)) return;
        if (!File.Exists(from)) throw new InvalidOperationException($"{target.Path} is listed and its file is gone: add it again.");
        using (var stream = File.OpenRead(from))
        {
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != target.Hash) throw new InvalidOperationException($"{target.Path} changed while it was copied: add it again.");
        }
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Move(from, to);
    }

    private static string PlaceOf(string below, ShelfTarget target) => Path.Combine([below, "targets", .. target.FileName(target.Hash).Split('/')]);

    private void Accept(string draft, byte[] bytes)
    {
        Directory.CreateDirectory(Metadata);
        write(Path.Combine(Metadata, Path.GetFileName(draft)), bytes);
        File.Delete(draft);
    }

    private TufRole? RoleOf(string role) => role == Packs ? CurrentTargets(TufRoot.Targets)?.Delegations.FirstOrDefault(d => d.Name == Packs)?.Role : CurrentRoot().Roles[role];

    private TufTargets? CurrentTargets(string role) => Newest(role) is { } file && TufTargets.TryParse(TufFile.Write(file.Signed, file.Signatures), out var targets, out _) ? targets : null;

    private TufRoot CurrentRoot()
    {
        var file = Newest(TufRoot.Root) ?? throw new InvalidOperationException($"There is no shelf in {folder}: candor-server shelf init.");
        return TufRoot.TryParse(TufFile.Write(file.Signed, file.Signatures), out var root, out string wrong) ? root : throw new InvalidOperationException($"The newest root {wrong}.");
    }

    /// <summary>The draft of a role that waits, or one that follows what is published.</summary>
    private (TufValue Signed, string Name) NextOf(string role)
    {
        if (Drafts().FirstOrDefault(d => d.EndsWith($".{role}.json", StringComparison.Ordinal)) is { } draft && TufFile.TryParse(File.ReadAllBytes(draft), TufRoot.Targets, out var waiting, out _))
            return (waiting.Signed, Path.GetFileName(draft));
        var file = Newest(role) ?? throw new InvalidOperationException($"There is no shelf in {folder}: candor-server shelf init.");
        long version = file.Head.Version + 1;
        return (file.Signed.With("version", new(version)).With("expires", new(TufFile.Time(clock.GetUtcNow() + TargetsLife))), $"{version}.{role}.json");
    }

    private TufFile? Newest(string role)
    {
        if (!Directory.Exists(Metadata)) return null;
        string end = $".{role}.json";
        long newest = Directory.EnumerateFiles(Metadata, "*" + end).Select(f => long.TryParse(Path.GetFileName(f)[..^end.Length], System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out long v) ? v : 0).DefaultIfEmpty(0).Max();
        if (newest == 0) return null;
        string type = role == Packs ? TufRoot.Targets : role;
        string path = Path.Combine(Metadata, $"{newest}{end}");
        return TufFile.TryParse(File.ReadAllBytes(path), type, out var file, out string wrong) ? file : throw new InvalidOperationException($"{path} {wrong}.");
    }

    private TufValue MetaOf(string role) => TufJson.Of(("version", (Newest(role) ?? throw new InvalidOperationException($"{role} waits for signatures: candor-server shelf root sign.")).Head.Version));

    private void SignOnline(string name, string role, TufValue signed)
    {
        string path = Path.Combine(Keys, role + ".key");
        if (!ShelfKey.TryParse(File.ReadAllBytes(path), out var key)) throw new InvalidOperationException($"{path} is no key of a shelf.");
        using (key)
        {
            if (!CurrentRoot().Roles[role].Keys.ContainsKey(key.Id)) throw new InvalidOperationException($"{path} is not the key that the newest root names for {role}.");
            write(Path.Combine(Metadata, name), TufFile.Write(signed, new Dictionary<string, string> { [key.Id] = key.Sign(TufJson.Write(signed)) }));
        }
    }

    /// <summary>Makes a key under a name of its own; it becomes the role's when a root that names it is published.</summary>
    private TufKey MakeOnlineKey(string role)
    {
        Directory.CreateDirectory(Keys);
        using var key = ShelfKey.Make();
        string path = Path.Combine(Keys, role + ".key");
        write(File.Exists(path) ? Path.Combine(Keys, role + ".next") : path, key.Export());
        return key.Public;
    }

    private void TakeOnlineKeys(TufRoot root)
    {
        foreach (string role in (string[])[TufRoot.Snapshot, TufRoot.Timestamp])
        {
            string next = Path.Combine(Keys, role + ".next");
            if (!File.Exists(next) || !ShelfKey.TryParse(File.ReadAllBytes(next), out var key)) continue;
            using (key)
            {
                if (root.Roles[role].Keys.ContainsKey(key.Id)) File.Move(next, Path.Combine(Keys, role + ".key"), overwrite: true);
            }
        }
    }

    private List<string> Drafts() => Directory.Exists(Draft) ? [.. Directory.EnumerateFiles(Draft, "*.json").Order(StringComparer.Ordinal)] : [];

    private void WriteDraft(string name, TufValue signed)
    {
        Directory.CreateDirectory(Draft);
        write(Path.Combine(Draft, name), TufFile.Write(signed, new Dictionary<string, string>()));
    }

    private TufValue Head(string type, long version, TimeSpan life) => TufJson.Of(
        ("_type", type), ("spec_version", Spec), ("version", version), ("expires", TufFile.Time(clock.GetUtcNow() + life)));

    private TufValue TargetsObject(long version, TufValue targets) => Head(TufRoot.Targets, version, TargetsLife).With("targets", targets);

    private TufValue RootObject(long version, IReadOnlyList<TufKey> root, int rootThreshold, IReadOnlyList<TufKey> targets, int targetsThreshold, TufKey snapshot, TufKey timestamp) =>
        Head(TufRoot.Root, version, RootLife).With("consistent_snapshot", new(true)).With("keys", KeyObject([.. root, .. targets, snapshot, timestamp])).With("roles", TufJson.Of(
            (TufRoot.Root, RoleObject(root, rootThreshold)), (TufRoot.Targets, RoleObject(targets, targetsThreshold)),
            (TufRoot.Snapshot, RoleObject([snapshot], 1)), (TufRoot.Timestamp, RoleObject([timestamp], 1))));

    private static TufValue DelegationsOf(IReadOnlyList<TufKey> packs, int threshold) => TufJson.Of(
        ("keys", KeyObject(packs)),
        ("roles", new TufValue(new List<TufValue> { RoleObject(packs, threshold).With("name", new(Packs)).With("terminating", new(true)).With("paths", TufJson.List(PackPatterns)) })));

    private static TufValue KeyObject(IReadOnlyList<TufKey> keys) => TufJson.Of([.. keys.DistinctBy(k => k.Id).Select(k => (k.Id, (object?)k.Value))]);

    private static TufValue RoleObject(IReadOnlyList<TufKey> keys, int threshold) => TufJson.Of(("keyids", TufJson.List(keys.Select(k => k.Id))), ("threshold", (long)threshold));

    private static List<TufKey> ReadKeys(ShelfSigners signers)
    {
        var keys = signers.PublicKeys.Select(b => TufJson.TryParse(b, out var value) && value["keyval"]["private"].Value is null && TufKey.TryRead(value) is { } key
            ? key : throw new InvalidOperationException($"This is no public key of a shelf: {Encoding.UTF8.GetString(b.AsSpan(0, Math.Min(b.Length, 40)))}… Give the file that ends in .pub.")).DistinctBy(k => k.Id).ToList();
        if (signers.Threshold < 1 || signers.Threshold > keys.Count) throw new InvalidOperationException($"{signers.Threshold} of {keys.Count} different keys cannot sign: the threshold is from 1 to the number of keys.");
        return keys;
    }
}
