using System.Net;
using System.Security.Cryptography;
using System.Text;
using Candor.Shelf.Tuf;

// The command line that theupdateframework/tuf-conformance drives a client by (its CLIENT-CLI.md): init, refresh, download. Exit codes: 0 done, 1 refused.
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
    string metadata = options["--metadata-dir"];
    var trusted = Kept(metadata);
    if (command == "init")
    {
        TufClient.Begin(trusted, File.ReadAllBytes(rootFile ?? options["--trusted-root"]));
        return 0;
    }
    using var http = new HttpClient();
    string url = options["--metadata-url"].TrimEnd('/');
    var client = new TufClient((name, most, cancel) => GetAsync(http, $"{url}/{name}", most, cancel), trusted, TimeProvider.System.GetUtcNow());
    await client.RefreshAsync(default);
    if (command != "download") return command == "refresh" ? 0 : 2;
    foreach (string name in names) await DownloadAsync(http, client, name);
    return 0;
}
catch (Exception e) when (e is ShelfRefusedException or HttpRequestException or IOException)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}

async Task DownloadAsync(HttpClient http, TufClient client, string name)
{
    var target = await client.FindAsync(name, default) ?? throw new ShelfRefusedException(ShelfRefusal.NotListed, $"{name} is not listed.");
    string file = Path.Combine(options["--target-dir"], Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));
    if (File.Exists(file) && target.Fits(File.ReadAllBytes(file))) return;
    string address = $"{options["--target-base-url"].TrimEnd('/')}/{string.Join('/', target.FileName(target.Hash).Split('/').Select(Uri.EscapeDataString))}";
    byte[] bytes = await GetAsync(http, address, checked((int)target.Length), default) ?? throw new ShelfRefusedException(ShelfRefusal.Missing, $"{name} is not there.");
    if (!target.Fits(bytes)) throw new ShelfRefusedException(ShelfRefusal.Mismatch, $"{name} is not what the shelf lists.");
    File.WriteAllBytes(file, bytes);
}

static async Task<byte[]?> GetAsync(HttpClient http, string url, int most, CancellationToken cancel)
{
    using var response = await http.GetAsync(new Uri(url), HttpCompletionOption.ResponseHeadersRead, cancel);
    if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden) return null;
    response.EnsureSuccessStatusCode();
    await using var stream = await response.Content.ReadAsStreamAsync(cancel);
    byte[] bytes = new byte[most + 1];
    int length = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancel);
    return length <= most ? bytes[..length] : throw new ShelfRefusedException(ShelfRefusal.TooLong, $"{url} is longer than {most} bytes.");
}

static TrustedMetadata Kept(string folder) => new(
    name => File.Exists(Path.Combine(folder, name)) ? File.ReadAllBytes(Path.Combine(folder, name)) : null,
    (name, bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes),
    name => File.Delete(Path.Combine(folder, name)));
