using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Candor.Tests.Hostile;

/// <summary>A row of attacks.json.</summary>
/// <param name="Id">A letter and two digits.</param>
/// <param name="Attack">What is done.</param>
/// <param name="Attacker">Who does it.</param>
/// <param name="Test">How it was to be tried.</param>
/// <param name="Expected">What was asked for.</param>
/// <param name="Source">Where it is known from.</param>
/// <param name="Happens">What happens here; empty where nothing runs it.</param>
/// <param name="Open">Why no test runs it, or what of it is left; empty: nothing.</param>
internal sealed record AttackRow(string Id, string Attack, string Attacker, string Test, string Expected, string Source, string Happens, string Open);

/// <summary>The table of attacks, the tests that run them, and the page that is made of both.</summary>
internal static partial class AttackTable
{
    private static readonly JsonSerializerOptions Form = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, AllowDuplicateProperties = false, RespectRequiredConstructorParameters = true };

    /// <summary>What the letters stand for, in the page's order.</summary>
    private static readonly (char Letter, string Title)[] Families =
    [
        ('K', "Keys"), ('C', "Content"), ('S', "Sync"), ('D', "Devices"), ('G', "Consent and law"), ('M', "Dumps and metadata"), ('N', "Network"), ('I', "Bad input"),
        ('R', "Faults"), ('H', "Sharing"), ('W', "Web and updates"), ('L', "Public log"),
    ];

    public static string File => Path.Combine(Checkout.Root, "tests", "Hostile", "attacks.json");

    public static string PageFile => Path.Combine(Checkout.Root, "docs", "attacks.md");

    public static IReadOnlyList<AttackRow> Rows { get; } = JsonSerializer.Deserialize<AttackRow[]>(System.IO.File.ReadAllText(File), Form)!;

    /// <summary>Names of tests by the ids that they run, in a fixed order.</summary>
    public static ILookup<string, string> Tests { get; } =
        (from type in typeof(AttackTable).Assembly.GetTypes()
         from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
         where method.GetCustomAttribute<FactAttribute>() is { Skip: null }
         from id in IdsOf(type, method)
         orderby type.Name, method.Name
         select (Id: id, Name: $"{type.Name}.{method.Name}")).Distinct().Concat(OfTheWebApp()).ToLookup(t => t.Id, t => t.Name, StringComparer.Ordinal);

    public static string Page()
    {
        var page = new StringBuilder();
        int tested = Rows.Count(r => Tests[r.Id].Any());
        page.Append("# Attacks\n\n")
            .Append("What was tried against Candor, what happens, and which test shows it. Made from `tests/Hostile/attacks.json` and the tests themselves; a test fails when this page is not current\n")
            .Append("(`CANDOR_GOLDEN=write` makes it anew). ")
            .Append(System.Globalization.CultureInfo.InvariantCulture, $"Of {Rows.Count} attacks {tested} are run by tests; for the other {Rows.Count - tested} it says why not.\n")
            .Append("What each position gains after all this: [THREAT-MODEL.md](../THREAT-MODEL.md).\n");
        foreach (var (letter, title) in Families)
        {
            page.Append("\n## ").Append(title).Append("\n\n| id | attack | by | what happens | tests |\n|---|---|---|---|---|\n");
            foreach (var row in Rows.Where(r => r.Id[0] == letter))
            {
                string happens = string.Join(' ', new[] { row.Happens, row.Open.Length > 0 ? $"*Open:* {row.Open}" : "" }.Where(t => t.Length > 0));
                string tests = string.Join("<br>", Tests[row.Id].Select(t => $"`{t}`"));
                page.Append("| ").AppendJoin(" | ", new[] { row.Id, row.Attack, row.Attacker, happens, tests }.Select(Cell)).Append(" |\n");
            }
        }
        return page.ToString();
    }

    /// <summary>Ids of the name and of the attribute. The rules of the account log are called R1 to R21: in their tests an R is one of those.</summary>
    private static IEnumerable<string> IdsOf(Type type, MethodInfo method)
    {
        bool rules = type.Namespace is "Candor.Tests.Log.Accounts" or "Candor.Tests.Client.Accounts" or "Candor.Tests.Server";
        var named = NameIds().Matches(method.Name).Select(m => m.Groups[1].Value).Where(id => !(rules && id[0] == 'R'));
        var said = new[] { type.GetCustomAttribute<AttackAttribute>(), method.GetCustomAttribute<AttackAttribute>() }.SelectMany(a => a?.Ids ?? []);
        return named.Concat(said);
    }

    /// <summary>Tests of the web app whose titles begin with ids. <c>./test</c> runs them all, and counts them.</summary>
    private static IEnumerable<(string Id, string Name)> OfTheWebApp() =>
        from file in Directory.GetFiles(Path.Combine(Checkout.Root, "web", "tests"), "*.test.ts", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        from Match title in WebTitle().Matches(System.IO.File.ReadAllText(file))
        from Capture id in title.Groups["id"].Captures
        select (id.Value, $"{Path.GetFileName(file)}: {title.Groups["title"].Value}");

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");

    /// <summary>Neither skipped nor to come: <c>test('W02 W03 …'</c> alone.</summary>
    [GeneratedRegex(@"^\s*test\('(?:(?<id>[A-Z]\d\d) )+(?<title>[^'\n]+)'", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex WebTitle();

    [GeneratedRegex(@"\G([A-Z]\d\d)_")]
    private static partial Regex NameIds();
}
