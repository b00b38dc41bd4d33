using System.Security.Cryptography;
using System.Text;

namespace Candor.Shelf.Tuf;

/// <summary>A delegation: a role, its keys, and the paths that it may speak for.</summary>
internal sealed record TufDelegation(string Name, TufRole Role, bool Terminating, IReadOnlyList<string>? Paths, IReadOnlyList<string>? HashPrefixes)
{
    /// <summary>Of a role, escaped: it is a file's name as well.</summary>
    private const int LongestName = 200;

    /// <summary>True where the role may speak for the path: by a pattern, or by how the SHA-256 of the path begins.</summary>
    public bool Covers(string path)
    {
        if (Paths is not null) return Paths.Any(p => TufPattern.Matches(p, path));
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)));
        return HashPrefixes!.Any(p => hash.StartsWith(p, StringComparison.OrdinalIgnoreCase));
    }

    public static TufDelegation? TryRead(TufValue value, IReadOnlyDictionary<string, TufKey> keys)
    {
        if (value["name"].Text is not { Length: > 0 } name || TufRoot.TopLevel.Contains(name) || TufClient.Escape(name).Length > LongestName) return null;
        if (TufRole.TryRead(value, keys) is not { } role) return null;
        var paths = Texts(value["paths"]);
        var prefixes = Texts(value["path_hash_prefixes"]);
        return (paths is null) == (prefixes is null) ? null : new(name, role, value["terminating"].Flag ?? false, paths, prefixes);
    }

    private static List<string>? Texts(TufValue value) => value.Array is { } items && items.All(i => i.Text is not null) ? [.. items.Select(i => i.Text!)] : null;
}

/// <summary>A targets file, the top one or a delegated one.</summary>
internal sealed record TufTargets(TufFile File, IReadOnlyDictionary<string, TufValue> Listed, IReadOnlyList<TufDelegation> Delegations)
{
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TufTargets targets, out string wrong)
    {
        targets = null!;
        if (!TufFile.TryParse(bytes, TufRoot.Targets, out var file, out wrong)) return false;
        wrong = "lists no targets, or one without length and hash";
        if (file.Signed["targets"].Object is not { } listed) return false;
        foreach (var (path, value) in listed)
        {
            if (TryTarget(path, value) is null) return false;
        }
        wrong = "has a delegation that cannot be understood";
        var delegations = new List<TufDelegation>();
        if (file.Signed["delegations"] is { Value: not null } part)
        {
            if (TufRole.TryReadKeys(part["keys"]) is not { } keys || part["roles"].Array is not { } roles) return false;
            foreach (var role in roles)
            {
                if (TufDelegation.TryRead(role, keys) is not { } delegation || delegations.Exists(d => d.Name == delegation.Name)) return false;
                delegations.Add(delegation);
            }
        }
        targets = new(file, listed, delegations);
        return true;
    }

    public ShelfTarget? Find(string path) => Listed.TryGetValue(path, out var value) ? TryTarget(path, value) : null;

    private static ShelfTarget? TryTarget(string path, TufValue value)
    {
        if (value["length"].Number is not { } length || length < 0 || TufHashes.TryRead(value["hashes"], optional: false) is not { } hashes) return null;
        var custom = value["custom"];
        return new(path, length, hashes, custom.Value is null ? default(ReadOnlyMemory<byte>) : TufJson.Write(custom));
    }
}

/// <summary>Patterns of paths: "*" is any run of characters within one part, "?" one of them; "/" only matches itself.</summary>
internal static class TufPattern
{
    public static bool Matches(string pattern, string path)
    {
        // Steps back to the last star only: its run is the only one that can still grow, so the time is the product of the lengths at most.
        int p = 0, t = 0, star = -1, retry = 0;
        while (t < path.Length)
        {
            if (p < pattern.Length && pattern[p] == '*')
            {
                star = p++;
                retry = t;
            }
            else if (p < pattern.Length && (pattern[p] == path[t] || (pattern[p] == '?' && path[t] != '/')))
            {
                p++;
                t++;
            }
            else if (star >= 0 && path[retry] != '/')
            {
                p = star + 1;
                t = ++retry;
            }
            else
            {
                return false;
            }
        }
        while (p < pattern.Length && pattern[p] == '*') p++;
        return p == pattern.Length;
    }
}
