using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Search;
using Candor.Tests.Photos;

namespace Candor.Tests.Audit.Search;

public class DetectorTests
{
    private static readonly BodySearch s_search = new(null, new byte[Finding.SaltSize]);

    private static List<(string What, Confidence Confidence)> Found(string text) => [.. s_search.Search(BodyDecoder.Decode(Encoding.UTF8.GetBytes(text))).Select(f => (f.What, f.Confidence))];

    [Theory]
    [InlineData("{\"imei\":\"356938035643809\"}", "imei", Confidence.Likely)]
    [InlineData("{\"imei\":\"356938035643808\"}", "imei", Confidence.Possible)] // The check digit is wrong: less sure, not gone.
    [InlineData("{\"x\":\"356938035643809\"}", "imei", Confidence.Possible)]
    [InlineData("imsi=262019876543210&a=1", "imsi", Confidence.Likely)]
    [InlineData("{\"iccid\":\"8949020000001234564\"}", "iccid", Confidence.Likely)]
    [InlineData("{\"bssid\":\"a4:5e:60:d1:b2:c3\"}", "mac", Confidence.Likely)]
    [InlineData("{\"bssid\":\"02:00:00:00:00:00\"}", "mac-withheld", Confidence.Certain)]
    [InlineData("{\"to\":\"someone@example.org\"}", "e-mail", Confidence.Likely)]
    [InlineData("{\"phone\":\"+4915112345678\"}", "phone-number", Confidence.Likely)]
    [InlineData("{\"gaid\":\"1209d0b9-b959-42e6-b921-aa5d9d08c1af\"}", "advertising-id", Confidence.Likely)]
    [InlineData("{\"gaid\":\"00000000-0000-0000-0000-000000000000\"}", "advertising-id-withheld", Confidence.Certain)]
    [InlineData("{\"lat\":48.20849,\"lon\":16.37208}", "coordinates", Confidence.Likely)]
    [InlineData("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:A\r\nEND:VCARD", "vcard", Confidence.Certain)]
    [InlineData("{\"address\":\"x\",\"body\":\"hello\",\"date\":1}", "sms", Confidence.Likely)]
    [InlineData("<smses><sms protocol=\"0\" address=\"x\" body=\"hi\"/></smses>", "sms", Confidence.Likely)]
    public void WhatIsSomebodysIsDetectedWithItsConfidence(string text, string what, Confidence confidence) => Assert.Equal((what, confidence), Assert.Single(Found(text)));

    [Theory]
    [InlineData("{\"h\":\"ab356938035643809cdef0123456789a\"}")] // Luhn-valid, inside of hex.
    [InlineData("{\"t\":\"176400000000123\"}")] // A timestamp.
    [InlineData("{\"order\":\"356938035643809\"}")]
    [InlineData("{\"order_no\":\"202611250012345\"}")]
    [InlineData("{\"n\":\"99356938035643809\"}")]
    [InlineData("{\"fp\":\"a4:5e:60:d1:b2:c3:11:22:33:44:55:66\"}")] // A fingerprint.
    [InlineData("{\"ip\":\"2001:db8:60:d1:b2:c3:11:22\"}")]
    [InlineData("{\"mac\":\"00:00:00:00:00:00\"}")]
    [InlineData("{\"img\":\"icon@2x.png\"}")]
    [InlineData("{\"session\":\"1209d0b9-b959-42e6-b921-aa5d9d08c1af\"}")]
    [InlineData("{\"flat\":1.25,\"along\":2.5}")]
    public void WhatOnlyLooksLikeItIsNot(string text) => Assert.Empty(Found(text));

    [Fact]
    public void AnotherPhonesIdentifierIsNoFindingWhereTheOwnersIsKnown()
    {
        var owner = OwnerFile.Read("identifiers:\n  imei: ['490154203237518']\n", out _)!;
        var search = new BodySearch(NeedleSet.Of(owner), new byte[Finding.SaltSize]);
        Assert.Empty(search.Search(BodyDecoder.Decode("{\"imei\":\"356938035643809\"}"u8.ToArray())));
        Assert.Equal("imei 1", Assert.Single(search.Search(BodyDecoder.Decode("{\"imei\":\"490154203237518\"}"u8.ToArray()))).Value?.Label);
    }

    [Fact]
    public void APictureAndThePlaceInItAreFoundInAMultipartBody()
    {
        byte[] exif = new Ifd().Ascii(0x10F, "Make").Sub(0x8825, SampleFiles.Gps(48.2, 16.3)).ToTiff();
        byte[] jpeg = SampleFiles.Jpeg(exif, pictureLength: 64);
        byte[] body = [.. "--b\r\nContent-Disposition: form-data; name=\"pic\"; filename=\"a.jpg\"\r\n\r\n"u8, .. jpeg, .. "\r\n--b--\r\n"u8];
        var found = s_search.Search(BodyDecoder.Decode(body));
        Assert.Equal(["image", "image-location"], found.Select(f => f.What).Order());
        Assert.All(found, f => Assert.Equal("multipart pic", f.Chain));
    }
}
