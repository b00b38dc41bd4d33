using System.Buffers;
using System.Security.Cryptography;
using Candor.Hpke;
using Candor.Protocol;

namespace Candor.Sealing;

/// <summary>The keys of one kind: they seal and open its records and files, and make its record ids.</summary>
/// <remarks>
/// A device has one for each kind whose consent is on, and none for the others. Safe for several threads until it is disposed.
/// Source: spec/keys.md §1, spec/records.md, spec/blobs.md.
/// </remarks>
public sealed class VaultKeys : IDisposable
{
    private readonly Id _account;
    private readonly SortedDictionary<uint, Secret32> _keys;
    private readonly Secret32 _idKey;
    private readonly Secret32 _contentKey;

    /// <param name="account">The account.</param>
    /// <param name="kind">The kind.</param>
    /// <param name="keys">Every vault key since the last erase, by epoch; at least one. They belong to the new object.</param>
    public VaultKeys(Id account, Kind kind, IEnumerable<KeyValuePair<uint, Secret32>> keys)
    {
        _account = account;
        Kind = kind;
        _keys = new(keys.ToDictionary());
        if (_keys.Count == 0) throw new ArgumentException("A vault has at least one key.", nameof(keys));
        NewestEpoch = _keys.Keys.Last();
        Secret32 oldest = _keys.Values.First();
        _idKey = Below(oldest, "candor/v1 record id\0"u8);
        _contentKey = Below(oldest, "candor/v1 content\0"u8);
    }

    public Kind Kind { get; }

    /// <summary>What new revisions are sealed under.</summary>
    public uint NewestEpoch { get; }

    public IReadOnlyCollection<uint> Epochs => _keys.Keys;

