namespace Candor.Server.Commits;

/// <summary>Events 1100–1199.</summary>
internal static partial class CommitLog
{
    [LoggerMessage(1100, LogLevel.Information, "An account was founded.")]
    public static partial void AccountFounded(this ILogger log);

    [LoggerMessage(1101, LogLevel.Information, "A kind was erased: {Kind}.")]
    public static partial void KindErased(this ILogger log, string kind);
}
