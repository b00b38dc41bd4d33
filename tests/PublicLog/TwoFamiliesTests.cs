using System.Net;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.PublicLog;
using Candor.Server.Storage.Sqlite;
using Candor.Tests.Cli;
using Candor.Tests.Server;
using Candor.Witness;

namespace Candor.Tests.PublicLog;

/// <summary>Two families, each with a server, its public log, and a witness beside it that follows the other's log.</summary>
public sealed class TwoFamiliesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-families-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task TwoServersWitnessEachOtherAndWhatOneWitnessHasNotSeenNobodyBelieves()
    {
        // What the families exchange beforehand: the line of the log and the line of the witness.
        var (anna, ben) = (Prepare("anna"), Prepare("ben"));
        WriteFiles(anna, ben);
        WriteFiles(ben, anna);
        await using var besideAnna = await StartWitnessAsync(anna);
        var besideBen = await StartWitnessAsync(ben);
        bool isThere = true;
        try
        {
            await using var annas = await StartServerAsync(anna);
            await using var bens = await StartServerAsync(ben);
            using var candor = new CandorHere();
            await BelievedAsync(candor, annas, anna, "ben");
            await BelievedAsync(candor, bens, ben, "anna");

            // One witness goes away: what it has not seen is not believed, in a sentence; the other family's log is.
            await besideBen.DisposeAsync();
            isThere = false;
            var lonely = new Run(0, "", "");
            await Eventually.HoldsAsync(async () => (lonely = await candor.RunAsync("verify", annas.BaseAddress.Authority)).Code != 0);
            Assert.Equal(4, lonely.Code);
            Assert.Contains($"Too few witnesses have cosigned what {annas.BaseAddress.Authority} shows (none): it may be shown to you alone.", lonely.Error, StringComparison.Ordinal);
            await BelievedAsync(candor, bens, ben, "anna");
        }
        finally
        {
            if (isThere) await besideBen.DisposeAsync();
        }

        // It comes back and has forgotten nothing: Anna's log is believed again, from where it was.
        await using var again = await StartWitnessAsync(ben);
        await using (var annas = await StartServerAsync(anna))
        {
            using var candor = new CandorHere();
            await BelievedAsync(candor, annas, anna, "ben");
        }
        await ForkIsRefusedAsync(anna, ben);
    }

    /// <summary>Anna's operator signs another history with her log's own key.</summary>
    private async Task ForkIsRefusedAsync(Family anna, Family ben)
    {
        Assert.True(NoteSigner.TryParse(File.ReadAllBytes(Path.Combine(anna.Data, "log.key")).AsSpan().TrimEnd((byte)'\n'), out var key, out _));
        using var http = new HttpClient { BaseAddress = new(ben.Url) };
        Assert.True(SignedNote.TryParse(await http.GetByteArrayAsync($"/{Hash32.Of(Encoding.UTF8.GetBytes(anna.Log.Name))}/checkpoint"), out var note, out _));
        Assert.True(Checkpoint.TryParse(note.UnverifiedText.Span, out var seen, out _));
        var fork = MemoryLog.Of(seen.Size);
        Checkpoint sameSize = new(anna.Log.Name, fork.Size, fork.Checkpoint.Root);
        fork.Grow(seen.Size + 40);
        Checkpoint longer = new(anna.Log.Name, fork.Size, fork.Checkpoint.Root);
        var reader = await TileReader.OpenAsync(fork.Checkpoint, fork.FetchAsync);
        using (key)
        {
            foreach (var request in (AddCheckpoint[])[new(seen.Size, [], sameSize.Sign(key!)), new(seen.Size, await reader.ConsistencyAsync(seen.Size), longer.Sign(key!))])
            {
                using var answer = await http.PostAsync("/add-checkpoint", new ByteArrayContent(request.ToBytes()));
                Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
                Assert.Equal("", await answer.Content.ReadAsStringAsync());
            }
            // Shown to one person who has seen nothing of it before, it is signed by Anna's log, and still not believed.
            string shown = Path.Combine(_folder, "shown");
            foreach (var (name, bytes) in fork.Files)
            {
                string file = Path.Combine(shown, "log", name);
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                File.WriteAllBytes(file, bytes);
            }
            File.WriteAllBytes(Path.Combine(shown, "log", "checkpoint"), longer.Sign(key!).ToBytes());
            Uri address = new(FreePort.Url());
            await using var files = await StaticFiles.StartAsync(shown, address);
            using var victim = new CandorHere();
            var run = await victim.RunAsync("verify", address.Authority, "--policy", anna.Policy);
            Assert.Equal(4, run.Code);
            Assert.Contains("Too few witnesses", run.Error, StringComparison.Ordinal);
        }
    }

    private static async Task BelievedAsync(CandorHere candor, TestServer server, Family family, string by)
    {
        var run = new Run(1, "", "");
        await Eventually.HoldsAsync(async () => (run = await candor.RunAsync("verify", server.BaseAddress.Authority, "--policy", family.Policy)).Code == 0);
        Assert.True(run.Code == 0, run.Out + run.Error);
        Assert.Contains($"proved      Cosigned by {by}: they were shown this log too.", run.Out, StringComparison.Ordinal);
        Assert.Contains("It is less than a day old.", run.Out, StringComparison.Ordinal);
    }

    private Family Prepare(string name)
    {
        string data = Directory.CreateDirectory(Path.Combine(_folder, name, "server")).FullName, witness = Directory.CreateDirectory(Path.Combine(_folder, name, "witness")).FullName;
        using var database = SqliteDatabase.Open(DataFolder.DatabaseFileIn(data));
        using var writer = LogWriter.Open(new(data), new(database), null, $"{name}.example/log");
        using var book = WitnessBook.Open(witness, $"witness.{name}.example", TimeProvider.System);
        return new(name, data, witness, Path.Combine(_folder, name, "family.policy"), FreePort.Url(), writer.Keys[0], book.Key);
    }

    private static void WriteFiles(Family ours, Family theirs)
    {
        string policy = $"log {ours.Log}\nwitness {theirs.Name} {theirs.Key} {theirs.Url}\nquorum {theirs.Name}\n";
        File.WriteAllText(ours.Policy, policy);
        File.WriteAllText(Path.Combine(ours.Data, "log.policy"), policy);
        File.WriteAllText(Path.Combine(theirs.Witness, "logs"), $"log {ours.Log}\n");
    }

    private static async Task<WitnessServer> StartWitnessAsync(Family family)
    {
        var witness = WitnessServer.Open(family.Witness, null, family.Url, TimeProvider.System);
        await witness.StartAsync();
        return witness;
    }

    private static Task<TestServer> StartServerAsync(Family family) => TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = $"{family.Name}.example" }, dataFolder: family.Data);

    private sealed record Family(string Name, string Data, string Witness, string Policy, string Url, NoteVerifierKey Log, NoteVerifierKey Key);
}
