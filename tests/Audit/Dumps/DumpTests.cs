using System.Text;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Dumps;

public class DumpTests
{
    private const string Advertising = "identifiers:\n  advertising-id: [1209d0b9-b959-42e6-b921-aa5d9d08c1af]\n";

    private static (Searched Searched, DumpRun Run) Read(byte[] file, string owner = Advertising, string name = "dump")
    {
        var searched = new Searched(owner);
        var run = new DumpRun(searched.Run, searched.Layering);
        Assert.True(run.TryRead(new MemoryStream(file), name));
        return (searched, run);
    }

    private static (Searched Searched, DumpRun Run) ReadReal(string name, string owner = Advertising) => Read(File.ReadAllBytes(Searched.CapturePath(name)), owner, name);

    [Fact]
    public void TheAdvertisingIdIsInSixRequestsOfARealFirstRun()
    {
        var (searched, run) = ReadReal("har/tweasel-android-first-run.har");
        Assert.Equal((16L, 0L, null), (run.Files[0].Entries, run.Files[0].Damaged, run.Files[0].Fault));
        var hosts = searched.Book.Requests.GroupBy(r => r.Host).ToDictionary(g => g.Key, g => g.Count());
        Assert.Equal((9, 3, 2, 1, 1), (hosts["graph.facebook.com"], hosts["api2.branch.io"], hosts["cdn.branch.io"], hosts["sessions.bugsnag.com"], hosts["notify.bugsnag.com"]));
        var bodies = searched.Book.Sightings.Where(s => s.Part == "body").Select(s => (s.Request, s.Exchange)).Distinct().ToList();
        Assert.Equal(3, bodies.Count(b => b.Request.Contains("graph.facebook.com", StringComparison.Ordinal) && b.Request.EndsWith("/activities", StringComparison.Ordinal)));
        Assert.Equal(3, bodies.Count(b => b.Request.Contains("api2.branch.io", StringComparison.Ordinal)));
        // Stored decoded while the header says gzip: nothing is inflated, nothing undetermined for it.
        Assert.Equal(0, searched.Book.MisDeclared);
        Assert.All(searched.Book.Sightings, s => Assert.True(s.IsSent && !s.IsOpen));
    }

    [Theory]
    [InlineData("har/charles.har", 1, 0)]
    [InlineData("har/corrupted_gzip_body.har", 1, 0)]
    [InlineData("har/error_log.har", 2, 1)]
    [InlineData("har/event_stream.har", 2, 0)]
    [InlineData("har/head-content-length.har", 1, 0)]
    [InlineData("har/incomplete_log.har", 4, 4)]
    [InlineData("har/insomnia.har", 1, 0)]
    [InlineData("har/postdata.har", 1, 0)]
    [InlineData("har/with-bom.har", 1, 0)]
    [InlineData("har/websocket.har", 3, 0)]
    [InlineData("flows/dumpfile-010.mitm", 1, 0)]
    [InlineData("flows/dumpfile-011.mitm", 1, 0)]
    [InlineData("flows/dumpfile-018.mitm", 1, 0)]
    [InlineData("flows/dumpfile-019.mitm", 1, 1)]
    [InlineData("flows/dumpfile-7.mitm", 2, 0)]
    [InlineData("flows/dumpfile-7-websocket.mitm", 6, 0)]
    [InlineData("flows/dumpfile-10.mitm", 1, 1)]
    [InlineData("flows/dumpfile-19.mitm", 1, 0)]
    [InlineData("flows/corrupted_gzip_body.mitm", 1, 0)]
    [InlineData("flows/error_log.mitm", 2, 1)]
    [InlineData("flows/incomplete_log.mitm", 4, 4)]
    [InlineData("flows/websocket.mitm", 3, 0)]
    public void EveryVersionAndWriterOfDumpsIsReadToItsEnd(string name, int entries, int unanswered)
    {
        byte[] file = File.ReadAllBytes(Searched.CapturePath(name));
        var (searched, run) = Read(file, name: name);
        var facts = run.Files[0];
        Assert.Equal((entries, unanswered, 0L, null), ((int)facts.Entries, (int)facts.Unanswered, facts.Unread, facts.Fault));
        Assert.Equal(file.Length, facts.Bytes + (name.StartsWith("har", StringComparison.Ordinal) ? Trailing(file) : 0));
        Assert.True(searched.Book.Requests.Count >= 1);
        Assert.All(searched.Book.Requests, r => Assert.NotEmpty(r.Host));
        Assert.All(run.Conversations, c => Assert.Equal(Side.Client, c.Phone));
        Assert.InRange(facts.First, 1_400_000_000_000_000_000, 2_000_000_000_000_000_000);
    }

