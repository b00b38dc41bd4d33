using System.IO.Compression;
using System.Text;
using Candor.Formats;
using Candor.Formats.Messages;
using Xunit;

namespace Candor.Tests.Messages;

public class SmsIeTests
{
    internal const string Sms = """{"_id":"7","thread_id":"3","address":"+15550100001","date":"1714564800123","date_sent":"1714564799000","protocol":"0","read":"1","status":"-1","type":"1","body":"Hi there","locked":"0","sub_id":"1","creator":"com.samsung.android.messaging","seen":"1","__display_name":"Ada Example"}""";

    internal const string Mms = """{"_id":"9","thread_id":"4","date":"1714565000","date_sent":"1714564999","msg_box":"1","read":"1","m_id":"abc123","ct_t":"application\/vnd.wap.multipart.related","m_type":"132","v":"18","tr_id":"T1","locked":"0","preview_data__base64__":"AAEC","__sender_address":{"_id":"1","address":"+15550100001","type":"137","charset":"106","__display_name":"Ada"},"__recipient_addresses":[{"address":"+15550109999","type":"151","charset":"106"},{"address":"+15550100002","type":"151","charset":"106"}],"__parts":[{"_id":"1","seq":"-1","ct":"application\/smil","cid":"<smil>","cl":"smil.xml","text":"<smil><\/smil>"},{"_id":"2","seq":"0","ct":"text\/plain","chset":"106","cid":"<text0>","cl":"text0.txt","text":"Look at this"},{"_id":"3","seq":"1","ct":"image\/jpeg","name":"IMG.jpg","cid":"<img>","cl":"IMG.jpg","_data":"\/data\/user_de\/0\/com.android.providers.telephony\/app_parts\/PART_1_IMG.jpg"}]}""";

