using System.Buffers.Binary;
using System.Text;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>
/// What a sealed thing is and where it belongs. Opened as anything else, its commitment fails: nothing can be moved between accounts,
/// kinds, records, revisions, epochs or slots.
/// </summary>
/// <remarks>
/// "candor/v1" || 0x00 || account (16) || u8 kind || record (16) || revision (16) || u32be epoch || role (ASCII). Source: spec/sealing.md,
/// "Context".
/// </remarks>
public static class SealingContext
{
    /// <summary>Everything before the role.</summary>
    public const int FixedLength = 10 + Id.Size + 1 + Id.Size + Id.Size + sizeof(uint);

    /// <summary>The longest role: "attachment/" or "part/", and two numbers.</summary>
    public const int LongestRole = 64;

    public const string Record = "record";
    public const string VaultKey = "vault-key";
    public const string RootKey = "root-key";
    public const string HolderName = "holder-name";
    public const string AccountSecret = "account-secret";
    public const string Welcome = "welcome";

    /// <summary>Writes the context and returns its length.</summary>
    /// <exception cref="ArgumentException">The role is empty, longer than <see cref="LongestRole"/>, or not ASCII.</exception>
    public static int Write(Span<byte> destination, Id account, Kind kind, Id record, Id revision, uint epoch, ReadOnlySpan<char> role)
    {
        if (role.Length is 0 or > LongestRole || !Ascii.IsValid(role)) throw new ArgumentException("A role is 1 … 64 ASCII characters.", nameof(role));
        "candor/v1\0"u8.CopyTo(destination);
        int at = 10;
        account.CopyTo(destination[at..]);
        at += Id.Size;
        destination[at++] = (byte)kind;
        record.CopyTo(destination[at..]);
        at += Id.Size;
        revision.CopyTo(destination[at..]);
        at += Id.Size;
        BinaryPrimitives.WriteUInt32BigEndian(destination[at..], epoch);
        at += sizeof(uint);
        Ascii.FromUtf16(role, destination[at..], out int written);
        return at + written;
    }

    public static byte[] Of(Id account, Kind kind, Id record, Id revision, uint epoch, ReadOnlySpan<char> role)
    {
        Span<byte> buffer = stackalloc byte[FixedLength + LongestRole];
        return buffer[..Write(buffer, account, kind, record, revision, epoch, role)].ToArray();
    }
}
