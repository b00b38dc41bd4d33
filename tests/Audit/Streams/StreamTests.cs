using Candor.Audit;
using Candor.Audit.Layers;

namespace Candor.Tests.Audit.Streams;

/// <summary>TCP as captures have it: lost, twice, late, lying.</summary>
public class StreamTests
{
    // A port that no protocol here is told by, and words that look like none.
    private const int Port = 4000;
    private const byte Data = Wire.Push | Wire.Ack;

    private static (string Client, string Server, Conversation Conversation) Read(Wire wire) => Read(wire, out _);

    private static (string Client, string Server, Conversation Conversation) Read(Wire wire, out AuditResult result)
    {
        Heard? heard = null;
        var layering = new Layering();
        layering.OtherBytes = c =>
        {
            var another = new Heard { Tally = c.Tally };
            heard ??= another;
            return another;
        };
        result = RealCaptures.ReadBytes(wire.Pcap(), layering, "10.0.0.1");
        return (heard?[Side.Client] ?? "", heard?[Side.Server] ?? "", result.Conversations[0]);
    }

    private static Wire Begun() => new Wire().Out(99, Wire.Syn, port: Port).In(499, Wire.Syn | Wire.Ack, port: Port, acknowledged: 100);

    [Fact]
    public void SegmentsInAnyOrderGiveTheStream()
    {
        (int At, string What)[] parts = [(0, "one "), (4, "two "), (8, "three "), (14, "four "), (19, "five")];
        var random = new Random(1);
        for (int round = 0; round < 30; round++)
        {
            var wire = Begun();
            foreach (var (at, what) in parts.OrderBy(_ => random.Next()).ToList()) wire.Out((uint)(100 + at), Data, System.Text.Encoding.ASCII.GetBytes(what), Port);
            wire.Out(123, Wire.Fin | Wire.Ack, port: Port);
            var (client, _, conversation) = Read(wire);
            Assert.Equal("one two three four five[end]", client);
            Assert.Equal((0, 0), (conversation[Side.Client].Repeated, conversation[Side.Client].Gaps));
        }
    }

    [Fact]
    public void ARetransmissionCountsOnce()
    {
        var (client, _, conversation) = Read(Begun().Out(100, Data, "hello "u8, Port).Out(100, Data, "hello "u8, Port).Out(103, Data, "lo world"u8, Port));
        Assert.Equal("hello world[end]", client);
        Assert.Equal((9, 2, 0), (conversation[Side.Client].Repeated, conversation[Side.Client].RepeatedPackets, conversation[Side.Client].Contradicted));
        Assert.Equal(11, conversation.Tally[Side.Client].Total);
    }

    [Fact]
    public void OfTwoCopiesTheFirstIsReadAndTheContradictionIsCounted()
    {
        var sent = Read(Begun().Out(100, Data, "clean "u8, Port).Out(100, Data, "secret"u8, Port));
        Assert.Equal("clean [end]", sent.Client);
        Assert.Equal(6, sent.Conversation[Side.Client].Contradicted);
        Assert.NotEmpty(sent.Conversation.Remarks);
        // The same while the bytes wait for others.
        var held = Read(Begun().Out(106, Data, "bbbb"u8, Port).Out(104, Data, "ccXXcccc"u8, Port).Out(100, Data, "aaaa"u8, Port));
        Assert.Equal("aaaaccbbbbcc[end]", held.Client);
        Assert.Equal((4, 4), (held.Conversation[Side.Client].Repeated, held.Conversation[Side.Client].Contradicted));
    }

    [Fact]
    public void WhatTheCaptureLostIsAGapAndWhatComesForItLaterIsDamaged()
    {
        var wire = Begun().Out(100, Data, "aa"u8, Port).Out(104, Data, "cc"u8, Port).In(500, Wire.Ack, port: Port, acknowledged: 106).Wait(2).In(500, Wire.Ack, port: Port, acknowledged: 106)
            .Out(106, Data, "dd"u8, Port).Out(102, Data, "bb"u8, Port);
        var (client, _, conversation) = Read(wire);
        Assert.Equal("aa[gap 2]ccdd[end]", client);
        Assert.Equal((2, 0), (conversation[Side.Client].Gaps, conversation[Side.Client].Repeated));
        Assert.Equal(2, conversation.Tally[Side.Client][ByteClass.Damaged]);
        // Nobody acknowledged it, so it could come until the end.
        Assert.Equal("aa[gap 2]cc[end]", Read(Begun().Out(100, Data, "aa"u8, Port).Out(104, Data, "cc"u8, Port)).Client);
    }

