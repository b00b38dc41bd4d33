using System.Text;
using Candor.Oblivious;
using CsCheck;

namespace Candor.Tests.Oblivious;

/// <summary>Binary HTTP as RFC 9292 writes it: its examples byte for byte, both forms, and what is no message.</summary>
public class BinaryHttpTests
{
    // RFC 9292 §5.1 and §5.2. The first request without the two zeros at its end, which are empty sections or padding.
    private const string KnownRequest = "0003474554056874747073000a2f68656c6c6f2e747874406c0a757365722d6167656e74346375726c2f372e31362e33206c69626375726c2f372e31362e33204f70656e53534c2f302e392e376c207a6c69622f312e322e3304686f73740f7777772e6578616d706c652e636f6d0f6163636570742d6c616e677561676506656e2c206d69";
    private const string OpenRequest = "0203474554056874747073000a2f68656c6c6f2e7478740a757365722d6167656e74346375726c2f372e31362e33206c69626375726c2f372e31362e33204f70656e53534c2f302e392e376c207a6c69622f312e322e3304686f73740f7777772e6578616d706c652e636f6d0f6163636570742d6c616e677561676506656e2c206d6900000000000000000000000000";
    private const string OpenResponse = "0340660772756e6e696e670a22736c65657020313522004067046c696e6b233c2f7374796c652e6373733e3b2072656c3d7072656c6f61643b2061733d7374796c65046c696e6b243c2f7363726970742e6a733e3b2072656c3d7072656c6f61643b2061733d7363726970740040c804646174651d4d6f6e2c203237204a756c20323030392031323a32383a353320474d5406736572766572064170616368650d6c6173742d6d6f6469666965641d5765642c203232204a756c20323030392031393a31353a353620474d5404657461671422333461613338372d642d3135363865623030220d6163636570742d72616e6765730562797465730e636f6e74656e742d6c656e67746802353104766172790f4163636570742d456e636f64696e670c636f6e74656e742d747970650a746578742f706c61696e003348656c6c6f20576f726c6421204d7920636f6e74656e7420696e636c75646573206120747261696c696e672043524c462e0d0a0000";
    private const string KnownResponse = "0140c8001d5468697320636f6e74656e7420636f6e7461696e732043524c462e0d0a0d07747261696c65720474657874";

    private static readonly BinaryField[] HelloFields = [new("user-agent", "curl/7.16.3 libcurl/7.16.3 OpenSSL/0.9.7l zlib/1.2.3"), new("host", "www.example.com"), new("accept-language", "en, mi")];

    [Theory]
    [InlineData(KnownRequest)]
    [InlineData(KnownRequest + "0000")]
    [InlineData(OpenRequest)]
    public void TheRequestOfTheRfcIsReadInBothForms(string hex)
    {
        Assert.True(BinaryRequest.TryParse(Convert.FromHexString(hex), out var request));
        Assert.Equal(("GET", "https", "", "/hello.txt", 0), (request.Method, request.Scheme, request.Authority, request.Path, request.Content.Length));
        Assert.Equal(HelloFields, request.Fields);
        Assert.Equal("www.example.com", request["host"]);
        Assert.Equal(Convert.FromHexString(KnownRequest), request.ToBytes());
    }

