using System.Text.RegularExpressions;

namespace Candor.Tests.Vectors;

/// <summary>spec/README.md is the table of contents: what it names is there, and what is there it names.</summary>
public partial class SpecPagesTests
{
    private static readonly string Folder = Path.Combine(Checkout.Root, "spec");

    [Fact]
    public void EveryFileThatTheReadmeNamesExists()
    {
        string readme = File.ReadAllText(Path.Combine(Folder, "README.md"));
        var pages = PageLink().Matches(readme).Select(m => m.Groups[1].Value).ToList();
        var vectors = VectorName().Matches(readme).Select(m => m.Value).Distinct().ToList();
        Assert.NotEmpty(pages);
        Assert.NotEmpty(vectors);
        Assert.All(pages, page => Assert.True(File.Exists(Path.Combine(Folder, page)), $"spec/README.md names {page}, which is not there."));
        Assert.All(vectors, name => Assert.True(File.Exists(Path.Combine(Folder, "vectors", name)), $"spec/README.md names vectors/{name}, which is not there."));
        Assert.All(Directory.GetFiles(Folder, "*.md").Select(p => Path.GetFileName(p)).Where(p => p != "README.md"), page => Assert.Contains(page, pages));
        Assert.All(Directory.GetFiles(Path.Combine(Folder, "vectors"), "*.json").Select(p => Path.GetFileName(p)), name => Assert.Contains(name, vectors));
    }

    [GeneratedRegex(@"\]\(([a-z-]+\.md)\)")]
    private static partial Regex PageLink();

    [GeneratedRegex(@"[a-z-]+\.json")]
    private static partial Regex VectorName();
}
