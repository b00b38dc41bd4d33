using System.Net;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.EndToEnd;
using Candor.Tests.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;

namespace Candor.Tests.Hostile;

/// <summary>An answer of the real server on its way to a client. A lie changes it.</summary>
internal sealed class Told(string method, string path, string query, byte[] request, bool forAccount)
{
    /// <summary>True where a device of an account asked in a pairing; false for a newcomer.</summary>
    public bool ForAccount => forAccount;

    public string Method => method;

    public string Path => path;

    public string Query => query;

    /// <summary>The body that the client sent.</summary>
    public byte[] Request => request;

    public int Status { get; set; }

    public List<(string Name, string Value)> Headers { get; set; } = [];

    public byte[] Body { get; set; } = [];

    public bool IsPull => path.EndsWith("/log", StringComparison.Ordinal);

    public bool IsPush => method == "POST" && path.EndsWith("/commits", StringComparison.Ordinal);

    /// <summary>The items of a pull; setting them writes the body.</summary>
    public IReadOnlyList<PullItem> Items
    {
        get
        {
            var items = new List<PullItem>();
            for (int at = 0; at < Body.Length;)
            {
                int length = CborSequence.Measure(Body.AsSpan(at), PullItem.Longest);
                Assert.True(length > 0);
                Assert.True(PullItem.TryDecode(Body.AsMemory(at, length), out var item));
                items.Add(item);
                at += length;
            }
            return items;
        }
        set => Body = [.. value.SelectMany(i => i.Encode())];
    }

    public void Refuse(int status, string name)
    {
        Status = status;
        Headers = [("Content-Type", "application/problem+json")];
        Body = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(new ProblemDocument(ErrorName.Urn + name, name, status, "Try something else."), ProtocolJson.Default.ProblemDocument);
    }
}

/// <summary>The real server behind a decorator that can rewrite every answer and every row, with a tap in front that keeps each byte its clients send.</summary>
/// <remarks>Its phones write texts that begin with <see cref="Canary"/>; when it is disposed, none of them may be in any byte or header that left a client.</remarks>
internal sealed class EvilServer : IAsyncDisposable
{
    /// <summary>Put it into names and texts: it must never be readable on the wire.</summary>
    public const string Canary = "Zanzibar Quarry 4711";

    private static readonly Leaks Search = new([Canary]);
    private static readonly string[] Hop = ["Connection", "Transfer-Encoding", "Keep-Alive", "Date", "Server"];

