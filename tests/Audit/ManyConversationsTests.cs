using System.Text;
using Candor.Audit;
using Candor.Audit.Claims;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit;

/// <summary>Recordings of more conversations than are kept one by one.</summary>
public class ManyConversationsTests
{
    private const int Before = 49_000;

    private static readonly byte[] s_leak = Encoding.ASCII.GetBytes("POST /up HTTP/1.1\r\nHost: leak.example\r\nCookie: a=b\r\nContent-Length: 22\r\n\r\nimei=490154203237518&a");

    /// <summary>So many that nobody answers, then three with the phone's IMEI.</summary>
    private static byte[] Recording(bool oneServer)
    {
        var wire = new Wire();
        for (int i = 0; i < Before; i++)
        {
            byte[] packet = Wire.Tcp(true, 99, 0, Wire.Syn, default, 1000 + i);
            if (!oneServer) (packet[17], packet[18], packet[19]) = (200, (byte)(i >> 8), (byte)i);
            wire.Raw(packet);
        }
        for (int i = 0; i < 3; i++) wire.Out(99, Wire.Syn, port: 80 + i).Out(100, Wire.Push | Wire.Ack, s_leak, 80 + i).In(7, Wire.Rst | Wire.Ack, port: 80 + i);
        return wire.Pcap();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WhatIsFoundBeyondThoseThatAreKeptCountsAndIsJudged(bool oneServer)
    {
        var owner = OwnerFile.Read("identifiers:\n  imei: ['490154203237518']\n", out _)!;
        var messages = new MessageRun(NeedleSet.Of(owner), Searched.Salt);
        var layering = new Layering();
        messages.Join(layering);
        var run = new AuditRun(layering, [Address.TryRead("10.0.0.1")!.Value]);
        Assert.True(run.TryRead(new MemoryStream(Recording(oneServer)), "many.pcap", TestContext.Current.CancellationToken));
        var result = run.Finish();
        RealCaptures.AddsUp(result);
        var claims = ClaimsFile.Read("""
            claims:
              - { id: a, says: No number of the device is sent., forbids: [imei] }
              - { id: b, says: None is sent to them., forbids: [imei], hosts: [leak.example] }
              - { id: c, says: None is sent to others., forbids: [imei], hosts: [other.example] }
              - { id: d, says: Nothing tells who asks., identity-free: true, hosts: [leak.example] }
            """, out var faults)!;
        Assert.Empty(faults);
        var report = new ReportMaker(messages, Atlas.Empty) { Claims = claims, Needles = NeedleSet.Of(owner) }.Make(result, null);
        Assert.Equal(3, report.Findings.Count(f => f is { Sent: true, What: "imei", Host: "leak.example" }));
        Assert.Equal(3 * 15, report.Up.Identified);
        Assert.Equal("contradicted", report.Claims[0].Verdict);
        // With servers of all kinds put together it is not known any more which bytes went to whom; what was found, and each request, knows.
        Assert.Equal((3 + 3, oneServer), (report.Claims[3].Against, result.Folded.All(f => !f.IsMixed)));
        Assert.Equal("contradicted", report.Claims[1].Verdict);
        Assert.NotEqual("contradicted", report.Claims[2].Verdict);
        Assert.Equal(Before + 3, report.Flows.Sum(f => f.Up.Packets) - 3);
        Assert.Equal(3, report.Flows.Sum(f => f.Requests));
        Assert.Equal(oneServer, report.Flows.Any(f => f.Host == "leak.example"));
    }
}
