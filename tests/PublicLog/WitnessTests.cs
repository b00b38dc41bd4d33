using System.Diagnostics;
using System.Net;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.PublicLog;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Log;
using Candor.Tests.Server;
using Candor.Witness;

namespace Candor.Tests.PublicLog;

/// <summary>Witnesses: ours over HTTP as the protocol says, Debian's sigsum-witness, and a server that is cosigned by both.</summary>
public sealed class WitnessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-witness-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task EachRequestIsAnsweredAsTheProtocolSays()
    {
        using var key = TestKeys.For("log.example/a");
        string data = Data("w", key.VerifierKey);
        string url = FreePort.Url();
        await using var witness = WitnessServer.Open(data, "w.example/w", url, TimeProvider.System);
        await witness.StartAsync();
        using var http = new HttpClient { BaseAddress = new(url) };
        var log = MemoryLog.Of(10);
        var ten = log.Checkpoint;
        log.Grow(300);
        var reader = await TileReader.OpenAsync(log.Checkpoint, log.FetchAsync);
        var proof = await reader.ConsistencyAsync(10);

        var (status, body, type) = await PostAsync(http, new AddCheckpoint(0, [], ten.Sign(key)).ToBytes());
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.True(NoteSignature.TryParse(Encoding.UTF8.GetBytes(body.TrimEnd('\n')), out var line));
        Assert.True(new LogVerifier("log.example/a", [key.VerifierKey], [witness.Key]).TryOpen(ten.Sign(key).With(line), out var opened, out _));
        Assert.Single(opened.Cosignatures);

        (status, body, type) = await PostAsync(http, new AddCheckpoint(0, [], ten.Sign(key)).ToBytes());
        Assert.Equal((HttpStatusCode.Conflict, "10\n", "text/x.tlog.size"), (status, body, type));
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, new AddCheckpoint(301, [], log.Checkpoint.Sign(key)).ToBytes())).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, "old ten\n\n"u8.ToArray())).Status);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(http, new AddCheckpoint(10, proof.AsSpan(1), log.Checkpoint.Sign(key)).ToBytes())).Status);
        using var stranger = TestKeys.For("stranger.example");
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(http, new AddCheckpoint(0, [], new Checkpoint("stranger.example", 1, ten.Root).Sign(stranger)).ToBytes())).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(http, new AddCheckpoint(10, proof, log.Checkpoint.Sign(stranger)).ToBytes())).Status);

        // Same size, another root: what a log that shows two histories sends.
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await PostAsync(http, new AddCheckpoint(10, [], new Checkpoint("log.example/a", 10, Hash32.Of([1])).Sign(key)).ToBytes())).Status);
        Assert.Equal(HttpStatusCode.OK, (await PostAsync(http, new AddCheckpoint(10, proof, log.Checkpoint.Sign(key)).ToBytes())).Status);
        using var newest = await http.GetAsync($"/{Hash32.Of(Encoding.UTF8.GetBytes("log.example/a"))}/checkpoint");
        Assert.True(SignedNote.TryParse(await newest.Content.ReadAsByteArrayAsync(), out var shown, out _));
        Assert.Equal(2, shown.Signatures.Count);
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/{new string('0', 64)}/checkpoint")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await PostAsync(http, new byte[AddCheckpoint.MaxBytes + 1])).Status);
    }

    [Fact]
    public void OfTwoRequestsAtOnceOneIsCosignedAndWhatWasAnsweredIsStillKnownAfterARestart()
    {
        using var key = TestKeys.For("log.example/a");
        string data = Data("w", key.VerifierKey);
        Checkpoint[] rivals = [.. Enumerable.Range(0, 8).Select(i => new Checkpoint("log.example/a", 5, Hash32.Of([(byte)i])))];
        using (var book = WitnessBook.Open(data, "w.example/w", TimeProvider.System))
        {
            var answers = new WitnessAnswer[rivals.Length];
            Parallel.For(0, rivals.Length, i => answers[i] = book.Add(new AddCheckpoint(0, [], rivals[i].Sign(key)).ToBytes()));
            Assert.Single(answers, a => a.Verdict == WitnessVerdict.Cosign);
            Assert.Throws<InvalidOperationException>(() => WitnessBook.Open(data, null, TimeProvider.System));
        }
        using (var again = WitnessBook.Open(data, null, TimeProvider.System))
            Assert.All(rivals, r => Assert.Equal(new WitnessAnswer(WitnessVerdict.OtherSize, "", 5), again.Add(new AddCheckpoint(0, [], r.Sign(key)).ToBytes())));
        string stored = Directory.GetFiles(data, "checkpoint", SearchOption.AllDirectories).Single();
        File.WriteAllBytes(stored, rivals[0].Sign(key).ToBytes());
        Assert.Contains("not what this witness signed", Assert.Throws<InvalidOperationException>(() => WitnessBook.Open(data, null, TimeProvider.System)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AServerIsCosignedByOurWitnessAndByDebiansAndItsReaderAsksForBoth()
    {
        string data = Path.Combine(_folder, "server"), sigsum = Path.Combine(_folder, "sigsum");
        Directory.CreateDirectory(data);
        Directory.CreateDirectory(sigsum);
        NoteVerifierKey logKey;
        using (var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(data)))
        using (var writer = LogWriter.Open(new(data), new(database), "sigsum", "")) logKey = writer.Keys[0];

        // Debian's: of another make, in Go.
        await RunAsync("sigsum-key", "generate", "-o", Path.Combine(sigsum, "key"));
        string logKeyFile = Path.Combine(sigsum, "log.pub");
        File.WriteAllText(logKeyFile, OpenSsh(logKey.PublicKey));
        byte[] theirPublic = Convert.FromBase64String(File.ReadAllText(Path.Combine(sigsum, "key.pub")).Split(' ')[1])[^32..];
        var theirKey = NoteVerifierKey.Create($"sigsum.org/v1/witness/{Hash32.Of(theirPublic)}", NoteKeyType.Cosignature, theirPublic);
        string theirUrl = FreePort.Url();
        using var theirs = StartSigsum(["-k", Path.Combine(sigsum, "key"), "--log-key", logKeyFile, "--state-file", Path.Combine(sigsum, "state"), new Uri(theirUrl).Authority]);

        string ourUrl = FreePort.Url();
        await using var ours = WitnessServer.Open(Data("ours", logKey), "w.example/ours", ourUrl, TimeProvider.System);
        await ours.StartAsync();
        string policyText = $"log {logKey}\nwitness ours {ours.Key} {ourUrl}\nwitness debian {theirKey} {theirUrl}\ngroup both all ours debian\nquorum both\n";
        File.WriteAllText(Path.Combine(data, "log.policy"), policyText);
        Assert.True(LogPolicy.TryParse(Encoding.UTF8.GetBytes(policyText), out var policy, out _));
        try
        {
            await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1 }, dataFolder: data);
            VerifiedCheckpoint? opened = null;
            long first = 0;
            await Eventually.HoldsAsync(async () =>
            {
                byte[] note = await server.Http.GetByteArrayAsync("/log/checkpoint");
                if (policy.VerifierOf(logKey.Name)!.TryOpen(note, out var now, out _) && policy.IsSatisfied(now))
                {
                    if (opened is null) first = now.Checkpoint.Size;
                    opened = now;
                }
                return opened is not null && opened.Checkpoint.Size > first + 4;
            });
            Assert.NotNull(opened);
            Assert.True(policy.IsSatisfied(opened) && opened.Checkpoint.Size > first, "The two witnesses did not sign a second, larger checkpoint.");
            Assert.Equal(["ours", "debian"], policy.CosignedBy(opened));
        }
        finally
        {
            theirs.Kill();
        }

        // Everything put back to an older copy, the database too: only the witnesses have seen more, and nothing is signed.
        foreach (string file in Directory.GetFiles(data, "candor.db*")) File.Delete(file);
        foreach (string file in Directory.GetFiles(data, "log.*")) if (!file.EndsWith(".key", StringComparison.Ordinal) && !file.EndsWith(".policy", StringComparison.Ordinal)) File.Delete(file);
        Directory.Delete(Path.Combine(data, "log"), recursive: true);
        Directory.CreateDirectory(Path.Combine(data, "log"));
        await using var rolledBack = Candor.Server.PublicLog.PublicLog.Open(new(data), SqliteDatabase.Open(DataFolder.DatabaseFileIn(data)), null, "", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { }, ownsDatabase: true);
        var refused = await Assert.ThrowsAsync<LogRefusedException>(() => rolledBack.AppendAsync("x"u8.ToArray()));
        Assert.Contains("has seen", refused.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogRefusedException>(() => rolledBack.AppendAsync("y"u8.ToArray()));
        using var memory = SqliteDatabase.Open(DataFolder.DatabaseFileIn(data));
        Assert.Null(new SignedMemory(memory).Newest(logKey.Name));
    }

    [Fact]
    public async Task AfterAStartNothingIsSignedUntilEnoughWitnessesHaveSaidHowFarTheyAre()
    {
        string data = Path.Combine(_folder, "waiting"), url = FreePort.Url();
        Directory.CreateDirectory(data);
        using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(data));
        NoteVerifierKey key;
        using (var writer = LogWriter.Open(new(data), new(database), null, "log.example/a")) key = writer.Keys[0];
        string book = Data("late", key);
        NoteVerifierKey theirs;
        using (var made = WitnessBook.Open(book, "w.example/late", TimeProvider.System)) theirs = made.Key;
        File.WriteAllText(Path.Combine(data, "log.policy"), $"witness late {theirs} {url}\nquorum late\n");
        await using var log = Candor.Server.PublicLog.PublicLog.Open(new(data), database, null, "", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { });
        byte[] empty = File.ReadAllBytes(new LogFolder(data).CheckpointFile);
        Assert.Contains("Nothing is signed", (await Assert.ThrowsAsync<InvalidOperationException>(() => log.AppendAsync("x"u8.ToArray()))).Message, StringComparison.Ordinal);
        Assert.Equal(empty, File.ReadAllBytes(new LogFolder(data).CheckpointFile));
        await using var witness = WitnessServer.Open(book, null, url, TimeProvider.System);
        await witness.StartAsync();
        Assert.Equal(0, await log.AppendAsync("x"u8.ToArray()));
        Assert.True(LogPolicy.TryParse(File.ReadAllBytes(new LogFolder(data).PolicyFile), out var policy, out _));
        Assert.True(policy.VerifierOf("log.example/a")!.TryOpen(File.ReadAllBytes(new LogFolder(data).CheckpointFile), out var opened, out _));
        Assert.True(opened.Checkpoint.Size == 1 && policy.IsSatisfied(opened));
    }

    [Fact]
    public async Task TheProgramIsAWitnessAndASecondOneOnItsFolderIsRefused()
    {
        using var key = TestKeys.For("log.example/a");
        string data = Data("program", key.VerifierKey), url = FreePort.Url();
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "candor-witness.dll"), "--data", data, "--name", "w.example/p", "--urls", url];
        using var program = Start(new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
        try
        {
            Assert.StartsWith("Witness w.example/p+", await program.StandardOutput.ReadLineAsync(), StringComparison.Ordinal);
            using var http = new HttpClient { BaseAddress = new(url) };
            Assert.Equal(HttpStatusCode.OK, (await PostAsync(http, new AddCheckpoint(0, [], MemoryLog.Of(10).Checkpoint.Sign(key)).ToBytes())).Status);
            Assert.Contains("log.example/a", await http.GetStringAsync("/"), StringComparison.Ordinal);
            using var second = Start(new("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true });
            Assert.Contains("two of them would sign two histories", await second.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
            await second.WaitForExitAsync();
            Assert.Equal(3, second.ExitCode);
        }
        finally
        {
            program.Kill();
        }
    }

    private string Data(string name, NoteVerifierKey log)
    {
        string data = Path.Combine(_folder, name);
        Directory.CreateDirectory(data);
        File.WriteAllText(Path.Combine(data, "logs"), $"log {log}\n");
        return data;
    }

    private static async Task<(HttpStatusCode Status, string Body, string? Type)> PostAsync(HttpClient http, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        using var answer = await http.PostAsync("/add-checkpoint", content);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Content.Headers.ContentType?.ToString());
    }

    private static string OpenSsh(ReadOnlySpan<byte> key) => $"ssh-ed25519 {Convert.ToBase64String([0, 0, 0, 11, .. "ssh-ed25519"u8, 0, 0, 0, 32, .. key])} log\n";

    private static Process StartSigsum(string[] arguments)
    {
        var start = new ProcessStartInfo("sigsum-witness", arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        // Its routes are patterns that newer Go reads otherwise.
        start.Environment["GODEBUG"] = "httpmuxgo121=0";
        return Start(start);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true });
        string said = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, said);
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new InvalidOperationException($"{start.FileName} was not found. This test needs Debian's witness: apt-get install -y --no-install-recommends -t bookworm-backports sigsum-go", e);
        }
    }
}
