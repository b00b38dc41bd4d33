using System.Globalization;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>Everything that an owner's values may look like on the wire, ready to be looked for.</summary>
public sealed class NeedleSet
{
    /// <summary>Bytes of one needle at most: of a longer text its head is the whole form, and fragments find the rest.</summary>
    internal const int MaxNeedle = 512;

    /// <summary>Needles at most; past that the values at the end of the file are left out, and <see cref="LeftOut"/> says so.</summary>
    private const int MaxNeedles = 2_000_000;

    private const int FragmentCharacters = 9, FragmentStep = 4;

    private readonly Dictionary<(string Bytes, bool AnyCase, OwnerValue Value), Needle> _needles = [];
    private readonly List<LeftOut> _leftOut = [];
    private NeedleSieve? _sieve;

    private NeedleSet(OwnerFile owner) => Owner = owner;

    public OwnerFile Owner { get; }

    /// <summary>How many strings of bytes are looked for.</summary>
    public int Count => _needles.Count;

    /// <summary>Forms that are not looked for, because chance would find them.</summary>
    public IReadOnlyList<LeftOut> LeftOut => _leftOut;

    internal IReadOnlyDictionary<OwnerValue, PhotoMark> Photos { get; private set; } = new Dictionary<OwnerValue, PhotoMark>();

    internal NeedleSieve Sieve => _sieve ??= new(_needles.Values);

    internal IReadOnlyCollection<Needle> Needles => _needles.Values;

    /// <summary>Makes every form of every value.</summary>
    /// <param name="owner">The owner's values.</param>
    /// <param name="photos">The bytes of the photos that the owner file names, by the path it names them by. One that is missing is looked for by nothing: the caller says so.</param>
    public static NeedleSet Of(OwnerFile owner, IReadOnlyDictionary<string, byte[]>? photos = null)
    {
        var set = new NeedleSet(owner);
        foreach (var value in owner.Values)
        {
            foreach (var spelling in Spelling.Of(value)) set.AddSpelling(value, spelling);
            set.AddNumbers(value);
            if (value.Kind == OwnerKind.Message) set.AddFragments(value);
        }
        foreach (var (text, form, value) in HashForms.Joined(owner.Values).DistinctBy(joined => joined.Text))
            set.AddHashes(value, Encoding.UTF8.GetBytes(text), form, ["md5", "sha1", "sha256"], Odds.LeastBits * 2);
        set.AddPlaces();
        set.AddPhotos(photos ?? new Dictionary<string, byte[]>());
        return set;
    }

    private void AddSpelling(OwnerValue value, Spelling spelling)
    {
        double bits = Odds.Of(spelling.Text);
        foreach (var encoded in Encodings.Of(spelling))
        {
            double own = encoded.Form.StartsWith("base64", StringComparison.Ordinal) ? 6.0 * encoded.Bytes.Length
                : encoded.Form.StartsWith("base32", StringComparison.Ordinal) ? 5.0 * encoded.Bytes.Length
                : encoded.Form.Contains("BCD", StringComparison.Ordinal) ? IntegerForms.Bits(encoded.Bytes) : double.PositiveInfinity;
            double weight = Math.Min(bits, own) + (encoded.Guard == Guard.None ? 0 : Odds.GuardBits);
            string form = encoded.Form.Length == 0 ? spelling.Form : $"{spelling.Form}, {encoded.Form}";
            Add(value, form, weight, encoded.Bytes, encoded.Bytes.Length, encoded.AnyCase, encoded.Guard, encoded.Unit, spelling.Most);
        }
        if (spelling.Hashed) AddHashes(value, Encoding.UTF8.GetBytes(spelling.Text), spelling.Form, HashForms.Common, bits);
    }

    /// <summary>A digest of a value that is easily guessed (a short number) still cannot be met by chance: what counts is the digest's length.</summary>
    private void AddHashes(OwnerValue value, byte[] input, string of, IReadOnlyList<string> algorithms, double bits)
    {
        if (bits < 16) return; // The digest of "1" is anybody's.
        foreach (var hash in HashForms.Of(input, algorithms))
            Add(value, $"{hash.Form} of the {of}", 64, hash.Bytes, hash.Least, hash.AnyCase, Guard.None, 1, Confidence.Certain, NeedleUse.Head);
    }

