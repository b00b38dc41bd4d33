using System.Security.Cryptography;
using System.Text;

namespace Candor.Protocol;

/// <summary>What both sides of a pairing compute from its messages, and their limits (spec/pairing.md §1).</summary>
public static class PairingRules
{
    public const int Version = 1;

    public const int NonceSize = 32;

    /// <summary>A device's name, UTF-8.</summary>
    public const int LongestName = 128;

    public const int LongestMessage = 4096;

    public const int CodeDigits = 9;

    /// <summary>How long a server keeps a pairing.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(15);

    /// <summary>Binds the new device to the whole of its reveal before it sees the offer.</summary>
    public static Hash32 Commitment(ReadOnlySpan<byte> reveal) => Labelled("candor/v1 pairing\0"u8, [], [], reveal);

    /// <summary>The hash that the words and the welcome come from; the messages as sent.</summary>
    public static Hash32 Transcript(in Hash32 commitment, ReadOnlySpan<byte> offer, ReadOnlySpan<byte> reveal) =>
        Labelled("candor/v1 words\0"u8, commitment.AsSpan(), offer, reveal);

    public static bool IsCode(ReadOnlySpan<char> code) => code.Length == CodeDigits && !code.ContainsAnyExceptInRange('0', '9');

    /// <summary>Short enough, and nothing in it that a terminal or a list would take for anything but a name.</summary>
    public static bool IsName(string name) => Encoding.UTF8.GetByteCount(name) <= LongestName && !name.Any(char.IsControl);

    private static Hash32 Labelled(ReadOnlySpan<byte> label, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ReadOnlySpan<byte> third)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(label);
        sha.AppendData(first);
        sha.AppendData(second);
        sha.AppendData(third);
        Span<byte> hash = stackalloc byte[Hash32.Size];
        sha.GetHashAndReset(hash);
        return new(hash);
    }
}
