using System.Text.Json;
using Candor.Hpke;
using Candor.Sealing;
using Candor.Tests.Hostile;
using CsCheck;
using Xunit;

namespace Candor.Tests.Sealing;

public class HpkeTests
{
    private const string FileName = "hpke.json";

    public static TheoryData<string> Exchanges => Vectors.Names(FileName, "exchange");
    public static TheoryData<string> Sealed => Vectors.Names(FileName, "seal");
    public static TheoryData<string> NotSealed => Vectors.Names(FileName, "seal", valid: false);
    public static TheoryData<string> NotOpened => Vectors.Names(FileName, "open", valid: false);
    public static TheoryData<string> Decapsulated => Vectors.Names(FileName, "decapsulate");

    [Fact]
    public void EveryCaseIsRun()
    {
        string[] known = ["exchange", "seal", "open", "decapsulate"];
        Assert.All(Vectors.Cases(FileName), c => Assert.Contains(c.Text("call"), known));
    }

    /// <summary>Base mode of RFC 9180, every AEAD: both sides, messages far apart in the sequence, exports.</summary>
    [Theory]
    [MemberData(nameof(Exchanges))]
    public void Rfc9180(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        HpkeAead aead = (HpkeAead)c.Number("aead");
        using Secret32 ephemeral = new(c.Bytes("ephemeral_private"));
        using Secret32 recipientKey = new(c.Bytes("recipient_private"));
        byte[] encapsulation = new byte[HpkeBase.EncapsulationSize];
        using HpkeContext sender = HpkeBase.SetUpSender(aead, c.Bytes("recipient_public"), ephemeral, c.Bytes("info"), encapsulation)!;
        using HpkeContext recipient = HpkeBase.SetUpRecipient(aead, recipientKey, encapsulation, c.Bytes("info"))!;
        Assert.Equal(c.Bytes("encapsulation"), encapsulation);
        Assert.Equal(c.Bytes("recipient_public"), HpkeBase.PublicKeyOf(recipientKey));

        int sequence = 0;
        foreach (JsonElement message in c.GetProperty("messages").EnumerateArray())
        {
            for (; sequence < message.Number("sequence"); sequence++) PassOne(sender, recipient);
            byte[] plain = message.Bytes("plain");
            byte[] sealedBytes = new byte[plain.Length + HpkeBase.TagSize];
            sender.Seal(message.Bytes("aad"), plain, sealedBytes);
            Assert.Equal(message.Bytes("sealed"), sealedBytes);
            byte[] opened = new byte[plain.Length];
            Assert.Equal(HpkeResult.Done, recipient.Open(message.Bytes("aad"), sealedBytes, opened));
            Assert.Equal(plain, opened);
            sequence++;
        }

        AssertExports(c, sender);
        AssertExports(c, recipient);
    }

    [Theory]
    [MemberData(nameof(Sealed))]
    public void SealsAndOpensOneMessage(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        byte[] sealedBytes = SealAsGiven(c);
        Assert.Equal(c.Bytes("sealed"), sealedBytes);
        byte[] opened = new byte[c.Bytes("plain").Length];
        using Secret32 key = new(c.Bytes("recipient_private"));
        Assert.Equal(HpkeResult.Done, HpkeBase.Open((byte)c.Number("suite"), key, c.Bytes("info"), c.Bytes("aad"), sealedBytes, opened));
        Assert.Equal(c.Bytes("plain"), opened);
    }

    [Theory]
    [MemberData(nameof(NotSealed))]
    public void RefusesToSeal(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        byte[] plain = c.Bytes("plain");
        byte[] destination = new byte[plain.Length + HpkeBase.Overhead];
        HpkeResult result = HpkeBase.Seal(
            (byte)c.Number("suite"), c.Bytes("recipient_public"), c.Bytes("info"), c.Bytes("aad"), plain, destination);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
    }

    [Attack("C02", "C09", "K04")]
    [Theory]
    [MemberData(nameof(NotOpened))]
    public void RefusesByNameAndReleasesNothing(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        JsonElement of = Vectors.Case(FileName, c.Text("of"));
        JsonElement From(string field) => c.TryGetProperty(field, out JsonElement given) ? given : of.GetProperty(field);
        byte[] sealedBytes = Vectors.Edited(SealAsGiven(of), c.GetProperty("edits"));
        using Secret32 key = new(Vectors.Bytes(From("recipient_private")));

        byte[] destination = new byte[Math.Max(0, sealedBytes.Length - HpkeBase.Overhead)];
        destination.AsSpan().Fill(0xAA);
        HpkeResult result = HpkeBase.Open(
            From("suite").GetByte(), key, Vectors.Bytes(From("info")), Vectors.Bytes(From("aad")), sealedBytes, destination);
        Assert.Equal(c.Text("error"), Vectors.ErrorName(result));
        Assert.All(destination, b => Assert.Equal(0, b));
    }

