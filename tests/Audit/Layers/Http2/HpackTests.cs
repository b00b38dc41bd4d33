using Candor.Audit.Layers.Http2;

namespace Candor.Tests.Audit.Layers.Http2;

/// <summary>RFC 7541, appendix C.</summary>
public class HpackTests
{
    public static TheoryData<string, string[], string[]> Examples() => new()
    {
        { "C.2.1", ["400a637573746f6d2d6b65790d637573746f6d2d686561646572"], ["custom-key: custom-header"] },
        { "C.2.3", ["100870617373776f726406736563726574"], ["password: secret"] },
        {
            "C.3", ["828684410f7777772e6578616d706c652e636f6d", "828684be58086e6f2d6361636865", "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565"],
            ["http www.example.com GET /", "http www.example.com GET / cache-control: no-cache", "https www.example.com GET /index.html custom-key: custom-value"]
        },
        {
            "C.4", ["828684418cf1e3c2e5f23a6ba0ab90f4ff", "828684be5886a8eb10649cbf", "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf"],
            ["http www.example.com GET /", "http www.example.com GET / cache-control: no-cache", "https www.example.com GET /index.html custom-key: custom-value"]
        },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void TheExamplesOfTheRfcAreRead(string name, string[] blocks, string[] expected)
    {
        Assert.NotEmpty(name);
        var decoder = new HpackDecoder();
        foreach (var (block, text) in blocks.Zip(expected))
        {
            var fields = new FieldList();
            Assert.True(decoder.TryDecode(Convert.FromHexString(block), fields));
            var head = fields.ToHead("2", true, 0);
            string[] words = [.. text.Contains("GET", StringComparison.Ordinal) ? [head.Scheme, head.Authority, head.Method, head.Target] : (string[])[], .. head.Fields.Select(f => $"{f.Name}: {f.Value}")];
            Assert.Equal(text, string.Join(' ', words));
        }
    }

    [Fact]
    public void AnsweringWithASmallTableDropsTheOldestFields()
    {
        // C.6, whose table holds 256 bytes.
        string[] blocks =
        [
            "3fe101" + "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3", "4883640effc1c0bf",
            "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
        ];
        var decoder = new HpackDecoder();
        int[] statuses = [302, 307, 200];
        foreach (var (block, status) in blocks.Zip(statuses))
        {
            var fields = new FieldList();
            Assert.True(decoder.TryDecode(Convert.FromHexString(block), fields));
            var head = fields.ToHead("2", false, 0);
            Assert.Equal(status, head.Status);
            Assert.Equal("private", head["cache-control"]);
            Assert.Equal("https://www.example.com", head["location"]);
            if (status == 200) Assert.Equal("foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1", head["set-cookie"]);
        }
    }

    [Theory]
    [InlineData("80")] // Index 0.
    [InlineData("be")] // The table is empty.
    [InlineData("ff8080808080808001")] // An integer without end.
    [InlineData("40")]
    [InlineData("4001")]
    [InlineData("400161840fffffff")] // Padding that is longer than seven bits: EOS.
    [InlineData("3fe1ffff7f")] // A table of 256 MiB.
    public void ABrokenBlockIsNotRead(string block) => Assert.False(new HpackDecoder().TryDecode(Convert.FromHexString(block), new FieldList()));

    [Fact]
    public void AFieldOfBeforeTheCaptureIsLeftOutAndSaidToBe()
    {
        var decoder = new HpackDecoder();
        decoder.Lose();
        var fields = new FieldList();
        Assert.True(decoder.TryDecode(Convert.FromHexString("8286bf" + "400a637573746f6d2d6b65790c637573746f6d2d76616c7565" + "be"), fields));
        Assert.True(fields.Lacks);
        Assert.Equal(2, fields.Fields.Count(f => f.Name == "custom-key"));
    }
}
