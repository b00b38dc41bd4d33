using System.Text;
using Candor.Audit.Bodies;

namespace Candor.Audit.Search;

/// <summary>Searches every view of a body for the owner's values and for what is somebody's, and tells each occurrence once.</summary>
/// <remarks>The caller says which side sent the body: only what the phone sent counts as sent. Thread-safe: one search serves all bodies of a report.</remarks>
public sealed class BodySearch
{
    private const int MaxHits = 20_000, MaxPictures = 32;

    private readonly NeedleSet? _set;
    private readonly DigitGroups? _groups;
    private readonly OwnerValue[] _places;
    private readonly PlaceWords _placeWords;
    private readonly HashSet<OwnerKind> _listed;
    private readonly byte[] _salt;
    private readonly bool _detect;

    /// <param name="set">The owner's values; null to detect only.</param>
    /// <param name="salt">The report's salt, <see cref="Finding.SaltSize"/> bytes from a random generator.</param>
    /// <param name="detect">Whether to look for what is on no list too.</param>
    public BodySearch(NeedleSet? set, ReadOnlySpan<byte> salt, bool detect = true)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(salt.Length, Finding.SaltSize);
        (_set, _salt, _detect) = (set, salt.ToArray(), detect);
        _groups = set is null ? null : new(set.Owner);
        _places = [.. set?.Owner.Values.Where(v => v.Kind == OwnerKind.Place) ?? []];
        _placeWords = PlaceSearch.RangesOf(_places);
        _listed = [.. set?.Owner.Values.Select(v => v.Kind) ?? []];
        _ = set?.Sieve;
    }

    /// <summary>Everything found in a decoded body, by its place in the body.</summary>
    public IReadOnlyList<Finding> Search(BodyTree tree)
    {
        var seen = new Occurrences();
        int pictures = 0;
        foreach (var view in tree.All)
        {
            seen.View = view;
            // A slice was searched with the view around it; but what stands beside a field of a binary form is its length and the next one's tag, which may look like letters.
            bool field = view.Parent is { Form: not ("form" or "multipart" or "tnetstring") } && !view.HasSlice();
            if (view.Map != ViewMap.Slice || view.Parent is null || field) Search(view, seen);
            if (view.Form is "jpeg" or "png" or "gif" or "webp" or "heic" or "avif" && pictures++ < MaxPictures) Picture(view, seen.Take);
        }
        return seen.Kept is not { } kept ? [] : [.. kept.Values.SelectMany(list => list).Select(Tell).OrderBy(finding => finding.Offset).ThenByDescending(finding => finding.Confidence)];
    }

    private void Search(BodyView view, Occurrences seen)
    {
        var bytes = view.Bytes.Span;
        var take = seen.Take;
        if (_set is not null)
        {
            _set.Sieve.Scan(bytes, 0, bytes.Length, seen.Compare);
            seen.TakePieces();
        }
        if (Media.Of(bytes) is not null) return;
        _groups?.Search(bytes, take);
        if (Readable.IsText(bytes))
        {
            if (_places.Length > 0) PlaceSearch.Text(bytes, _places, take);
            if (_detect) Detector.Text(bytes, _listed, take);
        }
        else if (_places.Length > 0)
        {
            PlaceSearch.Words(bytes, _places, _placeWords, take);
            PlaceSearch.Text(bytes, _places, take);
        }
    }

    private void Picture(BodyView view, Action<Hit> take)
    {
        if (_detect) Detector.Picture(view, take);
        if (_set is null || _set.Photos.Count == 0) return;
        byte[] digest = System.Security.Cryptography.SHA256.HashData(view.Bytes.Span);
        PhotoLook? look = null;
        foreach (var (photo, mark) in _set.Photos)
        {
            if (mark.Sha256.AsSpan().SequenceEqual(digest)) take(new(photo, "photo", "the whole file", Confidence.Certain, 0, view.Bytes.Length));
            else if (mark.Look is { } own && (look ??= PhotoLook.Of(view.Bytes.Span)) is { } seen && own.Distance(seen) is var distance && distance <= PhotoLook.Near)
                take(new(photo, "photo", $"looks the same ({distance} of 64 bits differ): re-encoded, resized or without its metadata", Confidence.Likely, 0, view.Bytes.Length));
        }
    }

    /// <summary>What was met in one body, view after view. Nothing is, in most: what it is kept in is made when something comes.</summary>
    private sealed class Occurrences
    {
        private Dictionary<OwnerValue, (int Start, int End, HashSet<int> At)>? _pieces;
        private int _hits;

        public Occurrences() => (Take, Compare) = (Add, Met);

        /// <summary>The view that is looked at.</summary>
        public BodyView? View { get; set; }

        /// <summary>Takes what was met in the view.</summary>
        public Action<Hit> Take { get; }

        /// <summary>Takes a needle that may begin at an offset of the view.</summary>
        public Action<Needle, int> Compare { get; }

        public Dictionary<(OwnerValue?, string), List<(BodyView View, Hit Hit)>>? Kept { get; private set; }

        /// <summary>Pieces of one file in one view are one occurrence.</summary>
        public void TakePieces()
        {
            if (_pieces is null) return;
            foreach (var (photo, (start, end, at)) in _pieces) Add(new(photo, "photo", $"pieces of the file ({at.Count})", Confidence.Certain, start, end - start));
            _pieces = null;
        }

        private void Met(Needle needle, int at)
        {
            if (NeedleMatch.Of(needle, View!.Bytes.Span, at) is not { } match) return;
            if (needle.Use != NeedleUse.Sample)
            {
                Add(new(needle.Value, Finding.Word(needle.Value.Kind), needle.Form, match.Confidence, match.Start, match.Length));
                return;
            }
            _pieces ??= [];
            if (!_pieces.TryGetValue(needle.Value, out var sum)) sum = (at, at, []);
            sum.At.Add(needle.At);
            _pieces[needle.Value] = (Math.Min(sum.Start, at), Math.Max(sum.End, at + match.Length), sum.At);
        }

        /// <summary>One occurrence is one finding: of two that overlap the surer stays, and of equals the one with the shorter chain, then the longer one.</summary>
        private void Add(Hit hit)
        {
            if (_hits++ >= MaxHits) return;
            Kept ??= [];
            if (!Kept.TryGetValue((hit.Value, hit.What), out var list)) Kept[(hit.Value, hit.What)] = list = [];
            for (int i = list.Count - 1; i >= 0; i--)
            {
                if (!Overlap(list[i].View, list[i].Hit, View!, hit)) continue;
                bool better = hit.Confidence > list[i].Hit.Confidence || hit.Confidence == list[i].Hit.Confidence && View == list[i].View && hit.Length > list[i].Hit.Length;
                if (better) list[i] = (View!, hit);
                return;
            }
            list.Add((View!, hit));
        }
    }

    private static bool Overlap(BodyView a, Hit one, BodyView b, Hit two)
    {
        var common = Common(a, b);
        var (start, length) = a.In(common, one.Start, one.Length);
        var (from, count) = b.In(common, two.Start, two.Length);
        return start < from + count && from < start + length;
    }

    private static BodyView? Common(BodyView? a, BodyView? b)
    {
        while (a != b)
        {
            if (a is null || b is null) return null;
            if (a.Depth >= b.Depth) a = a.Parent;
            else b = b.Parent;
        }
        return a;
    }

    private Finding Tell((BodyView View, Hit Hit) found)
    {
        var (view, hit) = found;
        var bytes = view.Bytes.Span.Slice(hit.Start, hit.Length);
        // The deepest part that holds it names its place best: "protobuf f3" rather than nothing.
        var named = view;
        int at = hit.Start;
        for (bool deeper = true; deeper;)
        {
            deeper = false;
            foreach (var part in named.Views)
            {
                if (part.Map != ViewMap.Slice || at < part.Start || at + hit.Length > part.Start + part.Length) continue;
                (named, at, deeper) = (part, at - part.Start, true);
                break;
            }
        }
        var (offset, length) = view.InBody(hit.Start, hit.Length);
        string? key = null;
        for (var above = view; above is not null; above = above.Parent) key ??= above.Key?.Name;
        string masked = hit.Value is { } value ? Finding.Mask(value) : Finding.Mask(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 64)]));
        return new(hit.Value, hit.What, hit.Form, hit.Confidence, named.ChainAt(at), offset, length, masked, Finding.ProofOf(_salt, bytes)) { InView = (hit.Start, hit.Length), Obfuscation = key, Seen = Excerpt.Of(view.Bytes.Span, hit.Start, hit.Length) };
    }
}
