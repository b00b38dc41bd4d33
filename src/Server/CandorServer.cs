using Candor.Protocol;
using Candor.Server.Accounts;
using Candor.Server.Blobs;
using Candor.Server.Commits;
using Candor.Server.Gateway;
using Candor.Server.Operator;
using Candor.Server.Pairings;
using Candor.Server.PublicLog;
using Candor.Server.Requests;
using Candor.Server.Restores;
using Candor.Server.Shelf;
using Candor.Server.Storage;
using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;
using Candor.Server.Web;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Candor.Server;

/// <summary>The whole server, put together by hand: who uses whom is read here. Dispose it after it has stopped.</summary>
public sealed class CandorServer : IAsyncDisposable
{
    private const int MaxHeaderBytes = 16 << 10;

    private readonly WebApplication _app;
    private readonly List<IDisposable> _owned;
    private readonly DiskFailure _failure;
    private Action _forget = () => { };

    private readonly CancellationTokenSource _end = new();
    private Task _cleaning = Task.CompletedTask;
    private readonly LogClock? _clock;
    private Task _saying = Task.CompletedTask;

    private CandorServer(WebApplication app, Cleaner cleaner, Database database, BlobStore blobs, DiskFailure failure, (PublicLog.PublicLog? Log, LogClock? Clock) said, List<IDisposable> owned)
    {
        (PublicLog, _clock) = said;
        _failure = failure;
        _app = app;
        _owned = owned;
        Cleaner = cleaner;
        Database = database;
        Scrubber = new(database, blobs);
    }

    /// <summary>Why the disk cannot be trusted any more: the server has stopped by itself. Null while all is well.</summary>
    public Exception? DiskError => _failure.Error;

    /// <summary>What gc and the hourly run do.</summary>
    public Cleaner Cleaner { get; }

    /// <summary>What scrub does.</summary>
    internal Scrubber Scrubber { get; }

    internal Database Database { get; }

    /// <summary>Null where the operator turned it off.</summary>
    internal PublicLog.PublicLog? PublicLog { get; }

    /// <summary>Opens the data folder and makes everything ready to listen.</summary>
    /// <exception cref="InvalidOperationException">Another process has the folder, or what is in it is not this server's; the message is for the operator.</exception>
    public static CandorServer Open(ServerSettings settings, TimeProvider time) => Open(settings, time, seams: null);

    /// <summary>The same over what a simulation puts in the place of sockets and of the disk.</summary>
    internal static CandorServer Open(ServerSettings settings, TimeProvider time, Seams? seams)
    {
        var owned = new List<IDisposable>();
        try
        {
            return Open(settings, time, seams, owned);
        }
        catch
        {
            DisposeAll(owned);
            throw;
        }
    }

    /// <summary>Forgets what a process forgets when it ends: the states and nonces in memory. Only while no request is under way; a simulation starts a server anew with it.</summary>
    internal void Forget() => _forget();

