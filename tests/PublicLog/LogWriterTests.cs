using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.PublicLog;
using Candor.Server.Storage.Sqlite;

namespace Candor.Tests.PublicLog;

/// <summary>What the writer refuses: to sign anything below or beside what it signed.</summary>
public sealed class LogWriterTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-log-").FullName;

    private readonly SqliteDatabase _database;

    public LogWriterTests() => _database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(_folder));

    private LogFolder Files => new(_folder);

    public void Dispose()
    {
        _database.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task ALogPutBackToAnOlderCopyIsNotSigned()
    {
        await AppendAsync(300);
        CopyLog();
        await AppendAsync(20);
        await AppendAsync(20);
        PutBackLog();
        Refuses("put all of the data folder back");
    }

    [Fact]
    public async Task AFolderThatLacksTheLastBatchAloneIsFinishedToTheHeadThatWasSigned()
    {
        await AppendAsync(300);
        CopyLog();
        await AppendAsync(20);
        byte[] signed = File.ReadAllBytes(Files.CheckpointFile);
        PutBackLog();
        using var writer = Open();
        using (writer.Hold()) await writer.PublishAsync(Task.FromResult);
        Assert.Equal(signed, File.ReadAllBytes(Files.CheckpointFile));
    }

    [Fact]
    public async Task ALogPutBackTogetherWithItsRecordIsNotSignedForTheDatabaseRemembers()
    {
        await AppendAsync(300);
        CopyLog();
        byte[][] old = [File.ReadAllBytes(Files.RecordFile), File.ReadAllBytes(Files.BatchFile)];
        using var running = Open();
        await AppendAsync(20);
        byte[] signed = File.ReadAllBytes(Files.CheckpointFile);
        PutBackLog();
        File.WriteAllBytes(Files.RecordFile, old[0]);
        File.WriteAllBytes(Files.BatchFile, old[1]);
        byte[] before = File.ReadAllBytes(Files.CheckpointFile);
        Refuses("signed at 320 entries");
        // Nor by a process that was running meanwhile.
        using (running.Hold()) Assert.Throws<LogRefusedException>(() => running.Append([Encoding.ASCII.GetBytes("another")]));
        using (running.Hold()) await Assert.ThrowsAsync<LogRefusedException>(() => running.PublishAsync(Task.FromResult));
        Assert.Equal(before, File.ReadAllBytes(Files.CheckpointFile));
        Assert.NotEqual(before, signed);
    }

    [Fact]
    public async Task ALogThatIsGoneIsNotBegunAnewUnderItsName()
    {
        await AppendAsync(7);
        Directory.Delete(Path.Combine(_folder, "log"), recursive: true);
        foreach (string file in Directory.GetFiles(_folder, "log.*")) File.Delete(file);
        var refused = Assert.Throws<LogRefusedException>(() => LogWriter.Open(Files, new(_database), null, "log.example/a"));
        Assert.Contains("remembers a log called log.example/a with 7 entries", refused.Message, StringComparison.Ordinal);
        LogWriter.Open(Files, new(_database), "log.example/second", "log.example/a").Dispose();
    }

    [Fact]
    public void ANewLogShowsItsEmptyHeadFromTheFirstMomentOn()
    {
        using var writer = Open("log.example/a");
        var verifier = new LogVerifier("log.example/a", writer.Keys.ToList());
        Assert.True(verifier.TryOpen(File.ReadAllBytes(Files.CheckpointFile), out var opened, out _));
        Assert.Equal((0, MerkleTree.EmptyRoot), (opened.Checkpoint.Size, opened.Checkpoint.Root));
    }

    [Fact]
    public async Task ARecordBelowWhatWasPublishedIsNotSigned()
    {
        await AppendAsync(5);
        byte[] old = File.ReadAllBytes(Files.RecordFile);
        await AppendAsync(1);
        File.WriteAllBytes(Files.RecordFile, old);
        Refuses("older copy");
        File.Delete(Files.RecordFile);
        Refuses("record of what was signed is gone");
        File.WriteAllText(Files.RecordFile, "6\n");
        Refuses("cannot be read");
    }

    [Fact]
    public async Task AnotherEntryInThePlaceOfOneThatWasSignedIsNotSigned()
    {
        await AppendAsync(40);
        string tile = Path.Combine(_folder, "log", "tile", "0", "000.p", "40");
        byte[] bytes = File.ReadAllBytes(tile);
        bytes[0] ^= 1;
        File.WriteAllBytes(tile, bytes);
        Refuses("do not give the head");
    }

    [Fact]
    public async Task ALogWithoutItsKeyIsNotBegunAnew()
    {
        await AppendAsync(1);
        File.Delete(Files.KeyFile);
        Refuses("no key to it");
    }

    [Fact]
    public async Task ALogKeepsItsOriginAndItsTilesAreThoseOfTheEntries()
    {
        await AppendAsync(256);
        var refused = Assert.Throws<InvalidOperationException>(() => LogWriter.Open(Files, new(_database), "log.example/other", "x"));
        Assert.Contains("--logOrigin log.example/a", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "log", "tile", "0", "000.p")), "Partial tiles that a full one has replaced stay.");
        Assert.Equal(256 * 32, new FileInfo(Path.Combine(_folder, "log", "tile", "0", "000")).Length);
    }

    [Fact]
    public async Task ASigsumOriginIsMadeOfTheKey()
    {
        using var writer = LogWriter.Open(Files, new(_database), "sigsum", "x");
        Assert.Equal($"sigsum.org/v1/tree/{Hash32.Of(writer.Keys[0].PublicKey)}", writer.Origin);
        using (writer.Hold()) await writer.PublishAsync(Task.FromResult);
    }

    [Fact]
    public async Task ABatchWhoseFilesWereCutOffIsFinishedAtTheNextStart()
    {
        await AppendAsync(100);
        byte[] checkpoint = File.ReadAllBytes(Files.CheckpointFile);
        await AppendAsync(500);
        var record = File.ReadAllBytes(Files.RecordFile);
        // As a crash after step 2 leaves it: the checkpoint of before, and of the tiles some.
        File.WriteAllBytes(Files.CheckpointFile, checkpoint);
        foreach (string file in Directory.GetFiles(Path.Combine(_folder, "log", "tile"), "*", SearchOption.AllDirectories)) File.Delete(file);
        var before = MakeTail(100);
        foreach (var file in before) Put(file);
        using var writer = Open();
        Assert.Equal(record, writer.Head.ToBytes());
        using (writer.Hold()) await writer.PublishAsync(Task.FromResult);
        var reader = await TileReader.OpenAsync(new("log.example/a", writer.Head.Size, writer.Head.Root), (n, _) => ValueTask.FromResult(Files.Read(n)));
        for (int bundle = 0; bundle < 3; bundle++) await reader.EntriesAsync(bundle);
    }

    [Fact]
    public async Task EverySlotBringsAsManyCommitmentsWhetherManyWaitOrNone()
    {
        await using var log = Candor.Server.PublicLog.PublicLog.Open(Files, _database, null, "log.example/a", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { });
        List<Opening> waiting = [.. Enumerable.Range(0, 5).Select(i => Opening.Erasure(Id.Random(), i, Hash32.Of([(byte)i]), "notes"))];
        for (int i = 0; i < waiting.Count; i++) Files.Enqueue(waiting[i], DateTimeOffset.UnixEpoch.AddSeconds(i));
        for (int slot = 1; slot <= 4; slot++)
        {
            await log.RunSlotAsync(2);
            Assert.Equal(Math.Max(0, 5 - 2 * slot), Files.Waiting().Count);
        }
        Assert.True(SignedNote.TryParse(File.ReadAllBytes(Files.CheckpointFile), out var note, out _));
        Assert.True(Checkpoint.TryParse(note.UnverifiedText.Span, out var head, out _));
        var entries = await (await TileReader.OpenAsync(head, (n, _) => ValueTask.FromResult(Files.Read(n)))).EntriesAsync(0);
        Assert.Equal(8, entries.Count);
        Assert.All(entries, e => Assert.True(e.Length == LogEntry.CommitmentBytes && LogEntry.TryParse(e.Span, out var entry) && entry.Type == "commitment"));
        // The oldest first, two a slot; which of a slot's two is cover nobody can tell.
        for (int i = 0; i < waiting.Count; i++)
        {
            long place = Files.PlaceOf(waiting[i].Value)!.Value;
            Assert.Equal(i / 2, place / 2);
            Assert.Equal(LogEntry.Commitment(waiting[i].Value).ToBytes(), entries[(int)place].ToArray());
        }
    }

    private static IReadOnlyList<TileFile> MakeTail(int count)
    {
        var tail = new TileTail();
        for (int i = 0; i < count; i++) tail.Append(Encoding.ASCII.GetBytes($"entry {i}"));
        return tail.TakeFiles();
    }

    private void Put(TileFile file)
    {
        string path = Files.PathOf(file.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, file.Bytes.ToArray());
    }

    private async Task AppendAsync(int count)
    {
        using var writer = Open("log.example/a");
        using var held = writer.Hold();
        long first = writer.Head.Size;
        writer.Append([.. Enumerable.Range((int)first, count).Select(i => (ReadOnlyMemory<byte>)Encoding.ASCII.GetBytes($"entry {i}"))]);
        await writer.PublishAsync(Task.FromResult);
        writer.Prune(first);
    }

    private void Refuses(string sentence) => Assert.Contains(sentence, Assert.ThrowsAny<InvalidOperationException>(() => Open().Dispose()).Message, StringComparison.Ordinal);

    private LogWriter Open(string name = "x") => LogWriter.Open(Files, new(_database), null, name);

    private void CopyLog()
    {
        foreach (string file in Directory.GetFiles(Files.Public, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(_folder, "old", Path.GetRelativePath(Files.Public, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }

    private void PutBackLog()
    {
        Directory.Delete(Files.Public, recursive: true);
        Directory.Move(Path.Combine(_folder, "old"), Files.Public);
    }
}
