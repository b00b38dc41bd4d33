using System.Text;
using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Ledgers;
using Candor.Audit.Messages;

namespace Candor.Tests.Audit.Ledgers;

/// <summary>A ledger against captures made packet by packet: what has to pass, and what has to show.</summary>
public class ReconcilerTests
{
    private const string Commit = "POST /v1/accounts/9b/commits HTTP/1.1\r\nHost: 93.184.216.34\r\nContent-Length: 5\r\n\r\nhello", Look = "GET /v1/accounts/9b/checkpoint HTTP/1.1\r\nHost: 93.184.216.34\r\n\r\n";

    private static byte[] B(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>A connection with these requests, one packet each, every one answered.</summary>
    private static Wire Talk(params string[] requests)
    {
        var wire = new Wire().Out(99, Wire.Syn).In(999, Wire.Syn | Wire.Ack, acknowledged: 100);
        (uint ours, uint theirs) = (100, 1000);
        foreach (string request in requests)
        {
            byte[] answer = B("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
            wire.Out(ours, Wire.Ack | Wire.Push, B(request), acknowledged: theirs);
            ours += (uint)request.Length;
            wire.In(theirs, Wire.Ack | Wire.Push, answer, acknowledged: ours);
            theirs += (uint)answer.Length;
        }
        return wire.Out(ours, Wire.Ack | Wire.Fin, acknowledged: theirs);
    }

    private static Reconciliation Hold(Wire wire, LedgerText ledger, bool alone = false) => Hold(wire.Pcap(), ledger.Bytes, alone);

    private static Reconciliation Hold(byte[] capture, byte[] ledger, bool alone = false)
    {
        var layering = new Layering();
        var messages = new MessageRun((Candor.Audit.Search.NeedleSet?)null, Candor.Tests.Audit.Messages.Searched.Salt);
        messages.Join(layering);
        var requests = new WireRequests();
        requests.Join(layering);
        Decryption.AddTo(layering, new KeyLog());
        var run = new AuditRun(layering, [Candor.Audit.Packets.Address.TryRead("10.0.0.1")!.Value]);
        Assert.True(run.TryRead(new MemoryStream(capture), "x"));
        var found = new Reconciler(run.Finish(), requests, LedgerFile.Read(new MemoryStream(ledger)), alone).Run();
        foreach (var host in found.Hosts) Assert.Equal(host.Captured, host.Headers + host.Repeated + host.Tls + host.Heads + host.Bodies + host.Framing + host.Closed + host.Network + host.Residual);
        return found;
    }

    private static LedgerText Honest() => new LedgerText().Out(Commit, kind: "notes").Out(Look, 0.005);

    [Fact]
    public void AnHonestLedgerLeavesNoByteOver()
    {
        var found = Hold(Talk(Commit, Look), Honest());
        Assert.Equal((LedgerVerdict.Accounted, 0L, 2), (found.Verdict, found.Residual, found.Matches.Count));
        Assert.Empty(found.Problems);
        var host = found.Hosts[0];
        Assert.Equal((5L, (long)(Commit.Length - 5 + Look.Length)), (host.Bodies, host.Heads));
        // The very ledger that says nothing more does not explain a second sending of the same.
        Assert.Equal(LedgerVerdict.DoesNotAddUp, Hold(Talk(Commit, Look, Look), Honest()).Verdict);
    }

    [Fact]
    public void OneMoreRequestIsNamedWithItsFrame()
    {
        const string more = "POST /x HTTP/1.1\r\nHost: 93.184.216.34\r\nContent-Length: 1\r\n\r\n!";
        var found = Hold(Talk(Commit, more, Look), Honest());
        Assert.Equal((LedgerVerdict.DoesNotAddUp, (long)more.Length), (found.Verdict, found.Residual));
        var problem = Assert.Single(found.Problems);
        Assert.Equal(("not-in-ledger", 5L, (long)more.Length), (problem.Kind, problem.Frame, problem.Bytes));
        Assert.Contains("POST /x", problem.What, StringComparison.Ordinal);
    }

    [Fact]
    public void BytesThatAreNoRequestAreAResidual()
    {
        // Between two requests, where HTTP lets a reader skip empty lines; and behind a body, in a chunk's extension.
        const string chunked = "POST /v1/accounts/9b/commits HTTP/1.1\r\nHost: 93.184.216.34\r\nTransfer-Encoding: chunked\r\n\r\n5;secret=40\r\nhello\r\n0\r\n\r\n";
        var found = Hold(Talk(Commit + "\r\n\r\n\r\n", Look), Honest());
        Assert.Equal((LedgerVerdict.DoesNotAddUp, 6L), (found.Verdict, found.Residual));
        Assert.Equal(LedgerVerdict.DoesNotAddUp, Hold(Talk(chunked), new LedgerText().Out(chunked[..^28] + "hello", kind: "notes")).Verdict);
        Assert.Equal(LedgerVerdict.DoesNotAddUp, Hold(Talk(Commit, Look, "forty bytes that are no request of HTTP.\n"), Honest()).Verdict);
    }

    [Fact]
    public void ALineThatWasNeverSentIsNamed()
    {
        var found = Hold(Talk(Commit, Look), Honest().Out(Commit.Replace("hello", "other", StringComparison.Ordinal), 0.006));
        var problem = Assert.Single(found.Problems);
        Assert.Equal((LedgerVerdict.DoesNotAddUp, "not-in-recording", 5L), (found.Verdict, problem.Kind, problem.Line));
        // From another time, or without an answer: no contradiction.
        found = Hold(Talk(Commit, Look), Honest().Out(Look, 3600).Out(Look, 0.006, ev: "cut", status: 0));
        Assert.Equal((LedgerVerdict.Accounted, 1L, 1L), (found.Verdict, found.OutsideLines, found.NeverLeft));
    }

    [Fact]
    public void OtherBytesOfTheSameLengthDiffer()
    {
        var found = Hold(Talk(Commit.Replace("hello", "HELLO", StringComparison.Ordinal), Look), Honest());
        var problem = Assert.Single(found.Problems);
        Assert.Equal(("differs", 1L, 3L), (problem.Kind, problem.Line, problem.Frame));
        Assert.Contains("another SHA-256", problem.What, StringComparison.Ordinal);
        Assert.Equal(Commit.Length, found.Residual);
    }

    [Fact]
    public void TheRightBytesToTheWrongHostOrForTheWrongReasonFail()
    {
        var moved = Hold(Talk(Commit, Look), new LedgerText().Out(Commit, host: "192.0.2.7", kind: "notes").Out(Look, 0.005));
        Assert.Equal((LedgerVerdict.DoesNotAddUp, "another-host", 1L, 3L), (moved.Verdict, moved.Problems[0].Kind, moved.Problems[0].Line, moved.Problems[0].Frame));
        var reason = Hold(Talk(Commit, Look), new LedgerText().Out(Commit, purpose: "server", kind: "notes").Out(Look, 0.005));
        Assert.Equal((LedgerVerdict.DoesNotAddUp, "wrong-reason", 0L), (reason.Verdict, reason.Problems[0].Kind, reason.Residual));
    }

    [Fact]
    public void WhatIsSentAgainAndWhatBrokeOffPass()
    {
        var wire = Talk(Commit, Look).Out(100, Wire.Ack | Wire.Push, B(Commit), acknowledged: 1000);
        var found = Hold(wire, Honest());
        Assert.Equal((LedgerVerdict.Accounted, (long)Commit.Length), (found.Verdict, found.Hosts[0].Repeated));
        string large = $"POST /v1/accounts/9b/commits HTTP/1.1\r\nHost: 93.184.216.34\r\nContent-Length: 5000\r\n\r\n{new string('a', 5000)}";
        wire = new Wire().Out(99, Wire.Syn).In(999, Wire.Syn | Wire.Ack, acknowledged: 100).Out(100, Wire.Ack, B(large[..1000]), acknowledged: 1000).In(1000, Wire.Rst);
        found = Hold(wire, new LedgerText().Out(large, kind: "notes", ev: "cut", status: 0));
        Assert.Equal((LedgerVerdict.Accounted, 0L, true), (found.Verdict, found.Residual, found.Matches[0].Partial));
        // The same cut where the ledger says that it was answered: then bytes of it are not here.
        Assert.Equal(LedgerVerdict.CannotProve, Hold(wire, new LedgerText().Out(large, kind: "notes")).Verdict);
    }

    [Fact]
    public void AHoleInTheRecordingProvesNothing()
    {
        var wire = new Wire().Out(99, Wire.Syn).In(999, Wire.Syn | Wire.Ack, acknowledged: 100).Out(100, Wire.Ack, B(Commit[..40]), acknowledged: 1000)
            .Out(100 + (uint)Commit.Length, Wire.Ack, B(Look), acknowledged: 1000).In(1000, Wire.Ack, B("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), acknowledged: 100 + (uint)Commit.Length + (uint)Look.Length);
        var found = Hold(wire, Honest());
        Assert.Equal(LedgerVerdict.CannotProve, found.Verdict);
        Assert.NotEmpty(found.Doubts);
        byte[] whole = Talk(Commit, Look).Pcap();
        Assert.Equal(LedgerVerdict.CannotProve, Hold(whole[..^3], Honest().Bytes).Verdict);
    }

    [Fact]
    public void AnEditedLedgerBreaksItsChain()
    {
        string edited = Honest().ToString().Replace("\"purpose\":\"sync\"", "\"purpose\":\"blob\"", StringComparison.Ordinal);
        var found = Hold(Talk(Commit, Look).Pcap(), Encoding.UTF8.GetBytes(edited));
        Assert.Equal((LedgerVerdict.DoesNotAddUp, "ledger-broken", 2L), (found.Verdict, found.Problems[0].Kind, found.Problems[0].Line));
        Assert.Equal(LedgerVerdict.CannotProve, Hold(Talk(Commit, Look), new LedgerText().Out("GET /x HTTP/1.1\r\n\r\n", 9999, host: "192.0.2.7")).Verdict);
    }

    [Fact]
    public void AnotherProgramsBytesAreNotTheClientsUnlessItWasAlone()
    {
        var wire = Talk(Commit, Look).Raw(Elsewhere());
        var found = Hold(wire, Honest());
        Assert.Equal((LedgerVerdict.Accounted, 0L, 1), (found.Verdict, found.Residual, found.ElsewhereConversations));
        found = Hold(wire, Honest(), alone: true);
        Assert.Equal((LedgerVerdict.DoesNotAddUp, found.Elsewhere), (found.Verdict, found.Residual));
        Assert.Contains("192.0.2.9", found.Problems[0].What, StringComparison.Ordinal);
    }

    private static byte[] Elsewhere()
    {
        byte[] packet = Wire.Ip4(17, Wire.UdpOf(B("forty bytes of somebody's address book.."), 9999));
        ((byte[])[192, 0, 2, 9]).CopyTo(packet, 16);
        return packet;
    }
}
