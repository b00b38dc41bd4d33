using System.IO.Pipes;
using System.Text;
using System.Text.Json;
using Candor.Audit.Reports;
using Candor.Tests.Audit;

namespace Candor.Tests.Cli;

/// <summary>candor audit live and data, as a person has them.</summary>
public sealed class AuditLiveTests : IDisposable
{
    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    private static byte[] Recording(bool ng)
    {
        var wire = new Wire().Out(99, Wire.Syn).In(999, Wire.Syn | Wire.Ack, acknowledged: 100).Out(100, Wire.Ack | Wire.Push, Encoding.ASCII.GetBytes("POST /up HTTP/1.1\r\nHost: api.example\r\nContent-Length: 20\r\n\r\nimei=490154203237518"), acknowledged: 1000)
            .In(1000, Wire.Ack | Wire.Push, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8, acknowledged: 200);
        return ng ? wire.Pcapng() : wire.Pcap();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ARecordingThatComesThroughAPipeIsShownWrittenAndAudited(bool ng)
    {
        byte[] recording = Recording(ng);
        string capture = _candor.InFolder("live.pcapng"), report = _candor.InFolder("r.json"), page = _candor.InFolder("r.html"), owner = _candor.InFolder("owner.yaml");
        await File.WriteAllTextAsync(owner, "identifiers:\n  imei: ['490154203237518']\n");
        await using var into = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var outOf = new AnonymousPipeClientStream(PipeDirection.In, into.ClientSafePipeHandle);
        _candor.Piped = () => outOf;
        var running = _candor.RunAsync(_ => null, default, "audit", "live", "-", "--write", capture, "--owner", owner, "--report", report, "--html", page);
        foreach (byte[] piece in recording.Chunk(recording.Length / 3))
        {
            await into.WriteAsync(piece);
            await Task.Delay(350);
        }
        // While the pipe is open and silent, the table has what came.
        await Eventually.HoldsAsync(() => _candor.Showing!.ToString().Contains("1 finding", StringComparison.Ordinal));
        string shown = _candor.Showing!.ToString();
        into.Close();
        var run = await running;
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("api.example", shown, StringComparison.Ordinal);
        Assert.Contains("1 finding", shown, StringComparison.Ordinal);
        Assert.Equal(recording, await File.ReadAllBytesAsync(capture));
        Assert.Contains("imei", run.Out, StringComparison.Ordinal);
        Assert.Contains("49•••18", run.Out, StringComparison.Ordinal);
        Assert.Single(Report.Read(await File.ReadAllBytesAsync(report))!.Findings, f => f.Sent && f.Counts);
        Assert.EndsWith("</html>\n", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CtrlCEndsItAndWhatCameStaysWithItsReport()
    {
        byte[] recording = Recording(ng: true);
        string capture = _candor.InFolder("live.pcapng"), report = _candor.InFolder("r.json");
        await using var into = new AnonymousPipeServerStream(PipeDirection.Out);
        await using var outOf = new AnonymousPipeClientStream(PipeDirection.In, into.ClientSafePipeHandle);
        _candor.Piped = () => outOf;
        using var stop = new CancellationTokenSource();
        var running = _candor.RunAsync(_ => null, stop.Token, "audit", "live", "-", "--write", capture, "--report", report);
        await into.WriteAsync(recording);
        Assert.True(await Eventually.HoldsAsync(() => _candor.Showing!.ToString().Contains("4 packets", StringComparison.Ordinal)));
        await stop.CancelAsync();
        // It ends though the pipe goes on; only then the other end lets go, for a read that waits holds its pipe.
        bool ended = await Eventually.HoldsAsync(() => running.IsCompleted);
        into.Close();
        Assert.True(ended, "Ctrl+C did not end it.");
        var run = await running;
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("The recording is", run.Error, StringComparison.Ordinal);
        Assert.Equal(recording, await File.ReadAllBytesAsync(capture));
        Assert.Equal(4, Report.Read(await File.ReadAllBytesAsync(report))!.Files[0].Messages);
    }

    [Fact]
    public async Task WhatIsNoRecordingOrHasNoRecorderIsSaid()
    {
        string capture = _candor.InFolder("live.pcapng");
        _candor.Piped = () => new MemoryStream("hello"u8.ToArray());
        var run = await _candor.RunAsync("audit", "live", "-", "--write", capture);
        Assert.Equal(2, run.Code);
        Assert.Contains("is no recording", run.Error, StringComparison.Ordinal);
        await File.WriteAllTextAsync(capture, "");
        Assert.Equal(2, (await _candor.RunAsync("audit", "live", "-", "--write", capture)).Code);
    }

    [Fact]
    public async Task DataSetsAreTakenInCheckedListedAndTheirDisagreementIsCounted()
    {
        string one = _candor.InFolder("iptoasn.csv"), two = _candor.InFolder("dbip-country.csv"), bad = _candor.InFolder("bad.csv");
        // The same in one half of the world and not in the other.
        await File.WriteAllTextAsync(one, "1.0.0.0,126.255.255.255,CN\n128.0.0.0,223.255.255.255,DE\n");
        await File.WriteAllTextAsync(two, "1.0.0.0,126.255.255.255,CN\n128.0.0.0,223.255.255.255,SG\n");
        await File.WriteAllTextAsync(bad, "hello,world\n");
        var run = await _candor.RunAsync("audit", "data");
        foreach (string due in (string[])["IP Geolocation by DB-IP, https://db-ip.com", "IPFire", "CC BY-SA 4.0", "routeviews.org", "2026-06-01"]) Assert.Contains(due, run.Out, StringComparison.Ordinal);
        Assert.Equal(2, (await _candor.RunAsync("audit", "data", bad)).Code);
        run = await _candor.RunAsync("audit", "data", one, two);
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("PDDL-1.0", run.Out, StringComparison.Ordinal);
        Assert.Contains("CC BY 4.0", run.Out, StringComparison.Ordinal);
        using var json = JsonDocument.Parse((await _candor.RunAsync("audit", "data", "--json")).Out);
        Assert.Equal(["DB-IP Lite", "IPFire Location", "NRO registries", "dbip-country.csv", "iptoasn.csv"], json.RootElement.GetProperty("sets").EnumerateArray().Select(s => s.GetProperty("name").GetString()));
        int asked = json.RootElement.GetProperty("asked").GetInt32(), same = json.RootElement.GetProperty("same").GetInt32();
        Assert.Equal(4096, json.RootElement.GetProperty("sample").GetInt32());
        Assert.InRange(asked, 4000, 4096);
        // What is in China by all five.
        Assert.InRange(same, asked / 100, asked * 2 / 10);
        // And an audit uses them.
        string capture = _candor.InFolder("a.pcap"), report = _candor.InFolder("r.json");
        await File.WriteAllBytesAsync(capture, Recording(ng: false));
        run = await _candor.RunAsync("audit", capture, "--report", report);
        Assert.Contains(("iptoasn.csv", "CN"), Report.Read(await File.ReadAllBytesAsync(report))!.Flows[0].Countries.Select(c => (c.Source, c.Country ?? "")));
    }
}
