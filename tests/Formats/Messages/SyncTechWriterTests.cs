using System.Security.Cryptography;
using System.Text;
using System.Xml;
using Candor.Formats.Messages;
using Xunit;
using static Candor.Tests.Messages.SyncTechSamples;

namespace Candor.Tests.Messages;

public class SyncTechWriterTests
{
    internal static byte[] Write(Result read)
    {
        var output = new MemoryStream();
        var writer = new SyncTechWriter(output, read.Messages.Count, "8a7c", 1714570000000);
        foreach (Message message in read.Messages)
            writer.Write(message, read.Opener(message));
        writer.Complete();
        return output.ToArray();
    }

    private static Result Again(params MessageView[] views)
    {
        var output = new MemoryStream();
        var writer = new SyncTechWriter(output, views.Length, "set", 1);
        foreach (MessageView view in views)
            writer.Write(view, _ => new MemoryStream("hello"u8.ToArray()));
        writer.Complete();
        output.Position = 0;
        using (var strict = XmlReader.Create(output, new XmlReaderSettings { CloseInput = false }))
        {
            while (strict.Read())
            {
            }
        }
        return Read(output.ToArray());
    }

    [Fact]
    public void WritesBackWhatItReadByteForByte()
    {
        string big = Convert.ToBase64String(RandomNumberGenerator.GetBytes(200_001));
        string[] elements = [Sms, Mms(), SmsWithBody("&#55357;&#56846; &#0; \u0001 &nbsp;\n"), Mms(big), Mms(""), Mms("null"), SmsWithBody("<>")];
        string written = Encoding.UTF8.GetString(Write(Read(File(elements))));

        Assert.Contains("<smses count=\"7\" backup_set=\"8a7c\" backup_date=\"1714570000000\" type=\"full\">\n  " + string.Join("\n  ", elements) + "\n</smses>", written, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aGVs\nbG8=", "hello")]
    [InlineData("aGVs&#10;bG8=", "hello")]
    [InlineData(" aGVsbG8=", "hello")]
    [InlineData("aGVsbG8", "hello")]
    [InlineData("aGVsbG9=", "hello")]
    [InlineData("aGVsbG8==", "hello")]
    [InlineData("aGVs=bG8=", "hello")]
    [InlineData("aGVsbG8=aGVsbG8=", "hello\u0086\u0085\u00b1\u00b1\u00bc")]
    [InlineData("_-8&#x3D;", "\u00ff\u00ef")]
    [InlineData("?!", "")]
    [InlineData("A", "")]
    public void WritesBackBase64SpelledInOtherWays(string text, string decoded)
    {
        var read = Read(File(Mms(text)));
        MessagePartView part = Assert.Single(read.Messages).View.Parts[2];

        Assert.Equal(0, part.RawFrom);
        Assert.Equal(text, Encoding.UTF8.GetString(read.Parts[(1, 2)]));
        Assert.Contains(Mms(text), Encoding.UTF8.GetString(Write(read)), StringComparison.Ordinal);
        var data = new MemoryStream();
        Assert.Equal(data.Length, PartData.CopyDecoded(Stream.Null, -1, data));
        long length = PartData.CopyDecoded(new MemoryStream(read.Parts[(1, 2)]), part.RawFrom, data);
        if (decoded is "hello" or "")
            Assert.Equal(decoded, Encoding.Latin1.GetString(data.ToArray()));
        Assert.Equal(length, data.Length);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(49_152)]
    [InlineData(100_000)]
    [InlineData(147_456)]
    public void WritesBackBase64ThatIsOddOnlyFarIn(int oddAt)
    {
        byte[] data = RandomNumberGenerator.GetBytes(200_000);
        string text = Convert.ToBase64String(data).Insert(oddAt / 3 * 4, "\r\n");
        var read = Read(File(Mms(text)));
        MessagePartView part = Assert.Single(read.Messages).View.Parts[2];

        Assert.True(part.RawFrom >= 0 && part.RawFrom % 3 == 0 && part.RawFrom <= oddAt, $"raw from {part.RawFrom}");
        Assert.Contains(Mms(text), Encoding.UTF8.GetString(Write(read)), StringComparison.Ordinal);
        var decoded = new MemoryStream();
        PartData.CopyDecoded(new MemoryStream(read.Parts[(1, 2)]), part.RawFrom, decoded);
        Assert.Equal(data, decoded.ToArray());
    }

    [Fact]
    public void DecodesBase64OfEveryLengthAroundABlock()
    {
        foreach (int length in new[] { 0, 1, 2, 3, 49_150, 49_151, 49_152, 49_153, 98_303, 98_304, 98_305 })
        {
            byte[] data = RandomNumberGenerator.GetBytes(length);
            var read = Read(File(Mms(Convert.ToBase64String(data))));

            Assert.Equal(data, read.Parts[(1, 2)]);
            Assert.Equal(-1, read.Messages[0].View.Parts[2].RawFrom);
        }
    }

    [Fact]
    public void WritesAMessageFromItsViewAlone()
    {
        var sms = new MessageView
        {
            Kind = MessageKind.Sms,
            Box = MessageBox.Sent,
            Addresses = [new("+15550100001", AddressRole.To)],
            Participants = 1,
            DateMs = 1714564800123,
            Text = "a \"quoted\" <tag> & 😎\r\n\tשלום 'x'",
            ContactName = "Ada",
            Read = true,
            Status = 0,
        };
        MessageView mms = Assert.Single(Read(File(Mms())).Messages).View with { Subject = "日本語", Locked = true };
        var read = Again(sms, mms);

        Assert.Empty(read.Problems);
        Assert.Equal(sms with { Addresses = [] }, read.Messages[0].View with { Addresses = [] });
        Assert.Equal(sms.Addresses, read.Messages[0].View.Addresses);
        Assert.Equal(mms with { Addresses = [], Parts = [] }, read.Messages[1].View with { Addresses = [], Parts = [] });
        Assert.Equal(mms.Addresses, read.Messages[1].View.Addresses);
        Assert.Equal(mms.Parts, read.Messages[1].View.Parts);
        Assert.Equal("hello"u8.ToArray(), read.Parts[(2, 2)]);
    }

    [Theory]
    [InlineData("null", "null")]
    [InlineData("\u0001\0\ufffe", "\ufffd\ufffd\ufffd")]
    [InlineData("", "")]
    public void WritesTextsThatXmlCannotHold(string text, string readBack)
    {
        var view = new MessageView { Kind = MessageKind.Sms, DateMs = 1714564800123, Box = MessageBox.Inbox, Text = text };

        Assert.Equal(readBack, Assert.Single(Again(view).Messages).View.Text);
    }

    [Fact]
    public void WritesALoneSurrogateAsTheReplacementCharacter()
    {
        var view = new MessageView { Kind = MessageKind.Sms, DateMs = 1714564800123, Text = "a\ud83db" };

        Assert.Equal("a\ufffdb", Assert.Single(Again(view).Messages).View.Text);
    }

    [Fact]
    public void RefusesToEndAFileThatAnnouncesMore()
    {
        var writer = new SyncTechWriter(new MemoryStream(), 1, "set", 1);
        Assert.Throws<InvalidOperationException>(writer.Complete);
        writer.Write(new MessageView { Kind = MessageKind.Sms }, _ => Stream.Null);
        Assert.Throws<InvalidOperationException>(() => writer.Write(new MessageView { Kind = MessageKind.Sms }, _ => Stream.Null));
        writer.Complete();
    }

    [Fact]
    public void RefusesCutsOutsideTheMessage()
    {
        Message message = Assert.Single(Read(File(Mms())).Messages);
        foreach (PartCut cut in new[] { new PartCut(-1, 2), new PartCut(message.Original.Length + 1, 2), new PartCut(1, 3), new PartCut(1, -1) })
        {
            var writer = new SyncTechWriter(new MemoryStream(), 1, "set", 1);
            Assert.Throws<ArgumentException>(() => writer.Write(message with { Cuts = [cut] }, _ => Stream.Null));
        }
    }
}
