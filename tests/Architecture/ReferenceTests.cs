using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Candor.Tests.Architecture;

/// <summary>Reads the built assemblies against the table in ARCHITECTURE.md: the table is the rule, this is its teeth.</summary>
public partial class ReferenceTests
{
    private static readonly string Root = Checkout.Root;
    private static readonly Dictionary<string, string> AssemblyNames = new() { ["Server"] = "candor-server", ["Witness"] = "candor-witness", ["Relay"] = "candor-relay", ["Cli"] = "candor" };

    public static TheoryData<string> Projects()
    {
        var data = new TheoryData<string>();
        foreach (string folder in Directory.GetDirectories(Path.Combine(Root, "src")))
        {
            string name = Path.GetFileName(folder);
            if (File.Exists(Path.Combine(folder, $"{name}.csproj"))) data.Add(name);
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void EveryProjectReferencesOnlyWhatItsRowAllows(string project)
    {
        var table = ReadTable();
        Assert.True(table.ContainsKey(project), $"src/{project} has no row in the table of ARCHITECTURE.md.");
        foreach (string referenced in ReferencesOf(project))
        {
            Assert.True(table[project].Contains(referenced), $"{project} references {referenced}, which its row does not allow: {string.Join(", ", table[project])}.");
        }
    }

    [Fact]
    public void TheServerDoesNotHoldTheCodeThatOpensThings()
    {
        Assert.DoesNotContain("Sealing", ReferencesOf("Server"));
        Assert.DoesNotContain("Client", ReferencesOf("Server"));
        Assert.DoesNotContain("Formats", ReferencesOf("Server"));
    }

    /// <summary>HPKE is in the server for requests that are sealed to its gateway. That brings nothing with it that opens what accounts keep.</summary>
    [Fact]
    public void WhatTheServerCarriesReachesNoKeysOfVaultsOnAnyWay()
    {
        var reached = new HashSet<string>();
        var open = new Queue<string>(["Server"]);
        while (open.TryDequeue(out string? project))
        {
            if (reached.Add(project)) ReferencesOf(project).ForEach(open.Enqueue);
        }
        Assert.Contains("Hpke", reached);
        Assert.DoesNotContain("Sealing", reached);

        string[] secrets = [.. typeof(Candor.Sealing.Cobblestone).Assembly.GetTypes().Where(t => t.Name[0] is not ('<' or '_')).Select(t => t.Name)];
        Assert.Contains("VaultKeys", secrets);
        Assert.Contains("ChunkCipher", secrets);
        foreach (string project in reached)
        {
            var (defined, used) = TypesOf(project);
            Assert.DoesNotContain(used, t => t.StartsWith("Candor.Sealing", StringComparison.Ordinal));
            // Its types under another namespace would be its types all the same.
            if (project is "Hpke" or "Oblivious") Assert.Empty(defined.Select(t => t[(t.LastIndexOf('.') + 1)..]).Intersect(secrets));
        }
    }

    [Fact]
    public void TheWalksOfTheArchitecturePageLinkToFilesThatExist()
    {
        string text = File.ReadAllText(Path.Combine(Root, "ARCHITECTURE.md"));
        var links = LinkPattern().Matches(text).Select(m => m.Groups[1].Value).Where(l => !l.Contains("://", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(links);
        Assert.All(links, link => Assert.True(Path.Exists(Path.Combine(Root, link.Split('#')[0])), $"ARCHITECTURE.md links to {link}, which is gone."));
    }

    /// <summary>Projects that the compiled assembly of a project refers to, by the names of their folders.</summary>
    private static List<string> ReferencesOf(string project)
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"{AssemblyNames.GetValueOrDefault(project, $"Candor.{project}")}.dll");
        if (!File.Exists(path)) path = BuiltElsewhere(project);
        using var pe = new PEReader(File.OpenRead(path));
        var metadata = pe.GetMetadataReader();
        var names = metadata.AssemblyReferences.Select(h => metadata.GetString(metadata.GetAssemblyReference(h).Name));
        return [.. names.Select(FolderOf).OfType<string>()];
    }

    /// <summary>Full names of the types that a project's assembly defines, and of those of others that it names.</summary>
    private static (List<string> Defined, List<string> Used) TypesOf(string project)
    {
        string path = Path.Combine(AppContext.BaseDirectory, $"{AssemblyNames.GetValueOrDefault(project, $"Candor.{project}")}.dll");
        using var pe = new PEReader(File.OpenRead(path));
        var metadata = pe.GetMetadataReader();
        var defined = metadata.TypeDefinitions.Select(metadata.GetTypeDefinition).Where(t => !metadata.GetString(t.Name).StartsWith('<')).Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}");
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Select(t => $"{metadata.GetString(t.Namespace)}.{metadata.GetString(t.Name)}");
        return ([.. defined], [.. used]);
    }

    private static string BuiltElsewhere(string project)
    {
        string name = $"{AssemblyNames.GetValueOrDefault(project, $"Candor.{project}")}.dll";
        var built = Directory.GetFiles(Path.Combine(Root, "src", project, "bin"), name, SearchOption.AllDirectories).OrderByDescending(File.GetLastWriteTimeUtc).ToList();
        Assert.True(built.Count > 0, $"src/{project} is not built: build Candor.slnx first.");
        return built[0];
    }

    private static string? FolderOf(string assembly)
    {
        foreach (var (folder, name) in AssemblyNames)
        {
            if (name == assembly) return folder;
        }
        return assembly.StartsWith("Candor.", StringComparison.Ordinal) ? assembly["Candor.".Length..] : null;
    }

    /// <summary>Rows "| Project | may, reference | must never | because |" of ARCHITECTURE.md; "–" means nothing.</summary>
    private static Dictionary<string, HashSet<string>> ReadTable()
    {
        var table = new Dictionary<string, HashSet<string>>();
        foreach (string line in File.ReadAllLines(Path.Combine(Root, "ARCHITECTURE.md")))
        {
            if (RowPattern().Match(line) is not { Success: true } row) continue;
            var may = row.Groups["may"].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Where(m => m != "–");
            table[row.Groups["project"].Value] = [.. may];
        }
        return table;
    }

    [GeneratedRegex(@"^\| (?<project>[A-Z][a-z]+) \| (?<may>[^|]+) \| [^|]+ \| [^|]+ \|$")]
    private static partial Regex RowPattern();

    [GeneratedRegex(@"\]\(([^)]+)\)")]
    private static partial Regex LinkPattern();
}
