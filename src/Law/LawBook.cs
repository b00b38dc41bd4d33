namespace Candor.Law;

/// <summary>The laws that come with Candor, from the files of <c>laws/</c>.</summary>
public static class LawBook
{
    private static readonly Lazy<IReadOnlyList<Jurisdiction>> s_all = new(ReadAll);

    /// <summary>In the order of their codes.</summary>
    public static IReadOnlyList<Jurisdiction> All => s_all.Value;

    /// <summary>The law that a code names: one of <see cref="All"/>, or the one whose member it is ("de": that of the European Union). Null: no such law is here.</summary>
    /// <param name="code">As accounts and servers name it; capitals count as small letters.</param>
    public static Jurisdiction? Find(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        return All.FirstOrDefault(l => string.Equals(l.Code, code, StringComparison.OrdinalIgnoreCase)) ?? All.FirstOrDefault(l => l.Members.Keys.Contains(code, StringComparer.OrdinalIgnoreCase));
    }

    private static List<Jurisdiction> ReadAll()
    {
        var assembly = typeof(LawBook).Assembly;
        var all = new List<Jurisdiction>();
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith("laws/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var text = new StreamReader(assembly.GetManifestResourceStream(name)!);
            all.Add(LawFile.Read(text.ReadToEnd()));
        }
        return all;
    }
}
