using System.Globalization;
using System.Text;
using Candor.Audit.Bodies;
using Candor.Audit.Search;

namespace Candor.Tests.Audit.Search;

/// <summary>What plant.py hid, apart from this project's code, is found; and what it did not hide is not.</summary>
public class PlantedTests
{
    private static readonly string s_folder = Path.Combine(Checkout.Root, "tests", "Audit", "Search");

    internal static BodySearch Search { get; } = new(NeedleSet.Of(OwnerFile.Read(File.ReadAllText(Path.Combine(s_folder, "owner.yaml")), out _)!), new byte[Finding.SaltSize], detect: false);

    [Fact]
    public void EveryPlantedValueIsFoundInEveryFormAndNothingElseIs()
    {
        var rates = new SortedDictionary<string, (int Found, int Planted)>(StringComparer.Ordinal);
        List<string> missed = [];
        foreach (string line in File.ReadLines(Path.Combine(s_folder, "planted.tsv")))
        {
            string[] parts = line.Split('\t');
            byte[] body = Convert.FromBase64String(parts[2]);
            var findings = Search.Search(BodyDecoder.Decode(body));
            bool right = parts[1] == "-" ? findings.Count == 0 : findings.Any(f => f.Value?.Label == parts[1]);
            // Nobody planted any other value, but ids that are hashed together are found as the first of them.
            if (!parts[0].StartsWith("joined", StringComparison.Ordinal)) right &= findings.All(f => f.Value?.Label == parts[1]);
            if (!right) missed.Add($"{parts[0]} · {parts[1]} · {string.Join("; ", findings.Select(f => $"{f.Value?.Label} as {f.Form} in \"{f.Chain}\""))} · {Encoding.Latin1.GetString(body[..Math.Min(160, body.Length)])}");
            var (found, planted) = rates.GetValueOrDefault(parts[0]);
            rates[parts[0]] = (found + (right ? 1 : 0), planted + 1);
            Assert.All(findings, f => Assert.True(f.Offset >= 0 && f.Length > 0 && f.Offset + f.Length <= body.Length, f.Chain));
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', rates.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Key,-45} {r.Value.Found,4} / {r.Value.Planted}"))));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"all: {rates.Values.Sum(r => r.Found)} of {rates.Values.Sum(r => r.Planted)}"));
        Assert.True(missed.Count == 0, string.Join('\n', missed.Take(60)));
    }
}
