using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Candor.Log;

/// <summary>One signature line of a note: <c>— name base64(key id || signature)</c>. Only a claim until a key has checked it.</summary>
public sealed class NoteSignature
{
    private const int KeyIdSize = sizeof(uint);

    internal NoteSignature(string keyName, uint keyId, ReadOnlyMemory<byte> bytes)
    {
        KeyName = keyName;
        KeyId = keyId;
        Bytes = bytes;
    }

    // Em dash (U+2014) and a space.
    private static ReadOnlySpan<byte> Prefix => "\u2014 "u8;

    /// <summary>The name of the key that is said to have signed.</summary>
    public string KeyName { get; }

    public uint KeyId { get; }

    /// <summary>The signature without the key id, at least one byte. Its shape depends on the key's type.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>Reads one line without its newline, as a note or a witness's answer holds it. Signatures of any type are taken.</summary>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith(Prefix) || NoteText.Check(line, SignedNote.MaxBytes) != LogRejection.None) return false;
        ReadOnlySpan<byte> rest = line[Prefix.Length..];
        int space = rest.IndexOf((byte)' ');
        if (space < 0) return false;
        string name = Encoding.UTF8.GetString(rest[..space]);
        if (!NoteText.IsKeyName(name)) return false;
        if (!NoteText.TryDecodeBase64(rest[(space + 1)..], out byte[]? bytes) || bytes.Length <= KeyIdSize) return false;
        signature = new NoteSignature(name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes.AsMemory(KeyIdSize));
        return true;
    }

    /// <summary>The line without its newline.</summary>
    public override string ToString()
    {
        var bytes = new byte[KeyIdSize + Bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, KeyId);
        Bytes.Span.CopyTo(bytes.AsSpan(KeyIdSize));
        return $"\u2014 {KeyName} {Convert.ToBase64String(bytes)}";
    }
}

/// <summary>A signature that was checked and is good.</summary>
/// <param name="Key">The key that made it.</param>
/// <param name="CosignedAt">
/// Seconds since 1970 that a cosignature names and covers; null for a key of type <see cref="NoteKeyType.Ed25519"/>.
/// </param>
public readonly record struct VerifiedSignature(NoteVerifierKey Key, long? CosignedAt);
