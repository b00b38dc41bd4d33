using System.Text.Json;
using Candor.Log;
using Candor.Server.Operator;
using Candor.Tests.Cli;
using Candor.Tests.Hostile;
using Candor.Tests.Server;
using Microsoft.Extensions.Logging;

namespace Candor.Tests.PublicLog;

/// <summary>candor verify and candor receipt as a person types them, with a real server.</summary>
public sealed class VerifyCommandTests
{
    [Fact]
    public async Task ADeviceIsToldWhatWasProvedAndWhatWasNotAndItsReceiptsAreGoodOffline()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        using var candor = new CandorHere();
        await candor.JoinAsync(server.BaseAddress);
        // The hourly root was made before this account was: the next one has it. Taken away while nobody writes it.
        await server.StopAsync();
        string heads = Path.Combine(server.DataFolder, "log.heads");
        if (Directory.Exists(heads)) Directory.Delete(heads, recursive: true);
        await server.RestartAsync();
        Assert.Equal(0, (await candor.RunAsync("verify")).Code);
        JsonElement first = default;
        await Eventually.HoldsAsync(async () =>
        {
            var run = await candor.RunAsync("verify", "--json");
            Assert.True(run.Code == 0, run.Error + run.Out);
            first = JsonDocument.Parse(run.Out).RootElement;
            // The root may have come between the look at the log and the question for the account's place in it.
            return Proved(first, "head") && Proved(first, "build") && Proved(first, "age");
        });
        Assert.True(Proved(first, "laws"), "The server has the law files of the program that asks.");
        Assert.True(Proved(first, "head") && Proved(first, "build") && Proved(first, "entries") && Proved(first, "age"), first.ToString());
        Assert.False(Proved(first, "witnesses"), "Nobody witnessed it.");
        Assert.True(Proved(first, "consistency") && Proved(first, "policy"), "It was not the first look any more.");

        // Without an account, from another machine: what is public is looked at, and nothing is said of a head.
        using var stranger = new CandorHere();
        var plain = await stranger.RunAsync("verify", server.BaseAddress.Authority);
        Assert.True(plain.Code == 0, plain.Error);
        Assert.Contains("not proved  This is this machine's first look", plain.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("account", plain.Out, StringComparison.Ordinal);

        // Receipts: a consent, checked offline with the server's key.
        Assert.Equal(0, (await candor.RunAsync("on", "notes", "--yes")).Code);
        string folder = candor.InFolder("receipts");
        var saved = await candor.RunAsync("receipt", "save", folder);
        Assert.True(saved.Code == 0, saved.Error);
        string receipt = Directory.GetFiles(folder, "*consent.tlog-proof").Single();
        var info = JsonDocument.Parse(await server.Http.GetStringAsync("/v1/server")).RootElement;
        string policy = candor.InFolder("ours.policy");
        File.WriteAllText(policy, $"log {info.GetProperty("key").GetString()}\nlog {info.GetProperty("log").GetString()}\nquorum none\n");
        // An erasure: its commitment comes with a slot.
        string phone = candor.InFolder("phone");
        Directory.CreateDirectory(Path.Combine(phone, "notes"));
        File.WriteAllText(Path.Combine(phone, "notes", "a.md"), "a note");
        Assert.Equal(0, (await candor.RunAsync("sync", phone)).Code);
        var erased = await candor.RunAsync("off", "notes", "--erase", "--yes");
        Assert.True(erased.Code == 0 && erased.Out.Contains("notes is off and erased", StringComparison.Ordinal), erased.Out + erased.Error);
        string[] ofErasure = [];
        await Eventually.HoldsAsync(async () =>
        {
            Assert.Equal(0, (await candor.RunAsync("receipt", "save", folder)).Code);
            ofErasure = Directory.GetFiles(folder, "public-erasure-*.tlog-proof");
            return ofErasure.Length > 0;
        });

        await server.StopAsync();
        var shown = await candor.RunAsync("receipt", "check", Assert.Single(ofErasure), "--policy", policy);
        Assert.True(shown.Code == 0 && shown.Out.StartsWith("cloud.example/log has it", StringComparison.Ordinal), shown.Out + shown.Error);
        var good = await candor.RunAsync("receipt", "check", receipt, "--policy", policy);
        Assert.True(good.Code == 0, good.Out + good.Error);
        Assert.StartsWith("cloud.example/accounts/", good.Out, StringComparison.Ordinal);
        File.WriteAllBytes(Path.ChangeExtension(receipt, ".entry"), [.. File.ReadAllBytes(Path.ChangeExtension(receipt, ".entry")), 0]);
        Assert.Equal(4, (await candor.RunAsync("receipt", "check", receipt, "--policy", policy)).Code);
    }

