using System.Text;
using Candor.Audit.Bodies;
using Candor.Formats.Photos;

namespace Candor.Audit.Search;

/// <summary>Finds what is somebody's without a list: by its shape, its check digit and the word before it. Less sure than the owner's values, and said so.</summary>
/// <remarks>
/// A kind of identifier that the owner file lists is not detected: another phone's IMEI is no finding. Numbers count only as whole runs: in hex or in a longer number they are chance.
/// </remarks>
internal static class Detector
{
    private const int WordWindow = 32, MaxHits = 200;

    public static void Text(ReadOnlySpan<byte> text, IReadOnlySet<OwnerKind> listed, Action<Hit> found)
    {
        int hits = 0;
        void Take(Hit hit)
        {
            if (hits++ < MaxHits) found(hit);
        }
        for (int at = 0; at < text.Length && hits < MaxHits; at++)
        {
            byte b = text[at];
            if (b == '@') Mail(text, at, Take);
            else if ((IsHex(b) || b == '+') && (at == 0 || !IsWord(text[at - 1]) && text[at - 1] is not ((byte)':' or (byte)'-' or (byte)'+') || Prefixed(text, at)))
            {
                int length = Number(text, at, listed, Take);
                at += Math.Max(0, length - 1);
            }
        }
        Shapes(text, Take);
        Coordinates(text, Take);
    }

    /// <summary>What a picture says of itself.</summary>
    public static void Picture(BodyView view, Action<Hit> found)
    {
        int length = view.Bytes.Length;
        found(new(null, "image", view.Form!, Confidence.Certain, 0, length));
        try
        {
            if (PhotoMetadata.Read(new MemoryStream(view.Bytes.ToArray(), writable: false), "x").Location is not null)
                found(new(null, "image-location", view.Form + " with GPS in its metadata", Confidence.Certain, 0, length));
        }
        catch (Exception broken) when (broken is IOException or ArgumentException)
        {
            // What Formats cannot read says nothing of a place.
        }
    }

    /// <summary>A colon or a dash may also stand between a key and its value.</summary>
    private static bool Prefixed(ReadOnlySpan<byte> text, int at) => text[at - 1] is (byte)':' or (byte)'-' or (byte)'+' && (at < 2 || !IsHex(text[at - 2])) && text[at] != '+';

    private static int Number(ReadOnlySpan<byte> text, int at, IReadOnlySet<OwnerKind> listed, Action<Hit> found)
    {
        int end = at + (text[at] == '+' ? 1 : 0);
        while (end < text.Length && (IsWord(text[end]) || text[end] is (byte)':' or (byte)'-')) end++;
        var run = text[at..end];
        if (run.Length == 17 && Mac(run)) AddMac(text, at, listed, found);
        else if (run.Length == 36 && Guid.TryParse(Encoding.ASCII.GetString(run), out var id)) AddUuid(text, at, id, listed, found);
        else if (run[0] == '+' && run.Length is >= 9 and <= 16 && run[1] != '0' && Digits(run[1..])) Add("phone-number", "E.164", text, at, run.Length, ["phone", "tel", "msisdn", "mobile", "number"], Confidence.Possible, found);
        else if (Digits(run)) Digits(text, at, Encoding.ASCII.GetString(run), listed, found);
        return run.Length;
    }

    private static void Digits(ReadOnlySpan<byte> text, int at, string run, IReadOnlySet<OwnerKind> listed, Action<Hit> found)
    {
        if (run.Length == 15 && !listed.Contains(OwnerKind.Imei))
        {
            bool named = Named(text, at, "imei", "deviceid", "device_id"), check = DigitChecks.Luhn(run), plausible = DigitChecks.PlausibleTypeAllocation(run);
            // Without a name of its own, one in a hundred numbers of 15 digits would pass: only the commonest allocations are taken, and as a possibility.
            if (named && plausible) found(new(null, "imei", check ? "15 digits, check digit right" : "15 digits, check digit wrong", check ? Confidence.Likely : Confidence.Possible, at, run.Length));
            else if (check && run.StartsWith("35", StringComparison.Ordinal) && plausible && !Named(text, at, "order", "time", "stamp", "seq", "price", "sku")) found(new(null, "imei", "15 digits, check digit right, not named", Confidence.Possible, at, run.Length));
        }
        if (run.Length is 14 or 15 && !listed.Contains(OwnerKind.Imsi) && Named(text, at, "imsi", "subscriberid")) found(new(null, "imsi", "digits", Confidence.Likely, at, run.Length));
        if (run.Length is 19 or 20 && !listed.Contains(OwnerKind.Iccid) && run.StartsWith("89", StringComparison.Ordinal) && (DigitChecks.Luhn(run) || Named(text, at, "iccid", "sim")))
            found(new(null, "iccid", "digits", Named(text, at, "iccid", "sim") ? Confidence.Likely : Confidence.Possible, at, run.Length));
        if (run.Length is >= 9 and <= 15 && Named(text, at, "phone", "msisdn", "mobile\"", "telephone")) found(new(null, "phone-number", "digits", Confidence.Possible, at, run.Length));
    }

    private static void AddMac(ReadOnlySpan<byte> text, int at, IReadOnlySet<OwnerKind> listed, Action<Hit> found)
    {
        string mac = Encoding.ASCII.GetString(text.Slice(at, 17)).ToLowerInvariant().Replace('-', ':');
        // Android gives 02:00:00:00:00:00 to apps since version 6: the field is there, its value is not.
        if (mac == "02:00:00:00:00:00") found(new(null, "mac-withheld", "placeholder 02:00:00:00:00:00", Confidence.Certain, at, 17));
        else if (mac is not ("00:00:00:00:00:00" or "ff:ff:ff:ff:ff:ff") && !listed.Contains(OwnerKind.Mac)) Add("mac", "with separators", text, at, 17, ["mac", "bssid", "wifi", "bluetooth", "ether"], Confidence.Possible, found);
    }

