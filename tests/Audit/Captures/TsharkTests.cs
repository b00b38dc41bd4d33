using System.Diagnostics;
using System.Globalization;
using Candor.Audit.Layers;

namespace Candor.Tests.Audit.Captures;

/// <summary>The same captures, read by tshark beside us: names, questions, payload, repetitions, and bytes of each stream.</summary>
public class TsharkTests
{
    public static TheoryData<string> Names() => ["android.pcap", "zeek-tls12-heise.pcap", "http_proxy.pcap", "suricata-http-multipart-post.pcap", "suricata-http-post-gzip.pcap", "xiaomi.pcap", "tls13-h2-cryptohack.pcapng", "tls_ech.pcapng", "dns-exf.pcap"];

    [Theory]
    [MemberData(nameof(Names))]
    public void TsharkSeesTheSame(string name)
    {
        string path = RealCaptures.Of(name);
        var result = RealCaptures.Read(name);
        var theirs = Fields(path, "", "frame.number", "ip.proto", "tcp.stream", "tcp.len", "tcp.analysis.retransmission", "dns.qry.name", "dns.flags.response", "tls.handshake.extensions_server_name", "tcp.srcport", "ipv6.nxt");
        Assert.Equal(theirs.Count, result.Files[0].Frames);

        var ours = result.Conversations.Where(c => c.Transport == 6).ToList();
        var streams = theirs.Where(t => t[2].Length > 0).GroupBy(t => int.Parse(t[2], CultureInfo.InvariantCulture)).OrderBy(g => g.Key).ToList();
        Assert.Equal(streams.Select(g => g.Sum(t => long.Parse(t[3], CultureInfo.InvariantCulture))), ours.Select(c => c[Side.Client].Payload + c[Side.Server].Payload));
        Assert.Equal(streams.Select(g => (long)g.Count(t => t[4].Length > 0)), ours.Select(c => c[Side.Client].RepeatedPackets + c[Side.Server].RepeatedPackets));
        Assert.Equal(theirs.Where(t => t[5].Length > 0).Select(t => t[5]).Distinct().Order(StringComparer.Ordinal), result.Names.Asked.Select(a => a.Name).Order(StringComparer.Ordinal));
        Assert.Equal(theirs.Where(t => t[7].Length > 0).Select(t => t[7]).Distinct().Order(StringComparer.Ordinal), ours.Where(c => c.Layers.Contains("tls") && c.Name is not null).Select(c => c.Name!).Distinct().Order(StringComparer.Ordinal));

        foreach (var (conversation, at) in ours.Select((c, i) => (c, i)))
        {
            // What tshark would write if it followed the stream: each byte once.
            long unique = conversation[Side.Client].Payload + conversation[Side.Server].Payload - conversation[Side.Client].Repeated - conversation[Side.Server].Repeated;
            Assert.Equal(Followed(path, at), unique);
        }
    }

    private static List<string[]> Fields(string path, string filter, params string[] fields) =>
        [.. Run(["-r", path, "-n", .. filter.Length > 0 ? (string[])["-Y", filter] : [], "-T", "fields", .. fields.SelectMany(f => (string[])["-e", f])]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t'))];

    /// <summary>Bytes of both sides, from the hex that "follow" prints.</summary>
    private static long Followed(string path, int stream)
    {
        string[] lines = Run(["-r", path, "-n", "-q", "-z", $"follow,tcp,raw,{stream}"]).Split('\n');
        return lines.Where(l => l.Trim().Length > 0 && l.Trim().All(char.IsAsciiHexDigitLower)).Sum(l => l.Trim().Length / 2L);
    }

    private static string Run(string[] arguments)
    {
        var start = new ProcessStartInfo("tshark", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HOME"] = Path.GetTempPath();
        using var tshark = Process.Start(start)!;
        var errors = tshark.StandardError.ReadToEndAsync();
        string said = tshark.StandardOutput.ReadToEnd();
        tshark.WaitForExit();
        Assert.True(tshark.ExitCode == 0, errors.Result);
        return said;
    }
}
