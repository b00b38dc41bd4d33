using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Candor.Formats.Messages;

/// <summary>A JSON object with Android's columns as keys. Values are strings there; numbers are taken too.</summary>
internal sealed class JsonRow : Row
{
    private readonly JsonElement[] _values = new JsonElement[(int)Column.Last];

    internal void Load(JsonElement row)
    {
        Array.Clear(_values);
        foreach (JsonProperty property in row.EnumerateObject())
        {
            ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
            Column column = Columns.Find(name.Contains((byte)'\\') ? Encoding.UTF8.GetBytes(Unescape(name)) : name);
            _values[(int)column] = property.Value;
        }
    }

    internal bool Has(Column column) => _values[(int)column].ValueKind is not (JsonValueKind.Undefined or JsonValueKind.Null);

    internal JsonElement this[Column column] => _values[(int)column];

    internal override string? Text(Column column) => _values[(int)column].ValueKind switch
    {
        JsonValueKind.String => Unescape(Inside(column)),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => _values[(int)column].GetRawText(),
        _ => null,
    };

    internal override long? Number(Column column) => _values[(int)column].ValueKind switch
    {
        JsonValueKind.String => Parse(Inside(column)),
        JsonValueKind.Number => Parse(JsonMarshal.GetRawUtf8Value(_values[(int)column])),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    private ReadOnlySpan<byte> Inside(Column column) => JsonMarshal.GetRawUtf8Value(_values[(int)column])[1..^1];

    private static char CodeUnit(ReadOnlySpan<byte> hex) =>
        ushort.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit) ? (char)unit : '\ufffd';

    /// <summary>The text of a JSON string that was parsed before. Own code because GetString throws on a lone surrogate, which phones do
    /// write; here it becomes U+FFFD.</summary>
    internal static string Unescape(ReadOnlySpan<byte> raw)
    {
        int at = raw.IndexOf((byte)'\\');
        if (at < 0)
            return Encoding.UTF8.GetString(raw);
        char[] chars = ArrayPool<char>.Shared.Rent(raw.Length);
        int n = 0;
        for (; at >= 0 && at + 1 < raw.Length; at = raw.IndexOf((byte)'\\'))
        {
            n += Encoding.UTF8.GetChars(raw[..at], chars.AsSpan(n));
            bool unicode = raw[at + 1] == 'u' && raw.Length >= at + 6;
            chars[n++] = raw[at + 1] switch
            {
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'u' when unicode => CodeUnit(raw.Slice(at + 2, 4)),
                byte b => (char)b,
            };
            raw = raw[(at + (unicode ? 6 : 2))..];
        }
        n += Encoding.UTF8.GetChars(raw, chars.AsSpan(n));
        XmlText.MendHalves(chars.AsSpan(0, n));
        var text = new string(chars, 0, n);
        ArrayPool<char>.Shared.Return(chars);
        return text;
    }
}
