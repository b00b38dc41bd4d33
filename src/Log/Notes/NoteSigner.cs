using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Candor.Log;

/// <summary>A private Ed25519 key that signs notes under a name. Dispose it to wipe the key.</summary>
/// <remarks>
/// Written <c>PRIVATE+KEY+name+hex8(id)+base64(type || 32-byte seed)</c>, the form of Go's sumdb tools, so that they can use our log keys.
/// Safe for use by many threads. The danger: two running logs with one key sign two histories. A key has one writer and one type.
/// </remarks>
public sealed class NoteSigner : IDisposable
{
    /// <summary>Bytes of an Ed25519 private key (RFC 8032 section 5.1.5).</summary>
    public const int SeedSize = 32;

    private const string Prefix = "PRIVATE+KEY+";

    private readonly Key _key;

    /// <param name="name">Key name: for a public log its origin, for account logs the server's name.</param>
    /// <param name="type">What the key signs.</param>
    /// <param name="seed">32 bytes from a random number generator, copied into guarded memory. The caller wipes its own.</param>
    /// <exception cref="ArgumentException">The name is no key name, the type is none of ours, or the seed is not 32 bytes.</exception>
    public NoteSigner(string name, NoteKeyType type, ReadOnlySpan<byte> seed)
    {
        if (seed.Length != SeedSize) throw new ArgumentException($"A seed is {SeedSize} bytes, not {seed.Length}.", nameof(seed));
        Key key = Key.Import(SignatureAlgorithm.Ed25519, seed, KeyBlobFormat.RawPrivateKey);
        try
        {
            VerifierKey = NoteVerifierKey.Create(name, type, key.PublicKey.Export(KeyBlobFormat.RawPublicKey));
        }
        catch
        {
            key.Dispose();
            throw;
        }

        _key = key;
    }

    /// <summary>The public half, to give to those who check.</summary>
    public NoteVerifierKey VerifierKey { get; }

    public string Name => VerifierKey.Name;

    /// <summary>Reads the text form in UTF-8, without a newline at its end. The caller wipes <paramref name="text"/>.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, [NotNullWhen(true)] out NoteSigner? signer, out LogRejection rejection)
    {
        signer = null;
        rejection = NoteText.Check(text, NoteVerifierKey.MaxTextBytes);
        if (rejection != LogRejection.None) return false;

        var chars = new char[text.Length];
        byte[]? typeAndSeed = null;
        try
        {
            ReadOnlySpan<char> parts = chars.AsSpan(0, Encoding.UTF8.GetChars(text, chars));
            rejection = LogRejection.MalformedKey;
            if (!parts.StartsWith(Prefix, StringComparison.Ordinal)) return false;
            rejection = NoteVerifierKey.Split(parts[Prefix.Length..], out string name, out uint id, out typeAndSeed);
            if (rejection != LogRejection.None) return false;
            rejection = NoteVerifierKey.CheckShape(typeAndSeed, SeedSize);
            if (rejection != LogRejection.None) return false;

            var parsed = new NoteSigner(name, (NoteKeyType)typeAndSeed[0], typeAndSeed.AsSpan(1));
            if (parsed.VerifierKey.Id == id)
            {
                signer = parsed;
                return true;
            }

            parsed.Dispose();
            rejection = LogRejection.WrongKeyId;
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(MemoryMarshal.AsBytes(chars.AsSpan()));
            CryptographicOperations.ZeroMemory(typeAndSeed);
        }
    }

    /// <summary>Writes the text form in UTF-8, to be stored where nobody else reads. The caller wipes it.</summary>
    /// <exception cref="ArgumentException">As for the constructor.</exception>
    public static byte[] EncodePrivateKey(string name, NoteKeyType type, ReadOnlySpan<byte> seed)
    {
        using var signer = new NoteSigner(name, type, seed);
        string head = $"{Prefix}{name}+{NoteVerifierKey.FormatId(signer.VerifierKey.Id)}+";
        byte[] typeAndSeed = [(byte)type, .. seed];
        var text = new byte[Encoding.UTF8.GetByteCount(head) + (typeAndSeed.Length + 2) / 3 * 4];
        int length = Encoding.UTF8.GetBytes(head, text);
        System.Buffers.Text.Base64.EncodeToUtf8(typeAndSeed, text.AsSpan(length), out _, out _);
        CryptographicOperations.ZeroMemory(typeAndSeed);
        return text;
    }

    /// <summary>Signs a note's text. For a key of type <see cref="NoteKeyType.Ed25519"/>.</summary>
    /// <param name="text">UTF-8 that ends in a newline; <see cref="SignedNote.Sign"/> checks it and makes the note.</param>
    /// <exception cref="InvalidOperationException">The key is a witness's: it signs with <see cref="Cosign"/> only.</exception>
    public NoteSignature Sign(ReadOnlySpan<byte> text)
    {
        if (VerifierKey.Type != NoteKeyType.Ed25519) throw new InvalidOperationException("A cosignature key signs checkpoints with a time.");
        return Signature(SignatureAlgorithm.Ed25519.Sign(_key, text));
    }

    /// <summary>
    /// States that at this time the checkpoint is the largest consistent one seen of its log. For a key of type
    /// <see cref="NoteKeyType.Cosignature"/>.
    /// </summary>
    /// <param name="checkpointText">The text of the note as the log signed it, extension lines included.</param>
    /// <param name="time">Seconds since 1970, not negative.</param>
    /// <remarks>
    /// The danger: sign only after the consistency proof from the last cosigned checkpoint was checked and the new one was stored.
    /// </remarks>
    /// <exception cref="InvalidOperationException">The key is a log's.</exception>
    /// <exception cref="ArgumentException">The text is no checkpoint, or the time is negative.</exception>
    public NoteSignature Cosign(ReadOnlySpan<byte> checkpointText, long time)
    {
        if (VerifierKey.Type != NoteKeyType.Cosignature) throw new InvalidOperationException("A log's key makes no cosignatures.");
        ArgumentOutOfRangeException.ThrowIfNegative(time);
        if (!Checkpoint.TryParse(checkpointText, out _, out LogRejection rejection))
            throw new ArgumentException($"Not a checkpoint: {rejection}.", nameof(checkpointText));
        return Signature(Cosignature.Join(time, SignatureAlgorithm.Ed25519.Sign(_key, Cosignature.Message(checkpointText, time))));
    }

    /// <summary>The name. Nothing of the key.</summary>
    public override string ToString() => Name;

    public void Dispose() => _key.Dispose();

    private NoteSignature Signature(byte[] bytes) => new(Name, VerifierKey.Id, bytes);
}
