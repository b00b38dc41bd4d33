using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>
/// The content id of a file: 16 bytes by which the owner's devices recognise the same file, and which mean nothing without the keys.
/// </summary>
/// <remarks>
/// <para>tag_i = GMAC (AES-256-GCM of nothing, the part as additional data, nonce = part number) under the content key; id = the first 16
/// bytes of HMAC-SHA-256(id key, "candor/v1 content" || 0x00 || u64be length || tags). GMAC and not SHA-256 because it runs at several
/// times the speed, and a keyed universal hash is all that telling one's own files apart needs. It is not a signature and not a
/// commitment: who has the content key can make two files with one id.</para>
/// <para>The tags never leave: with nonces that every file uses again, two of them would give the hash key away. Source: spec/sealing.md,
/// "Content id". One thread at a time.</para>
/// </remarks>
public sealed class ContentHasher : IDisposable
{
    /// <summary>Bytes of every part but the last: one piece of a file (spec/blobs.md), 8 MiB − 1.</summary>
    public const int PartSize = (8 << 20) - 1;

    public const int IdSize = 16;

    private const int NonceSize = 12;
    private const int TagSize = 16;

    private readonly AesGcm _gmac;
    private readonly Secret32 _idKey;
    private readonly List<byte> _tags = [];
    private long _length;
    private bool _lastPartSeen;

    /// <summary>Borrows <paramref name="idKey"/> until the dispose.</summary>
    public ContentHasher(Secret32 contentKey, Secret32 idKey)
    {
        ArgumentNullException.ThrowIfNull(contentKey);
        ArgumentNullException.ThrowIfNull(idKey);
        _gmac = new AesGcm(contentKey.Bytes, TagSize);
        _idKey = idKey;
    }

    /// <summary>The id of a file that is in memory: 16 bytes into <paramref name="id"/>.</summary>
    public static void ContentId(Secret32 contentKey, Secret32 idKey, ReadOnlySpan<byte> content, Span<byte> id)
    {
        using ContentHasher hasher = new(contentKey, idKey);
        while (!content.IsEmpty)
        {
            ReadOnlySpan<byte> part = content[..Math.Min(content.Length, PartSize)];
            hasher.Append(part);
            content = content[part.Length..];
        }

        hasher.Finish(id);
    }

    /// <summary>
    /// The next part, in order: <see cref="PartSize"/> bytes, the last one fewer if the file is. Nothing at all is no part.
    /// </summary>
    /// <exception cref="ArgumentException">More than <see cref="PartSize"/> bytes.</exception>
    /// <exception cref="InvalidOperationException">A shorter part, so the last one, has been appended; or the id has been
    /// taken.</exception>
    public void Append(ReadOnlySpan<byte> part)
    {
        if (part.Length > PartSize) throw new ArgumentException($"A part has at most {PartSize} bytes.", nameof(part));
        if (part.IsEmpty) return;
        AppendTag(part);
        _lastPartSeen = part.Length < PartSize;
    }

    /// <summary>16 bytes into <paramref name="id"/>; nothing can be appended after it. A file without bytes has one empty part.</summary>
    public void Finish(Span<byte> id)
    {
        if (id.Length != IdSize) throw new ArgumentException($"A content id is {IdSize} bytes.", nameof(id));
        if (_tags.Count == 0) AppendTag([]);

        IncrementalHash hmac = _idKey.BorrowHmacSha256();
        hmac.AppendData("candor/v1 content\0"u8);
        Span<byte> length = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteInt64BigEndian(length, _length);
        hmac.AppendData(length);
        hmac.AppendData(CollectionsMarshal.AsSpan(_tags));
        Span<byte> mac = stackalloc byte[SHA256.HashSizeInBytes];
        hmac.GetHashAndReset(mac);
        _idKey.Return(hmac);
        mac[..IdSize].CopyTo(id);
        _lastPartSeen = true;
    }

    private void AppendTag(ReadOnlySpan<byte> part)
    {
        if (_lastPartSeen) throw new InvalidOperationException("The last part has been appended.");
        Span<byte> nonce = stackalloc byte[NonceSize];
        nonce.Clear();
        BinaryPrimitives.WriteInt32BigEndian(nonce[(NonceSize - sizeof(int))..], _tags.Count / TagSize);
        Span<byte> tag = stackalloc byte[TagSize];
        _gmac.Encrypt(nonce, [], [], tag, part);
        _tags.AddRange(tag);
        _length += part.Length;
    }

    public void Dispose()
    {
        _gmac.Dispose();
        CryptographicOperations.ZeroMemory(CollectionsMarshal.AsSpan(_tags));
        _tags.Clear();
    }
}
