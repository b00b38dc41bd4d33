using System.Globalization;
using System.Text;

namespace Candor.Bench.SamplePhone;

/// <summary>An export of "SMS Backup &amp; Restore": years of conversations in the languages of the people.</summary>
/// <param name="people">The first <see cref="Conversations"/> write.</param>
/// <param name="random">Decides who writes what and when.</param>
/// <param name="sms">How many.</param>
/// <param name="mms">How many.</param>
/// <param name="picture">The JPEG of the nth MMS.</param>
internal sealed class MessageFile(Person[] people, Random random, int sms, int mms, Func<int, byte[]> picture)
{
    public const int Conversations = 48;

    private const string Owner = "+15550100000";
    private static readonly DateTimeOffset From = new(2022, 6, 1, 6, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset To = new(2025, 6, 1, 8, 30, 0, TimeSpan.Zero);

    public void Write(Stream output)
    {
        var messages = new List<(long Date, string Text)>();
        while (messages.Count < sms)
            Burst(messages);
        for (var index = 0; index < mms; index++)
        {
            var date = Moment();
            messages.Add((date, Mms(index, date)));
        }
        messages.Sort((a, b) => a.Date != b.Date ? a.Date.CompareTo(b.Date) : string.CompareOrdinal(a.Text, b.Text));
        using var file = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true);
        file.Write("<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup & Restore v10.20.002-->\n");
        file.Write(string.Create(CultureInfo.InvariantCulture, $"<smses count=\"{messages.Count}\" backup_set=\"5f0b3a1c-sample\" backup_date=\"{To.ToUnixTimeMilliseconds()}\" type=\"full\">\n"));
        foreach (var (_, text) in messages)
        {
            file.Write("  ");
            file.Write(text);
            file.Write('\n');
        }
        file.Write("</smses>\n");
    }

    private long Moment() => From.ToUnixTimeMilliseconds() + (long)(random.NextDouble() * (To - From).TotalMilliseconds);

    /// <summary>People write to and fro for a few minutes, and some more often than others.</summary>
    private void Burst(List<(long, string)> messages)
    {
        var who = messages.Count < Conversations * 4 ? messages.Count / 4 % Conversations : (int)(Math.Pow(random.NextDouble(), 2) * Conversations);
        var person = people[who];
        var date = Moment();
        for (var left = Math.Min(random.Next(2, 9), sms - messages.Count); left > 0; left--)
        {
            date += random.Next(4_000, 240_000);
            messages.Add((date, Sms(person, date, mine: random.Next(2) == 0)));
        }
    }

    private string Sms(Person person, long date, bool mine)
    {
        var body = Phrases.Of(person.Tongue.Code, random);
        if (random.Next(5) == 0)
            body += " " + Phrases.Emoji[random.Next(Phrases.Emoji.Length)];
        if (random.Next(25) == 0)
            body += "\n" + Phrases.Of(person.Tongue.Code, random);
        var vendor = random.Next(6) switch
        {
            0 => " sub_id=\"1\" sim_slot=\"0\" spam_report=\"0\"",
            1 => " sub_id=\"-1\" creator=\"com.vendor.android.messaging\" hidden=\"0\" group_id=\"0\"",
            _ => "",
        };
        var sent = mine ? 0 : date - random.Next(800, 4000);
        return string.Create(CultureInfo.InvariantCulture, $"<sms protocol=\"0\" address=\"{person.Mobile}\" date=\"{date}\" type=\"{(mine ? 2 : 1)}\" subject=\"null\" body=\"{Escape(body, asPairs: random.Next(2) == 0)}\" toa=\"null\" sc_toa=\"null\" service_center=\"{(mine ? "null" : "+15550009999")}\" read=\"1\" status=\"-1\" locked=\"0\" date_sent=\"{sent}\"{vendor} readable_date=\"{Readable(date)}\" contact_name=\"{Escape(person.FullName)}\" />");
    }

