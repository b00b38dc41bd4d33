using System.Security.Cryptography;
using System.Text;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Layers.Quic;
using Candor.Audit.Layers.Tls;

namespace Candor.Tests.Audit.Layers.Quic;

/// <summary>Packets of RFC 9001 and RFC 9369, and others that are sealed here by the rules of those documents.</summary>
public class QuicLayerTests
{
    private const string Destination = "8394c8f03e515708";

    /// <summary>RFC 9001, A.2: the CRYPTO frame of the client's first packet; zeros follow it to 1162 bytes.</summary>
    private const string ClientHello = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
        + "04616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c0002400100"
        + "3900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff";

    private const string ServerInitial = "cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84"
        + "022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc42158407dd074ee";

    private static readonly byte[] s_random = Convert.FromHexString("ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c"), s_secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)], s_other = [.. Enumerable.Range(100, 32).Select(i => (byte)i)];

    private sealed class Reading
    {
        public SortedDictionary<long, TakenBytes> Streams { get; } = [];

        public ByteTally Tally { get; } = new();

        public KeyLog Keys { get; } = new();

        public QuicLayer Layer { get; }

        public long[] Given { get; } = [0, 0];

        public Reading(bool keys = true)
        {
            if (keys)
            {
                string random = Convert.ToHexString(s_random);
                Keys.Add(Encoding.ASCII.GetBytes($"CLIENT_TRAFFIC_SECRET_0 {random} {Convert.ToHexString(s_secret)}\nCLIENT_EARLY_TRAFFIC_SECRET {random} {Convert.ToHexString(s_other)}\n"));
            }
            Layer = new(Keys, Tally, _ => id => Streams[id] = new(Tally));
        }

        public void Give(Side side, params byte[][] packets)
        {
            byte[] datagram = [.. packets.SelectMany(p => p)];
            Given[(int)side] += datagram.Length;
            Layer.Take(side, datagram, 0, new(1, 1));
        }

        public Reading End()
        {
            Layer.End();
            Assert.Equal(Given[0], Tally[Side.Client].Total);
            Assert.Equal(Given[1], Tally[Side.Server].Total);
            Assert.All(Streams.Values, s => Assert.True(s.Ended));
            return this;
        }
    }

    private static void Expand(byte[] secret, string label, Span<byte> output)
    {
        byte[] name = Encoding.ASCII.GetBytes("tls13 " + label);
        HKDF.Expand(HashAlgorithmName.SHA256, secret, output, [0, (byte)output.Length, (byte)name.Length, .. name, 0]);
    }

    /// <summary>Seals a packet with AES-128-GCM (RFC 9001, 5.3 and 5.4).</summary>
    private static byte[] Seal(byte[] secret, byte[] header, int numberSize, long number, byte[] plain, string labels = "quic", byte[]? headerSecret = null)
    {
        byte[] key = new byte[16], iv = new byte[12], hp = new byte[16];
        Expand(secret, $"{labels} key", key);
        Expand(secret, $"{labels} iv", iv);
        Expand(headerSecret ?? secret, $"{labels} hp", hp);
        for (int i = 0; i < 8; i++) iv[4 + i] ^= (byte)(number >> 8 * (7 - i));
        byte[] text = new byte[plain.Length], tag = new byte[16];
        using (var gcm = new AesGcm(key, 16)) gcm.Encrypt(iv, plain, text, tag, header);
        byte[] packet = [.. header, .. text, .. tag];
        int at = header.Length - numberSize;
        using var aes = Aes.Create();
        aes.Key = hp;
        byte[] mask = aes.EncryptEcb(packet.AsSpan(at + 4, 16), PaddingMode.None);
        packet[0] ^= (byte)(mask[0] & (packet[0] >= 0x80 ? 0x0F : 0x1F));
        for (int i = 0; i < numberSize; i++) packet[at + i] ^= mask[1 + i];
        return packet;
    }

    private static byte[] InitialSecret(string salt, string side, string destination = Destination)
    {
        byte[] initial = HKDF.Extract(HashAlgorithmName.SHA256, Convert.FromHexString(destination), Convert.FromHexString(salt)), secret = new byte[32];
        Expand(initial, side, secret);
        return secret;
    }

    private static byte[] ClientInitial()
    {
        byte[] plain = new byte[1162];
        Convert.FromHexString(ClientHello).CopyTo(plain, 0);
        return Seal(InitialSecret("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "client in"), Convert.FromHexString("c300000001088394c8f03e5157080000449e00000002"), 4, 2, plain);
    }

    /// <summary>A packet of the client after the handshake; its server's ids have eight bytes.</summary>
    private static byte[] Short(long number, byte[] plain, byte[]? secret = null, int phase = 0, byte[]? headerSecret = null) =>
        Seal(secret ?? s_secret, [(byte)(0x41 | phase << 2), .. Convert.FromHexString("f067a5502a4262b5"), (byte)(number >> 8), (byte)number], 2, number, [.. plain, .. new byte[8]], headerSecret: headerSecret);

    /// <summary>A STREAM frame with offset and length.</summary>
    private static byte[] StreamFrame(byte id, int offset, string text, bool last = false) => [(byte)(last ? 0x0F : 0x0E), id, (byte)(0x40 | offset >> 8), (byte)offset, (byte)(0x40 | text.Length >> 8), (byte)text.Length, .. Encoding.ASCII.GetBytes(text)];

    [Fact]
    public void TheFirstPacketsOfTheRfcAreReadWithoutAnyKey()
    {
        byte[] client = ClientInitial();
        // What was sealed here is what the RFC prints.
        Assert.StartsWith("C000000001088394C8F03E5157080000449E7B9AEC34D1B1C98DD7689FB8EC11D242B123DC9B", Convert.ToHexString(client), StringComparison.Ordinal);
        Assert.EndsWith("E221AF44860018AB0856972E194CD934", Convert.ToHexString(client), StringComparison.Ordinal);
        var reading = new Reading(keys: false);
        reading.Give(Side.Client, client);
        reading.Give(Side.Server, Convert.FromHexString(ServerInitial));
        reading.End();
        var session = reading.Layer.Session;
        Assert.Equal(("example.com", "alpn", "TLS_AES_128_GCM_SHA256", false), (session.ServerName, session.Offered[0], session.SuiteName, session.HasKeys));
        Assert.Equal((1200, 135), (reading.Tally[Side.Client][ByteClass.Explained], reading.Tally[Side.Server][ByteClass.Explained]));
    }

    [Fact]
    public void ThePacketOfTheRfcWithChaCha20IsOpened()
    {
        // RFC 9001, A.5.
        byte[] secret = Convert.FromHexString("9ac312a7f877468ebe69422748ad00a15443f18203a07d6060f688f30f21632b"), packet = Convert.FromHexString("4cfe4189655e5cd55c41f69080575d7999c25a5bfb");
        using var keys = new QuicKeys(CipherSuite.Of(0x1303)!.Value, "quic", secret);
        byte[] header = new byte[5], plain = new byte[1];
        Assert.True(keys.TryHeader(packet, 1, header, out int length));
        Assert.Equal("4200BFF4", Convert.ToHexString(header, 0, length));
        Assert.True(keys.TryOpen(header.AsSpan(0, length), packet.AsSpan(length), 654360564, plain));
        Assert.Equal([1], plain);
    }

    [Fact]
    public void TheFirstPacketOfVersion2IsRead()
    {
        byte[] plain = new byte[1162];
        Convert.FromHexString(ClientHello).CopyTo(plain, 0);
        byte[] packet = Seal(InitialSecret("0dede3def700a6db819381be6e269dcbf9bd2ed9", "client in"), Convert.FromHexString("d36b3343cf088394c8f03e5157080000449e00000002"), 4, 2, plain, "quicv2");
        // RFC 9369, A.2.
        Assert.StartsWith("D76B3343CF088394C8F03E5157080000449EA0C95E82FFE67B6ABCDB4298B485DD04DE806071BF03DCEEBFA162E75D6C96058BDBFB127CDFCBF903388E99AD049F9A", Convert.ToHexString(packet), StringComparison.Ordinal);
        var reading = new Reading(keys: false);
        reading.Give(Side.Client, packet);
        Assert.Equal("example.com", reading.End().Layer.Session.ServerName);
    }

    [Fact]
    public void StreamBytesAreHandedOnOnceWhateverComesTwiceOrLate()
    {
        var reading = new Reading();
        reading.Give(Side.Client, ClientInitial());
        reading.Give(Side.Server, Convert.FromHexString(ServerInitial));
        reading.Give(Side.Client, Short(0, StreamFrame(0, 0, "the teapot ")));
        reading.Give(Side.Client, Short(1, StreamFrame(0, 25, "the lighthouse", last: true)));
        reading.Give(Side.Client, Short(2, StreamFrame(0, 5, "eapot stands ")));
        reading.Give(Side.Client, Short(3, [.. StreamFrame(0, 8, "ot stands behind the"), .. StreamFrame(4, 0, "cut")]));
        reading.Give(Side.Client, Short(300, StreamFrame(4, 10, "off")));
        reading.End();
        Assert.Equal("the teapot stands behind the lighthouse", reading.Streams[0].Text(Side.Client));
        Assert.Equal(7, reading.Streams[4].Gaps[0]);
        Assert.Equal("cutoff", reading.Streams[4].Text(Side.Client));
        Assert.Equal((0, 0), (reading.Tally[Side.Client][ByteClass.Undetermined], reading.Tally[Side.Client][ByteClass.Damaged]));
    }

    [Fact]
    public void EarlyDataAKeyUpdateAndWhatIsHeldForTheHelloAreOpened()
    {
        byte[] next = new byte[32];
        Expand(s_secret, "quic ku", next);
        byte[] early = Seal(s_other, [0xD1, 0, 0, 0, 1, 8, .. Convert.FromHexString(Destination), 0, 0x40, 2 + 7 + 8 + 16, 0, 0], 2, 0, [.. StreamFrame(0, 0, "e"), .. new byte[8]]);
        var reading = new Reading();
        reading.Give(Side.Client, ClientInitial(), early);
        reading.Give(Side.Server, Convert.FromHexString(ServerInitial));
        reading.Give(Side.Client, Short(1, StreamFrame(0, 1, "before")));
        reading.Give(Side.Client, Short(3, StreamFrame(0, 13, "after", last: true), next, 1, s_secret));
        reading.Give(Side.Client, Short(2, StreamFrame(0, 7, "middle")));
        reading.Give(Side.Client, Short(4, StreamFrame(4, 0, "more"), next, 1, s_secret));
        reading.End();
        Assert.Equal("ebeforemiddleafter", reading.Streams[0].Text(Side.Client));
        Assert.Equal("more", reading.Streams[4].Text(Side.Client));
        Assert.Equal((0, 0), (reading.Tally[Side.Client][ByteClass.Undetermined], reading.Tally[Side.Client][ByteClass.Damaged]));
    }

    [Fact]
    public void APacketThatFailsAfterOthersIsDamagedAndOneWithoutKeysUndetermined()
    {
        var reading = new Reading();
        reading.Give(Side.Client, ClientInitial());
        reading.Give(Side.Server, Convert.FromHexString(ServerInitial));
        reading.Give(Side.Client, Short(0, StreamFrame(0, 0, "good")));
        byte[] bad = Short(1, StreamFrame(0, 4, "bad"));
        bad[^1] ^= 1;
        reading.Give(Side.Client, bad);
        reading.Give(Side.Server, (byte[])[0x41, .. new byte[60].Select((_, i) => (byte)(i + 1))]);
        reading.End();
        Assert.Equal(bad.Length, reading.Tally[Side.Client][ByteClass.Damaged]);
        Assert.Equal(61, reading.Tally[Side.Server][ByteClass.Undetermined]);
        Assert.Equal("good", reading.Streams[0].Text(Side.Client));
    }

    [Fact]
    public void ARetryAndAVersionThatNobodyKnowsAreTakenAsSuch()
    {
        var reading = new Reading();
        byte[] first = ClientInitial();
        reading.Give(Side.Client, first);
        // RFC 9001, A.4; then the client addresses the id that the retry gave it.
        reading.Give(Side.Server, Convert.FromHexString("ff000000010008f067a5502a4262b5746f6b656e04a265ba2eff4d829058fb3f0f2496ba"));
        byte[] plain = new byte[1162];
        Convert.FromHexString(ClientHello).CopyTo(plain, 0);
        reading.Give(Side.Client, Seal(InitialSecret("38762cf7f55934b34d179ae6a4c80cadccbb7f0a", "client in", "f067a5502a4262b5"), Convert.FromHexString("c30000000108f067a5502a4262b50005746f6b656e449e00000003"), 4, 3, plain));
        reading.Give(Side.Server, (byte[])[0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        reading.Give(Side.Client, (byte[])[0xC0, 0x1A, 0x2A, 0x3A, 0x4A, 0, 0, 1, 2, 3]);
        reading.End();
        Assert.Equal(0, reading.Tally[Side.Server][ByteClass.Undetermined]);
        Assert.Equal(10, reading.Tally[Side.Client][ByteClass.Undetermined]);
    }

    private sealed class TakenDatagrams(ByteTally tally) : IDatagramSink
    {
        public List<string> Taken { get; } = [];

        public bool Ended { get; private set; }

        public void Take(Side side, ReadOnlySpan<byte> payload, int missing, Origin origin)
        {
            tally.Add(side, ByteClass.Explained, payload.Length);
            Taken.Add($"{side} {Encoding.ASCII.GetString(payload)}");
        }

        public void End() => Ended = true;
    }

    [Fact]
    public void DatagramsOfTheConnectionAreHandedOnEachByItself()
    {
        var tally = new ByteTally();
        var reading = new Reading();
        var taken = new TakenDatagrams(tally);
        var layer = new QuicLayer(reading.Keys, tally, _ => _ => new TakenBytes(tally), null, _ => taken);
        byte[][] datagrams = [ClientInitial(), Short(0, [0x31, 5, .. "first"u8, 0x31, 0, 0x31, 3, .. "two"u8]), Seal(s_secret, [0x41, .. Convert.FromHexString("f067a5502a4262b5"), 0, 1], 2, 1, [0x01, 0x30, .. "to the end of the packet"u8])];
        layer.Take(Side.Client, datagrams[0], 0, new(1, 1));
        layer.Take(Side.Server, Convert.FromHexString(ServerInitial), 0, new(2, 2));
        foreach (byte[] datagram in datagrams[1..]) layer.Take(Side.Client, datagram, 0, new(3, 3));
        layer.End();
        Assert.Equal(["Client first", "Client two", "Client to the end of the packet"], taken.Taken);
        Assert.True(taken.Ended);
        Assert.Equal(datagrams.Sum(d => d.Length), tally[Side.Client].Total);
        Assert.Equal(0, tally[Side.Client][ByteClass.Undetermined]);
    }

    [Fact]
    public void AConnectionThatMovesToAnotherAddressGoesOnAndCountsWhereItBegan()
    {
        static byte[] From(int port, byte[] payload, byte network)
        {
            byte[] udp = Wire.UdpOf(payload, 443);
            (udp[0], udp[1]) = ((byte)(port >> 8), (byte)port);
            byte[] packet = Wire.Ip4(17, udp);
            packet[14] = network;
            return packet;
        }
        var wire = new Wire().Raw(From(49152, ClientInitial(), 0)).Udp(Convert.FromHexString(ServerInitial), 443, outwards: false)
            .Raw(From(49152, Short(0, StreamFrame(0, 0, "before the move, ")), 0)).Raw(From(50001, Short(1, StreamFrame(0, 17, "after it")), 7)).Raw(From(50001, Short(2, StreamFrame(0, 25, " too", last: true)), 7))
            // Another connection's: its id is known to nobody.
            .Raw(From(50002, [0x41, .. new byte[40].Select((_, i) => (byte)(i + 1))], 0));
        var keys = new Reading().Keys;
        var layering = new Layering();
        Decryption.AddTo(layering, keys);
        List<TakenBytes> streams = [];
        layering.OtherBytes = c =>
        {
            streams.Add(new(c.Tally));
            return streams[^1];
        };
        var run = new Candor.Audit.AuditRun(layering, []);
        Assert.True(run.TryRead(new MemoryStream(wire.Pcap()), "x", TestContext.Current.CancellationToken));
        var result = run.Finish();
        Assert.Equal(2, result.Conversations.Count);
        var moved = result.Conversations[0];
        Assert.Equal("before the move, after it too", streams.Single().Text(Side.Client));
        Assert.Equal((4L, 0L), (moved[Side.Client].Packets, moved.Tally[Side.Client][ByteClass.Undetermined]));
        Assert.Contains(moved.Remarks, r => r.Contains("another address", StringComparison.Ordinal));
        foreach (var conversation in result.Conversations) Assert.Equal(conversation[Side.Client].Payload, conversation.Tally[Side.Client].Total);
    }

    [Fact]
    public void AnIdIsForgottenWithItsConnectionAndTooShortOnesAreNotTaken()
    {
        var paths = new QuicPaths();
        Conversation one = new(), two = new();
        paths.Add([1, 2, 3, 4, 5, 6, 7, 8, 9], one, Side.Server);
        paths.Add([9, 9, 9, 9], two, Side.Client);
        paths.Add([7, 7, 7], two, Side.Client);
        byte[] datagram = [0x40, 1, 2, 3, 4, 5, 6, 7, 8, 9, .. new byte[20]];
        Assert.Equal((one, Side.Client), paths.Find(datagram));
        Assert.Equal((two, Side.Server), paths.Find([0x40, 9, 9, 9, 9, .. new byte[20]]));
        Assert.Null(paths.Find([0xC0, .. datagram[1..]]));
        paths.Forget(one);
        Assert.Null(paths.Find(datagram));
        Assert.Equal(1, paths.Count);
    }
}
