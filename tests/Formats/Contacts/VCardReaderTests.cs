using System.Text;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardReaderTests
{
    [Fact]
    public void ReadsWhatAndroidWrites()
    {
        var reading = Corpus.Read(Corpus.Android21);
        var card = reading.Item!;
        Assert.Null(reading.Problem);
        Assert.Equal(VCardVersion.V21, card.Version);
        Assert.Equal("张伟", card.First("FN")!.Text);
        Assert.Equal(["张", "伟", "", "", ""], card.First("N")!.Components);
        Assert.Equal(["cell", "pref"], card.First("TEL")!.Types);
        Assert.Equal("第一行\n第二行", card.First("NOTE")!.Text);
        Assert.Equal("中关村大街1号", card.First("ADR")!.Components[2]);
        Assert.Equal(Convert.FromBase64String(Corpus.Jpeg), card.First("PHOTO")!.Bytes);
        Assert.Equal("妈妈", card.All("TEL").Last().Parameter("X-CUSTOM"));
        Assert.DoesNotContain(card.Properties, p => p.Parameter("CHARSET") is not null);
    }

    [Fact]
    public void ReadsWhatAppleWrites()
    {
        var reading = Corpus.Read(Corpus.ICloud30);
        Assert.Null(reading.Problem);
        var card = reading.Item!;
        Assert.Equal("item1", card.First("EMAIL")!.Group);
        Assert.Equal(["internet", "pref"], card.First("EMAIL")!.Types);
        Assert.Equal(["Beispiel GmbH, Köln", "Einkauf", ""], card.First("ORG")!.Components);
        Assert.Equal("Maria,Luise", card.First("N")!.Components[2]);
        Assert.Equal("Eins, zwei; drei\nvier", card.First("NOTE")!.Text);
    }

    [Fact]
    public void ReadsParametersOfVersion4()
    {
        var card = Corpus.One(Corpus.Nextcloud40);
        Assert.Equal("1 King Rd.\\, Riyadh\n\"Palace\"", card.First("ADR")!.Parameter("LABEL"));
        Assert.Equal(["voice", "home"], card.First("TEL")!.Types);
        Assert.Equal("Khalid,Aisha", card.First("N")!.Parameter("SORT-AS"));
        Assert.Equal("a;b:c,d", card.First("X-UNKNOWN")!.Parameter("X-P"));
        Assert.Equal(2, card.All("FN").Count());
        Assert.Equal(Convert.FromBase64String(Corpus.Jpeg), card.First("PHOTO")!.Bytes);
    }

    [Fact]
    public void TakesADeclaredCharacterSetAndMendsAMissingOne()
    {
        var reading = Assert.Single(VCardReader.Read(Encoding.Latin1.GetBytes(Corpus.Outlook21)));
        var card = reading.Item!;
        Assert.Equal("Herr Jürgen Größe", card.First("FN")!.Text);
        Assert.Equal("Straße 1\n2. Stock\n10115 Berlin", card.First("LABEL")!.Text.Replace("\r", ""));
        Assert.Contains("read as windows-1252", reading.Problem!.Reason);
    }

    [Theory]
    [InlineData("gbk", "张伟，北京市")]
    [InlineData("GB18030", "张伟，北京市")]
    [InlineData("Big5", "陳大文功能許")] // second bytes include the backslash
    [InlineData("Shift_JIS", "表計算ソ能力")] // so do these
    [InlineData("ISO-2022-JP", "表計算；日本")] // bytes are ASCII, some of them ";" and ":"
    [InlineData("EUC-KR", "홍길동")]
    [InlineData("KOI8-R", "Иван Грозный")]
    [InlineData("windows-1251", "Иван Грозный")]
    [InlineData("CP1250", "Jiří Novák")]
    [InlineData("windows-1256", "عائشة")]
    [InlineData("ISO-8859-15", "10 €uro")]
    public void ReadsLegacyCharacterSets(string charset, string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        var encoding = Encoding.GetEncoding(charset.Replace("CP", "windows-"));
        byte[] raw = [.. Encoding.ASCII.GetBytes($"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET={charset}:"), .. encoding.GetBytes(name), .. "\r\nEND:VCARD\r\n"u8];
        var quoted = string.Concat(encoding.GetBytes(name).Select(b => $"={b:X2}"));
        var asQuoted = $"BEGIN:VCARD\r\nVERSION:2.1\r\nFN;CHARSET={charset};ENCODING=QUOTED-PRINTABLE:{quoted}\r\nEND:VCARD\r\n";
        foreach (var bytes in (byte[][])[raw, Encoding.ASCII.GetBytes(asQuoted)])
        {
            var reading = Assert.Single(VCardReader.Read(bytes));
            Assert.Null(reading.Problem);
            Assert.Equal(name, reading.Item!.First("FN")!.Text);
            Assert.Equal(name, Corpus.One(VCardWriter.Write(reading.Item!.To(VCardVersion.V30))).First("FN")!.Text);
        }
    }

    [Theory]
    [InlineData("GBK", "UTF-8", "张伟 北京")]
    [InlineData("windows-1251", "UTF-8", "Иван Петров")]
    [InlineData("windows-1252", "UTF-8", "Jürgen Größe")]
    [InlineData("UTF-8", "ISO-8859-1", "Jürgen Größe")]
    [InlineData("UTF-8", "no-such-set", "Jürgen Größe")]
    public void SeesThroughAFalseCharacterSetAndSaysSo(string really, string declared, string name)
    {
        Encoding.RegisterProvider(CodePagesEncodingProvider.Instance);
        byte[] file = [.. Encoding.ASCII.GetBytes($"BEGIN:VCARD\nVERSION:2.1\nFN;CHARSET={declared}:"), .. Encoding.GetEncoding(really).GetBytes(name), .. "\nEND:VCARD\n"u8];
        var reading = Assert.Single(VCardReader.Read(file));
        Assert.Equal(name, reading.Item!.First("FN")!.Text);
        Assert.NotNull(reading.Problem);
        Assert.Equal(name, Corpus.One(VCardWriter.Write(reading.Item!)).First("FN")!.Text);
    }

    [Theory]
    [InlineData("\r\n")]
    [InlineData("\n")]
    [InlineData("\r")]
    public void TakesAnyLineEnd(string end)
    {
        var file = string.Concat(Corpus.Texts.Select(t => t.ReplaceLineEndings(end) + end + end));
        var readings = VCardReader.Read(Encoding.UTF8.GetBytes(file)).ToList();
        Assert.Equal(Corpus.Texts.Select(Corpus.One), readings.Select(r => r.Item));
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void TakesByteOrderMarks(string charset)
    {
        var encoding = Encoding.GetEncoding(charset);
        byte[] file = [.. encoding.GetPreamble(), .. encoding.GetBytes(string.Join("\r\n", Corpus.Texts) + "\r\n")];
        var readings = VCardReader.Read(file).ToList();
        Assert.Equal(Corpus.Texts.Select(Corpus.One), readings.Select(r => r.Item));
        Assert.Equal(encoding.GetPreamble().Length, readings[0].Item!.Offset);
        // A card's own bytes read alone, without the mark, for that is how they are kept.
        Assert.All(readings, r => Assert.Equal(r.Item, Corpus.One(r.Item!.Original.ToArray())));
    }

    [Fact]
    public void FindsCardsBehindMarksInTheMiddleOfAFile()
    {
        byte[] one = [0xEF, 0xBB, 0xBF, .. Corpus.Bytes(Corpus.Gammu)];
        var readings = VCardReader.Read((byte[])[.. one, .. one]).ToList();
        Assert.Equal(2, readings.Count);
        Assert.All(readings, r => Assert.Equal(Corpus.One(Corpus.Gammu), r.Item));
    }

    [Fact]
    public void EveryCardCarriesItsExactBytesAndPlace()
    {
        var file = Corpus.Texts.SelectMany(Corpus.Bytes).ToArray();
        var at = 0;
        foreach (var (reading, text) in VCardReader.Read(file).Zip(Corpus.Texts))
        {
            Assert.Equal(at, reading.Item!.Offset);
            Assert.Equal(Corpus.Bytes(text), reading.Item.Original.ToArray());
            at += reading.Item.Original.Length;
        }
        Assert.Equal(file.Length, at);
    }

    [Fact]
    public void ReportsWhatLiesBetweenCards()
    {
        var file = "hello\n\nBEGIN:VCARD\nVERSION:3.0\nFN:A\nN:A;;;;\nEND:VCARD\nstray\nmore\n\nBEGIN:VCARD\nVERSION:3.0\nFN:B\nN:B;;;;\nEND:VCARD\n\0\0\x1A";
        var readings = VCardReader.Read(Encoding.UTF8.GetBytes(file)).ToList();
        Assert.Equal([null, "A", null, "B"], readings.Select(r => r.Item?.First("FN")?.Text));
        Assert.Equal(("before card 1", 0L), (readings[0].Problem!.Item, readings[0].Problem!.Offset));
        Assert.Equal("after card 1", readings[2].Problem!.Item);
        Assert.StartsWith("11 bytes", readings[2].Problem!.Reason);
    }

    [Fact]
    public void EndsACardWithoutEndAtTheNextBegin()
    {
        var readings = VCardReader.Read("BEGIN:VCARD\nVERSION:3.0\nFN:A\nBEGIN:VCARD\nVERSION:3.0\nFN:B\n"u8.ToArray()).ToList();
        Assert.Equal(["A", "B"], readings.Select(r => r.Item!.First("FN")!.Text));
        Assert.All(readings, r => Assert.Contains("END:VCARD is missing", r.Problem!.Reason));
    }

    [Fact]
    public void KeepsANestedAgentAsOneProperty()
    {
        var card = Corpus.One("BEGIN:VCARD\nVERSION:2.1\nN:Boss;;;;\nAGENT:\nBEGIN:VCARD\nVERSION:2.1\nFN:Helper\\; x\nEND:VCARD\nTEL:1\nEND:VCARD");
        Assert.Equal(["N", "AGENT", "TEL"], card.Properties.Select(p => p.Name));
        Assert.Equal("BEGIN:VCARD\nVERSION:2.1\nFN:Helper\\; x\nEND:VCARD", card.First("AGENT")!.Text);
        var inside = Corpus.One(Encoding.UTF8.GetBytes(Corpus.One(VCardWriter.Write(card.To(VCardVersion.V30))).First("AGENT")!.Text));
        Assert.Equal("Helper; x", inside.First("FN")!.Text);
    }

    [Theory]
    [InlineData("BDAY:1990-01-01;")]
    [InlineData("FN:Again")]
    [InlineData("N:Again;;;;")]
    [InlineData("PRODID:x")]
    [InlineData("X-SOMETHING-ELSE;foo;bar=\"a;b\":v")]
    [InlineData("item9.x-whatever:1")]
    public void TakesWhatOthersRefuseWithoutAWord(string line)
    {
        var reading = Corpus.Read($"BEGIN:VCARD\nVERSION:3.0\nPRODID:a\nFN:A B\nN:B;A;;;\n{line}\n{line}\nEND:VCARD");
        Assert.Null(reading.Problem);
        Assert.Equal(5, reading.Item!.Properties.Length);
        Assert.Equal(reading.Item, Corpus.One(VCardWriter.Write(reading.Item)));
    }

    [Theory]
    [InlineData("N:;A;;;\nTEL;CELL:1", VCardVersion.V21)]
    [InlineData("N;ENCODING=QUOTED-PRINTABLE:=41;=42", VCardVersion.V21)]
    [InlineData("FN:A\nTEL;TYPE=CELL:1", VCardVersion.V30)]
    [InlineData("FN:A\nKIND:individual", VCardVersion.V40)]
    [InlineData("VERSION:5.0\nFN:A", VCardVersion.V40)]
    [InlineData("VERSION:2.0\nFN:A", VCardVersion.V21)]
    public void GuessesAMissingVersionAndSaysSo(string lines, VCardVersion expected)
    {
        var reading = Corpus.Read($"BEGIN:VCARD\n{lines}\nEND:VCARD");
        Assert.Equal(expected, reading.Item!.Version);
        Assert.Contains("VERSION is", reading.Problem!.Reason);
    }

    [Fact]
    public void FindsTheVersionAnywhere()
    {
        var card = Corpus.One("BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=C3=A4;B\nVERSION:2.1\nEND:VCARD");
        Assert.Equal((VCardVersion.V21, "ä"), (card.Version, card.First("N")!.Components[0]));
    }

    [Fact]
    public void JoinsQuotedPrintableThatLostItsSoftBreaks()
    {
        var reading = Corpus.Read("BEGIN:VCARD\nVERSION:2.1\nN:X\nNOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:=E4=BD=A0\n=E5=A5=BD\nTEL:1\nEND:VCARD");
        Assert.Equal("你好", reading.Item!.First("NOTE")!.Text);
        Assert.Equal("1", reading.Item.First("TEL")!.Text);
        Assert.Contains("soft line break", reading.Problem!.Reason);
    }

    [Fact]
    public void JoinsANoteWithBareLineBreaks()
    {
        var reading = Corpus.Read("BEGIN:VCARD\nVERSION:3.0\nFN:X\nNOTE:one\n\ntwo and a half\nTEL:1\nEND:VCARD");
        Assert.Equal("one\n\ntwo and a half", reading.Item!.First("NOTE")!.Text);
        Assert.Contains("line break in NOTE", reading.Problem!.Reason);
        Assert.Equal(reading.Item, Corpus.One(VCardWriter.Write(reading.Item)));
    }

    [Fact]
    public void KeepsALineThatIsNoProperty()
    {
        var reading = Corpus.Read("BEGIN:VCARD\nVERSION:3.0\nFN:X\nwhat; is, this\nTEL:1\nEND:VCARD");
        Assert.Equal("what; is, this", reading.Item!.First(VCardReader.UnreadName)!.Text);
        Assert.NotNull(reading.Problem);
        Assert.Equal(reading.Item, Corpus.One(VCardWriter.Write(reading.Item)));
    }

    [Fact]
    public void TakesBase64WithoutItsBlankLineAndWithoutFolding()
    {
        foreach (var photo in (string[])[Corpus.Jpeg, Corpus.Jpeg.Insert(60, "\n"), Corpus.Jpeg.Insert(60, "\n "), Corpus.Jpeg.Insert(60, "\n\n "), Corpus.Jpeg.TrimEnd('=')])
        {
            var reading = Corpus.Read($"BEGIN:VCARD\nVERSION:2.1\nN:X\nPHOTO;JPEG;ENCODING=BASE64:\n {photo}\nTEL:1\nEND:VCARD");
            Assert.Null(reading.Problem);
            Assert.Equal(Convert.FromBase64String(Corpus.Jpeg), reading.Item!.First("PHOTO")!.Bytes);
            Assert.Equal("1", reading.Item.First("TEL")!.Text);
        }
    }

    [Fact]
    public void KeepsADamagedPhotoAndSaysSo()
    {
        var reading = Corpus.Read("BEGIN:VCARD\nVERSION:3.0\nFN:X\nPHOTO;ENCODING=b:AAAAA\nEND:VCARD");
        Assert.Equal("AAAAA", reading.Item!.First("PHOTO")!.RawValue);
        Assert.Null(reading.Item.First("PHOTO")!.Bytes);
        Assert.Contains("not valid base64", reading.Problem!.Reason);
    }

    [Fact]
    public void SaysWhenACardNamesNobody()
    {
        var reading = Corpus.Read("BEGIN:VCARD\nVERSION:3.0\nNOTE:x\nEND:VCARD");
        Assert.Contains("names anyone", reading.Problem!.Reason);
        Assert.Null(Corpus.Read("BEGIN:VCARD\nVERSION:3.0\nTEL:1\nEND:VCARD").Problem);
    }

    [Theory]
    [MemberData(nameof(Corpus.Names), MemberType = typeof(Corpus))]
    public void ReadsEqualFromStreamsThatGiveOneByteAtATime(string name)
    {
        var card = Corpus.Card(name);
        var reading = Assert.Single(VCardReader.Read(new Trickle(card.Original.ToArray())));
        Assert.Equal(card, reading.Item);
    }

    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, 1));
    }
}
