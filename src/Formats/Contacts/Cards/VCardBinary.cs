using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>PHOTO, LOGO, SOUND and KEY: base64 in 2.1 and 3.0, <c>data:</c> URIs in 4.0, links in all.</summary>
internal static class VCardBinary
{
    /// <summary>TYPE of 3.0 (upper case) beside the media type of 4.0; the first of two equal ones is what is written.</summary>
    private static readonly (string Type, string Media)[] Known =
    [
        ("JPEG", "image/jpeg"), ("JPG", "image/jpeg"), ("PNG", "image/png"), ("GIF", "image/gif"), ("BMP", "image/bmp"), ("TIFF", "image/tiff"),
        ("WEBP", "image/webp"), ("HEIC", "image/heic"), ("AVIF", "image/avif"), ("SVG", "image/svg+xml"),
        ("WAVE", "audio/wav"), ("WAV", "audio/wav"), ("BASIC", "audio/basic"), ("PCM", "audio/l16"), ("MP3", "audio/mpeg"), ("OGG", "audio/ogg"),
        ("AAC", "audio/aac"), ("X509", "application/pkix-cert"), ("PGP", "application/pgp-keys"),
    ];

    private const string Unknown = "application/octet-stream";

    /// <summary>The bytes with their media type, or null for a link, a text, or damage.</summary>
    public static (string MediaType, byte[] Bytes)? Decode(VCardProperty property)
    {
        var isData = property.RawValue.StartsWith("data:", StringComparison.OrdinalIgnoreCase);
        if (!isData && !property.IsBase64) return null;
        var bytes = isData ? FromDataUri(property.RawValue, out var media) : FromBase64(property.RawValue, out media);
        return bytes is null ? null : (media ?? MediaType(property) ?? Sniff(bytes) ?? Unknown, bytes);
    }

    /// <summary>The address of a value that is kept elsewhere. It is shown, never fetched.</summary>
    public static string? Link(VCardProperty property)
    {
        if (property.IsBase64 && FromBase64(property.RawValue) is not null) return null;
        var text = property.Text;
        return text.Contains("://", StringComparison.Ordinal) || text.StartsWith("cid:", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("urn:", StringComparison.OrdinalIgnoreCase) ? text : null;
    }

    public static byte[]? FromBase64(string raw) => FromBase64(raw, out _);

    /// <summary>Padding may be missing; a <c>data:</c> head is looked past, for some programs put it behind ENCODING=b.</summary>
    private static byte[]? FromBase64(string raw, out string? media)
    {
        media = null;
        if (raw.StartsWith("data:", StringComparison.OrdinalIgnoreCase)) return FromDataUri(raw, out media);
        var digits = raw.AsSpan().TrimEnd('=');
        if (digits.Length % 4 == 1) return null;
        var padded = digits.Length % 4 == 0 ? digits : string.Concat(digits, "==".AsSpan(0, 4 - digits.Length % 4));
        var bytes = new byte[padded.Length / 4 * 3];
        return Convert.TryFromBase64Chars(padded, bytes, out var length) ? bytes[..length] : null;
    }

    /// <summary>RFC 2397. 3.0 programs escape the comma.</summary>
    private static byte[]? FromDataUri(string uri, out string? media)
    {
        media = null;
        var comma = uri.AsSpan(0, Math.Min(uri.Length, 256)).IndexOf(',');
        if (comma < 0) return null;
        var head = uri[5..comma].TrimEnd('\\').Replace("\\", "", StringComparison.Ordinal).Split(';');
        if (head[0].Contains('/')) media = head[0].ToLowerInvariant();
        var body = uri[(comma + 1)..];
        if (!head[^1].Equals("base64", StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8.GetBytes(Uri.UnescapeDataString(body));
        return body.StartsWith("data:", StringComparison.OrdinalIgnoreCase) ? null : FromBase64(body, out _);
    }

    public static string? MediaType(VCardProperty property)
    {
        if (property.Parameter("MEDIATYPE") is { } media) return media.ToLowerInvariant();
        foreach (var type in property.Types)
        {
            if (type.Contains('/')) return type;
            foreach (var known in Known)
                if (known.Type.Equals(type, StringComparison.OrdinalIgnoreCase)) return known.Media;
        }
        return null;
    }

    /// <summary>True for a TYPE that says what the bytes are, not whose they are or how much they are liked.</summary>
    public static bool IsMediaType(string type) =>
        type.Contains('/') || Known.Any(k => k.Type.Equals(type, StringComparison.OrdinalIgnoreCase));

    /// <summary>The TYPE that 3.0 has for a media type; what it has no word for is named in full.</summary>
    public static string TypeOf(string media)
    {
        foreach (var known in Known)
            if (known.Media == media) return known.Type;
        return media;
    }

    public static string? Sniff(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
        [(byte)'B', (byte)'M', ..] => "image/bmp",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'h', (byte)'e', (byte)'i', ..] => "image/heic",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', (byte)'a', (byte)'v', (byte)'i', (byte)'f', ..] => "image/avif",
        _ => null,
    };
}
