using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server;
using Candor.Server.Operator;
using Candor.Server.Storage;
using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;
using Microsoft.Extensions.Logging;

namespace Candor.Simulation;

/// <summary>The real server, whose routes and pipeline are built once and which is started again and again: on another folder, by another clock, with nothing left in its memory.</summary>
/// <remarks>
/// To build the pipeline costs as much as all that a world does. What is made anew at each start is what a process has of its own: the database and the blobs, opened from the folder, the states of the accounts, the
/// nonces, and when it started. Hosts are lent to one site at a time. All have one name and one key, so that whatever folder one is started on, it is the same server.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "A host lives as long as the process.")]
internal sealed class ServerHost
{
    public const string Name = "candor.sim";

    private static readonly ConcurrentBag<ServerHost> Idle = [];
    private static readonly string Home = MakeHome();
    private static int _made;

    private readonly MemoryWire _wire = new();
    private readonly SwitchedClock _clock = new();
    private readonly SwitchedDatabase _database = new();
    private readonly SwitchedBlobs _blobs = new();
    private readonly CandorServer _server;

    private ServerHost(string folder) => _server = CandorServer.Open(new ServerSettings
    {
        DataFolder = folder,
        Urls = ServerSite.Address.ToString(),
        Name = Name,
        Log = LogLevel.None,
        RequestsPerMinute = 1_000_000,
        StrangerRequestsPerMinute = 1_000_000,
    }, _clock, new CandorServer.Seams(_wire, _database, _blobs));

    public Cleaner Cleaner => _server.Cleaner;

    public Database Database => _database;

    public Task<WireAnswer> SendAsync(WireRequest request) => _wire.SendAsync(request);

    /// <summary>Everything that is kept, read again: damage, in words.</summary>
    public IReadOnlyList<string> Scrub() => [.. _server.Scrubber.Run()];

    /// <summary>A server process starts on a folder.</summary>
    public static async Task<ServerHost> StartAsync(string folder, WallClock clock)
    {
        if (!Idle.TryTake(out var host))
        {
            string home = Path.Combine(Home, $"{Interlocked.Increment(ref _made)}");
            Directory.CreateDirectory(home);
            await File.WriteAllBytesAsync(Path.Combine(home, "checkpoint.key"), [.. NoteSigner.EncodePrivateKey(Name, NoteKeyType.Ed25519, Encoding.ASCII.GetBytes("every simulated server has this".PadRight(32, '.'))), (byte)'\n']);
            host = new(home);
            await host._server.StartAsync();
        }
        Directory.CreateDirectory(folder);
        host._clock.Current = clock;
        host._database.Current = SqliteDatabase.Open(DataFolder.DatabaseFileIn(folder));
        host._blobs.Current = new DiskBlobStore(folder);
        host._server.Forget();
        return host;
    }

    /// <summary>The process ends.</summary>
    public void Stop()
    {
        _database.Current!.Dispose();
        (_database.Current, _blobs.Current, _clock.Current) = (null, null, null);
        Idle.Add(this);
    }

    private static string MakeHome()
    {
        string home = Path.Combine(World.Disk, $"candor-sim-hosts-{Id.Random()}");
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Directory.Delete(home, recursive: true);
        return Directory.CreateDirectory(home).FullName;
    }

    /// <summary>Its timers never ring, whoever's clock it is.</summary>
    private sealed class SwitchedClock : TimeProvider
    {
        private static readonly WallClock Nobodys = new(new());

        public WallClock? Current { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => (Current ?? Nobodys).GetUtcNow();

        public override long GetTimestamp() => (Current ?? Nobodys).GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => Nobodys.CreateTimer(callback, state, dueTime, period);
    }

    private sealed class SwitchedDatabase : Database
    {
        public Database? Current { get; set; }

        public override Task<T> WriteAsync<T>(Func<Statements, T> work) => Current!.WriteAsync(work);

        public override T Read<T>(Func<Statements, T> work) => Current!.Read(work);

        public override Task ForgetDeletedAsync() => Current!.ForgetDeletedAsync();

        public override IReadOnlyList<string> Check() => Current!.Check();

        protected override void Dispose(bool disposing)
        {
            // Each is disposed when its process ends.
        }
    }

    private sealed class SwitchedBlobs : BlobStore
    {
        public BlobStore? Current { get; set; }

        public override Task<Incoming> ReceiveAsync(Stream source, long length, CancellationToken cancellation) => Current!.ReceiveAsync(source, length, cancellation);

        public override bool Contains(in BlobKey key) => Current!.Contains(key);

        public override Stream? OpenRead(in BlobKey key) => Current!.OpenRead(key);

        public override void Delete(in BlobKey key) => Current!.Delete(key);

        public override void SetAside(in BlobKey key) => Current!.SetAside(key);

        public override IEnumerable<(BlobKey Key, DateTimeOffset At)> List() => Current!.List();

        public override void Sweep(DateTimeOffset before) => Current!.Sweep(before);

        public override long FreeBytes() => Current!.FreeBytes();
    }
}
