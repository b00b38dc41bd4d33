using Candor.Shelf.Packs;

namespace Candor.Client.Greetings;

/// <summary>A text to send, and whose it is.</summary>
/// <param name="Occasion">As asked for.</param>
/// <param name="Kind">"message", "joke", "poem" or "holiday".</param>
/// <param name="Language">In which it is.</param>
/// <param name="Text">Checked: no link, no number, nothing that shows as something else.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Licence">Under which terms.</param>
public sealed record OfferedGreeting(string Occasion, string Kind, string Language, string Text, string Author, string Licence);

/// <summary>The greetings on this device: those in the program, and the packs in <c>shelf/greetings/*.pack</c> of the device's folder. Nothing here asks anyone.</summary>
public sealed class GreetingShelf
{
    /// <summary>The id of the packs that the program brings; a pack of this id replaces them for its language.</summary>
    public const string Own = "candor";

    private const string Folder = "greetings/";

    /// <summary>How the names of packs begin that were fetched from a shelf; others were put there by hand, and are left alone.</summary>
    internal const string Fetched = "shelf.";

    internal const int MostPacks = 200;

    private readonly List<GreetingPack> _packs = [];

    private GreetingShelf()
    {
    }

    /// <summary>Packs that could not be read, each with its reason; the others are in use.</summary>
    public IReadOnlyList<string> Problems { get; private set; } = [];

    public IReadOnlyList<string> Languages => [.. Inside().Concat(_packs.Select(p => p.Language)).Distinct().Order(StringComparer.Ordinal)];

    /// <param name="home">The device's folder; it may not exist.</param>
    public static GreetingShelf Open(string home)
    {
        var shelf = new GreetingShelf();
        var problems = new List<string>();
        string folder = Path.Combine(home, "shelf", "greetings");
        foreach (string file in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.pack").Order(StringComparer.Ordinal).Take(MostPacks) : [])
        {
            string name = Path.GetFileName(file);
            if (new FileInfo(file).Length > GreetingPack.Largest) problems.Add($"{name}: the pack is larger than packs are.");
            else if (!GreetingPack.TryRead(File.ReadAllBytes(file), out var pack, out string reason)) problems.Add($"{name}: {reason}");
            else
            {
                int old = shelf._packs.FindIndex(p => p.Id == pack.Id && p.Language == pack.Language);
                if (old < 0) shelf._packs.Add(pack);
                else if (shelf._packs[old].Version < pack.Version) shelf._packs[old] = pack;
            }
        }
        shelf.Problems = problems;
        return shelf;
    }

    /// <summary>The language here that comes nearest to a wanted one: itself, its script ("zh-TW" is "zh-Hant"), its first part, else English.</summary>
    public string Nearest(string wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        var here = Languages;
        if (here.Contains(wanted)) return wanted;
        string[] parts = wanted.Split('-', '_');
        if (parts[0] == "zh") return parts[1..].Any(p => p is "TW" or "HK" or "MO" or "Hant") ? "zh-Hant" : "zh-Hans";
        return here.Contains(parts[0]) ? parts[0] : "en";
    }

    /// <summary>All greetings for an occasion in a language, in an order that stays.</summary>
    public IReadOnlyList<OfferedGreeting> For(string occasion, string language)
    {
        var found = _packs.Where(p => p.Language == language).SelectMany(p => p.Entries).Where(g => g.Occasion == occasion).ToList();
        if (GreetingNames.IsName(occasion) && !_packs.Exists(p => p.Id == Own && p.Language == language)) found.AddRange(FromInside($"{Folder}{language}/{occasion}"));
        return [.. found.Select(g => new OfferedGreeting(g.Occasion, g.Kind.Word(), language, g.Text, g.Author, g.Licence))];
    }

    /// <summary>Every occasion that has greetings in a language.</summary>
    public IReadOnlyList<string> Occasions(string language)
    {
        string folder = $"{Folder}{language}/";
        var inside = _packs.Exists(p => p.Id == Own && p.Language == language) ? [] : Names().Where(n => n.StartsWith(folder, StringComparison.Ordinal)).Select(n => n[folder.Length..]);
        return [.. _packs.Where(p => p.Language == language).SelectMany(p => p.Entries).Select(g => g.Occasion).Concat(inside).Distinct().Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> Names() => typeof(GreetingShelf).Assembly.GetManifestResourceNames().Where(n => n.StartsWith(Folder, StringComparison.Ordinal));

    private static IEnumerable<string> Inside() => Names().Select(n => n.Split('/')[1]);

    private static IReadOnlyList<Greeting> FromInside(string name)
    {
        using var stream = typeof(GreetingShelf).Assembly.GetManifestResourceStream(name);
        if (stream is null) return [];
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return GreetingSource.Read(bytes.GetBuffer().AsSpan(0, (int)bytes.Length)).Entries;
    }
}
