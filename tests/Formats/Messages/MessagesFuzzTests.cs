using System.Text;
using Candor.Formats.Messages;
using Candor.Tests.Hostile;
using Xunit;

namespace Candor.Tests.Messages;

public class MessagesFuzzTests
{
    internal static readonly byte[][] Pieces =
    [
        .. "\"|'|<|>|/>|&|&#55357;|<sms |</mms>|<part data=\"|<!--|]]>|<!DOCTYPE [|{|}|[|]|,|:|\\|\\ud83d|\n|null|0|-1|99999999999999999999|PK\u0001\u0002|PK\u0005\u0006|=|\0"
            .Split('|').Select(System.Text.Encoding.UTF8.GetBytes),
        [0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x80],
    ];

    private static readonly byte[][] Xml =
    [
        Encoding.UTF8.GetBytes(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.Mms(), SyncTechSamples.SmsWithBody("&#55357;&#56846; &lt;"))),
        Encoding.UTF8.GetBytes(SyncTechSamples.File(SyncTechSamples.Mms("aGVs\nbG8="), SyncTechSamples.Sms)),
        Encoding.Unicode.GetBytes(SyncTechSamples.File(SyncTechSamples.Sms)),
        Encoding.UTF8.GetBytes("<!DOCTYPE a [<!ENTITY b 'c'>]><calls count='1'><call number='1' duration='2'/></calls>"),
    ];

    private static readonly byte[][] Json =
    [
        SmsIeTests.Zip(SmsIeTests.Sms + "\n" + SmsIeTests.Mms + "\n", ("data/PART_1_IMG.jpg", "hello")),
        Encoding.UTF8.GetBytes(SmsIeTests.Sms + "\n" + SmsIeTests.Mms),
        Encoding.UTF8.GetBytes("[" + SmsIeTests.Sms + "," + SmsIeTests.Mms.Replace("\"__", "\"", StringComparison.Ordinal).Replace("\"_data\"", "\"binary_data\":\"aGVsbG8=\",\"_data\"", StringComparison.Ordinal) + "]"),
    ];

    [Attack("I03")]
    [Fact]
    public void DamagedXmlNeverThrowsAndWhatIsReadIsWrittenBack()
    {
        int messages = 0;
        foreach (byte[] file in Mutations.Of(Xml, 8_000, seed: 2, Pieces))
        {
            var read = SyncTechSamples.Read(file);
            Assert.True(read.AllClosed);
            messages += read.Messages.Count;
            if (read.Messages.Count == 0)
                continue;
            byte[] written = SyncTechWriterTests.Write(read);
            var again = SyncTechSamples.Read(written);

            Assert.Equal(read.Messages.Select(m => SyncTechSamples.Text(m.Original)), again.Messages.Select(m => SyncTechSamples.Text(m.Original)));
            Assert.Equal(read.Messages.Select(Describe), again.Messages.Select(Describe));
            Assert.Equal(written, SyncTechWriterTests.Write(again));
        }
        Assert.True(messages > 4_000);
    }

    [Attack("I05")]
    [Fact]
    public void DamagedJsonNeverThrowsAndWhatIsReadIsWrittenBack()
    {
        int messages = 0;
        foreach (byte[] file in Mutations.Of(Json, 4_000, seed: 3, Pieces))
        {
            var read = SmsIeTests.Read(file);
            messages += read.Messages.Count;
            if (read.Messages.Count == 0)
                continue;
            var again = SmsIeTests.Read(SmsIeWriterTests.Write(read));

            Assert.Equal(read.Messages.Select(Describe), again.Messages.Select(Describe));
        }
        Assert.True(messages > 2_000);
    }

    [Fact]
    public void EveryMessageReadCanBeWrittenInTheOtherForm()
    {
        foreach (byte[] file in Mutations.Of(Xml, 1_500, seed: 4, Pieces))
        {
            var read = SyncTechSamples.Read(file);
            Assert.Equal(read.Messages.Count, SmsIeTests.Read(SmsIeWriterTests.Write(read)).Messages.Count);
        }
        foreach (byte[] file in Mutations.Of(Json, 1_500, seed: 5, Pieces))
        {
            var read = SmsIeTests.Read(file);
            Assert.Equal(read.Messages.Count, SyncTechSamples.Read(SyncTechWriterTests.Write(read)).Messages.Count);
        }
    }

    private static string Describe(Message message)
    {
        MessageView v = message.View;
        return $"{v.Kind} {v.Box} {v.DateMs} {v.DateSentMs} {v.Text} {v.Subject} {v.ContactName} {v.ThreadKey} {string.Join(';', v.Addresses)} {string.Join(';', v.Parts)} {Convert.ToHexString(MessageIdentity.Key(v))}";
    }
}
