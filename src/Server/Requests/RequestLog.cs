namespace Candor.Server.Requests;

/// <summary>Events 1000–1099.</summary>
internal static partial class RequestLog
{
    [LoggerMessage(1000, LogLevel.Error, "A request to {Route} failed.")]
    public static partial void RequestFailed(this ILogger log, string route, Exception cause);

    [LoggerMessage(1001, LogLevel.Error, "Nothing was stored: {Reason}.")]
    public static partial void StorageRefused(this ILogger log, string reason);
}
