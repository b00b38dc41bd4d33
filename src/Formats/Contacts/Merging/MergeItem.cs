using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>What is merged as one: a property, or a property with the label and other satellites of its group.</summary>
internal sealed class MergeItem
{
    private MergeItem(ImmutableArray<VCardProperty> properties)
    {
        Properties = properties;
        Name = Main.Name.ToUpperInvariant();
        Satellites = string.Join('\u001E', properties.Skip(1).Select(p => Canonical.Line(p)));
        Parameters = Canonical.Parameters(Main);
        Match = Canonical.Match(Main);
        Key = $"{Canonical.Line(Main)}\u001E{Satellites}";
    }

    public ImmutableArray<VCardProperty> Properties { get; }

    public VCardProperty Main => Properties[0];

    public string Name { get; }

    /// <summary>Content of everything in the group but the main property.</summary>
    public string Satellites { get; }

    public string Parameters { get; }

    /// <summary>The main value as a person would compare it.</summary>
    public string Match { get; }

    /// <summary>The whole content.</summary>
    public string Key { get; }

    /// <summary>1 for the first item of this content in its card, 2 for one that says the same again.</summary>
    public int Occurrence { get; private set; } = 1;

    /// <summary>Everything but the value.</summary>
    public string Sides => $"{Parameters}\u001E{Satellites}";

    public static List<MergeItem> Of(VCard? card)
    {
        var items = new List<MergeItem>();
        if (card is null) return items;
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var bundle in Canonical.Bundles(card))
        {
            var item = new MergeItem(bundle);
            item.Occurrence = seen[item.Key] = seen.GetValueOrDefault(item.Key) + 1;
            items.Add(item);
        }
        return items;
    }

    public static MergeItem Of(params ImmutableArray<VCardProperty> properties) => new(properties);

    /// <summary>
    /// Joins two edits of one item, or two additions of one value: value, label and each parameter from the side that changed it, types as a
    /// set. Null where both changed one of these.
    /// </summary>
    public static MergeItem? Combine(MergeItem? start, MergeItem newer, MergeItem older)
    {
        if (Pick(start?.Match, newer.Match, older.Match) is not { } match) return null;
        if (Pick(start?.Satellites, newer.Satellites, older.Satellites) is not { } satellites) return null;
        var parameters = new List<VCardParameter>();
        foreach (var name in newer.Main.Parameters.Concat(older.Main.Parameters).Where(p => !p.IsType).Select(p => p.Name).Distinct(StringComparer.OrdinalIgnoreCase))
        {
            var (b, n, o) = (Say(start, name), Say(newer, name), Say(older, name));
            var picked = Pick(start is null ? null : b, n, o);
            if (picked is null && name.ToUpperInvariant() is not ("PREF" or "X-PREF" or "VALUE")) return null;
            var from = picked is null || picked == n ? newer : older;
            parameters.AddRange(from.Main.Parameters.Where(p => !p.IsType && p.Is(name)));
        }
        var types = Types(start, newer, older);
        if (types.Count > 0) parameters.Insert(0, new VCardParameter("TYPE", types));
        var fromOlder = match != newer.Match || newer.Main.RawValue == start?.Main.RawValue;
        var raw = fromOlder && match == older.Match ? older.Main.RawValue : newer.Main.RawValue;
        var group = newer.Main.Group ?? older.Main.Group;
        var sides = satellites == newer.Satellites ? newer : older;
        if (sides.Properties.Length == 1) group = newer.Main.Group;
        var same = types.SequenceEqual(TypeWords(newer)) && parameters.Where(p => !p.IsType).SequenceEqual(newer.Main.Parameters.Where(p => !p.IsType));
        var main = new VCardProperty(group, newer.Main.Name, same ? newer.Main.Parameters : [.. parameters], raw);
        return new MergeItem([main, .. sides.Properties.Skip(1).Select(p => p.WithGroup(group))]);
    }

    /// <summary>The three-way choice of one text; null where both sides changed it differently. Without a base, silence yields.</summary>
    private static string? Pick(string? start, string newer, string older)
    {
        if (newer == older || older == (start ?? "")) return newer;
        return newer == (start ?? "") ? older : null;
    }

    private static string Say(MergeItem? item, string name) => item is null ? ""
        : string.Join(';', item.Main.Parameters.Where(p => !p.IsType && p.Is(name)).Select(p => string.Join(',', p.Values)));

    private static IEnumerable<string> TypeWords(MergeItem item) => item.Main.Parameters.Where(p => p.IsType).SelectMany(p => p.Values);

    private static List<string> Types(MergeItem? start, MergeItem newer, MergeItem older)
    {
        var had = start?.Main.Types ?? [];
        var (mine, other) = (newer.Main.Types, older.Main.Types);
        var kept = TypeWords(newer).Where(t => other.Contains(t.ToLowerInvariant()) || !had.Contains(t.ToLowerInvariant()));
        var added = TypeWords(older).Where(t => !mine.Contains(t.ToLowerInvariant()) && !had.Contains(t.ToLowerInvariant())).Order(StringComparer.Ordinal);
        return [.. kept, .. added];
    }

    public MergeItem InGroup(string group) => new([.. Properties.Select(p => p.WithGroup(group))]);
}
