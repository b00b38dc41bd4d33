namespace Candor.Formats.Takeout;

/// <summary>
/// Matches the files of one folder. Passes run from the certain to the probable; what a pass takes, later ones do not see.
/// </summary>
/// <remarks>Rules gathered by Ente, GooglePhotosTakeoutHelper, immich-go and TakeoutExtractor from their users' exports.</remarks>
internal sealed class TakeoutFolder
{
    private static readonly HashSet<string> MovieExtensions =
        new([".mp4", ".mov", ".m4v", ".mp", ".mp~2", ".mp~3", ".mv", ".3gp"], StringComparer.OrdinalIgnoreCase);

    private readonly List<(TakeoutEntry Entry, TakeoutName Name)> media = [];
    private readonly List<(TakeoutEntry Entry, string Key, int Number)> sidecars = [];
    private readonly Dictionary<(string, int), TakeoutEntry> byKey = [];
    private readonly HashSet<TakeoutEntry> usedSidecars = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<TakeoutEntry, TakeoutMatch> matched = new(ReferenceEqualityComparer.Instance);

    /// <summary>Files of which only a person can say whose sidecar is whose.</summary>
    private readonly HashSet<TakeoutEntry> ambiguous = new(ReferenceEqualityComparer.Instance);

    public IEnumerable<TakeoutMatch> Matches => media.Where(item => matched.ContainsKey(item.Entry)).Select(item => matched[item.Entry]);
    public IEnumerable<TakeoutEntry> UnmatchedMedia => media.Select(item => item.Entry).Where(entry => !matched.ContainsKey(entry));
    public IEnumerable<TakeoutEntry> UnmatchedSidecars => sidecars.Select(item => item.Entry).Where(entry => !usedSidecars.Contains(entry));

    private IEnumerable<(TakeoutEntry Entry, TakeoutName Name)> Open =>
        media.Where(item => !matched.ContainsKey(item.Entry) && !ambiguous.Contains(item.Entry));

    public void AddMedia(TakeoutEntry entry, TakeoutName name) => media.Add((entry, name));

    public void AddSidecar(TakeoutEntry entry, string name)
    {
        var (key, number) = TakeoutName.OfSidecar(name);
        sidecars.Add((entry, key, number));
        byKey.TryAdd((key, number), entry);
        // A name that was cut right behind a "(2)" of its own looks numbered, and is not.
        if (number > 0)
            byKey.TryAdd((name[..^".json".Length], 0), entry);
    }

    public void Match()
    {
        MatchColliding();
        foreach (var (entry, name) in Open.ToList())
            MatchKeys(entry, name);
        MatchOtherCase();
        MatchMissingExtension();
        MatchOddCuts();
        MatchEdited();
        MatchLiveMovies();
    }

    /// <summary>
    /// Different names with the same first 46 characters have sidecars "…", "…(1)", "…(2)": the export numbers them by length, then in
    /// natural order. If there is not one sidecar for each file, nothing says which is missing, and none is matched.
    /// </summary>
    private void MatchColliding()
    {
        var numbered = sidecars.ToLookup(item => item.Key);
        var groups = media.Where(item => item.Name.Plain.Length > TakeoutName.MaxKey && item.Name.Original() is null)
            .GroupBy(item => TakeoutName.Cut(item.Name.Plain), StringComparer.Ordinal)
            .Where(group => group.Select(item => item.Name.Base).Distinct(StringComparer.Ordinal).Skip(1).Any());
        foreach (var group in groups.ToList())
        {
            var files = group.OrderBy(item => item.Name.Plain.Length).ThenBy(item => item.Name.Plain, NaturalOrder.Instance)
                .ThenBy(item => item.Name.Number).ToList();
            var keys = numbered[group.Key].OrderBy(item => item.Number).ToList();
            for (var i = 0; i < files.Count; i++)
            {
                if (files.Count == keys.Count)
                    Take(files[i].Entry, keys[i].Entry, TakeoutRule.NaturalOrder);
                else
                    ambiguous.Add(files[i].Entry);
            }
        }
    }

    private void MatchKeys(TakeoutEntry entry, TakeoutName name)
    {
        foreach (var (key, number, rule) in name.Keys())
        {
            if (byKey.TryGetValue((key, number), out var sidecar) && !usedSidecars.Contains(sidecar))
            {
                Take(entry, sidecar, rule);
                return;
            }
        }
    }

    private void MatchOtherCase()
    {
        var free = FreeSidecars.ToLookup(item => (item.Key.ToUpperInvariant(), item.Number), item => item.Entry);
        foreach (var (entry, name) in Open.ToList())
        {
            foreach (var (key, number, _) in name.Keys())
            {
                if (TakeOnly(entry, free[(key.ToUpperInvariant(), number)], TakeoutRule.OtherCase))
                    break;
            }
        }
    }

    /// <summary>
    /// "IMG_1.supplemental-metadata.json" for "IMG_1.jpg", "IMG_1.jpg.json" for "IMG_1", "IMG_1.jp.json" for "IMG_1.jpg".
    /// </summary>
    private void MatchMissingExtension()
    {
        var byCore = FreeSidecars.ToLookup(item => (TakeoutName.Core(item.Key), item.Number), item => item.Entry);
        var byStem = FreeSidecars.Select(item => (item.Entry, item.Number, Core: TakeoutName.Core(item.Key)))
            .ToLookup(item => (Stem(item.Core), item.Number));
        foreach (var (entry, name) in Open.ToList())
        {
            if (TakeOnly(entry, byCore[(name.Base, name.Number)], TakeoutRule.MissingExtension))
                continue;
            var fitting = byStem[(name.Base, name.Number)]
                .Where(item => name.Extension.Length == 0 || item.Core.Length > name.Base.Length
                    && name.Plain.StartsWith(item.Core, StringComparison.OrdinalIgnoreCase));
            TakeOnly(entry, fitting.Select(item => item.Entry), TakeoutRule.MissingExtension);
        }
    }

