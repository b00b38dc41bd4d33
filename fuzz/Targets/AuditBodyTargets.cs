using System.IO.Compression;
using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Search;

namespace Candor.Fuzz;

/// <summary>What an audit reads of a stranger's capture once the protocols are off: bodies; and the owner's own file.</summary>
internal static class AuditBodyTargets
{
    private static readonly BodyLimits s_limits = new(Expanded: 4 << 20);

    private static readonly BodySearch s_search = new(NeedleSet.Of(OwnerFile.Read(
        "owner:\n  numbers: ['+4915123456789']\n  names: [Ottoline Brandywell]\nmessages: [the teapot stands behind the lighthouse]\nidentifiers:\n  imei: ['490154203237518']\nplaces:\n  - at: -41.286461, -112.776232\n", out _)!), new byte[Candor.Audit.Search.Finding.SaltSize]);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("audit-body", "A tree within its limits, whose views and findings lie inside the body; the same body gives the same tree.", Seeds, Body, "BodyDecoder.Decode", "JsonForm.TryRead", "MultipartForm.TryRead", "FormForm.TryRead", "TnetForm.TryRead", "ProtobufForm.TryRead", "CborForm.TryRead", "MessagePackForm.TryRead", "PlistForm.TryRead", "ThriftForm.TryRead", "FramedForm.TryRead")
        { Pieces = [[0x1F, 0x8B, 8], [0x78, 0x9C], "H4sI"u8.ToArray(), "%25"u8.ToArray(), "\\u0041"u8.ToArray(), "&#x41;"u8.ToArray(), "bplist00"u8.ToArray(), [0x82, 0x21], [0x80, 1, 0, 1], [0xFF, 0xD8, 0xFF, 0xE0], "{\""u8.ToArray(), "\r\n--b"u8.ToArray(), [0x28, 0xB5, 0x2F, 0xFD]] },
        new("audit-owner-file", "An owner's values with labels and lines, or faults that name theirs.", () => [.. new[] { Planting.Write(), "owner:\n  names: [A]\nmarks:\n  - { time: 2026-11-25T10:00:00Z, consent: given }\n" }.Select(Encoding.UTF8.GetBytes)],
            bytes => Targets.AsText(bytes, text =>
            {
                var owner = OwnerFile.Read(text, out var faults);
                Claim.Holds(owner is null == faults.Count > 0, "Neither values nor a fault, or both.");
                Claim.Holds(faults.All(f => f is { Line: > 0, What.Length: > 0, Do.Length: > 0 }), "A fault without its line or remedy.");
                if (owner is not null) Claim.Holds(NeedleSet.Of(owner).Needles.All(n => n.Least >= 5 && n.Least <= n.Bytes.Length), "A needle too short.");
            }), "OwnerFile.Read", "OwnerYaml.Read") { Pieces = Targets.TextPieces, MostMemory = 512L << 20, Longest = TimeSpan.FromSeconds(10) },
    ];

    private static byte[][] Seeds()
    {
        byte[] json = Encoding.UTF8.GetBytes("{\"a\":[{\"imei\":\"490154203237518\"},\"" + Convert.ToBase64String("tel +4915123456789 and more"u8) + "\"],\"lat\":-41.286461,\"lon\":-112.776232}");
        using var gzip = new MemoryStream();
        using (var stream = new GZipStream(gzip, CompressionLevel.Optimal, leaveOpen: true)) stream.Write(json);
        return
        [
            json, gzip.ToArray(), [.. "--b\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n"u8, .. gzip.ToArray(), .. "\r\n--b--\r\n"u8], Encoding.ASCII.GetBytes("a=1&data_list=" + Uri.EscapeDataString(Convert.ToBase64String(gzip.ToArray()))),
            [0x08, 0x01, 0x12, (byte)json.Length, .. json], [0x82, 0xA1, (byte)'a', 1, 0xA1, (byte)'b', 0xA5, .. "hello"u8], [0xA2, 0x61, (byte)'a', 1, 0x61, (byte)'b', 0x65, .. "hello"u8], [0x82, 0x21, 1, 4, .. "send"u8, 0x18, 5, .. "hello"u8, 0],
            [0x80, 1, 0, 1, 0, 0, 0, 4, .. "send"u8, 0, 0, 0, 1, 0x0B, 0, 1, 0, 0, 0, 5, .. "hello"u8, 0], [.. "bplist00"u8, 0xD1, 1, 2, 0x51, (byte)'a', 0x55, .. "hello"u8, 8, 11, 13, .. new byte[6], 1, 1, .. new byte[7], 3, .. new byte[7], 0, .. new byte[7], 19], "11:5:hello,1:x,}"u8.ToArray(),
            Encoding.Unicode.GetBytes("{\"k\":\"value in two bytes\"}"), "one=20two=\r\nthree=C3=A4 &amp; &#65;"u8.ToArray(), [0, 0, 0, 0, 20, .. "aaaaaaaaaa\\u0041\\\\u0042"u8, 0, 0, 0, 0, 9, 1, 2, .. "&#65;&#"u8], [7, 7, 7, .. gzip.ToArray()], [.. json.Select(b => (byte)(b ^ 0xA5))],
        ];
    }

    private static void Body(byte[] bytes)
    {
        var tree = BodyDecoder.Decode(bytes, new(["gzip"]), s_limits);
        Claim.Holds(tree.All.Count <= s_limits.Views, "More views than the limit.");
        Claim.Holds(tree.All.Sum(v => v.Map == ViewMap.Slice ? 0L : v.Bytes.Length) <= s_limits.Expanded, "More bytes than the limit.");
        foreach (var view in tree.All)
        {
            var (start, length) = view.InBody(0, view.Bytes.Length);
            Claim.Holds(start >= 0 && length >= 0 && start + length <= bytes.Length, $"{view.Chain}: a view outside of the body.");
        }
        var findings = s_search.Search(tree);
        Claim.Holds(findings.All(f => f.Offset >= 0 && f.Length >= 0 && f.Offset + f.Length <= bytes.Length && f.Proof.Length == 64), "A finding outside of the body.");
        Claim.Same(findings, s_search.Search(BodyDecoder.Decode(bytes, new(["gzip"]), s_limits)), "The same body gives other findings.");
    }
}
