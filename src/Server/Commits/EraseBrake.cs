using Candor.Log;
using Candor.Protocol;
using Candor.Server.Requests;
using Candor.Server.Storage;

namespace Candor.Server.Commits;

/// <summary>An erasure is taken a day after it was announced, so that a device that was stolen can be removed before it destroys everything (spec/http-api.md §3.1).</summary>
/// <remarks>By this server's own clock: times in commits are their authors' word. A server that lies could destroy the bytes anyway.</remarks>
internal static class EraseBrake
{
    /// <param name="sql">The unit of work, before the commit is written.</param>
    /// <param name="before">The state that the commit extends.</param>
    /// <param name="commit">The commit.</param>
    /// <param name="wait">How long an announcement has to stand.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null, or too-soon with the seconds that are left.</returns>
    public static Problem? Check(Statements sql, AccountState before, Commit commit, TimeSpan wait, DateTimeOffset now)
    {
        if (wait <= TimeSpan.Zero) return null;
        foreach (var erase in commit.Operations.OfType<Erase>())
        {
            var left = wait;
            if (before.Holders.GetValueOrDefault(commit.Author) is { } author && SaidAt(before, author, erase.Kind) is { } place)
                left = wait - (now - DateTimeOffset.FromUnixTimeMilliseconds(CommitRows.Received(sql, commit.Account, place)));
            if (left > TimeSpan.Zero) return Problem.Later(ErrorName.TooSoon, (int)Math.Ceiling(left.TotalSeconds));
        }
        return null;
    }

    /// <summary>Index of the commit that speaks for an erasure; null: none does. The words have spoken when they were made. A notice speaks for one erasure: not for what was begun after it.</summary>
    private static long? SaidAt(AccountState before, Holder author, Kind kind) =>
        author.Keys.Type != HolderType.Device ? author.Added.Index
        : author.ConsentFor(kind) is { On: false } off && off.TextHash == EraseNotice.Hash && off.Place.Index > before.VaultOf(kind).ErasedAt ? off.Place.Index
        : null;
}
