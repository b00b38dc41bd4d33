using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Candor.Protocol;

/// <summary>A 16-byte id: of an account, a holder, a record or a revision. In text, 32 lowercase hex digits and no other form.</summary>
/// <remarks>spec/ids.md. Compared and sorted as bytes, first byte first.</remarks>
public readonly record struct Id(UInt128 Value) : IComparable<Id>
{
    public const int Size = 16;

    public static Id Zero => default;

    public bool IsZero => Value == UInt128.Zero;

    /// <summary>Reads exactly <see cref="Size"/> bytes; any other length is a programming error.</summary>
    public static Id From(ReadOnlySpan<byte> bytes) => bytes.Length == Size
        ? new(BinaryPrimitives.ReadUInt128BigEndian(bytes))
        : throw new ArgumentException($"An id is {Size} bytes, not {bytes.Length}.", nameof(bytes));

    /// <summary>16 bytes from the operating system's random generator.</summary>
    public static Id Random()
    {
        Span<byte> bytes = stackalloc byte[Size];
        RandomNumberGenerator.Fill(bytes);
        return From(bytes);
    }

    public static bool TryParse([NotNullWhen(true)] string? text, out Id id)
    {
        id = default;
        if (text is not { Length: 2 * Size } || text.AsSpan().ContainsAnyInRange('A', 'F')) return false;
        Span<byte> bytes = stackalloc byte[Size];
        if (Convert.FromHexString(text, bytes, out _, out int written) != System.Buffers.OperationStatus.Done || written != Size) return false;
        id = From(bytes);
        return true;
    }

    public void CopyTo(Span<byte> destination) => BinaryPrimitives.WriteUInt128BigEndian(destination, Value);

    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    public int CompareTo(Id other) => Value.CompareTo(other.Value);

    public override string ToString() => Convert.ToHexStringLower(ToArray());

    public static bool operator <(Id left, Id right) => left.Value < right.Value;
    public static bool operator >(Id left, Id right) => left.Value > right.Value;
    public static bool operator <=(Id left, Id right) => left.Value <= right.Value;
    public static bool operator >=(Id left, Id right) => left.Value >= right.Value;
}
