using System.Globalization;
using System.Text;
using Candor.Formats.Messages;
using Xunit;
using static Candor.Tests.Messages.SyncTechSamples;

namespace Candor.Tests.Messages;

public class SyncTechHostileTests
{
    [Fact]
    public void I03_BillionLaughsIsNotExpanded()
    {
        var declaration = new StringBuilder("<!DOCTYPE smses [\n<!ENTITY lol0 \"lol\">\n<!-- ]> \" ' -->\n<?pi ]> ' ?>\n");
        for (int i = 1; i < 10; i++)
            declaration.Append(CultureInfo.InvariantCulture, $"<!ENTITY lol{i} \"{string.Concat(Enumerable.Repeat($"&lol{i - 1};", 10))}\">\n");
        declaration.Append("]>\n");
        var result = Read(File(SmsWithBody("&lol9;")).Replace("<smses", declaration + "<smses", StringComparison.Ordinal));

        Assert.Equal("&lol9;", Assert.Single(result.Messages).View.Text);
        Assert.Equal("document type", Assert.Single(result.Problems).Item);
    }

    [Fact]
    public void I03_ExternalEntitiesAreNeverFetched()
    {
        const string declaration = "<!DOCTYPE smses SYSTEM \"http://127.0.0.1:9/x.dtd\" [<!ENTITY x SYSTEM \"file:///etc/passwd\"><!ENTITY % p SYSTEM 'http://127.0.0.1:9/'>%p;]>";
        var result = Read(File(SmsWithBody("&x;")).Replace("<smses", declaration + "<smses", StringComparison.Ordinal));

        Assert.Equal("&x;", Assert.Single(result.Messages).View.Text);
        Assert.Equal("document type", Assert.Single(result.Problems).Item);
    }

    [Fact]
    public void I03_DepthOfAMillionIsPassedOver()
    {
        string deep = string.Concat(Enumerable.Repeat("<a>", 1_000_000));
        var between = Read(File(Sms + deep, Sms));
        var inside = Read(File(Mms().Replace("<addrs>", deep + "<addrs>", StringComparison.Ordinal), Sms));

        Assert.Equal(2, between.Messages.Count);
        Assert.Equal("element a", Assert.Single(between.Problems).Item);
        Assert.Equal(2, inside.Messages.Count);
        Assert.Equal(3, inside.Messages[0].View.Addresses.Count);
        Assert.Single(inside.Problems);
    }

    [Fact]
    public void DeliversAllBeforeATruncatedTailAndNamesTheRestOnce()
    {
        string[] elements = [Sms, Mms(), SmsWithBody("last one, with &#55357;&#56846; inside")];
        string text = File(elements);
        int[] ends = [.. elements.Select(e => text.IndexOf(e, StringComparison.Ordinal) + e.Length)];
        byte[] file = Encoding.UTF8.GetBytes(text);
        Assert.Equal(text.Length, file.Length);
        for (int cut = text.IndexOf("<smses", StringComparison.Ordinal) + 1; cut < text.IndexOf("</smses>", StringComparison.Ordinal) + "</smses>".Length; cut++)
        {
            var result = Read(file[..cut]);

            Assert.True(result.Messages.Count == ends.Count(e => e <= cut), $"cut at {cut}: {result.Messages.Count} messages");
            Assert.True(result.Problems.Count == 1, $"cut at {cut}: {string.Join(" | ", result.Problems)}");
            Assert.True(result.AllClosed);
        }
        Assert.Equal("sms 3", Assert.Single(Read(file[..(ends[1] + 60)]).Problems).Item);
        Assert.Equal("mms 2", Assert.Single(Read(file[..(ends[0] + 60)]).Problems).Item);
    }

    [Fact]
    public void AQuoteThatIsNeverClosedCostsOneMessage()
    {
        string broken = SmsWithBody("oops").Replace("oops\"", "oops", StringComparison.Ordinal);
        var result = Read(File(Sms, broken, Sms, Mms()));

        Assert.Equal([Sms, Sms, Mms("")], result.Messages.Select(m => Text(m.Original)));
        Assert.Equal("sms 2", Assert.Single(result.Problems).Item);
    }

