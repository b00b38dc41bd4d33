using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Candor.Conformance;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>One case: a repository on a web server of loopback, and a client that is driven by the three commands of the suite, with folders of its own.</summary>
internal sealed class ConformanceCase : IDisposable
{
    private static readonly ConcurrentDictionary<string, Func<string, byte[]?>> Repositories = new(StringComparer.Ordinal);
    private static readonly Lazy<Task<string>> Address = new(StartAsync);
    private static int _numbers;

    private readonly string _name = Interlocked.Increment(ref _numbers).ToString(CultureInfo.InvariantCulture);
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-tuf-").FullName;
    private readonly TimeProvider _clock;

    public ConformanceCase() : this(DateTimeOffset.UtcNow)
    {
        Repositories[_name] = Repository.Fetch;
        TrustedRoot = Repository.Published["root"][0];
    }

    /// <summary>On a repository of others that lies in folders.</summary>
    /// <param name="metadata">Where its metadata is; the first root is 1.root.json.</param>
    /// <param name="targets">Where its targets are.</param>
    /// <param name="now">When it was in date.</param>
    public ConformanceCase(string metadata, string targets, DateTimeOffset now) : this(now)
    {
        TrustedRoot = File.ReadAllBytes(Path.Combine(metadata, "1.root.json"));
        Repositories[_name] = path =>
        {
            string file = Path.Combine(path.StartsWith("metadata/", StringComparison.Ordinal) ? metadata : targets, Uri.UnescapeDataString(path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..]));
            return File.Exists(file) ? File.ReadAllBytes(file) : null;
        };
    }

    private ConformanceCase(DateTimeOffset now)
    {
        _clock = new FakeTimeProvider(now);
        Directory.CreateDirectory(Metadata);
        Directory.CreateDirectory(Targets);
    }

    public SimulatedRepository Repository { get; } = new();

    /// <summary>What init is given.</summary>
    public byte[] TrustedRoot { get; set; } = [];

    public string Metadata => Path.Combine(_folder, "metadata");

    private string Targets => Path.Combine(_folder, "targets");

    public Task<int> InitAsync()
    {
        string root = Path.Combine(_folder, "initial_root.json");
        File.WriteAllBytes(root, TrustedRoot);
        return RunAsync(_clock, "--metadata-dir", Metadata, "init", root);
    }

    public async Task<int> RefreshAsync(int days = 0) => await RunAsync(new FakeTimeProvider(_clock.GetUtcNow().AddDays(days)), "--metadata-url", await UrlAsync("metadata"), "--metadata-dir", Metadata, "refresh");

    public async Task<int> DownloadAsync(params string[] names) => await RunAsync(_clock,
        ["--metadata-url", await UrlAsync("metadata"), "--metadata-dir", Metadata, .. names.SelectMany(n => (string[])["--target-name", n]), "--target-dir", Targets, "--target-base-url", await UrlAsync("targets"), "download"]);

    /// <summary>Names and versions of what the client trusts now.</summary>
    public IReadOnlyList<(string Role, long Version)> Trusted() => [.. Directory.GetFiles(Metadata, "*.json").Order(StringComparer.Ordinal).Select(f => (Path.GetFileNameWithoutExtension(f), VersionIn(f)))];

    /// <summary>Null: none is trusted.</summary>
    public long? Version(string role) => File.Exists(Path.Combine(Metadata, $"{role}.json")) ? VersionIn(Path.Combine(Metadata, $"{role}.json")) : null;

    /// <summary>The file of a role that the client trusts.</summary>
    public byte[] Kept(string role) => File.ReadAllBytes(Path.Combine(Metadata, $"{role}.json"));

    /// <summary>Contents of what was downloaded, in no order.</summary>
    public IReadOnlyList<string> Downloaded() => [.. Directory.GetFiles(Targets, "*", SearchOption.AllDirectories).Select(File.ReadAllText).Order(StringComparer.Ordinal)];

    public void Dispose()
    {
        Repositories.TryRemove(_name, out _);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> UrlAsync(string part) => $"{await Address.Value}/{_name}/{part}/";

    private static long VersionIn(string file) => (long)JsonNode.Parse(File.ReadAllBytes(file))!["signed"]!["version"]!;

    private static async Task<int> RunAsync(TimeProvider clock, params string[] arguments)
    {
        using var errors = new StringWriter();
        int code = await TufCommands.RunAsync(arguments, clock, errors);
        // A refusal is said in words; that the client broke is none.
        Assert.True(code == 0 ? errors.ToString().Length == 0 : code == 1 && errors.ToString().Length > 0, errors.ToString());
        return code;
    }

    private static async Task<string> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(async http =>
        {
            // As it was spelled: a role's name is quoted in one way.
            string[] parts = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.TrimStart('/').Split('/', 2);
            byte[]? bytes = Repositories.TryGetValue(parts[0], out var repository) && parts.Length == 2 ? repository(parts[1]) : null;
            if (bytes is null) http.Response.StatusCode = StatusCodes.Status404NotFound;
            else await http.Response.Body.WriteAsync(bytes);
        });
        await app.StartAsync();
        return app.Urls.First();
    }
}
