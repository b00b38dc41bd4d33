using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Candor.Audit.Dumps;

/// <summary>A value of a tnetstring (tnetstrings.info; mitmproxy adds ";" for text): "length:data" and a sign of its type. What is within is read when it is asked for.</summary>
/// <param name="Type">"," bytes, ";" text, "#" a whole number, "^" a number, "!" true or false, "~" nothing, "]" a list, "}" keys; 0 for what is not there.</param>
/// <param name="Data">What stands between length and sign.</param>
internal readonly record struct Tnet(byte Type, ReadOnlyMemory<byte> Data)
{
    private const int MaxDigits = 12, MaxItems = 1_000_000;

    public bool IsThere => Type is not (0 or (byte)'~');

    public bool IsList => Type == ']';

    public bool IsKeys => Type == '}';

    /// <summary>Length and number of bytes before the data; null where it is none.</summary>
    public static (long Length, int Head)? HeadOf(ReadOnlySpan<byte> bytes)
    {
        int colon = bytes[..Math.Min(bytes.Length, MaxDigits + 1)].IndexOf((byte)':');
        return colon > 0 && bytes[..colon].IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0 && Utf8Parser.TryParse(bytes[..colon], out long length, out int read) && read == colon ? (length, colon + 1) : null;
    }

    /// <summary>The value at the beginning; how many bytes it takes. False where it is none, or cut off.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, out Tnet value, out int taken)
    {
        (value, taken) = (default, 0);
        if (HeadOf(bytes.Span) is not { } head || head.Length > bytes.Length - head.Head - 1) return false;
        taken = head.Head + (int)head.Length + 1;
        value = new(bytes.Span[taken - 1], bytes.Slice(head.Head, (int)head.Length));
        return value.Type is (byte)',' or (byte)';' or (byte)'#' or (byte)'^' or (byte)'!' or (byte)'~' or (byte)']' or (byte)'}';
    }

    /// <summary>Items of a list; of keys, each key and its value after each other. Ends where one is broken.</summary>
    public IEnumerable<Tnet> Items()
    {
        if (!IsList && !IsKeys) yield break;
        var rest = Data;
        for (int i = 0; i < MaxItems && !rest.IsEmpty && TryRead(rest, out var item, out int taken); i++)
        {
            yield return item;
            rest = rest[taken..];
        }
    }

    /// <summary>What stands under a key; nothing if it is not there.</summary>
    public Tnet this[string key]
    {
        get
        {
            if (!IsKeys) return default;
            bool isKey = true, found = false;
            foreach (var item in Items())
            {
                if (!isKey && found) return item;
                found = isKey && item.Text == key;
                isKey = !isKey;
            }
            return default;
        }
    }

    public Tnet At(int index) => Items().ElementAtOrDefault(index);

    public string Text => Type is (byte)',' or (byte)';' ? Encoding.UTF8.GetString(Data.Span) : "";

    /// <summary>A byte a character: for heads.</summary>
    public string Octets => Type is (byte)',' or (byte)';' ? Encoding.Latin1.GetString(Data.Span) : "";

    public ReadOnlyMemory<byte> Bytes => Type is (byte)',' or (byte)';' ? Data : default;

    public double Number => Type is (byte)'#' or (byte)'^' && double.TryParse(Data.Span, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : 0;

    public bool IsTrue => Type == '!' && Data.Span.SequenceEqual("true"u8);

    public int Port => Number is >= 0 and <= 65535 and var port ? (int)port : 0;
}
