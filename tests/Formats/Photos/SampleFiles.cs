using System.Buffers.Binary;
using System.Text;

namespace Candor.Tests.Photos;

/// <summary>One directory of a TIFF structure under construction.</summary>
internal sealed class Ifd
{
    private readonly List<(ushort Tag, ushort Type, uint Count, Func<bool, byte[]>? Data, Ifd[]? Subs)> entries = [];

    public Ifd? Next { get; set; }

    public Ifd Ascii(ushort tag, string text) => Add(tag, 2, (uint)Encoding.UTF8.GetByteCount(text) + 1, _ => [.. Encoding.UTF8.GetBytes(text), 0]);

    public Ifd Bytes(ushort tag, params byte[] bytes) => Add(tag, 1, (uint)bytes.Length, _ => bytes);

    public Ifd Opaque(ushort tag, byte[] bytes) => Add(tag, 7, (uint)bytes.Length, _ => bytes);

    public Ifd Short(ushort tag, ushort value) => Add(tag, 3, 1, big => UInt16(value, big));

    public Ifd Long(ushort tag, uint value) => Add(tag, 4, 1, big => UInt32(value, big));

    public Ifd Rational(ushort tag, params (uint, uint)[] values) =>
        Add(tag, 5, (uint)values.Length, big => [.. values.SelectMany(value => (byte[])[.. UInt32(value.Item1, big), .. UInt32(value.Item2, big)])]);

    public Ifd Sub(ushort tag, params Ifd[] directories)
    {
        entries.Add((tag, 4, (uint)directories.Length, null, directories));
        return this;
    }

    public Ifd Raw(ushort tag, ushort type, uint count, byte[] value) => Add(tag, type, count, _ => value);

    private Ifd Add(ushort tag, ushort type, uint count, Func<bool, byte[]> data)
    {
        entries.Add((tag, type, count, data, null));
        return this;
    }

    /// <summary>A whole TIFF structure with its header.</summary>
    public byte[] ToTiff(bool big = true)
    {
        var bytes = new List<byte>(big ? "MM\0*\0\0\0\x08"u8.ToArray() : "II*\0\x08\0\0\0"u8.ToArray());
        Write(bytes, big, 0);
        return [.. bytes];
    }

    /// <summary>Apple's makernote: offsets count from its own start.</summary>
    public byte[] ToAppleNote()
    {
        var bytes = new List<byte>("Apple iOS\0\0\x01MM"u8.ToArray());
        Write(bytes, true, 0);
        return [.. bytes];
    }

    private void Write(List<byte> bytes, bool big, int origin)
    {
        var start = bytes.Count;
        bytes.AddRange(UInt16((ushort)entries.Count, big));
        bytes.AddRange(new byte[entries.Count * 12 + 4]);
        var at = start + 2;
        foreach (var (tag, type, count, data, subs) in entries.OrderBy(entry => entry.Tag))
        {
            var value = data?.Invoke(big) ?? [];
            if (subs is not null)
            {
                var offsets = new List<byte>();
                foreach (var sub in subs)
                {
                    offsets.AddRange(UInt32((uint)(bytes.Count - origin), big));
                    sub.Write(bytes, big, origin);
                }
                value = [.. offsets];
            }
            byte[] field = value.Length <= 4 ? [.. value, .. new byte[4 - value.Length]] : UInt32((uint)(bytes.Count - origin), big);
            if (value.Length > 4)
                bytes.AddRange(value);
            byte[] entry = [.. UInt16(tag, big), .. UInt16(type, big), .. UInt32(count, big), .. field];
            for (var i = 0; i < 12; i++)
                bytes[at + i] = entry[i];
            at += 12;
        }
        if (Next is null)
            return;
        var link = UInt32((uint)(bytes.Count - origin), big);
        for (var i = 0; i < 4; i++)
            bytes[at + i] = link[i];
        Next.Write(bytes, big, origin);
    }

    private static byte[] UInt16(ushort value, bool big) => BitConverter.GetBytes(big ? BinaryPrimitives.ReverseEndianness(value) : value);

    private static byte[] UInt32(uint value, bool big) => BitConverter.GetBytes(big ? BinaryPrimitives.ReverseEndianness(value) : value);
}

