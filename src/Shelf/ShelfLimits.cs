namespace Candor.Shelf;

/// <summary>Bounds of what a client takes from a shelf, in bytes and counts. The first four are those of tuf-js, so that what it reads we read.</summary>
public static class ShelfLimits
{
    public const int Root = 512_000;

    public const int Timestamp = 16_384;

    public const int Snapshot = 2_000_000;

    public const int Targets = 5_000_000;

    /// <summary>Root versions that one refresh follows.</summary>
    public const int RootRotations = 256;

    /// <summary>Delegated roles that one search visits.</summary>
    public const int Delegations = 32;
}
