using System.Net;
using System.Security.Cryptography;
using System.Text;
using Candor.Shelf.Tuf;

namespace Candor.Conformance;

/// <summary>The command line that theupdateframework/tuf-conformance drives a client by (its CLIENT-CLI.md): init, refresh, download. Exit codes: 0 done, 1 refused, 2 no such command.</summary>
public static class TufCommands
{
    /// <param name="args">As the suite types them.</param>
    /// <param name="clock">What time it is.</param>
    /// <param name="errors">For what a refusal says.</param>
    public static async Task<int> RunAsync(string[] args, TimeProvider clock, TextWriter errors)
    {
        string? command = null, rootFile = null;
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var names = new List<string>();
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--target-name") names.Add(args[++i]);
            else if (args[i].StartsWith("--", StringComparison.Ordinal)) options[args[i]] = args[++i];
            else if (command is null) command = args[i];
            else rootFile = args[i];
        }
        try
        {
            var trusted = Kept(options["--metadata-dir"]);
            if (command == "init")
            {
                TufClient.Begin(trusted, File.ReadAllBytes(rootFile ?? options["--trusted-root"]));
                return 0;
            }
            using var http = new HttpClient();
            string url = options["--metadata-url"].TrimEnd('/');
            var client = new TufClient((name, most, cancel) => GetAsync(http, $"{url}/{name}", most, cancel), trusted, clock.GetUtcNow());
            await client.RefreshAsync(default);
            if (command != "download") return command == "refresh" ? 0 : 2;
            foreach (string name in names) await DownloadAsync(http, client, name, options["--target-dir"], options["--target-base-url"].TrimEnd('/'));
            return 0;
        }
        catch (Exception e) when (e is ShelfRefusedException or HttpRequestException or IOException)
        {
            errors.WriteLine(e.Message);
            return 1;
        }
    }

    private static async Task DownloadAsync(HttpClient http, TufClient client, string name, string folder, string url)
    {
        var target = await client.FindAsync(name, default) ?? throw new ShelfRefusedException(ShelfRefusal.NotListed, $"{name} is not listed.");
        string file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
        if (File.Exists(file) && target.Fits(File.ReadAllBytes(file))) return;
        string address = $"{url}/{string.Join('/', target.FileName(target.Hash).Split('/').Select(Uri.EscapeDataString))}";
        byte[] bytes = await GetAsync(http, address, checked((int)target.Length), default) ?? throw new ShelfRefusedException(ShelfRefusal.Missing, $"{name} is not there.");
        if (!target.Fits(bytes)) throw new ShelfRefusedException(ShelfRefusal.Mismatch, $"{name} is not what the shelf lists.");
        File.WriteAllBytes(file, bytes);
    }

    private static async Task<byte[]?> GetAsync(HttpClient http, string url, int most, CancellationToken cancel)
    {
        using var response = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, cancel);
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden) return null;
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        byte[] bytes = new byte[most + 1];
        int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
        return length <= most ? bytes[..length] : throw new ShelfRefusedException(ShelfRefusal.TooLong, $"{url} is longer than {most} bytes.");
    }

    private static TrustedMetadata Kept(string folder) => new(
        name => File.Exists(Path.Combine(folder, name)) ? File.ReadAllBytes(Path.Combine(folder, name)) : null,
        (name, bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes),
        name => File.Delete(Path.Combine(folder, name)));
}
