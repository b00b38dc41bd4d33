using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>What a log sends a witness (C2SP tlog-witness add-checkpoint): the size that the witness has, the proof from there, and the checkpoint.</summary>
public sealed class AddCheckpoint
{
    /// <summary>Most bytes of a request.</summary>
    public const int MaxBytes = SignedNote.MaxBytes;

    /// <summary>Most hashes of the proof.</summary>
    public const int MaxProof = 63;

    private readonly Hash32[] _proof;

    /// <exception cref="ArgumentException">The size is negative or the proof too long.</exception>
    public AddCheckpoint(long oldSize, ReadOnlySpan<Hash32> proof, SignedNote checkpoint)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(oldSize);
        if (proof.Length > MaxProof) throw new ArgumentException($"A proof has at most {MaxProof} hashes.", nameof(proof));
        OldSize = oldSize;
        _proof = proof.ToArray();
        Checkpoint = checkpoint;
    }

    public long OldSize { get; }

    public IReadOnlyList<Hash32> Proof => _proof;

    /// <summary>As it was sent; nothing of it is checked yet.</summary>
    public SignedNote Checkpoint { get; }

    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out AddCheckpoint? request)
    {
        request = null;
        if (bytes.Length > MaxBytes) return false;
        var line = NoteText.TakeLine(ref bytes);
        if (!line.StartsWith("old "u8) || !NoteText.TryParseDecimal(line["old ".Length..], out long old)) return false;
        var proof = new List<Hash32>();
        for (line = NoteText.TakeLine(ref bytes); !line.IsEmpty; line = NoteText.TakeLine(ref bytes))
        {
            if (proof.Count == MaxProof || !Hash32.TryParseBase64(line, out var hash)) return false;
            proof.Add(hash);
        }
        if (!SignedNote.TryParse(bytes, out var note, out _)) return false;
        request = new(old, proof.ToArray(), note);
        return true;
    }

    public byte[] ToBytes()
    {
        var head = new StringBuilder("old ").Append(OldSize.ToString(CultureInfo.InvariantCulture)).Append('\n');
        foreach (var hash in _proof) head.Append(hash.ToBase64()).Append('\n');
        return [.. Encoding.ASCII.GetBytes(head.Append('\n').ToString()), .. Checkpoint.ToBytes()];
    }
}

/// <summary>What a witness answers.</summary>
public enum WitnessVerdict
{
    /// <summary>200: stored, and may be cosigned.</summary>
    Cosign,

    /// <summary>404.</summary>
    UnknownOrigin,

    /// <summary>403.</summary>
    NotSigned,

    /// <summary>400.</summary>
    Malformed,

    /// <summary>409: the log does not know how far the witness is.</summary>
    OtherSize,

    /// <summary>422.</summary>
    NotConsistent,
}

/// <summary>The rules by which a witness takes a checkpoint or not (spec/public-log.md §8). No I/O: who calls makes check and store one step.</summary>
public static class WitnessRules
{
    /// <summary>Judges a request against what the witness has stored of that log.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="log">What the witness knows of the log whose origin the checkpoint names.</param>
    /// <param name="stored">The newest checkpoint that was cosigned; null: none yet.</param>
    /// <param name="opened">With <see cref="WitnessVerdict.Cosign"/>: what to store, then cosign.</param>
    public static WitnessVerdict Judge(AddCheckpoint request, LogVerifier log, Checkpoint? stored, out VerifiedCheckpoint? opened)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(log);
        opened = null;
        if (!log.TryOpen(request.Checkpoint, out var theirs, out var rejection))
        {
            return rejection is LogRejection.SignatureFailed or LogRejection.NoKnownSignature or LogRejection.NoLogSignature ? WitnessVerdict.NotSigned
                : rejection == LogRejection.WrongOrigin ? WitnessVerdict.UnknownOrigin : WitnessVerdict.Malformed;
        }
        var next = theirs.Checkpoint;
        if (request.OldSize > next.Size) return WitnessVerdict.Malformed;
        if (request.OldSize != (stored?.Size ?? 0)) return WitnessVerdict.OtherSize;
        var before = stored ?? new Checkpoint(next.Origin, 0, MerkleTree.EmptyRoot);
        if (!MerkleTree.VerifyConsistency(before.Size, before.Root, next.Size, next.Root, [.. request.Proof])) return WitnessVerdict.NotConsistent;
        if (next.Size == 0 && next.Root != MerkleTree.EmptyRoot) return WitnessVerdict.NotConsistent;
        opened = theirs;
        return WitnessVerdict.Cosign;
    }

    /// <summary>The origin that a checkpoint claims, to find what is known of that log; null where there is none.</summary>
    public static string? OriginOf(SignedNote checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return Candor.Log.Checkpoint.TryParse(checkpoint.UnverifiedText.Span, out var text, out _) ? text.Origin : null;
    }
}
