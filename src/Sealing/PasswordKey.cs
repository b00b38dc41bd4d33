using System.Security.Cryptography;
using Candor.Hpke;
using NSec.Cryptography;

namespace Candor.Sealing;

/// <summary>The 32 bytes that a password and an account secret are together: what the password's holder is made from (spec/recovery-password.md §3).</summary>
/// <remarks>Everything that decides the cost stands here. Nothing of it can come from a server: there is no parameter to give.</remarks>
internal static class PasswordKey
{
    /// <summary>Suite 1: Argon2id version 1.3 with the numbers below.</summary>
    public const byte Suite = 1;

    /// <summary>KiB: 64 MiB.</summary>
    public const int MemoryKiB = 65_536;

    public const int Passes = 3;

    public const int Parallelism = 1;

    /// <summary>Argon2id's salt as libsodium takes it.</summary>
    private const int SaltSize = 16;

    /// <summary>Longest password, in characters of one byte each.</summary>
    public const int LongestPassword = 1024;

    /// <summary>True for the characters that every keyboard has and that are written in one way: U+0020 to U+007E, 1 to 1,024 of them.</summary>
    public static bool CanBeTyped(ReadOnlySpan<char> password) => password.Length is > 0 and <= LongestPassword && !password.ContainsAnyExceptInRange(' ', '~');

    /// <summary>
    /// stretched = Argon2id(password, salt = the first 16 bytes of SHA-256("candor/v1 password salt" || 0x00 || secret)); key = the first 32 bytes of
    /// HMAC-SHA-512(secret, "candor/v1 password" || 0x00 || suite || stretched).
    /// </summary>
    /// <exception cref="ArgumentException">The password has other characters, or none.</exception>
    public static Secret32 Derive(AccountSecret secret, ReadOnlySpan<char> password)
    {
        if (!CanBeTyped(password)) throw new ArgumentException("A password is 1 … 1,024 printable ASCII characters.", nameof(password));
        Span<byte> typed = stackalloc byte[LongestPassword];
        Span<byte> saltInput = stackalloc byte[24 + AccountSecret.SecretSize];
        Span<byte> salt = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> mix = stackalloc byte[19 + 1 + Secret32.Size];
        Span<byte> whole = stackalloc byte[SHA512.HashSizeInBytes];
        try
        {
            int length = System.Text.Encoding.ASCII.GetBytes(password, typed);
            "candor/v1 password salt\0"u8.CopyTo(saltInput);
            secret.Secret.CopyTo(saltInput[24..]);
            SHA256.HashData(saltInput, salt);

            "candor/v1 password\0"u8.CopyTo(mix);
            mix[19] = Suite;
            var argon = new Argon2id(new Argon2Parameters { DegreeOfParallelism = Parallelism, MemorySize = MemoryKiB, NumberOfPasses = Passes });
            argon.DeriveBytes(typed[..length], salt[..SaltSize], mix[20..]);
            HMACSHA512.HashData(secret.Secret, mix, whole);
            return new(whole[..Secret32.Size]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(typed);
            CryptographicOperations.ZeroMemory(saltInput);
            CryptographicOperations.ZeroMemory(mix);
            CryptographicOperations.ZeroMemory(whole);
        }
    }
}