    /// <summary>The record id of a natural key (spec/records.md §2).</summary>
    public Id RecordId(ReadOnlySpan<byte> naturalKey)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var hmac = _idKey.BorrowHmacSha256();
        hmac.AppendData(naturalKey);
        hmac.GetHashAndReset(mac);
        _idKey.Return(hmac);
        return Id.From(mac[..Id.Size]);
    }

    public ContentHasher NewContentHasher() => new(_contentKey, _idKey);

    public Id ContentId(ReadOnlySpan<byte> content)
    {
        Span<byte> id = stackalloc byte[ContentHasher.IdSize];
        ContentHasher.ContentId(_contentKey, _idKey, content, id);
        return Id.From(id);
    }

    /// <summary>Bytes that <see cref="SealRecord"/> makes of a plaintext of this length.</summary>
    public static int SealedRecordLength(int plain) => (int)Cobblestone.SealedLength(Padding.PaddedRecordLength(plain));

    /// <summary>Pads and seals a record under the newest key, into exactly <see cref="SealedRecordLength"/> bytes.</summary>
    public void SealRecord(Id record, Id revision, ReadOnlySpan<byte> plain, Span<byte> destination) =>
        Seal(record, revision, SealingContext.Record, plain, Padding.PaddedRecordLength(plain.Length), destination);

    /// <summary>Opens a record and takes the padding off. Null, with the reason, for anything that was not sealed as this revision of this record.</summary>
    public byte[]? OpenRecord(Id record, Id revision, uint epoch, ReadOnlySpan<byte> sealedRecord, out OpenResult result) =>
        Open(record, revision, epoch, SealingContext.Record, sealedRecord, out result);

    /// <summary>Bytes that <see cref="SealPiece"/> makes of a piece of this length.</summary>
    public static int SealedPieceLength(int plain) => (int)Cobblestone.SealedLength(Padding.PaddedBlobLength(plain));

    /// <summary>
    /// Pads and seals piece <paramref name="number"/> of a file under the newest key, in place: the piece is the first <paramref name="plain"/> bytes of
    /// <paramref name="buffer"/>, which has exactly <see cref="SealedPieceLength"/> bytes and is the sealed piece afterwards.
    /// </summary>
    public void SealPiece(Id record, Id revision, string fileRole, int number, Span<byte> buffer, int plain)
    {
        if (plain > Limits.Piece) throw new ArgumentException($"A piece has at most {Limits.Piece} bytes.", nameof(plain));
        int padded = Padding.PaddedBlobLength(plain);
        Padding.Pad(buffer[..padded], plain);
        Span<byte> context = stackalloc byte[SealingContext.FixedLength + SealingContext.LongestRole];
        int length = SealingContext.Write(context, _account, Kind, record, revision, NewestEpoch, PieceRole(fileRole, number));
        Cobblestone.SealInPlace(_keys[NewestEpoch], context[..length], buffer, padded);
    }

    /// <summary>Opens a piece in place: it is the first bytes of <paramref name="sealedPiece"/> afterwards, and the rest is zero or padding.</summary>
    /// <returns>The piece's length, or -1, with the reason, for anything that was not sealed as this piece: then the buffer is zero, or untouched if no key was tried.</returns>
    public int OpenPiece(Id record, Id revision, uint epoch, string fileRole, int number, Span<byte> sealedPiece, out OpenResult result)
    {
        result = OpenResult.WrongKey;
        if (!_keys.TryGetValue(epoch, out Secret32? key)) return -1;
        Span<byte> context = stackalloc byte[SealingContext.FixedLength + SealingContext.LongestRole];
        int length = SealingContext.Write(context, _account, Kind, record, revision, epoch, PieceRole(fileRole, number));
        result = Cobblestone.OpenInPlace(key, context[..length], sealedPiece, out int padded);
        if (result != OpenResult.Opened) return -1;
        if (Padding.TryUnpad(sealedPiece[..padded], out int plain)) return plain;
        CryptographicOperations.ZeroMemory(sealedPiece);
        result = OpenResult.Damaged;
        return -1;
    }

    /// <summary>Always <c>[secret]</c>.</summary>
    public override string ToString() => "[secret]";

    public void Dispose()
    {
        foreach (var key in _keys.Values) key.Dispose();
        _idKey.Dispose();
        _contentKey.Dispose();
    }

    private static string PieceRole(string fileRole, int number) => $"{fileRole}/{number}";

    private void Seal(Id record, Id revision, string role, ReadOnlySpan<byte> plain, int paddedLength, Span<byte> destination)
    {
        byte[] padded = ArrayPool<byte>.Shared.Rent(paddedLength);
        try
        {
            plain.CopyTo(padded);
            Padding.Pad(padded.AsSpan(0, paddedLength), plain.Length);
            SealPadded(record, revision, role, padded.AsSpan(0, paddedLength), destination);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded.AsSpan(0, paddedLength));
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private void SealPadded(Id record, Id revision, string role, ReadOnlySpan<byte> padded, Span<byte> destination)
    {
        Span<byte> context = stackalloc byte[SealingContext.FixedLength + SealingContext.LongestRole];
        int length = SealingContext.Write(context, _account, Kind, record, revision, NewestEpoch, role);
        Cobblestone.Seal(_keys[NewestEpoch], context[..length], padded, destination);
    }

    private byte[]? Open(Id record, Id revision, uint epoch, string role, ReadOnlySpan<byte> sealedBytes, out OpenResult result)
    {
        result = OpenResult.WrongKey;
        if (!_keys.TryGetValue(epoch, out Secret32? key)) return null;
        if (Cobblestone.PlainLength(sealedBytes.Length) is not { } paddedLength || paddedLength > int.MaxValue)
        {
            result = Cobblestone.Impossible(sealedBytes.Length);
            return null;
        }
        byte[] padded = ArrayPool<byte>.Shared.Rent((int)paddedLength);
        try
        {
            Span<byte> context = stackalloc byte[SealingContext.FixedLength + SealingContext.LongestRole];
            int length = SealingContext.Write(context, _account, Kind, record, revision, epoch, role);
            result = Cobblestone.Open(key, context[..length], sealedBytes, padded.AsSpan(0, (int)paddedLength), out _);
            if (result != OpenResult.Opened) return null;
            if (Padding.TryUnpad(padded.AsSpan(0, (int)paddedLength), out int plain)) return padded.AsSpan(0, plain).ToArray();
            result = OpenResult.Damaged;
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(padded.AsSpan(0, (int)paddedLength));
            ArrayPool<byte>.Shared.Return(padded);
        }
    }

    private Secret32 Below(Secret32 key, ReadOnlySpan<byte> label)
    {
        Span<byte> whole = stackalloc byte[label.Length + Id.Size + 1];
        label.CopyTo(whole);
        _account.CopyTo(whole[label.Length..]);
        whole[^1] = (byte)Kind;
        return Hkdf.Derive(key, whole);
    }
}
