using System.Text.Json;
using Candor.Client.Pairing;
using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Sealing;
using SpecVectors = Candor.Tests.Sealing.Vectors;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors/pairing.json, field by field (spec/pairing.md §3).</summary>
public class PairingVectorTests
{
    private const string File = "pairing.json";

    public static TheoryData<string> Valid(string call) => SpecVectors.Names(File, call);

    public static TheoryData<string> Invalid() =>
        [.. SpecVectors.Cases(File).Where(c => !c.GetProperty("valid").GetBoolean()).Select(c => c.Text("name"))];

    [Theory]
    [MemberData(nameof(Valid), "offer")]
    public void Offers(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(PairingOffer.TryDecode(c.Bytes("message"), out var offer));
        Assert.Equal(c.Text("account"), offer.Account.ToString());
        Assert.Equal(c.Text("approver"), offer.Approver.Id.ToString());
        Assert.Equal(c.Bytes("ed25519"), offer.Approver.Signing.ToArray());
        Assert.Equal(c.Bytes("x25519"), offer.Approver.Agreement.ToArray());
        Assert.Equal(c.Bytes("nonce"), offer.Nonce.ToArray());
        var made = new PairingOffer(Id.From(c.Bytes("account")), new(HolderType.Device, c.Bytes("ed25519"), c.Bytes("x25519")), c.Bytes("nonce"));
        Assert.Equal(c.Bytes("message"), made.Encode());
    }

    [Theory]
    [MemberData(nameof(Valid), "reveal")]
    public void Reveals(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(PairingReveal.TryDecode(c.Bytes("message"), out var reveal));
        Assert.Equal(c.Number("type"), (long)reveal.Keys.Type);
        Assert.Equal(c.Bytes("ed25519"), reveal.Keys.Signing.ToArray());
        Assert.Equal(c.Bytes("x25519"), reveal.Keys.Agreement.ToArray());
        Assert.Equal(c.Bytes("nonce"), reveal.Nonce.ToArray());
        Assert.Equal(c.Text("name_text"), reveal.Name);
        Assert.Equal(c.Text("holder"), reveal.Keys.Id.ToString());
        Assert.Equal(c.Text("commitment"), PairingRules.Commitment(c.Bytes("message")).ToString());
        var made = new PairingReveal(new((HolderType)c.Number("type"), c.Bytes("ed25519"), c.Bytes("x25519")), c.Bytes("nonce"), c.Text("name_text"));
        Assert.Equal(c.Bytes("message"), made.Encode());
    }

    [Theory]
    [MemberData(nameof(Valid), "words")]
    public void Words(string name)
    {
        var c = SpecVectors.Case(File, name);
        var transcript = PairingRules.Transcript(new(c.Bytes("commitment")), c.Bytes("offer"), c.Bytes("reveal"));
        Assert.Equal(c.Text("h"), transcript.ToString());
        Assert.Equal(c.Text("words_text"), string.Join(' ', PairingWords.Of(transcript)));
    }

    [Theory]
    [MemberData(nameof(Valid), "welcome")]
    public void Welcomes(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(Open(c, out var welcome));
        Assert.Equal(c.Text("account"), welcome!.Account.ToString());
        Assert.Equal(c.Number("size"), welcome.Size);
        Assert.Equal(c.Text("root"), welcome.Root.ToString());
        Assert.Equal(c.Text("vkey_text"), welcome.ServerKey);
        Assert.Equal(c.Text("approver"), welcome.Approver.ToString());

        using var device = HolderSecret.Import(HolderType.Device, c.Bytes("secret"))!;
        using var approver = HolderSecret.Import(HolderType.Device, c.Bytes("approver_secret"))!;
        using var ephemeral = new Secret32(c.Bytes("ephemeral_private"));
        var made = new Welcome(Id.From(c.Bytes("account")), c.Number("size"), new(c.Bytes("root")), c.Text("vkey_text"), approver.Id);
        Assert.Equal(c.Bytes("message"), made.Seal(device.Keys, new Hash32(c.Bytes("h")), approver, ephemeral, c.Bytes("salt")));
    }

    [Theory]
    [MemberData(nameof(Valid), "messages")]
    public void Answers(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(PairingMessages.TryDecode(c.Bytes("message"), out var messages));
        Assert.Equal(c.Text("commitment"), messages.Commitment.ToString());
        foreach (var (field, read) in new[] { ("offer", messages.Offer), ("reveal", messages.Reveal), ("welcome", messages.Welcome) })
        {
            var expected = c.GetProperty(field);
            Assert.Equal(expected.ValueKind == JsonValueKind.Null ? null : c.Bytes(field), read?.ToArray());
        }
    }

    [Theory]
    [MemberData(nameof(Valid), "link")]
    public void Links(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.True(PairingLink.TryParse(c.Text("text"), out var link));
        Assert.Equal(c.Text("server_text"), link.Server);
        Assert.Equal(c.Text("code_text"), link.Code);
        Assert.Equal(c.GetProperty("commitment").GetString(), link.Commitment?.ToString());
        Assert.True(PairingLink.TryParse(link.ToString(), out var again));
        Assert.Equal(link, again);
    }

    [Theory]
    [MemberData(nameof(Invalid))]
    public void WhatIsNotOfTheFormIsRefused(string name)
    {
        var c = SpecVectors.Case(File, name);
        Assert.False(c.Text("call") switch
        {
            "offer" => PairingOffer.TryDecode(c.Bytes("message"), out _),
            "reveal" => PairingReveal.TryDecode(c.Bytes("message"), out _),
            "welcome" => Open(c, out _),
            "messages" => PairingMessages.TryDecode(c.Bytes("message"), out _),
            "link" => PairingLink.TryParse(c.Text("text"), out _),
            _ => throw new InvalidDataException(c.Text("call")),
        });
    }

    private static bool Open(JsonElement c, out Welcome? welcome)
    {
        using var device = HolderSecret.Import(HolderType.Device, c.Bytes("secret"))!;
        Assert.True(PairingOffer.TryDecode(c.Bytes("offer"), out var offer));
        return Welcome.TryOpen(c.Bytes("message"), device, offer, new Hash32(c.Bytes("h")), out welcome);
    }
}
