using System.Security.Cryptography;
using Candor.Hpke;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>What came of reading a share. Closed.</summary>
public enum ShareResult
{
    Read,

    /// <summary>Not 72 letters.</summary>
    WrongLength,

    /// <summary>A letter that no share has.</summary>
    UnknownLetter,

    /// <summary>72 letters that do not belong together.</summary>
    WrongChecksum,

    /// <summary>Of a version that this program does not know, or with numbers that no share has.</summary>
    UnknownForm,
}

/// <summary>One person's share: it says which set it is of, how many are needed, and which it is. Alone it says nothing of the secret.</summary>
/// <remarks>u8 version || set (8) || u8 needed || u8 number || value (32) || check (2): 360 bits, 72 letters. Source: spec/recovery-people.md §2.</remarks>
public sealed class SecretShare : IDisposable
{
    /// <summary>Bytes of a share.</summary>
    public const int Size = ValueAt + Secret32.Size + CheckSize;

    /// <summary>The first bytes of the holder's id.</summary>
    internal const int SetSize = 8;

    private const byte Version = 1;
    private const int ValueAt = 1 + SetSize + 2;
    private const int CheckSize = 2;

    private readonly byte[] _bytes = GC.AllocateArray<byte>(Size, pinned: true);

    private SecretShare()
    {
    }

    /// <summary>How many of the set are needed: 2 … 16.</summary>
    public int Needed => _bytes[1 + SetSize];

    /// <summary>1 … 16.</summary>
    public int Number => _bytes[2 + SetSize];

    /// <summary>Which set it is of: the first 8 bytes of the holder's id.</summary>
    public ReadOnlySpan<byte> Set => _bytes.AsSpan(1, SetSize);

    internal ReadOnlySpan<byte> Value => _bytes.AsSpan(ValueAt, Secret32.Size);

    internal static SecretShare Make(Id holder, int needed, int number, ReadOnlySpan<byte> value)
    {
        SecretShare made = new();
        Span<byte> id = stackalloc byte[Id.Size];
        holder.CopyTo(id);
        made._bytes[0] = Version;
        id[..SetSize].CopyTo(made._bytes.AsSpan(1));
        made._bytes[1 + SetSize] = (byte)needed;
        made._bytes[2 + SetSize] = (byte)number;
        value.CopyTo(made._bytes.AsSpan(ValueAt));
        Checksum(made._bytes.AsSpan(0, Size - CheckSize), made._bytes.AsSpan(Size - CheckSize));
        return made;
    }

    /// <summary>Reads what a person typed: upper and lower case, spaces and hyphens are alike.</summary>
    /// <param name="text">Of any length.</param>
    /// <param name="share">Null unless the answer is <see cref="ShareResult.Read"/>.</param>
    /// <param name="unknownLetter">With <see cref="ShareResult.UnknownLetter"/> its place, 0 … 71; else −1.</param>
    public static ShareResult TryRead(ReadOnlySpan<char> text, out SecretShare? share, out int unknownLetter)
    {
        share = null;
        SecretShare read = new();
        ShareResult result = HandText.TryRead(text, read._bytes, out unknownLetter) ? read.Check()
            : unknownLetter >= 0 ? ShareResult.UnknownLetter
            : ShareResult.WrongLength;
        if (result == ShareResult.Read) share = read;
        else read.Dispose();
        return result;
    }

    /// <summary>72 letters in 18 groups. They cannot be cleared from memory: keep them briefly.</summary>
    public string ToText() => HandText.Write(_bytes);

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose() => CryptographicOperations.ZeroMemory(_bytes);

    private ShareResult Check()
    {
        Span<byte> check = stackalloc byte[CheckSize];
        Checksum(_bytes.AsSpan(0, Size - CheckSize), check);
        if (!check.SequenceEqual(_bytes.AsSpan(Size - CheckSize))) return ShareResult.WrongChecksum;
        bool known = _bytes[0] == Version && Needed is >= 2 and <= SecretShares.Most && Number is >= 1 and <= SecretShares.Most;
        return known ? ShareResult.Read : ShareResult.UnknownForm;
    }

    /// <summary>The first bytes of SHA-256("candor/v1 share" || 0x00 || all before).</summary>
    private static void Checksum(ReadOnlySpan<byte> before, Span<byte> check)
    {
        Span<byte> input = stackalloc byte[16 + Size - CheckSize];
        "candor/v1 share\0"u8.CopyTo(input);
        before.CopyTo(input[16..]);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        hash[..CheckSize].CopyTo(check);
        CryptographicOperations.ZeroMemory(input);
    }
}
