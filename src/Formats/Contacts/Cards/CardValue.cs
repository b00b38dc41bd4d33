using System.Collections.Immutable;
using System.Text;
using MimeKit.Encodings;

namespace Candor.Formats.Contacts;

/// <summary>Undoes what a value went through to travel: quoted-printable, a character set, base64 of a text.</summary>
internal static class CardValue
{
    /// <summary>The value in the model's escaping, and the parameters that still say something about it.</summary>
    public static (string Raw, ImmutableArray<VCardParameter> Parameters) Read(
        CardHeader header, ReadOnlySpan<byte> value, VCardVersion version, Mends mends)
    {
        if (header.Base64) return Base64Value(header, value, mends);
        string? lie = null;
        var raw = header.QuotedPrintable ? QuotedValue(header, value, version, out lie)
            : Model(header.Name, Charsets.Decode(value, header.Charset, out lie), version);
        if (lie is not null) mends.Add($"{header.Name.ToUpperInvariant()}: {lie}");
        return (raw, header.Parameters);
    }

    public static byte[] QuotedPrintable(ReadOnlySpan<byte> text)
    {
        var decoder = new QuotedPrintableDecoder();
        var input = text.ToArray();
        var output = new byte[decoder.EstimateOutputLength(input.Length)];
        var length = decoder.Decode(input, 0, input.Length, output);
        return output[..length];
    }

    /// <summary>A text that was not quoted-printable. 2.1 escapes less than 3.0; unescaping both alike is what every reader does.</summary>
    private static string Model(string name, string text, VCardVersion version)
    {
        if (version != VCardVersion.V21 || VCardNames.IsPlain(name)) return OneLine(text);
        return Rejoin(name, text, piece => VCardText.Escape(VCardText.Unescape(piece)));
    }

    private static string QuotedValue(CardHeader header, ReadOnlySpan<byte> value, VCardVersion version, out string? lie)
    {
        var charset = header.Charset;
        string? lied = null;
        string Decoded(string piece)
        {
            var text = Charsets.Decode(QuotedPrintable(Encoding.Latin1.GetBytes(piece)), charset, out var wrong);
            lied ??= wrong;
            return text;
        }
        // Latin-1 carries the bytes through the split, whatever their set is.
        var carried = Encoding.Latin1.GetString(value);
        string raw;
        if (version != VCardVersion.V21) raw = OneLine(Decoded(carried));
        else if (VCardNames.IsPlain(header.Name)) raw = VCardText.EscapePlain(Decoded(carried));
        // In a two-byte set a backslash may be half a character, so it protects nothing.
        else if (charset is not null && Charsets.Find(charset) is { IsSingleByte: false, CodePage: not 65001 })
            raw = string.Join(Separator(header.Name), carried.Split(Separator(header.Name)).Select(p => VCardText.Escape(Decoded(p))));
        else
            raw = Rejoin(header.Name, carried, p => VCardText.Escape(Decoded(p.Replace("\\;", ";", StringComparison.Ordinal))));
        lie = lied;
        return raw;
    }

    private static char Separator(string name) => VCardNames.IsStructured(name) ? ';' : VCardNames.IsListed(name) ? ',' : '\0';

    private static string Rejoin(string name, string text, Func<string, string> piece)
    {
        var separator = Separator(name);
        return separator == '\0' ? piece(text)
            : string.Join(separator, VCardText.Split(text, separator, VCardProperty.MaxValues).Select(piece));
    }

    public static string OneLine(string text) => text.AsSpan().IndexOfAny('\r', '\n') < 0 ? text
        : text.Replace("\r\n", "\\n", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\n", StringComparison.Ordinal);

    private static (string Raw, ImmutableArray<VCardParameter> Parameters) Base64Value(CardHeader header, ReadOnlySpan<byte> value, Mends mends)
    {
        var raw = Charsets.Decode(value, null, out _);
        if (raw.AsSpan().IndexOfAny(" \t\r\n") >= 0) raw = string.Concat(raw.Where(c => c is not (' ' or '\t' or '\r' or '\n')));
        var bytes = VCardBinary.FromBase64(raw);
        if (bytes is null && raw.Length > 0 && !raw.Contains(':')) mends.Add($"{header.Name.ToUpperInvariant()} is not valid base64, kept as it is");
        // A few phones write names and notes in base64: those are texts.
        if (bytes is null || VCardNames.IsPlain(header.Name) || VCardNames.IsBinary(header.Name)) return (raw, header.Parameters);
        var text = Charsets.Decode(bytes, header.Charset, out _);
        var kept = header.Parameters.Where(p => !VCardNames.SaysBase64(p));
        return (VCardNames.IsStructured(header.Name) || VCardNames.IsListed(header.Name) ? OneLine(text) : VCardText.Escape(text), [.. kept]);
    }
}
