using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Candor.Formats.Messages;
using Xunit;

namespace Candor.Tests.Messages;

public class SmsIeWriterTests
{
    internal static byte[] Write(SyncTechSamples.Result read)
    {
        var output = new MemoryStream();
        using (var writer = new SmsIeWriter(output))
        {
            foreach (Message message in read.Messages)
                writer.Write(message, read.Opener(message));
            writer.Complete();
        }
        return output.ToArray();
    }

    private static string Lines(byte[] export)
    {
        using var zip = new ZipArchive(new MemoryStream(export));
        using var reader = new StreamReader(zip.GetEntry("messages.ndjson")!.Open());
        return reader.ReadToEnd();
    }

    [Fact]
    public void WritesBackWhatItReadByteForByte()
    {
        const string odd = """{ "date":"1","body":"\u00e9 \/" ,"x":[ ]}""";
        var read = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Sms + "\n" + odd + "\n" + SmsIeTests.Mms + "\n", ("data/PART_1_IMG.jpg", "hello")));
        byte[] written = Write(read);
        var again = SmsIeTests.Read(written);

        Assert.Equal(SmsIeTests.Sms + "\n" + odd + "\n" + SmsIeTests.Mms + "\n", Lines(written));
        Assert.Empty(again.Problems);
        Assert.Equal("hello"u8.ToArray(), again.Parts[(3, 2)]);
        Assert.Equal(written, Write(again));
    }

    [Fact]
    public void RenamesDataThatTwoPhonesNumberedAlike()
    {
        var one = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Mms, ("data/PART_1_IMG.jpg", "hello")));
        var two = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Mms.Replace("abc123", "other", StringComparison.Ordinal), ("data/PART_1_IMG.jpg", "world!")));
        var output = new MemoryStream();
        using (var writer = new SmsIeWriter(output))
        {
            writer.Write(one.Messages[0], one.Opener(one.Messages[0]));
            writer.Write(two.Messages[0], two.Opener(two.Messages[0]));
            writer.Complete();
        }
        var again = SmsIeTests.Read(output.ToArray());

        Assert.Empty(again.Problems);
        Assert.Equal("hello"u8.ToArray(), again.Parts[(1, 2)]);
        Assert.Equal("world!"u8.ToArray(), again.Parts[(2, 2)]);
        Assert.Equal(SmsIeTests.Mms, SyncTechSamples.Text(again.Messages[0].Original));
        Assert.Equal(two.Messages[0].View.Parts, again.Messages[1].View.Parts);
    }

    [Theory]
    [InlineData("../../evil")]
    [InlineData("C:evil")]
    [InlineData("..")]
    [InlineData("aux.jpg")]
    public void NeverWritesAnUnsafeName(string path)
    {
        string line = SmsIeTests.Mms.Replace("PART_1_IMG.jpg", path, StringComparison.Ordinal);
        var read = SmsIeTests.Read(SmsIeTests.Zip(line, ("data/" + path[(path.LastIndexOf('/') + 1)..], "hello")));
        byte[] written = Write(read);

        using var zip = new ZipArchive(new MemoryStream(written));
        Assert.All(zip.Entries, e => Assert.Matches("^(messages.ndjson|data/[A-Za-z0-9_]+)$", e.FullName));
        Assert.Equal("hello"u8.ToArray(), SmsIeTests.Read(written).Parts[(1, 2)]);
    }

    [Fact]
    public void WritesMessagesOfTheOtherExport()
    {
        var xml = SyncTechSamples.Read(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Mms("aGVs\nbG8="), SyncTechSamples.SmsWithBody("&#55357;&#56846;&quot;\\&#10;")));
        byte[] written = Write(xml);
        var read = SmsIeTests.Read(written);

        Assert.Empty(read.Problems);
        Assert.Equal(xml.Messages.Select(m => MessageIdentity.Key(m.View)), read.Messages.Select(m => MessageIdentity.Key(m.View)));
        Assert.Equal("hello"u8.ToArray(), read.Parts[(2, 2)]);
        foreach (string line in Lines(written).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            JsonDocument.Parse(line).Dispose();
    }

    [Fact]
    public void MessagesSurviveTheWayThroughBothExports()
    {
        var first = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Sms + "\n" + SmsIeTests.Mms, ("data/PART_1_IMG.jpg", "hello")));
        var xml = SyncTechSamples.Read(SyncTechWriterTests.Write(first));
        var last = SmsIeTests.Read(Write(xml));

        Assert.Empty(xml.Problems);
        Assert.Empty(last.Problems);
        foreach (var step in new[] { xml, last })
        {
            Assert.Equal(first.Messages.Select(m => MessageIdentity.Key(m.View)), step.Messages.Select(m => MessageIdentity.Key(m.View)));
            Assert.Equal(first.Messages.Select(m => m.View.Text), step.Messages.Select(m => m.View.Text));
            Assert.Equal("hello"u8.ToArray(), step.Parts[(2, 2)]);
        }
        Assert.Equal(first.Messages[1].View.Addresses, last.Messages[1].View.Addresses);
        Assert.Equal(first.Messages[1].View.Parts, last.Messages[1].View.Parts);
    }
}
