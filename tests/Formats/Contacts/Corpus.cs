using System.Text;
using Candor.Formats;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

/// <summary>Cards in the style of the programs that write them, with made-up people.</summary>
internal static class Corpus
{
    public const string Jpeg = "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2Q==";

    public const string Android21 =
        """
        BEGIN:VCARD
        VERSION:2.1
        N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0;=E4=BC=9F;;;
        FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=BC=A0=E4=BC=9F
        TEL;CELL;PREF:+86 138 0013 8000
        TEL;HOME:010-12345678
        TEL;X-CUSTOM(CHARSET=UTF-8,ENCODING=QUOTED-PRINTABLE,=E5=A6=88=E5=A6=88):139
        EMAIL;WORK:zhang.wei@example.cn
        ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=E4=B8=AD=E5=85=B3=E6=9D=91=E5=A4=A7=E8=A1=97=
        =31=E5=8F=B7;=E5=8C=97=E4=BA=AC;;100080;=E4=B8=AD=E5=9B=BD
        ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=85=AC=E5=8F=B8;=E7=A0=94=E5=8F=91
        BDAY:1985-02-28
        X-ANDROID-CUSTOM;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:vnd.android.cursor.item/nickname;=E5=B0=8F=E4=BC=9F;1;;;;;;;;;;;;;
        X-ANDROID-CUSTOM:vnd.android.cursor.item/contact_event;2010-05-20;1;;;;;;;;;;;;;
        X-ANDROID-CUSTOM:vnd.android.cursor.item/relation;Li Na;14;;;;;;;;;;;;;
        NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E7=AC=AC=E4=B8=80=E8=A1=8C=0D=0A=E7=AC=AC=E4=BA=8C=E8=A1=8C
        PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQg
         KDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2Q==

        END:VCARD
        """;

    public const string ICloud30 =
        """
        BEGIN:VCARD
        VERSION:3.0
        PRODID:-//Apple Inc.//iPhone OS 17.0//EN
        N:Müller;Anna;Maria,Luise;Dr.;
        FN:Dr. Anna Müller
        NICKNAME:Annchen
        ORG:Beispiel GmbH\, Köln;Einkauf;
        item1.EMAIL;type=INTERNET;type=pref:anna@example.de
        item1.X-ABLabel:_$!<Work>!$_
        item2.EMAIL;type=INTERNET:geheim@example.de
        item2.X-ABLabel:Ferien & mehr
        TEL;type=CELL;type=VOICE;type=pref:+49 171 1234567
        item3.ADR;type=HOME;type=pref:;;Hauptstraße 5\nHinterhof;Köln;NRW;50667;Deutschland
        item3.X-ABADR:de
        item4.URL:https://example.de/anna
        item4.X-ABLabel:_$!<HomePage>!$_
        BDAY;X-APPLE-OMIT-YEAR=1604:1604-02-29
        item5.X-ABDATE;type=pref:2015-06-07
        item5.X-ABLabel:_$!<Anniversary>!$_
        item6.X-ABRELATEDNAMES;type=pref:Jörg
        item6.X-ABLabel:_$!<Brother>!$_
        X-SOCIALPROFILE;type=mastodon:https://example.social/@anna
        IMPP;X-SERVICE-TYPE=Jabber;type=pref:xmpp:anna@example.de
        NOTE:Eins\, zwei\; drei\nvier
        PHOTO;ENCODING=b;TYPE=JPEG:/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQg
         KDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2Q==
        REV:2024-01-02T03:04:05Z
        UID:3F2504E0-4F89-11D3-9A0C-0305E82C3301
        END:VCARD
        """;

    public const string Google30 =
        """
        BEGIN:VCARD
        VERSION:3.0
        FN:राहुल शर्मा
        N:शर्मा;राहुल;;;
        EMAIL;TYPE=INTERNET;TYPE=HOME:rahul@example.in
        item1.TEL:+91 98765 43210
        item1.X-ABLabel:फ़ोन
        TEL;TYPE=CELL:+91 11 2345 6789
        ADR;TYPE=HOME:;;12 MG Road;Pune;MH;411001;India
        item2.URL:https\://example.in/rahul
        item2.X-ABLabel:PROFILE
        BDAY:19900131
        X-PHONETIC-LAST-NAME:Sharma
        CATEGORIES:myContacts,starred
        PHOTO:https://lh3.googleusercontent.com/contacts/made-up
        NOTE:🙂 emoji 👩‍👩‍👧 family
        END:VCARD
        """;

    public const string Outlook21 =
        """
        BEGIN:VCARD
        VERSION:2.1
        X-MS-OL-DEFAULT-POSTAL-ADDRESS:1
        N;LANGUAGE=de;CHARSET=Windows-1252:Größe;Jürgen;;Herr
        FN;CHARSET=Windows-1252:Herr Jürgen Größe
        ORG:Firma;Vertrieb
        TITLE:Leiter
        TEL;WORK;VOICE:+49 (30) 1234
        TEL;WORK;FAX:+49 (30) 1235
        ADR;WORK;PREF;ENCODING=QUOTED-PRINTABLE:;;Stra=DFe 1=0D=0A2. Stock;Berlin;;10115;Deutschland
        LABEL;WORK;PREF;ENCODING=QUOTED-PRINTABLE:Stra=DFe 1=0D=0A=
        2. Stock=0D=0A=
        10115 Berlin
        EMAIL;PREF;INTERNET:juergen@example.de
        REV:20240102T030405Z
        END:VCARD
        """;

