using Candor.Protocol;

namespace Candor.Server.Commits;

/// <summary>Whether a push carries exactly what its commit names (spec/http-api.md §4), and what a stored one named.</summary>
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

    /// <summary>The commit of a leaf that was checked before it was stored.</summary>
    /// <exception cref="InvalidDataException">The database is damaged.</exception>
    public static Commit Stored(byte[] leaf) =>
        Leaf.TryDecode(leaf, out var signed) && Commit.TryDecode(signed.Body, out var commit, out _)
            ? commit
            : throw new InvalidDataException("A stored leaf cannot be read: run candor-server scrub.");
}
