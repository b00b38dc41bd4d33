using System.Collections;
using System.Text;

namespace Candor.Client.Records;

/// <summary>What lists and searches show of a record (spec/records.md §3): keys and values of the CBOR profile. Keys that we do not know are kept.</summary>
/// <remarks>Values are long, string, bool, byte[], null, object?[] and RecordView. Walked in the profile's order: shorter keys first, then by bytes.</remarks>
public sealed class RecordView : IEnumerable<KeyValuePair<string, object?>>
{
    private KeyValuePair<string, object?>[] _items = [];
    private int _count;

    public int Count => _count;

    public bool Has(string key) => Find(key) >= 0;

    /// <summary>The value as it stands; null too where the key is absent.</summary>
    public object? this[string key] => Find(key) is >= 0 and var at ? _items[at].Value : null;

    public string? Text(string key) => this[key] as string;

    public long? Number(string key) => this[key] as long?;

    /// <summary>A number of milliseconds since 1970 as a time.</summary>
    public DateTimeOffset? Time(string key) => TimeOf(Number(key));

    /// <summary>Null where there is no number, or none that the calendar reaches.</summary>
    public static DateTimeOffset? TimeOf(long? ms) => ms is > -62135596800000 and < 253402300800000 ? DateTimeOffset.FromUnixTimeMilliseconds(ms.Value) : null;

    public bool Flag(string key) => this[key] is true;

    public byte[]? Bytes(string key) => this[key] as byte[];

    public RecordView? Map(string key) => this[key] as RecordView;

    /// <summary>The items of an array; none where the key is absent or no array.</summary>
    public IReadOnlyList<object?> Items(string key) => this[key] as object?[] ?? [];

    public IEnumerable<string> Texts(string key) => Items(key).OfType<string>();

    public RecordView With(string key, string? value) => string.IsNullOrEmpty(value) ? this : Set(key, value);

    public RecordView With(string key, long? value) => value is { } number ? Set(key, number) : this;

    public RecordView With(string key, bool value) => value ? Set(key, true) : this;

    public RecordView With(string key, byte[]? value) => value is { Length: > 0 } ? Set(key, value) : this;

    public RecordView With(string key, IEnumerable<string> values) => With(key, values.Cast<object?>().ToArray());

    public RecordView With(string key, object?[] items) => items.Length > 0 ? Set(key, items) : this;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator()
    {
        for (int i = 0; i < _count; i++) yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The items in order, without an enumerator.</summary>
    internal ReadOnlySpan<KeyValuePair<string, object?>> Span => _items.AsSpan(0, _count);

    /// <summary>A copy that can be changed; the values are shared and never change.</summary>
    internal RecordView Copy() => new() { _items = Span.ToArray(), _count = _count };

    internal RecordView Set(string key, object? value)
    {
        int at = Find(key);
        if (at >= 0)
        {
            _items[at] = new(key, value);
            return this;
        }
        if (Encoding.UTF8.GetByteCount(key) > CborText.LongestKey) throw new ArgumentException($"A key has at most {CborText.LongestKey} bytes.", nameof(key));
        if (_count == _items.Length) Array.Resize(ref _items, Math.Max(16, 2 * _count));
        _items.AsSpan(~at, _count - ~at).CopyTo(_items.AsSpan(~at + 1));
        _items[~at] = new(key, value);
        _count++;
        return this;
    }

    internal RecordView Remove(string key)
    {
        int at = Find(key);
        if (at < 0) return this;
        _items.AsSpan(at + 1, _count - at - 1).CopyTo(_items.AsSpan(at));
        _items[--_count] = default;
        return this;
    }

    /// <summary>Where the key stands, else the complement of where it belongs.</summary>
    private int Find(string key)
    {
        int low = 0, high = _count - 1;
        while (low <= high)
        {
            int middle = (low + high) >> 1;
            int order = Compare(_items[middle].Key, key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }

    private static int Compare(string left, string right)
    {
        if (Ascii.IsValid(left) && Ascii.IsValid(right)) return left.Length != right.Length ? left.Length - right.Length : string.CompareOrdinal(left, right);
        byte[] a = Encoding.UTF8.GetBytes(left), b = Encoding.UTF8.GetBytes(right);
        return a.Length != b.Length ? a.Length - b.Length : a.AsSpan().SequenceCompareTo(b);
    }
}
