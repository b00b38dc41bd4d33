namespace Candor.Protocol;

/// <summary>How a device announces in the log that it will erase a kind: it takes its own consent back with this text's hash (spec/http-api.md §3.1).</summary>
public static class EraseNotice
{
    /// <summary>SHA-256("candor/v1 erase").</summary>
    public static Hash32 Hash { get; } = Hash32.Of("candor/v1 erase"u8);
}
