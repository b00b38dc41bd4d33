namespace Candor.Server.PublicLog;

/// <summary>Events 1600–1699.</summary>
internal static partial class PublicLogLog
{
    [LoggerMessage(1600, LogLevel.Information, "The public log is {Origin}, {Size} entries; its key is {Key}")]
    public static partial void LogReady(this ILogger log, string origin, long size, string key);

    [LoggerMessage(1601, LogLevel.Critical, "The public log is not written any more. {Reason}")]
    public static partial void LogRefused(this ILogger log, string reason);

    [LoggerMessage(1602, LogLevel.Error, "A batch of the public log was not written; it is tried again.")]
    public static partial void LogBatchFailed(this ILogger log, Exception cause);

    [LoggerMessage(1603, LogLevel.Warning, "The witness {Name} did not sign: {Status}.")]
    public static partial void WitnessRefused(this ILogger log, string name, int status);

    [LoggerMessage(1604, LogLevel.Warning, "The witness {Name} does not answer: {Reason}")]
    public static partial void WitnessAway(this ILogger log, string name, string reason);

    [LoggerMessage(1605, LogLevel.Error, "The log's run of {What} failed; it is tried again at its next time.")]
    public static partial void LogRunFailed(this ILogger log, string what, Exception cause);
}
