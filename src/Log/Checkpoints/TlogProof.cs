using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>
/// A file that shows, without a network, that an entry is in a log: index, path, checkpoint (C2SP tlog-proof, <c>.tlog-proof</c>).
/// </summary>
/// <remarks>
/// Parsing proves nothing: see <see cref="TryVerify"/>. The leaf hash is not in the file; who checks makes it from the entry.
/// </remarks>
public sealed class TlogProof
{
    /// <summary>First line of the file.</summary>
    public const string Header = "c2sp.org/tlog-proof@v1";

    /// <summary>Most bytes of extra data.</summary>
    public const int MaxExtraBytes = 64 * 1024;

    /// <summary>Most hashes in a path: one per level of a tree of 2^63 - 1 leaves.</summary>
    public const int MaxPathHashes = 63;

    // Header, extra in base64, index, path and blank line, each with its newline, come to less than 4 KiB beside the extra data.
    private const int MaxBytes = SignedNote.MaxBytes + (MaxExtraBytes + 2) / 3 * 4 + 4096;

    private readonly Hash32[] _path;

    /// <exception cref="ArgumentException">The index is negative, the path or the extra data too long.</exception>
    public TlogProof(long index, ReadOnlySpan<Hash32> path, SignedNote checkpoint, ReadOnlyMemory<byte> extra = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        if (path.Length > MaxPathHashes) throw new ArgumentException($"A path has at most {MaxPathHashes} hashes.", nameof(path));
        if (extra.Length > MaxExtraBytes) throw new ArgumentException($"Extra data is at most {MaxExtraBytes} bytes.", nameof(extra));
        Index = index;
        _path = path.ToArray();
        UnverifiedCheckpoint = checkpoint;
        UnverifiedExtra = extra;
    }

    /// <summary>Position of the entry in the log, from 0.</summary>
    public long Index { get; }

    /// <summary>Sibling of the leaf first, child of the root last.</summary>
    public IReadOnlyList<Hash32> Path => _path;

    public SignedNote UnverifiedCheckpoint { get; }

    /// <summary>Data for the application, empty when there is none. Nobody signed it: never rely on it.</summary>
    public ReadOnlyMemory<byte> UnverifiedExtra { get; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out TlogProof? proof, out LogRejection rejection)
    {
        proof = null;
        rejection = ParseCore(bytes, out byte[] extra, out long index, out List<Hash32> path, out SignedNote? checkpoint);
        if (rejection == LogRejection.None) proof = new TlogProof(index, path.ToArray(), checkpoint!, extra);
        return proof is not null;
    }

    /// <summary>Whether the log has signed a tree that holds the leaf at <see cref="Index"/> (the steps of the specification).</summary>
    /// <param name="leafHash">Step 1, done by the caller: <see cref="MerkleTree.LeafHash"/> of the entry's own bytes.</param>
    /// <param name="log">The log we were told about, not one named by the file.</param>
    /// <param name="checkpoint">The checkpoint and the good cosignatures on it; whether those are enough is the caller's policy.</param>
    /// <param name="rejection">
    /// Those of <see cref="LogVerifier.TryOpen(SignedNote, out VerifiedCheckpoint?, out LogRejection)"/>, or
    /// <see cref="LogRejection.NotIncluded"/>.
    /// </param>
    public bool TryVerify(
        in Hash32 leafHash, LogVerifier log, [NotNullWhen(true)] out VerifiedCheckpoint? checkpoint, out LogRejection rejection)
    {
        ArgumentNullException.ThrowIfNull(log);
        checkpoint = null;

        // Steps 2 and 3: the log's signature and origin, the witnesses' cosignatures.
        if (!log.TryOpen(UnverifiedCheckpoint, out VerifiedCheckpoint? opened, out rejection)) return false;

        // Step 4: from the leaf to the signed root.
        if (!MerkleTree.VerifyInclusion(leafHash, Index, opened.Checkpoint.Size, _path, opened.Checkpoint.Root))
        {
            rejection = LogRejection.NotIncluded;
            return false;
        }

        checkpoint = opened;
        return true;
    }

    /// <summary>The file.</summary>
    public byte[] ToBytes()
    {
        var head = new StringBuilder(Header).Append('\n');
        if (!UnverifiedExtra.IsEmpty) head.Append("extra ").Append(Convert.ToBase64String(UnverifiedExtra.Span)).Append('\n');
        head.Append("index ").Append(Index.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (Hash32 hash in _path) head.Append(hash.ToBase64()).Append('\n');
        return [.. Encoding.ASCII.GetBytes(head.Append('\n').ToString()), .. UnverifiedCheckpoint.ToBytes()];
    }

    private static LogRejection ParseCore(
        ReadOnlySpan<byte> rest, out byte[] extra, out long index, out List<Hash32> path, out SignedNote? checkpoint)
    {
        (extra, index, path, checkpoint) = ([], 0, [], null);
        if (rest.Length > MaxBytes) return LogRejection.TooLarge;
        if (!NoteText.TakeLine(ref rest).SequenceEqual(Encoding.ASCII.GetBytes(Header))) return LogRejection.MalformedProofHeader;

        ReadOnlySpan<byte> line = NoteText.TakeLine(ref rest);
        if (line.StartsWith("extra "u8))
        {
            if (!NoteText.TryDecodeBase64(line["extra ".Length..], out byte[]? decoded) || decoded.Length > MaxExtraBytes)
                return LogRejection.MalformedExtra;
            extra = decoded;
            line = NoteText.TakeLine(ref rest);
        }

        if (!line.StartsWith("index "u8) || !NoteText.TryParseDecimal(line["index ".Length..], out index)) return LogRejection.MalformedIndex;

        // The path ends at the first blank line; without one, what follows is no note and is refused as such.
        for (line = NoteText.TakeLine(ref rest); !line.IsEmpty; line = NoteText.TakeLine(ref rest))
        {
            if (path.Count == MaxPathHashes) return LogRejection.TooManyProofHashes;
            if (!Hash32.TryParseBase64(line, out Hash32 hash)) return LogRejection.MalformedProofHash;
            path.Add(hash);
        }

        return SignedNote.TryParse(rest, out checkpoint, out LogRejection rejection) ? LogRejection.None : rejection;
    }
}