    private static void AddUuid(ReadOnlySpan<byte> text, int at, Guid id, IReadOnlySet<OwnerKind> listed, Action<Hit> found)
    {
        if (!Named(text, at, "adid", "advertis", "idfa", "gaid", "aaid", "madid", "rdid", "google_aid")) return;
        if (id == Guid.Empty) found(new(null, "advertising-id-withheld", "all zeros", Confidence.Certain, at, 36));
        else if (!listed.Contains(OwnerKind.AdvertisingId)) found(new(null, "advertising-id", "with dashes", Confidence.Likely, at, 36));
    }

    private static void Add(string what, string form, ReadOnlySpan<byte> text, int at, int length, string[] names, Confidence alone, Action<Hit> found) =>
        found(new(null, what, form, Named(text, at, names) ? Confidence.Likely : alone, at, length));

    private static void Mail(ReadOnlySpan<byte> text, int at, Action<Hit> found)
    {
        int start = at, end = at + 1;
        while (start > 0 && at - start < 64 && (IsWord(text[start - 1]) || text[start - 1] is (byte)'.' or (byte)'_' or (byte)'-' or (byte)'+')) start--;
        while (end < text.Length && end - at < 128 && (IsWord(text[end]) || text[end] is (byte)'.' or (byte)'-')) end++;
        while (end > at + 1 && text[end - 1] is (byte)'.' or (byte)'-') end--;
        int dot = text[(at + 1)..end].LastIndexOf((byte)'.');
        var last = dot < 0 ? [] : text[(at + 2 + dot)..end];
        // "icon@2x.png" is a file.
        if (start < at && dot > 0 && last.Length is >= 2 and <= 12 && last.IndexOfAnyExceptInRange((byte)'A', (byte)'z') < 0 && !last.SequenceEqual("png"u8) && !last.SequenceEqual("jpg"u8) && !last.SequenceEqual("webp"u8))
            found(new(null, "e-mail", "text", Confidence.Likely, start, end - start));
    }

    private static void Shapes(ReadOnlySpan<byte> text, Action<Hit> found)
    {
        for (int at = 0, next; (next = text[at..].IndexOf("BEGIN:VCARD"u8)) >= 0; at += next + 11) found(new(null, "vcard", "text", Confidence.Certain, at + next, 11));
        for (int at = 0, next; (next = text[at..].IndexOf("<sms "u8)) >= 0; at += next + 5)
        {
            var element = text[(at + next)..Math.Min(text.Length, at + next + 2048)];
            if (element.IndexOf(" address="u8) > 0 && element.IndexOf(" body="u8) > 0) found(new(null, "sms", "XML, address and body", Confidence.Likely, at + next, 5));
        }
        for (int at = 0, next; (next = text[at..].IndexOf("\"body\""u8)) >= 0; at += next + 6)
        {
            var around = text[Math.Max(0, at + next - 512)..Math.Min(text.Length, at + next + 512)];
            if (around.IndexOf("\"address\""u8) >= 0 && (around.IndexOf("\"date\""u8) >= 0 || around.IndexOf("\"thread_id\""u8) >= 0)) found(new(null, "sms", "JSON, address, body and date", Confidence.Likely, at + next, 6));
        }
    }

    /// <summary>A number called latitude and one called longitude, each with three decimals or more.</summary>
    private static void Coordinates(ReadOnlySpan<byte> text, Action<Hit> found)
    {
        for (int at = 0, next; (next = text[at..].IndexOf("lat"u8)) >= 0; at += next + 3)
        {
            var rest = text[(at + next)..Math.Min(text.Length, at + next + 128)];
            int longitude = Math.Max(rest.IndexOf("lon"u8), rest.IndexOf("lng"u8));
            if (longitude < 0 || !Decimal(rest[..longitude]) || !Decimal(rest[longitude..])) continue;
            found(new(null, "coordinates", "latitude and longitude by name", Confidence.Likely, at + next, longitude + 3));
        }
    }

    private static bool Decimal(ReadOnlySpan<byte> text)
    {
        int dot = text.IndexOf((byte)'.');
        if (dot < 1 || dot > 24 || dot + 4 > text.Length || !IsDigit(text[dot - 1])) return false;
        return Digits(text.Slice(dot + 1, 3));
    }

    private static bool Named(ReadOnlySpan<byte> text, int at, params ReadOnlySpan<string> names)
    {
        var before = text[Math.Max(0, at - WordWindow)..at];
        // The nearest key only: what stands behind the last comma or ampersand.
        int cut = before.LastIndexOfAny(",&;\n{"u8);
        string word = Encoding.Latin1.GetString(before[(cut + 1)..]).ToLowerInvariant();
        foreach (string name in names)
        {
            if (word.Contains(name, StringComparison.Ordinal)) return true;
        }
        return false;
    }

    private static bool Mac(ReadOnlySpan<byte> run)
    {
        for (int i = 0; i < 17; i++)
        {
            if (i % 3 == 2 ? run[i] != run[2] || run[i] is not ((byte)':' or (byte)'-') : !IsHex(run[i])) return false;
        }
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> run) => run.IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    private static bool IsHex(byte b) => char.IsAsciiHexDigit((char)b);

    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b);
}
