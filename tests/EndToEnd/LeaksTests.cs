using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Tests.EndToEnd;

/// <summary>The searcher finds what it is there for: without this a silent canary proves nothing.</summary>
public sealed class LeaksTests
{
    private const string Secret = "Zanzibar Müller 4711";

    private static readonly Leaks Search = new([Secret]);

    public static TheoryData<string, string> Ways()
    {
        var ways = new TheoryData<string, string>();
        byte[] raw = Encoding.UTF8.GetBytes($"before {Secret} after");
        void Add(string name, byte[] bytes) => ways.Add(name, Convert.ToBase64String(bytes));
        Add("plain", raw);
        Add("latin-1", Encoding.Latin1.GetBytes(Secret));
        Add("upper case", Encoding.UTF8.GetBytes(Secret.ToUpperInvariant()));
        Add("lower case", Encoding.UTF8.GetBytes(Secret.ToLowerInvariant()));
        Add("swapped case", Encoding.UTF8.GetBytes("zANZIBAR mÜLLER 4711"));
        Add("backwards", Encoding.UTF8.GetBytes(new string([.. Secret.Reverse()])));
        Add("utf-16le", Encoding.Unicode.GetBytes(Secret));
        Add("utf-16be", [0, .. Encoding.BigEndianUnicode.GetBytes(Secret)]);
        Add("upper hex", Encoding.ASCII.GetBytes(Convert.ToHexString(raw)));
        Add("lower hex", Encoding.ASCII.GetBytes(Convert.ToHexStringLower(raw)));
        for (int shift = 0; shift < 3; shift++)
        {
            string base64 = Convert.ToBase64String([.. RandomNumberGenerator.GetBytes(3 + shift), .. Encoding.UTF8.GetBytes(Secret), .. RandomNumberGenerator.GetBytes(2)]);
            Add($"base64, shift {shift}", Encoding.ASCII.GetBytes(base64));
            Add($"base64url, shift {shift}", Encoding.ASCII.GetBytes(base64.Replace('+', '-').Replace('/', '_').TrimEnd('=')));
        }
        Add("base64 of utf-16", Encoding.ASCII.GetBytes(Convert.ToBase64String(Encoding.Unicode.GetBytes(Secret))));
        Add("percent-encoded", Encoding.ASCII.GetBytes(Uri.EscapeDataString(Secret)));
        Add("gzip", Pack(raw, s => new GZipStream(s, CompressionLevel.Optimal)));
        Add("gzip in the middle", [.. RandomNumberGenerator.GetBytes(1000), .. Pack(raw, s => new GZipStream(s, CompressionLevel.Optimal)), 1, 2, 3]);
        Add("zlib in the middle", [.. RandomNumberGenerator.GetBytes(77), .. Pack(raw, s => new ZLibStream(s, CompressionLevel.Optimal))]);
        Add("deflate", Pack(raw, s => new DeflateStream(s, CompressionLevel.Optimal)));
        Add("hex in gzip in zlib", Pack(Pack(Encoding.ASCII.GetBytes(Convert.ToHexString(raw)), s => new GZipStream(s, CompressionLevel.Optimal)), s => new ZLibStream(s, CompressionLevel.Optimal)));
        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void EveryWayOfWritingASecretIsFound(string way, string bytes) => Assert.True(Search.FindIn(Convert.FromBase64String(bytes)) is not null, way);

    [Fact]
    public void NothingIsFoundWhereNothingIs()
    {
        Assert.Null(Search.FindIn(RandomNumberGenerator.GetBytes(1 << 20)));
        Assert.Null(Search.FindIn("Zanzibar and Müller, 471"));
        Assert.Null(Search.FindIn([]));
    }

    private static byte[] Pack(byte[] bytes, Func<Stream, Stream> packer)
    {
        using var into = new MemoryStream();
        using (var packing = packer(into)) packing.Write(bytes);
        return into.ToArray();
    }
}