    private void AddNumbers(OwnerValue value)
    {
        string hex = new([.. value.Text.Where(char.IsAsciiHexDigit)]);
        ulong number = 0;
        bool known = value.Kind switch
        {
            OwnerKind.AndroidId => hex.Length <= 16 && ulong.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number),
            OwnerKind.Mac => ulong.TryParse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out number),
            OwnerKind.OwnNumber or OwnerKind.ContactNumber => ulong.TryParse(new string([.. value.Text.Where(char.IsAsciiDigit)]), CultureInfo.InvariantCulture, out number),
            OwnerKind.Message or OwnerKind.Photo or OwnerKind.Place => false,
            _ => ulong.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out number),
        };
        if (known)
        {
            foreach (var (bytes, form) in IntegerForms.Of(number))
                Add(value, $"integer, {form}", IntegerForms.Bits(bytes), bytes, bytes.Length);
        }
        byte[] raw = value.Kind switch
        {
            OwnerKind.Mac => Convert.FromHexString(hex),
            OwnerKind.AdvertisingId => Guid.Parse(value.Text).ToByteArray(bigEndian: true),
            OwnerKind.AndroidId when hex.Length % 2 == 0 => Convert.FromHexString(hex),
            _ => [],
        };
        if (raw.Length == 0) return;
        Add(value, $"{raw.Length} raw bytes", IntegerForms.Bits(raw), raw, raw.Length);
        if (value.Kind == OwnerKind.AdvertisingId) Add(value, "16 raw bytes, Microsoft's order", IntegerForms.Bits(raw), Guid.Parse(value.Text).ToByteArray(), 16);
        foreach (var (text, shift) in Encodings.Base64(raw))
            Add(value, $"raw bytes, base64 at alignment {shift}", 6.0 * text.Length, Encoding.ASCII.GetBytes(text), text.Length);
        byte[] backwards = [.. raw.Reverse()];
        Add(value, $"{raw.Length} raw bytes, backwards", IntegerForms.Bits(raw), backwards, raw.Length);
    }

    private void AddFragments(OwnerValue value)
    {
        foreach (var (encoding, form, unit) in ((Encoding, string, int)[])[(Encoding.UTF8, "fragment", 1), (Encoding.Unicode, "fragment, UTF-16LE", 2), (Encoding.BigEndianUnicode, "fragment, UTF-16BE", 2)])
        {
            byte[] whole = encoding.GetBytes(value.Text);
            for (int from = 0; from + FragmentCharacters <= value.Text.Length; from += FragmentStep)
            {
                if (char.IsLowSurrogate(value.Text[from])) continue;
                int at = encoding.GetByteCount(value.Text.AsSpan(0, from));
                byte[] piece = encoding.GetBytes(value.Text, from, FragmentCharacters);
                if (whole.AsSpan(at).StartsWith(piece))
                    Put(new() { Value = value, Form = form, Confidence = Confidence.Possible, Bytes = piece, Least = piece.Length, Use = NeedleUse.Fragment, At = at, Of = whole, Unit = unit });
            }
        }
    }

    /// <summary>Geohashes only: numbers are compared by value (<see cref="PlaceSearch"/>).</summary>
    private void AddPlaces()
    {
        foreach (var place in Owner.Values.Where(v => v.Kind == OwnerKind.Place))
        {
            foreach (var (hash, least) in PlaceSearch.Geohashes(place.At))
                Add(place, $"geohash, {least} characters or more", 5 * least, Encoding.ASCII.GetBytes(hash), least, use: NeedleUse.Head);
        }
    }

    private void AddPhotos(IReadOnlyDictionary<string, byte[]> photos)
    {
        var marks = new Dictionary<OwnerValue, PhotoMark>();
        foreach (var value in Owner.Values.Where(v => v.Kind == OwnerKind.Photo))
        {
            if (!photos.TryGetValue(value.Text, out byte[]? bytes)) continue;
            marks[value] = PhotoMark.Of(bytes);
            AddHashes(value, bytes, "file", HashForms.Common, 64);
            foreach (var (at, piece) in PhotoMark.Samples(bytes))
                Put(new() { Value = value, Form = "piece of the file", Confidence = Confidence.Certain, Bytes = piece, Least = piece.Length, Use = NeedleUse.Sample, At = at });
        }
        Photos = marks;
    }

    private void Add(OwnerValue value, string form, double bits, byte[] bytes, int least, bool anyCase = false, Guard guard = Guard.None, int unit = 1, Confidence most = Confidence.Certain, NeedleUse use = NeedleUse.Whole)
    {
        if (bytes.Length > MaxNeedle) (bytes, least) = (bytes[..MaxNeedle], Math.Min(least, MaxNeedle));
        if (bits < Odds.LeastBits || least < NeedleSieve.Shortest || _needles.Count >= MaxNeedles)
        {
            _leftOut.Add(new(value, form, Math.Min(bits, 8.0 * least)));
            return;
        }
        Put(new()
        {
            Value = value,
            Form = form,
            Confidence = (Confidence)Math.Min((int)most, (int)Odds.Of(bits)),
            Bytes = bytes,
            Least = least,
            AnyCase = anyCase,
            Guard = guard,
            Unit = unit,
            Use = use,
        });
    }

    /// <summary>The first form that gives some bytes is the one they are called by.</summary>
    private void Put(Needle needle) => _needles.TryAdd((Convert.ToHexString(needle.Bytes), needle.AnyCase, needle.Value), needle);
}
