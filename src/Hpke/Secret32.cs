using System.Security.Cryptography;

namespace Candor.Hpke;

/// <summary>
/// A 32-byte secret: a root key, a vault key, a private key, the entropy of a phrase. The bytes are pinned, so that the garbage collector
/// leaves no copies behind, and are zeroed on dispose.
/// </summary>
/// <remarks>
/// Safe for several threads, except that nothing may use the secret while it is being disposed. The owner disposes it: a method that
/// takes a secret never does.
/// </remarks>
public sealed class Secret32 : IDisposable
{
    public const int Size = 32;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);
    private IncrementalHash? _hmac;
    private volatile bool _disposed;

    /// <summary>Copies exactly 32 bytes. The caller still has its own copy to clear.</summary>
    /// <exception cref="ArgumentException">Any other length.</exception>
    public Secret32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A secret is {Size} bytes, not {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(_bytes);
    }

    private Secret32()
    {
    }

    /// <summary>32 bytes from the operating system's generator.</summary>
    public static Secret32 Generate()
    {
        Secret32 secret = Blank(out Span<byte> bytes);
        RandomNumberGenerator.Fill(bytes);
        return secret;
    }

    /// <summary>
    /// The secret itself, in place. Do not copy it to memory that is not cleared, and do not keep the span past the dispose.
    /// </summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return _bytes;
        }
    }

    /// <summary>Takes the same time wherever the two differ.</summary>
    public bool FixedTimeEquals(Secret32 other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return CryptographicOperations.FixedTimeEquals(Bytes, other.Bytes);
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose()
    {
        _disposed = true;
        CryptographicOperations.ZeroMemory(_bytes);
        Interlocked.Exchange(ref _hmac, null)?.Dispose();
    }

    /// <summary>All zeros: never a key, always the sign of a buffer that nobody filled.</summary>
    internal bool IsZero()
    {
        int any = 0;
        foreach (byte b in Bytes) any |= b;
        return any == 0;
    }

    /// <summary>A secret to be, for the caller to write into in place before anyone else sees it.</summary>
    internal static Secret32 Blank(out Span<byte> bytes)
    {
        Secret32 secret = new();
        bytes = secret._bytes;
        return secret;
    }

    /// <summary>
    /// HMAC-SHA-512 keyed with this secret. Keying it costs more than hashing a short input, so one is kept with the secret and lent to one
    /// caller at a time; another caller gets one of its own. Hand it back, reset, with <see cref="Return"/>.
    /// </summary>
    internal IncrementalHash BorrowHmacSha512() => BorrowHmac(HashAlgorithmName.SHA512, SHA512.HashSizeInBytes);

    /// <summary>The same with SHA-256. A secret is used with one of the two: one of the other kind is made anew.</summary>
    internal IncrementalHash BorrowHmacSha256() => BorrowHmac(HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);

    private IncrementalHash BorrowHmac(HashAlgorithmName hash, int size)
    {
        var kept = Interlocked.Exchange(ref _hmac, null);
        if (kept?.HashLengthInBytes == size) return kept;
        kept?.Dispose();
        return IncrementalHash.CreateHMAC(hash, Bytes);
    }

    internal void Return(IncrementalHash hmac)
    {
        if (Interlocked.CompareExchange(ref _hmac, hmac, null) is not null) hmac.Dispose();
        if (_disposed) Interlocked.Exchange(ref _hmac, null)?.Dispose();
    }
}
