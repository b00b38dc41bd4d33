using System.Text;
using Candor.Formats.Messages;
using Xunit;

namespace Candor.Tests.Messages;

public class MessageIdentityTests
{
    private static readonly MessageView Sms = Assert.Single(SyncTechSamples.Read(SyncTechSamples.File(SyncTechSamples.Sms)).Messages).View;
    private static readonly MessageView Mms = Assert.Single(SyncTechSamples.Read(SyncTechSamples.File(SyncTechSamples.Mms())).Messages).View;

    private static void Same(MessageView a, MessageView b) => Assert.Equal(MessageIdentity.Key(a), MessageIdentity.Key(b));

    private static void Different(MessageView a, MessageView b) => Assert.NotEqual(MessageIdentity.Key(a), MessageIdentity.Key(b));

    [Fact]
    public void TheSameMessageFromBothExportsIsOne()
    {
        var other = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Sms + "\n" + SmsIeTests.Mms));

        Same(Sms, other.Messages[0].View);
        Same(Mms, other.Messages[1].View);
    }

    [Fact]
    public void WhatPhonesAndAppsChangeIsNotInTheKey()
    {
        Same(Sms, Sms with { Read = false, Locked = true, Status = 64, ContactName = "Someone", DateSentMs = null, Subject = "x", Addresses = [new("tel:+1 (555) 010-0001", AddressRole.To)] });
        Same(Mms, Mms with { Parts = [Mms.Parts[1] with { Name = "x", Charset = 3, Sequence = 9, ContentType = "TEXT/Plain; charset=utf-8" }], Subject = "x", Participants = 0, DateMs = Mms.DateMs + 999, TransactionId = "T2" });
        Same(Mms, Mms with { Addresses = [.. Mms.Addresses.Reverse(), Mms.Addresses[0]] });
    }

    [Fact]
    public void EachPartOfTheRuleTellsMessagesApart()
    {
        Different(Sms, Sms with { DateMs = Sms.DateMs + 1 });
        Different(Sms, Sms with { Text = "Hi there " });
        Different(Sms, Sms with { Box = MessageBox.Sent });
        Different(Sms, Sms with { Addresses = [new("+15550100002", AddressRole.From)] });
        Different(Sms, Sms with { Kind = MessageKind.Mms });
        Different(Mms, Mms with { DateMs = Mms.DateMs - 1 });
        Different(Mms, Mms with { Box = MessageBox.Sent });
        Different(Mms, Mms with { MessageId = "other" });
        Different(Mms, Mms with { MessageId = null });
        Different(Mms with { MessageId = null }, Mms with { MessageId = null, TransactionId = null });
        Different(Mms, Mms with { Addresses = [.. Mms.Addresses.Take(2)] });
        Different(Mms, Mms with { Parts = [] });
        Different(Mms, Mms with { Parts = [.. Mms.Parts, Mms.Parts[1]] });
    }

    [Fact]
    public void MissingEmptyAndTheWordNullAreOne()
    {
        Same(Sms with { Text = null }, Sms with { Text = "" });
        Same(Sms with { Text = null }, Sms with { Text = "null" });
        Same(Mms with { MessageId = "null" }, Mms with { MessageId = null });
        Same(Sms with { Text = "a\r\nb\rc" }, Sms with { Text = "a\nb\nc" });
    }

    [Fact]
    public void TheRuleIsTheseBytes()
    {
        static string Field(string value) => $"{(char)0}{(char)0}{(char)0}{(char)value.Length}{value}";
        byte[] sms = MessageIdentity.CanonicalBytes(Sms);
        string mms = Encoding.UTF8.GetString(MessageIdentity.CanonicalBytes(Mms, 2));

        Assert.Equal(Field("candor/message/1") + Field("sms") + Field("1") + Field("+15550100001") + Field("1714564800123") + Field("Hi there") + Field("0"), Encoding.UTF8.GetString(sms));
        Assert.StartsWith(Field("candor/message/1") + Field("mms") + Field("1") + Field("1714565000") + Field("m:abc123") + Field("+15550100001~+15550100002~+15550109999"), mms, StringComparison.Ordinal);
        Assert.EndsWith(Field("2"), mms, StringComparison.Ordinal);
        Assert.Equal(System.Security.Cryptography.SHA256.HashData(sms), MessageIdentity.Key(Sms));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("\0\0\0\u000cLook at this"u8)), mms[^(5 + 64)..^5]);
    }

    [Fact]
    public void EqualMessagesOfOneFileSurviveAndReadingTwiceIsIdempotent()
    {
        List<string> Keys()
        {
            var occurrences = new MessageOccurrences();
            return [.. SyncTechSamples.Read(SyncTechSamples.File(SyncTechSamples.Sms, SyncTechSamples.SmsWithBody("x"), SyncTechSamples.Sms, SyncTechSamples.Sms)).Messages
                .Select(m => Convert.ToHexString(MessageIdentity.Key(m.View, occurrences.Next(m.View))))];
        }

        Assert.Equal(4, Keys().Distinct().Count());
        Assert.Equal(Keys(), Keys());
    }

    [Theory]
    [InlineData("+1 (555) 010-0001", "+15550100001")]
    [InlineData("+15550100001/TYPE=PLMN", "+15550100001")]
    [InlineData("tel:+1-555-010-0001", "+15550100001")]
    [InlineData("\u202a+1\u00a0555\u20110100001\u202c", "+15550100001")]
    [InlineData("٠١٢٣", "0123")]
    [InlineData("۰۱۲۳", "0123")]
    [InlineData("０１２３", "0123")]
    [InlineData("*100#", "*100#")]
    [InlineData("0049 151", "0049151")]
    [InlineData(" Vodafone ", "vodafone")]
    [InlineData("Ada@Example.org", "ada@example.org")]
    [InlineData("DHL-Express", "dhl-express")]
    [InlineData("ÄRZTE", "Ärzte")]
    [InlineData("++1", "++1")]
    [InlineData("+", "+")]
    [InlineData("", "")]
    [InlineData("1+2", "1+2")]
    public void AddressesAreNormalised(string address, string expected)
    {
        Assert.Equal(expected, PhoneAddress.Normalise(address));
        Assert.Equal(expected, PhoneAddress.Normalise(expected));
    }

    [Fact]
    public void AThreadIsTheSameForReceivedAndSent()
    {
        MessageView received = SmsIeTests.Read(SmsIeTests.Zip(SmsIeTests.Mms.Replace("""{"address":"+15550109999","type":"151","charset":"106"},""", "", StringComparison.Ordinal))).Messages[0].View;

        Assert.Equal(Sms.ThreadKey, received.ThreadKey);
        Assert.Equal(Sms.ThreadKey, (Sms with { Box = MessageBox.Sent, Addresses = [new("+1 555 010 0001", AddressRole.To)] }).ThreadKey);
    }
}
