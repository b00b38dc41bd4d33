namespace Candor.Log;

/// <summary>Why bytes from outside were not taken. The vectors in spec/vectors name each in kebab case: <c>wrong-key-id</c>.</summary>
public enum LogRejection
{
    None,

    // Any text
    TooLarge,
    NotUtf8,
    /// <summary>A byte below 0x20 other than newline.</summary>
    ControlCharacter,

    // Notes
    /// <summary>No blank line with signature lines after it, or the last line has no newline.</summary>
    NoSignatureBlock,
    MalformedSignatureLine,
    TooManySignatures,
    /// <summary>A key that the verifier knows is named, and its signature is wrong.</summary>
    SignatureFailed,
    /// <summary>Nobody that the verifier knows has signed.</summary>
    NoKnownSignature,

    // Keys
    MalformedKey,
    InvalidKeyName,
    UnknownKeyType,
    /// <summary>The key id is not the one that follows from name, type and public key.</summary>
    WrongKeyId,

    // Checkpoints
    TooFewLines,
    EmptyOrigin,
    MalformedSize,
    MalformedRoot,
    EmptyExtensionLine,
    /// <summary>A checkpoint of another log.</summary>
    WrongOrigin,
    /// <summary>Witnesses signed, the log itself did not.</summary>
    NoLogSignature,

    // Proofs
    MalformedProofHeader,
    MalformedExtra,
    MalformedIndex,
    MalformedProofHash,
    TooManyProofHashes,
    /// <summary>The path does not lead from the leaf to the root of the checkpoint.</summary>
    NotIncluded,
}
