using System.Globalization;
using System.Text;

namespace Candor.Bench.SamplePhone;

/// <summary>Address book cards as phones and programs write them: vCard 3.0 and 4.0, some 2.1, groups as categories and as cards of their own.</summary>
internal static class ContactFiles
{
    private const int LargePhotoSide = 1600;
    private static readonly string[] Groups = ["Family", "Work", "Choir", "Neighbours", "Football"];

    /// <summary>Name below "contacts/" and bytes of each card.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Folder(Person[] people, Random random)
    {
        for (var index = 0; index < people.Length; index++)
        {
            var photo = index % 8 != 3 ? null
                : index % 96 == 3 ? Pictures.Landscape(LargePhotoSide / 2, LargePhotoSide / 2, index, random, quality: 93)
                : Pictures.Portrait(96 + index % 5 * 24, random);
            var card = (index % 10) switch
            {
                9 => Old(people[index], index, null),
                6 or 7 or 8 => Card(people[index], index, 4, photo, random),
                _ => Card(people[index], index, 3, photo, random),
            };
            yield return ($"{people[index].Uid}.vcf", card);
        }
        for (var group = 0; group < Groups.Length; group++)
        {
            var uid = $"group-{group + 1:00}-{people[group].Uid[..8]}";
            var members = people.Where((_, index) => index % 23 == group).Select(person => person.Uid);
            yield return ($"{uid}.vcf", group < 3 ? GroupCard(uid, Groups[group], members) : AppleGroup(uid, Groups[group], members));
        }
    }

    /// <summary>One file of cards in the oldest version, as a phone's "export to storage" writes it. The first two people are in the folder too.</summary>
    public static byte[] Inbox(Person[] known, Person[] others) =>
        [.. known.Take(2).Concat(others).SelectMany((person, index) => Old(person, index, person.Uid))];

    public static byte[] Plain(Person person, int index, Random random) => Card(person, index, index % 2 == 0 ? 3 : 4, null, random);

    private static byte[] Card(Person person, int index, int version, byte[]? photo, Random random)
    {
        var card = new StringBuilder();
        var three = version == 3;
        Line("BEGIN:VCARD");
        Line(three ? "VERSION:3.0" : "VERSION:4.0");
        if (index % 6 == 0)
            Line("PRODID:-//Sample//Contacts 7.1//EN");
        Line("UID:" + (three ? person.Uid : "urn:uuid:" + person.Uid));
        Line("FN:" + Escape(person.FullName));
        Line($"N:{Escape(person.Family)};{Escape(person.Given)};;;");
        Line((three ? "TEL;TYPE=CELL,VOICE:" : "TEL;TYPE=cell;PREF=1:") + person.Mobile);
        if (index % 3 == 0)
            Line((three ? "TEL;TYPE=HOME:" : "TEL;VALUE=uri;TYPE=home:tel:") + $"{person.Tongue.Dial}-555-{index:0000}");
        Line((three ? "EMAIL;TYPE=INTERNET:" : "EMAIL:") + person.Email);
        if (index % 2 == 0)
        {
            var tongue = person.Tongue;
            Line($"ADR;TYPE=HOME:;;{Escape($"{tongue.Streets[index % tongue.Streets.Length]} {index % 120 + 1}")};{Escape(tongue.Cities[index % tongue.Cities.Length])};;{10000 + index};");
        }
        if (index % 4 == 1)
            Line("BDAY:" + person.Birthday.ToString(three ? "yyyy-MM-dd" : "yyyyMMdd", CultureInfo.InvariantCulture));
        if (index % 29 == 5)
            Line(three ? $"BDAY;X-APPLE-OMIT-YEAR=1604:1604-{person.Birthday:MM-dd}" : $"BDAY:--{person.Birthday:MMdd}");
        if (index % 5 == 2)
            Line($"ORG:{Escape(person.Tongue.Cities[0])} Works, Ltd.;Department {index % 7}".Replace(", ", "\\, ", StringComparison.Ordinal));
        if (index % 7 == 0)
            Line("CATEGORIES:" + Groups[index % Groups.Length] + (index % 14 == 0 ? ",Friends" : ""));
        if (index % 9 == 4)
            Line("NOTE:" + Escape(Phrases.Of(person.Tongue.Code, random) + "\n" + Phrases.Of(person.Tongue.Code, random)));
        if (index % 10 == 5)
        {
            Line("item1.URL;type=pref:https://people.example/" + person.Email.Split('@')[0]);
            Line("item1.X-ABLabel:_$!<HomePage>!$_");
            Line("item2.X-ABRELATEDNAMES:" + Escape(person.Tongue.Given[index % person.Tongue.Given.Length]));
            Line("item2.X-ABLabel:_$!<Sister>!$_");
        }
        if (index % 12 == 6)
            Line("X-SAMPLE-RINGTONE;X-LOOP=yes:content://media/internal/audio/" + index.ToString(CultureInfo.InvariantCulture));
        if (index % 15 == 8)
            Line("X-PHONETIC-FIRST-NAME:" + Escape(person.Given));
        if (photo is not null)
            Line((three ? "PHOTO;ENCODING=b;TYPE=JPEG:" : "PHOTO:data:image/jpeg;base64,") + Convert.ToBase64String(photo));
        Line($"REV:2025{index % 12 + 1:00}{index % 28 + 1:00}T101500Z");
        Line("END:VCARD");
        return Encoding.UTF8.GetBytes(card.ToString());

        void Line(string line) => Fold(card, line);
    }

