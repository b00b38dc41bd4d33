using System.Globalization;
using Candor.Server.Operator;
using Candor.Shelf.Packs;

namespace Candor.Server.Shelf;

/// <summary>candor-server shelf build: greeting packs out of text files. It touches no account and needs no running server.</summary>
internal static class ShelfCommand
{
    private const int Done = 0, SomeRefused = 1;

    private static readonly string[] Known = ["from", "fortune", "to", "id", "number", "language", "occasion", "kind", "author", "licence"];

    /// <exception cref="FormatException">The command is wrong; the message says what to type.</exception>
    public static int Run(string[] arguments, TextWriter output, TextWriter errors)
    {
        if (arguments is not ["build", ..]) throw new FormatException("Type candor-server shelf build --from DIR --to DIR. candor-server help says more.");
        CommandLine.Check(arguments[1..], Known);
        var options = new ConfigurationBuilder().AddCommandLine(arguments[1..]).Build();
        string to = options["to"] ?? throw new FormatException("Say where the packs go: --to DIR.");
        if (!long.TryParse(options["number"] ?? "1", NumberStyles.None, CultureInfo.InvariantCulture, out long number) || number < 1) throw new FormatException("--number is the version of the packs: a number from 1 on.");
        var sources = (options["from"], options["fortune"]) switch
        {
            ({ } folder, null) => FromFolder(folder),
            (null, { } file) => [(file, GreetingSource.ReadFortunes(Bytes(file), Origin(options)))],
            _ => throw new FormatException("Say what the packs are made of: --from DIR or --fortune FILE, one of them."),
        };
        return Build(sources, to, options["id"] ?? (options["from"] is null ? "fortune" : "candor"), number, output, errors);
    }

    private static int Build(List<(string Name, GreetingSource Source)> sources, string to, string id, long number, TextWriter output, TextWriter errors)
    {
        int refused = 0;
        foreach (var (name, source) in sources)
        {
            foreach (string problem in source.Problems)
            {
                errors.WriteLine($"{name}: {problem}");
                refused++;
            }
        }
        if (sources.TrueForAll(s => s.Source.Entries.Count == 0)) throw new InvalidOperationException("There is no greeting in what was named: nothing was built.");
        Directory.CreateDirectory(to);
        foreach (var language in sources.Where(s => s.Source.Entries.Count > 0).GroupBy(s => s.Source.Language).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            var pack = GreetingPack.Build(id, language.Key, number, language.SelectMany(s => s.Source.Entries));
            byte[] bytes = pack.Encode();
            string file = Path.Combine(to, $"{id}-{language.Key}.pack");
            // Whole or not at all: a shelf that is being served never shows half a pack.
            File.WriteAllBytes(file + ".new", bytes);
            File.Move(file + ".new", file, overwrite: true);
            int given = language.Sum(s => s.Source.Entries.Count);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(file)}: {pack.Entries.Count} greetings, {given - pack.Entries.Count} twice, {pack.Entries.Select(e => e.Occasion).Distinct().Count()} occasions, {bytes.Length} bytes"));
        }
        if (refused > 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{refused} entries or files refused, each named above"));
        return refused == 0 ? Done : SomeRefused;
    }

    private static List<(string Name, GreetingSource Source)> FromFolder(string folder)
    {
        if (!Directory.Exists(folder)) throw new InvalidOperationException($"There is no folder {folder}.");
        return [.. Directory.EnumerateFiles(folder, "*.txt", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(f => (Path.GetRelativePath(folder, f), GreetingSource.Read(Bytes(f))))];
    }

    private static byte[] Bytes(string file)
    {
        if (new FileInfo(file) is not { Exists: true } info) throw new InvalidOperationException($"There is no file {file}.");
        if (info.Length > GreetingSource.Largest) throw new InvalidOperationException($"{file} is larger than 4 MiB.");
        return File.ReadAllBytes(file);
    }

    private static GreetingOrigin Origin(IConfiguration options)
    {
        string Needed(string name) => options[name] ?? throw new FormatException($"A file of fortune does not say its {name}: --{name} …");
        string kind = options["kind"] ?? "poem";
        return new(Needed("language"), Needed("occasion"), GreetingNames.KindOf(kind) ?? throw new FormatException($"\"{kind}\" is no kind: they are {string.Join(", ", GreetingNames.Kinds)}."), Needed("author"), Needed("licence"));
    }
}
