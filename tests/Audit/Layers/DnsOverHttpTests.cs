using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Tests.Audit.Layers;

/// <summary>RFC 8484: names that are looked up in messages of HTTP.</summary>
public class DnsOverHttpTests
{
    /// <summary>RFC 8484, 4.1.1: the query for www.example.com as it prints it.</summary>
    private const string Query = "AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";

    private static readonly byte[] s_query = Convert.FromBase64String(Query);

    private static (TakenMessages Messages, Conversation Conversation, Layering Layering) Hear(Action<Candor.Audit.Layers.Http.IHttpSink> talk)
    {
        TakenMessages messages = null!;
        var layering = new Layering { Messages = c => messages = new(c.Tally) };
        var conversation = new Conversation { Transport = 6, Server = new(default, 443) };
        talk(layering.MessagesOf(conversation));
        Assert.True(messages.AllEnded);
        return (messages, conversation, layering);
    }

    [Fact]
    public void ANameInABodyIsToldBesideTheRequestAndItsBytesCountOnce()
    {
        var (messages, conversation, layering) = Hear(sink =>
        {
            sink.Head(4, Side.Client, new() { Method = "POST", Target = "/dns-query", Scheme = "https", Fields = [new("content-type", "application/dns-message")] }, 0, default);
            sink.Body(4, Side.Client, s_query.AsSpan(0, 9), 0, default);
            sink.Body(4, Side.Client, s_query.AsSpan(9), 9, default);
            sink.End(4, Side.Client, true, default);
            // The answer: the question, and one A record that points back to its name.
            byte[] answer = [.. s_query[..2], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. s_query[12..], 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7];
            sink.Head(4, Side.Server, new() { Status = 200, Scheme = "https", Fields = [new("Content-Type", "application/dns-message")] }, 0, default);
            sink.Body(4, Side.Server, answer, 0, default);
            sink.End(4, Side.Server, true, default);
        });
        Assert.Equal(["POST /dns-query", "QUERY www.example.com"], messages.Requests.Select(r => $"{r.Head.Method} {r.Head.Target}"));
        Assert.Equal(s_query.Length, conversation.Tally[Side.Client].Total);
        Assert.Contains("dns", conversation.Layers);
        Assert.Equal(["www.example.com"], layering.Names.Of(Address.TryRead("192.0.2.7")!.Value));
    }

    [Theory]
    [InlineData("/dns-query?dns=" + Query, 2)]
    [InlineData("/q?ct&dns=" + Query + "&x=1", 2)]
    [InlineData("/q?dns=!!!", 1)]
    [InlineData("/q?dns=AAAA", 1)]
    public void ANameInAParameterIsTold(string target, int requests)
    {
        var (messages, _, _) = Hear(sink =>
        {
            sink.Head(0, Side.Client, new() { Method = "GET", Target = target, Scheme = "https" }, 0, default);
            sink.End(0, Side.Client, true, default);
        });
        Assert.Equal(requests, messages.All.Count);
    }

    [Fact]
    public void ALongValueCutIntoLabelsIsSearchedInOnePiece()
    {
        var searched = new Messages.Searched("identifiers:\n  serial: [R58M42ABCDE]\n");
        // SHA-512 of the serial, in labels of 30: no label holds enough of it, all of them do.
        string digest = Convert.ToHexStringLower(System.Security.Cryptography.SHA512.HashData("R58M42ABCDE"u8));
        string name = "x" + digest[..9] + "." + digest[9..39] + "." + digest[39..60] + ".t.example.com";
        byte[] query = [0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0, 0, 16, 0, 1];
        searched.Layering.Datagrams(new() { Transport = 17, Client = Messages.Searched.End("192.168.1.7", 4000), Server = Messages.Searched.End("192.0.2.1", 53), Phone = Side.Client }).Take(Side.Client, query, 0, new(1, 1));
        Assert.Contains(searched.Book.Sightings, s => s.Finding.Value!.Label == "serial 1" && s.Part == "field labels");
    }
}
