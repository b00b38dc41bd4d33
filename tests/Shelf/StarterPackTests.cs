using Candor.Client.Greetings;
using Candor.Shelf.Occasions;
using Candor.Shelf.Packs;

namespace Candor.Tests.Shelf;

/// <summary>The greetings that come with the program: every one is fit, none stands twice, and there are as many as promised.</summary>
public class StarterPackTests
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "shelf", "greetings");

    private static readonly List<(string File, GreetingSource Source)> Sources =
        [.. Directory.GetFiles(Folder, "*.txt", SearchOption.AllDirectories).Select(f => (Path.GetRelativePath(Folder, f), GreetingSource.Read(File.ReadAllBytes(f))))];

    [Fact]
    public void EveryFileIsReadWholeAndIsWhereItsHeaderSays()
    {
        Assert.All(Sources, s => Assert.True(s.Source.Problems.Count == 0, $"{s.File}: {string.Join(' ', s.Source.Problems)}"));
        Assert.All(Sources, s => Assert.Equal(s.File, Path.Combine(s.Source.Language, s.Source.Entries[0].Occasion + ".txt")));
        Assert.All(Sources.SelectMany(s => s.Source.Entries), e => Assert.Equal(("the Candor authors", "CC0-1.0"), (e.Author, e.Licence)));
    }

    [Fact]
    public void ThereAreFifteenHundredInTwelveLanguagesAndFortyOccasionsAndNoneTwice()
    {
        var packs = Sources.GroupBy(s => s.Source.Language).Select(g => GreetingPack.Build("candor", g.Key, 1, g.SelectMany(s => s.Source.Entries))).ToList();
        Assert.Equal(Sources.Sum(s => s.Source.Entries.Count), packs.Sum(p => p.Entries.Count));
        Assert.True(packs.Sum(p => p.Entries.Count) >= 1500);
        Assert.True(packs.Count >= 12);
        Assert.True(packs.SelectMany(p => p.Entries).Select(e => e.Occasion).Distinct().Count() >= 40);
        Assert.All(packs, p => Assert.True(GreetingPack.TryRead(p.Encode(), out _, out string reason), $"{p.Language}: {reason}"));
        Assert.All(Enum.GetValues<GreetingKind>(), k => Assert.Contains(packs.SelectMany(p => p.Entries), e => e.Kind == k));
    }

    [Fact]
    public void EveryOccasionIsOnItsPage()
    {
        string page = File.ReadAllText(Path.Combine(Checkout.Root, "spec", "occasions.md"));
        Assert.All(OccasionTable.All, r => Assert.Contains($"| {r.Id} | {r.Calendar} | {r.Rule} | {r.Countries} |", page, StringComparison.Ordinal));
        var dated = OccasionTable.All.Select(r => r.Id).ToHashSet();
        Assert.True(dated.Count >= 40);
        string dateless = page[page.IndexOf("Without a date", StringComparison.Ordinal)..];
        Assert.All(Sources.Select(s => s.Source.Entries[0].Occasion).Where(o => !dated.Contains(o)).Distinct(), o => Assert.Contains(o, dateless, StringComparison.Ordinal));
    }

    [Fact]
    public void TheProgramHasThemInsideAndAPackOfTheDeviceReplacesThem()
    {
        string home = Directory.CreateTempSubdirectory("candor-greet-").FullName;
        var shelf = GreetingShelf.Open(home);
        Assert.Equal(Sources.Select(s => s.Source.Language).Distinct().Order(StringComparer.Ordinal), shelf.Languages);
        Assert.Equal(Sources.Single(s => s.File == Path.Combine("de", "diwali.txt")).Source.Entries.Select(e => e.Text), shelf.For("diwali", "de").Select(g => g.Text));
        Assert.Equal(("zh-Hant", "zh-Hans", "de", "en"), (shelf.Nearest("zh-TW"), shelf.Nearest("zh"), shelf.Nearest("de-AT"), shelf.Nearest("xx")));
        string folder = Directory.CreateDirectory(Path.Combine(home, "shelf", "greetings")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "a.pack"), GreetingPack.Build("candor", "de", 2, [new("diwali", GreetingKind.Message, "Neu.", "a", "b")]).Encode());
        File.WriteAllBytes(Path.Combine(folder, "b.pack"), GreetingPack.Build("candor", "de", 1, [new("diwali", GreetingKind.Message, "Alt.", "a", "b")]).Encode());
        File.WriteAllBytes(Path.Combine(folder, "c.pack"), [1, 2, 3]);
        shelf = GreetingShelf.Open(home);
        Assert.Equal(["Neu."], shelf.For("diwali", "de").Select(g => g.Text));
        Assert.StartsWith("c.pack: ", Assert.Single(shelf.Problems), StringComparison.Ordinal);
        Directory.Delete(home, recursive: true);
    }
}
