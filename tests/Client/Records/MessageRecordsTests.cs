using System.IO.Compression;
using System.Text;
using Candor.Client.Records;
using Candor.Formats;
using Candor.Formats.Messages;
using Candor.Protocol;
using Candor.Tests.Messages;
using CsCheck;

namespace Candor.Tests.Client.Records;

public class MessageRecordsTests
{
    /// <summary>A record as it comes out of the vault, and its files by role.</summary>
    private sealed record Stored(byte[] Key, RecordPlaintext Record, Dictionary<string, byte[]> Files)
    {
        public Func<int, Stream> Opener => part => new MemoryStream(Files[MessageRecords.PartFile(Record, part)!.Role]);
    }

    /// <summary>What an engine does with an export, with files kept in memory instead of uploaded.</summary>
    private static List<Stored> Store(Func<Func<MessagePartInfo, Stream>, IEnumerable<Reading<Message>>> read)
    {
        using var buffers = new PartBuffers();
        var occurrences = new MessageOccurrences();
        var stored = new List<Stored>();
        foreach (var reading in read(buffers.Open))
        {
            using var parts = buffers.Take(reading.Item);
            if (reading.Item is not { } message) continue;
            var draft = MessageRecords.Of(message, occurrences, parts);
            var files = draft.Files.ToDictionary(f => f.Role, Bytes);
            RecordFile[] entries = [.. draft.Files.Select(f => new RecordFile(f.Role, f.Name, f.MediaType, f.Size, Id.Random(), Id.Random(), 1, [new(Hash32.Of(files[f.Role]), (int)f.Size)]))];
            Assert.All(draft.Files, f => Assert.Equal(f.Size, files[f.Role].Length));
            Assert.True(RecordPlaintext.TryDecode((draft.Content with { Files = entries }).Encode(), out var record));
            stored.Add(new(draft.NaturalKey.ToArray(), record, files));
        }
        return stored;
    }