/// <summary>Small but complete files of every kind, built byte by byte.</summary>
internal static class SampleFiles
{
    public const string ContentId = "F3A9C1D2-0B4E-4C7A-9E21-5D6F7A8B9C0D";

    public static byte[] Exif(double latitude = 48.8577, double longitude = 2.295, bool big = true, bool apple = true, string? offset = "+02:00")
    {
        var details = new Ifd().Ascii(0x9003, "2024:05:01 10:11:12").Ascii(0x9291, "345").Ascii(0xA434, "Main Camera 6.8mm f/1.8")
            .Short(0xA002, 64).Short(0xA003, 48).Opaque(0x9286, new byte[5000]);
        if (offset is not null)
            details.Ascii(0x9011, offset);
        if (apple)
            details.Opaque(0x927C, new Ifd().Long(1, 14).Ascii(0x11, ContentId).ToAppleNote());
        return new Ifd().Ascii(0x10F, "Apple").Ascii(0x110, "iPhone 15").Short(0x112, 6).Ascii(0x132, "2024:06:01 00:00:00")
            .Sub(0x8769, details).Sub(0x8825, Gps(latitude, longitude)).ToTiff(big);
    }

    public static Ifd Gps(double latitude, double longitude, (uint, uint)? altitude = null, byte below = 0) => new Ifd()
        .Ascii(1, latitude < 0 ? "S" : "N").Rational(2, Degrees(latitude)).Ascii(3, longitude < 0 ? "W" : "E").Rational(4, Degrees(longitude))
        .Bytes(5, below).Rational(6, altitude ?? (355, 10)).Rational(7, (8, 1), (11, 1), (13, 1)).Ascii(0x1D, "2024:05:01");

    private static (uint, uint)[] Degrees(double value)
    {
        value = Math.Abs(value);
        var minutes = (value - Math.Floor(value)) * 60;
        return [((uint)value, 1), ((uint)minutes, 1), ((uint)Math.Round((minutes - Math.Floor(minutes)) * 60 * 10_000), 10_000)];
    }

