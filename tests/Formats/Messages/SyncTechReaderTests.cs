using System.Text;
using Candor.Formats.Messages;
using Xunit;
using static Candor.Tests.Messages.SyncTechSamples;

namespace Candor.Tests.Messages;

public class SyncTechReaderTests
{
    [Fact]
    public void ReadsWhatAnSmsSays()
    {
        var result = Read(File(Sms));

        Message message = Assert.Single(result.Messages);
        Assert.Empty(result.Problems);
        Assert.Equal(Sms, Text(message.Original));
        Assert.Equal(File(Sms).IndexOf("<sms ", StringComparison.Ordinal), message.Offset);
        MessageView view = message.View;
        Assert.Equal((MessageKind.Sms, MessageBox.Inbox, 1714564800123L, 1714564799000L), (view.Kind, view.Box, view.DateMs, view.DateSentMs));
        Assert.Equal(("Hi there", "Ada Example", true, false, -1), (view.Text, view.ContactName, view.Read, view.Locked, view.Status));
        Assert.Null(view.Subject);
        Assert.Equal([new MessageAddress("+15550100001", AddressRole.From)], view.Addresses);
        Assert.Equal("+15550100001", view.ThreadKey);
    }

    [Fact]
    public void ReadsTheHeader()
    {
        Assert.Equal(new SyncTechHeader(1, "8a7c", 1714570000000, "full"), Read(File(Sms)).Header);
    }

    [Fact]
    public void ReadsPeopleAndPartsOfAnMms()
    {
        var result = Read(File(Mms()));

        Message message = Assert.Single(result.Messages);
        Assert.Empty(result.Problems);
        Assert.True(result.AllClosed);
        MessageView view = message.View;
        Assert.Equal(1714564999000, view.DateSentMs);
        Assert.Equal(
            [new("+15550100001", AddressRole.From), new("+1 (555) 010-0002", AddressRole.To), new MessageAddress("+15550109999", AddressRole.To)],
            view.Addresses);
        Assert.Equal(2, view.Participants);
        Assert.Equal("+15550100001~+15550100002", view.ThreadKey);
        Assert.Equal("Look at this", view.Text);
        Assert.Equal(["application/smil", "text/plain", "image/jpeg"], view.Parts.Select(p => p.ContentType));
        Assert.Equal(new MessagePartView { Sequence = 1, ContentType = "image/jpeg", Name = "IMG.jpg", ContentId = "<img>", DataLength = 5 }, view.Parts[2]);
        Assert.Equal("hello"u8.ToArray(), result.Parts[(1, 2)]);
    }

