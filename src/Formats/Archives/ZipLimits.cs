namespace Candor.Formats.Archives;

/// <summary>How much a zip from outside may ask of us. Every limit is measured on what really comes out, never on what a header
/// declares.</summary>
public sealed record ZipLimits
{
    /// <summary>Entries in the directory. More is refused before any is read; a million is ten times the largest export seen in the
    /// wild.</summary>
    public int MaxEntries { get; init; } = 1_000_000;

    /// <summary>Bytes of the central directory: 128 MiB, a million entries with names of ordinary length.</summary>
    public long MaxDirectoryBytes { get; init; } = 128L << 20;

    /// <summary>Bytes inflated from the whole archive, an entry opened twice counting twice: 256 GiB, above the largest Takeout part (50
    /// GB).</summary>
    public long MaxTotalBytes { get; init; } = 256L << 30;

    /// <summary>Bytes that one entry may inflate to: 64 GiB.</summary>
    public long MaxEntryBytes { get; init; } = 64L << 30;

    /// <summary>Bytes out per byte in, once an entry has given more than <see cref="RatioGraceBytes"/>. Deflate itself ends at
    /// 1,032.</summary>
    public int MaxRatio { get; init; } = 200;

    /// <summary>What an entry may give before its ratio is looked at: 16 MiB, so that a blank picture or an empty database still comes
    /// through.</summary>
    public long RatioGraceBytes { get; init; } = 16L << 20;
}
