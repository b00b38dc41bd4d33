using Candor.Shelf.Tuf;

namespace Candor.Tests.Shelf;

/// <summary>A repository in memory that signs whatever a test wants, also what no honest keeper would; and a client on it.</summary>
internal sealed class ShelfModel : IDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);

    private readonly List<ShelfKey> _made = [];

    public ShelfModel()
    {
        foreach (string role in TufRoot.TopLevel) Signers[role] = [Key()];
        Publish(TufRoot.Root, TufRoot.Targets, TufRoot.Snapshot, TufRoot.Timestamp);
        TufClient.Begin(Trusted, Files["1.root.json"]);
    }

    public Dictionary<string, List<ShelfKey>> Signers { get; } = [];

    /// <summary>Keys that the root names; null: those that sign.</summary>
    public Dictionary<string, List<ShelfKey>> Named { get; } = [];

    public Dictionary<string, int> Thresholds { get; } = [];

    public Dictionary<string, long> Versions { get; } = new() { ["root"] = 0, ["targets"] = 0, ["snapshot"] = 0, ["timestamp"] = 0 };

    public Dictionary<string, DateTimeOffset> Expiries { get; } = [];

    public Dictionary<string, TufValue> Targets { get; } = [];

    /// <summary>Delegations of the top, and delegated files: name, paths, terminating, signer, targets.</summary>
    public List<(string Name, string Path, bool Terminating, ShelfKey Key, Dictionary<string, TufValue> Targets)> Delegated { get; } = [];

    public Dictionary<string, byte[]> Files { get; } = [];

    public Dictionary<string, byte[]> Kept { get; } = [];

    public List<string> Asked { get; } = [];

    public TrustedMetadata Trusted => new(name => Kept.GetValueOrDefault(name), (name, bytes) => Kept[name] = bytes, name => Kept.Remove(name));

    public ShelfKey Key()
    {
        _made.Add(ShelfKey.Make());
        return _made[^1];
    }

    /// <summary>Versions go up by one and the files are signed, in the order given.</summary>
    public void Publish(params string[] roles)
    {
        foreach (string role in roles)
        {
            Versions[role]++;
            Files[role == "timestamp" ? "timestamp.json" : $"{Versions[role]}.{role}.json"] = Signed(Content(role), Signers[role]);
        }
    }

    public static byte[] Signed(TufValue content, IEnumerable<ShelfKey> keys) => TufFile.Write(content, keys.ToDictionary(k => k.Id, k => k.Sign(TufJson.Write(content))));

    public TufValue Content(string role)
    {
        var head = TufJson.Of(("_type", TufRoot.TopLevel.Contains(role) ? role : "targets"), ("spec_version", "1.0.34"), ("version", Versions[role]), ("expires", TufFile.Time(Expiries.GetValueOrDefault(role, Now.AddDays(30)))));
        return role switch
        {
            "root" => head.With("consistent_snapshot", new(true))
                .With("keys", TufJson.Of([.. TufRoot.TopLevel.SelectMany(Names).DistinctBy(k => k.Id).Select(k => (k.Id, (object?)k.Public.Value))]))
                .With("roles", TufJson.Of([.. TufRoot.TopLevel.Select(r => (r, (object?)Role(Names(r), Thresholds.GetValueOrDefault(r, 1))))])),
            "timestamp" => head.With("meta", TufJson.Of(("snapshot.json", TufJson.Of(("version", Versions["snapshot"]))))),
            "snapshot" => head.With("meta", TufJson.Of([("targets.json", TufJson.Of(("version", Versions["targets"]))), .. Delegated.Select(d => (d.Name + ".json", (object?)TufJson.Of(("version", Versions.GetValueOrDefault(d.Name, 1)))))])),
            "targets" => head.With("targets", Of(Targets)).With("delegations", TufJson.Of(
                ("keys", TufJson.Of([.. Delegated.DistinctBy(d => d.Key.Id).Select(d => (d.Key.Id, (object?)d.Key.Public.Value))])),
                ("roles", new TufValue(Delegated.Select(d => Role([d.Key], 1).With("name", new(d.Name)).With("terminating", new(d.Terminating)).With("paths", TufJson.List([d.Path]))).ToList())))),
            _ => head.With("targets", Of(Delegated.First(d => d.Name == role).Targets)),
        };
    }

    public void Delegate(string name, string path, bool terminating, Dictionary<string, TufValue> targets)
    {
        var key = Key();
        Delegated.Add((name, path, terminating, key, targets));
        Signers[name] = [key];
        Versions[name] = 0;
        Publish(name);
    }

    public static TufValue Target(byte[] bytes) => TufJson.Of(("length", (long)bytes.Length), ("hashes", TufJson.Of(("sha256", Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes))))));

    public TufClient Client(DateTimeOffset? now = null) => new(
        (name, most, _) =>
        {
            Asked.Add(name);
            return Task.FromResult(Files.TryGetValue(name, out byte[]? bytes) ? bytes.Length > most ? bytes[..(most + 1)] : bytes : null);
        }, Trusted, now ?? Now);

    public async Task<TufClient> RefreshAsync(DateTimeOffset? now = null)
    {
        var client = Client(now);
        await client.RefreshAsync(default);
        return client;
    }

    /// <summary>Refused for this reason, with a sentence; what was kept of a role is what it was.</summary>
    public async Task RefusesAsync(ShelfRefusal reason, string keeps, DateTimeOffset? now = null)
    {
        byte[]? before = Kept.GetValueOrDefault(keeps);
        var refusal = await Assert.ThrowsAsync<ShelfRefusedException>(() => RefreshAsync(now));
        Assert.Equal(reason, refusal.Reason);
        Assert.EndsWith(".", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Kept.GetValueOrDefault(keeps));
    }

    public void Dispose()
    {
        foreach (var key in _made) key.Dispose();
    }

    private List<ShelfKey> Names(string role) => Named.GetValueOrDefault(role, Signers[role]);

    private static TufValue Of(Dictionary<string, TufValue> members) => TufJson.Of([.. members.Select(m => (m.Key, (object?)m.Value))]);

    private static TufValue Role(List<ShelfKey> keys, int threshold) => TufJson.Of(("keyids", TufJson.List(keys.Select(k => k.Id))), ("threshold", (long)threshold));
}
