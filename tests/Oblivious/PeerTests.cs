using System.Text;
using Candor.Hpke;
using Candor.Oblivious;
using Candor.Tests.Server;

namespace Candor.Tests.Oblivious;

/// <summary>@hpke/core and bhttp-js, which others wrote, on the other side of our gateway and of our client.</summary>
public sealed class PeerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-peer-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task HpkeJsAndBhttpJsTalkToOurGatewayAndToOurClient()
    {
        string scripts = Path.Combine(Checkout.Root, "tests", "Oblivious", "peer");
        foreach (string file in (string[])["package.json", "package-lock.json", "peer.mjs"]) File.Copy(Path.Combine(scripts, file), Path.Combine(_folder, file));
        var (installed, said) = await NodeAsync("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund");
        Assert.SkipWhen(installed == 127, "npm is not installed.");
        Assert.True(installed == 0, said);

        await using var server = await TestServer.StartAsync(s => s with { Gateway = true, Name = "cloud.example" });
        await Task.Delay(1100); // what is dated in the second of a start is refused
        byte[] direct = await server.Http.GetByteArrayAsync("/v1/server");
        foreach (string cipher in (string[])["1", "3"])
        {
            var (code, output) = await NodeAsync("node", "peer.mjs", "ask", new Uri(server.BaseAddress, "/ohttp").ToString(), "https://cloud.example/v1/server", cipher);
            Assert.True(code == 0, output);
            Assert.Equal(["200", "application/json", Convert.ToBase64String(direct)], output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split(';')[0]));
            var refused = await NodeAsync("node", "peer.mjs", "ask", new Uri(server.BaseAddress, "/ohttp").ToString(), "https://cloud.example/v1/accounts", cipher);
            Assert.StartsWith("403\n", refused.Said, StringComparison.Ordinal);
        }

        byte[] secret = [.. Enumerable.Range(1, Secret32.Size).Select(i => (byte)i)];
        using var gateway = new GatewayKey(9, new Secret32(secret));
        foreach (var aead in (HpkeAead[])[HpkeAead.Aes128Gcm, HpkeAead.ChaCha20Poly1305])
        {
            var config = gateway.Config with { Aeads = [aead] };
            using var exchange = SealedRequest.Seal(config, new BinaryRequest("GET", "https", "cloud.example", "/shelf/metadata/timestamp.json", [new("range", "bytes=0-9")], default).ToBytes(MessageLength.Request))!;
            var (code, output) = await NodeAsync("node", "peer.mjs", "open", Convert.ToHexStringLower(secret), Convert.ToBase64String(exchange.Bytes.Span), "fröhlich");
            Assert.True(code == 0, output);
            string[] lines = output.Split('\n');
            Assert.Equal("GET https://cloud.example/shelf/metadata/timestamp.json", lines[0]);
            Assert.True(BinaryResponse.TryParse(exchange.Open(Convert.FromBase64String(lines[1])), out var answer));
            Assert.Equal((200, "text/plain", "fröhlich"), (answer.Status, answer["content-type"], Encoding.UTF8.GetString(answer.Content.Span)));
        }
    }

    /// <summary>Runs a program of Node; 127 where there is none.</summary>
    private async Task<(int Code, string Said)> NodeAsync(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = System.Diagnostics.Process.Start(start)!;
            var output = process.StandardOutput.ReadToEndAsync();
            var errors = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await errors);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, "");
        }
    }
}
