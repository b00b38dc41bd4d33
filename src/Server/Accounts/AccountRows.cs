using Candor.Log;
using Candor.Protocol;
using Candor.Server.Storage;

namespace Candor.Server.Accounts;

/// <summary>Tables accounts and holders.</summary>
internal static class AccountRows
{
    public static AccountState? Load(Statements sql, Id account)
    {
        if (sql.Scalar("SELECT state FROM accounts WHERE account = @account", ("account", account)) is not byte[] bytes) return null;
        return AccountState.TryDecode(bytes, out var state) ? state : throw new InvalidDataException("A stored account state cannot be read: run candor-server scrub.");
    }

    public static bool Exists(Statements sql, Id account) => sql.Scalar("SELECT 1 FROM accounts WHERE account = @account", ("account", account)) is not null;

    public static void Insert(Statements sql, AccountState state, long bytes, DateTimeOffset now) => sql.Execute(
        "INSERT INTO accounts (account, size, state, bytes, region, created) VALUES (@account, @size, @state, @bytes, @region, @created)",
        ("account", state.Account), ("size", state.Size), ("state", state.Encode()), ("bytes", bytes), ("region", state.Region), ("created", now));

    /// <summary>Compare and set: false where the head is no longer the one that the commit names.</summary>
    public static bool Advance(Statements sql, AccountState state, long bytes) => sql.Execute(
        "UPDATE accounts SET size = @size, state = @state, bytes = bytes + @bytes, region = @region WHERE account = @account AND size = @before",
        ("size", state.Size), ("state", state.Encode()), ("bytes", bytes), ("region", state.Region), ("account", state.Account), ("before", state.Size - 1)) == 1;

    public static long Size(Statements sql, Id account) => sql.Number("SELECT size FROM accounts WHERE account = @account", ("account", account));

    public static long Bytes(Statements sql, Id account) => sql.Number("SELECT bytes FROM accounts WHERE account = @account", ("account", account));

    public static void AddBytes(Statements sql, Id account, long bytes) => sql.Execute(
        "UPDATE accounts SET bytes = bytes + @bytes WHERE account = @account", ("bytes", bytes), ("account", account));

    public static void InsertHolder(Statements sql, Id account, HolderKeys keys, DateTimeOffset now) => sql.Execute(
        """
        INSERT INTO holders (account, holder, type, signing, agreement, added)
        VALUES (@account, @holder, @type, @signing, @agreement, @added)
        """,
        ("account", account), ("holder", keys.Id), ("type", (long)keys.Type), ("signing", keys.Signing), ("agreement", keys.Agreement), ("added", now));

    public static void RemoveHolder(Statements sql, Id account, Id holder, DateTimeOffset now) => sql.Execute(
        "UPDATE holders SET removed = @removed WHERE account = @account AND holder = @holder", ("removed", now), ("account", account), ("holder", holder));

    public static bool HasHolder(Statements sql, Id account, Id holder) =>
        sql.Scalar("SELECT 1 FROM holders WHERE account = @account AND holder = @holder", ("account", account), ("holder", holder)) is not null;

    /// <summary>The oldest account in which the holder is live: whoever adds another's keys to an account of his own comes later.</summary>
    public static Id? FindAccount(Statements sql, Id holder) =>
        sql.Scalar("SELECT account FROM holders WHERE holder = @holder AND removed IS NULL ORDER BY added LIMIT 1", ("holder", holder)) is byte[] account ? Id.From(account) : null;

    /// <summary>Keys of a holder of any account: the id is their hash, so all rows say the same.</summary>
    public static HolderKeys? FindKeys(Statements sql, Id holder)
    {
        using var row = sql.Query("SELECT type, signing, agreement FROM holders WHERE holder = @holder LIMIT 1", ("holder", holder));
        return row.Read() ? new((HolderType)row.GetInt64(0), row.Bytes(1), row.Bytes(2)) : null;
    }
}
