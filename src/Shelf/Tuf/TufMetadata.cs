using System.Security.Cryptography;

namespace Candor.Shelf.Tuf;

/// <summary>The role at the top: the keys of the four roles.</summary>
internal sealed record TufRoot(TufFile File, IReadOnlyDictionary<string, TufRole> Roles, bool ConsistentSnapshot)
{
    public const string Root = "root", Timestamp = "timestamp", Snapshot = "snapshot", Targets = "targets";

    public static readonly IReadOnlyList<string> TopLevel = [Root, Timestamp, Snapshot, Targets];

    public static bool TryParse(ReadOnlySpan<byte> bytes, out TufRoot root, out string wrong)
    {
        root = null!;
        if (!TufFile.TryParse(bytes, Root, out var file, out wrong)) return false;
        wrong = "lacks a role or its keys";
        if (TufRole.TryReadKeys(file.Signed["keys"]) is not { } keys) return false;
        var roles = new Dictionary<string, TufRole>(StringComparer.Ordinal);
        foreach (string name in TopLevel)
        {
            if (TufRole.TryRead(file.Signed["roles"][name], keys) is not { } role) return false;
            roles.Add(name, role);
        }
        root = new(file, roles, file.Signed["consistent_snapshot"].Flag ?? false);
        return true;
    }
}

/// <summary>What another file says of one: its version, perhaps its length and hashes.</summary>
internal sealed record TufMeta(long Version, long? Length, IReadOnlyDictionary<string, string> Hashes)
{
    public static TufMeta? TryRead(TufValue value)
    {
        if (!value["version"].IsCount(1, out long? version)) return null;
        var length = value["length"];
        if (length.Value is not null && !length.IsCount(1, out _)) return null;
        return TufHashes.TryRead(value["hashes"], optional: true) is { } hashes ? new(version.Value, length.Number, hashes) : null;
    }

    /// <summary>True where length and every hash that is listed are the bytes'.</summary>
    public bool Fits(ReadOnlySpan<byte> bytes) => (Length is null || Length == bytes.Length) && (Hashes.Count == 0 || TufHashes.Fit(Hashes, bytes));
}

/// <summary>Hashes by the name of their algorithm.</summary>
internal static class TufHashes
{
    /// <summary>Null where it is no object of hex strings, or a hash that we know has another length.</summary>
    public static Dictionary<string, string>? TryRead(TufValue value, bool optional)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (value.Value is null && optional) return hashes;
        if (value.Object is not { Count: > 0 and <= 16 } members) return null;
        foreach (var (name, hash) in members)
        {
            if (hash.Text is not { } text || TufKey.TryHex(text) is not { } bytes) return null;
            if (Length(name) is { } length && length != bytes.Length) return null;
            hashes.Add(name, text.ToLowerInvariant());
        }
        return hashes;
    }

    /// <summary>Every hash of an algorithm that we know fits, and there is at least one such.</summary>
    public static bool Fit(IReadOnlyDictionary<string, string> hashes, ReadOnlySpan<byte> bytes)
    {
        bool any = false;
        foreach (var (name, hash) in hashes)
        {
            string? ours = name switch
            {
                "sha256" => Convert.ToHexStringLower(SHA256.HashData(bytes)),
                "sha512" => Convert.ToHexStringLower(SHA512.HashData(bytes)),
                _ => null,
            };
            if (ours is null) continue;
            if (ours != hash) return false;
            any = true;
        }
        return any;
    }

    private static int? Length(string name) => name switch
    {
        "sha256" => SHA256.HashSizeInBytes,
        "sha512" => SHA512.HashSizeInBytes,
        _ => null,
    };
}

/// <summary>The role that says which snapshot is current; the only file that is asked for by a name that stays.</summary>
internal sealed record TufTimestamp(TufFile File, TufMeta Snapshot)
{
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TufTimestamp timestamp, out string wrong)
    {
        timestamp = null!;
        if (!TufFile.TryParse(bytes, TufRoot.Timestamp, out var file, out wrong)) return false;
        wrong = "does not say which snapshot is current";
        if (file.Signed["meta"].Object is not { Count: 1 } || TufMeta.TryRead(file.Signed["meta"]["snapshot.json"]) is not { } snapshot) return false;
        timestamp = new(file, snapshot);
        return true;
    }
}

/// <summary>The role that says which version of each targets file belongs together.</summary>
internal sealed record TufSnapshot(TufFile File, IReadOnlyDictionary<string, TufMeta> Meta)
{
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TufSnapshot snapshot, out string wrong)
    {
        snapshot = null!;
        if (!TufFile.TryParse(bytes, TufRoot.Snapshot, out var file, out wrong)) return false;
        wrong = "does not list the targets files";
        if (file.Signed["meta"].Object is not { } members) return false;
        var meta = new Dictionary<string, TufMeta>(StringComparer.Ordinal);
        foreach (var (name, value) in members)
        {
            if (TufMeta.TryRead(value) is not { } one) return false;
            meta.Add(name, one);
        }
        if (!meta.ContainsKey("targets.json")) return false;
        snapshot = new(file, meta);
        return true;
    }
}

/// <summary>A file on the shelf, as a role of the repository vouches for it.</summary>
/// <param name="Path">Its name, with "/" between folders.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Hashes">By algorithm, hex; at least one.</param>
/// <param name="Custom">What the publisher wrote beside it, as canonical JSON; empty: nothing.</param>
public sealed record ShelfTarget(string Path, long Length, IReadOnlyDictionary<string, string> Hashes, ReadOnlyMemory<byte> Custom)
{
    /// <summary>The name that it is fetched by: before the last part of the path stands its hash.</summary>
    public string FileName(string hash)
    {
        int slash = Path.LastIndexOf('/') + 1;
        return $"{Path[..slash]}{hash}.{Path[slash..]}";
    }

    /// <summary>True where length and hashes are the bytes'.</summary>
    public bool Fits(ReadOnlySpan<byte> bytes) => bytes.Length == Length && TufHashes.Fit(Hashes, bytes);

    /// <summary>The hash that names it: SHA-256 where it is listed, else SHA-512, else the first.</summary>
    public string Hash => Hashes.GetValueOrDefault("sha256") ?? Hashes.GetValueOrDefault("sha512") ?? Hashes.First().Value;
}
