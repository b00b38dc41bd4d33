using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Candor.Log;

/// <summary>What a key signs, as the type byte of C2SP signed-note says it. One key pair serves one type only.</summary>
public enum NoteKeyType
{
    /// <summary>The note's text: what a log or a publisher signs with.</summary>
    Ed25519 = 0x01,

    /// <summary>A checkpoint's text and a time (C2SP tlog-cosignature, cosignature/v1): what a witness signs with.</summary>
    Cosignature = 0x04,
}

/// <summary>
/// A public key that checks note signatures: name, type and 32 bytes of Ed25519. Written <c>name+hex8(id)+base64(type || key)</c>.
/// </summary>
/// <remarks>
/// Signatures find their key by name and <see cref="Id"/>; the id is four bytes and easy to imitate, which gains an enemy nothing but a failed
/// signature. Immutable and safe for use by many threads; the key is imported once. Format: C2SP signed-note, spec/checkpoint.md.
/// </remarks>
public sealed class NoteVerifierKey
{
    /// <summary>Bytes of an Ed25519 public key (RFC 8032 section 5.1.5).</summary>
    public const int PublicKeySize = 32;

    // Far above any vkey; bounds what a hostile file can make us hold.
    internal const int MaxTextBytes = 16 * 1024;

    /// <summary>Cosignatures of ML-DSA-44 (FIPS 204), whose keys and signatures are kept and not checked yet: no library that is kept has it in both languages.</summary>
    public const byte MlDsa44 = 0x06;

    private const int MlDsa44PublicKeySize = 1312;

    private const int IdDigits = 8;
    private static readonly SearchValues<char> LowercaseHex = SearchValues.Create("0123456789abcdef");

    private readonly PublicKey _key;
    private readonly byte[] _publicKey;

    private NoteVerifierKey(string name, NoteKeyType type, byte[] publicKey, PublicKey key)
    {
        Name = name;
        Type = type;
        Id = ComputeId(name, type, publicKey);
        _publicKey = publicKey;
        _key = key;
    }

    public string Name { get; }

    public NoteKeyType Type { get; }

    /// <summary>First four bytes, big-endian, of SHA-256(name || 0x0A || type || public key).</summary>
    public uint Id { get; }

    public ReadOnlySpan<byte> PublicKey => _publicKey;

    /// <summary>Makes a key from its parts.</summary>
    /// <exception cref="ArgumentException">
    /// The name is no key name, the type is none of ours, or the public key is not a usable one of 32 bytes.
    /// </exception>
    public static NoteVerifierKey Create(string name, NoteKeyType type, ReadOnlySpan<byte> publicKey)
    {
        ArgumentNullException.ThrowIfNull(name);
        LogRejection rejection = Create(name, type, publicKey, out NoteVerifierKey? key);
        return key ?? throw new ArgumentException($"Not a note key: {rejection}.");
    }

    /// <summary>Reads a vkey. The whole text must be one: no white space around it.</summary>
    public static bool TryParse(ReadOnlySpan<char> vkey, [NotNullWhen(true)] out NoteVerifierKey? key, out LogRejection rejection)
    {
        key = null;
        rejection = Split(vkey, out string name, out uint id, out byte[] typeAndKey);
        if (rejection == LogRejection.None) rejection = CheckShape(typeAndKey, PublicKeySize);
        if (rejection != LogRejection.None) return false;
        rejection = Create(name, (NoteKeyType)typeAndKey[0], typeAndKey.AsSpan(1), out NoteVerifierKey? made);
        if (made is not null && made.Id != id) rejection = LogRejection.WrongKeyId;
        if (rejection == LogRejection.None) key = made;
        return key is not null;
    }

    /// <summary>Whether a text is the vkey of a key that is not read here: of a type that others have given out, or will. Of ML-DSA-44 the length and the id have to be right.</summary>
    public static bool IsOfAnotherType(ReadOnlySpan<char> vkey)
    {
        if (Split(vkey, out string name, out uint id, out byte[] typeAndKey) != LogRejection.None || typeAndKey.Length < 2 || Enum.IsDefined((NoteKeyType)typeAndKey[0])) return false;
        return typeAndKey[0] != MlDsa44 || (typeAndKey.Length == 1 + MlDsa44PublicKeySize && ComputeId(name, (NoteKeyType)MlDsa44, typeAndKey.AsSpan(1)) == id);
    }

