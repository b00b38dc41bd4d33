namespace Candor.Protocol;

/// <summary>Sizes that both sides enforce; spec/account-log.md §2–3, spec/http-api.md §6. Bytes unless said otherwise.</summary>
public static class Limits
{
    /// <summary>A commit body.</summary>
    public const int Commit = 1 << 20;

    /// <summary>A leaf: the body, its signature (64) and the CBOR around both.</summary>
    public const int Leaf = Commit + 64 + 16;

    /// <summary>Operations in one commit.</summary>
    public const int Operations = 4096;

    /// <summary>Parents of one revision.</summary>
    public const int Parents = 16;

    /// <summary>Blobs that one revision may name.</summary>
    public const int BlobsPerPut = 4096;

    /// <summary>A sealed record that travels in a bundle; a longer one is a blob.</summary>
    public const int Payload = 64 << 10;

    /// <summary>All payloads of one push.</summary>
    public const int Bundle = 16 << 20;

    /// <summary>The plaintext of one piece of a file: padded with at least one byte it is exactly 8 MiB.</summary>
    public const int Piece = (8 << 20) - 1;

    /// <summary>A sealed piece: 8 MiB of padded plaintext, salt and commitment (56), and a tag of 16 for each of 513 chunks.</summary>
    public const int Blob = (8 << 20) + 56 + (513 * 16);

    /// <summary>The largest sealed record, inline or as a blob.</summary>
    public const int SealedRecord = 1 << 30;

    /// <summary>Salt (24), commitment (32) and the tag (16) of an empty chunk: nothing sealed is shorter.</summary>
    public const int SmallestSealed = 24 + 32 + 16;

    /// <summary>A sealed key: <see cref="SmallestSealed"/> and 32 bytes of key.</summary>
    public const int SealedKey = SmallestSealed + 32;

    /// <summary>An HPKE wrap of a root key: enc (32), key (32), tag (16).</summary>
    public const int Wrap = 32 + 32 + 16;

    public const int HolderName = 1024;

    public const int LiveHolders = 64;

    /// <summary>The texts `law` and `region` in operations, UTF-8.</summary>
    public const int Text = 256;

    /// <summary>A push: leaf, bundle, sealed vault keys, and the CBOR around them.</summary>
    public const int Push = Leaf + Bundle + 4096;

    /// <summary>A commit that is put back: a push, and the numbers of what is not in it.</summary>
    public const int PutBack = Push + (3 * Operations);

    /// <summary>Places or names in one request.</summary>
    public const int ListItems = 4096;
}
