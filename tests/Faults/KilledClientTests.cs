using System.Diagnostics;
using Candor.Client.Devices;
using Candor.Client.Gate;
using Candor.Protocol;
using Candor.Tests.EndToEnd;
using Candor.Tests.Hostile;

namespace Candor.Tests.Faults;

/// <summary>kill -9 of a phone's program while it backs up: each run goes on where the last one was killed, and in the end everything is there, once.</summary>
/// <remarks>Set CANDOR_SEED to repeat a run's choices.</remarks>
public sealed class KilledClientTests
{
    private const int KillsPerLane = 52;

    [Attack("R01", "R11")]
    [Fact]
    public Task ABackupThatIsKilledAHundredTimesIsWholeAndSendsNothingTwice() => KillLanes.RunAsync(RunLaneAsync);

    private static async Task<int> RunLaneAsync(int seed)
    {
        var random = new Random(seed);
        await using var phones = await Phones.StartAsync();
        var phone = await phones.JoinAsync("phone", [.. Kinds.All]);
        string home = phone.Device.Home.Path;
        phone.Device.Dispose();
        int kills = 0, batch = 0, pieces = 0, messages = 0;
        bool done = true;
        while (kills < KillsPerLane || !done)
        {
            if (done) (pieces, messages) = Add(phone, random, batch++, pieces, messages);
            using var child = Start(home, phone.Folder);
            // The last batch is let through.
            int? after = kills < KillsPerLane ? random.Next(4) == 0 ? random.Next(250) : random.Next(200, 900) : null;
            bool ended = after is { } wait ? child.WaitForExit(wait) : child.WaitForExit(60_000);
            if (!ended) child.Kill();
            string said = await child.StandardError.ReadToEndAsync();
            child.WaitForExit();
            done = ended && child.ExitCode == 0;
            if (ended) Assert.True(child.ExitCode == 0, said);
            else kills++;
        }
        await CheckAsync(phones, phone, home, kills, pieces, messages);
        return kills;
    }

    /// <summary>More of everything, so that there is always something to be killed at: films of three pieces, photos, notes with attachments, contacts, an export.</summary>
    private static (int Pieces, int Messages) Add(Phone phone, Random random, int batch, int pieces, int messages)
    {
        byte[] Bytes(int length)
        {
            byte[] bytes = new byte[length];
            random.NextBytes(bytes);
            return bytes;
        }
        phone.Write($"photos/{batch}/film.mp4", Bytes((2 * Limits.Piece) + random.Next(4 << 20)));
        for (int i = 0; i < 12; i++) phone.Write($"photos/{batch}/{i}.bin", Bytes(random.Next(1000, 400_000)));
        for (int i = 0; i < 20; i++)
        {
            phone.Write($"contacts/{batch}-{i}.vcf", FolderSyncTests.Card($"uid-{batch}-{i}", $"Person {batch} {i}"));
            phone.Write($"notes/{batch}/{i}.md", $"note {batch} {i}\n" + (i % 5 == 0 ? $"![x]({i}.png)\n" : ""));
            if (i % 5 == 0) phone.Write($"notes/{batch}/{i}.png", Bytes(20_000));
        }
        phone.Write($"inbox/sms-{batch}.xml", FolderSyncTests.Export([.. Enumerable.Range(0, 150).Select(i => ($"+49{i % 5}", $"message {batch} {i}", (long)((batch * 1000) + i)))]));
        return (pieces + 3 + 12 + 4, messages + 150);
    }

    private static Process Start(string home, string folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(KilledClientTests).Assembly.Location]) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment[ChildBackup.Home] = home;
        start.Environment[ChildBackup.Folder] = folder;
        return Process.Start(start)!;
    }

    private static async Task CheckAsync(Phones phones, Phone phone, string home, int kills, int pieces, int messages)
    {
        // A ledger that was torn again and again is still one chain.
        var lines = new List<LedgerLine>();
        await using (var stream = File.OpenRead(DeviceHome.LedgerFileOf(home)))
        {
            var facts = await LedgerReader.ReadAsync(stream, lines.Add, default);
            Assert.Equal((0L, false), (facts.BrokenAt, facts.Torn));
        }
        var blobs = lines.Where(l => l is { Event: "out", Method: "PUT", Purpose: "blob" }).Select(l => l.Id).ToHashSet();
        int acknowledged = lines.Count(l => l.Event == "in" && l.Status is 201 or 204 && blobs.Contains(l.Id));
        Assert.True(acknowledged >= pieces - kills, $"{acknowledged} pieces of {pieces}");
        // A piece may be acknowledged in the very moment of a kill, before that is written down: one a kill at the most.
        Assert.True(acknowledged <= pieces + kills, $"{acknowledged} pieces were acknowledged, and the files have {pieces}.");

        // A fresh device follows the log from leaf 0 and writes everything anew.
        var fresh = await phones.JoinAsync("fresh", [.. Kinds.All]);
        await fresh.SyncAsync();
        string[] files = [.. new[] { "contacts", "notes", "photos" }.SelectMany(phone.Files)];
        Assert.Equal<string>(files, new[] { "contacts", "notes", "photos" }.SelectMany(fresh.Files));
        foreach (string path in files) Assert.Equal(File.ReadAllBytes(Path.Combine(phone.Folder, path)), File.ReadAllBytes(Path.Combine(fresh.Folder, path)));
        string texts = string.Concat(fresh.Files("messages").Where(f => f.EndsWith(".xml", StringComparison.Ordinal)).Select(fresh.Read));
        Assert.Equal(messages, texts.Split("body=\"message ").Length - 1);

        // Nothing changed in the folder while it was killed, so every record was put once.
        var puts = new List<Id>();
        for (long index = 0; index < fresh.Device.Account.Size; index++) puts.AddRange(fresh.Device.Store.CommitAt(index)!.Operations.OfType<Put>().Select(p => p.Record));
        Assert.Equal(puts.Count, puts.Distinct().Count());
        Assert.Equal(files.Count(f => !(f.StartsWith("notes/", StringComparison.Ordinal) && f.EndsWith(".png", StringComparison.Ordinal))) + messages, puts.Count);
    }
}
