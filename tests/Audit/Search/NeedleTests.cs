using System.Text;
using Candor.Audit.Search;

namespace Candor.Tests.Audit.Search;

public class NeedleTests
{
    private static NeedleSet Set(string yaml)
    {
        var owner = OwnerFile.Read(yaml, out var faults);
        Assert.Empty(faults);
        return NeedleSet.Of(owner!);
    }

    internal static List<(string Form, Confidence Confidence, long At, int Length)> Find(NeedleSet set, byte[] text, int piece = int.MaxValue)
    {
        List<(string, Confidence, long, int)> found = [];
        var stream = new NeedleStream(set.Sieve, (needle, match, at, _, _) => found.Add((needle.Form, match.Confidence, at, match.Length)));
        for (int i = 0; i < text.Length; i += Math.Min(piece, text.Length)) stream.Take(text.AsSpan(i, Math.Min(piece, text.Length - i)));
        stream.End();
        return found;
    }

    private static List<string> Forms(string yaml, string text) => [.. Find(Set(yaml), Encoding.UTF8.GetBytes(text)).Select(f => f.Form).Distinct()];

    [Fact]
    public void AMatchAcrossPiecesOfAStreamIsFoundOnceWhereverItIsCut()
    {
        var set = Set("identifiers:\n  imei: ['490154203237518']\n");
        byte[] text = [.. new byte[70_000], .. "xx490154203237518yy"u8, .. new byte[70_000]];
        var whole = Find(set, text);
        Assert.Single(whole, f => f.Form == "digits" && f.At == 70_002 && f.Length == 15);
        foreach (int piece in (int[])[1, 2, 3, 7, 13, 4096, 65_536, 70_005]) Assert.Equal(whole, Find(set, text, piece));
    }

    [Fact]
    public void ANumberInsideOfALongerOneIsNone()
    {
        const string owner = "owner:\n  numbers: ['+4915123456789']\n";
        Assert.Contains("international digits", Forms(owner, "tel:+4915123456789,"));
        Assert.Contains("international digits", Forms(owner, "4915123456789"));
        Assert.Empty(Forms(owner, "94915123456789"));
        Assert.Empty(Forms(owner, "49151234567891"));
    }

    [Fact]
    public void ANameInsideOfALongerWordIsNone()
    {
        const string owner = "owner:\n  names: [Alexa Kimball]\n";
        Assert.Contains("text", Forms(owner, "<alexa kimball>"));
        Assert.Empty(Forms(owner, "<Alexa Kimballs>"));
    }

    [Fact]
    public void AFormThatChanceWouldFindIsLeftOutAndListed()
    {
        var set = Set("owner:\n  numbers: ['+47 2212']\n  names: [Bo]\nidentifiers:\n  account-id: '77123'\n");
        Assert.Contains(set.LeftOut, l => l.Value.Kind == OwnerKind.OwnName && l.Form == "text");
        Assert.Contains(set.LeftOut, l => l.Value.Kind == OwnerKind.AccountId && l.Form.StartsWith("integer", StringComparison.Ordinal));
        Assert.All(set.LeftOut, l => Assert.True(l.Bits < Odds.LeastBits || l.Bits <= 8 * 5, l.Form));
        Assert.True(Odds.PerGibibyte(Odds.LeastBits) <= 0.25);
    }

    [Fact]
    public void ACutDigestSaysOfHowMuchAndOfWhat()
    {
        // sha1("490154203237518"), by `printf 490154203237518 | openssl dgst -sha1`
        const string digest = "97a2105232ecc8756f03a029a839b97ded59207d";
        var set = Set("identifiers:\n  imei: ['490154203237518']\n");
        foreach (int length in (int[])[16, 20, 40])
        {
            var found = Assert.Single(Find(set, Encoding.ASCII.GetBytes("h=" + digest[..length].ToUpperInvariant() + "&")));
            Assert.Equal(("sha1, hex of the digits", length), (found.Form, found.Length));
        }
        Assert.Empty(Find(set, Encoding.ASCII.GetBytes("h=" + digest[..15] + "&")));
    }

    [Fact]
    public void TwelveCharactersOfAMessageCountAndElevenDoNot()
    {
        const string message = "the teapot stands behind the lighthouse at 7 past 3";
        const string owner = "messages: ['" + message + "']\n";
        for (int at = 0; at + 12 <= message.Length; at++)
        {
            Assert.NotEmpty(Forms(owner, $"#{message[at..(at + 12)]}#"));
            Assert.Empty(Forms(owner, $"#{message[at..(at + 11)]}#"));
        }
    }

    [Theory]
    [InlineData("identifiers:\n  serial: [R58M42ABCDE]\n", "KI2TQTJUGJAUEQ2EIU")] // printf R58M42ABCDE | base32
    [InlineData("identifiers:\n  serial: [R58M42ABCDE]\n", "pbjdkocngqzecqsdirc")] // printf xR58M42ABCDE! | base32, in small letters
    [InlineData("identifiers:\n  serial: [R58M42ABCDE]\n", "EDCBA24M85R")]
    [InlineData("contacts:\n  - name: Dušan Čapekovič\n", "DUŠAN ČAPEKOVIČ")]
    [InlineData("contacts:\n  - name: Dušan Čapekovič\n", "dusan.capekovic")]
    [InlineData("contacts:\n  - name: Jürgen Müllershausen\n", "Juergen Muellershausen")]
    [InlineData("contacts:\n  - name: Jürgen Müllershausen\n", "jürgen_müllershausen")]
    public void OtherAlphabetsCasesAndAccentsAreForms(string owner, string text) => Assert.NotEmpty(Forms(owner, "v=" + text + "&"));

    [Fact]
    public void TwoHundredValuesAreLookedForInOneFastPass()
    {
        var yaml = new StringBuilder("contacts:\n");
        var random = new Random(5);
        for (int i = 0; i < 100; i++)
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"  - name: Given{(char)('a' + i % 26)}{(char)('a' + i / 26)} Family{i}\n    numbers: ['+49151{random.Next(10_000_000, 99_999_999)}']\n");
        var clock = ThreadTime.Start();
        var set = Set(yaml.ToString());
        _ = set.Sieve.Count;
        var made = clock.Elapsed;
        byte[] noise = new byte[64 << 20];
        random.NextBytes(noise);
        byte[] text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{{\"id\":{random.Next()},\"name\":\"Family{i % 500}\",\"tel\":\"+49151{random.Next(10_000_000, 99_999_999)}\",\"t\":1764000{i:D6}}}\n")));
        double Rate(byte[] bytes)
        {
            int hits = 0;
            set.Sieve.Scan(bytes, 0, bytes.Length, (_, _) => hits++);
            double best = 0;
            for (int i = 0; i < 3; i++)
            {
                clock = ThreadTime.Start();
                set.Sieve.Scan(bytes, 0, bytes.Length, (_, _) => hits++);
                best = Math.Max(best, bytes.Length / clock.Elapsed.TotalSeconds / 1e6);
            }
            return best;
        }
        double fast = Rate(noise), slow = Rate(text);
        TestContext.Current.TestOutputHelper?.WriteLine($"{set.Owner.Values.Count} values, {set.Count} needles made in {made.TotalMilliseconds:F0} ms; random bytes {fast:F0} MB/s, JSON full of such numbers {slow:F0} MB/s");
        Assert.Equal(200, set.Owner.Values.Count);
        Assert.True(fast > 20, $"{fast:F0} MB/s"); // A shared machine: the figure itself is in the report.
    }
}
