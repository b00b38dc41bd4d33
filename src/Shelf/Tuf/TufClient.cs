using System.Text;

namespace Candor.Shelf.Tuf;

/// <summary>The client of a TUF repository: the workflow of the TUF specification 1.0.34, section 5, whose step numbers stand beside the steps.</summary>
/// <remarks>
/// Asks by one delegate, keeps by another, reads no clock: the time of the run is given once (5.1), so that no answer can be waited past its expiry. What verified is kept at once, file by file,
/// as the specification says; what did not replaces nothing. One run at a time on one <see cref="TrustedMetadata"/>.
/// </remarks>
public sealed class TufClient(FetchMetadata fetch, TrustedMetadata trusted, DateTimeOffset now)
{
    private TufRoot _root = null!;
    private TufTimestamp? _timestamp;
    private TufSnapshot? _snapshot;
    private TufTargets? _targets;

    /// <summary>Takes a first root, which came with the program or by hand, into an empty place. Nothing is asked of anybody.</summary>
    /// <exception cref="ShelfRefusedException">It is no root, or not signed by itself.</exception>
    public static void Begin(TrustedMetadata trusted, ReadOnlySpan<byte> root)
    {
        ReadOwnRoot(root.ToArray());
        trusted.Write("root.json", root.ToArray());
    }