    [Fact]
    public async Task TheLawUnderWhichAKindWasTurnedOnIsHeldAgainstTheLogAndAChangeOfItIsNamed()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example", Law = "de", Region = "Frankfurt" });
        using var candor = new CandorHere();
        await candor.JoinAsync(server.BaseAddress);
        Assert.Equal(0, (await candor.RunAsync("on", "notes", "photos", "--yes")).Code);
        await UntilAsync("Notes and photos were turned on under the law of de. The file of that law which this program shows is in the log, as the one by which the server decides");
        await server.RestartAsync(s => s with { Law = "us" });
        string changed = await UntilAsync("The server itself names us now (entry");
        Assert.Contains("CHANGED: the server's law is: us; before: de", changed, StringComparison.Ordinal);
        Assert.Contains("proved      The server says that it works under the law of: us. Its log says the same to everybody", changed, StringComparison.Ordinal);
        Assert.Contains("The server says that it keeps what it is given in: Frankfurt.", changed, StringComparison.Ordinal);

        async Task<string> UntilAsync(string said)
        {
            Run run = null!;
            // An alarm while the log's first entry after a start is on its way: the text says to verify once more.
            await Eventually.HoldsAsync(async () =>
            {
                run = await candor.RunAsync("verify");
                Assert.True(run.Code is 0 or 4, run.Error);
                return run.Out.Contains(said, StringComparison.Ordinal);
            });
            Assert.True(run.Code == 0 && run.Out.Contains(said, StringComparison.Ordinal), run.Out + run.Error);
            return run.Out;
        }
    }

    [Fact]
    public async Task AServerWhoseLogWasPutBackIsAnAlarmWithCodeFour()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        using var candor = new CandorHere();
        string checkpoint = Path.Combine(server.DataFolder, "log", "checkpoint");
        Assert.True(await Eventually.HoldsAsync(() => SignedNote.TryParse(File.ReadAllBytes(checkpoint), out var note, out _) && Checkpoint.TryParse(note.UnverifiedText.Span, out var head, out _) && head.Size >= 7));
        byte[] old = File.ReadAllBytes(checkpoint);
        Assert.True(await Eventually.HoldsAsync(() => !File.ReadAllBytes(checkpoint).AsSpan().SequenceEqual(old)));
        Assert.Equal(0, (await candor.RunAsync("verify", server.BaseAddress.Authority)).Code);
        await server.StopAsync();
        File.WriteAllBytes(checkpoint, old);

        // The files as any web server would hand them out: the writer would refuse to start on them.
        await using var files = await StaticFiles.StartAsync(server.DataFolder, server.BaseAddress);
        var run = await candor.RunAsync("verify", server.BaseAddress.Authority);
        Assert.Equal(4, run.Code);
        Assert.Contains("ALARM", run.Error, StringComparison.Ordinal);
        Assert.Contains("this machine has seen", run.Error, StringComparison.Ordinal);
    }

    [Attack("W01")]
    [Fact]
    public async Task TheWebAppThatIsServedIsTheOneInTheLogOrAnAlarm()
    {
        using var candor = new CandorHere();
        string web = candor.InFolder("web"), page = Path.Combine(web, "index.html"), script = Path.Combine(web, "assets", "app-1.js");
        Directory.CreateDirectory(Path.GetDirectoryName(script)!);
        File.WriteAllText(page, "<script src=/assets/app-1.js></script>");
        File.WriteAllText(script, "honest()");
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example", WebFolder = web });
        JsonElement seen = default;
        // In the first moments of a new log nothing has been said of the page yet.
        bool served = await Eventually.HoldsAsync(async () =>
        {
            var run = await candor.RunAsync("verify", server.BaseAddress.Authority, "--json");
            if (run.Code == 0) seen = JsonDocument.Parse(run.Out).RootElement;
            return run.Code == 0 && Proved(seen, "web");
        });
        Assert.True(served, seen.ToString());
        await server.StopAsync();

        // What an operator does who wants one person's words: another script, the same log.
        await using var liar = await StaticFiles.StartAsync(server.DataFolder, server.BaseAddress, web);
        File.WriteAllText(script, "stolen()");
        var alarm = await candor.RunAsync("verify", server.BaseAddress.Authority);
        Assert.Equal(4, alarm.Code);
        Assert.Contains("assets/app-1.js is another", alarm.Error, StringComparison.Ordinal);
        Assert.Equal("stolen()", File.ReadAllText(Directory.GetFiles(candor.Home, "served-app-1.js", SearchOption.AllDirectories).Single()));
        File.WriteAllText(script, "honest()");
        File.AppendAllText(page, "<script src=/assets/app-2.js></script>");
        alarm = await candor.RunAsync("verify", server.BaseAddress.Authority);
        Assert.Equal(4, alarm.Code);
        Assert.Contains("index.html is another", alarm.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatAnAuthorityAsksForIsInTheLogBeforeItIsReadAndItsOwnerHasTheReceipt()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        using var candor = new CandorHere();
        await candor.JoinAsync(server.BaseAddress);
        string account;
        using (var device = Candor.Client.Devices.Device.Open(candor.Home, TimeProvider.System)) account = device.Account.Id.ToString();
        using var output = new StringWriter();
        string[] look = ["access", "--data", server.DataFolder, "--account", account, "--by", "Anna", "--reason", "order 7", "--request", "District Court", "--to", candor.InFolder("handed-over")];
        Assert.True(await Commands.RunAsync(look, output, output) == 0, output.ToString());
        Assert.NotEmpty(Directory.GetFiles(candor.InFolder("handed-over"), "*.leaf"));

        string folder = candor.InFolder("receipts"), policy = candor.InFolder("ours.policy");
        var saved = await candor.RunAsync("receipt", "save", folder);
        Assert.Contains("request in the public log, by District Court: order 7 (by Anna)", saved.Out, StringComparison.Ordinal);
        File.WriteAllBytes(policy, await server.Http.GetByteArrayAsync("/log/policy"));
        await server.StopAsync();
        var shown = await candor.RunAsync("receipt", "check", Directory.GetFiles(folder, "public-request-*.tlog-proof").Single(), "--policy", policy);
        Assert.True(shown.Code == 0, shown.Out + shown.Error);
    }

    [Fact]
    public async Task AMonitorReadsEveryEntrySaysWhatIsNewAndEndsWithTheAlarm()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        var clock = new WaitedClock(DateTimeOffset.UtcNow);
        int waited = 0;
        using var candor = new CandorHere { Clock = clock };
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        byte[] first = File.ReadAllBytes(Path.Combine(server.DataFolder, "log", "checkpoint"));
        var watching = candor.RunAsync(null, stop.Token, "verify", server.BaseAddress.Authority, "--watch");
        await UntilAsync(() => Shown().Contains("a sign of life of", StringComparison.Ordinal));

        using var output = new StringWriter();
        string file = candor.InFolder("pack.bin");
        File.WriteAllText(file, "a release");
        string[] say = ["log", "append", "--data", server.DataFolder, "--type", "release", "--title", "seen-by-the-monitor", "--release", "7", "--files", file, "--receipt", candor.InFolder("seen")];
        Assert.True(await Commands.RunAsync(say, output, output) == 0, output.ToString());
        await UntilAsync(() => Shown().Contains("seen-by-the-monitor", StringComparison.Ordinal));

        // Away: it goes on. Back, with an older log: it ends.
        await server.StopAsync();
        await UntilAsync(() => candor.Showing!.ToString().Contains("Not looked at", StringComparison.Ordinal));
        File.WriteAllBytes(Path.Combine(server.DataFolder, "log", "checkpoint"), first);
        await using var liar = await StaticFiles.StartAsync(server.DataFolder, server.BaseAddress);
        await UntilAsync(() => watching.IsCompleted);
        var run = await watching;
        Assert.Equal(4, run.Code);
        Assert.Contains("this machine has seen", run.Error, StringComparison.Ordinal);

        string Shown() => candor.Results?.ToString() ?? "";

        // When the monitor waits, its next look comes in a moment: an hour and a half is the longest that it waits, and less than a day passes in all.
        async Task UntilAsync(Func<bool> holds)
        {
            bool held = await Eventually.HoldsAsync(() =>
            {
                if (holds()) return true;
                if (clock.Waits == waited) return false;
                waited = clock.Waits;
                clock.Advance(TimeSpan.FromMinutes(90));
                return false;
            });
            Assert.True(held, Shown() + candor.Showing);
        }
    }

    private static bool Proved(JsonElement document, string what) => document.GetProperty("findings").EnumerateArray().Any(f => f.GetProperty("what").GetString() == what && f.GetProperty("proved").GetBoolean());
}