    internal static byte[] Zip(string lines, params (string Name, string Data)[] data)
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string name, string text) in data.Prepend(("messages.ndjson", lines)))
            {
                using Stream entry = zip.CreateEntry(name).Open();
                entry.Write(Encoding.UTF8.GetBytes(text));
            }
        }
        return output.ToArray();
    }

    internal static SyncTechSamples.Result Read(byte[] file)
    {
        var opened = new Dictionary<(long, int), MemoryStream>();
        var reader = new SmsIeReader(new MemoryStream(file), info => opened[(info.Message, info.Part)] = new MemoryStream());
        List<Reading<Message>> readings = [.. reader.Read()];
        return new SyncTechSamples.Result(readings, null, opened.ToDictionary(o => o.Key, o => o.Value.ToArray()), true);
    }

    private static SyncTechSamples.Result ReadLines(string lines) => Read(Zip(lines));

    [Fact]
    public void ReadsWhatALineSays()
    {
        var result = Read(Zip(Sms + "\n" + Mms + "\n", ("data/PART_1_IMG.jpg", "hello")));

        Assert.Empty(result.Problems);
        Assert.Equal([Sms, Mms], result.Messages.Select(m => SyncTechSamples.Text(m.Original)));
        MessageView sms = result.Messages[0].View;
        Assert.Equal((MessageKind.Sms, MessageBox.Inbox, 1714564800123L, 1714564799000L, "Hi there", "Ada Example", true),
            (sms.Kind, sms.Box, sms.DateMs, sms.DateSentMs, sms.Text, sms.ContactName, sms.Read));
        MessageView mms = result.Messages[1].View;
        Assert.Equal((MessageKind.Mms, 1714565000000L, 1714564999000L, "abc123", "T1", "Look at this"), (mms.Kind, mms.DateMs, mms.DateSentMs, mms.MessageId, mms.TransactionId, mms.Text));
        Assert.Equal([new("+15550100001", AddressRole.From), new("+15550109999", AddressRole.To), new MessageAddress("+15550100002", AddressRole.To)], mms.Addresses);
        Assert.Equal(new MessagePartView { Sequence = 1, ContentType = "image/jpeg", Name = "IMG.jpg", ContentId = "<img>", DataLength = 5 }, mms.Parts[2]);
        Assert.Equal("hello"u8.ToArray(), result.Parts[(2, 2)]);
    }

    [Fact]
    public void KeepsAMessageWhosePartIsMissingAndNamesIt()
    {
        var result = Read(Zip(Mms));

        Assert.Null(Assert.Single(result.Messages).View.Parts[2].DataLength);
        Assert.Contains("PART_1_IMG.jpg is not in the export", Assert.Single(result.Problems).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PART_1 a#b.jpg", "file:///x/PART_1%20a%23b.jpg")]
    [InlineData("PART_1%20a.jpg", "/x/PART_1%20a.jpg")]
    [InlineData("PART_1", "PART_1")]
    [InlineData("PART_1", "content://mms/part/PART_1?x=/y")]
    public void FindsDataByTheLastSegmentOfItsPath(string name, string path)
    {
        var result = Read(Zip(Mms.Replace("\\/data\\/user_de\\/0\\/com.android.providers.telephony\\/app_parts\\/PART_1_IMG.jpg", path, StringComparison.Ordinal), ("data/" + name, "hello")));

        Assert.Empty(result.Problems);
        Assert.Equal(5, Assert.Single(result.Messages).View.Parts[2].DataLength);
    }

    [Fact]
    public void NamesWhatNoMessageUses()
    {
        var result = Read(Zip(Sms, ("data/PART_9", "x"), ("readme.txt", "y"), ("data/../../evil", "z")));

        Assert.Single(result.Messages);
        Assert.Equal(["readme.txt", "data/../../evil", "data/PART_9", "data/../../evil"], result.Problems.Select(p => p.Item));
    }

    [Fact]
    public void ReadsBareLinesAndWindowsLineBreaks()
    {
        var result = Read(Encoding.UTF8.GetBytes("\ufeff" + Sms + "\r\n\r\n" + Sms));

        Assert.Equal([Sms, Sms], result.Messages.Select(m => SyncTechSamples.Text(m.Original)));
        Assert.Empty(result.Problems);
    }

    [Fact]
    public void EncryptedExportsAreRefusedWithAWayOut()
    {
        var result = Read([.. "SSEF"u8, 0, 255, 0, 1, .. new byte[200]]);

        Assert.Empty(result.Messages);
        Assert.Contains("ssef-decrypt.py", Assert.Single(result.Problems).Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("PK")]
    [InlineData("PK\u0003\u0004 no zip")]
    [InlineData("<smses/>")]
    public void WhatIsNoExportIsOneProblem(string file)
    {
        var result = Read(Encoding.UTF8.GetBytes(file));

        Assert.Empty(result.Messages);
        Assert.Single(result.Problems);
    }

    [Fact]
    public void AZipWithoutMessagesSaysSo()
    {
        var output = new MemoryStream();
        using (var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            zip.CreateEntry("IMG_1.jpg");

        Assert.Contains(Read(output.ToArray()).Problems, p => p.Reason.Contains("messages.ndjson", StringComparison.Ordinal));
    }

    [Fact]
    public void NamesEachCall()
    {
        var result = Read("""[{"number":"+15550100001","duration":"12","date":"1714564800123","type":"1","display-name":"Ada"}]"""u8.ToArray());

        Assert.Equal(("call 1", SyncTechReader.CallsAreNoKind), (result.Problems.Single().Item, result.Problems.Single().Reason));
    }

    [Fact]
    public void ALongCallLogIsCountedToItsEnd()
    {
        const string call = """{"number":"1","duration":"12","date":"1714564800123","type":"1"}""";
        var result = Read(Encoding.UTF8.GetBytes("[" + string.Join(',', Enumerable.Repeat(call, SmsIeReader.MaxBadLines + 5)) + "]"));

        Assert.Equal(SmsIeReader.MaxBadLines + 5, result.Problems.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"body\":\"x\"")]
    [InlineData("\"\\u0062ody\":\"x\"")]
    public void I05_AKeyNamedTwiceIsRefused(string again)
    {
        var result = ReadLines(Sms + "\n" + Sms.Replace("{", "{" + again + (again.Length > 0 ? "," : ""), StringComparison.Ordinal) + "\n" + Sms);

        Assert.Equal(again.Length > 0 ? 2 : 3, result.Messages.Count);
        Assert.Equal(again.Length > 0 ? 1 : 0, result.Problems.Count);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"date\"")]
    [InlineData("{\"date\":\"1\",\"body\":\"x\"},")]
    [InlineData("{\"date\":\"1\",\"body\":\"x\",}")]
    [InlineData("{\"date\":\"1\" \"body\":\"x\"}")]
    [InlineData("{\"date\":\"1\",\"body\":'x'}")]
    [InlineData("{date:\"1\",\"body\":\"x\"}")]
    [InlineData("{\"date\":01,\"body\":\"x\"}")]
    [InlineData("{\"date\":+1,\"body\":\"x\"}")]
    [InlineData("{\"date\":1.,\"body\":\"x\"}")]
    [InlineData("{\"date\":.1,\"body\":\"x\"}")]
    [InlineData("{\"date\":1e,\"body\":\"x\"}")]
    [InlineData("{\"date\":0x1,\"body\":\"x\"}")]
    [InlineData("{\"date\":NaN,\"body\":\"x\"}")]
    [InlineData("{\"date\":Infinity,\"body\":\"x\"}")]
    [InlineData("{\"date\":\"1\",\"body\":\"\\x\"}")]
    [InlineData("{\"date\":\"1\",\"body\":\"\\u12\"}")]
    [InlineData("{\"date\":\"1\",\"body\":\"a\u0001\"}")]
    [InlineData("{\"date\":\"1\",\"body\":\"a\tb\"}")]
    [InlineData("{\"date\":\"1\",\"body\":\"open}")]
    [InlineData("{\"date\":\"1\",\"body\":True}")]
    [InlineData("{\"date\":\"1\"}//")]
    [InlineData("{\"date\":\"1\",\"body\":\"x\"} {}")]
    [InlineData("{\"date\":\"1\",\"body\":\"x\"}\u0000")]
    [InlineData("{}")]
    [InlineData("{\"other\":\"thing\"}")]
    public void I05_ALineThatIsNoMessageIsOneProblem(string line)
    {
        var result = ReadLines(Sms + "\n" + line + "\n" + Sms);

        Assert.Equal(2, result.Messages.Count);
        Assert.Equal("line 2", Assert.Single(result.Problems).Item);
    }

    [Theory]
    [InlineData("""{"date":1714564800123,"body":"x","type":1,"read":true}""", "x")]
    [InlineData(""" { "date" : "1714564800123" , "body" : "\"\\\/\b\f\n\r\té\ud83d\ude0e" } """, "\"\\/\b\f\n\r\té😎")]
    [InlineData("""{"date":"1714564800123","body":"\ud83d \ude0e"}""", "\ufffd \ufffd")]
    [InlineData("""{"date":"1714564800123","body":"\u0000"}""", "\0")]
    [InlineData("""{"date":"1714564800123","body":"null"}""", "null")]
    [InlineData("""{"d\u0061te":"1714564800123","body":"x","extra":[1e9999,-0,{"a":[[[]]]}]}""", "x")]
    public void I05_EveryValidSpellingIsRead(string line, string text)
    {
        var result = ReadLines(line);

        Assert.Empty(result.Problems);
        Assert.Equal((text, 1714564800123L), (Assert.Single(result.Messages).View.Text, result.Messages[0].View.DateMs));
        Assert.Equal(line, SyncTechSamples.Text(result.Messages[0].Original));
    }

    [Fact]
    public void I05_InvalidUtf8InATextIsReplacedInTheViewAndKeptInTheOriginal()
    {
        byte[] line = [.. "{\"date\":\"1714564800123\",\"body\":\"a"u8, 0xFF, .. "b\"}"u8];
        var result = Read(line);

        Assert.Equal("a\ufffdb", Assert.Single(result.Messages).View.Text);
        Assert.Equal(line, result.Messages[0].Original.ToArray());
    }

    [Fact]
    public void I05_DepthIsCapped()
    {
        string deep = "{\"date\":\"1\",\"body\":\"x\",\"a\":" + new string('[', 1_000_000) + new string(']', 1_000_000) + "}";
        var result = ReadLines(deep + "\n" + Sms);

        Assert.Single(result.Messages);
        Assert.Single(result.Problems);
    }

    [Fact]
    public void I05_HugeNumbersAreNoDate()
    {
        var result = ReadLines("{\"body\":\"x\",\"date\":" + new string('9', 100_000) + "}");

        Assert.Null(Assert.Single(result.Messages).View.DateMs);
        Assert.Single(result.Problems);
    }

    [Fact]
    public void GivesUpOnAFileThatIsNoExport()
    {
        var result = ReadLines(string.Concat(Enumerable.Repeat("{\n", 200_000)) + Sms);

        Assert.Empty(result.Messages);
        Assert.Equal(SmsIeReader.MaxBadLines + 1, result.Problems.Count);
    }

    [Fact]
    public void ALineTooLongIsPassedOver()
    {
        var result = Read(Encoding.UTF8.GetBytes(Sms + "\n{\"date\":\"1\",\"body\":\"" + new string('x', 17 << 20) + "\"}\n" + Sms));

        Assert.Equal(2, result.Messages.Count);
        Assert.Equal("line 2", Assert.Single(result.Problems).Item);
    }

    [Fact]
    public void ReadsVersion1AndBringsItToVersion2()
    {
        string version1 = "[\n  " + Sms.Replace("__display_name", "display_name", StringComparison.Ordinal) + ",\n  "
            + Mms.Replace("\"__", "\"", StringComparison.Ordinal).Replace("\"cl\":\"IMG.jpg\"", "\"cl\":\"IMG.jpg\",\"binary_data\":\"aGVs\\nbG8\\u003d\"", StringComparison.Ordinal) + "\n]\n";
        var result = Read(Encoding.UTF8.GetBytes(version1));

        Assert.Empty(result.Problems);
        Assert.Equal([Sms, Mms], result.Messages.Select(m => SyncTechSamples.Text(m.Original)));
        Assert.Equal("hello"u8.ToArray(), result.Parts[(2, 2)]);
        Assert.Equal("Ada Example", result.Messages[0].View.ContactName);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("[{\"date\":\"1\",\"body\":\"x\"")]
    [InlineData("[1]")]
    [InlineData("[] x")]
    [InlineData("[[]]")]
    public void AnArrayCutShortIsOneProblem(string file)
    {
        Assert.Single(Read(Encoding.UTF8.GetBytes(file)).Problems);
    }
}
