using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Candor.Shelf.Tuf;

/// <summary>A value of JSON as TUF uses it: objects without double names, arrays, strings, whole numbers, true, false, null. No fractions: canonical JSON has none.</summary>
/// <remarks>Held as what it is: <see cref="Dictionary{TKey,TValue}"/> in the order of the file, <see cref="List{T}"/>, string, long, bool or null.</remarks>
internal readonly record struct TufValue(object? Value)
{
    public IReadOnlyDictionary<string, TufValue>? Object => Value as Dictionary<string, TufValue>;

    public IReadOnlyList<TufValue>? Array => Value as List<TufValue>;

    public string? Text => Value as string;

    /// <summary>A whole number, or null.</summary>
    public long? Number => Value is long number ? number : null;

    public bool? Flag => Value is bool flag ? flag : null;

    /// <summary>A member of an object; a default value, in which everything is null, where there is none.</summary>
    public TufValue this[string name] => Object is { } members && members.TryGetValue(name, out var member) ? member : default;
}

/// <summary>Reads JSON strictly and writes it in OLPC's canonical form, over which TUF signs (spec/shelf.md §2).</summary>
internal static class TufJson
{
    /// <summary>Nesting that metadata has no use for; a bound for the reader's own stack.</summary>
    private const int Deepest = 32;

    private static readonly JsonReaderOptions Strict = new() { MaxDepth = Deepest, CommentHandling = JsonCommentHandling.Disallow, AllowTrailingCommas = false };

    /// <summary>Reads one value with nothing but white space around it. Never throws: false for bad JSON, bad UTF-8, a name twice in one object, a number that is not whole or not within 64 bits.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, out TufValue value)
    {
        value = default;
        try
        {
            var reader = new Utf8JsonReader(bytes, Strict);
            if (!reader.Read() || !TryRead(ref reader, out var whole) || reader.Read()) return false;
            value = whole;
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperation: a string that is no UTF-8, or half of a surrogate pair.
            return false;
        }
    }

    private static bool TryRead(ref Utf8JsonReader reader, out TufValue value)
    {
        value = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return TryReadObject(ref reader, out value);
            case JsonTokenType.StartArray:
                var items = new List<TufValue>();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    if (!TryRead(ref reader, out var item)) return false;
                    items.Add(item);
                }
                value = new(items);
                return true;
            case JsonTokenType.String:
                value = new(reader.GetString());
                return true;
            case JsonTokenType.Number:
                if (!reader.TryGetInt64(out long number)) return false;
                value = new(number);
                return true;
            case JsonTokenType.True or JsonTokenType.False:
                value = new(reader.TokenType == JsonTokenType.True);
                return true;
            case JsonTokenType.Null:
                return true;
            default:
                return false;
        }
    }

    private static bool TryReadObject(ref Utf8JsonReader reader, out TufValue value)
    {
        value = default;
        var members = new Dictionary<string, TufValue>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            if (!reader.Read() || !TryRead(ref reader, out var member) || !members.TryAdd(name, member)) return false;
        }
        value = new(members);
        return true;
    }

    /// <summary>Canonical form: names in the order of their code points, no white space, strings as UTF-8 with only the quotation mark and the backslash escaped.</summary>
    public static byte[] Write(TufValue value)
    {
        var output = new MemoryStream();
        Write(value, output);
        return output.ToArray();
    }

    private static void Write(TufValue value, MemoryStream output)
    {
        switch (value.Value)
        {
            case null:
                output.Write("null"u8);
                break;
            case bool flag:
                output.Write(flag ? "true"u8 : "false"u8);
                break;
            case long number:
                output.Write(Encoding.ASCII.GetBytes(number.ToString(System.Globalization.CultureInfo.InvariantCulture)));
                break;
            case string text:
                WriteText(Encoding.UTF8.GetBytes(text), output);
                break;
            case List<TufValue> items:
                output.WriteByte((byte)'[');
                for (int i = 0; i < items.Count; i++)
                {
                    if (i > 0) output.WriteByte((byte)',');
                    Write(items[i], output);
                }
                output.WriteByte((byte)']');
                break;
            case Dictionary<string, TufValue> members:
                WriteObject(members, output);
                break;
            default:
                throw new ArgumentException($"{value.Value.GetType()} is no JSON.", nameof(value));
        }
    }

    private static void WriteObject(Dictionary<string, TufValue> members, MemoryStream output)
    {
        // UTF-8 bytes sort as their code points do; UTF-16, which strings are made of, does not.
        var sorted = members.Select(m => (Name: Encoding.UTF8.GetBytes(m.Key), m.Value)).ToList();
        sorted.Sort((a, b) => a.Name.AsSpan().SequenceCompareTo(b.Name));
        output.WriteByte((byte)'{');
        for (int i = 0; i < sorted.Count; i++)
        {
            if (i > 0) output.WriteByte((byte)',');
            WriteText(sorted[i].Name, output);
            output.WriteByte((byte)':');
            Write(sorted[i].Value, output);
        }
        output.WriteByte((byte)'}');
    }

    private static void WriteText(byte[] text, MemoryStream output)
    {
        output.WriteByte((byte)'"');
        foreach (byte b in text)
        {
            if (b is (byte)'"' or (byte)'\\') output.WriteByte((byte)'\\');
            output.WriteByte(b);
        }
        output.WriteByte((byte)'"');
    }

    /// <summary>An object of members, for what we write.</summary>
    public static TufValue Of(params (string Name, object? Value)[] members) =>
        new(members.Where(m => m.Value is not null).ToDictionary(m => m.Name, m => m.Value is TufValue value ? value : new TufValue(m.Value), StringComparer.Ordinal));

    /// <summary>An array, for what we write.</summary>
    public static TufValue List(IEnumerable<string> items) => new(items.Select(i => new TufValue(i)).ToList());

    /// <summary>The same members, one of them replaced or added.</summary>
    public static TufValue With(this TufValue value, string name, TufValue member)
    {
        var members = new Dictionary<string, TufValue>(value.Object!, StringComparer.Ordinal) { [name] = member };
        return new(members);
    }

    /// <summary>A number that counts: from <paramref name="from"/> on, below 2³¹.</summary>
    public static bool IsCount(this TufValue value, long from, [NotNullWhen(true)] out long? count)
    {
        count = value.Number is { } number && number >= from && number <= int.MaxValue ? number : null;
        return count is not null;
    }
}