    public const string Outlook30 =
        """
        BEGIN:VCARD
        VERSION:3.0
        PROFILE:VCARD
        MAILER:Microsoft Outlook
        NAME:Zoë
        N:O'Neill;Zoë;;;Jr.
        FN:Zoë O'Neill Jr.
        SORT-STRING:ONeill
        TEL;TYPE=work,voice,pref:+353 1 234
        ADR;TYPE=work:;;1 Quay;Dublin;;D01;Ireland
        LABEL;TYPE=work:1 Quay\nDublin
        CLASS:PRIVATE
        GEO:53.34;-6.26
        TZ:+01:00
        END:VCARD
        """;

    public const string Nextcloud40 =
        """
        BEGIN:VCARD
        VERSION:4.0
        PRODID:-//Nextcloud Contacts v5
        UID:urn:uuid:9f0d8a54-1f3e-4b1c-9d3e-8c1b1f7a0001
        FN;PREF=1;ALTID=1;LANGUAGE=ar:عائشة بنت خالد
        FN;ALTID=1;LANGUAGE=en:Aisha bint Khalid
        N;SORT-AS="Khalid,Aisha":خالد;عائشة;;;
        TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+966-55-555-5555;ext=12
        EMAIL;TYPE=work:aisha@example.sa
        ADR;LABEL="1 King Rd.\, Riyadh^n^'Palace^'";TYPE=home:;;1 King Rd.;Riyadh;;11564;KSA
        BDAY:--0415
        ANNIVERSARY:20100809
        GENDER:F
        LANG;PREF=1:ar
        RELATED;TYPE=friend:urn:uuid:9f0d8a54-1f3e-4b1c-9d3e-8c1b1f7a0002
        CATEGORIES:Family,صديقات
        PHOTO:data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJ
         CQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0Hyc5PTgyPC4zNDL/2Q==
        KEY;MEDIATYPE=application/pgp-keys:https://example.sa/key.asc
        GEO:geo:24.71,46.67
        TZ;VALUE=utc-offset:+0300
        CLIENTPIDMAP:1;urn:uuid:53e374d9-337e-4727-8803-a1e9c14e0556
        X-UNKNOWN;X-P="a;b:c,d":kept\;as it is
        REV:20240102T030405Z
        END:VCARD
        """;

    public const string Nextcloud30Group =
        """
        BEGIN:VCARD
        VERSION:3.0
        UID:group-1
        FN:Verein
        N:Verein;;;;
        X-ADDRESSBOOKSERVER-KIND:group
        X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:3f2504e0-4f89-11d3-9a0c-0305e82c3301
        X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:nobody-here
        END:VCARD
        """;

    public const string Gammu =
        """
        BEGIN:VCARD
        VERSION:2.1
        N:Novák;Jiří
        TEL;PREF:+420123
        TEL;CELL:+420456
        X-CAPTION:Domů
        CATEGORIES:Family
        BDAY:19700101
        END:VCARD
        """;

    public static IEnumerable<string> Texts => [Android21, ICloud30, Google30, Outlook30, Nextcloud40, Nextcloud30Group, Gammu];

    public static IEnumerable<VCard> Cards => [.. Texts.Select(One), One(Encoding.Latin1.GetBytes(Outlook21))];

    public static TheoryData<string> Names() =>
        ["Android21", "ICloud30", "Google30", "Outlook21", "Outlook30", "Nextcloud40", "Nextcloud30Group", "Gammu"];

    public static VCard Card(string name) => name switch
    {
        "Android21" => One(Android21),
        "ICloud30" => One(ICloud30),
        "Google30" => One(Google30),
        "Outlook21" => One(Encoding.Latin1.GetBytes(Outlook21)),
        "Outlook30" => One(Outlook30),
        "Nextcloud40" => One(Nextcloud40),
        "Nextcloud30Group" => One(Nextcloud30Group),
        _ => One(Gammu),
    };

    /// <summary>With CRLF, as files are.</summary>
    public static byte[] Bytes(string card) => Encoding.UTF8.GetBytes(card.ReplaceLineEndings("\r\n") + "\r\n");

    public static Reading<VCard> Read(string card) => Assert.Single(VCardReader.Read(Bytes(card)));

    /// <summary>The single card of a text, read without any problem but a missing character set.</summary>
    public static VCard One(string card) => One(Bytes(card));

    public static VCard One(byte[] bytes)
    {
        var reading = Assert.Single(VCardReader.Read(bytes));
        return reading.Item ?? throw new InvalidOperationException(reading.Problem?.Reason);
    }

    /// <summary>A 3.0 card of these lines.</summary>
    public static VCard Of(params string[] lines) => One($"BEGIN:VCARD\nVERSION:3.0\n{string.Join('\n', lines)}\nEND:VCARD");

    public static VCard Of40(params string[] lines) => One($"BEGIN:VCARD\nVERSION:4.0\n{string.Join('\n', lines)}\nEND:VCARD");

    public static string[] Lines(VCard card) =>
        Encoding.UTF8.GetString(VCardWriter.Write(card)).Replace("\r\n ", "", StringComparison.Ordinal).Split("\r\n", StringSplitOptions.RemoveEmptyEntries)[2..^1];
}
