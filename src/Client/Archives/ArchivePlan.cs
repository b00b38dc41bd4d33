using Candor.Client.Folder;
using Candor.Formats.Notes;
using Candor.Formats.Takeout;

namespace Candor.Client.Archives;

/// <summary>A photo or video of an archive and what lies around it.</summary>
/// <param name="File">The file.</param>
/// <param name="Sidecar">Its description by Google Photos, in the same archive or another one of the set.</param>
/// <param name="Album">The file that gives its folder a title.</param>
/// <param name="IsDescribed">Photos of its folder have descriptions, so that one without misses it.</param>
internal sealed record PhotoEntry(ArchiveEntry File, ArchiveEntry? Sidecar, ArchiveEntry? Album, bool IsDescribed);

/// <summary>Notes of one folder of one other program's export, with all of its files.</summary>
internal sealed record NoteFolder(IReadOnlyList<ArchiveEntry> Notes, IReadOnlyDictionary<string, ArchiveEntry> Files);

/// <summary>What each entry of a set of archives is taken for: by names, and by a look into one JSON file of each folder.</summary>
/// <remarks>
/// Parts of one export go together, since a photo and its description may lie in different ones. A path that several archives have is looked at once for each: in rounds, each with one
/// entry a path; a later round may use the descriptions of the first.
/// </remarks>
internal sealed class ArchivePlan
{
    /// <summary>Most bytes of a JSON file or a note that are read.</summary>
    public const long LargestText = 16 << 20;

    public List<PhotoEntry> Photos { get; } = [];

    public List<NoteFolder> Keep { get; } = [];

    public List<NoteFolder> Joplin { get; } = [];

    /// <summary>Markdown files of their own; the files are all of their round, for what they link to.</summary>
    public List<NoteFolder> Notes { get; } = [];

    public List<ArchiveEntry> Cards { get; } = [];

    /// <summary>Exports of messages or calls, by the names that SyncTech's app gives them: other XML is nobody's.</summary>
    public List<ArchiveEntry> Messages { get; } = [];

    /// <summary>Descriptions that describe no photo that is here.</summary>
    public List<ArchiveEntry> LoneSidecars { get; } = [];

    /// <summary>Pictures of contacts in a Takeout, which its cards do not hold.</summary>
    public List<ArchiveEntry> ContactPictures { get; } = [];

    /// <summary>What no kind takes.</summary>
    public List<ArchiveEntry> Others { get; } = [];

    public static ArchivePlan Of(IReadOnlyList<Archive> archives)
    {
        var plan = new ArchivePlan();
        var left = archives.SelectMany(a => a.Entries).ToList();
        ILookup<string, ArchiveEntry>? first = null;
        while (left.Count > 0)
        {
            var round = new Dictionary<string, ArchiveEntry>(left.Count, StringComparer.Ordinal);
            left = [.. left.Where(e => !round.TryAdd(e.Path, e))];
            plan.AddRound(round, first);
            first ??= round.Values.Where(e => e.Ends(".json")).ToLookup(e => e.Folder, StringComparer.Ordinal);
        }
        return plan;
    }

    private void AddRound(Dictionary<string, ArchiveEntry> round, ILookup<string, ArchiveEntry>? first)
    {
        var photos = new List<(ArchiveEntry Entry, bool IsDescribed)>();
        var sidecars = new List<ArchiveEntry>();
        var notes = new List<ArchiveEntry>();
        string[] joplinRoots = [.. round.Values.Where(e => FoundArchive.IsJoplinItem(e.Name)).Select(e => e.Folder).Distinct(StringComparer.Ordinal)];
        var joplin = joplinRoots.ToDictionary(r => r, _ => new List<ArchiveEntry>(), StringComparer.Ordinal);
        foreach (var folder in round.Values.GroupBy(e => e.Folder, StringComparer.Ordinal).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            ArchiveEntry[] files = [.. folder.OrderBy(e => e.Path, StringComparer.Ordinal)];
            if (Array.Find(joplinRoots, r => folder.Key == r || folder.Key.StartsWith($"{r}{JoplinImport.ResourceFolder}/", StringComparison.Ordinal)) is { } root)
            {
                joplin[root].AddRange(files);
                continue;
            }
            notes.AddRange(files.Where(IsNote));
            var role = RoleOf(files, first);
            if (role == FolderRole.Keep) AddKeep(files);
            else AddFiles(files, role, photos, sidecars);
        }
        foreach (var (root, files) in joplin)
        {
            var byPath = files.ToDictionary(f => f.Path[root.Length..], StringComparer.Ordinal);
            Joplin.Add(new([.. files.Where(f => f.Folder == root && FoundArchive.IsJoplinItem(f.Name))], byPath));
            Others.AddRange(files.Where(f => f.Folder == root && !FoundArchive.IsJoplinItem(f.Name)));
        }
        Match(photos, sidecars, first);
        if (notes.Count > 0) Notes.Add(new(notes, round));
    }

