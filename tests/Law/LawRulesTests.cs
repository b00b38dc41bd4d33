using System.Text;
using Candor.Law;
using Candor.Tests.Hostile;

namespace Candor.Tests.Law;

public sealed class LawRulesTests
{
    /// <summary>Written down apart from the files: who changes an age or a rule there has to mean it. Null: not known, so that the strictest counts.</summary>
    private static readonly Dictionary<string, int?> Ages = """
        eu 16 gb 13 cn 14 tw ? in 18 sg 13 id ? ru ? br 12 us-ca 13 vn ? tr ? kr 14 jp 15 au ?
        be 13 dk 15 ee 13 fi 13 lv 13 mt 13 pt 13 se 13 at 14 bg 14 cy 14 lt 14 it 14 es 14 cz 15 fr 15 gr 15 hr 16 de 16 hu 16 ie 16 lu 16 nl 16 pl 16 ro 16 sk 16 si 15
        xx ? nowhere ?
        """.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).Chunk(2).Append(["", "?"]).ToDictionary(p => p[0], p => p[1] == "?" ? (int?)null : int.Parse(p[1], System.Globalization.CultureInfo.InvariantCulture));

    [Fact]
    public void EachLawIsWholeAndEachOfItsCellsSaysHowCertainItIs()
    {
        Assert.Equal(15, LawBook.All.Count);
        Assert.Equal(LawBook.All.Count, LawBook.All.Select(l => l.Code).Distinct().Count());
        foreach (var law in LawBook.All)
        {
            Assert.Equal(["basis", "localisation", "transfer", "access", "portability", "erasure", "breach", "age"], law.Cells.Select(c => c.Name));
            Assert.All(law.Cells, c => Assert.All(c.Certainty.Split('/'), part => Assert.Contains(part[..1], "VvMU", StringComparison.Ordinal)));
            Assert.All([law.Name, law.Statute, law.Sources], Assert.NotEmpty);
        }
        Assert.Equal(LawBook.All.Select(l => l.Code).Concat(LawBook.All.SelectMany(l => l.Members.Keys)).Order(), Ages.Keys.Where(c => c.Length is 2 or 5 && c is not "xx").Order());
    }

    [Fact]
    public void G05_FromTwelveToEighteenEachLawHasItsAgeAndWhereNoneIsKnownTheStrictestCounts()
    {
        foreach (var (code, known) in Ages)
        {
            for (int age = 12; age <= 18; age++)
            {
                var expected = age >= (known ?? 18) ? ConsentPath.Own : ConsentPath.Guardian;
                Assert.True(expected == LawRules.PathFor(code, age), $"{code}, {age} years");
                Assert.Equal(expected, LawRules.PathFor(code.ToUpperInvariant(), age));
            }
        }
    }

    [Fact]
    public void G04_ALawThatKeepsBytesInsideLetsThemBeNowhereElse()
    {
        string[] strict = ["cn", "id", "ru"];
        string[] regions = ["", "de", "de Berlin", "cn", "CN-BJ", "cn Beijing", "id", "id-jk", "ru", "RU, Moscow", "us-ca", "china", "cnx", "c", "Moscow ru"];
        foreach (var law in LawBook.All)
        {
            foreach (string region in regions)
            {
                bool inside = region.Length >= 2 && region[..2].Equals(law.Code, StringComparison.OrdinalIgnoreCase) && (region.Length == 2 || !char.IsAsciiLetter(region[2]));
                Assert.True(strict.Contains(law.Code) && !inside == (LawRules.Refusing(law.Code, region) is not null) || !strict.Contains(law.Code) && LawRules.Refusing(law.Code, region) is null, $"{law.Code} in \"{region}\"");
            }
        }
        Assert.All(["", "de", "xx"], law => Assert.All(regions, r => Assert.Null(LawRules.Refusing(law, r))));
    }

    [Fact]
    public void AFileThatIsNoLawIsRefusedInASentence()
    {
        string whole = File.ReadAllText(Path.Combine(Checkout.Root, "laws", "eu.yaml"));
        Assert.Equal("eu", LawFile.Read(whole).Code);
        string[] broken =
        [
            "", "[]", "code: eu", whole.Replace("free", "somewhere", StringComparison.Ordinal), whole.Replace("de: 16", "de: 160", StringComparison.Ordinal), whole.Replace("de: 16", "de: sixteen", StringComparison.Ordinal),
            whole + whole, whole.Replace("name:", "name: &a", StringComparison.Ordinal) + "more: *b\n", whole.Replace("rules:", "rules: 1\nother:", StringComparison.Ordinal), whole + "code: eu\n", "a:\n b:\n  c:\n   d:\n    e: 1\n",
        ];
        Assert.All(broken, text => Assert.NotEmpty(Assert.Throws<InvalidDataException>(() => LawFile.Read(text)).Message));
        foreach (byte[] changed in Mutations.Of([Encoding.UTF8.GetBytes(whole)], 2000, 20261129))
        {
            try
            {
                LawFile.Read(Encoding.UTF8.GetString(changed));
            }
            catch (InvalidDataException)
            {
                // Any other exception would be one that nobody expects.
            }
        }
    }
}
