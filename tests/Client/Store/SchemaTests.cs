using Candor.Client.Devices;
using Candor.Client.Store;
using Microsoft.Data.Sqlite;

namespace Candor.Tests.Client.Store;

/// <summary>The store of a device between versions of the program.</summary>
public sealed class SchemaTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-schema-").FullName;

    private string StoreFile => Path.Combine(_folder, "account.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void R10_AStoreOfANewerProgramIsRefusedUntouched()
    {
        LocalStore.Open(StoreFile).Dispose();
        Sql("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
        byte[] before = File.ReadAllBytes(StoreFile);
        var refusal = Assert.Throws<DeviceException>(() => LocalStore.Open(StoreFile));
        Assert.Contains("newer candor", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(StoreFile));
    }

    [Fact]
    public void R10_AnOlderStoreIsBroughtUpInOnePieceAndKeepsWhatItHas()
    {
        using (var store = LocalStore.Open(StoreFile)) store.SaveCheckpoint([1, 2, 3]);
        Sql("DROP TABLE restores; PRAGMA user_version = 0");
        using (var store = LocalStore.Open(StoreFile))
        {
            Assert.Equal([1, 2, 3], store.LoadCheckpoint());
            Assert.Equal(DateTimeOffset.UnixEpoch, store.LastRestoreHeard());
        }
        // What stands in the way of one new table leaves the file at its old version, with none of the others.
        Sql("DROP TABLE restores; DROP TABLE uploads; CREATE INDEX restores ON heads (record); PRAGMA user_version = 0");
        Assert.Throws<SqliteException>(() => LocalStore.Open(StoreFile));
        Sql("CREATE TABLE uploads (nobody_made_it); DROP TABLE uploads; DROP INDEX restores");
        using (var store = LocalStore.Open(StoreFile)) Assert.Equal([1, 2, 3], store.LoadCheckpoint());
    }

    private void Sql(string text)
    {
        using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = StoreFile, Pooling = false }.ToString());
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
