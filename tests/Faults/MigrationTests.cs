using System.Diagnostics;
using Candor.Protocol;
using Candor.Server;
using Candor.Tests.EndToEnd;
using Candor.Tests.Server;
using Microsoft.Data.Sqlite;

namespace Candor.Tests.Faults;

/// <summary>A newer program is killed while it brings an older database up, at the first, the second, … call that changes the disk: the next start finishes it, and nothing that was in it is lost.</summary>
public sealed class MigrationTests
{
    private const int MostCalls = 200;

    [Theory]
    [InlineData(Fault.Kill, 2)]
    [InlineData(Fault.Torn, 5)]
    [InlineData(Fault.Unsynced, 5)]
    public async Task R10_AServerThatIsKilledWhileItsDatabaseIsBroughtUpFinishesItTheNextTime(Fault fault, int step)
    {
        string folder = Directory.CreateTempSubdirectory("candor-migration-").FullName;
        try
        {
            string data = Path.Combine(folder, "data"), file = Path.Combine(data, "candor.db");
            using var disk = new FaultDisk(folder);
            await (await TestServer.StartAsync(dataFolder: data)).DisposeAsync();
            string newest = Sql(file, "SELECT MAX(version) FROM schema_version"), tables = Sql(file, Tables);
            int fired = 0;
            for (int number = 1; number <= MostCalls; number += step)
            {
                foreach (string part in (string[])[file, file + "-wal", file + "-shm"]) File.Delete(part);
                Sql(file, "PRAGMA journal_mode = WAL");
                using (var first = new StreamReader(typeof(CandorServer).Assembly.GetManifestResourceStream("schema/001.sql")!)) Sql(file, await first.ReadToEndAsync());
                Sql(file, "CREATE TABLE schema_version (version INTEGER NOT NULL PRIMARY KEY); INSERT INTO schema_version VALUES (1); INSERT INTO commits (account, idx, kind, leaf) VALUES (x'0A', 0, 1, x'0B0C')");

                disk.Arm(fault, number);
                var (code, said) = await RunAsync(Program("CANDOR_SERVER", "candor-server.dll"), disk, ["gc", "--data", data]);
                bool struck = disk.Fired;
                disk.Disarm();
                string at = $"{fault} at call {number} ({disk.Call})";
                Assert.True(struck == (code != 0), $"It ended with {code}: {said}. {at}");
                (code, said) = await RunAsync(Program("CANDOR_SERVER", "candor-server.dll"), disk, ["gc", "--data", data]);
                Assert.True(code == 0, $"{said} {at}");
                Assert.Equal((newest, tables, "0A 0 1 0B0C 0"), (Sql(file, "SELECT MAX(version) FROM schema_version"), Sql(file, Tables), Sql(file, "SELECT hex(account) || ' ' || idx || ' ' || kind || ' ' || hex(leaf) || ' ' || received FROM commits")));
                if (!struck) break;
                fired++;
            }
            Assert.InRange(fired, 5, MostCalls - 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(Fault.Kill)]
    [InlineData(Fault.Torn)]
    [InlineData(Fault.Unsynced)]
    public async Task R10_APhoneThatIsKilledWhileItsStoreIsBroughtUpFinishesItTheNextTime(Fault fault)
    {
        await using var phones = await Phones.StartAsync();
        var phone = await phones.JoinAsync("phone", Kind.Notes);
        phone.Write("notes/kept.md", "kept through every upgrade\n");
        await phone.SyncAsync();
        string home = phone.Device.Home.Path;
        phone.Device.Dispose();
        string file = Assert.Single(Directory.GetFiles(home, "account.db", SearchOption.AllDirectories)), whole = Sql(file, Tables);
        using var disk = new FaultDisk(home);
        int fired = 0;
        for (int number = 1; number <= MostCalls; number++)
        {
            // As it was before versions were counted.
            Sql(file, "DROP TABLE restores; PRAGMA user_version = 0; PRAGMA wal_checkpoint(TRUNCATE)");
            disk.Arm(fault, number);
            var (code, said) = await RunAsync(Program("CANDOR_PROGRAM", "candor.dll"), disk, ["list", "--home", home]);
            bool struck = disk.Fired;
            disk.Disarm();
            string at = $"{fault} at call {number} ({disk.Call})";
            Assert.True(struck == (code != 0), $"It ended with {code}: {said}. {at}");
            (code, said) = await RunAsync(Program("CANDOR_PROGRAM", "candor.dll"), disk, ["list", "--home", home]);
            Assert.True(code == 0 && said.Contains("kept", StringComparison.Ordinal), $"{said} {at}");
            Assert.Equal((whole, "1"), (Sql(file, Tables), Sql(file, "SELECT COUNT(*) FROM heads")));
            if (!struck) break;
            fired++;
        }
        Assert.InRange(fired, 2, MostCalls - 1);
    }

    private const string Tables = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master ORDER BY name)";

    /// <summary>As it is shipped, where it was published; else as it was built beside the tests.</summary>
    private static string[] Program(string variable, string built) => Environment.GetEnvironmentVariable(variable) is { } shipped ? [shipped] : ["dotnet", Path.Combine(AppContext.BaseDirectory, built)];

    /// <returns>What it ended with, and said.</returns>
    private static async Task<(int Code, string Said)> RunAsync(string[] program, FaultDisk disk, string[] arguments)
    {
        var start = new ProcessStartInfo(program[0], [.. program[1..], .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in disk.Environment) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, said + await errors);
    }

    /// <returns>The first value, as text.</returns>
    private static string Sql(string file, string text)
    {
        using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        db.Open();
        using var command = db.CreateCommand();
#pragma warning disable CA2100 // Texts of this test.
        command.CommandText = text;
#pragma warning restore CA2100
        return Convert.ToString(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture) ?? "";
    }
}
