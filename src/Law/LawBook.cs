namespace Candor.Law;

/// <summary>The laws that come with Candor, from the files of <c>laws/</c>.</summary>
public static class LawBook
{
    private const string Folder = "laws/";

    private static readonly Lazy<IReadOnlyList<Jurisdiction>> s_all = new(ReadAll);

    /// <summary>In the order of their codes.</summary>
    public static IReadOnlyList<Jurisdiction> All => s_all.Value;

    /// <summary>The law that a code names: one of <see cref="All"/>, or the one whose member it is ("de": that of the European Union). Null: no such law is here.</summary>
    /// <param name="code">As accounts and servers name it; capitals count as small letters.</param>
    public static Jurisdiction? Find(string code)
    {
        ArgumentNullException.ThrowIfNull(code);
        // Most servers name none, and are asked at every start and commit: then nothing is read.
        if (code.Length == 0) return null;
        return All.FirstOrDefault(l => string.Equals(l.Code, code, StringComparison.OrdinalIgnoreCase)) ?? All.FirstOrDefault(l => l.Members.Keys.Contains(code, StringComparer.OrdinalIgnoreCase));
    }

    /// <summary>The files themselves, byte for byte, by their names ("laws/eu.yaml"): what a server that decides by them says in its public log.</summary>
    public static IReadOnlyDictionary<string, byte[]> Files { get; } = ReadFiles();

    /// <summary>Name of the file of a law.</summary>
    public static string FileOf(Jurisdiction law)
    {
        ArgumentNullException.ThrowIfNull(law);
        return $"{Folder}{law.Code}.yaml";
    }

    private static List<Jurisdiction> ReadAll() => [.. Files.Select(f =>
    {
        using var text = new StreamReader(new MemoryStream(f.Value));
        return LawFile.Read(text.ReadToEnd());
    })];

    private static SortedDictionary<string, byte[]> ReadFiles()
    {
        var assembly = typeof(LawBook).Assembly;
        var files = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            byte[] bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            files[name] = bytes;
        }
        return files;
    }
}
