using System.Text;
using Candor.Tests.Audit;
using Candor.Tests.Cli;

namespace Candor.Tests.Hostile;

/// <summary>A capture whose maker wants the reader to come to harm.</summary>
public sealed class CaptureAttackTests : IDisposable
{
    // An escape sequence that names the window, one that clears the screen, a bell, a turn of the writing direction, markup.
    private const string Orders = "\u001b]0;owned\u0007\u001b[2J\u202egpj.<script>alert(1)</script>";

    private readonly CandorHere _candor = new();

    public void Dispose() => _candor.Dispose();

    [Fact]
    public async Task I08_NamesInACaptureGiveNoOrdersToTheTerminalAndThePage()
    {
        byte[] request = Encoding.UTF8.GetBytes($"POST /a{Orders}?x=490154203237518 HTTP/1.1\r\nHost: {Orders}.example\r\nX-{Orders}: {Orders}\r\nContent-Type: {Orders}\r\nContent-Length: 5\r\n\r\nhello");
        byte[] label = Encoding.UTF8.GetBytes(Orders);
        byte[] question = [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, (byte)label.Length, .. label, 3, (byte)'c', (byte)'o', (byte)'m', 0, 0, 1, 0, 1];
        string capture = _candor.InFolder("orders.pcap"), report = _candor.InFolder("r.json"), page = _candor.InFolder("r.html"), owner = _candor.InFolder("owner.yaml");
        await File.WriteAllBytesAsync(capture, new Wire().Udp(question, 53).Out(100, Wire.Syn).In(500, Wire.Syn | Wire.Ack, acknowledged: 101).Out(101, Wire.Push | Wire.Ack, request, acknowledged: 501).Pcap());
        await File.WriteAllTextAsync(owner, "identifiers:\n  imei: ['490154203237518']\n");
        var run = await _candor.RunAsync("audit", capture, "--owner", owner, "--details", "--report", report, "--html", page, "--show-values");
        Assert.True(run.Code == 0, run.Error);
        Assert.Contains("owned", run.Out, StringComparison.Ordinal);
        Assert.Contains("owned", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
        foreach (string shown in (string[])[run.Out, run.Error, await File.ReadAllTextAsync(page), await File.ReadAllTextAsync(report)])
        {
            Assert.DoesNotContain(shown, c => char.IsControl(c) && c is not ('\n' or '\r' or '\t') || c == '\u202e');
        }
        Assert.DoesNotContain("<script", await File.ReadAllTextAsync(page), StringComparison.Ordinal);
    }
}
