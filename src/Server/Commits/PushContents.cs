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

    /// <summary>The same for a commit that is put back, of whose payloads and keys some may be missing.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="sent">What came of it.</param>
    /// <param name="payloads">Those that came, by the numbers of their operations.</param>
    public static string? Check(Commit commit, PutBack sent, out IReadOnlyDictionary<int, ReadOnlyMemory<byte>> payloads)
    {
        var found = new Dictionary<int, ReadOnlyMemory<byte>>();
        payloads = found;
        if (sent.Gone.Any(op => op >= commit.Operations.Count || commit.Operations[op] is not Put { IsInline: true })) return ErrorName.PayloadBad;
        int end = 0, vaults = 0;
        foreach (var (op, range) in Bundle.Places(commit, sent.Gone.ToHashSet()))
        {
            end = range.End.Value;
            if (end > sent.Bundle.Length || Hash32.Of(sent.Bundle.Span[range]) != ((Put)commit.Operations[op]).Hash) return ErrorName.PayloadBad;
            found.Add(op, sent.Bundle[range]);
        }
        foreach (var vault in commit.Operations.OfType<Vault>())
        {
            if (vaults == sent.Vaults.Count) return ErrorName.PayloadBad;
            var sealedKey = sent.Vaults[vaults++];
            if (!sealedKey.IsEmpty && Hash32.Of(sealedKey.Span) != vault.Hash) return ErrorName.PayloadBad;
        }
        return end == sent.Bundle.Length && vaults == sent.Vaults.Count ? null : ErrorName.PayloadBad;
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
