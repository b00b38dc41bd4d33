using System.Text.Json;
using Candor.Log;
using Candor.Tests.Cli;
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
        // The hourly root was made before this account was: the next one has it.
        foreach (string file in Directory.Exists(Path.Combine(server.DataFolder, "log.heads")) ? Directory.GetFiles(Path.Combine(server.DataFolder, "log.heads")) : []) File.Delete(file);
        await server.RestartAsync();
        Assert.Equal(0, (await candor.RunAsync("verify")).Code);
        JsonElement first = default;
        for (int i = 0; i < 50; i++)
        {
            var run = await candor.RunAsync("verify", "--json");
            Assert.True(run.Code == 0, run.Error + run.Out);
            first = JsonDocument.Parse(run.Out).RootElement;
            if (Proved(first, "head") && Proved(first, "build")) break;
            await Task.Delay(200);
        }
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
        await server.StopAsync();
        var good = await candor.RunAsync("receipt", "check", receipt, "--policy", policy);
        Assert.True(good.Code == 0, good.Out + good.Error);
        Assert.StartsWith("cloud.example/accounts/", good.Out, StringComparison.Ordinal);
        File.WriteAllBytes(Path.ChangeExtension(receipt, ".entry"), [.. File.ReadAllBytes(Path.ChangeExtension(receipt, ".entry")), 0]);
        Assert.Equal(4, (await candor.RunAsync("receipt", "check", receipt, "--policy", policy)).Code);
    }

    [Fact]
    public async Task AServerWhoseLogWasPutBackIsAnAlarmWithCodeFour()
    {
        await using var server = await TestServer.StartAsync(s => s with { PublicLog = true, LogSlotSeconds = 1, Name = "cloud.example" });
        using var candor = new CandorHere();
        string checkpoint = Path.Combine(server.DataFolder, "log", "checkpoint");
        for (int i = 0; i < 100 && !(SignedNote.TryParse(File.ReadAllBytes(checkpoint), out var note, out _) && Checkpoint.TryParse(note.UnverifiedText.Span, out var head, out _) && head.Size >= 7); i++) await Task.Delay(50);
        byte[] old = File.ReadAllBytes(checkpoint);
        for (int i = 0; i < 100 && File.ReadAllBytes(checkpoint).AsSpan().SequenceEqual(old); i++) await Task.Delay(50);
        Assert.Equal(0, (await candor.RunAsync("verify", server.BaseAddress.Authority)).Code);
        await server.StopAsync();
        File.WriteAllBytes(checkpoint, old);

        // The files as any web server would hand them out: the writer would refuse to start on them.
        await using var files = await StaticFiles.StartAsync(Path.Combine(server.DataFolder, "log"), server.BaseAddress);
        var run = await candor.RunAsync("verify", server.BaseAddress.Authority);
        Assert.Equal(4, run.Code);
        Assert.Contains("ALARM", run.Error, StringComparison.Ordinal);
        Assert.Contains("this machine has seen", run.Error, StringComparison.Ordinal);
    }

    private static bool Proved(JsonElement document, string what) => document.GetProperty("findings").EnumerateArray().Any(f => f.GetProperty("what").GetString() == what && f.GetProperty("proved").GetBoolean());

    /// <summary>A web server that knows nothing of logs.</summary>
    private sealed class StaticFiles(Microsoft.AspNetCore.Builder.WebApplication app) : IAsyncDisposable
    {
        public static async Task<StaticFiles> StartAsync(string folder, Uri address)
        {
            var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add(address.GetLeftPart(UriPartial.Authority));
            Microsoft.AspNetCore.Builder.RunExtensions.Run(app, async http =>
            {
                string path = Path.Combine(folder, http.Request.Path.Value!["/log/".Length..]);
                if (!File.Exists(path)) http.Response.StatusCode = 404;
                else await http.Response.Body.WriteAsync(File.ReadAllBytes(path));
            });
            await app.StartAsync();
            return new(app);
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
