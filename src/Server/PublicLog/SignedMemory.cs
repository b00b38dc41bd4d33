using System.Globalization;
using Candor.Log;
using Candor.Server.Storage;

namespace Candor.Server.PublicLog;

/// <summary>How far a log was signed, remembered in the server's database: away from the log's folder, which may come back from an older copy.</summary>
/// <remarks>Written before anything is signed and never back. Several processes may use it: what it holds is compared and set in one transaction.</remarks>
internal sealed class SignedMemory(Database database)
{
    /// <summary>The head that was signed last; null: nothing of this log ever was.</summary>
    public LogRecord? Newest(string origin) => database.Read(sql => Row(sql, origin));

    /// <summary>Remembers a head that is about to be signed.</summary>
    /// <exception cref="LogRefusedException">Another one of this size, or one further on, was signed before.</exception>
    public async Task KeepAsync(string origin, LogRecord head)
    {
        if (Newest(origin) == head) return;
        var there = await database.WriteAsync(sql =>
        {
            var newest = Row(sql, origin);
            if (newest is null)
                sql.Execute("INSERT INTO log_signed (origin, size, root) VALUES (@origin, @size, @root)", ("origin", origin), ("size", head.Size), ("root", head.Root));
            else if (newest.Value.Size < head.Size)
                sql.Execute("UPDATE log_signed SET size = @size, root = @root WHERE origin = @origin", ("size", head.Size), ("root", head.Root), ("origin", origin));
            return newest;
        }).ConfigureAwait(false);
        if (there is { } before) Check(before, head);
    }

    /// <exception cref="LogRefusedException">What was signed is above or beside this.</exception>
    public void Check(string origin, LogRecord head)
    {
        if (Newest(origin) is { } newest) Check(newest, head);
    }

    private static void Check(LogRecord signed, LogRecord head)
    {
        if (signed.Size < head.Size || signed == head) return;
        throw new LogRefusedException(string.Create(CultureInfo.InvariantCulture, $"The database remembers that this log was signed at {signed.Size} entries, and its files know of {head.Size}: they are an older copy, or another one. {Lost}"));
    }

    /// <summary>What an operator can do about it.</summary>
    public const string Lost = "Put log/, log.key, log.signed and log.batch back as they were at their last moment, never from an older copy: that would sign a second history. If they are lost, begin a log with another name (--logOrigin) and say why.";

    private static LogRecord? Row(Statements sql, string origin)
    {
        using var rows = sql.Query("SELECT size, root FROM log_signed WHERE origin = @origin", ("origin", origin));
        return rows.Read() ? new(rows.GetInt64(0), rows.Hash(1)) : null;
    }
}