    private readonly WebApplication _proxy;
    private readonly HttpMessageInvoker _back = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false });
    private readonly List<string> _backups = [];
    private NoteSigner? _key;

    private EvilServer(TestServer real, WebApplication proxy, string root)
    {
        Real = real;
        _proxy = proxy;
        Root = root;
        _proxy.Run(CarryAsync);
    }

    public TestServer Real { get; }

    public string Root { get; }

    public WireTap Tap { get; private set; } = null!;

    /// <summary>Phones of one person that find the server through the tap.</summary>
    public Phones Phones { get; private set; } = null!;

    /// <summary>Changes answers; null: it tells the truth.</summary>
    public Action<Told>? Lie { get; set; }

    /// <summary>How many requests came.</summary>
    public int Asked => _asked;

    private int _asked;

    /// <summary>The server's own key: a lying server signs whatever it shows.</summary>
    public NoteSigner Key
    {
        get
        {
            if (_key is null) Assert.True(NoteSigner.TryParse(File.ReadAllBytes(Path.Combine(Real.DataFolder, "checkpoint.key")).AsSpan().TrimEnd((byte)'\n'), out _key, out _));
            return _key!;
        }
    }

    public static async Task<EvilServer> StartAsync(Func<ServerSettings, ServerSettings>? change = null, TimeProvider? time = null)
    {
        string root = Directory.CreateTempSubdirectory("candor-evil-").FullName;
        var real = await TestServer.StartAsync(change, time, Path.Combine(root, "server"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = null);
        var evil = new EvilServer(real, builder.Build(), root);
        await evil._proxy.StartAsync();
        evil.Tap = new(new Uri(evil._proxy.Urls.Single()));
        evil.Phones = Phones.On(real, root);
        evil.Phones.Address = evil.Tap.Address;
        return evil;
    }

    public byte[] Sign(Id account, long size, Hash32 root) => new Checkpoint(Checkpoint.AccountOrigin(Key.Name, account.ToArray()), size, root).Sign(Key).ToBytes();

    /// <summary>Keeps a copy of everything the server has, to be put back later.</summary>
    public async Task<string> BackupAsync()
    {
        string copy = Path.Combine(Root, $"backup-{_backups.Count}");
        _backups.Add(copy);
        await Real.StopAsync();
        CopyFolder(Real.DataFolder, copy);
        await Real.RestartAsync();
        return copy;
    }

    public async Task RestoreAsync(string copy)
    {
        await Real.StopAsync();
        Directory.Delete(Real.DataFolder, recursive: true);
        CopyFolder(copy, Real.DataFolder);
        await Real.RestartAsync();
    }

    /// <summary>Changes rows behind everybody's back.</summary>
    public async Task RewriteAsync(string sql, params (string Name, object Value)[] values)
    {
        await Real.StopAsync();
        using (var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DataFolder.DatabaseFileIn(Real.DataFolder), Pooling = false }.ToString()))
        {
            db.Open();
            using var command = db.CreateCommand();
            command.CommandText = sql;
            foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value);
            Assert.True(command.ExecuteNonQuery() > 0, $"Nothing was rewritten by: {sql}");
        }
        await Real.RestartAsync();
    }

    /// <summary>Files of blobs as they lie on the server's disk.</summary>
    public string[] BlobFiles() => [.. Directory.GetFiles(Path.Combine(Real.DataFolder, "blobs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        await Phones.DisposeAsync();
        await _proxy.StopAsync();
        await _proxy.DisposeAsync();
        await Tap.DisposeAsync();
        await Real.DisposeAsync();
        _back.Dispose();
        _key?.Dispose();
        AssertSilent();
        Directory.Delete(Root, recursive: true);
    }

    /// <summary>The wire canary: every connection as a whole, then every head and body alone.</summary>
    private void AssertSilent()
    {
        foreach (byte[] connection in Tap.Up) Assert.Null(Search.FindIn(connection));
        foreach (var request in Tap.Requests().Whole)
        {
            Assert.Null(Search.FindIn(request.Head));
            Assert.Null(Search.FindIn(request.Body));
        }
    }

    private async Task CarryAsync(HttpContext http)
    {
        Interlocked.Increment(ref _asked);
        string target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var sent = new MemoryStream();
        await http.Request.Body.CopyToAsync(sent, http.RequestAborted);
        using var request = new HttpRequestMessage(new(http.Request.Method), new Uri(Real.BaseAddress, target));
        if (sent.Length > 0 || http.Request.ContentLength is not null) request.Content = new ByteArrayContent(sent.ToArray());
        foreach (var (name, values) in http.Request.Headers)
        {
            if (Hop.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (!request.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values)) request.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        using var answer = await _back.SendAsync(request, http.RequestAborted);
        if (http.Request.Path.Value!.EndsWith("/events", StringComparison.Ordinal))
        {
            http.Response.StatusCode = (int)answer.StatusCode;
            await answer.Content.CopyToAsync(http.Response.Body, http.RequestAborted);
            return;
        }
        var told = new Told(http.Request.Method, http.Request.Path.Value!, http.Request.QueryString.Value ?? "", sent.ToArray(), http.Request.Headers.ContainsKey(RequestSignature.AccountHeader))
        {
            Status = (int)answer.StatusCode,
            Headers = [.. answer.Headers.Concat(answer.Content.Headers).Where(h => !Hop.Contains(h.Key) && h.Key != "Content-Length").SelectMany(h => h.Value.Select(v => (h.Key, v)))],
            Body = await answer.Content.ReadAsByteArrayAsync(http.RequestAborted),
        };
        Lie?.Invoke(told);
        http.Response.StatusCode = told.Status;
        foreach (var (name, value) in told.Headers) http.Response.Headers.Append(name, value);
        if (answer.Headers.Date is { } date && !http.Response.Headers.ContainsKey("Date")) http.Response.Headers.Date = date.ToString("R");
        if (told.Status is not (204 or 304) && !HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.ContentLength = told.Body.Length;
            await http.Response.Body.WriteAsync(told.Body, http.RequestAborted);
        }
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories)) Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        foreach (string file in Directory.GetFiles(from, "*", SearchOption.AllDirectories)) File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)), overwrite: true);
    }
}
