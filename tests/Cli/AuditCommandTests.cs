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
        Assert.DoesNotContain("490154203237518", run.Out + await File.ReadAllTextAsync(report) + await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        run = await _candor.RunAsync("audit", "recheck", report, har);
        Assert.True(run.Code == 0, run.Out + run.Error);
        Assert.Contains("1 of 1 finding", run.Out, StringComparison.Ordinal);
        run = await _candor.RunAsync("audit", "recheck", report, Har("490154203237519"));
        Assert.Equal(4, run.Code);
        Assert.Contains("is not byte for byte", run.Out, StringComparison.Ordinal);
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
