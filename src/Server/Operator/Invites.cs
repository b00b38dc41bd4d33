using System.Security.Cryptography;
using System.Text;
using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Operator;

/// <summary>Codes that let somebody found an account. The database has their hashes only.</summary>
public static class Invites
{
    /// <summary>How long a code is good.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(30);

    /// <returns>The code: 20 letters and digits, 100 bits.</returns>
    public static Task<string> MakeAsync(Database database, int uses, DateTimeOffset now)
    {
        string code = RandomNumberGenerator.GetString("abcdefghjkmnpqrstuvwxyz0123456789", 20);
        return database.WriteAsync(sql =>
        {
            sql.Execute("INSERT INTO invites (code, uses, made, expires) VALUES (@code, @uses, @made, @expires)",
                ("code", HashOf(code)), ("uses", (long)uses), ("made", now), ("expires", now + Lifetime));
            return code;
        });
    }

    /// <summary>Takes one use. False for a code that is unknown, used up or over.</summary>
    internal static bool TryUse(Statements sql, string? code, DateTimeOffset now) => !string.IsNullOrEmpty(code) && sql.Execute(
        "UPDATE invites SET uses = uses - 1 WHERE code = @code AND uses > 0 AND expires > @now", ("code", HashOf(code)), ("now", now)) == 1;

    private static Hash32 HashOf(string code) => Hash32.Of(Encoding.UTF8.GetBytes(code));
}
