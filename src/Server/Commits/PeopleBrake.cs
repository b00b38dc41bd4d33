using Candor.Log;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>People with shares get nothing of an account, and let nobody into it, before 72 hours have passed since they said so, by this server's own clock (spec/recovery-people.md §5).</summary>
/// <remarks>The log's rule R22 counts by the times in commits, which are their authors' word: whoever holds the shares could write any.</remarks>
public sealed class PeopleBrake(Database database, TimeProvider time)
{
    /// <summary>How long what a holder announced still waits; zero: the time is over; null: it has announced nothing that stands.</summary>
    public TimeSpan? Left(AccountState state, Id holder)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Announced is { } announced && announced.By == holder ? database.Read(sql => Left(sql, state.Account, announced, time.GetUtcNow())) : null;
    }

    /// <summary>Null where a holder may read the account; else too-soon with the seconds that are left: all of them where it has announced nothing.</summary>
    public Problem? CheckReading(AccountState state, Id holder)
    {
        var left = Left(state, holder) ?? Announcement.Wait;
        return left > TimeSpan.Zero ? Soon(left) : null;
    }

    /// <param name="sql">The unit of work, before the commit is written.</param>
    /// <param name="before">The state that the commit extends.</param>
    /// <param name="commit">The commit, which obeys the rules.</param>
    /// <param name="now">The time.</param>
    internal static Problem? Check(Statements sql, AccountState before, Commit commit, DateTimeOffset now)
    {
        if (before.Announced is not { } announced || announced.By != commit.Author || !commit.Operations.Any(o => o is HolderAdd)) return null;
        var left = Left(sql, commit.Account, announced, now);
        return left > TimeSpan.Zero ? Soon(left) : null;
    }

    private static TimeSpan Left(Statements sql, Id account, Announcement announced, DateTimeOffset now)
    {
        var left = Announcement.Wait - (now - DateTimeOffset.FromUnixTimeMilliseconds(CommitRows.Received(sql, account, announced.Place.Index)));
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private static Problem Soon(TimeSpan left) => Problem.Later(ErrorName.TooSoon, (int)Math.Ceiling(left.TotalSeconds));
}