    [Fact]
    public void CutsDataOutOfTheOriginalAndRemembersWhere()
    {
        Message message = Assert.Single(Read(File(Mms())).Messages);

        Assert.Equal(Mms(""), Text(message.Original));
        PartCut cut = Assert.Single(message.Cuts);
        Assert.Equal(2, cut.Part);
        Assert.EndsWith(" data=\"", Text(message.Original[..cut.Position]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("&#55357;&#56846;", "\U0001F60E")]
    [InlineData("&#xD83D;&#xDE0E;!", "\U0001F60E!")]
    [InlineData("&#128526;", "\U0001F60E")]
    [InlineData("😎", "\U0001F60E")]
    [InlineData("a&#55357;b", "a\ufffdb")]
    [InlineData("&#56846;&#55357;", "\ufffd\ufffd")]
    [InlineData("&#55357;", "\ufffd")]
    [InlineData("&#0;&#1;&#27;", "\0\u0001\u001b")]
    [InlineData("\u0001\u0008", "\u0001\u0008")]
    [InlineData("&amp;&lt;&gt;&quot;&apos;", "&<>\"'")]
    [InlineData("&amp;#55357;", "&#55357;")]
    [InlineData("&nbsp;&lol9;", "&nbsp;&lol9;")]
    [InlineData("&#99999999999;&#x110000;&#;&#x;&#-1;&#+1;&# 1;&", "&#99999999999;&#x110000;&#;&#x;&#-1;&#+1;&# 1;&")]
    [InlineData("one&#10;two\nthree", "one\ntwo\nthree")]
    [InlineData("\u202Eשלום\u202C مرحبا", "\u202Eשלום\u202C مرحبا")]
    [InlineData("a > b 'c' /> <", "a > b 'c' /> <")]
    public void DecodesTextAsPhonesWriteIt(string raw, string expected)
    {
        var result = Read(File(SmsWithBody(raw), Sms));

        Assert.Equal(expected, result.Messages[0].View.Text);
        Assert.Equal(SmsWithBody(raw), Text(result.Messages[0].Original));
        Assert.Equal(2, result.Messages.Count);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void TheWordNullMeansAbsent()
    {
        MessageView view = Assert.Single(Read(File("""<sms address="null" date="1714564800123" type="null" body="null" contact_name="(Unknown)" date_sent="0"/>""")).Messages).View;

        Assert.Equal((null, null, null, MessageBox.Unknown, 0), (view.Text, view.ContactName, view.DateSentMs, view.Box, view.Addresses.Count));
    }

    [Theory]
    [InlineData("1714564800", 1714564800000)]
    [InlineData("1714564800123", 1714564800123)]
    [InlineData("-5", -5000)]
    [InlineData("0", 0)]
    public void TellsSecondsFromMillisecondsBySize(string written, long milliseconds)
    {
        Assert.Equal(milliseconds, Assert.Single(Read(File($"<sms address=\"1\" date=\"{written}\" type=\"1\" body=\"x\"/>")).Messages).View.DateMs);
    }

    [Theory]
    [InlineData("")]
    [InlineData("tomorrow")]
    [InlineData("99999999999999999999999")]
    [InlineData("9223372036854775807")]
    public void KeepsAMessageWhoseDateCannotBeRead(string date)
    {
        var result = Read(File($"<sms address=\"1\" date=\"{date}\" type=\"1\" body=\"x\"/>"));

        Assert.Null(Assert.Single(result.Messages).View.DateMs);
        Assert.Equal("sms 1", Assert.Single(result.Problems).Item);
    }

    [Theory]
    [InlineData(1, MessageBox.Inbox)]
    [InlineData(2, MessageBox.Sent)]
    [InlineData(3, MessageBox.Draft)]
    [InlineData(4, MessageBox.Outbox)]
    [InlineData(5, MessageBox.Failed)]
    [InlineData(6, MessageBox.Queued)]
    [InlineData(7, MessageBox.Unknown)]
    public void KnowsTheBoxes(int type, MessageBox box)
    {
        Assert.Equal(box, Assert.Single(Read(File($"<sms address=\"1\" date=\"1\" type=\"{type}\" body=\"x\"/>")).Messages).View.Box);
    }

    [Fact]
    public void KeepsAttributesItDoesNotUnderstand()
    {
        const string samsung = "<sms\n\taddress = '1' date\n=\n\"1714564800123\" type=\"1\" body='say \"hi\"' creator=\"com.samsung\" sim_imsi=\"1\" bin_info=\"0\" x:y.z-1=\"ü\"\n/>";
        var result = Read(File(samsung));

        Assert.Empty(result.Problems);
        Assert.Equal(samsung, Text(Assert.Single(result.Messages).Original));
        Assert.Equal("say \"hi\"", result.Messages[0].View.Text);
    }

    [Fact]
    public void KeepsElementsItDoesNotUnderstandAndSaysSo()
    {
        string mms = Mms().Replace("<addrs>", "<reactions at=\"1\"><reaction by='2'>ok</reaction></reactions><!-- <sms --><addrs>", StringComparison.Ordinal);
        var result = Read(File(mms, Sms));

        Assert.Equal(2, result.Messages.Count);
        Assert.Contains("reactions", Text(result.Messages[0].Original), StringComparison.Ordinal);
        Assert.Equal(3, result.Messages[0].View.Addresses.Count);
        Assert.Contains("not known", Assert.Single(result.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadsAnSmsWithAnEndTag()
    {
        const string sms = "<sms address=\"1\" date=\"1714564800123\" type=\"1\" body=\"x\"> </sms >";
        var result = Read(File(sms, Sms));

        Assert.Equal([sms, Sms], result.Messages.Select(m => Text(m.Original)));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void ReadsFilesWrittenOneAfterAnother()
    {
        var result = Read(File(Sms) + File(Mms(), Sms));

        Assert.Equal(3, result.Messages.Count);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void CountsMoreThanAnnouncedWithoutComplaint()
    {
        var result = Read(File(Sms, Sms).Replace("count=\"2\"", "count=\"1\"", StringComparison.Ordinal));

        Assert.Equal(2, result.Messages.Count);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void SaysWhenFewerCameThanWereAnnounced()
    {
        var result = Read(File(Sms, Sms).Replace("count=\"2\"", "count=\"200\"", StringComparison.Ordinal));

        Assert.Equal(2, result.Messages.Count);
        Assert.Contains("announces 200 entries and holds 2", Assert.Single(result.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesEachCall()
    {
        var result = Read(Head + """<calls count="2"><call number="+15550100001" duration="12" date="1714564800123" type="1" presentation="1" /><call number="2" duration="0" date="1" type="3"></call></calls>""");

        Assert.Empty(result.Messages);
        Assert.Equal(["call 1", "call 2"], result.Problems.Select(p => p.Item));
        Assert.All(result.Problems, p => Assert.Equal(SyncTechReader.CallsAreNoKind, p.Reason));
    }

    [Theory]
    [InlineData("utf-16", true)]
    [InlineData("utf-16BE", true)]
    [InlineData("utf-16", false)]
    [InlineData("utf-16BE", false)]
    [InlineData("utf-32", true)]
    [InlineData("utf-8", true)]
    public void ReadsOtherUnicodeEncodings(string name, bool mark)
    {
        Encoding encoding = Encoding.GetEncoding(name);
        string file = File(SmsWithBody("ünï 😎 שלום"), Mms()).Replace("encoding='UTF-8'", $"encoding='{name}'", StringComparison.Ordinal);
        byte[] bytes = encoding.GetBytes(file);
        var result = Read(mark ? [.. encoding.GetPreamble(), .. bytes] : bytes);

        Assert.Equal(2, result.Messages.Count);
        Assert.Equal("ünï 😎 שלום", result.Messages[0].View.Text);
        Assert.Equal("hello"u8.ToArray(), result.Parts[(2, 2)]);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void KeepsALoneSurrogateOfAUtf16FileAsAReference()
    {
        var result = Read([0xFF, 0xFE, .. Utf16(SmsWithBody("a\ud83d b").AsSpan())]);

        Assert.Equal("a\ufffd b", Assert.Single(result.Messages).View.Text);
        Assert.Equal(SmsWithBody("a&#55357; b"), Text(result.Messages[0].Original));
        Assert.Equal(-1, result.Messages[0].Offset);
    }

    [Theory]
    [InlineData("windows-1252", new byte[] { 0x80, 0xFC }, "€ü")]
    [InlineData("ISO-8859-1", new byte[] { 0xFC }, "ü")]
    [InlineData("GB18030", new byte[] { 0xC4, 0xE3 }, "你")]
    public void ReadsDeclaredEncodings(string name, byte[] body, string expected)
    {
        string[] around = File(SmsWithBody("|")).Replace("UTF-8", name, StringComparison.Ordinal).Split('|');
        var result = Read([.. Encoding.ASCII.GetBytes(around[0]), .. body, .. Encoding.ASCII.GetBytes(around[1])]);

        Assert.Equal(expected, Assert.Single(result.Messages).View.Text);
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void ReadsAnUnknownEncodingAsUtf8AndSaysSo()
    {
        var result = Read(File(SmsWithBody("ü")).Replace("UTF-8", "klingon", StringComparison.Ordinal));

        Assert.Equal("ü", Assert.Single(result.Messages).View.Text);
        Assert.Contains("klingon", Assert.Single(result.Problems).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void ReadsASubjectThatAndroidKeptAsBytes()
    {
        string subject = Encoding.Latin1.GetString(Encoding.UTF8.GetBytes("日本語 €"));
        string mms = $"<mms date=\"1714565000000\" msg_box=\"1\" address=\"1\" sub=\"{subject}\" sub_cs=\"106\"></mms>";

        Assert.Equal("日本語 €", Assert.Single(Read(File(mms)).Messages).View.Subject);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    public void GivesTheSameHoweverTheStreamIsSliced(int slice)
    {
        string file = File(Sms, Mms(), SmsWithBody("&#55357;&#56846;"), Mms("a\nb="), Sms);
        var whole = Read(file);
        var sliced = Read(new SlicedStream(Encoding.UTF8.GetBytes(file), slice));

        Assert.Equal(whole.Messages.Select(m => (Text(m.Original), m.View.Text, m.Offset)), sliced.Messages.Select(m => (Text(m.Original), m.View.Text, m.Offset)));
        Assert.Equal(whole.Parts.OrderBy(p => p.Key).SelectMany(p => p.Value), sliced.Parts.OrderBy(p => p.Key).SelectMany(p => p.Value));
        Assert.Equal(5, sliced.Messages.Count);
    }

    private static byte[] Utf16(ReadOnlySpan<char> text)
    {
        var bytes = new byte[text.Length * 2];
        for (int i = 0; i < text.Length; i++)
            (bytes[2 * i], bytes[(2 * i) + 1]) = ((byte)(text[i] & 0xff), (byte)(text[i] >> 8));
        return bytes;
    }
}