    private static byte[] Bytes(FileDraft file)
    {
        using var stream = file.Open();
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static List<Stored> StoreXml(string file) => Store(open => new SyncTechReader(new MemoryStream(Encoding.UTF8.GetBytes(file)), open).Read());

    private static List<Stored> StoreZip(byte[] file) => Store(open => new SmsIeReader(new MemoryStream(file), open).Read());

    private static string WriteXml(List<Stored> stored)
    {
        var output = new MemoryStream();
        var writer = new SyncTechWriter(output, stored.Count, "8a7c", 1714570000000);
        foreach (var item in stored) writer.Write(MessageRecords.ToMessage(item.Record), item.Opener);
        writer.Complete();
        return Encoding.UTF8.GetString(output.ToArray());
    }

    private static byte[] WriteZip(List<Stored> stored)
    {
        var output = new MemoryStream();
        using (var writer = new SmsIeWriter(output))
        {
            foreach (var item in stored) writer.Write(MessageRecords.ToMessage(item.Record), item.Opener);
            writer.Complete();
        }
        return output.ToArray();
    }

    private static string Lines(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        using var reader = new StreamReader(archive.GetEntry("messages.ndjson")!.Open());
        return reader.ReadToEnd();
    }

    [Theory]
    [InlineData("")]
    [InlineData("aGVsbG8=")]
    [InlineData("aGVs\nbG8=")]
    [InlineData("aGVs&#10;bG8=")]
    [InlineData(" aGVsbG8=")]
    [InlineData("aGVsbG9=")] // bits left over
    [InlineData("aGVsbG8")]
    [InlineData("no base64 at all!")]
    [InlineData("====")]
    public void AnElementComesBackByteForByteWhateverItsBase64(string data)
    {
        string mms = SyncTechSamples.Mms(data);
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(mms)));
        Assert.DoesNotContain("aGVs", Encoding.UTF8.GetString(stored.Record.Original.Span), StringComparison.Ordinal);
        Assert.Equal("part/2", Assert.Single(stored.Record.Files).Role);
        Assert.Contains(mms, WriteXml([stored]), StringComparison.Ordinal);
    }

    [Fact]
    public void LongBase64ThatTurnsOddLateComesBackByteForByte()
    {
        var random = new Random(5);
        byte[] picture = new byte[200_000];
        random.NextBytes(picture);
        string data = Convert.ToBase64String(picture).Insert(150_000, "\n");
        string mms = SyncTechSamples.Mms(data);
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(mms)));
        Assert.Equal(MessageRecords.Base64Text, stored.Record.Files[0].MediaType);
        Assert.Equal(data, Encoding.ASCII.GetString(stored.Files["part/2"]));
        Assert.Contains(mms, WriteXml([stored]), StringComparison.Ordinal);
        Assert.Equal("hello"u8.ToArray(), StoreXml(SyncTechSamples.File(SyncTechSamples.Mms()))[0].Files["part/2"]);
    }

    [Fact]
    public void VendorAttributesReferencesAndCommentsComeBackByteForByte()
    {
        string[] messages =
        [
            SyncTechSamples.Sms, SyncTechSamples.Sms,
            """<sms vendor:x='1' address='+1' date="1714564800123" type="2" body="&#55357;&#56846; a&#10;b &amp;#0; &unknown;" svc_cmd="0" read="0"></sms>""",
            """<sms address="" date="" type="x" body="null"/>""",
            "<mms date=\"1\" msg_box=\"1\"><!-- c --><odd a=\"b\"/>text<parts><part ct=\"text/plain\" text=\"a\"/></parts></mms>",
        ];
        string file = SyncTechSamples.File(messages);
        var stored = StoreXml(file);
        Assert.Equal(messages, stored.Select(s => Encoding.UTF8.GetString(s.Record.Original.Span)));
        Assert.Equal("\n  " + string.Join("\n  ", messages) + "\n", WriteXml(stored).Split("\"full\">")[1].Split("</smses>")[0]);
    }

    [Fact]
    public void LinesOfAnExportComeBackByteForByteWithTheirData()
    {
        const string odd = """{ "date":"1","body":"\u00e9 \/" ,"x":[ ]}""";
        string lines = SmsIeTests.Sms + "\n" + odd + "\n" + SmsIeTests.Mms + "\n";
        byte[] zip = SmsIeTests.Zip(lines, ("data/PART_1_IMG.jpg", "hello"));
        byte[] written = WriteZip(StoreZip(zip));
        Assert.Equal(lines, Lines(written));
        var again = SmsIeTests.Read(written);
        Assert.Empty(again.Problems);
        Assert.Equal("hello"u8.ToArray(), again.Parts[(3, 2)]);
    }

    [Fact]
    public void APartThatTheExportLacksIsNoFile()
    {
        var stored = Assert.Single(StoreZip(SmsIeTests.Zip(SmsIeTests.Mms)));
        Assert.Empty(stored.Record.Files);
        Assert.Equal(SmsIeTests.Mms + "\n", Lines(WriteZip([stored])));
    }

    [Fact]
    public void OneMessageHasOneKeyInBothExportsAndEachTime()
    {
        var xml = StoreXml(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Mms()));
        var zip = StoreZip(SmsIeTests.Zip(SmsIeTests.Sms + "\n" + SmsIeTests.Mms, ("data/PART_1_IMG.jpg", "hello")));
        Assert.Equal(xml.Select(s => s.Key), zip.Select(s => s.Key));
        Assert.All(xml, s => Assert.Equal("m:"u8.ToArray(), s.Key[..2]));
        Assert.Equal(xml.Select(s => s.Key), StoreXml(WriteXml(xml)).Select(s => s.Key));
        Assert.Equal(xml.Select(s => s.Key), StoreXml(WriteXml(zip)).Select(s => s.Key));
        Assert.Equal(xml.Select(s => s.Key), StoreZip(WriteZip(xml)).Select(s => s.Key));
    }

    [Fact]
    public void ReadingTheSameFileTwiceGivesTheSameRecords()
    {
        string file = SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Sms, SyncTechSamples.Mms("AAAA"));
        Assert.Equal(StoreXml(file).Select(s => (Convert.ToHexString(s.Key), Encoding.UTF8.GetString(s.Record.Original.Span))),
            StoreXml(file).Select(s => (Convert.ToHexString(s.Key), Encoding.UTF8.GetString(s.Record.Original.Span))));
        Assert.Equal((null, 1L), (StoreXml(file)[0].Record.View.Number("occ"), StoreXml(file)[1].Record.View.Number("occ")));
        Assert.Equal(3, StoreXml(file).Select(s => Convert.ToHexString(s.Key)).Distinct().Count());
    }

    [Fact]
    public void TheViewSaysWhatAListShows()
    {
        var stored = StoreXml(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Mms()));
        var sms = stored[0].Record.View;
        Assert.Equal(("sms", 1L, 1714564800123L, 1714564799000L), (sms.Text("type"), sms.Number("box"), sms.Number("date"), sms.Number("sent")));
        Assert.Equal(("Hi there", "Ada Example", "+15550100001", "synctech", true), (sms.Text("body"), sms.Text("name"), sms.Text("thread"), sms.Text("source"), sms.Flag("read")));
        Assert.Equal([["+15550100001", 1L]], sms.Items("addr").Cast<object?[]>());
        var mms = stored[1].Record.View;
        // Seconds in date_sent of an MMS, a subject of "null", and the OMA codes of the header.
        Assert.Equal(("mms", 1714564999000L, null, "Look at this"), (mms.Text("type"), mms.Number("sent"), mms.Text("subject"), mms.Text("body")));
        Assert.Equal([["+15550100001", 1L], ["+1 (555) 010-0002", 2L], ["+15550109999", 2L]], mms.Items("addr").Cast<object?[]>());
    }

    [Fact]
    public void AnMmsKeepsItsPartsWhenItGoesToTheOtherExport()
    {
        byte[] zip = WriteZip(StoreXml(SyncTechSamples.File(SyncTechSamples.Mms("aGVs\nbG8="))));
        var again = SmsIeTests.Read(zip);
        Assert.Empty(again.Problems);
        Assert.Equal("hello"u8.ToArray(), again.Parts[(1, 2)]);
        Assert.Equal("Look at this", again.Messages[0].View.Text);
    }

    [Fact]
    public void WhatTheVaultKnowsAsReadIsReadInTheOtherExport()
    {
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(SyncTechSamples.Sms.Replace("read=\"1\"", "read=\"0\"", StringComparison.Ordinal))));
        stored.Record.View.Set("read", true);
        Assert.True(SmsIeTests.Read(WriteZip([stored])).Messages[0].View.Read);
    }

    [Fact]
    public void APartThatCallsItselfOurBase64TextIsNotTakenForIt()
    {
        string mms = SyncTechSamples.Mms().Replace("image/jpeg", MessageRecords.Base64Text, StringComparison.Ordinal);
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(mms)));
        Assert.Equal("application/octet-stream", stored.Record.Files[0].MediaType);
        Assert.Contains(mms, WriteXml([stored]), StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAndTypesThatAreTooLongAreCutAndTheElementIsWhole()
    {
        string mms = SyncTechSamples.Mms().Replace("IMG.jpg", new string('é', 4000), StringComparison.Ordinal).Replace("image/jpeg", new string('x', 999), StringComparison.Ordinal);
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(mms)));
        Assert.Equal((512, 256), (stored.Record.Files[0].Name.Length, stored.Record.Files[0].MediaType.Length));
        Assert.Contains(mms, WriteXml([stored]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("synctech", "")]
    [InlineData("synctech", "<sms address=\"1\" date=\"1\" type=\"1\" body=\"a\"/></smses><evil/>")]
    [InlineData("synctech", "<sms address=\"1\" date=\"1\" type=\"1\" body=\"a\"/><sms address=\"1\" date=\"1\" type=\"1\" body=\"b\"/>")]
    [InlineData("synctech", "<call number=\"1\"/>")]
    [InlineData("synctech", "<sms address=\"1\" date=\"1\"")]
    [InlineData("synctech", "{\"date\":\"1\",\"body\":\"x\"}")]
    [InlineData("sms-ie", "{\"date\":\"1\",\"body\":\"x\"}\n{\"date\":\"1\",\"body\":\"y\"}")]
    [InlineData("sms-ie", "{\"date\":\"1\",\"date\":\"2\",\"body\":\"x\"}")]
    [InlineData("sms-ie", "[]")]
    [InlineData("other", "<sms address=\"1\" date=\"1\" type=\"1\" body=\"a\"/>")]
    public void AnOriginalThatIsNotOneMessageDoesNotGetIntoAnExport(string source, string original)
    {
        var view = new RecordView().With("type", "sms").With("box", 1L).With("addr", [new object?[] { "+1", 1L }, "odd", new object?[] { 1L }])
            .With("date", 1714564800123L).With("body", "from the view").With("source", source);
        var stored = new Stored([], new RecordPlaintext("", Encoding.UTF8.GetBytes(original), view, []), []);
        Assert.Equal(MessageFormat.None, MessageRecords.ToMessage(stored.Record).Format);
        string xml = WriteXml([stored]);
        Assert.DoesNotContain("evil", xml, StringComparison.Ordinal);
        Assert.Equal("from the view", Assert.Single(SyncTechSamples.Read(xml).Messages).View.Text);
        Assert.Equal("from the view", Assert.Single(SmsIeTests.Read(WriteZip([stored])).Messages).View.Text);
    }

    [Fact]
    public void AMessageKnownByItsViewAloneKeepsItsTextAndFiles()
    {
        var stored = Assert.Single(StoreXml(SyncTechSamples.File(SyncTechSamples.Mms())));
        stored = stored with { Record = stored.Record with { Original = "gone"u8.ToArray() } };
        var again = SyncTechSamples.Read(WriteXml([stored]));
        Assert.Equal("Look at this", again.Messages[0].View.Text);
        Assert.Contains(again.Parts.Values, bytes => bytes.AsSpan().SequenceEqual("hello"u8));
    }

    [Fact]
    public void DamagedRecordsStillWriteAFileThatReads() => Gen.Select(Gen.Int[0, 2000], Gen.Byte, Gen.Bool).Sample((at, value, cut) =>
    {
        byte[] original = Encoding.UTF8.GetBytes(SyncTechSamples.Mms(""));
        at %= original.Length;
        if (cut) original = original[..at];
        else original[at] = value;
        var view = new RecordView().With("type", "mms").With("date", 1714564800123L).With("source", "synctech");
        var xml = SyncTechSamples.Read(WriteXml([new Stored([], new RecordPlaintext("", original, view, []), [])]));
        Assert.Single(xml.Messages);
    }, iter: 2000);
}
