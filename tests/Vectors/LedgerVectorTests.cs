using System.Text;
using Candor.Client.Gate;
using Candor.Tests.Sealing;
using SpecVectors = Candor.Tests.Sealing.Vectors;

namespace Candor.Tests.Vectors;

/// <summary>spec/vectors/ledger.json: ledgers as files (spec/ledger.md).</summary>
public class LedgerVectorTests
{
    private const string File = "ledger.json";

    public static TheoryData<string> Names() => [.. SpecVectors.Cases(File).Select(c => c.Text("name"))];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ALedgerIsReadToItsEndOrToTheLineThatDoesNotFollow(string name)
    {
        var c = SpecVectors.Case(File, name);
        byte[] bytes = Encoding.UTF8.GetBytes(c.Text("ledger_text"));
        int handed = 0;
        var facts = await LedgerReader.ReadAsync(new MemoryStream(bytes), _ => handed++, default);
        Assert.Equal(new LedgerFacts(c.Number("lines"), c.Number("bytes_out"), c.Number("broken_at"), c.GetProperty("torn").GetBoolean()), facts);
        Assert.Equal(c.GetProperty("valid").GetBoolean(), facts.BrokenAt == 0);
        Assert.Equal(facts.Lines, handed);
    }
}
