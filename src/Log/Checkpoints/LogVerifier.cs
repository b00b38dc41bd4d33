using System.Diagnostics.CodeAnalysis;

namespace Candor.Log;

/// <summary>
/// What we were told about one log by someone we trust: its origin, the keys that sign for it, and the witnesses we know.
/// </summary>
/// <remarks>How many witnesses are enough is a policy above this. Immutable and safe for use by many threads.</remarks>
public sealed class LogVerifier
{
    private readonly NoteVerifierKey[] _logKeys;
    private readonly NoteVerifierKey[] _allKeys;

    /// <param name="origin">First line of the log's checkpoints.</param>
    /// <param name="logKeys">Keys of which any one may sign for the log: more than one while a key is being changed.</param>
    /// <param name="witnesses">Keys whose cosignatures we want to see. They never stand in for the log's own signature.</param>
    /// <exception cref="ArgumentException">
    /// No log key, a witness key that makes no cosignatures, or one public key given twice: a key has one role.
    /// </exception>
    public LogVerifier(string origin, IEnumerable<NoteVerifierKey> logKeys, IEnumerable<NoteVerifierKey>? witnesses = null)
    {
        ArgumentNullException.ThrowIfNull(logKeys);
        if (!NoteText.IsLine(origin)) throw new ArgumentException("An origin is one line of text, not empty.", nameof(origin));
        Origin = origin;
        _logKeys = [.. logKeys];
        _allKeys = [.. _logKeys, .. witnesses ?? []];
        if (_logKeys.Length == 0) throw new ArgumentException("A log has at least one key.", nameof(logKeys));
        if (_allKeys.Skip(_logKeys.Length).Any(k => k.Type != NoteKeyType.Cosignature))
            throw new ArgumentException("A witness key is of type cosignature.", nameof(witnesses));
        if (_allKeys.Select(k => Convert.ToHexString(k.PublicKey)).Distinct().Count() != _allKeys.Length)
            throw new ArgumentException("One public key is given twice.", nameof(witnesses));
    }

    public string Origin { get; }

    /// <summary>
    /// Reads a note and takes it if it is a checkpoint of this log, signed by the log, with no wrong signature of a key we know.
    /// </summary>
    public bool TryOpen(ReadOnlySpan<byte> note, [NotNullWhen(true)] out VerifiedCheckpoint? checkpoint, out LogRejection rejection)
    {
        checkpoint = null;
        return SignedNote.TryParse(note, out SignedNote? parsed, out rejection) && TryOpen(parsed, out checkpoint, out rejection);
    }

    /// <inheritdoc cref="TryOpen(ReadOnlySpan{byte}, out VerifiedCheckpoint?, out LogRejection)"/>
    public bool TryOpen(SignedNote note, [NotNullWhen(true)] out VerifiedCheckpoint? checkpoint, out LogRejection rejection)
    {
        ArgumentNullException.ThrowIfNull(note);
        checkpoint = null;

        // Nothing of the text is read before the log's signature over it was found good.
        if (!note.TryVerify(_allKeys, out IReadOnlyList<VerifiedSignature>? verified, out rejection)) return false;
        if (!verified.Any(v => _logKeys.Contains(v.Key)))
        {
            rejection = LogRejection.NoLogSignature;
            return false;
        }

        if (!Checkpoint.TryParse(note.UnverifiedText.Span, out Checkpoint? parsed, out rejection)) return false;
        if (!parsed.Origin.Equals(Origin, StringComparison.Ordinal))
        {
            rejection = LogRejection.WrongOrigin;
            return false;
        }

        checkpoint = new VerifiedCheckpoint(parsed, [.. verified.Where(v => !_logKeys.Contains(v.Key))], note);
        return true;
    }
}

/// <summary>A checkpoint that <see cref="LogVerifier"/> found to be signed by its log.</summary>
public sealed class VerifiedCheckpoint
{
    internal VerifiedCheckpoint(Checkpoint checkpoint, IReadOnlyList<VerifiedSignature> cosignatures, SignedNote note)
    {
        Checkpoint = checkpoint;
        Cosignatures = cosignatures;
        Note = note;
    }

    public Checkpoint Checkpoint { get; }

    /// <summary>Good cosignatures of the witnesses we know, each witness at most once.</summary>
    public IReadOnlyList<VerifiedSignature> Cosignatures { get; }

    /// <summary>What was signed, as it was received: the evidence to keep.</summary>
    public SignedNote Note { get; }
}
