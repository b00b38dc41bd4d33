using Candor.Protocol;

namespace Candor.Server.Commits;

/// <summary>Whether a push carries exactly what its commit names (spec/http-api.md §4), and how a bundle divides.</summary>
internal static class PushContents
{
    /// <returns>Null, or <see cref="ErrorName.PayloadBad"/>.</returns>
    public static string? Check(Commit commit, Push push)
    {
        var bundle = push.Bundle.Span;
        int at = 0, vaults = 0;
        foreach (var operation in commit.Operations)
        {
            switch (operation)
            {
                case Put { IsInline: true } put:
                    if (bundle.Length - at < put.Length || Hash32.Of(bundle.Slice(at, put.Length)) != put.Hash) return ErrorName.PayloadBad;
                    at += put.Length;
                    break;
                case Put put when !put.Blobs.Contains(put.Hash):
                    return ErrorName.PayloadBad; // a record too long for the bundle is one of its own blobs
                case Vault vault:
                    if (vaults == push.Vaults.Count) return ErrorName.PayloadBad;
                    var sealedKey = push.Vaults[vaults++].Span;
                    if (sealedKey.Length != vault.Length || Hash32.Of(sealedKey) != vault.Hash) return ErrorName.PayloadBad;
                    break;
            }
        }
        return at == bundle.Length && vaults == push.Vaults.Count ? null : ErrorName.PayloadBad;
    }

    /// <summary>All blobs that the commit's puts name, each with the length that it must have; 0 where the commit does not say.</summary>
    public static Dictionary<Hash32, int> BlobsOf(Commit commit)
    {
        var named = new Dictionary<Hash32, int>();
        foreach (var put in commit.Operations.OfType<Put>())
        {
            foreach (var name in put.Blobs) named.TryAdd(name, 0);
            if (!put.IsInline) named[put.Hash] = put.Length;
        }
        return named;
    }

    /// <summary>Where the payloads of a stored bundle lie, by the number of their operation; without those that were dropped from it.</summary>
    public static Dictionary<int, Range> Places(Commit commit, IReadOnlyCollection<int> dropped)
    {
        var places = new Dictionary<int, Range>();
        int at = 0;
        for (int i = 0; i < commit.Operations.Count; i++)
        {
            if (commit.Operations[i] is not Put { IsInline: true } put || dropped.Contains(i)) continue;
            places.Add(i, at..(at + put.Length));
            at += put.Length;
        }
        return places;
    }

    /// <summary>The commit of a leaf that was checked before it was stored.</summary>
    /// <exception cref="InvalidDataException">The database is damaged.</exception>
    public static Commit Stored(byte[] leaf) =>
        Leaf.TryDecode(leaf, out var signed) && Commit.TryDecode(signed.Body, out var commit, out _)
            ? commit
            : throw new InvalidDataException("A stored leaf cannot be read: run candor-server scrub.");
}
