using Candor.Audit.Layers.Http2;
using Candor.Audit.Layers.Http3;

namespace Candor.Tests.Audit.Layers.Http3;

/// <summary>RFC 9204, appendix B.</summary>
public class QpackTests
{
    private static string Read(QpackDecoder decoder, string block)
    {
        var fields = new FieldList();
        Assert.True(decoder.TryDecode(Convert.FromHexString(block), fields));
        var head = fields.ToHead("3", true, 0);
        return string.Join(' ', [head.Authority, head.Target, .. head.Fields.Select(f => $"{f.Name}={f.Value}"), .. fields.Lacks ? ["…"] : (string[])[]]).Trim();
    }

    [Fact]
    public void TheExamplesOfTheRfcAreRead()
    {
        var decoder = new QpackDecoder();
        Assert.Equal("/index.html", Read(decoder, "0000510b2f696e6465782e68746d6c"));
        byte[] instructions = Convert.FromHexString("3fbd01c00f7777772e6578616d706c652e636f6dc10c2f73616d706c652f70617468");
        Assert.Equal(2, decoder.Required(Convert.FromHexString("03811011")));
        // The stream comes in pieces.
        foreach (byte each in instructions) decoder.Instructions([each]);
        Assert.Equal("www.example.com /sample/path", Read(decoder, "03811011"));
        decoder.Instructions(Convert.FromHexString("4a637573746f6d2d6b65790c637573746f6d2d76616c7565"));
        decoder.Instructions(Convert.FromHexString("02"));
        Assert.Equal("www.example.com / custom-key=custom-value", Read(decoder, "050080c181"));
        decoder.Instructions(Convert.FromHexString("810d637573746f6d2d76616c756532"));
        Assert.Equal(5, decoder.Added);
        Assert.False(decoder.Lost);
    }

    [Fact]
    public void WhatTheTableLacksIsLeftOutAndSaidToBe()
    {
        var decoder = new QpackDecoder();
        decoder.Lose();
        Assert.Equal("…", Read(decoder, "03811011"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00")]
    [InlineData("0000ff80808080")]
    [InlineData("0000ffff")]
    public void ABrokenBlockIsNotRead(string block) => Assert.False(new QpackDecoder().TryDecode(Convert.FromHexString(block), new FieldList()));
}