    private string Mms(int index, long date)
    {
        var person = people[index % Conversations];
        Person[] others = index % 6 == 0 ? [person, people[(index + 1) % Conversations], people[(index + 2) % Conversations]] : [person];
        var mine = index % 3 == 0;
        var image = picture(index);
        var body = Phrases.Of(person.Tongue.Code, random);
        var smil = Escape($"<smil><head><layout><root-layout/><region id=\"Image\"/></layout></head><body><par dur=\"5000ms\"><img src=\"image{index}.jpg\" region=\"Image\"/><text src=\"text0.txt\"/></par></body></smil>");
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<mms date=\"{date / 1000 * 1000}\" ct_t=\"application/vnd.wap.multipart.related\" msg_box=\"{(mine ? 2 : 1)}\" address=\"{string.Join('~', others.Select(other => other.Mobile))}\" rr=\"129\" sub=\"null\" read_status=\"null\" m_id=\"sample{index:0000}\" m_type=\"{(mine ? 128 : 132)}\" m_size=\"{image.Length}\" tr_id=\"T{index:0000}\" v=\"18\" date_sent=\"{(mine ? 0 : date / 1000)}\" read=\"1\" seen=\"1\" text_only=\"0\" locked=\"0\" readable_date=\"{Readable(date)}\" contact_name=\"{Escape(string.Join(", ", others.Select(other => other.FullName)))}\">\n    <parts>\n");
        text.Append($"      <part seq=\"-1\" ct=\"application/smil\" name=\"null\" chset=\"null\" cd=\"null\" fn=\"null\" cid=\"&lt;smil&gt;\" cl=\"smil.xml\" ctt_s=\"null\" ctt_t=\"null\" text=\"{smil}\" />\n");
        text.Append(CultureInfo.InvariantCulture, $"      <part seq=\"0\" ct=\"image/jpeg\" name=\"image{index}.jpg\" chset=\"null\" cd=\"null\" fn=\"null\" cid=\"&lt;image{index}&gt;\" cl=\"image{index}.jpg\" ctt_s=\"null\" ctt_t=\"null\" text=\"null\" data=\"{Convert.ToBase64String(image)}\" />\n");
        text.Append($"      <part seq=\"0\" ct=\"text/plain\" name=\"null\" chset=\"106\" cd=\"null\" fn=\"null\" cid=\"&lt;text0&gt;\" cl=\"text0.txt\" ctt_s=\"null\" ctt_t=\"null\" text=\"{Escape(body)}\" />\n    </parts>\n    <addrs>\n");
        text.Append($"      <addr address=\"{(mine ? Owner : person.Mobile)}\" type=\"137\" charset=\"106\" />\n");
        foreach (var other in mine ? others : others.Skip(1))
            text.Append($"      <addr address=\"{other.Mobile}\" type=\"151\" charset=\"106\" />\n");
        if (!mine)
            text.Append($"      <addr address=\"{Owner}\" type=\"151\" charset=\"106\" />\n");
        return text.Append("    </addrs>\n  </mms>").ToString();
    }

    private static string Readable(long date) => DateTimeOffset.FromUnixTimeMilliseconds(date).ToString("MMM d, yyyy h:mm:ss tt", CultureInfo.InvariantCulture);

    /// <param name="text">Any.</param>
    /// <param name="asPairs">What is above U+FFFF as two references of UTF-16 halves: no XML, but what older versions of the app write.</param>
    private static string Escape(string text, bool asPairs = false)
    {
        var escaped = new StringBuilder();
        foreach (var unit in text)
        {
            escaped.Append(unit switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '"' => "&quot;",
                '\n' => "&#10;",
                _ when asPairs && char.IsSurrogate(unit) => string.Create(CultureInfo.InvariantCulture, $"&#{(int)unit};"),
                _ => unit.ToString(),
            });
        }
        return escaped.ToString();
    }
}