    /// <summary>The vkey.</summary>
    public override string ToString()
    {
        byte[] typeAndKey = [(byte)Type, .. _publicKey];
        return $"{Name}+{FormatId(Id)}+{Convert.ToBase64String(typeAndKey)}";
    }

    internal bool IsNamedBy(NoteSignature signature) => signature.KeyId == Id && signature.KeyName.Equals(Name, StringComparison.Ordinal);

    /// <summary>Checks the bytes of a signature that names this key. The time is that of a cosignature, null for the other type.</summary>
    internal bool Verify(ReadOnlySpan<byte> text, ReadOnlySpan<byte> signature, out long? cosignedAt)
    {
        cosignedAt = null;
        if (Type == NoteKeyType.Ed25519)
            return signature.Length == Cosignature.Ed25519Size && SignatureAlgorithm.Ed25519.Verify(_key, text, signature);

        if (!Cosignature.TrySplit(signature, out long time, out ReadOnlySpan<byte> ed25519)) return false;
        if (!SignatureAlgorithm.Ed25519.Verify(_key, Cosignature.Message(text, time), ed25519)) return false;
        cosignedAt = time;
        return true;
    }

    internal static string FormatId(uint id) => id.ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>The three parts that vkeys and private keys share: <c>name+hex8(id)+base64(type || key)</c>.</summary>
    internal static LogRejection Split(ReadOnlySpan<char> text, out string name, out uint id, out byte[] typeAndKey)
    {
        (name, id, typeAndKey) = ("", 0, []);
        if (text.Length > MaxTextBytes) return LogRejection.TooLarge;
        // A name holds no plus sign, base64 may: the first two divide.
        int first = text.IndexOf('+');
        if (first < 0) return LogRejection.MalformedKey;
        ReadOnlySpan<char> rest = text[(first + 1)..];
        if (rest.Length <= IdDigits || rest[IdDigits] != '+') return LogRejection.MalformedKey;
        ReadOnlySpan<char> digits = rest[..IdDigits];
        if (digits.ContainsAnyExcept(LowercaseHex)) return LogRejection.MalformedKey;
        if (!NoteText.IsKeyName(text[..first])) return LogRejection.InvalidKeyName;

        ReadOnlySpan<char> base64 = rest[(IdDigits + 1)..];
        var ascii = new byte[base64.Length];
        byte[]? decoded = null;
        if (Ascii.FromUtf16(base64, ascii, out _) == OperationStatus.Done) NoteText.TryDecodeBase64(ascii, out decoded);
        CryptographicOperations.ZeroMemory(ascii);
        if (decoded is null) return LogRejection.MalformedKey;
        (name, id, typeAndKey) = (text[..first].ToString(), uint.Parse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture), decoded);
        return LogRejection.None;
    }

    /// <summary>A type that we know, followed by as many bytes as its keys have.</summary>
    internal static LogRejection CheckShape(ReadOnlySpan<byte> typeAndKey, int keySize)
    {
        if (!Enum.IsDefined((NoteKeyType)typeAndKey[0])) return LogRejection.UnknownKeyType;
        return typeAndKey.Length == 1 + keySize ? LogRejection.None : LogRejection.MalformedKey;
    }

    private static LogRejection Create(string name, NoteKeyType type, ReadOnlySpan<byte> publicKey, out NoteVerifierKey? key)
    {
        key = null;
        if (!NoteText.IsKeyName(name)) return LogRejection.InvalidKeyName;
        if (!Enum.IsDefined(type)) return LogRejection.UnknownKeyType;
        if (publicKey.Length != PublicKeySize) return LogRejection.MalformedKey;
        if (!NSec.Cryptography.PublicKey.TryImport(SignatureAlgorithm.Ed25519, publicKey, KeyBlobFormat.RawPublicKey, out PublicKey? imported)
            || imported is null)
        {
            return LogRejection.MalformedKey;
        }

        key = new NoteVerifierKey(name, type, publicKey.ToArray(), imported);
        return LogRejection.None;
    }

    private static uint ComputeId(string name, NoteKeyType type, ReadOnlySpan<byte> publicKey)
    {
        byte[] message = [.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. publicKey];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message, hash);
        return BinaryPrimitives.ReadUInt32BigEndian(hash);
    }
}
