using System.Diagnostics;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>Repositories that other programs made, as the official suite's test_static_repositories has two of: here those that travel with Debian's package of go-tuf, in three of its formats, and one of php-tuf, made with python-tuf.</summary>
public sealed class StaticCases : IDisposable
{
    private const string Package = "golang-github-theupdateframework-go-tuf-dev", Place = "usr/share/gocode/src/github.com/theupdateframework/go-tuf/client/testdata";

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-static-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task RepositoriesThatOtherProgramsMadeAreRead()
    {
        string data = Path.Combine("/", Place);
        if (!Directory.Exists(data))
        {
            // Its files are enough: what it depends on is for those who build with it.
            bool there = await RunAsync("apt-get", "download", "-qq", Package) && Directory.GetFiles(_folder, "*.deb") is [var file] && await RunAsync("dpkg-deb", "-x", file, ".");
            Assert.SkipUnless(there, $"Debian's package {Package} is not to be had here.");
            data = Path.Combine(_folder, Place);
        }
        foreach (string format in (string[])["go-tuf", "go-tuf-transition-M3", "go-tuf-transition-M4"])
        {
            string repository = Path.Combine(data, format, "consistent-snapshot-true", "5", "repository");
            using var c = new ConformanceCase(repository, Path.Combine(repository, "targets"), DateTimeOffset.UtcNow);
            Assert.Equal((format, 0), (format, await c.InitAsync()));
            Assert.Equal((format, 0), (format, await c.RefreshAsync()));
            Assert.True(c.Version("root") > 1, format);
            Assert.Equal((format, 0), (format, await c.DownloadAsync("0", "4")));
            Assert.Equal(["0", "4"], c.Downloaded());
            Assert.Equal((format, 1), (format, await c.DownloadAsync("none")));
        }

        string php = Path.Combine(data, "php-tuf-fixtures", "TUFTestFixture3LevelDelegation", "server");
        using var delegated = new ConformanceCase(Path.Combine(php, "metadata"), Path.Combine(php, "targets"), new(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(0, await delegated.InitAsync());
        Assert.Equal(0, await delegated.RefreshAsync());
        Assert.Equal(2, delegated.Version("root"));
        Assert.Equal(0, await delegated.DownloadAsync("targets.txt", "a.txt", "c.txt", "f.txt"));
        Assert.Equal(4, delegated.Downloaded().Count);
        Assert.Equal(1, await delegated.RefreshAsync(days: 400));
    }

    private async Task<bool> RunAsync(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder, RedirectStandardError = true, RedirectStandardOutput = true })!;
            var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync();
            await said;
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
