using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Candor.Protocol;

public enum HolderType
{
    Device = 1,
    Phrase = 2,
    Password = 3,
    Passkey = 4,

    /// <summary>People who have its key in shares (spec/recovery-people.md).</summary>
    People = 5,
}

/// <summary>A holder's public keys: Ed25519 for what it signs, X25519 for what is sealed to it, 32 bytes each.</summary>
/// <remarks>The id is a hash of the keys (spec/ids.md §1.1), so nobody can put other keys under a known id.</remarks>
public sealed class HolderKeys
{
    public const int KeySize = 32;

    public HolderKeys(HolderType type, ReadOnlySpan<byte> signing, ReadOnlySpan<byte> agreement)
    {
        if (signing.Length != KeySize || agreement.Length != KeySize) throw new ArgumentException($"A public key is {KeySize} bytes.");
        if (type is < HolderType.Device or > HolderType.People) throw new ArgumentOutOfRangeException(nameof(type));
        Type = type;
        Signing = signing.ToArray();
        Agreement = agreement.ToArray();
        Id = IdOf(type, signing, agreement);
    }

    public HolderType Type { get; }
    public Id Id { get; }
    public ReadOnlyMemory<byte> Signing { get; }
    public ReadOnlyMemory<byte> Agreement { get; }

    public static Id IdOf(HolderType type, ReadOnlySpan<byte> signing, ReadOnlySpan<byte> agreement)
    {
        // "candor/v1 holder" (16), 0x00, type, two keys.
        Span<byte> input = stackalloc byte[18 + (2 * KeySize)];
        "candor/v1 holder\0"u8.CopyTo(input);
        input[17] = (byte)type;
        signing.CopyTo(input[18..]);
        agreement.CopyTo(input[(18 + KeySize)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return Id.From(hash[..Id.Size]);
    }

    /// <summary>The id that <paramref name="founder"/> gives to an account by the nonce of its first commit (spec/ids.md §1.2).</summary>
    public static Id AccountId(Id founder, Id nonce)
    {
        Span<byte> input = stackalloc byte[18 + (2 * Id.Size)];
        "candor/v1 account\0"u8.CopyTo(input);
        founder.CopyTo(input[18..]);
        nonce.CopyTo(input[(18 + Id.Size)..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return Id.From(hash[..Id.Size]);
    }

    /// <summary>The value of the header Candor-Holder: type, signing key and agreement key in hex, joined by dots.</summary>
    public string ToHeader() => $"{(int)Type}.{Convert.ToHexStringLower(Signing.Span)}.{Convert.ToHexStringLower(Agreement.Span)}";

    public static bool TryParseHeader([NotNullWhen(true)] string? text, [NotNullWhen(true)] out HolderKeys? keys)
    {
        keys = null;
        if (text is not { Length: 2 + (2 * KeySize) + 1 + (2 * KeySize) } || text[1] != '.' || text[2 + (2 * KeySize)] != '.') return false;
        if (text[0] is < '1' or > '5' || text.AsSpan().ContainsAnyInRange('A', 'F')) return false;
        Span<byte> bytes = stackalloc byte[2 * KeySize];
        if (Convert.FromHexString(text.AsSpan(2, 2 * KeySize), bytes, out _, out int first) != System.Buffers.OperationStatus.Done || first != KeySize) return false;
        if (Convert.FromHexString(text.AsSpan(3 + (2 * KeySize)), bytes[KeySize..], out _, out int second) != System.Buffers.OperationStatus.Done || second != KeySize) return false;
        keys = new((HolderType)(text[0] - '0'), bytes[..KeySize], bytes[KeySize..]);
        return true;
    }
}
