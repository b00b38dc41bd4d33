using System.Diagnostics;
using Candor.Log;
using Candor.Server.Operator;
using Candor.Server.PublicLog;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Faults;

namespace Candor.Tests.PublicLog;

/// <summary>A log whose writer is killed at any time never shows two histories: every checkpoint is consistent with every one that was ever served.</summary>
public sealed class KilledLogTests
{
    private const int Kills = 200;

    private static readonly Fault[] Deaths = [Fault.Kill, Fault.Torn, Fault.Unsynced];

    [Fact]
    public async Task EveryCheckpointAfterAKillIsConsistentWithEveryOneBeforeIt()
    {
        string folder = Directory.CreateTempSubdirectory("candor-log-killed-").FullName;
        using var disk = new FaultDisk(folder);
        var random = new Random(7);
        Checkpoint? newest = null;
        SqliteDatabase.Open(DataFolder.DatabaseFileIn(folder)).Dispose();
        int cut = 0, served = 0, restored = 0;
        try
        {
            for (int kill = 0; kill < Kills; kill++)
            {
                // One in two dies at a call that changes the disk, with or without what was not flushed; the others after some milliseconds, wherever they are.
                bool atACall = kill % 2 == 0;
                if (atACall) disk.Arm(Deaths[kill / 2 % 3], random.Next(1, 160));
                else disk.Disarm();
                var (output, error, killed) = await RunAsync(folder, disk, atACall ? null : TimeSpan.FromMilliseconds(random.Next(1, 60)));
                Assert.True(killed, error);
                cut++;
                foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                {
                    if (line == "ready") restored++;
                    else if (SignedNote.TryParse(Convert.FromBase64String(line), out var note, out _)) newest = await CheckAsync(folder, newest, note, n => served += n);
                }
                // What a web server would have shown in the meantime.
                if (LogFolder.ReadIfThere(Path.Combine(folder, "log", "checkpoint")) is { } shown && SignedNote.TryParse(shown, out var last, out _)) newest = await CheckAsync(folder, newest, last, n => served += n);
            }
            disk.Disarm();
            using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(folder));
            using var writer = LogWriter.Open(new(folder), new(database), null, "log.example/a");
            using (writer.Hold()) await CheckAsync(folder, newest, await writer.PublishAsync(Task.FromResult), _ => { });
            TestContext.Current.TestOutputHelper?.WriteLine($"{cut} kills, {served} checkpoints served, {restored} starts, {writer.Head.Size} entries");
            Assert.Equal(Kills, cut);
            Assert.InRange(restored, 120, Kills);
            Assert.True(served > 60 && newest!.Size > 300, $"{served} {newest?.Size}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The new checkpoint extends the one before it, by proofs from the files as they are: so it extends all before that.</summary>
    private static async Task<Checkpoint> CheckAsync(string folder, Checkpoint? before, SignedNote note, Action<int> count)
    {
        Assert.True(Checkpoint.TryParse(note.UnverifiedText.Span, out var next, out _));
        if (before is not null && next == before) return before;
        count(1);
        var files = new LogFolder(folder);
        // Partial tiles of an older checkpoint may be gone, their full ones are there.
        var reader = await TileReader.OpenAsync(next, (name, _) => ValueTask.FromResult(files.Read(name)));
        if (before is not null) Assert.True(await reader.ExtendsAsync(before), $"{before.Size} {before.Root} is no beginning of {next.Size} {next.Root}");
        return next;
    }

    private static async Task<(string Out, string Error, bool Killed)> RunAsync(string folder, FaultDisk disk, TimeSpan? after)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Candor.Tests.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in disk.Environment) start.Environment[name] = value;
        start.Environment[ChildLog.Folder] = folder;
        start.Environment["DOTNET_TieredCompilation"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var text = new System.Text.StringBuilder();
        Task? killing = null;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            text.Append(line).Append('\n');
            if (after is { } time && killing is null) killing = KillAsync(process, time);
        }
        await process.WaitForExitAsync();
        if (killing is not null) await killing;
        return (text.ToString(), await errors, process.ExitCode != 1);
    }

    private static async Task KillAsync(Process process, TimeSpan after)
    {
        await Task.Delay(after);
        process.Kill();
    }
}
