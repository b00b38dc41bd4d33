using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Candor.Protocol;

/// <summary>
/// A SHA-256 value: 32 bytes, compared by content and ordered as bytes. Written as 64 lowercase hex digits or 44 base64 characters.
/// </summary>
/// <remarks><c>default</c> is 32 zero bytes, which is the hash of nothing known and never equals a computed one.</remarks>
public readonly struct Hash32 : IEquatable<Hash32>, IComparable<Hash32>
{
    /// <summary>Bytes in a hash.</summary>
    public const int Size = 32;

    private const int Base64Length = 44;

    [ThreadStatic]
    private static IncrementalHash? t_hasher;

    // Four words and no array: a hash lives on the stack and inside other values, and is copied in two registers' time.
    // Their order in memory is the order of the bytes; nothing here reads them as numbers.
    private readonly ulong _0, _1, _2, _3;

    /// <exception cref="ArgumentException">
    /// <paramref name="bytes"/> is not exactly 32 bytes. For bytes from outside use <see cref="TryParse"/>.
    /// </exception>
    public Hash32(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A hash is {Size} bytes, not {bytes.Length}.", nameof(bytes));
        _0 = MemoryMarshal.Read<ulong>(bytes);
        _1 = MemoryMarshal.Read<ulong>(bytes[8..]);
        _2 = MemoryMarshal.Read<ulong>(bytes[16..]);
        _3 = MemoryMarshal.Read<ulong>(bytes[24..]);
    }

    /// <summary>SHA-256 of <paramref name="data"/>. Allocates nothing but each thread's own hasher, once.</summary>
    public static Hash32 Of(ReadOnlySpan<byte> data)
    {
        Hash32 hash = default;
        // Of short data the making of a hasher is most of the time: it is kept.
        var hasher = t_hasher ??= IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hasher.AppendData(data);
        hasher.GetHashAndReset(MemoryMarshal.AsBytes(new Span<Hash32>(ref hash)));
        return hash;
    }

    /// <summary>The 32 bytes in place. The span lives as long as the variable it was taken from.</summary>
    [UnscopedRef]
    public ReadOnlySpan<byte> AsSpan() => MemoryMarshal.AsBytes(new ReadOnlySpan<Hash32>(in this));

    public byte[] ToArray() => AsSpan().ToArray();

    /// <summary>Takes exactly 32 raw bytes; any other length is false.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out Hash32 hash)
    {
        bool right = bytes.Length == Size;
        hash = right ? new Hash32(bytes) : default;
        return right;
    }

    /// <summary>Takes exactly 64 hex digits, lowercase only, so that a hash has one spelling.</summary>
    public static bool TryParseHex(ReadOnlySpan<char> text, out Hash32 hash)
    {
        Span<byte> bytes = stackalloc byte[Size];
        hash = default;
        return text.Length == 2 * Size
            && !text.ContainsAnyInRange('A', 'F')
            && Convert.FromHexString(text, bytes, out _, out _) == OperationStatus.Done
            && TryParse(bytes, out hash);
    }

    /// <summary>
    /// Takes exactly the 44 characters that <see cref="ToBase64"/> writes (RFC 4648 section 4, padded, unused bits zero).
    /// </summary>
    public static bool TryParseBase64(ReadOnlySpan<char> text, out Hash32 hash)
    {
        Span<byte> ascii = stackalloc byte[Base64Length];
        hash = default;
        return text.Length == Base64Length
            && System.Text.Ascii.FromUtf16(text, ascii, out _) == OperationStatus.Done
            && TryParseBase64(ascii, out hash);
    }

    /// <inheritdoc cref="TryParseBase64(ReadOnlySpan{char}, out Hash32)"/>
    public static bool TryParseBase64(ReadOnlySpan<byte> ascii, out Hash32 hash)
    {
        Span<byte> bytes = stackalloc byte[Size + 1]; // 44 characters could hold 33 bytes
        Span<byte> again = stackalloc byte[Base64Length];
        hash = default;
        // The decoder skips white space and may ignore unused bits: only text that encodes back to itself is taken.
        return ascii.Length == Base64Length
            && Base64.DecodeFromUtf8(ascii, bytes, out _, out int written) == OperationStatus.Done
            && written == Size
            && Base64.EncodeToUtf8(bytes[..Size], again, out _, out _) == OperationStatus.Done
            && again.SequenceEqual(ascii)
            && TryParse(bytes[..Size], out hash);
    }

    /// <summary>64 lowercase hex digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(AsSpan());

    /// <summary>44 characters of base64 with padding (RFC 4648 section 4).</summary>
    public string ToBase64() => Convert.ToBase64String(AsSpan());

    /// <remarks>
    /// Not in constant time: hashes are public. Compare secrets with <see cref="CryptographicOperations.FixedTimeEquals"/>.
    /// </remarks>
    public bool Equals(Hash32 other) => _0 == other._0 && _1 == other._1 && _2 == other._2 && _3 == other._3;

    public override bool Equals(object? obj) => obj is Hash32 other && Equals(other);

    // Seeded per process: who sends us hashes with equal first bytes does not fill one bucket of a table.
    public override int GetHashCode() => HashCode.Combine(_0, _1, _2, _3);

    /// <summary>Orders by bytes, the first one heaviest: the order of the hex forms.</summary>
    public int CompareTo(Hash32 other) => AsSpan().SequenceCompareTo(other.AsSpan());

    public static bool operator ==(Hash32 left, Hash32 right) => left.Equals(right);

    public static bool operator !=(Hash32 left, Hash32 right) => !left.Equals(right);

    public static bool operator <(Hash32 left, Hash32 right) => left.CompareTo(right) < 0;

    public static bool operator >(Hash32 left, Hash32 right) => left.CompareTo(right) > 0;

    public static bool operator <=(Hash32 left, Hash32 right) => left.CompareTo(right) <= 0;

    public static bool operator >=(Hash32 left, Hash32 right) => left.CompareTo(right) >= 0;
}
