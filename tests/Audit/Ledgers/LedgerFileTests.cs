using System.Text;
using Candor.Audit.Ledgers;
using Candor.Tests.Sealing;
using SpecVectors = Candor.Tests.Sealing.Vectors;

namespace Candor.Tests.Audit.Ledgers;

/// <summary>The audit's own reader of ledgers says the same as the page and its vectors.</summary>
public class LedgerFileTests
{
    public static TheoryData<string> Names() => [.. SpecVectors.Cases("ledger.json").Select(c => c.Text("name"))];

    [Theory]
    [MemberData(nameof(Names))]
    public void ALedgerIsReadAsItsVectorsSay(string name)
    {
        var c = SpecVectors.Case("ledger.json", name);
        var ledger = LedgerFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(c.Text("ledger_text"))));
        Assert.Equal((c.Number("lines"), c.Number("bytes_out"), c.Number("broken_at"), c.GetProperty("torn").GetBoolean()), (ledger.Lines, ledger.BytesOut, ledger.BrokenAt, ledger.Torn));
        Assert.Equal(ledger.BytesOut, ledger.Requests.Sum(r => r.Bytes));
    }

    [Fact]
    public void AMemberTooManyOrOutOfOrderIsNoLine()
    {
        string good = new LedgerText().Out("GET /v1/server HTTP/1.1\r\n\r\n", purpose: "server").ToString();
        Assert.Equal(2, LedgerFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(good))).Lines);
        foreach (string bad in (string[])[good.Replace("\"seq\":1,", "\"seq\":1,\"x\":1,", StringComparison.Ordinal), good.Replace("\"id\":1,\"host\":\"93.184.216.34\"", "\"host\":\"93.184.216.34\",\"id\":1", StringComparison.Ordinal), good.Replace("\"head\":", "\"head\":-", StringComparison.Ordinal)])
            Assert.Equal(1, LedgerFile.Read(new MemoryStream(Encoding.UTF8.GetBytes(bad))).BrokenAt);
    }

    [Theory]
    [InlineData("GET", "/v1/server", "server", "none", null)]
    [InlineData("GET", "/v1/accounts/9b/log?from=0", "server", "none", "is said to be for \"server\", and its target is one of \"sync\"")]
    [InlineData("PUT", "/v1/accounts/9b/blobs/photos/00", "blob", "photos", null)]
    [InlineData("PUT", "/v1/accounts/9b/blobs/photos/00", "blob", "notes", "is said to hold \"notes\", and its target is one of \"photos\"")]
    [InlineData("GET", "/greetings/en.json", "shelf", "none", null)]
    public void WhatARequestIsForIsToldByItsTarget(string method, string target, string purpose, string kind, string? wrong) =>
        Assert.Equal(wrong, new LedgerRequest { Method = method, Target = target, Purpose = purpose, Kind = kind, Consent = kind == "none" ? -1 : 3 }.WrongReason());
}
