using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http3;

namespace Candor.Tests.Audit.Layers.Http3;

public class Http3LayerTests
{
    private static byte[] Hex(string hex) => Convert.FromHexString(hex);

    private static byte[] Frame(byte type, params byte[] payload) => [type, (byte)payload.Length, .. payload];

    [Fact]
    public void ABlockThatWaitsForItsTableIsReadInItsPlaceWithWhatFollows()
    {
        var tally = new ByteTally();
        var messages = new TakenMessages(tally);
        var layer = new Http3Layer(tally, messages);
        var request = layer.Open(0);
        byte[] bytes = [.. Frame(1, Hex("03811011")), .. Frame(0, [.. "the teapot"u8]), .. Frame(0, [.. " stands"u8]), 0x40, 0x41, 3, 1, 2, 3];
        long at = 0;
        foreach (byte each in bytes) request.Take(Side.Client, at++, [each], default);
        Assert.Empty(messages.All);
        byte[] encoder = [2, .. Hex("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468")];
        var table = layer.Open(2);
        table.Take(Side.Client, 0, encoder, default);
        Assert.Equal("/sample/path", Assert.Single(messages.All).Head.Target);
        request.End(Side.Client, default);
        // An answer with an interim head and a trailer.
        byte[] answer = [.. Frame(1, 0, 0, 0xD8), .. Frame(1, 0, 0, 0xD9), .. Frame(0, [.. "stored"u8]), .. Frame(1, [0, 0, 0x21, (byte)'x', 1, (byte)'y'])];
        request.Take(Side.Server, 0, answer, default);
        request.End(Side.Server, default);
        table.End(Side.Client, default);
        table.End(Side.Server, default);
        Assert.Equal(["the teapot stands", "", "stored"], messages.All.Select(m => m.Text));
        Assert.Equal([0, 103, 200], messages.All.Select(m => m.Head.Status));
        Assert.Equal("x", messages.All[2].Trailer![0].Name);
        Assert.All(messages.All, m => Assert.True(m.Whole));
        Assert.Equal((bytes.Length + encoder.Length, answer.Length), (tally[Side.Client].Total, tally[Side.Server].Total));
        Assert.Equal(3, tally[Side.Client][ByteClass.Undetermined]);
    }

    [Fact]
    public void ABlockWhoseTableNeverComesIsReadWithoutItAtTheEnd()
    {
        var tally = new ByteTally();
        var messages = new TakenMessages(tally);
        var request = new Http3Layer(tally, messages).Open(0);
        byte[] bytes = [.. Frame(1, Hex("0381d41011")), .. Frame(0, [.. "body"u8])];
        request.Take(Side.Client, 0, bytes, default);
        request.End(Side.Client, default);
        request.End(Side.Server, default);
        var message = Assert.Single(messages.All);
        Assert.Equal(("POST", "body", false), (message.Head.Method, message.Text, message.Whole!.Value));
        Assert.Equal(bytes.Length, tally[Side.Client].Total);
    }

    [Fact]
    public void AGapWithinABodyIsSaidAndTheNextFramesAreRead()
    {
        var tally = new ByteTally();
        var messages = new TakenMessages(tally);
        var request = new Http3Layer(tally, messages).Open(0);
        byte[] head = [.. Frame(1, 0, 0, 0xD4), 0, 10, .. "0123"u8];
        request.Take(Side.Client, 0, head, default);
        request.Gap(Side.Client, head.Length, 6, default);
        byte[] rest = Frame(0, [.. "rest"u8]);
        request.Take(Side.Client, head.Length + 6, rest, default);
        request.End(Side.Client, default);
        request.End(Side.Server, default);
        var message = Assert.Single(messages.All);
        Assert.Equal(("0123rest", false), (message.Text, message.Whole!.Value));
        Assert.Equal(head.Length + rest.Length, tally[Side.Client].Total);
        Assert.Equal(0, tally[Side.Client][ByteClass.Damaged]);
        Assert.NotEmpty(Encoding.ASCII.GetString(message.Body));
    }
}
