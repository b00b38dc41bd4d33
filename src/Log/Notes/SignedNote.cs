using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Candor.Log;

/// <summary>A text with signatures below it (C2SP signed-note): text, blank line, one line per signature.</summary>
/// <remarks>
/// Parsing proves nothing. The text may be used only after <see cref="TryVerify"/> with keys that were had from elsewhere.
/// </remarks>
public sealed class SignedNote
{
    /// <summary>Largest note taken or made: room for a checkpoint with 64 post-quantum signatures of 2,432 bytes in base64.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Most signatures taken or made. C2SP asks for at least 16.</summary>
    public const int MaxSignatures = 64;

    private readonly byte[] _text;
    private readonly NoteSignature[] _signatures;

    private SignedNote(byte[] text, NoteSignature[] signatures)
    {
        _text = text;
        _signatures = signatures;
    }

    /// <summary>The text with its last newline, without the blank line. What a stranger says, until it is verified.</summary>
    public ReadOnlyMemory<byte> UnverifiedText => _text;

    /// <summary>All signatures in the order of their lines, those of unknown keys and types included.</summary>
    public IReadOnlyList<NoteSignature> Signatures => _signatures;

    /// <summary>Reads a note. Anything but the one way to write it is refused; see spec/checkpoint.md for the order of checks.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SignedNote? note, out LogRejection rejection)
    {
        note = null;
        rejection = NoteText.Check(bytes, MaxBytes);
        if (rejection != LogRejection.None) return false;

        // The text may hold blank lines: the last one divides.
        int divide = bytes.LastIndexOf("\n\n"u8);
        ReadOnlySpan<byte> lines = divide < 0 ? [] : bytes[(divide + 2)..];
        if (lines.IsEmpty || lines[^1] != '\n')
        {
            rejection = LogRejection.NoSignatureBlock;
            return false;
        }

        var signatures = new List<NoteSignature>();
        while (!lines.IsEmpty)
        {
            if (signatures.Count == MaxSignatures)
            {
                rejection = LogRejection.TooManySignatures;
                return false;
            }

            if (!NoteSignature.TryParse(NoteText.TakeLine(ref lines), out NoteSignature? signature))
            {
                rejection = LogRejection.MalformedSignatureLine;
                return false;
            }

            signatures.Add(signature);
        }

        note = new SignedNote(bytes[..(divide + 1)].ToArray(), [.. signatures]);
        return true;
    }

    /// <summary>Makes a note with the signatures of these keys of type <see cref="NoteKeyType.Ed25519"/>, in this order.</summary>
    /// <exception cref="ArgumentException">
    /// The text does not end in a newline, is not UTF-8, holds a control character or is too large; or no signer.
    /// </exception>
    public static SignedNote Sign(ReadOnlySpan<byte> text, params ReadOnlySpan<NoteSigner> signers)
    {
        LogRejection rejection = NoteText.Check(text, MaxBytes);
        if (rejection != LogRejection.None) throw new ArgumentException($"Not the text of a note: {rejection}.", nameof(text));
        if (text.IsEmpty || text[^1] != '\n') throw new ArgumentException("The text of a note ends in a newline.", nameof(text));
        if (signers.IsEmpty) throw new ArgumentException("A note has at least one signature.", nameof(signers));

        var signatures = new NoteSignature[signers.Length];
        for (int i = 0; i < signers.Length; i++) signatures[i] = signers[i].Sign(text);
        return new SignedNote(text.ToArray(), []).With(signatures);
    }

    /// <summary>
    /// A note with more signatures over the same text. One that is here already by the same key gives way to the new one.
    /// </summary>
    /// <remarks>The signatures are not checked: verify what a witness answered before it is kept.</remarks>
    /// <exception cref="InvalidOperationException">
    /// More than <see cref="MaxSignatures"/>, or larger than <see cref="MaxBytes"/>.
    /// </exception>
    public SignedNote With(params ReadOnlySpan<NoteSignature> signatures)
    {
        var all = new List<NoteSignature>(_signatures);
        foreach (NoteSignature signature in signatures)
        {
            all.RemoveAll(old => old.KeyId == signature.KeyId && old.KeyName.Equals(signature.KeyName, StringComparison.Ordinal));
            all.Add(signature);
        }

        if (all.Count > MaxSignatures) throw new InvalidOperationException($"A note has at most {MaxSignatures} signatures.");
        var note = new SignedNote(_text, [.. all]);
        if (note.ToBytes().Length > MaxBytes) throw new InvalidOperationException($"A note has at most {MaxBytes} bytes.");
        return note;
    }

    /// <summary>Checks the signatures of all keys that we know and ignores the others.</summary>
    /// <param name="keys">The keys we know, each name and id once.</param>
    /// <param name="verified">
    /// Good signatures in the order of their lines, each key at most once, so that counting them counts keys.
    /// </param>
    /// <param name="rejection">
    /// <see cref="LogRejection.SignatureFailed"/> when even one signature of a known key is wrong, whatever the others are;
    /// <see cref="LogRejection.NoKnownSignature"/> when none of the keys has signed.
    /// </param>
    /// <returns>
    /// Whether at least one known key has signed. Which keys must have is the caller's question: see <see cref="LogVerifier"/>.
    /// </returns>
    /// <exception cref="ArgumentException">Two keys share name and id.</exception>
    public bool TryVerify(
        ReadOnlySpan<NoteVerifierKey> keys, [NotNullWhen(true)] out IReadOnlyList<VerifiedSignature>? verified, out LogRejection rejection)
    {
        verified = null;
        CheckDistinct(keys);
        var good = new List<VerifiedSignature>();
        foreach (NoteSignature signature in _signatures)
        {
            NoteVerifierKey? key = Find(keys, signature);
            if (key is null) continue;
            if (!key.Verify(_text, signature.Bytes.Span, out long? cosignedAt))
            {
                rejection = LogRejection.SignatureFailed;
                return false;
            }

            if (!good.Exists(v => v.Key == key)) good.Add(new VerifiedSignature(key, cosignedAt));
        }

        rejection = good.Count == 0 ? LogRejection.NoKnownSignature : LogRejection.None;
        verified = good.Count == 0 ? null : good;
        return verified is not null;
    }

    /// <summary>The note as it is sent and stored.</summary>
    public byte[] ToBytes()
    {
        var bytes = new ArrayBufferWriter<byte>(_text.Length + 1 + _signatures.Length * 128);
        bytes.Write(_text);
        bytes.Write("\n"u8);
        foreach (NoteSignature signature in _signatures)
        {
            Encoding.UTF8.GetBytes(signature.ToString(), bytes);
            bytes.Write("\n"u8);
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static NoteVerifierKey? Find(ReadOnlySpan<NoteVerifierKey> keys, NoteSignature signature)
    {
        foreach (NoteVerifierKey key in keys)
        {
            if (key.IsNamedBy(signature)) return key;
        }

        return null;
    }

    private static void CheckDistinct(ReadOnlySpan<NoteVerifierKey> keys)
    {
        for (int i = 1; i < keys.Length; i++)
        {
            foreach (NoteVerifierKey other in keys[..i])
            {
                if (other.Id == keys[i].Id && other.Name.Equals(keys[i].Name, StringComparison.Ordinal))
                    throw new ArgumentException($"Two keys are named {other.Name} with one id.", nameof(keys));
            }
        }
    }
}
