using System.Diagnostics.Tracing;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>Promise P2: before a person joins a server, candor knows no address and opens no connection. Runs alone: it listens to the whole process.</summary>
[Collection(nameof(OffByDefaultTests))]
[CollectionDefinition(nameof(OffByDefaultTests), DisableParallelization = true)]
public sealed class OffByDefaultTests : IDisposable
{
    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    [Fact]
    public async Task BeforeItJoinsNothingOpensASocketOrResolvesAName()
    {
        string folder = Directory.CreateDirectory(_candor.InFolder("photos")).FullName;
        string[][] lines =
        [
            [], ["--help"], ["words"], ["on", "all", "--yes"], ["off", "all"], ["off", "all", "--erase", "--yes"], ["devices"], ["ledger"], ["ledger", "--check"], ["status", folder], ["backup", folder], ["sync", folder], ["watch", folder], ["restore", folder], ["export", folder], ["drill"],
            ["list"], ["search", "x"], ["show", "x"], ["history"], ["undo", "1"], ["pair", "493-028-117"], ["join", "cloud.example", "--pair"], ["completion", "bash"], ["man"], ["updates"], ["updates", "--wait"], ["updates", "get", "x.zip"],
            ["join", "cloud.example"], ["recover", "cloud.example"],
        ];
        using (var wire = new Wire())
        {
            foreach (string[] line in lines) await _candor.RunAsync(line);
            Assert.Empty(wire.Seen);
        }
        Assert.False(Directory.Exists(_candor.Home));
        Assert.Empty(Directory.GetFileSystemEntries(folder));

        // The ear is good: a join is heard.
        await using var server = await TestServer.StartAsync();
        using (var wire = new Wire())
        {
            await _candor.JoinAsync(server.BaseAddress);
            Assert.NotEmpty(wire.Seen);
        }
    }

    /// <summary>Hears every connection and every name lookup of this process.</summary>
    private sealed class Wire : EventListener
    {
        private readonly List<string> _seen = [];

        public IReadOnlyList<string> Seen
        {
            get
            {
                lock (_seen) return [.. _seen];
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name is "System.Net.Sockets" or "System.Net.NameResolution") EnableEvents(eventSource, EventLevel.Informational);
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName is not ("ConnectStart" or "ResolutionStart")) return;
            lock (_seen) _seen.Add(eventData.EventName);
        }
    }
}
