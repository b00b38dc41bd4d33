using System.Buffers;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>Writes cards as UTF-8 with CRLF, folded at 75 octets between code points (RFC 6350 §3.2).</summary>
/// <remarks>
/// What was read and is written reads again as an equal card. A 2.1 card that nobody changed goes out in its original bytes; one that was
/// changed, or had to be mended, goes out as 3.0. Writing the same card gives the same bytes, on every device.
/// </remarks>
public static class VCardWriter
{
    /// <summary>Octets in a line, without its end.</summary>
    public const int MaxLineOctets = 75;

    public static byte[] Write(VCard card) => Write([card]);

    public static byte[] Write(params IEnumerable<VCard> cards)
    {
        ArgumentNullException.ThrowIfNull(cards);
        var to = new ArrayBufferWriter<byte>();
        foreach (var card in cards) Write(card, to);
        return to.WrittenSpan.ToArray();
    }

    public static void Write(VCard card, IBufferWriter<byte> to)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(to);
        if (card.Version == VCardVersion.V21)
        {
            if (card.IsAsRead && !card.Original.IsEmpty)
            {
                to.Write(card.Original.Span);
                if (card.Original.Span[^1] is not ((byte)'\n' or (byte)'\r')) to.Write("\r\n"u8);
                return;
            }
            card = card.To(VCardVersion.V30);
        }
        to.Write("BEGIN:VCARD\r\n"u8);
        to.Write(card.Version == VCardVersion.V30 ? "VERSION:3.0\r\n"u8 : "VERSION:4.0\r\n"u8);
        foreach (var property in card.Properties) Fold(Encoding.UTF8.GetBytes(Line(property)), to);
        to.Write("END:VCARD\r\n"u8);
    }

    /// <summary>A property as one line, not folded.</summary>
    internal static string Line(VCardProperty property)
    {
        if (property.Parameters.IsEmpty && property.Group is null) return string.Concat(property.Name, ":", property.RawValue);
        var line = new StringBuilder(property.RawValue.Length + 64);
        if (property.Group is { } group) line.Append(group).Append('.');
        line.Append(property.Name);
        foreach (var parameter in property.Parameters)
        {
            line.Append(';').Append(parameter.Name);
            if (parameter.Name.Length > 0) line.Append('=');
            line.AppendJoin(',', parameter.Values.Select(VCardText.EncodeParameter));
        }
        return line.Append(':').Append(property.RawValue).ToString();
    }

    private static void Fold(ReadOnlySpan<byte> line, IBufferWriter<byte> to)
    {
        var room = MaxLineOctets;
        while (line.Length > room)
        {
            var cut = room;
            while ((line[cut] & 0xC0) == 0x80) cut--; // never between the octets of a code point
            to.Write(line[..cut]);
            to.Write("\r\n "u8);
            line = line[cut..];
            room = MaxLineOctets - 1;
        }
        to.Write(line);
        to.Write("\r\n"u8);
    }
}
