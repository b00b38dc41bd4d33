using System.Text;
using Candor.Formats;
using Candor.Formats.Contacts;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardHostileTests
{
    /// <summary>Per MB of input, with room for a slow machine; an optimised build needs a tenth.</summary>
    private static readonly TimeSpan PerMegabyte = TimeSpan.FromSeconds(1);

    /// <summary>Reading, and with three times the time showing, hashing, converting and writing too.</summary>
    private static List<Reading<VCard>> ReadInTime(byte[] file)
    {
        var clock = ThreadTime.Start();
        var limit = PerMegabyte * Math.Max(1, file.Length / 1e6);
        var readings = VCardReader.Read(file).ToList();
        Assert.True(clock.Elapsed < limit, $"{file.Length} bytes took {clock.Elapsed}");
        foreach (var reading in readings)
            if (reading.Item is { } card)
            {
                _ = ContactView.Of(card);
                _ = ContactIdentity.KeyOf(card);
                _ = VCardWriter.Write(card.To(VCardVersion.V40));
            }
        Assert.True(clock.Elapsed < limit * 3, $"{file.Length} bytes took {clock.Elapsed} with all that is done to them");
        return readings;
    }

    private static byte[] Card(string version, string lines) => Encoding.UTF8.GetBytes($"BEGIN:VCARD\r\nVERSION:{version}\r\nFN:X\r\n{lines}\r\nEND:VCARD\r\n");

    private static string Repeat(string what, int bytes) => new StringBuilder().Insert(0, what, bytes / what.Length).ToString();

    public static TheoryData<string, string> Bombs() => new()
    {
        { "3.0", "NOTE:" + Repeat("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n ", 10_000_000) },
        { "3.0", "NOTE:" + Repeat("a\n ", 1_000_000) },
        { "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + Repeat("=41=\r\n", 1_000_000) },
        { "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + Repeat("=\r\n", 1_000_000) },
        { "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + Repeat("  \r\n", 1_000_000) },
        { "2.1", "NOTE;ENCODING=QUOTED-PRINTABLE:" + Repeat("=FF\r\n", 1_000_000) },
        { "2.1", Repeat("NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=FF\r\n", 1_000_000) },
        { "2.1", Repeat("X;CHARSET=no-such:\u00ff\r\n", 1_000_000) },
        { "3.0", "N:" + Repeat(";", 1_000_000) },
        { "3.0", "ADR:" + Repeat("\\;;", 1_000_000) },
        { "3.0", "CATEGORIES:" + Repeat("a,", 1_000_000) },
        { "3.0", "TEL" + Repeat(";a", 1_000_000) + ":1" },
        { "3.0", "TEL;TYPE=" + Repeat("a,", 60_000) + ":1" },
        { "3.0", Repeat("TEL" + Repeat(";a=b", 6_000) + ":1\r\n", 1_000_000) },
        { "3.0", "TEL;X=\"" + Repeat("a;:", 1_000_000) },
        { "4.0", "TEL;X=" + Repeat("^n", 60_000) + ":1" },
        { "3.0", Repeat("TEL:1\r\n", 1_000_000) },
        { "3.0", Repeat("a.TEL:1\r\n", 1_000_000) },
        { "3.0", Repeat("a.X-ABLabel:1\r\n", 1_000_000) },
        { "2.1", Repeat("TEL;X-CUSTOM(a):1\r\n", 1_000_000) },
        { "3.0", Repeat("LABEL:1\r\nADR:a\r\n", 1_000_000) },
        { "3.0", Repeat("no property\r\n", 1_000_000) },
        { "3.0", "NOTE:x\r\n" + Repeat("no property\r\n", 1_000_000) },
        { "3.0", "NOTE:x\r\n" + Repeat("\r\n", 1_000_000) },
        { "3.0", "PHOTO;ENCODING=b:" + Repeat("AAAA\r\n", 1_000_000) },
        { "2.1", "PHOTO;ENCODING=BASE64:" + Repeat("\r\n", 1_000_000) },
        { "2.1", Repeat("AGENT:\r\nBEGIN:VCARD\r\n", 1_000_000) },
        { "4.0", "PHOTO:data:" + Repeat("a;", 1_000_000) },
        { "4.0", "PHOTO:data:image/jpeg;base64," + Repeat("data:image/jpeg;base64,", 1_000_000) },
        { "4.0", Repeat("MEMBER:urn:uuid:x\r\n", 1_000_000) },
        { "4.0", "FN:" + Repeat("\\", 1_000_000) },
    };

    [Attack("I01")]
    [Theory]
    [MemberData(nameof(Bombs))]
    public void TimeGrowsWithTheBytesAndNoMore(string version, string lines)
    {
        var readings = ReadInTime(Card(version, lines));
        Assert.Equal("X", Assert.Single(readings).Item!.First("FN")!.Text);
    }

    [Fact]
    public void TwentyThousandBeginsAreTwentyThousandCards()
    {
        var readings = ReadInTime(Encoding.UTF8.GetBytes(Repeat("BEGIN:VCARD\n", 240_000)));
        Assert.Equal(20_000, readings.Count);
        Assert.All(readings, r => Assert.NotNull(r.Problem));
    }

    [Fact]
    public void KeepsTheFirstPartOfACardThatIsTooLong()
    {
        var file = Card("3.0", "NOTE:" + Repeat("0123456789abcde ", VCardReader.MaxCardBytes + 1_000_000));
        byte[] two = [.. file, .. Corpus.Bytes(Corpus.Gammu)];
        var readings = VCardReader.Read(two).ToList();
        Assert.Equal(2, readings.Count);
        Assert.Contains($"the first {VCardReader.MaxCardBytes} were kept", readings[0].Problem!.Reason);
        Assert.Equal("X", readings[0].Item!.First("FN")!.Text);
        Assert.InRange(readings[0].Item!.First("NOTE")!.Text.Length, VCardReader.MaxCardBytes * 3 / 4, VCardReader.MaxCardBytes);
        Assert.Null(readings[1].Problem);
    }

    [Fact]
    public void KeepsTheFirstPropertiesOfACardWithTooMany()
    {
        var reading = Assert.Single(VCardReader.Read(Card("3.0", Repeat("TEL:1\r\n", 7 * (VCardReader.MaxParts + 10)))));
        Assert.Equal(VCardReader.MaxParts, reading.Item!.Properties.Length);
        Assert.Contains("the first were kept", reading.Problem!.Reason);
    }

    [Fact]
    public void KeepsALineWhoseParametersNeverEnd()
    {
        var reading = Assert.Single(VCardReader.Read(Card("3.0", "TEL" + Repeat(";a", 2 * VCardReader.MaxHeaderBytes) + ":1")));
        Assert.StartsWith("TEL;a;a", reading.Item!.First(VCardReader.UnreadName)!.Text);
        Assert.NotNull(reading.Problem);
    }

    [Fact]
    public void EndsAFileThatIsCutAnywhere()
    {
        foreach (var text in Corpus.Texts)
        {
            var whole = Corpus.Bytes(text);
            for (var length = 0; length < whole.Length - 3; length++)
            {
                var reading = VCardReader.Read(whole[..length]).SingleOrDefault();
                Assert.True(length == 0 || reading.Problem is not null, $"{length} bytes of a longer card read as a whole one");
            }
        }
    }

    [Fact]
    public void ReportsAFileThatIsNoCardAtAll()
    {
        var noise = new byte[1_000_000];
        new Random(1).NextBytes(noise);
        var problem = Assert.Single(VCardReader.Read(noise)).Problem!;
        Assert.StartsWith($"{noise.Length} bytes", problem.Reason);
        Assert.Empty(VCardReader.Read(Array.Empty<byte>()));
        Assert.Empty(VCardReader.Read("\r\n\r\n"u8.ToArray()));
    }

    [Fact]
    public void WritesHalfASurrogatePairAsAReplacement()
    {
        var card = new VCard(VCardVersion.V30, VCardProperty.OfText("FN", "a\uD83Db"));
        Assert.Equal("a\uFFFDb", Corpus.One(VCardWriter.Write(card)).First("FN")!.Text);
    }

    [Fact]
    public void RefusesToBeMadeOfLinesThatWouldInjectOthers()
    {
        Assert.Throws<ArgumentException>(() => new VCardProperty(null, "FN", [], "a\r\nTEL:1"));
        Assert.Throws<ArgumentException>(() => new VCardProperty(null, "FN:x\r\nTEL", [], "1"));
        Assert.Throws<ArgumentException>(() => new VCardProperty("a b", "FN", [], "1"));
        Assert.Throws<ArgumentException>(() => new VCardParameter("A:B", "1"));
        Assert.Throws<ArgumentException>(() => new VCard(VCardVersion.V30, VCardProperty.OfText("END", "VCARD")));
    }
}