    public static byte[] Jpeg(byte[]? exif = null, string? xmp = null, int width = 640, int height = 480, int pictureLength = 64, byte[]? tail = null)
    {
        var bytes = new List<byte> { 0xFF, 0xD8 };
        Segment(bytes, 0xE0, [.. "JFIF\0\x01\x02\0\0\x01\0\x01\0\0"u8]);
        if (exif is not null)
            Segment(bytes, 0xE1, [.. "Exif\0\0"u8, .. exif]);
        if (xmp is not null)
            Segment(bytes, 0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.UTF8.GetBytes(xmp)]);
        Segment(bytes, 0xE2, [.. "ICC_PROFILE\0\x01\x01"u8, .. new byte[500]]);
        Segment(bytes, 0xDB, new byte[65]);
        Segment(bytes, 0xC0, [8, (byte)(height >> 8), (byte)height, (byte)(width >> 8), (byte)width, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]);
        Segment(bytes, 0xDA, [3, 1, 0, 2, 0x11, 3, 0x11, 0, 0x3F, 0]);
        bytes.AddRange(Enumerable.Range(0, pictureLength).Select(i => (byte)(i % 251)));
        bytes.AddRange([0xFF, 0xD9]);
        bytes.AddRange(tail ?? []);
        return [.. bytes];
    }

    private static void Segment(List<byte> bytes, byte marker, byte[] payload)
    {
        bytes.AddRange([0xFF, marker, (byte)(payload.Length + 2 >> 8), (byte)(payload.Length + 2)]);
        bytes.AddRange(payload);
    }

    public static string MotionXmp(long length, long padding = 0, string mime = "image/jpeg", bool asElements = false, long gainMap = 0) => $"""
        <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about=""
          xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" xmlns:Container="http://ns.google.com/photos/1.0/container/"
          xmlns:Item="http://ns.google.com/photos/1.0/container/item/" {(asElements ? "" : "GCamera:MotionPhoto=\"1\" GCamera:MotionPhotoVersion=\"1\" GCamera:MotionPhotoPresentationTimestampUs=\"1500000\"")}>
          {(asElements ? "<GCamera:MotionPhoto>1</GCamera:MotionPhoto><GCamera:MotionPhotoPresentationTimestampUs>1500000</GCamera:MotionPhotoPresentationTimestampUs>" : "")}
          <Container:Directory><rdf:Seq>
            <rdf:li rdf:parseType="Resource"><Container:Item Item:Mime="{mime}" Item:Semantic="Primary" Item:Length="0" Item:Padding="{padding}"/></rdf:li>
            {(gainMap > 0 ? $"<rdf:li rdf:parseType=\"Resource\"><Container:Item Item:Mime=\"image/jpeg\" Item:Semantic=\"GainMap\" Item:Length=\"{gainMap}\"/></rdf:li>" : "")}
            <rdf:li rdf:parseType="Resource">{(asElements
                ? $"<Item:Mime>video/mp4</Item:Mime><Item:Semantic>MotionPhoto</Item:Semantic><Item:Length>{length}</Item:Length>"
                : $"<Container:Item Item:Mime=\"video/mp4\" Item:Semantic=\"MotionPhoto\" Item:Length=\"{length}\"/>")}</rdf:li>
          </rdf:Seq></Container:Directory></rdf:Description></rdf:RDF></x:xmpmeta>
        """;

    public static string MicroVideoXmp(long fromEnd) => $"""
        <?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
        <rdf:Description rdf:about="" xmlns:GCamera="http://ns.google.com/photos/1.0/camera/" GCamera:MicroVideo="1" GCamera:MicroVideoVersion="1"
        GCamera:MicroVideoOffset="{fromEnd}" GCamera:MicroVideoPresentationTimestampUs="900"/></rdf:RDF></x:xmpmeta><?xpacket end="w"?>
        """;

    /// <summary>Samsung's trailer with a text block and the video.</summary>
    public static byte[] SamsungTail(byte[] video)
    {
        byte[] name = [.. "MotionPhoto_Data"u8];
        byte[] text = [0, 0, 0xA1, 0x0A, .. BitConverter.GetBytes(8), .. "MCC_Data"u8, .. "204"u8];
        byte[] block = [0, 0, 0x30, 0x0A, .. BitConverter.GetBytes(name.Length), .. name, .. video];
        byte[] directory =
        [
            .. "SEFH"u8, .. BitConverter.GetBytes(107), .. BitConverter.GetBytes(2),
            0, 0, 0xA1, 0x0A, .. BitConverter.GetBytes(text.Length + block.Length), .. BitConverter.GetBytes(text.Length),
            0, 0, 0x30, 0x0A, .. BitConverter.GetBytes(block.Length), .. BitConverter.GetBytes(block.Length),
        ];
        return [.. text, .. block, .. directory, .. BitConverter.GetBytes(directory.Length), .. "SEFT"u8];
    }

    public static byte[] Png(byte[]? exif, bool exifLast = false)
    {
        var bytes = new List<byte> { 0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A };
        Chunk(bytes, "IHDR", [0, 0, 4, 56, 0, 0, 9, 96, 8, 2, 0, 0, 0]);
        if (exif is not null && !exifLast)
            Chunk(bytes, "eXIf", exif);
        Chunk(bytes, "IDAT", new byte[100]);
        Chunk(bytes, "IDAT", new byte[100]);
        if (exif is not null && exifLast)
            Chunk(bytes, "eXIf", exif);
        Chunk(bytes, "IEND", []);
        return [.. bytes];
    }

    public static void Chunk(List<byte> bytes, string type, byte[] data)
    {
        byte[] typed = [.. Encoding.ASCII.GetBytes(type), .. data];
        bytes.AddRange(Big(data.Length));
        bytes.AddRange(typed);
        var checksum = 0xFFFFFFFFu;
        foreach (var value in typed)
        {
            checksum ^= value;
            for (var bit = 0; bit < 8; bit++)
                checksum = (checksum & 1) == 0 ? checksum >> 1 : checksum >> 1 ^ 0xEDB88320;
        }
        bytes.AddRange(Big(~checksum));
    }

    public static byte[] WebP(byte[]? exif, string kind = "VP8X")
    {
        var bytes = new List<byte>();
        byte[] picture = kind == "VP8L" ? [0x2F, 0xFF, 0xC1, 0x77, 0, 0, 0] : [0x30, 0, 0, 0x9D, 0x01, 0x2A, 0x00, 0x02, 0xE0, 0x01, 0, 0];
        if (kind == "VP8X")
            Riff("VP8X", [0x08, 0, 0, 0, 0xFF, 0x03, 0, 0xFF, 0x02, 0]);
        Riff(kind == "VP8L" ? "VP8L" : "VP8 ", picture);
        if (exif is not null)
            Riff("EXIF", exif);
        return [.. "RIFF"u8, .. BitConverter.GetBytes(bytes.Count + 4), .. "WEBP"u8, .. bytes];

        void Riff(string type, byte[] data)
        {
            bytes.AddRange(Encoding.ASCII.GetBytes(type));
            bytes.AddRange(BitConverter.GetBytes(data.Length));
            bytes.AddRange(data);
            if (data.Length % 2 == 1)
                bytes.Add(0);
        }
    }

    public static byte[] Gif() => [.. "GIF89a"u8, 0x40, 0x01, 0xF0, 0x00, 0, 0, 0, 0x3B];

    public static byte[] Box(string type, params byte[][] payload)
    {
        var length = payload.Sum(part => part.Length);
        return [.. Big(length + 8), .. Encoding.Latin1.GetBytes(type), .. payload.SelectMany(part => part)];
    }

    public static byte[] Big(long value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static byte[] Big16(int value) => [(byte)(value >> 8), (byte)value];

    /// <summary>A HEIC file whose items are the picture (1), Exif (2) and XMP (3); Exif in the data box, or split in two, or in "idat".</summary>
    public static byte[] Heic(byte[]? exif, string? xmp = null, string brand = "heic", byte turned = 3, byte? mirrored = null, string exifIn = "mdat", byte[]? after = null)
    {
        var type = Box("ftyp", Encoding.ASCII.GetBytes(brand), Big(0), "mif1"u8.ToArray(), Encoding.ASCII.GetBytes(brand), "miaf"u8.ToArray());
        byte[] exifItem = exif is null ? [] : [.. Big(6), .. "Exif\0\0"u8, .. exif];
        var xmpItem = Encoding.UTF8.GetBytes(xmp ?? "");
        byte[] picture = [.. Enumerable.Repeat((byte)7, 40)];
        byte[] Entry(int id, string kind, string more = "") => Box("infe", [2, 0, 0, 0], Big16(id), Big16(0), Encoding.ASCII.GetBytes(kind + "\0" + more));
        byte[] Location(int id, int construction, params (long Offset, long Length)[] parts) =>
            [.. Big16(id), .. Big16(construction), .. Big16(0), .. Big16(parts.Length), .. parts.SelectMany(part => (byte[])[.. Big(part.Offset), .. Big(part.Length)])];
        byte[] Meta(long data)
        {
            var half = exifItem.Length / 2;
            var places = exifIn switch
            {
                "idat" => Location(2, 1, (0, exifItem.Length)),
                "split" => Location(2, 0, (data + 40, half), (data + 40 + half, exifItem.Length - half)),
                _ => Location(2, 0, (data + 40, exifItem.Length)),
            };
            return Box("meta", Big(0),
                Box("hdlr", Big(0), Big(0), "pict"u8.ToArray(), new byte[13]),
                Box("pitm", Big(0), Big16(1)),
                Box("iinf", Big(0), Big16(3), Entry(1, "hvc1"), Entry(2, "Exif"), Entry(3, "mime", "application/rdf+xml\0")),
                Box("iref", Big(0), Box("cdsc", Big16(2), Big16(1), Big16(1))),
                Box("iprp",
                    Box("ipco", Box("hvcC", new byte[23]), Box("ispe", Big(0), Big(320), Big(240)), Box("ispe", Big(0), Big(4032), Big(3024)), Box("irot", [turned]), mirrored is { } axis ? Box("imir", [axis]) : []),
                    Box("ipma", Big(0), Big(2), Big16(9), [1, 2], Big16(1), mirrored is null ? [3, 0x81, 3, 0x84] : [4, 0x81, 3, 0x84, 0x85])),
                exifIn == "idat" ? Box("idat", exifItem) : [],
                Box("iloc", [1, 0, 0, 0], [0x44, 0x00], Big16(3), Location(1, 0, (data, 40)), places,
                    Location(3, 0, (data + 40 + (exifIn == "idat" ? 0 : exifItem.Length), xmpItem.Length))));
        }
        var dataStart = type.Length + Meta(0).Length + 8;
        return [.. type, .. Meta(dataStart), .. Box("mdat", picture, exifIn == "idat" ? [] : exifItem, xmpItem), .. after ?? []];
    }

    /// <summary>A movie; its header stands after the data, as phones write it.</summary>
    public static byte[] Mp4(string brand = "mp42", string? place = "+48.8577+002.2950+035.500/", int turned = 90, bool wide = false, byte[]? appleMeta = null, bool headerFirst = false)
    {
        const uint Created = 3797395872; // 2024-05-01 08:11:12 UTC
        byte[] Time(uint value) => wide ? [0, 0, 0, 0, .. Big(value)] : Big(value);
        var (a, b, c, d) = turned switch { 90 => (0, 1, -1, 0), 180 => (-1, 0, 0, -1), 270 => (0, -1, 1, 0), _ => (1, 0, 0, 1) };
        byte[] Fixed(int value) => Big((uint)(value * 65536));
        byte[] matrix = [.. Fixed(a), .. Fixed(b), .. Big(0), .. Fixed(c), .. Fixed(d), .. Big(0), .. Big(0), .. Big(0), .. Big(0x40000000)];
        byte[] Track(string handler, int width, int height) => Box("trak",
            Box("tkhd", [wide ? (byte)1 : (byte)0, 0, 0, 7], Time(Created), Time(Created), Big(1), Big(0), Time(2500), new byte[8], Big16(0), Big16(0), Big16(0), Big16(0), matrix, Fixed(width), Fixed(height)),
            Box("mdia", Box("hdlr", Big(0), Big(0), Encoding.ASCII.GetBytes(handler), new byte[13])));
        byte[] udta = place is null ? [] : Box("udta",
            Box("\u00A9xyz", Big16(place.Length), [0x15, 0xC7], Encoding.ASCII.GetBytes(place)), Box("\u00A9mak", Big16(6), [0, 0], "Google"u8.ToArray()), Box("\u00A9mod", Big16(7), [0, 0], "Pixel 8"u8.ToArray()));
        var movie = Box("moov",
            Box("mvhd", [wide ? (byte)1 : (byte)0, 0, 0, 0], Time(Created), Time(Created), Big(1000), Time(2500), Big(0x10000), [1, 0], new byte[10], matrix, new byte[24], Big(3)),
            Track("soun", 0, 0), Track("vide", 1920, 1080), udta, appleMeta ?? []);
        var type = Box("ftyp", Encoding.ASCII.GetBytes(brand), Big(0), Encoding.ASCII.GetBytes(brand));
        var data = Box("mdat", new byte[300]);
        return headerFirst ? [.. type, .. movie, .. data] : [.. type, .. data, .. movie];
    }

    /// <summary>QuickTime's key and value boxes, as an iPhone writes them.</summary>
    public static byte[] AppleMeta(params (string Key, string Value)[] values) => Box("meta",
        Box("hdlr", Big(0), Big(0), "mdta"u8.ToArray(), new byte[14]),
        Box("keys", Big(0), Big(values.Length), [.. values.SelectMany(value => Box("mdta", Encoding.ASCII.GetBytes(value.Key)))]),
        Box("ilst", [.. values.SelectMany((value, index) =>
            (byte[])[.. Big(24 + Encoding.UTF8.GetByteCount(value.Value)), .. Big(index + 1), .. Box("data", Big(1), Big(0), Encoding.UTF8.GetBytes(value.Value))])]));

    public static byte[] LiveMovie(string id = ContentId, string date = "2024-05-01T10:11:12+0200") => Mp4("qt  ", null, 0, false, AppleMeta(
        ("com.apple.quicktime.location.ISO6709", "+48.8577+002.2950+035.500/"), ("com.apple.quicktime.make", "Apple"),
        ("com.apple.quicktime.model", "iPhone 15"), ("com.apple.quicktime.creationdate", date), ("com.apple.quicktime.content.identifier", id)));
}
