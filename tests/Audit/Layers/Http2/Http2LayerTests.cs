using System.Net;
using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http2;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Candor.Tests.Audit.Layers.Http2;

/// <summary>What .NET's client and server say to each other in HTTP/2, through a relay.</summary>
public class Http2LayerTests
{
    private static readonly byte[] s_photo = Photo();

    private static byte[] Photo()
    {
        byte[] photo = new byte[200_000];
        new Random(3).NextBytes(photo);
        return photo;
    }

    private static async Task<Talk> ConversationAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        int port = FreePort.Next();
        builder.WebHost.ConfigureKestrel(o => o.Listen(IPAddress.Loopback, port, l => l.Protocols = HttpProtocols.Http2));
        await using var app = builder.Build();
        app.MapPost("/photos", async (HttpRequest request, HttpResponse response) =>
        {
            var taken = new MemoryStream();
            await request.Body.CopyToAsync(taken);
            response.AppendTrailer("x-digest", taken.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
            await response.WriteAsync("stored");
        });
        app.MapGet("/hello", () => "hello");
        await app.StartAsync();
        try
        {
            return await Talk.RelayAsync(port, async relay =>
            {
                using var client = new HttpClient { DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact };
                client.DefaultRequestHeaders.Add("x-imei", "490154203237518");
                for (int i = 0; i < 3; i++)
                {
                    Assert.Equal("hello", await client.GetStringAsync($"http://127.0.0.1:{relay}/hello?n={i}"));
                    using var response = await client.PostAsync($"http://127.0.0.1:{relay}/photos", new ByteArrayContent(s_photo));
                    Assert.Equal("stored", await response.Content.ReadAsStringAsync());
                }
            });
        }
        finally
        {
            await app.StopAsync();
        }
    }

    private static (TakenMessages Messages, ByteTally Tally) Read(Talk talk, int most = int.MaxValue, (Side Side, int From, int To)? gap = null)
    {
        var tally = new ByteTally();
        var messages = new TakenMessages(tally);
        talk.GiveTo(new Http2Layer(tally, messages), most, gap);
        Assert.True(messages.AllEnded);
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            long given = talk.All(side).Length - (gap is { } lost && lost.Side == side ? lost.To - lost.From : 0);
            Assert.Equal(given, tally[side].Total);
        }
        return (messages, tally);
    }

    [Fact]
    public async Task WhatDotNetSaysIsReadInWholeAndInPiecesWithGapsAndFromTheMiddle()
    {
        var talk = await ConversationAsync();
        foreach (int most in (int[])[int.MaxValue, 1000, 5])
        {
            var (messages, tally) = Read(talk, most);
            Assert.Equal((0, 0), (tally[Side.Client][ByteClass.Damaged], tally[Side.Server][ByteClass.Undetermined]));
            Assert.Equal(["/hello?n=0", "/photos", "/hello?n=1", "/photos", "/hello?n=2", "/photos"], messages.Requests.Select(r => r.Head.Target));
            Assert.All(messages.All, m => Assert.True(m.Whole));
            Assert.All(messages.Requests, r => Assert.Equal("490154203237518", r.Head["x-imei"]));
            Assert.All(messages.Requests.Where(r => r.Head.Method == "POST"), r => Assert.Equal(s_photo, r.Body));
            Assert.All(messages.Answers, a => Assert.Equal(200, a.Head.Status));
            Assert.Equal(["hello", "stored", "hello", "stored", "hello", "stored"], messages.Answers.Select(a => a.Text));
            Assert.Equal("200000", messages.Answers.ElementAt(1).Trailer![0].Value);
        }
        WithGap(talk);
        FromTheMiddle(talk);
    }

    private static void WithGap(Talk talk)
    {
        // Within the second photo: its frames are found again, and what follows is whole.
        int at = talk.All(Side.Client).AsSpan().LastIndexOf(s_photo.AsSpan(150_000, 100)) - 250_000;
        foreach (int length in (int[])[10, 50_000])
        {
            var (messages, _) = Read(talk, 1460, (Side.Client, at, at + length));
            Assert.Equal(6, messages.Requests.Count());
            Assert.Equal(1, messages.Requests.Count(r => r.Whole == false && r.Head.Method == "POST" && r.Body.Length < s_photo.Length));
            var last = messages.Requests.Last();
            Assert.Equal(s_photo, last.Body);
        }
    }

    private static void FromTheMiddle(Talk talk)
    {
        int cut = talk.All(Side.Client).AsSpan().IndexOf(s_photo.AsSpan(190_000, 100));
        var late = new Talk().Add(Side.Client, talk.All(Side.Client).AsSpan(cut - 20_000)).Add(Side.Server, talk.All(Side.Server).AsSpan(200));
        var (messages, _) = Read(late, 1460);
        Assert.Equal(2, messages.Requests.Count(r => r.Body.AsSpan().SequenceEqual(s_photo)));
        Assert.Contains(messages.Answers, a => a.Text == "stored");
        Assert.All(messages.Answers, a => Assert.True(a.Head.Status is 200 or -1));
    }

    [Fact]
    public void PaddingContinuationPushAndResetAreFollowed()
    {
        static byte[] Frame(byte type, byte flags, int stream, params byte[] payload) =>
            [(byte)(payload.Length >> 16), (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];
        var talk = new Talk()
            .Add(Side.Client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8).Add(Side.Client, Frame(4, 0, 0))
            // HEADERS with padding and priority, its block cut into a CONTINUATION.
            .Add(Side.Client, Frame(1, 0x28, 1, 3, 0, 0, 0, 0, 9, 0x82, 0x86, 0, 0, 0)).Add(Side.Client, Frame(9, 4, 1, 0x84))
            .Add(Side.Client, Frame(0, 8, 1, [4, .. "one "u8, 0, 0, 0, 0])).Add(Side.Client, Frame(0, 1, 1, [.. "two"u8]))
            .Add(Side.Server, Frame(5, 4, 1, 0, 0, 0, 2, 0x82, 0x87, 0x85)).Add(Side.Server, Frame(1, 4, 2, 0x88)).Add(Side.Server, Frame(0, 1, 2, [.. "pushed"u8]))
            .Add(Side.Server, Frame(1, 4, 1, 0x88)).Add(Side.Server, Frame(0, 0, 1, [.. "half"u8])).Add(Side.Server, Frame(3, 0, 1, 0, 0, 0, 8)).Add(Side.Server, Frame(0x42, 0, 0, 1, 2, 3));
        var (messages, tally) = Read(talk, 4);
        Assert.Equal(["GET/ one two True", "GET/index.html  True", " pushed True", " half False"], messages.All.Select(m => $"{m.Head.Method}{m.Head.Target} {Encoding.ASCII.GetString(m.Body)} {m.Whole}"));
        Assert.Equal(3, tally[Side.Server][ByteClass.Undetermined]);
    }
}
