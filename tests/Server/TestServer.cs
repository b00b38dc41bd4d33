using Candor.Protocol;
using Candor.Server;
using Candor.Server.Operator;

namespace Candor.Tests.Server;

/// <summary>The real server in this process, on a free port of loopback and a folder of its own, which goes when it is disposed.</summary>
public sealed class TestServer : IAsyncDisposable
{
    private readonly TimeProvider _time;
    private readonly bool _ownsFolder;
    private CandorServer? _server;

    private TestServer(ServerSettings settings, TimeProvider time, bool ownsFolder)
    {
        Settings = settings;
        _time = time;
        _ownsFolder = ownsFolder;
        Http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = BaseAddress, Timeout = TimeSpan.FromSeconds(60) };
    }

    public ServerSettings Settings { get; private set; }

    public Uri BaseAddress => new(Settings.Urls);

    public string DataFolder => Settings.DataFolder;

    /// <summary>Sends to this server; nothing is added to a request.</summary>
    public HttpClient Http { get; }

    public IReadOnlyList<Microsoft.AspNetCore.Http.Endpoint> Endpoints => _server!.Endpoints;

    public Cleaner Cleaner => _server!.Cleaner;

    public TimeProvider Time => _time;

    public static async Task<TestServer> StartAsync(Func<ServerSettings, ServerSettings>? change = null, TimeProvider? time = null, string? dataFolder = null)
    {
        var settings = new ServerSettings
        {
            DataFolder = dataFolder ?? Path.Combine(Path.GetTempPath(), "candor-test-" + Id.Random()),
            Urls = FreePort.Url(),
            Log = Microsoft.Extensions.Logging.LogLevel.None,
            RequestsPerMinute = 1_000_000,
            StrangerRequestsPerMinute = 1_000_000,
            EraseWait = TimeSpan.Zero,
        };
        var server = new TestServer(change?.Invoke(settings) ?? settings, time ?? TimeProvider.System, dataFolder is null);
        await server.OpenAsync();
        return server;
    }

    public async Task StopAsync()
    {
        if (_server is null) return;
        await _server.StopAsync();
        await _server.DisposeAsync();
        _server = null;
    }

    /// <summary>The same folder and port again, perhaps with other settings.</summary>
    public async Task RestartAsync(Func<ServerSettings, ServerSettings>? change = null)
    {
        await StopAsync();
        Settings = change?.Invoke(Settings) ?? Settings;
        await OpenAsync();
    }

    private async Task OpenAsync()
    {
        _server = CandorServer.Open(Settings, _time);
        await _server.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await StopAsync();
        if (_ownsFolder) Directory.Delete(DataFolder, recursive: true);
    }
}
