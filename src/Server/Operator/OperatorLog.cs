namespace Candor.Server.Operator;

/// <summary>Events 1400–1499.</summary>
internal static partial class OperatorLog
{
    [LoggerMessage(1400, LogLevel.Information, "{Name} is ready at {Urls}; its key is {Key}")]
    public static partial void Ready(this ILogger log, string name, string urls, string key);

    [LoggerMessage(1401, LogLevel.Information, "Cleaned up: {Blobs} blobs and {Payloads} payloads removed.")]
    public static partial void Cleaned(this ILogger log, int blobs, int payloads);

    [LoggerMessage(1402, LogLevel.Error, "Cleaning up failed; it is tried again in an hour.")]
    public static partial void CleaningFailed(this ILogger log, Exception cause);

    [LoggerMessage(1404, LogLevel.Critical, "The disk failed. Nothing more was acknowledged, and the server stops: look at the disk, run candor-server scrub, then start it again.")]
    public static partial void DiskFailed(this ILogger log, Exception cause);

    [LoggerMessage(1403, LogLevel.Warning, "Requests travel in the clear at {Url}: put a proxy that speaks TLS before it, or listen on loopback only.")]
    public static partial void NoTls(this ILogger log, string url);
}