    /// <summary>
    /// Points on the twist and points written in more than one way are good keys, and the bytes as sent are what is hashed.
    /// </summary>
    [Attack("K19")]
    [Theory]
    [MemberData(nameof(Decapsulated))]
    public void TakesEveryPointThatIsNotOfSmallOrder(string name)
    {
        JsonElement c = Vectors.Case(FileName, name);
        using Secret32 key = new(c.Bytes("recipient_private"));
        Assert.Equal(HpkeResult.Done, HpkeBase.SetUpRecipient(1, key, c.Bytes("encapsulation"), c.Bytes("info"), out HpkeContext? context));
        using (context) AssertExports(c, context!);
    }

    [Fact]
    public void WhatWasSealedToAKeyOpensWithItAndWithNoOther()
    {
        Gen.Select(Gen.Byte.Array[0, 200], Gen.Byte.Array[0, 50], Gen.Byte.Array[0, 50]).Sample(
            (plain, info, aad) =>
            {
                using Secret32 key = Secret32.Generate();
                using Secret32 other = Secret32.Generate();
                byte[] sealedBytes = new byte[plain.Length + HpkeBase.Overhead];
                byte[] opened = new byte[plain.Length];
                return HpkeBase.Seal(1, HpkeBase.PublicKeyOf(key), info, aad, plain, sealedBytes) == HpkeResult.Done
                    && HpkeBase.Open(1, other, info, aad, sealedBytes, opened) == HpkeResult.Damaged
                    && HpkeBase.Open(1, key, info, aad, sealedBytes, opened) == HpkeResult.Done
                    && opened.AsSpan().SequenceEqual(plain);
            },
            iter: 100);
    }

    [Fact]
    public void AMessageThatFailsDoesNotCount()
    {
        using Secret32 key = Secret32.Generate();
        byte[] encapsulation = new byte[32];
        HpkeBase.SetUpSender(1, HpkeBase.PublicKeyOf(key), [], encapsulation, out HpkeContext? sender);
        HpkeBase.SetUpRecipient(1, key, encapsulation, [], out HpkeContext? recipient);
        byte[] first = new byte[17];
        byte[] second = new byte[17];
        sender!.Seal([], [1], first);
        sender.Seal([], [2], second);
        byte[] opened = new byte[1];

        Assert.Equal(HpkeResult.Damaged, recipient!.Open([], second, opened));
        Assert.Equal(HpkeResult.TooShort, recipient.Open([], first.AsSpan(0, 15), opened));
        Assert.Equal(HpkeResult.Done, recipient.Open([], first, opened));
        Assert.Equal(HpkeResult.Damaged, recipient.Open([], first, opened));
        Assert.Equal(HpkeResult.Done, recipient.Open([], second, opened));
        Assert.Equal(2, opened[0]);

        using Secret32 ours = sender.ExportSecret("welcome"u8);
        using Secret32 theirs = recipient.ExportSecret("welcome"u8);
        Assert.True(ours.FixedTimeEquals(theirs));
        Assert.Throws<InvalidOperationException>(() => sender.Open([], first, opened));
        Assert.Throws<InvalidOperationException>(() => recipient.Seal([], [1], first));
        sender.Dispose();
        recipient.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sender.Export([], opened));
    }

    [Fact]
    public void AKeyOfTheWrongLengthIsRefusedByName()
    {
        using Secret32 key = Secret32.Generate();
        foreach (int length in new[] { 0, 31, 33 })
        {
            Assert.Equal(HpkeResult.BadKey, HpkeBase.Seal(1, new byte[length], [], [], [], new byte[HpkeBase.Overhead]));
            Assert.Equal(HpkeResult.BadKey, HpkeBase.SetUpRecipient(1, key, new byte[length], [], out HpkeContext? context));
            Assert.Null(context);
        }

        using Secret32 zero = new(new byte[32]);
        Assert.Throws<ArgumentException>(() => HpkeBase.PublicKeyOf(zero));
    }

    private static byte[] SealAsGiven(JsonElement c)
    {
        using Secret32 ephemeral = new(c.Bytes("ephemeral_private"));
        byte[] plain = c.Bytes("plain");
        byte[] sealedBytes = new byte[plain.Length + HpkeBase.Overhead];
        using HpkeContext sender = HpkeBase.SetUpSender(
            HpkeAead.Aes256Gcm, c.Bytes("recipient_public"), ephemeral, c.Bytes("info"), sealedBytes.AsSpan(0, 32))!;
        sender.Seal(c.Bytes("aad"), plain, sealedBytes.AsSpan(32));
        return sealedBytes;
    }

    private static void AssertExports(JsonElement c, HpkeContext context)
    {
        foreach (JsonElement export in c.GetProperty("exports").EnumerateArray())
        {
            byte[] expected = export.Bytes("output");
            byte[] output = new byte[expected.Length];
            context.Export(export.Bytes("context"), output);
            Assert.Equal(expected, output);
        }
    }

    private static void PassOne(HpkeContext sender, HpkeContext recipient)
    {
        byte[] sealedBytes = new byte[17];
        sender.Seal([], [0], sealedBytes);
        Assert.Equal(HpkeResult.Done, recipient.Open([], sealedBytes, new byte[1]));
    }
}