    /// <summary>vCard 2.1: what is not ASCII is UTF-8 in quoted-printable, with soft line breaks.</summary>
    private static byte[] Old(Person person, int index, string? uid)
    {
        var card = new StringBuilder("BEGIN:VCARD\r\nVERSION:2.1\r\n");
        card.Append(Quoted("N", $"{person.Family};{person.Given};;;")).Append(Quoted("FN", person.FullName));
        card.Append("TEL;CELL:").Append(person.Mobile).Append("\r\n");
        if (index % 2 == 1)
            card.Append("TEL;HOME:").Append(person.Tongue.Dial).Append("5559").Append((100 + index).ToString(CultureInfo.InvariantCulture)).Append("\r\n");
        card.Append("EMAIL;INTERNET;HOME:").Append(person.Email).Append("\r\n");
        if (index % 3 == 0)
            card.Append(Quoted("ADR;HOME", $";;{person.Tongue.Streets[0]} {index + 1};{person.Tongue.Cities[^1]};;;"));
        card.Append("UID:").Append(uid ?? person.Uid).Append("\r\nEND:VCARD\r\n");
        return Encoding.ASCII.GetBytes(card.ToString());
    }

    private static string Quoted(string name, string value)
    {
        if (Ascii.IsValid(value))
            return $"{name}:{value}\r\n";
        var line = new StringBuilder($"{name};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:");
        var width = line.Length;
        foreach (var octet in Encoding.UTF8.GetBytes(value))
        {
            if (width > 72)
            {
                line.Append("=\r\n");
                width = 0;
            }
            var plain = octet is >= 0x20 and < 0x7F and not (byte)'=';
            line.Append(plain ? ((char)octet).ToString() : $"={octet:X2}");
            width += plain ? 1 : 3;
        }
        return line.Append("\r\n").ToString();
    }

    private static byte[] GroupCard(string uid, string name, IEnumerable<string> members)
    {
        var card = new StringBuilder($"BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:group\r\nUID:{uid}\r\nFN:{name}\r\n");
        foreach (var member in members)
            Fold(card, "MEMBER:urn:uuid:" + member);
        return Encoding.UTF8.GetBytes(card.Append("END:VCARD\r\n").ToString());
    }

    private static byte[] AppleGroup(string uid, string name, IEnumerable<string> members)
    {
        var card = new StringBuilder($"BEGIN:VCARD\r\nVERSION:3.0\r\nN:{name};;;;\r\nFN:{name}\r\nX-ADDRESSBOOKSERVER-KIND:group\r\nUID:{uid}\r\n");
        foreach (var member in members)
            Fold(card, "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:" + member);
        return Encoding.UTF8.GetBytes(card.Append("END:VCARD\r\n").ToString());
    }

    private static string Escape(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal).Replace(";", "\\;", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>RFC 6350 §3.2: at most 75 octets a line, never cut inside of a character.</summary>
    private static void Fold(StringBuilder card, string line)
    {
        var width = 0;
        foreach (var rune in line.EnumerateRunes())
        {
            if (width + rune.Utf8SequenceLength > 75)
            {
                card.Append("\r\n ");
                width = 1;
            }
            card.Append(rune.ToString());
            width += rune.Utf8SequenceLength;
        }
        card.Append("\r\n");
    }
}
