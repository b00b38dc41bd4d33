namespace Candor.Formats.Photos;

/// <summary>A file that may be half of a Live Photo.</summary>
/// <param name="Path">With "/" between folders.</param>
/// <param name="View">What the file says about itself.</param>
public sealed record LiveFile(string Path, PhotoView View);

/// <summary>The two files of one Live Photo.</summary>
/// <param name="Still">HEIC or JPEG.</param>
/// <param name="Movie">MOV or MP4.</param>
/// <param name="ByIdentifier">Both files carry the same id; else folder, name and date made the pair.</param>
public sealed record LivePair(LiveFile Still, LiveFile Movie, bool ByIdentifier);

/// <summary>Finds the files that belong together as Live Photos. A pair is shown as one; both files stay as they are.</summary>
public static class LivePairs
{
    private static readonly TimeSpan MaxApart = TimeSpan.FromDays(1);

    /// <summary>A Live Photo's movie takes three seconds. Without an id, a longer one with the same name is a film of its own.</summary>
    private static readonly TimeSpan MaxDuration = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Pairs by Apple's content identifier, then by folder and name where the ids do not object and the dates are within a day.
    /// </summary>
    /// <returns>Each file at most once; the same pairs whatever the order of <paramref name="files"/>.</returns>
    public static IReadOnlyList<LivePair> Match(IEnumerable<LiveFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var sorted = files.OrderBy(file => file.Path, StringComparer.Ordinal).ToList();
        var stills = sorted.Where(file => IsStill(file.View)).ToList();
        var movies = sorted.Where(file => file.View.IsVideo).ToList();
        var pairs = new List<LivePair>();
        var used = new HashSet<LiveFile>(ReferenceEqualityComparer.Instance);
        // 1. The same id and the same name; an edited copy carries the id too. 2. The same id. 3. The same name.
        Pair(IdKey, file => Key(file), byIdentifier: true);
        Pair(IdKey, _ => "", byIdentifier: true);
        Pair(_ => "", file => Key(file), byIdentifier: false);
        return [.. pairs.OrderBy(pair => pair.Still.Path, StringComparer.Ordinal)];

        void Pair(Func<LiveFile, string?> id, Func<LiveFile, string> name, bool byIdentifier)
        {
            var free = movies.Where(movie => !used.Contains(movie) && id(movie) is not null).ToLookup(movie => (id(movie), name(movie)));
            foreach (var still in stills.Where(still => !used.Contains(still) && id(still) is not null))
            {
                var movie = free[(id(still), name(still))].FirstOrDefault(movie => !used.Contains(movie)
                    && (byIdentifier || CanBelong(still.View, movie.View)));
                if (movie is null)
                    continue;
                used.Add(still);
                used.Add(movie);
                pairs.Add(new LivePair(still, movie, byIdentifier));
            }
        }
    }

    private static bool IsStill(PhotoView view) => view.MediaType is "image/heic" or "image/heif" or "image/jpeg";

    private static string? IdKey(LiveFile file) => file.View.ContentIdentifier?.ToUpperInvariant();

    /// <summary>Folder and name without the extension; "IMG_1.HEIC.MOV", as some tools write, goes with "IMG_1.HEIC".</summary>
    private static string Key(LiveFile file)
    {
        var path = file.Path.ToUpperInvariant();
        var stem = Stem(path);
        return file.View.IsVideo && (stem.EndsWith(".HEIC", StringComparison.Ordinal) || stem.EndsWith(".JPG", StringComparison.Ordinal))
            ? Stem(stem) : stem;
    }

    private static string Stem(string path)
    {
        var dot = path.LastIndexOf('.');
        return dot > path.LastIndexOf('/') + 1 ? path[..dot] : path;
    }

    private static bool CanBelong(PhotoView still, PhotoView movie) =>
        (still.ContentIdentifier is null || movie.ContentIdentifier is null)
        && !(movie.Duration > MaxDuration)
        && (still.Taken is null || movie.Taken is null || (still.Taken.Utc - movie.Taken.Utc).Duration() <= MaxApart);
}
