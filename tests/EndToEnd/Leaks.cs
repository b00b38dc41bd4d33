using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Candor.Tests.EndToEnd;

/// <summary>Looks for planted texts in bytes, in every form in which a careless or a sly program would leave them.</summary>
/// <remarks>
/// Each text, in upper, lower and swapped case and backwards, as UTF-8, UTF-16 and Latin-1, plain, hex, base64 and base64url at each of the three shifts, percent-encoded; and the same inside
/// every gzip, zlib and (from the first byte) deflate member, two deep.
/// </remarks>
internal sealed class Leaks
{
    /// <summary>Shorter forms would be met by chance in random bytes.</summary>
    private const int Shortest = 8;

    private const int LongestInflated = 8 << 20;

    private readonly Dictionary<string, string> _forms = new(StringComparer.Ordinal);
    private readonly SearchValues<string> _any;

    public Leaks(IEnumerable<string> planted)
    {
        foreach (string text in planted)
        {
            foreach (var (form, name) in FormsOf(text))
            {
                if (form.Length < Shortest) throw new ArgumentException($"{text} as {name} is too short to be told from chance.", nameof(planted));
                _forms.TryAdd(Encoding.Latin1.GetString(form), $"{text} ({name})");
            }
        }
        _any = SearchValues.Create([.. _forms.Keys], StringComparison.Ordinal);
    }

    /// <summary>The first planted text that is in the bytes, and how it is written there; null where there is none.</summary>
    public string? FindIn(ReadOnlySpan<byte> bytes) => FindIn(bytes, 2);

    public string? FindIn(string text) => FindIn(Encoding.UTF8.GetBytes(text));

    private string? FindIn(ReadOnlySpan<byte> bytes, int depth)
    {
        string content = Encoding.Latin1.GetString(bytes);
        int at = content.AsSpan().IndexOfAny(_any);
        if (at >= 0) return _forms.First(f => string.CompareOrdinal(content, at, f.Key, 0, f.Key.Length) == 0).Value;
        if (depth == 0) return null;
        byte[] all = bytes.ToArray();
        for (int i = 0; i + 2 < all.Length; i++)
        {
            Func<Stream, Stream>? open =
                all[i] == 0x1f && all[i + 1] == 0x8b && all[i + 2] == 8 ? s => new GZipStream(s, CompressionMode.Decompress)
                : (all[i] & 0x0f) == 8 && all[i] >> 4 <= 7 && ((all[i] << 8) + all[i + 1]) % 31 == 0 && all[i] == 0x78 ? s => new ZLibStream(s, CompressionMode.Decompress)
                : i == 0 ? s => new DeflateStream(s, CompressionMode.Decompress) : null;
            if (open is null) continue;
            byte[] inflated = Inflate(all, i, open);
            if (inflated.Length > 0 && FindIn(inflated, depth - 1) is { } found) return $"{found}, compressed at {i}";
        }
        return null;
    }

    /// <summary>What can be inflated from a place on, up to the first error.</summary>
    private static byte[] Inflate(byte[] bytes, int at, Func<Stream, Stream> open)
    {
        using var into = new MemoryStream();
        try
        {
            using var from = open(new MemoryStream(bytes, at, bytes.Length - at, writable: false));
            byte[] buffer = new byte[1 << 12];
            while (into.Length < LongestInflated && from.Read(buffer) is > 0 and var count) into.Write(buffer, 0, count);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            // Not compressed after all, or only up to here.
        }
        return into.ToArray();
    }

    internal static IEnumerable<(byte[] Form, string Name)> FormsOf(string text)
    {
        (string, string)[] cases =
        [
            (text, "as it is"), (text.ToUpperInvariant(), "upper case"), (text.ToLowerInvariant(), "lower case"),
            (string.Concat(text.Select(c => char.IsUpper(c) ? char.ToLowerInvariant(c) : char.ToUpperInvariant(c))), "swapped case"), (new([.. text.Reverse()]), "backwards"),
        ];
        foreach (var (written, how) in cases)
        {
            yield return (Encoding.ASCII.GetBytes(Uri.EscapeDataString(written)), $"{how}, percent-encoded");
            (Encoding, string)[] encodings = [(Encoding.UTF8, "UTF-8"), (Encoding.Unicode, "UTF-16LE"), (Encoding.BigEndianUnicode, "UTF-16BE"), (Encoding.Latin1, "Latin-1")];
            foreach (var (encoding, name) in encodings)
            {
                byte[] raw = encoding.GetBytes(written);
                yield return (raw, $"{how}, {name}");
                yield return (Encoding.ASCII.GetBytes(Convert.ToHexString(raw)), $"{how}, {name}, upper hex");
                yield return (Encoding.ASCII.GetBytes(Convert.ToHexStringLower(raw)), $"{how}, {name}, lower hex");
                for (int shift = 0; shift < 3; shift++)
                {
                    // The middle, which is the same whatever stands around it.
                    string base64 = Convert.ToBase64String([.. new byte[shift], .. raw])[(shift == 0 ? 0 : 4)..];
                    base64 = base64.TrimEnd('=')[..((base64.TrimEnd('=').Length - 1) / 4 * 4)];
                    yield return (Encoding.ASCII.GetBytes(base64), $"{how}, {name}, base64");
                    yield return (Encoding.ASCII.GetBytes(base64.Replace('+', '-').Replace('/', '_')), $"{how}, {name}, base64url");
                }
            }
        }
    }
}
