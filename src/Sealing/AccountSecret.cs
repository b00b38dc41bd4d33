using System.Security.Cryptography;

namespace Candor.Sealing;

/// <summary>What came of reading an account secret. Closed.</summary>
public enum AccountSecretResult
{
    Read,

    /// <summary>Not 32 letters.</summary>
    WrongLength,

    /// <summary>A letter that no account secret has.</summary>
    UnknownLetter,

    /// <summary>32 letters that do not belong together.</summary>
    WrongChecksum,

    /// <summary>Of a suite that this program does not know: a later one made it.</summary>
    UnknownSuite,
}

/// <summary>128 random bits that a password is mixed with, so that the password alone opens nothing and a stolen server gives nothing to guess against.</summary>
/// <remarks>It names the suite too: the costs of the password's derivation come from paper and program, never from a server. Source: spec/recovery-password.md §2.</remarks>
public sealed class AccountSecret : IDisposable
{
    /// <summary>u8 suite, secret (16), checksum (3): 160 bits, 32 letters.</summary>
    public const int Size = 1 + SecretSize + CheckSize;

    internal const int SecretSize = 16;

    private const int CheckSize = 3;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);

    private AccountSecret()
    {
    }

    /// <summary>The 16 secret bytes.</summary>
    internal ReadOnlySpan<byte> Secret => _bytes.AsSpan(1, SecretSize);

    /// <summary>All of it, as it is sealed.</summary>
    internal ReadOnlySpan<byte> Bytes => _bytes;

    public static AccountSecret Generate()
    {
        AccountSecret made = new();
        made._bytes[0] = PasswordKey.Suite;
        RandomNumberGenerator.Fill(made._bytes.AsSpan(1, SecretSize));
        Checksum(made._bytes.AsSpan(0, 1 + SecretSize), made._bytes.AsSpan(1 + SecretSize));
        return made;
    }

    /// <summary>Reads what a person typed from paper; upper and lower case, spaces and hyphens are alike.</summary>
    /// <param name="text">Of any length.</param>
    /// <param name="secret">Null unless the answer is <see cref="AccountSecretResult.Read"/>.</param>
    /// <param name="unknownLetter">With <see cref="AccountSecretResult.UnknownLetter"/> its place, 0 … 31; else −1.</param>
    public static AccountSecretResult TryRead(ReadOnlySpan<char> text, out AccountSecret? secret, out int unknownLetter)
    {
        secret = null;
        AccountSecret read = new();
        AccountSecretResult result = HandText.TryRead(text, read._bytes, out unknownLetter) ? Check(read._bytes)
            : unknownLetter >= 0 ? AccountSecretResult.UnknownLetter
            : AccountSecretResult.WrongLength;
        if (result == AccountSecretResult.Read) secret = read;
        else read.Dispose();
        return result;
    }

    /// <summary>The same from its 20 bytes; null for anything else.</summary>
    internal static AccountSecret? FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size || Check(bytes) != AccountSecretResult.Read) return null;
        AccountSecret read = new();
        bytes.CopyTo(read._bytes);
        return read;
    }

    /// <summary>32 letters in eight groups, for paper. They cannot be cleared from memory: keep them briefly.</summary>
    public string ToText() => HandText.Write(_bytes);

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private static AccountSecretResult Check(ReadOnlySpan<byte> bytes)
    {
        Span<byte> check = stackalloc byte[CheckSize];
        Checksum(bytes[..(1 + SecretSize)], check);
        return !check.SequenceEqual(bytes[(1 + SecretSize)..]) ? AccountSecretResult.WrongChecksum
            : bytes[0] != PasswordKey.Suite ? AccountSecretResult.UnknownSuite
            : AccountSecretResult.Read;
    }

    /// <summary>The first bytes of SHA-256("candor/v1 account secret" || 0x00 || suite || secret).</summary>
    private static void Checksum(ReadOnlySpan<byte> suiteAndSecret, Span<byte> check)
    {
        Span<byte> input = stackalloc byte[25 + 1 + SecretSize];
        "candor/v1 account secret\0"u8.CopyTo(input);
        suiteAndSecret.CopyTo(input[25..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[..check.Length].CopyTo(check);
        CryptographicOperations.ZeroMemory(input);
    }
}