    [Fact]
    public void TheAnswersOfTheRfcAreReadInBothFormsAndThoseThatOnlyInformAreReadOver()
    {
        Assert.True(BinaryResponse.TryParse(Convert.FromHexString(OpenResponse), out var open));
        Assert.Equal((200, "Apache", 8), (open.Status, open["server"], open.Fields.Count));
        Assert.Equal("Hello World! My content includes a trailing CRLF.\r\n", Encoding.ASCII.GetString(open.Content.Span));

        Assert.True(BinaryResponse.TryParse(Convert.FromHexString(KnownResponse), out var known));
        Assert.Equal("This content contains CRLF.\r\n", Encoding.ASCII.GetString(known.Content.Span));
        Assert.Equal([new BinaryField("trailer", "text")], known.Trailers);
        Assert.Equal(Convert.FromHexString(KnownResponse), known.ToBytes());
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("01", "an answer")]
    [InlineData("0003474554056874747073", "cut within the first part")]
    [InlineData("00034745540568747470730b6578616d706c652e636f6d012f01", "a section that is longer than what is left")]
    [InlineData("00034745540568747470730b6578616d706c652e636f6d012f00000001", "something after the end that is not zero")]
    [InlineData("0003474554056874747073000120", "a path with a space")]
    [InlineData("00004056874747073000012f", "no method")]
    [InlineData("0003474554056874747073" + "00" + "012f" + "06" + "033a7878" + "0130", "a pseudo-field")]
    [InlineData("0003474554056874747073" + "00" + "012f" + "04" + "0141" + "0130", "a name in upper case")]
    [InlineData("0003474554056874747073" + "00" + "012f" + "04" + "0161" + "010a", "a line break in a value")]
    [InlineData("0203474554056874747073" + "00" + "012f" + "0161" + "0130", "fields without an end")]
    [InlineData("0203474554056874747073" + "00" + "012f" + "00" + "0141", "content without an end")]
    public void WhatIsNoRequestIsRefused(string hex, string what)
    {
        byte[] bytes = hex.Length % 2 == 0 ? Convert.FromHexString(hex) : [];
        Assert.False(BinaryRequest.TryParse(bytes, out _), what);
    }

    [Theory]
    [InlineData("014067", "only one that informs")]
    [InlineData("014258", "a status of 600")]
    [InlineData("0132", "a status of 50")]
    public void WhatIsNoAnswerIsRefused(string hex, string what) => Assert.False(BinaryResponse.TryParse(Convert.FromHexString(hex), out _), what);

    [Fact]
    public void EveryMessageComesBackWhateverItsSectionsAndItsPadding()
    {
        var name = Gen.Char["abcdefghijklmnopqrstuvwxyz-"].Array[1, 20].Select(c => new string(c));
        var value = Gen.Char[" ~"].Array[0, 100].Select(c => new string(c));
        var fields = Gen.Select(name, value, (n, v) => new BinaryField(n, v)).Array[0, 5];
        Gen.Select(fields, Gen.Byte.Array[0, 20_000], fields, Gen.Int[1, 600]).Sample((head, content, tail, multiple) =>
        {
            byte[] request = new BinaryRequest("GET", "https", "cloud.example", "/a", head, content) { Trailers = tail }.ToBytes(multiple);
            byte[] answer = new BinaryResponse(206, head, content) { Trailers = tail }.ToBytes(MessageLength.Answer);
            return request.Length % multiple == 0
                && BinaryRequest.TryParse(request, out var asked) && asked.Fields.SequenceEqual(head) && asked.Content.Span.SequenceEqual(content) && asked.Trailers.SequenceEqual(tail)
                && BinaryResponse.TryParse(answer, out var said) && said.Status == 206 && said.Fields.SequenceEqual(head) && said.Content.Span.SequenceEqual(content) && said.Trailers.SequenceEqual(tail);
        }, iter: 300);
    }

    [Fact]
    public void AnswersHaveFewLengthsAndNoneIsMuchLonger()
    {
        var lengths = new SortedSet<int>();
        for (int length = 0; length < 6_000_000; length += length < 100_000 ? 1 : 97)
        {
            int padded = MessageLength.Answer(length);
            Assert.True(padded >= length && (length < 8 << 10 || padded <= length * 1.13), $"{length} → {padded}");
            lengths.Add(padded);
        }
        // The first sixteen in steps of 1 KiB, then some dozens for each doubling.
        Assert.InRange(lengths.Count, 50, 400);
        Assert.Equal(1024, lengths.Min);
    }
}
