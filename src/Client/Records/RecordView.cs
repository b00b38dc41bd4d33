using System.Collections;
using System.Text;

namespace Candor.Client.Records;

/// <summary>What lists and searches show of a record (spec/records.md §3): keys and values of the CBOR profile. Keys that we do not know are kept.</summary>
public sealed class RecordView : IEnumerable<KeyValuePair<string, object?>>
{
    private readonly SortedDictionary<string, object?> _values = new(StringComparer.Ordinal);

    public int Count => _values.Count;

    public string? Text(string key) => _values.GetValueOrDefault(key) as string;

    public long? Number(string key) => _values.GetValueOrDefault(key) as long?;

    public bool Flag(string key) => _values.GetValueOrDefault(key) is true;

    public byte[]? Bytes(string key) => _values.GetValueOrDefault(key) as byte[];

    public RecordView? Map(string key) => _values.GetValueOrDefault(key) as RecordView;

    /// <summary>The items of an array; none where the key is absent or no array.</summary>
    public IReadOnlyList<object?> Items(string key) => _values.GetValueOrDefault(key) as object?[] ?? [];

    public IEnumerable<string> Texts(string key) => Items(key).OfType<string>();

    public RecordView With(string key, string? value) => string.IsNullOrEmpty(value) ? this : Set(key, value);

    public RecordView With(string key, long? value) => value is { } number ? Set(key, number) : this;

    public RecordView With(string key, bool value) => value ? Set(key, true) : this;

    public RecordView With(string key, byte[]? value) => value is { Length: > 0 } ? Set(key, value) : this;

    public RecordView With(string key, IEnumerable<string> values) => values.Any() ? Set(key, values.Cast<object?>().ToArray()) : this;

    public RecordView With(string key, object?[] items) => items.Length > 0 ? Set(key, items) : this;

    public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    internal RecordView Set(string key, object? value)
    {
        if (Encoding.UTF8.GetByteCount(key) > CborText.LongestKey) throw new ArgumentException($"A key has at most {CborText.LongestKey} bytes.", nameof(key));
        _values[key] = value;
        return this;
    }
}
