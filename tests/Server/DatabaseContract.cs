using Candor.Protocol;
using Candor.Server.Storage;
using Candor.Server.Storage.Sqlite;

namespace Candor.Tests.Server;

/// <summary>What every database promises. A new one adds a class that opens it.</summary>
public abstract class DatabaseContract : IDisposable
{
    protected string Folder { get; } = Directory.CreateTempSubdirectory("candor-test-").FullName;

    /// <summary>Opens the same database each time.</summary>
    protected abstract Database Open();

    public void Dispose()
    {
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    private static int Insert(Statements sql, int value) =>
        sql.Execute("INSERT INTO invites (code, uses, made, expires) VALUES (@code, @uses, 0, 0)", ("code", Hash32.Of(BitConverter.GetBytes(value))), ("uses", (long)value));

    private static long Count(Database database) => database.Read(sql => sql.Number("SELECT COUNT(*) FROM invites"));

    [Fact]
    public async Task WhatWasWrittenIsReadAndStaysAfterItIsOpenedAgain()
    {
        using (var database = Open())
        {
            Assert.Equal(1, await database.WriteAsync(sql => Insert(sql, 1)));
            Assert.Equal(1, Count(database));
        }
        using var again = Open();
        Assert.Equal(1, Count(again));
        Assert.Empty(again.Check());
    }

    [Fact]
    public async Task WorkThatThrowsLeavesNoTraceAndDisturbsNobody()
    {
        using var database = Open();
        var works = Enumerable.Range(0, 200).Select(i => database.WriteAsync(sql =>
        {
            Insert(sql, i);
            return i % 3 == 0 ? throw new InvalidOperationException("no") : i;
        })).ToList();
        int failed = 0;
        for (int i = 0; i < works.Count; i++)
        {
            try
            {
                Assert.Equal(i, await works[i]);
            }
            catch (InvalidOperationException)
            {
                failed++;
            }
        }
        Assert.Equal(67, failed);
        Assert.Equal(133, Count(database));
        Assert.Equal(0, database.Read(sql => sql.Number("SELECT COUNT(*) FROM invites WHERE uses % 3 = 0")));
    }

    [Fact]
    public async Task WorksRunAloneOneAfterTheOther()
    {
        using var database = Open();
        await database.WriteAsync(sql => Insert(sql, 0));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (int i = 0; i < 50; i++)
            {
                await database.WriteAsync(sql =>
                {
                    long value = sql.Number("SELECT uses FROM invites");
                    return sql.Execute("UPDATE invites SET uses = @next", ("next", value + 1));
                });
            }
        })));
        Assert.Equal(400, database.Read(sql => sql.Number("SELECT uses FROM invites")));
    }

    [Fact]
    public async Task ReadersGoOnWhileWorkIsWritten()
    {
        using var database = Open();
        using var inside = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        var work = database.WriteAsync(sql =>
        {
            Insert(sql, 1);
            inside.Set();
            go.Wait(TimeSpan.FromSeconds(20));
            return 0;
        });
        Assert.True(inside.Wait(TimeSpan.FromSeconds(20)));
        Assert.Equal(0, Count(database));
        go.Set();
        await work;
        Assert.Equal(1, Count(database));
    }

    [Fact]
    public async Task ReadingCannotWrite()
    {
        using var database = Open();
        Assert.ThrowsAny<System.Data.Common.DbException>(() => database.Read(sql => Insert(sql, 1)));
        Assert.Equal(0, Count(database));
        await database.WriteAsync(sql => Insert(sql, 1));
    }

    [Fact]
    public async Task BytesComeBackAsTheyWereWhateverTheirMemory()
    {
        using var database = Open();
        byte[] all = TestDevice.Sealed(3_000_000);
        var account = Id.Random();
        var parts = new ReadOnlyMemory<byte>[] { all, all.AsMemory(0, 100), all.AsMemory(17, 2_000_000), ReadOnlyMemory<byte>.Empty, all.AsMemory(0, 5) };
        for (int i = 0; i < parts.Length; i++)
        {
            int index = i;
            await database.WriteAsync(sql => sql.Execute(
                "INSERT INTO bundles (account, idx, kind, bundle) VALUES (@account, @idx, @kind, @bundle)",
                ("account", account), ("idx", index), ("kind", Kind.Notes), ("bundle", parts[index])));
        }
        for (int i = 0; i < parts.Length; i++)
        {
            int index = i;
            Assert.Equal(parts[i].ToArray(), database.Read(sql => (byte[])sql.Scalar("SELECT bundle FROM bundles WHERE account = @account AND idx = @idx", ("account", account), ("idx", index))!));
        }
    }

    [Fact]
    public async Task AfterItIsClosedWritersAreToldThatItIsBusy()
    {
        var database = Open();
        await database.WriteAsync(sql => Insert(sql, 1));
        database.Dispose();
        var e = await Assert.ThrowsAnyAsync<Exception>(() => database.WriteAsync(sql => Insert(sql, 2)));
        Assert.True(e is StorageException { ErrorName: ErrorName.Busy } or ObjectDisposedException, e.ToString());
    }
}

public sealed class SqliteDatabaseTests : DatabaseContract
{
    protected override Database Open() => SqliteDatabase.Open(Path.Combine(Folder, "candor.db"));

    [Fact]
    public async Task ADatabaseOfANewerVersionIsNotTouched()
    {
        using (var database = Open()) await database.WriteAsync(sql => sql.Execute("INSERT INTO schema_version (version) VALUES (99)"));
        var e = Assert.Throws<InvalidOperationException>(() => Open().Dispose());
        Assert.Contains("newer", e.Message, StringComparison.Ordinal);
    }
}
