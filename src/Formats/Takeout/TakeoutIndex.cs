namespace Candor.Formats.Takeout;

/// <summary>One entry of an export, which may be spread over several archives.</summary>
/// <param name="Archive">Which archive it is in, in the caller's terms.</param>
/// <param name="Path">With "/" between folders.</param>
public sealed record TakeoutEntry(string Archive, string Path);

/// <summary>Why a sidecar was taken for a file's own.</summary>
public enum TakeoutRule
{
    /// <summary>The file's whole name.</summary>
    Exact,

    /// <summary>The name, cut after 46 characters.</summary>
    Clipped,

    /// <summary>"A(1).jpg" and "A.jpg…(1).json".</summary>
    Numbered,

    /// <summary>Names that are alike as far as they were kept: numbered by the export in natural order.</summary>
    NaturalOrder,

    /// <summary>The names differ in case only.</summary>
    OtherCase,

    /// <summary>One of the two has no extension, or part of one.</summary>
    MissingExtension,

    /// <summary>An edited copy shares the sidecar of its original.</summary>
    Edited,

    /// <summary>The movie of a Live Photo or motion photo shares the sidecar of its still.</summary>
    LiveMovie,
}

/// <summary>A file and its sidecar.</summary>
public sealed record TakeoutMatch(TakeoutEntry Media, TakeoutEntry Sidecar, TakeoutRule Rule);

/// <summary>Which sidecar belongs to which photo, over all archives of a Google Photos export.</summary>
/// <remarks>
/// Built from names alone: list every archive first, since a photo and its sidecar may lie in different ones. Every entry is in
/// exactly one of the lists (a shared sidecar is in more than one match). What cannot be told for certain is not guessed: a wrong
/// date is worse than a reported gap.
/// </remarks>
public sealed class TakeoutIndex
{
    /// <summary>The album file's name follows the language of the account.</summary>
    private static readonly HashSet<string> AlbumFiles = new(StringComparer.OrdinalIgnoreCase)
    {
        "metadata", "métadonnées", "Metadaten", "metadatos", "metadati", "metadados", "metadades", "metadane", "metagegevens", "metadata's",
        "metaadatok", "метаданные", "метадані", "メタデータ", "元数据", "中繼資料", "메타데이터", "üst veri", "meta veriler",
    };

    private readonly List<TakeoutMatch> matches = [];
    private readonly List<TakeoutEntry> unmatchedMedia = [];
    private readonly List<TakeoutEntry> unmatchedSidecars = [];
    private readonly List<TakeoutEntry> duplicates = [];
    private readonly List<TakeoutEntry> others = [];
    private readonly SortedDictionary<string, TakeoutEntry> albums = new(StringComparer.Ordinal);

    private TakeoutIndex() { }

    public IReadOnlyList<TakeoutMatch> Matches => matches;
    public IReadOnlyList<TakeoutEntry> UnmatchedMedia => unmatchedMedia;
    public IReadOnlyList<TakeoutEntry> UnmatchedSidecars => unmatchedSidecars;

    /// <summary>Entries whose path an earlier archive has as well; the first is the one that counts.</summary>
    public IReadOnlyList<TakeoutEntry> Duplicates => duplicates;

    /// <summary>What is neither media nor JSON: the export's own pages.</summary>
    public IReadOnlyList<TakeoutEntry> Others => others;

    /// <summary>The album file of each folder that has one.</summary>
    public IReadOnlyDictionary<string, TakeoutEntry> Albums => albums;

    /// <param name="entries">All files of all archives, folders left out; earlier archives first.</param>
    public static TakeoutIndex Build(IEnumerable<TakeoutEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        var index = new TakeoutIndex();
        var byPath = new SortedDictionary<string, TakeoutEntry>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            if (!byPath.TryAdd(entry.Path, entry))
                index.duplicates.Add(entry);
        }
        foreach (var folder in byPath.Values.GroupBy(entry => entry.Path[..(entry.Path.LastIndexOf('/') + 1)], StringComparer.Ordinal))
            index.AddFolder(folder.Key, folder);
        return index;
    }

    private void AddFolder(string folder, IEnumerable<TakeoutEntry> entries)
    {
        var matching = new TakeoutFolder();
        foreach (var entry in entries)
        {
            var name = entry.Path[folder.Length..];
            if (name.EndsWith(".html", StringComparison.OrdinalIgnoreCase) || name.Length == 0)
                others.Add(entry);
            else if (!name.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
                matching.AddMedia(entry, TakeoutName.OfFile(name));
            else if (AlbumFiles.Contains(TakeoutName.OfSidecar(name).Key) && albums.TryAdd(folder.TrimEnd('/'), entry))
                continue;
            else
                matching.AddSidecar(entry, name);
        }
        matching.Match();
        matches.AddRange(matching.Matches);
        unmatchedMedia.AddRange(matching.UnmatchedMedia);
        unmatchedSidecars.AddRange(matching.UnmatchedSidecars);
    }
}
