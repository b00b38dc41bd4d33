using System.Text.Json;
using Candor.Audit.Search;

namespace Candor.Tests.Cli;

/// <summary>candor audit as a person has it: plant, read, report, check again.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    private string Write(string name, string text)
    {
        string path = _candor.InFolder(name);
        File.WriteAllText(path, text);
        return path;
    }

    private string Har(string imei) => Write("a.har",
        "{\"log\":{\"version\":\"1.2\",\"entries\":[{\"startedDateTime\":\"2026-01-01T00:00:00Z\",\"request\":{\"method\":\"POST\",\"url\":\"https://i.mi.com/up\",\"headers\":[],\"postData\":{\"text\":\"imei=" + imei + "\"}},\"response\":{\"status\":200,\"headers\":[],\"content\":{}}}]}}");

    [Fact]
    public async Task AFindingIsShownReportedAndProvenAgain()
    {
        string owner = Write("owner.yaml", "identifiers:\n  imei: ['490154203237518']\n"), har = Har("490154203237518"), report = _candor.InFolder("r.json"), page = _candor.InFolder("r.html");
        var run = await _candor.RunAsync("audit", har, "--owner", owner, "--claims", "2014", "--report", report, "--html", page);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("49•••18", run.Out, StringComparison.Ordinal);
        Assert.Contains("CONTRADICTED", run.Out, StringComparison.Ordinal);
        foreach (string part in (string[])["bytes of its messages", "  identified as its owner's", "all read  i.mi.com: Xiaomi (seat CN)", "No recording of a network shows"]) Assert.Contains(part, run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("490154203237518", run.Out + await File.ReadAllTextAsync(report) + await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        run = await _candor.RunAsync("audit", "recheck", report, har);
        Assert.True(run.Code == 0, run.Out + run.Error);
        Assert.Contains("1 of 1 finding", run.Out, StringComparison.Ordinal);
        run = await _candor.RunAsync("audit", "recheck", report, Har("490154203237519"));
        Assert.Equal(4, run.Code);
        Assert.Contains("is not byte for byte", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnAScreenNoLineIsLongerThanItAndNoWordIsCut()
    {
        string owner = Write("owner.yaml", "identifiers:\n  imei: ['490154203237518']\n"), har = Har("490154203237518");
        var wide = await _candor.RunAsync("audit", har, "--owner", owner, "--claims", "2014");
        var run = await _candor.RunAsync(_ => null, default, "audit", har, "--owner", owner, "--claims", "2014");
        Assert.All(run.Out.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Words(wide.Out), Words(run.Out));
        Assert.Contains(wide.Out.Split('\n'), line => line.Length > 80);
    }

    [Fact]
    public async Task AnEmptyFileIsSaidToBeEmpty()
    {
        var run = await _candor.RunAsync("audit", Write("a.pcap", ""));
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains("is empty: nothing was recorded", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SomeOfTheRecordingsProveWhatIsInThem()
    {
        string owner = Write("owner.yaml", "identifiers:\n  imei: ['490154203237518']\n"), one = Har("490154203237518"), two = Write("b.har", await File.ReadAllTextAsync(one)), report = _candor.InFolder("r.json");
        // A byte more, so that it is another file.
        await File.AppendAllTextAsync(two, "\n");
        Assert.Equal(0, (await _candor.RunAsync("audit", one, two, "--owner", owner, "--report", report)).Code);
        var run = await _candor.RunAsync("audit", "recheck", report, two);
        Assert.True(run.Code == 1, run.Out + run.Error);
        Assert.Contains("1 finding not looked at: a.har is not here", run.Out, StringComparison.Ordinal);
        Assert.Contains("1 of 2 findings proven", run.Out, StringComparison.Ordinal);
        Assert.Equal(0, (await _candor.RunAsync("audit", "recheck", report, two, one)).Code);
        // Sums of what is here are held to the report's conversations.
        string text = await File.ReadAllTextAsync(report);
        var last = System.Text.RegularExpressions.Regex.Matches(text, "\"identified\": [1-9]").Last();
        await File.WriteAllTextAsync(report, text[..last.Index] + "\"identified\": 7" + text[last.Index..].Split(':', 2)[1].TrimStart());
        Assert.Equal(4, (await _candor.RunAsync("audit", "recheck", report, two)).Code);
    }

    [Fact]
    public async Task ConsentTimesComeFromTheLogThatADeviceWrote()
    {
        await using var server = await Candor.Tests.Server.TestServer.StartAsync();
        await _candor.JoinAsync(server.BaseAddress);
        Assert.Equal(0, (await _candor.RunAsync("on", "messages", "--yes")).Code);
        string log = _candor.InFolder("account.log"), words = _candor.InFolder("history.json"), owner = Write("owner.yaml", "messages: [the teapot stands behind the lighthouse]\n"), report = _candor.InFolder("r.json");
        string claims = Write("claims.yaml", "claims:\n  - id: a\n    says: Messages leave with consent only.\n    forbids: [message]\n    unless-consent: cloud\n");
        var run = await _candor.RunAsync("history", "--export", log);
        Assert.True(run.Code == 0, run.Error);
        await File.WriteAllTextAsync(words, (await _candor.RunAsync("history", "--limit", "0", "--json")).Out);
        string har = await File.ReadAllTextAsync(Har("0"));
        string Sent(int year) => Write($"{year}.har", har.Replace("2026-01-01", $"{year}-01-01", StringComparison.Ordinal).Replace("imei=0", "the teapot stands behind the lighthouse", StringComparison.Ordinal));
        foreach (string consents in (string[])[log, words])
        {
            run = await _candor.RunAsync("audit", Sent(2020), "--owner", owner, "--claims", claims, "--account-log", consents, "--report", report);
            Assert.True(run.Code == 0, run.Error);
            Assert.Contains("CONTRADICTED", run.Out, StringComparison.Ordinal);
            Assert.Contains("on 2020-01-01 00:00:00.000 UTC, and consent was given only on ", run.Out, StringComparison.Ordinal);
            run = await _candor.RunAsync("audit", Sent(2199), "--owner", owner, "--claims", claims, "--account-log", consents);
            Assert.Contains("UPHELD IN READABLE BYTES", run.Out, StringComparison.Ordinal);
        }
        // The server's signature on its end: with the key that lies beside it, with one that is given, and with another's.
        run = await _candor.RunAsync("audit", Sent(2199), "--claims", claims, "--account-log", log);
        Assert.Contains("which lay beside the log in account.log.key", run.Out, StringComparison.Ordinal);
        string key = (await File.ReadAllTextAsync(log + ".key")).Trim();
        run = await _candor.RunAsync("audit", Sent(2199), "--claims", claims, "--account-log", log, "--server-key", key);
        Assert.Contains($"signed this checkpoint: with the key {key}, which whoever ran the audit gave", run.Out, StringComparison.Ordinal);
        run = await _candor.RunAsync("audit", Sent(2199), "--claims", claims, "--account-log", log, "--server-key", "cloud.example+c2763e95+AQ6D9JFToVrJy3SX9/G5XSw3xV1uXyi0bDNOEC3xIyT0");
        Assert.True(run.Code == 2 && run.Error.Contains("not signed by the server's key", StringComparison.Ordinal), run.Error);
        Assert.Equal(2, (await _candor.RunAsync("audit", Sent(2199), "--server-key", key)).Code);
        // Its first commit's signature, changed.
        byte[] bytes = await File.ReadAllBytesAsync(log);
        bytes[200] ^= 1;
        await File.WriteAllBytesAsync(log, bytes);
        run = await _candor.RunAsync("audit", Sent(2020), "--owner", owner, "--claims", claims, "--account-log", log);
        Assert.Equal(2, run.Code);
        Assert.Contains("is no log of an account that holds", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AProgramGetsTheWholeReportAsOneDocument()
    {
        var run = await _candor.RunAsync("audit", Har("490154203237518"), "--json");
        using var document = JsonDocument.Parse(run.Out);
        Assert.Equal("candor-audit-report/1", document.RootElement.GetProperty("report").GetProperty("format").GetString());
    }

    [Fact]
    public async Task APlantedFileIsReadAgainAndIsForItsOwnerAlone()
    {
        string path = _candor.InFolder("own.yaml");
        var run = await _candor.RunAsync("audit", "plant", path);
        Assert.Equal((0, ""), (run.Code, run.Error));
        Assert.Contains("PCAPdroid", run.Out, StringComparison.Ordinal);
        Assert.NotNull(OwnerFile.Read(await File.ReadAllTextAsync(path), out _));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        // What somebody filled in is not written over.
        Assert.Equal(2, (await _candor.RunAsync("audit", "plant", path)).Code);
    }

    [Theory]
    [InlineData("owner: [\n", "--owner", "was not understood")]
    [InlineData("claims: []\n", "--claims", "was not understood")]
    [InlineData("nothing\n", "--country-data", "says of no address")]
    public async Task AFileWithFaultsIsNamedAndNothingIsLookedFor(string text, string option, string says)
    {
        var run = await _candor.RunAsync("audit", Har("490154203237518"), option, Write("faulty", text));
        Assert.Equal((2, ""), (run.Code, run.Out));
        Assert.Contains(says, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoRecordingOrReportIsRefused()
    {
        string text = Write("a.txt", "hello");
        Assert.Equal(2, (await _candor.RunAsync("audit", text)).Code);
        Assert.Equal(2, (await _candor.RunAsync("audit", "recheck", text, text)).Code);
    }
}