    [Fact]
    public void AQuoteMissingAfterDataCostsOneMessage()
    {
        var result = Read(File(Sms, Mms().Replace("aGVsbG8=\"", "aGVsbG8=", StringComparison.Ordinal), Sms));

        Assert.Equal([Sms, Sms], result.Messages.Select(m => Text(m.Original)));
        Assert.Equal("mms 2", Assert.Single(result.Problems).Item);
    }

    [Theory]
    [InlineData("<sms address=1 date=2>")]
    [InlineData("<sms address>")]
    [InlineData("<sms =\"x\">")]
    [InlineData("<sms / >")]
    [InlineData("<sms a=\"1\" <b>")]
    [InlineData("<mms date=\"1\"><part data=\"aa</mms>")]
    [InlineData("<mms date=\"1\"><parts>")]
    [InlineData("<mms date=\"1\"> < </mms>")]
    public void AMalformedMessageCostsItselfOnly(string broken)
    {
        var result = Read(File(Sms, broken, Sms));

        Assert.Equal([Sms, Sms], result.Messages.Select(m => Text(m.Original)));
        Assert.Single(result.Problems);
    }

    [Theory]
    [InlineData("stray text")]
    [InlineData("<note>with <b>content</b></note>")]
    [InlineData("<![CDATA[ <sms address=\"1\" date=\"2\"/> ]]>")]
    [InlineData("< & > <1 </ <! >")]
    [InlineData("<smsx address=\"1\"/>")]
    [InlineData("<part data=\"AAAA\"/>")]
    public void WhatIsNoMessageIsOneProblem(string stray)
    {
        var result = Read(File(Sms + stray, Sms));

        Assert.Equal(2, result.Messages.Count);
        Assert.Single(result.Problems);
        Assert.Contains("passed over", result.Problems[0].Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("no xml at all")]
    [InlineData("{\"json\":true}")]
    [InlineData("<?xml version='1.0'?><html></html>")]
    [InlineData("<!DOCTYPE x [ never ends")]
    [InlineData("<!-- never ends")]
    [InlineData("<")]
    [InlineData("<sms")]
    [InlineData("<smses")]
    [InlineData("\ufeff")]
    public void AFileWithoutMessagesIsOneProblem(string file)
    {
        var result = Read(file);

        Assert.Empty(result.Messages);
        Assert.Single(result.Problems);
    }

    [Fact]
    public void AnEmptyBackupIsNoProblem()
    {
        Assert.Empty(Read(File()).Readings);
        Assert.Empty(Read("<smses count='0'/>").Readings);
    }

    [Fact]
    public void AMessageTooLargeIsPassedOver()
    {
        string large = SmsWithBody(new string('x', SyncTechReader.MaxElementBytes + 100_000));
        string largeMms = Mms().Replace("<addrs>", "<!--" + new string('-', SyncTechReader.MaxElementBytes) + "--><addrs>", StringComparison.Ordinal);
        var result = Read(File(Sms, large, Sms, largeMms, Sms));

        Assert.Equal([Sms, Sms, Sms], result.Messages.Select(m => Text(m.Original)));
        Assert.Equal(["sms 2", "mms 4"], result.Problems.Select(p => p.Item));
    }

    [Fact]
    public void TooManyPartsAreRefusedAndTooManyPeopleCut()
    {
        string parts = Mms().Replace("<addrs>", string.Concat(Enumerable.Repeat("<part data=\"\"/>", 5000)) + "<addrs>", StringComparison.Ordinal);
        string people = Mms().Replace("+15550100001~", string.Concat(Enumerable.Range(0, 100_000).Select(i => $"{i}~")), StringComparison.Ordinal);
        var result = Read(File(parts, people, Sms));

        Assert.Equal(2, result.Messages.Count);
        Assert.Equal(4096 + 3, result.Messages[0].View.Addresses.Count);
        Assert.Equal(2, result.Problems.Count);
    }
}
