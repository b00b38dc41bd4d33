using System.Text;
using Candor.Audit;
using Candor.Audit.Claims;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Tests.Audit.Messages;

namespace Candor.Tests.Audit.Claims;

/// <summary>Consents that stand in the recording: what is one, whose it has to be, and what it may do.</summary>
public class RecordingMarksTests
{
    private const string Imei = "490154203237518", Claim = "claims:\n  - { id: a, says: A sentence., forbids: [imei], unless-consent: cloud }\n";

    private static readonly DateTimeOffset s_start = DateTimeOffset.FromUnixTimeSeconds(1_700_000_000);

    [Theory]
    [InlineData("candor-mark-consent-cloud-photos.invalid", "+cloud-photos")]
    [InlineData("Candor-Mark-Withdraw-CLOUD.invalid.fritz.box.", "-cloud")]
    [InlineData("candor-mark-consent.invalid", "+")]
    [InlineData("http://192.168.1.1/candor-mark-consent-contacts", "+contacts")]
    [InlineData("https://router.lan/candor-mark-withdraw-contacts/", "-contacts")]
    [InlineData("http://candor-mark-consent-a.invalid/", null)]
    [InlineData("candor-mark-consent-a.example", null)]
    [InlineData("candor-mark-consent-a.invalidity", null)]
    [InlineData("x.candor-mark-consent-a.invalid", null)]
    [InlineData("candor-mark-consents.invalid", null)]
    [InlineData("candor-mark-consent-.invalid", null)]
    [InlineData("candor-mark-consent-a_b.invalid", null)]
    [InlineData("http://a/x/candor-mark-consent-a", null)]
    public void ANameOrAPageIsAMarkOrNone(string url, string? mark) => Assert.Equal(mark, RecordingMarks.TryReadName(url, out bool given, out string purpose) ? (given ? "+" : "-") + purpose : null);

    [Theory]
    [InlineData("candor: consent cloud given", "+cloud ")]
    [InlineData("Candor:consent cloud-photos off", "-cloud-photos ")]
    [InlineData("candor: consent on at 2026-11-25T10:00:00Z", "+ 10")]
    [InlineData("candor: consent cloud withdrawn at noon", null)]
    [InlineData("candor: consent cloud", null)]
    [InlineData("candor: consent a b given", null)]
    [InlineData("consent cloud given", null)]
    [InlineData("candor: hello", null)]
    public void ACommentIsAMarkOrNone(string text, string? mark) => Assert.Equal(mark, RecordingMarks.TryReadComment(text, out bool given, out string purpose, out var time) ? $"{(given ? "+" : "-")}{purpose} {time?.Hour}" : null);

    [Fact]
    public void WhatThePhoneAskedForCountsOnceAndWhatOthersAskedForNever()
    {
        byte[] ask = Question("candor-mark-consent-cloud.invalid");
        var wire = new Wire().Udp(ask, 53).Udp(ask, 53).Udp(Question("candor-mark-withdraw-cloud.invalid"), 53, outwards: false).Wait(5).Udp(Question("candor-mark-withdraw-cloud.invalid"), 53);
        var marks = Marks(wire.Pcap(), out _);
        Assert.Equal([("cloud", true, "packet 1 of the recording a.pcap"), ("cloud", false, "packet 4 of the recording a.pcap")], marks.Select(m => (m.Purpose, m.Given, m.From)));
        Assert.All(marks, m => Assert.True(m.InRecording));
        Assert.Equal(s_start.AddMilliseconds(1), marks[0].Time);
    }

    [Fact]
    public void CommentsHaveTheTimeOfTheirPacketOrTheirOwnOrThatOfTheFile()
    {
        byte[] packet = new Wire().Udp(Question("a.example"), 53).Packets[0];
        byte[] comments =
        [
            .. Commented(packet, "candor: consent cloud given", 1_700_000_100), .. Commented(packet, "candor: consent b on at 2023-11-14T22:20:00Z", 1_700_000_200), .. Commented(packet, "u-10123", 1_700_000_201),
            .. Wire.Block(0x0A0D0D0A, [.. Wire.Words(false, 0x1A2B3C4D, 1, uint.MaxValue, uint.MaxValue), .. Option("candor: consent cloud off")]), .. Wire.Block(1, [.. Wire.Halves(false, 101, 0), .. Wire.Words(false, 0), .. Option("candor: nonsense")]),
        ];
        var marks = Marks(new Wire().Pcapng(before: comments), out var result);
        Assert.Equal(4, result.Comments.Count);
        // The section's comment holds from the first packet on, before the one of the packet itself.
        Assert.Equal([(false, "cloud", 100L, "a comment of the recording a.pcap"), (true, "cloud", 100L, "a comment on packet 1 of the recording a.pcap"), (true, "b", 400L, "a comment on packet 2 of the recording a.pcap")],
            marks.Select(m => (m.Given, m.Purpose, (long)(m.Time - s_start).TotalSeconds, m.From)).OrderBy(m => m.Item3).ThenBy(m => m.Given));
    }

