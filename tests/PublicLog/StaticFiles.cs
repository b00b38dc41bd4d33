using Microsoft.Extensions.Logging;

namespace Candor.Tests.PublicLog;

/// <summary>A web server that knows nothing of logs.</summary>
internal sealed class StaticFiles(Microsoft.AspNetCore.Builder.WebApplication app) : IAsyncDisposable
{
    public static async Task<StaticFiles> StartAsync(string log, Uri address, string? web = null)
    {
        var builder = Microsoft.AspNetCore.Builder.WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add(address.GetLeftPart(UriPartial.Authority));
        Microsoft.AspNetCore.Builder.RunExtensions.Run(app, async http =>
        {
            string asked = http.Request.Path.Value![1..];
            string path = asked.StartsWith("log/", StringComparison.Ordinal) ? Path.Combine(log, asked) : Path.Combine(web ?? log, asked.Length == 0 ? "index.html" : asked);
            if (!File.Exists(path)) http.Response.StatusCode = 404;
            else await http.Response.Body.WriteAsync(File.ReadAllBytes(path));
        });
        await app.StartAsync();
        return new(app);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