    private static bool IsNote(ArchiveEntry entry) => entry.Ends(".md") || entry.Ends(".markdown");

    private static bool IsMessages(ArchiveEntry entry) => entry.Ends(".xml")
        && (entry.Name.StartsWith("sms", StringComparison.OrdinalIgnoreCase) || entry.Name.StartsWith("calls", StringComparison.OrdinalIgnoreCase));

    /// <summary>Keep's own pages say the same as its notes; what is neither note nor page is what notes link to.</summary>
    private void AddKeep(ArchiveEntry[] files)
    {
        var byName = files.ToDictionary(f => f.Name, StringComparer.Ordinal);
        ArchiveEntry[] notes = [.. files.Where(f => f.Ends(".json"))];
        var stems = notes.Select(n => n.Name[..^".json".Length]).ToHashSet(StringComparer.Ordinal);
        Keep.Add(new(notes, byName));
        Others.AddRange(files.Where(f => f.Ends(".html") && !stems.Contains(f.Name[..^".html".Length])));
        Others.AddRange(files.Where(f => f.Ends(".txt")));
    }

    private void AddFiles(ArchiveEntry[] files, FolderRole role, List<(ArchiveEntry Entry, bool IsDescribed)> photos, List<ArchiveEntry> sidecars)
    {
        bool isContacts = files[0].Path.StartsWith("Takeout/", StringComparison.OrdinalIgnoreCase) && Array.Exists(files, f => f.Ends(".vcf"));
        foreach (var file in files)
        {
            if (IsNote(file)) continue;
            if (file.Ends(".vcf")) Cards.Add(file);
            else if (IsMessages(file)) Messages.Add(file);
            else if (FolderLayout.IsPicture(file.Path))
            {
                if (isContacts) ContactPictures.Add(file);
                else photos.Add((file, role == FolderRole.Photos));
            }
            else if (role != FolderRole.Photos || file.Ends(".html")) Others.Add(file);
            else if (file.Ends(".json")) sidecars.Add(file);
            else photos.Add((file, true)); // The export cuts names: in a folder of photos a file without a picture's ending is one too.
        }
    }

    private void Match(List<(ArchiveEntry Entry, bool IsDescribed)> photos, List<ArchiveEntry> sidecars, ILookup<string, ArchiveEntry>? first)
    {
        var byPath = photos.Select(p => p.Entry).Concat(sidecars).ToDictionary(e => e.Path, StringComparer.Ordinal);
        // A copy of a photo in a later export may have its description in the first one alone.
        var known = first is null ? [] : photos.Select(p => p.Entry.Folder).Distinct(StringComparer.Ordinal).SelectMany(f => first[f]).Where(e => !byPath.ContainsKey(e.Path));
        var all = byPath.Concat(known.Select(e => KeyValuePair.Create(e.Path, e))).ToDictionary(StringComparer.Ordinal);
        var index = TakeoutIndex.Build(all.Keys.Select(p => new TakeoutEntry("", p)));
        var sidecarOf = index.Matches.ToDictionary(m => m.Media.Path, m => all[m.Sidecar.Path], StringComparer.Ordinal);
        foreach (var (photo, isDescribed) in photos)
        {
            var album = index.Albums.TryGetValue(photo.Folder.TrimEnd('/'), out var title) ? all[title.Path] : null;
            Photos.Add(new(photo, sidecarOf.GetValueOrDefault(photo.Path), album, isDescribed));
        }
        LoneSidecars.AddRange(index.UnmatchedSidecars.Where(s => byPath.ContainsKey(s.Path)).Select(s => byPath[s.Path]));
    }

    /// <summary>What the JSON files of a folder are, by the first that can be told.</summary>
    private static FolderRole RoleOf(ArchiveEntry[] files, ILookup<string, ArchiveEntry>? first)
    {
        const int Tries = 20;
        var json = files.Where(f => f.Ends(".json"));
        if (first is not null) json = json.Concat(first[files[0].Folder]);
        foreach (var file in json.Take(Tries))
        {
            byte[] bytes;
            try
            {
                bytes = file.ReadAll(LargestText);
            }
            catch (Exception e) when (e is ItemException or IOException or UnauthorizedAccessException)
            {
                continue;
            }
            // A note has a title as an album has, and says more.
            if (KeepImport.Read(bytes, file.Name).Item is not null) return FolderRole.Keep;
            if (TakeoutSidecar.Parse(bytes, file.Name).Item is not null || TakeoutAlbum.Parse(bytes, file.Name).Item is not null) return FolderRole.Photos;
        }
        return FolderRole.Any;
    }

    private enum FolderRole
    {
        Any,
        Photos,
        Keep,
    }
}
