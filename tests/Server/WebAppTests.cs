using System.Net;
using System.Text;

namespace Candor.Tests.Server;

/// <summary>The web app's files as a browser gets them: what they may do, how long they may be kept, and that nothing beside them is served.</summary>
public sealed class WebAppTests
{
    private const string Script = "/assets/app-0123abcd.js";

    [Fact]
    public async Task EveryFileComesWithAPolicyThatReachesNobodyElse()
    {
        await using var server = await StartAsync();
        foreach (string path in (string[])["/", Script])
        {
            using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            string policy = Header(answer, "Content-Security-Policy");
            string[] rules = policy.Split("; ");
            foreach (string rule in (string[])["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'", "require-trusted-types-for 'script'"])
                Assert.Contains(rule, rules);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
            Assert.DoesNotContain('*', policy);
            Assert.Equal("nosniff", Header(answer, "X-Content-Type-Options"));
            Assert.Equal("no-referrer", Header(answer, "Referrer-Policy"));
            Assert.Equal("same-origin", Header(answer, "Cross-Origin-Opener-Policy"));
            Assert.Equal("same-origin", Header(answer, "Cross-Origin-Resource-Policy"));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }
    }

    [Fact]
    public async Task OnlyWhatIsNamedByItsHashMayBeKept()
    {
        await using var server = await StartAsync();
        using var script = await server.Http.GetAsync(new Uri(Script, UriKind.Relative));
        Assert.Contains("immutable", Header(script, "Cache-Control"), StringComparison.Ordinal);
        using var page = await server.Http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal("no-cache", Header(page, "Cache-Control"));
        using var again = new HttpRequestMessage(HttpMethod.Get, "/");
        again.Headers.TryAddWithoutValidation("If-None-Match", Header(page, "ETag"));
        using var unchanged = await server.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, unchanged.StatusCode);
        Assert.Empty(await unchanged.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("br, gzip", "br", "as brotli")]
    [InlineData("gzip, deflate", "gzip", "as gzip")]
    [InlineData("gzip, br;q=0", "gzip", "as gzip")]
    [InlineData("identity", null, "let x = 1;")]
    public async Task AFileComesInTheFormThatTheBrowserTakes(string accepts, string? encoding, string body)
    {
        await using var server = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, Script);
        request.Headers.TryAddWithoutValidation("Accept-Encoding", accepts);
        using var answer = await server.Http.SendAsync(request);
        Assert.Equal(encoding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Equal(body, Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal("Accept-Encoding", Header(answer, "Vary"));
        Assert.Equal("text/javascript; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
    }

    [Theory]
    [InlineData("/secret.key")]
    [InlineData("/assets/app-0123abcd.js.br")]
    [InlineData("/assets/../../server.json")]
    [InlineData("/assets/%2e%2e/%2e%2e/server.json")]
    [InlineData("/index.html")]
    public async Task NothingElseIsServed(string path)
    {
        await using var server = await StartAsync();
        using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task WithoutABundleThereIsNoPage()
    {
        await using var server = await TestServer.StartAsync(s => s with { WebFolder = Path.Combine(s.DataFolder, "no-such-folder") });
        using var answer = await server.Http.GetAsync(new Uri("/", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static string Header(HttpResponseMessage answer, string name) => Assert.Single(answer.Headers.TryGetValues(name, out var values) ? values : answer.Content.Headers.GetValues(name));

    private static Task<TestServer> StartAsync() => TestServer.StartAsync(s =>
    {
        string folder = Path.Combine(s.DataFolder, "bundle");
        Directory.CreateDirectory(Path.Combine(folder, "assets"));
        File.WriteAllText(Path.Combine(folder, "index.html"), "<!doctype html>");
        File.WriteAllText(Path.Combine(folder, "secret.key"), "not a kind of file that is served");
        string script = Path.Combine(folder, Script[1..]);
        File.WriteAllText(script, "let x = 1;");
        File.WriteAllText(script + ".br", "as brotli");
        File.WriteAllText(script + ".gz", "as gzip");
        return s with { WebFolder = folder };
    });
}