    /// <summary>What a first root is, for somebody who is to decide whether to trust it. False where it is no root, or not signed by itself; never throws.</summary>
    /// <param name="root">The file.</param>
    /// <param name="fingerprint">SHA-256 of what is signed, hex.</param>
    /// <param name="keys">That can sign roots.</param>
    /// <param name="threshold">How many of them must.</param>
    public static bool TryLook(ReadOnlySpan<byte> root, out string fingerprint, out int keys, out int threshold)
    {
        (fingerprint, keys, threshold) = ("", 0, 0);
        if (!TufRoot.TryParse(root, out var read, out _) || !read.Roles[TufRoot.Root].IsSignedBy(read.File)) return false;
        fingerprint = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(read.File.Canonical));
        (keys, threshold) = (read.Roles[TufRoot.Root].Keys.Count, (int)read.Roles[TufRoot.Root].Threshold);
        return true;
    }

    /// <summary>When the current timestamp ends; after a refresh.</summary>
    public DateTimeOffset Expires => (_timestamp ?? throw new InvalidOperationException("Refresh first.")).File.Head.Expires;

    /// <summary>Version of the current targets file; after a refresh.</summary>
    public long Version => (_targets ?? throw new InvalidOperationException("Refresh first.")).File.Head.Version;

    /// <summary>Brings the four roles up to date (5.2 to 5.6).</summary>
    /// <exception cref="ShelfRefusedException">Something was refused: what was trusted before still is.</exception>
    public async Task RefreshAsync(CancellationToken cancel)
    {
        await UpdateRootAsync(cancel);
        await UpdateTimestampAsync(cancel);
        await UpdateSnapshotAsync(cancel);
        _targets = await LoadTargetsAsync(TufRoot.Targets, _root.Roles[TufRoot.Targets], cancel);
    }

    /// <summary>Looks for a path through the targets file and the roles that it delegates to (5.6.7), which are fetched where they are needed.</summary>
    /// <returns>Null where no role that may speak for it lists it.</returns>
    /// <exception cref="ShelfRefusedException">A role on the way was refused.</exception>
    public async Task<ShelfTarget?> FindAsync(string path, CancellationToken cancel)
    {
        var top = _targets ?? throw new InvalidOperationException("Refresh first.");
        // In the order of the file, depth first; a role is looked into once. Each is verified by the keys of the one that leads to it now, whoever led to it before.
        var open = new Stack<TufDelegation?>([null]);
        var visited = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var next))
        {
            string name = next?.Name ?? TufRoot.Targets;
            if (!visited.Add(name)) continue;
            if (visited.Count > ShelfLimits.Delegations) throw Refuse(ShelfRefusal.TooLong, $"The search for {path} leads through more than {ShelfLimits.Delegations} roles.");
            var role = next is null ? top : await LoadTargetsAsync(next.Name, next.Role, cancel);
            if (role.Find(path) is { } target) return target;
            var deeper = new List<TufDelegation>();
            foreach (var delegation in role.Delegations.Where(d => d.Covers(path)))
            {
                deeper.Add(delegation);
                if (!delegation.Terminating) continue;
                open.Clear();
                break;
            }
            for (int i = deeper.Count - 1; i >= 0; i--) open.Push(deeper[i]);
        }
        return null;
    }

    /// <summary>Everything that the roles list whose names and paths begin so: the whole catalogue in one, so that nobody sees which of it is wanted.</summary>
    /// <param name="prefix">Of the paths, ending in "/"; a pattern of the top's delegations that covers <c>prefix + "*"</c> is followed.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="ShelfRefusedException">A role was refused.</exception>
    public async Task<IReadOnlyList<ShelfTarget>> ListAsync(string prefix, CancellationToken cancel)
    {
        var top = _targets ?? throw new InvalidOperationException("Refresh first.");
        var found = new SortedDictionary<string, ShelfTarget>(StringComparer.Ordinal);
        Collect(top, _ => true);
        // What a terminating role may speak for, no later one may: the same answer as a search gives.
        var ended = new List<TufDelegation>();
        foreach (var delegation in top.Delegations.Where(d => d.Paths is not null && d.Paths.Any(p => p.StartsWith(prefix, StringComparison.Ordinal))).Take(ShelfLimits.Delegations))
        {
            Collect(await LoadTargetsAsync(delegation.Name, delegation.Role, cancel), p => delegation.Covers(p) && !ended.Exists(e => e.Covers(p)));
            if (delegation.Terminating) ended.Add(delegation);
        }
        return [.. found.Values];

        void Collect(TufTargets role, Func<string, bool> may)
        {
            foreach (string path in role.Listed.Keys.Where(p => p.StartsWith(prefix, StringComparison.Ordinal) && may(p))) found.TryAdd(path, role.Find(path)!);
        }
    }

    /// <summary>5.3: root after root, each signed by the one before and by itself; only the last may not be expired.</summary>
    private async Task UpdateRootAsync(CancellationToken cancel)
    {
        _root = ReadOwnRoot(trusted.Read("root.json") ?? throw Refuse(ShelfRefusal.Missing, "There is no trusted root on this device: begin with one that came with the program, or by hand."));
        var first = _root;
        for (int i = 0; ; i++)
        {
            // One more than the rotations is asked for, so that the last of them is known to be the last.
            if (i > ShelfLimits.RootRotations) throw Refuse(ShelfRefusal.TooLong, $"The shelf has more than {ShelfLimits.RootRotations} roots newer than ours.");
            long version = _root.File.Head.Version + 1;
            if (await GetAsync($"{version}.root.json", ShelfLimits.Root, cancel) is not { } bytes) break; // 5.3.3
            if (!TufRoot.TryParse(bytes, out var next, out string wrong)) throw Refuse(ShelfRefusal.Malformed, $"Root {version} of the shelf {wrong}.");
            if (!_root.Roles[TufRoot.Root].IsSignedBy(next.File)) throw Refuse(ShelfRefusal.Unsigned, $"Root {version} of the shelf is not signed by enough of the keys that were trusted before it."); // 5.3.4
            if (!next.Roles[TufRoot.Root].IsSignedBy(next.File)) throw Refuse(ShelfRefusal.Unsigned, $"Root {version} of the shelf is not signed by enough of its own keys.");
            if (next.File.Head.Version != version) throw Refuse(ShelfRefusal.Rollback, $"What the shelf serves as root {version} says that it is root {next.File.Head.Version}."); // 5.3.5
            _root = next; // 5.3.7
            trusted.Write("root.json", bytes); // 5.3.8
        }
        CheckExpiry("root", _root.File.Head); // 5.3.10
        // 5.3.11: a key that was taken away could have signed a version near the end of all numbers; so what it may have signed is forgotten.
        if (Lost(TufRoot.Timestamp) || Lost(TufRoot.Snapshot))
        {
            trusted.Delete("timestamp.json");
            trusted.Delete("snapshot.json");
        }

        bool Lost(string role) => first.Roles[role].Keys.Keys.Except(_root.Roles[role].Keys.Keys).Any();
    }

    /// <summary>5.4.</summary>
    private async Task UpdateTimestampAsync(CancellationToken cancel)
    {
        var role = _root.Roles[TufRoot.Timestamp];
        var old = Kept("timestamp.json") is { } kept && TufTimestamp.TryParse(kept, out var read, out _) && role.IsSignedBy(read.File) ? read : null;
        byte[] bytes = await GetAsync("timestamp.json", ShelfLimits.Timestamp, cancel) ?? throw Refuse(ShelfRefusal.Missing, "The shelf has no timestamp.");
        if (!TufTimestamp.TryParse(bytes, out var next, out string wrong)) throw Refuse(ShelfRefusal.Malformed, $"The shelf's timestamp {wrong}.");
        if (!role.IsSignedBy(next.File)) throw Refuse(ShelfRefusal.Unsigned, "The shelf's timestamp is not signed by enough of its keys."); // 5.4.2
        if (old is not null)
        {
            if (next.File.Head.Version < old.File.Head.Version) // 5.4.3.1
                throw Refuse(ShelfRefusal.Rollback, $"The shelf's timestamp is version {next.File.Head.Version}, and this device has seen {old.File.Head.Version}: somebody shows an older shelf.");
            if (next.Snapshot.Version < old.Snapshot.Version) // 5.4.3.2
                throw Refuse(ShelfRefusal.Rollback, $"The shelf's timestamp names snapshot {next.Snapshot.Version}, and this device has seen {old.Snapshot.Version}: somebody shows an older shelf.");
            if (next.File.Head.Version == old.File.Head.Version)
            {
                CheckExpiry("timestamp", old.File.Head);
                _timestamp = old;
                return;
            }
        }
        CheckExpiry("timestamp", next.File.Head); // 5.4.4
        trusted.Write("timestamp.json", bytes); // 5.4.5
        _timestamp = next;
    }

    /// <summary>5.5.</summary>
    private async Task UpdateSnapshotAsync(CancellationToken cancel)
    {
        var role = _root.Roles[TufRoot.Snapshot];
        var meta = _timestamp!.Snapshot;
        var kept = Kept("snapshot.json");
        var old = kept is not null && TufSnapshot.TryParse(kept, out var read, out _) && role.IsSignedBy(read.File) ? read : null;
        if (old is not null && old.File.Head.Version == meta.Version && meta.Fits(kept))
        {
            CheckExpiry("snapshot", old.File.Head);
            _snapshot = old;
            return;
        }
        byte[] bytes = await GetAsync(Versioned(meta.Version, TufRoot.Snapshot), Most(meta, ShelfLimits.Snapshot), cancel) ?? throw Refuse(ShelfRefusal.Missing, $"The shelf has no snapshot {meta.Version}, which its timestamp names.");
        if (!meta.Fits(bytes)) throw Refuse(ShelfRefusal.Mismatch, $"Snapshot {meta.Version} of the shelf is not the one that its timestamp names."); // 5.5.2
        if (!TufSnapshot.TryParse(bytes, out var next, out string wrong)) throw Refuse(ShelfRefusal.Malformed, $"Snapshot {meta.Version} of the shelf {wrong}.");
        if (!role.IsSignedBy(next.File)) throw Refuse(ShelfRefusal.Unsigned, $"Snapshot {meta.Version} of the shelf is not signed by enough of its keys."); // 5.5.3
        if (next.File.Head.Version != meta.Version) throw Refuse(ShelfRefusal.Rollback, $"What the shelf serves as snapshot {meta.Version} says that it is snapshot {next.File.Head.Version}."); // 5.5.4
        foreach (var (name, was) in old?.Meta ?? new Dictionary<string, TufMeta>()) // 5.5.5
        {
            if (!next.Meta.TryGetValue(name, out var becomes)) throw Refuse(ShelfRefusal.Rollback, $"Snapshot {meta.Version} of the shelf leaves out {name}, which an older one had.");
            if (becomes.Version < was.Version) throw Refuse(ShelfRefusal.Rollback, $"Snapshot {meta.Version} of the shelf names {name} of version {becomes.Version}, and this device has seen {was.Version}.");
        }
        CheckExpiry("snapshot", next.File.Head); // 5.5.6
        trusted.Write("snapshot.json", bytes); // 5.5.7
        _snapshot = next;
    }

    /// <summary>5.6.1 to 5.6.6, for the top and for a delegated role: by the keys of whoever leads to it.</summary>
    private async Task<TufTargets> LoadTargetsAsync(string name, TufRole role, CancellationToken cancel)
    {
        if (!_snapshot!.Meta.TryGetValue(name + ".json", out var meta)) throw Refuse(ShelfRefusal.NotListed, $"The shelf's snapshot does not list {name}.");
        string file = Escape(name) + ".json";
        if (Kept(file) is { } kept && meta.Fits(kept) && TufTargets.TryParse(kept, out var old, out _) && old.File.Head.Version == meta.Version && role.IsSignedBy(old.File))
        {
            CheckExpiry(name, old.File.Head);
            return old;
        }
        byte[] bytes = await GetAsync(Versioned(meta.Version, name), Most(meta, ShelfLimits.Targets), cancel) ?? throw Refuse(ShelfRefusal.Missing, $"The shelf has no version {meta.Version} of {name}, which its snapshot names.");
        if (!meta.Fits(bytes)) throw Refuse(ShelfRefusal.Mismatch, $"Version {meta.Version} of {name} is not the one that the shelf's snapshot names."); // 5.6.2
        if (!TufTargets.TryParse(bytes, out var next, out string wrong)) throw Refuse(ShelfRefusal.Malformed, $"Version {meta.Version} of {name} {wrong}.");
        if (!role.IsSignedBy(next.File)) throw Refuse(ShelfRefusal.Unsigned, $"Version {meta.Version} of {name} is not signed by enough of its keys."); // 5.6.3
        if (next.File.Head.Version != meta.Version) throw Refuse(ShelfRefusal.Rollback, $"What the shelf serves as version {meta.Version} of {name} says that it is {next.File.Head.Version}."); // 5.6.4
        CheckExpiry(name, next.File.Head); // 5.6.5
        trusted.Write(file, bytes); // 5.6.6
        return next;
    }

    private static TufRoot ReadOwnRoot(byte[] bytes)
    {
        if (!TufRoot.TryParse(bytes, out var root, out string wrong)) throw Refuse(ShelfRefusal.Malformed, $"The trusted root {wrong}.");
        return root.Roles[TufRoot.Root].IsSignedBy(root.File) ? root : throw Refuse(ShelfRefusal.Unsigned, "The trusted root is not signed by enough of its own keys.");
    }

    private async Task<byte[]?> GetAsync(string name, int most, CancellationToken cancel)
    {
        byte[]? bytes = await fetch(name, most, cancel);
        return bytes is null || bytes.Length <= most ? bytes : throw Refuse(ShelfRefusal.TooLong, $"{name} of the shelf is longer than {most} bytes.");
    }

    private byte[]? Kept(string name) => trusted.Read(name);

    /// <summary>The bound of a role, or what is promised where that is less.</summary>
    private static int Most(TufMeta meta, int most) => (int)Math.Min(meta.Length ?? most, most);

    private string Versioned(long version, string role) => _root.ConsistentSnapshot ? $"{version}.{Escape(role)}.json" : $"{Escape(role)}.json";

    /// <summary>A role's name as a part of a URL and as the name of a file: letters, digits and <c>-_.~</c> stand for themselves, other bytes as %XX.</summary>
    internal static string Escape(string role)
    {
        var text = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(role))
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~') text.Append((char)b);
            else text.Append(System.Globalization.CultureInfo.InvariantCulture, $"%{b:X2}");
        }
        return text.ToString();
    }

    private void CheckExpiry(string role, TufHead head)
    {
        if (head.Expires <= now)
            throw Refuse(ShelfRefusal.Expired, $"The shelf's {role} has been out of date since {TufFile.Time(head.Expires)}: somebody holds back what is new, or its keeper has not signed.");
    }

    private static ShelfRefusedException Refuse(ShelfRefusal reason, string sentence) => new(reason, sentence);
}