    private static CandorServer Open(ServerSettings settings, TimeProvider time, Seams? seams, List<IDisposable> owned)
    {
        var folder = Owned(owned, DataFolder.Open(settings.DataFolder));
        string[] urls = settings.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var key = Owned(owned, folder.OpenKey(settings.Name, DefaultName(urls)));
        var failure = new DiskFailure();
        var database = seams?.Database ?? Owned(owned, SqliteDatabase.Open(folder.DatabaseFile, failure.Report));
        var blobs = seams?.Blobs ?? new DiskBlobStore(folder.Path, failure.Report);
        var blobLocks = Owned(owned, new BlobLocks());
        var limits = Owned(owned, new RequestLimits(settings.RequestsPerMinute, settings.StrangerRequestsPerMinute));

        var app = BuildApp(urls, settings, seams?.Wire);
        var loggers = app.Services.GetRequiredService<ILoggerFactory>();
        var build = new ServerBuild();
        var web = WebApp.Read(settings.WebFolder);
        var publicLog = settings.PublicLog
            ? Owned(owned, new Closing<PublicLog.PublicLog>(Candor.Server.PublicLog.PublicLog.Open(new(folder.Path, settings.LogRecord), database, settings.LogOrigin, $"{key.Name}/log", time, loggers.CreateLogger("Candor.PublicLog"), failure.Report))).Value
            : null;
        var gatewayKeys = settings.Gateway ? Owned(owned, new GatewayKeys(folder.Path, time)) : null;
        var heads = publicLog is null ? null : new HourlyHeads(publicLog, database);
        var clock = publicLog is null ? null : new LogClock(publicLog, heads!, build, web.Files, key.VerifierKey, settings, time, loggers.CreateLogger("Candor.PublicLog")) { Gateway = gatewayKeys };
        var stopping = app.Lifetime.ApplicationStopping;
        var accounts = new AccountStates(database);
        var checkpoints = new Checkpoints(key);
        var restores = new Restores.Restores(database, key, time);
        var notices = new ChangeNotices();
        var residency = new Law.Residency(settings, loggers.CreateLogger<Law.Residency>());
        var intake = new CommitIntake(database, blobs, accounts, checkpoints, restores, residency, notices, settings, time, loggers.CreateLogger<CommitIntake>())
        {
            Erased = publicLog is null ? null : opening => publicLog.Folder.Enqueue(opening, time.GetUtcNow()),
        };
        var cleaner = Owned(owned, new Cleaner(database, blobs, blobLocks, time, loggers.CreateLogger<Cleaner>()));

        var refusals = new Refusals(loggers.CreateLogger<Refusals>());
        app.Use(next => http => refusals.InvokeAsync(http, next));
        if (gatewayKeys is not null)
        {
            var gateway = Owned(owned, new Gateway.Gateway(gatewayKeys, [key.Name, .. urls.Select(AuthorityOf)], web.Paths.ToHashSet(StringComparer.Ordinal), refusals, time));
            app.Use(next => http => gateway.InvokeAsync(http, next));
        }
        if (publicLog is not null)
        {
            var logPages = new LogPages(publicLog.Folder);
            app.Use(next => http => logPages.InvokeAsync(http, next));
        }
        app.UseRouting();
        var nonces = new NonceMemory(time);
        var people = new PeopleBrake(database, time);
        var signed = new SignedRequests(accounts, nonces, limits, people, time);
        app.Use(next => http => signed.InvokeAsync(http, next));

        var api = app.MapGroup("/v1");
        var account = api.MapGroup("/accounts/{account}").Signed(SignedBy.AccountHolder);
        new ServerPages(database, blobs, checkpoints, settings) { Log = publicLog?.Keys[^1].ToString(), Build = build }.Map(app, api);
        new AccountRoutes(database, accounts, intake, restores, settings).Map(api, account);
        new CommitRoutes(database, intake, checkpoints, new(database, checkpoints, restores), new(database), notices, people, time, stopping).Map(account);
        new RestoreRoutes(intake, restores).Map(account);
        new BlobRoutes(database, blobs, blobLocks, residency, settings, time).Map(account);
        new PairingRoutes(database, limits, time, stopping).Map(api);
        if (publicLog is not null) new ReceiptRoutes(publicLog, heads!).Map(account);
        app.MapOpenApi();
        ApiPage.Map(app);
        web.Map(app);
        new ShelfRoutes(ShelfCommands.FolderIn(Path.GetFullPath(folder.Path))).Map(app);

        var log = loggers.CreateLogger<CandorServer>();
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            log.Ready(checkpoints.ServerName, string.Join(' ', app.Urls), checkpoints.VerifierKey);
            foreach (string url in app.Urls)
            {
                if (url.StartsWith("http:", StringComparison.Ordinal) && Uri.TryCreate(url, UriKind.Absolute, out var uri) && !uri.IsLoopback) log.NoTls(url);
            }
        });
        failure.StopOn(e =>
        {
            log.DiskFailed(e);
            app.Lifetime.StopApplication();
        });
        return new(app, cleaner, database, blobs, failure, (publicLog, clock), owned)
        {
            _forget = () =>
            {
                accounts.Forget();
                restores.Forget();
                nonces.Forget();
                signed.Begin();
            },
        };
    }

    private static WebApplication BuildApp(string[] urls, ServerSettings settings, IServer? wire)
    {
        // No appsettings.json, no watched files: what is not in ServerSettings (certificates: section Kestrel) is in the data folder's server.json.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        builder.Configuration.Sources.Clear();
        builder.Configuration.AddJsonFile(Path.Combine(settings.DataFolder, ServerSettings.FileName), optional: true, reloadOnChange: false).AddInMemoryCollection();
        builder.Logging.SetMinimumLevel(settings.Log).AddFilter("Microsoft", LogLevel.Warning).AddFilter("OpenTelemetry", LogLevel.Warning);
        builder.Logging.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.UseUtcTimestamp = true;
            o.TimestampFormat = "yyyy-MM-ddTHH:mm:ssZ ";
        });
        builder.WebHost.UseUrls(urls);
        if (urls.Any(u => u.StartsWith("https:", StringComparison.Ordinal))) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = Limits.Push;
            kestrel.Limits.MaxRequestHeadersTotalSize = MaxHeaderBytes;
            kestrel.Limits.MaxRequestLineSize = MaxHeaderBytes / 2;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(10));
            kestrel.Limits.MaxRequestBufferSize = 512 << 10;
        });
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(10));
        builder.Services.Configure<JsonOptions>(o => o.SerializerOptions.TypeInfoResolverChain.Insert(0, ProtocolJson.Default));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, WideBlocks>();
        builder.Services.AddOpenApi("v1");
        if (wire is not null) builder.Services.AddSingleton(wire);
        if (Telemetry.IsOn) Telemetry.Add(builder.Services);
        return builder.Build();
    }

    /// <summary>Every route that it answers to.</summary>
    public IReadOnlyList<Endpoint> Endpoints => _app.Services.GetRequiredService<EndpointDataSource>().Endpoints;

    public Task StartAsync(CancellationToken cancellation = default)
    {
        _cleaning = Cleaner.RunHourlyAsync(_end.Token);
        if (_clock is not null) _saying = _clock.RunAsync(_end.Token);
        return _app.StartAsync(cancellation);
    }

    public Task StopAsync(CancellationToken cancellation = default) => _app.StopAsync(cancellation);

    /// <summary>Runs until the process is told to end.</summary>
    public async Task RunAsync()
    {
        await StartAsync().ConfigureAwait(false);
        await _app.WaitForShutdownAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync().ConfigureAwait(false);
        // What is open is closed only after nobody uses it any more.
        await _end.CancelAsync().ConfigureAwait(false);
        await _cleaning.ConfigureAwait(false);
        await _saying.ConfigureAwait(false);
        _end.Dispose();
        DisposeAll(_owned);
    }

    /// <summary>What may stand in the place of sockets, of the database and of the blobs. The two stores belong to the caller.</summary>
    internal sealed record Seams(IServer Wire, Database Database, BlobStore Blobs);

    private static string DefaultName(string[] urls) => urls.Length > 0 && AuthorityOf(urls[0]) is { Length: > 0 } name ? name : throw new InvalidOperationException("Say where to listen: --urls http://127.0.0.1:8787.");

    private static string AuthorityOf(string url) => Uri.TryCreate(url.Replace("//*", "//localhost", StringComparison.Ordinal), UriKind.Absolute, out var uri) ? uri.Authority : "";

    private static T Owned<T>(List<IDisposable> owned, T made) where T : IDisposable
    {
        owned.Add(made);
        return made;
    }

    private static void DisposeAll(List<IDisposable> owned)
    {
        for (int i = owned.Count - 1; i >= 0; i--) owned[i].Dispose();
        owned.Clear();
    }
}

/// <summary>Something that closes by ending its work first, among those that are simply disposed.</summary>
internal sealed class Closing<T>(T value) : IDisposable where T : IAsyncDisposable
{
    public T Value => value;

    public void Dispose() => value.DisposeAsync().AsTask().GetAwaiter().GetResult();
}