    [Fact]
    public void AMarkInTheRecordingDecidesAndTheVerdictWithoutItIsSaidBesideIt()
    {
        var report = Make(Sent("candor-mark-consent-cloud.invalid"), []);
        var claim = Assert.Single(report.Claims);
        Assert.Equal("upheld in readable bytes", claim.Verdict);
        Assert.Contains(claim.Notes, n => n.Contains("its maker too", StringComparison.Ordinal) && n.EndsWith("without it the verdict would be: contradicted", StringComparison.Ordinal));
        Assert.Equal((true, true, "packet 1 of the recording a.pcap"), (report.Consents[0].InRecording, report.Consents[0].Counts, report.Consents[0].From));
        using var page = new StringWriter();
        ReportPage.Write(report, page);
        Assert.Contains(ReportConsent.OfRecordings.Replace("'", "&#39;", StringComparison.Ordinal), page.ToString(), StringComparison.Ordinal);
        Assert.Contains("agreed: cloud", page.ToString(), StringComparison.Ordinal);
        // One for something else changes nothing, and nothing is said of it.
        claim = Make(Sent("candor-mark-consent-diagnostics.invalid"), []).Claims[0];
        Assert.Equal("contradicted", claim.Verdict);
        Assert.DoesNotContain(claim.Notes, n => n.Contains("its maker too", StringComparison.Ordinal));
    }

    [Fact]
    public void BesideTheOwnersOwnWordAMarkInTheRecordingHasNoEffect()
    {
        var report = Make(Sent("candor-mark-consent-cloud.invalid"), [new(s_start.AddHours(1), true, "cloud-photos", 3)]);
        Assert.Equal("contradicted", report.Claims[0].Verdict);
        Assert.Contains("marks in the recording speak of it too, and do not count beside the owner's own word", report.Claims[0].Notes);
        Assert.Equal([false, true], report.Consents.Select(c => c.Counts));
        Assert.Contains("not used", report.Consents[0].Says, StringComparison.Ordinal);
    }

    /// <summary>A mark, and then the phone sends an IMEI.</summary>
    private static byte[] Sent(string name) => new Wire().Udp(Question(name), 53).Out(99, Wire.Syn).In(499, Wire.Syn | Wire.Ack, acknowledged: 100)
        .Out(100, Wire.Push | Wire.Ack, Encoding.ASCII.GetBytes($"POST /a HTTP/1.1\r\nHost: a.example\r\nContent-Length: 20\r\n\r\nimei={Imei}")).Pcap();

    private static Report Make(byte[] file, IReadOnlyList<ConsentMark> marks)
    {
        var owner = OwnerFile.Read($"identifiers:\n  imei: ['{Imei}']\n", out _)!;
        var messages = new MessageRun(NeedleSet.Of(owner), Searched.Salt);
        var run = Run(messages, file);
        return new ReportMaker(messages, Atlas.Empty) { Claims = ClaimsFile.Read(Claim, out _), Marks = marks }.Make(run.Finish(), null);
    }

    private static IReadOnlyList<ConsentMark> Marks(byte[] file, out AuditResult result)
    {
        var messages = new MessageRun(set: null, Searched.Salt);
        result = Run(messages, file).Finish();
        return RecordingMarks.Of(result, messages.Book);
    }

    private static AuditRun Run(MessageRun messages, byte[] file)
    {
        var layering = new Layering();
        messages.Join(layering);
        var run = new AuditRun(layering, [Address.TryRead("10.0.0.1")!.Value]);
        Assert.True(run.TryRead(new MemoryStream(file), "a.pcap"));
        return run;
    }

    private static byte[] Question(string name) => [0, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0, 0, 1, 0, 1];

    private static byte[] Option(string comment) => [.. Wire.Halves(false, 1, comment.Length), .. Encoding.ASCII.GetBytes(comment), .. new byte[(4 - comment.Length % 4) % 4], 0, 0, 0, 0];

    private static byte[] Commented(byte[] packet, string comment, long seconds)
    {
        ulong ticks = (ulong)seconds * 1_000_000_000;
        return Wire.Block(6, [.. Wire.Words(false, 0, (uint)(ticks >> 32), (uint)(ticks & uint.MaxValue), (uint)packet.Length, (uint)packet.Length), .. packet, .. new byte[(4 - packet.Length % 4) % 4], .. Option(comment)]);
    }
}