    /// <summary>White space behind the last bracket is not read.</summary>
    private static int Trailing(byte[] file) => file.Length - file.AsSpan().TrimEnd(" \t\r\n"u8).Length;

    [Fact]
    public void MessagesOfAWebSocketAreSentOrReceivedBySide()
    {
        var (searched, _) = ReadReal("flows/dumpfile-7-websocket.mitm", "messages: [hello websocket people]\n");
        Assert.Contains(searched.Book.Requests, r => r.Method == "MESSAGE");
        var made = Har("""{"request":{"method":"GET","url":"wss://a.example/s","headers":[]},"response":{"status":101,"headers":[],"content":{}},"_webSocketMessages":[{"type":"send","time":1700000000.5,"opcode":1,"data":"id 1209d0b9-b959-42e6-b921-aa5d9d08c1af"},{"type":"receive","time":1700000001,"opcode":1,"data":"id 1209d0b9-b959-42e6-b921-aa5d9d08c1af"}]}""");
        var sighting = Assert.Single(made.Searched.Book.Sightings);
        Assert.Equal((1_700_000_000_500_000_000, true), (sighting.Origin.Time, sighting.IsSent));
    }

    [Fact]
    public void BytesThatBecameReplacementCharactersAreDamagedAndStillSearched()
    {
        const string body = "1209d0b9-b959-42e6-b921-aa5d9d08c1af \uFFFD\uFFFD";
        var (searched, run) = Har("""{"request":{"method":"POST","url":"https://a.example/","headers":[],"postData":{"mimeType":"application/octet-stream","text":"BODY"}}}""".Replace("BODY", body, StringComparison.Ordinal));
        Assert.Single(searched.Book.Sightings);
        Assert.Equal(1, run.Files[0].Damaged);
        var sums = run.Conversations[0].Tally[Side.Client];
        Assert.Equal((36, Encoding.UTF8.GetByteCount(body) - 36), (sums[ByteClass.Identified], sums[ByteClass.Damaged]));
    }

    [Fact]
    public void AnIntendedSizeTellsBytesThatStandAsCharacters()
    {
        var (searched, run) = Har("""{"request":{"method":"POST","url":"https://a.example/","headers":[],"bodySize":17,"postData":{"text":"\u0000\u0012\u0009\u00d0\u00b9\u00b9\u0059\u0042\u00e6\u00b9\u0021\u00aa\u005d\u009d\u0008\u00c1\u00af"}}}""");
        Assert.Equal("16 raw bytes", Assert.Single(searched.Book.Sightings).Finding.Form);
        Assert.Equal(0, run.Files[0].Damaged);
    }

    [Fact]
    public void AFileThatEndsInTheMiddleGivesWhatItHasAndSaysSo()
    {
        byte[] har = File.ReadAllBytes(Searched.CapturePath("har/tweasel-android-first-run.har"));
        var (searched, run) = Read(har[..(har.Length / 2)]);
        Assert.InRange(run.Files[0].Entries, 1, 15);
        Assert.StartsWith("ends in the middle, after entry", run.Files[0].Fault, StringComparison.Ordinal);
        Assert.Equal(run.Files[0].Entries, searched.Book.Requests.Count);
        byte[] mitm = File.ReadAllBytes(Searched.CapturePath("flows/dumpfile-7-websocket.mitm"));
        Assert.StartsWith("ends in the middle", Read(mitm[..^10]).Run.Files[0].Fault, StringComparison.Ordinal);
        Assert.StartsWith("is no flow dump after flow 6", Read([.. mitm, .. "rubbish"u8]).Run.Files[0].Fault, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoDumpIsRefused()
    {
        var run = new DumpRun(null, new Layering());
        foreach (byte[] file in (byte[][])[[], "hello"u8.ToArray(), [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0], "<html>"u8.ToArray()]) Assert.False(run.TryRead(new MemoryStream(file), "x"));
        Assert.Empty(run.Files);
        Assert.True(run.TryRead(new MemoryStream("{\"log\":{\"version\":\"1.2\"}}"u8.ToArray()), "x"));
        Assert.Equal("has no log with entries", run.Files[0].Fault);
    }

    private static (Searched Searched, DumpRun Run) Har(string entry) => Read(Encoding.UTF8.GetBytes($"{{\"log\":{{\"version\":\"1.2\",\"entries\":[{entry}]}}}}"));
}
