using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Layers.Tls;

namespace Candor.Tests.Audit.Layers.Tls;

/// <summary>Conversations of openssl and .NET, opened with the key log that they write.</summary>
public class TlsLayerTests(TlsLayerTests.Ssl ssl) : IClassFixture<TlsLayerTests.Ssl>
{
    private const string Line = "the teapot stands behind the lighthouse\n";

    public sealed class Ssl : IDisposable
    {
        internal OpenSsl Open { get; } = new();

        public void Dispose() => Open.Dispose();
    }

    internal sealed class Reading
    {
        public List<TakenBytes> Inner { get; } = [];

        public ByteTally Tally { get; } = new();

        public TlsSession Session { get; set; } = null!;

        public static Reading Of(Talk talk, byte[] keyLog, int most = int.MaxValue, (Side, int, int)? gap = null, Side? only = null)
        {
            var reading = new Reading();
            var keys = new KeyLog();
            keys.Add(keyLog);
            var layer = new TlsLayer(keys, reading.Tally, _ =>
            {
                reading.Inner.Add(new(reading.Tally));
                return reading.Inner[^1];
            });
            reading.Session = layer.Session;
            talk.GiveTo(layer, most, gap, only);
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                long given = only is { } one && one != side ? 0 : talk.All(side).Length;
                if (gap is { } lost && lost.Item1 == side) given -= Math.Min(lost.Item3, given) - lost.Item2;
                Assert.Equal(given, reading.Tally[side].Total);
            }
            Assert.All(reading.Inner, i => Assert.True(i.Ended));
            return reading;
        }
    }

    public static TheoryData<string, string> Suites12() => new()
    {
        { "tls1_2", "ECDHE-RSA-AES256-GCM-SHA384" }, { "tls1_2", "AES128-GCM-SHA256" }, { "tls1_2", "ECDHE-ECDSA-AES128-CCM" }, { "tls1_2", "ECDHE-ECDSA-AES256-CCM8" }, { "tls1_2", "ECDHE-RSA-CHACHA20-POLY1305" },
        { "tls1_2", "ECDHE-RSA-AES256-SHA384" }, { "tls1_2", "AES128-SHA256" }, { "tls1_2", "AES256-SHA" }, { "tls1_1", "AES128-SHA" }, { "tls1", "ECDHE-RSA-AES256-SHA" }, { "tls1", "AES128-SHA" },
    };

    [Theory]
    [MemberData(nameof(Suites12))]
    public async Task EverySuiteOfTls10To12IsOpenedWithAndWithoutEncryptThenMac(string version, string suite)
    {
        foreach (bool etm in (bool[])[true, false])
        {
            string[] extra = etm ? [] : ["-no_etm"];
            if (!etm && !suite.Contains("SHA", StringComparison.Ordinal)) continue;
            var talk = await ssl.Open.TalkAsync([$"-{version}", "-cipher", $"{suite}:@SECLEVEL=0", .. extra], [$"-{version}", "-cipher", "ALL:@SECLEVEL=0", "-serverpref"], Line, "second\n");
            foreach (int most in (int[])[int.MaxValue, 7])
            {
                var reading = Reading.Of(talk, ssl.Open.KeyLog(), most);
                Assert.Equal(Line + "second\n", Assert.Single(reading.Inner).Text(Side.Client));
                Assert.Equal(new string([.. Line.TrimEnd().Reverse()]) + "\ndnoces\n", reading.Inner[0].Text(Side.Server));
                Assert.Equal((0, 0), (reading.Tally[Side.Client][ByteClass.Undetermined], reading.Tally[Side.Server][ByteClass.Damaged]));
                Assert.Equal("phone.example", reading.Session.ServerName);
                Assert.Equal(version switch { "tls1" => "TLS 1.0", "tls1_1" => "TLS 1.1", _ => "TLS 1.2" }, reading.Session.VersionName);
            }
        }
    }

    [Theory]
    [InlineData("TLS_AES_128_GCM_SHA256")]
    [InlineData("TLS_AES_256_GCM_SHA384")]
    [InlineData("TLS_CHACHA20_POLY1305_SHA256")]
    [InlineData("TLS_AES_128_CCM_SHA256")]
    [InlineData("TLS_AES_128_CCM_8_SHA256")]
    public async Task EverySuiteOfTls13IsOpenedAlsoFromOneSideAloneAndOverAKeyUpdate(string suite)
    {
        var talk = await ssl.Open.TalkAsync(["-tls1_3", "-ciphersuites", suite, "-alpn", "http/1.1"], ["-ciphersuites", suite, "-alpn", "http/1.1"], Line, "K\n", "after the keys changed\n");
        var reading = Reading.Of(talk, ssl.Open.KeyLog(), 11);
        Assert.Equal(Line + "after the keys changed\n", Assert.Single(reading.Inner).Text(Side.Client));
        Assert.EndsWith("degnahc syek eht retfa\n", reading.Inner[0].Text(Side.Server), StringComparison.Ordinal);
        Assert.Equal(("TLS 1.3", suite, "http/1.1"), (reading.Session.VersionName, reading.Session.SuiteName, reading.Session.Agreed));
        Assert.Equal((0, 0), (reading.Tally[Side.Client][ByteClass.Undetermined], reading.Tally[Side.Client][ByteClass.Damaged]));
        var alone = Reading.Of(talk, ssl.Open.KeyLog(), only: Side.Client);
        Assert.Equal(Line + "after the keys changed\n", Assert.Single(alone.Inner).Text(Side.Client));
    }

    [Fact]
    public async Task AHelloRetryRequestIsFollowed()
    {
        var talk = await ssl.Open.TalkAsync(["-tls1_3", "-groups", "X25519:P-521"], ["-tls1_3", "-groups", "P-521"], Line);
        var reading = Reading.Of(talk, ssl.Open.KeyLog());
        Assert.Equal(Line, Assert.Single(reading.Inner).Text(Side.Client));
        Assert.Equal(0, reading.Tally[Side.Client][ByteClass.Undetermined]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EarlyDataIsOpenedWhetherItIsTakenOrRefused(bool taken)
    {
        string session = ssl.Open.Path($"session-{taken}"), early = ssl.Open.Path("early");
        await File.WriteAllTextAsync(early, "said before the answer\n");
        var (server, port) = await ssl.Open.ServeAsync("-tls1_3", "-early_data", "-no_anti_replay");
        // A server that is not the one of the session cannot open its ticket, and refuses.
        var (stranger, strange) = await ssl.Open.ServeAsync("-tls1_3", "-early_data", "-no_anti_replay");
        using (server)
        using (stranger)
        {
            try
            {
                await Talk.RelayAsync(port, relay => ssl.Open.TellAsync(relay, Line, "-tls1_3", "-sess_out", session));
                var talk = await Talk.RelayAsync(taken ? port : strange, relay => ssl.Open.TellAsync(relay, Line, "-tls1_3", "-sess_in", session, "-early_data", early));
                var reading = Reading.Of(talk, ssl.Open.KeyLog());
                Assert.True(reading.Session.EarlyData);
                Assert.Equal(!taken, reading.Session.EarlyDataRefused);
                Assert.Equal(taken ? 1 : 2, reading.Inner.Count);
                Assert.StartsWith("said before the answer\n", reading.Inner[0].Text(Side.Client), StringComparison.Ordinal);
                Assert.EndsWith(Line, reading.Inner[^1].Text(Side.Client), StringComparison.Ordinal);
                Assert.Equal(0, reading.Tally[Side.Client][ByteClass.Undetermined]);
            }
            finally
            {
                server.Kill();
                stranger.Kill();
            }
        }
    }

    [Fact]
    public async Task AResumedSessionOfTls12IsOpened()
    {
        var (server, port) = await ssl.Open.ServeAsync("-tls1_2", "-rev");
        using (server)
        {
            try
            {
                string session = ssl.Open.Path("session12");
                await Talk.RelayAsync(port, relay => ssl.Open.AskAsync(relay, Line, "-tls1_2", "-sess_out", session));
                var talk = await Talk.RelayAsync(port, relay => ssl.Open.AskAsync(relay, Line, "-tls1_2", "-sess_in", session));
                var reading = Reading.Of(talk, ssl.Open.KeyLog());
                Assert.Equal(Line, Assert.Single(reading.Inner).Text(Side.Client));
                // Resumed: the server did not show its certificate again.
                Assert.True(talk.All(Side.Server).Length < 700);
            }
            finally
            {
                server.Kill();
            }
        }
    }

    [Fact]
    public async Task WhatDotNetSaysIsOpenedAndWithoutKeysItIsUndetermined()
    {
        var (server, port) = await ssl.Open.ServeAsync("-tls1_3", "-rev");
        using (server)
        {
            try
            {
                byte[] much = new byte[100_000];
                new Random(1).NextBytes(much);
                much.AsSpan().Replace((byte)'\n', (byte)0);
                much[^1] = (byte)'\n';
                var talk = await Talk.RelayAsync(port, async relay =>
                {
                    using var tcp = new TcpClient();
                    await tcp.ConnectAsync("127.0.0.1", relay);
#pragma warning disable CA5359 // A certificate made for this test.
                    await using var stream = new SslStream(tcp.GetStream(), false, (_, _, _, _) => true);
#pragma warning restore CA5359
                    await stream.AuthenticateAsClientAsync("phone.example");
                    // Answers are read while it writes: who closes before, cuts off what the relay has not seen yet.
                    var answers = stream.CopyToAsync(Stream.Null);
                    await stream.WriteAsync(much);
                    // More records than a byte counts.
                    for (int i = 0; i < 300; i++) await stream.WriteAsync("x"u8.ToArray());
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(Line));
                    await stream.ShutdownAsync();
                    await answers.WaitAsync(TimeSpan.FromSeconds(20));
                });
                foreach (int most in (int[])[int.MaxValue, 1460, 3])
                {
                    var reading = Reading.Of(talk, ssl.Open.KeyLog(), most);
                    Assert.Equal([.. much, .. Encoding.ASCII.GetBytes(new string('x', 300) + Line)], Assert.Single(reading.Inner)[Side.Client]);
                }
                var closed = Reading.Of(talk, []);
                Assert.Empty(closed.Inner);
                Assert.True(closed.Tally[Side.Client][ByteClass.Undetermined] > much.Length);
                Assert.Equal("phone.example", closed.Session.ServerName);
                Assert.False(closed.Session.HasKeys);
                Gaps(talk, much);
            }
            finally
            {
                server.Kill();
            }
        }
    }

    /// <summary>A hole anywhere: what is whole on either side of it is read.</summary>
    private void Gaps(Talk talk, byte[] much)
    {
        int length = talk.All(Side.Client).Length;
        foreach (var (from, to) in ((int, int)[])[(20_000, 20_100), (20_000, 60_000), (length - 60, length - 50), (30_000, 30_001)])
        {
            var reading = Reading.Of(talk, ssl.Open.KeyLog(), 1460, (Side.Client, from, to));
            byte[] taken = Assert.Single(reading.Inner)[Side.Client];
            Assert.True(taken.Length >= much.Length - (to - from) - 3 * 16500, $"{from}-{to}: {taken.Length}");
            Assert.True(taken.AsSpan().StartsWith(much.AsSpan(0, 16_000)));
            if (to < 90_000) Assert.True(taken.AsSpan().EndsWith(Encoding.ASCII.GetBytes(Line)), $"{from}-{to}: the end is missing");
            Assert.True(reading.Inner[0].Gaps[0] > 0 || from > 90_000);
        }
    }

    [Fact]
    public async Task AChangedByteDamagesItsRecordAndNoOther()
    {
        var talk = await ssl.Open.TalkAsync(["-tls1_3"], ["-tls1_3"], Line, "second\n", "third\n");
        var changed = new Talk();
        int damaged = 0;
        foreach (var (side, bytes) in talk.Pieces)
        {
            byte[] copy = [.. bytes];
            // Header, "second\n", its type, tag.
            if (side == Side.Client && bytes.Length == 5 + 7 + 1 + 16)
            {
                copy[10] ^= 1;
                damaged++;
            }
            changed.Add(side, copy);
        }
        Assert.Equal(1, damaged);
        var reading = Reading.Of(changed, ssl.Open.KeyLog());
        Assert.Equal(7 + 1 + 16, reading.Tally[Side.Client][ByteClass.Damaged]);
        Assert.Equal(Line + "third\n", reading.Inner[0].Text(Side.Client));
    }
}