    [Fact]
    public void OneDirectionWithoutItsStartIsRead()
    {
        var (client, server, conversation) = Read(new Wire().Out(7_000, Data, "middle "u8, Port).Out(7_007, Data, "of it"u8, Port));
        Assert.Equal(("middle of it[end]", "[end]"), (client, server));
        Assert.True(conversation.Guessed);
        Assert.Equal("93.184.216.34:4000", conversation.Server.ToString());
        Assert.Equal(Side.Client, conversation.Phone);
    }

    [Fact]
    public void ACaptureThatBeginsWithTheAnswerKnowsWhatItMissed()
    {
        // The other end says that it waits for 7000: the first four bytes from there are not in the capture.
        var (client, _, _) = Read(new Wire().In(500, Wire.Ack, port: Port, acknowledged: 7_000).Out(7_004, Data, "rest"u8, Port));
        Assert.Equal("[gap 4]rest[end]", client);
        // A probe that keeps the connection alive is no byte of the stream.
        Assert.Equal("rest[end]", Read(new Wire().Out(6_999, Wire.Ack, [0], Port).Out(7_000, Data, "rest"u8, Port)).Client);
    }

    [Fact]
    public void SequenceNumbersGoOnBehindTheirEnd()
    {
        var wire = new Wire().Out(uint.MaxValue - 3, Wire.Syn, port: Port).Out(uint.MaxValue - 2, Data, "abc"u8, Port).Out(3, Data, "ghi"u8, Port).Out(0, Data, "def"u8, Port);
        Assert.Equal("abcdefghi[end]", Read(wire).Client);
    }

    [Fact]
    public void PortsUsedAgainAreAnotherConversation()
    {
        var wire = Begun().Out(100, Data, "first"u8, Port).Out(105, Wire.Fin | Wire.Ack, port: Port).In(500, Wire.Fin | Wire.Ack, port: Port).Wait(5)
            .Out(9_000, Wire.Syn, port: Port).Out(9_001, Data, "second"u8, Port);
        _ = Read(wire, out var result);
        Assert.Equal(2, result.Conversations.Count);
        Assert.Equal([5L, 6L], result.Conversations.Select(c => c.Tally[Side.Client].Total));
    }

    [Fact]
    public void AForgedResetOrEndHidesNothing()
    {
        var reset = Read(Begun().Out(100, Data, "aa"u8, Port).Out(102, Wire.Rst, port: Port).Out(102, Data, "bb"u8, Port));
        Assert.Equal("aabb[end]", reset.Client);
        var (client, _, conversation) = Read(Begun().Out(100, Data, "aa"u8, Port).Out(102, Wire.Fin | Wire.Ack, port: Port).Out(102, Data, "bb"u8, Port));
        Assert.Equal("aa[end]", client);
        Assert.Equal(2, conversation.Tally[Side.Client][ByteClass.Damaged]);
    }

    [Fact]
    public void APacketThatTheCaptureCutLeavesAGapAtOnce()
    {
        var (client, _, conversation) = Read(Begun().Out(100, Data, "hello"u8, Port, cut: 3).Out(105, Data, "world"u8, Port));
        Assert.Equal("he[gap 3]world[end]", client);
        Assert.Equal((3, 3), (conversation[Side.Client].Cut, conversation[Side.Client].Gaps));
    }

    [Fact]
    public void WhatWaitsForALostSegmentHasAnEnd()
    {
        var wire = Begun().Out(100, Data, "a"u8, Port);
        byte[] part = [.. Enumerable.Repeat((byte)'x', 1400)];
        for (int i = 0; i < 1000; i++) wire.Out((uint)(200 + i * 1400), Data, part, Port);
        var (client, _, _) = Read(wire);
        Assert.StartsWith("a[gap 99]xxx", client, StringComparison.Ordinal);
        Assert.Equal(1_400_000, client.Count(c => c == 'x'));
    }
}