    private void MatchOddCuts()
    {
        foreach (var (entry, name) in Open.ToList())
        {
            foreach (var key in name.OddCuts())
            {
                if (byKey.TryGetValue((key, name.Number), out var sidecar) && TakeOnly(entry, [sidecar], TakeoutRule.Clipped))
                    break;
            }
        }
    }

    /// <summary>The original may have another extension, or may not be in the export at all.</summary>
    private void MatchEdited()
    {
        var originals = media.Where(item => matched.ContainsKey(item.Entry))
            .ToLookup(item => (item.Name.Base.ToUpperInvariant(), item.Name.Number));
        foreach (var (entry, name) in Open.ToList())
        {
            if (name.Original() is not { } original)
                continue;
            var candidates = originals[(original.Base.ToUpperInvariant(), original.Number)].ToList();
            bool HasSameExtension((TakeoutEntry Entry, TakeoutName Name) item) =>
                string.Equals(item.Name.Extension, name.Extension, StringComparison.OrdinalIgnoreCase);
            var sibling = candidates.Find(HasSameExtension).Entry
                ?? candidates.FirstOrDefault().Entry;
            if (sibling is not null)
                Take(entry, matched[sibling].Sidecar, TakeoutRule.Edited);
            else if (original.Keys().Select(key => byKey.GetValueOrDefault((key.Key, key.Number)))
                .FirstOrDefault(sidecar => sidecar is not null) is { } orphan)
                Take(entry, orphan, TakeoutRule.Edited);
        }
    }

    /// <summary>"IMG_1.MP4" beside "IMG_1.HEIC", and "PXL_1.MP" beside "PXL_1.MP.jpg", have no sidecar of their own.</summary>
    private void MatchLiveMovies()
    {
        var stills = media.Where(item => matched.ContainsKey(item.Entry) && !MovieExtensions.Contains(item.Name.Extension))
            .ToLookup(item => (item.Name.Base.ToUpperInvariant(), item.Name.Number), item => item.Entry);
        var orphans = FreeSidecars.ToLookup(item => (Stem(TakeoutName.Core(item.Key)).ToUpperInvariant(), item.Number), item => item.Entry);
        foreach (var (entry, name) in Open.Where(item => MovieExtensions.Contains(item.Name.Extension)).ToList())
        {
            var still = stills[(name.Base.ToUpperInvariant(), name.Number)].Concat(stills[(name.Plain.ToUpperInvariant(), name.Number)])
                .FirstOrDefault();
            if (still is not null)
                Take(entry, matched[still].Sidecar, TakeoutRule.LiveMovie);
            else
                TakeOnly(entry, orphans[(name.Base.ToUpperInvariant(), name.Number)], TakeoutRule.LiveMovie);
        }
    }

    private IEnumerable<(TakeoutEntry Entry, string Key, int Number)> FreeSidecars =>
        sidecars.Where(item => !usedSidecars.Contains(item.Entry));

    private bool TakeOnly(TakeoutEntry entry, IEnumerable<TakeoutEntry> candidates, TakeoutRule rule)
    {
        var free = candidates.Where(sidecar => !usedSidecars.Contains(sidecar)).Take(2).ToList();
        if (free.Count != 1)
            return false;
        Take(entry, free[0], rule);
        return true;
    }

    private void Take(TakeoutEntry entry, TakeoutEntry sidecar, TakeoutRule rule)
    {
        usedSidecars.Add(sidecar);
        matched.Add(entry, new TakeoutMatch(entry, sidecar, rule));
    }

    private static string Stem(string name)
    {
        var dot = name.LastIndexOf('.');
        return dot > 0 ? name[..dot] : name;
    }

    /// <summary>Runs of digits compare by their value: a2 before a10.</summary>
    private sealed class NaturalOrder : IComparer<string>
    {
        public static readonly NaturalOrder Instance = new();

        public int Compare(string? x, string? y)
        {
            ReadOnlySpan<char> left = x, right = y;
            while (!left.IsEmpty && !right.IsEmpty)
            {
                int result;
                if (char.IsAsciiDigit(left[0]) && char.IsAsciiDigit(right[0]))
                {
                    var first = Digits(ref left);
                    var second = Digits(ref right);
                    result = first.Length != second.Length ? first.Length.CompareTo(second.Length) : first.SequenceCompareTo(second);
                }
                else
                {
                    result = left[0].CompareTo(right[0]);
                    left = left[1..];
                    right = right[1..];
                }
                if (result != 0)
                    return result;
            }
            return left.Length != right.Length ? left.Length.CompareTo(right.Length) : string.CompareOrdinal(x, y);
        }

        private static ReadOnlySpan<char> Digits(ref ReadOnlySpan<char> text)
        {
            var end = text.IndexOfAnyExceptInRange('0', '9');
            var run = end < 0 ? text : text[..end];
            text = text[run.Length..];
            return run.TrimStart('0');
        }
    }
}
