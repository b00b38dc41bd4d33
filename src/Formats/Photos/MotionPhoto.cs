using System.Buffers.Binary;
using System.Globalization;
using System.Xml;

namespace Candor.Formats.Photos;

/// <summary>What XMP says of a video behind the picture: Android Motion Photo 1.0, and MicroVideo before it.</summary>
/// <remarks>
/// http://ns.google.com/photos/1.0/camera/ (MotionPhoto, MicroVideo …) and http://ns.google.com/photos/1.0/container/ (Directory of Item
/// with Mime, Semantic, Length, Padding). Matched by local name: phones disagree on prefixes and on the item's namespace.
/// </remarks>
internal sealed class MotionXmp
{
    private const int MaxItems = 64;
    private readonly List<(string Semantic, long Length)> items = [];
    private bool motionPhoto;
    private bool microVideo;
    private long microVideoOffset;

    public long? StillAtMicroseconds { get; private set; }

    /// <summary>Bytes from the start of the video to the end of the file, and of the video itself, by the directory.</summary>
    public (long FromEnd, long Length)? Directory
    {
        get
        {
            var video = motionPhoto ? items.FindIndex(item => item.Semantic == "MotionPhoto") : -1;
            return video < 0 ? null : (items.Skip(video).Sum(item => item.Length), items[video].Length);
        }
    }

    public long? MicroVideoFromEnd => microVideo && microVideoOffset > 0 ? microVideoOffset : null;

    public bool SaysItHasVideo => motionPhoto || microVideo;

    public void Read(byte[] xmp, PhotoDraft draft, long offset)
    {
        // Almost every XMP packet is about something else.
        if (xmp.AsSpan().IndexOf("MotionPhoto"u8) < 0 && xmp.AsSpan().IndexOf("MicroVideo"u8) < 0)
            return;
        var settings = new XmlReaderSettings
        {
            DtdProcessing = DtdProcessing.Prohibit,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreWhitespace = true,
        };
        try
        {
            var length = xmp.AsSpan().TrimEnd((byte)0).Length;
            using var reader = XmlReader.Create(new MemoryStream(xmp, 0, length), settings);
            ReadElements(reader);
        }
        catch (XmlException)
        {
            draft.Add(offset, "Its XMP block is damaged; what could be read was.");
        }
    }

    private void ReadElements(XmlReader reader)
    {
        while (reader.Read())
        {
            if (reader.NodeType != XmlNodeType.Element)
                continue;
            var isItem = reader.LocalName == "Item" || reader.LocalName == "li";
            if (isItem && items.Count < MaxItems && (items.Count == 0 || items[^1] != ("", 0)))
                items.Add(("", 0));
            var element = reader.LocalName;
            if (reader.MoveToFirstAttribute())
            {
                do
                    Take(reader.LocalName, reader.Value);
                while (reader.MoveToNextAttribute());
                reader.MoveToElement();
            }
            // The same properties may stand as elements with text.
            if (!reader.IsEmptyElement && element is "MotionPhoto" or "MicroVideo" or "MicroVideoOffset" or "Semantic" or "Length"
                    or "MotionPhotoPresentationTimestampUs" or "MicroVideoPresentationTimestampUs"
                && reader.Read() && reader.NodeType == XmlNodeType.Text)
                Take(element, reader.Value);
        }
    }

    private void Take(string name, string value)
    {
        var number = long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        switch (name)
        {
            case "MotionPhoto":
                motionPhoto = number == 1;
                break;
            case "MicroVideo":
                microVideo = number == 1;
                break;
            case "MicroVideoOffset":
                microVideoOffset = number;
                break;
            case "MotionPhotoPresentationTimestampUs" or "MicroVideoPresentationTimestampUs" when number >= 0 && value.Length > 0:
                StillAtMicroseconds = number;
                break;
            case "Semantic" when items.Count > 0:
                items[^1] = (value, items[^1].Length);
                break;
            case "Length" when items.Count > 0 && number is >= 0 and < 1L << 40:
                items[^1] = (items[^1].Semantic, number);
                break;
        }
    }
}

/// <summary>Finds the video of a motion photo and makes sure that it is one.</summary>
internal static class MotionPhoto
{
    private const int MaxTrailer = 65_536;
    private const int MotionPhotoData = 0x0A30;

    /// <summary>Tries what the file says, the most exact first: its box, the directory, the old offset, Samsung's trailer.</summary>
    public static void Find(MediaSource source, PhotoDraft draft, MotionXmp xmp, (long Start, long End)? box = null)
    {
        draft.SaysItHasVideo = xmp.SaysItHasVideo || box is not null;
        if (box is { } video)
            draft.Motion = Verified(source, video.Start, video.End - video.Start, EmbeddedVideoKind.HeifBox, xmp);
        if (xmp.Directory is { } entry)
            draft.Motion ??= Verified(source, source.Length - entry.FromEnd, entry.Length, EmbeddedVideoKind.MotionPhoto, xmp);
        if (xmp.MicroVideoFromEnd is { } fromEnd)
            draft.Motion ??= Verified(source, source.Length - fromEnd, fromEnd, EmbeddedVideoKind.MicroVideo, xmp);
        draft.Motion ??= FromTrailer(source, xmp);
    }

    /// <summary>A video starts with a "ftyp" box; anything else is not one, whoever says so.</summary>
    private static EmbeddedVideo? Verified(MediaSource source, long start, long length, EmbeddedVideoKind kind, MotionXmp xmp) =>
        start > 0 && length >= 16 && start <= source.Length - length && source.Matches(start + 4, "ftyp"u8)
            ? new EmbeddedVideo(start, length, kind, xmp.StillAtMicroseconds)
            : null;

    /// <summary>
    /// Samsung's trailer, little-endian, read from the end: "SEFT", directory length, then the directory: "SEFH", version, count, and per
    /// block: 2 bytes of zero, type, distance of the block's start from the directory, size. A block is 2 bytes of zero, type, length of
    /// its name, name, data. The data is the video, or "mpv2" with its big-endian offset and length. Layout as in ExifTool's Samsung.pm.
    /// </summary>
    private static EmbeddedVideo? FromTrailer(MediaSource source, MotionXmp xmp)
    {
        Span<byte> end = stackalloc byte[8];
        if (!source.TryRead(source.Length - 8, end) || !end.EndsWith("SEFT"u8))
            return null;
        long length = BinaryPrimitives.ReadUInt32LittleEndian(end);
        var start = source.Length - 8 - length;
        if (length < 12 || source.Block(start, length, MaxTrailer) is not { } directory || !directory.AsSpan().StartsWith("SEFH"u8))
            return null;
        var count = BinaryPrimitives.ReadUInt32LittleEndian(directory.AsSpan(8));
        for (var entry = 12; entry + 12 <= directory.Length && count > 0; entry += 12, count--)
        {
            var fields = directory.AsSpan(entry);
            if (BinaryPrimitives.ReadUInt16LittleEndian(fields[2..]) != MotionPhotoData)
                continue;
            var block = start - BinaryPrimitives.ReadUInt32LittleEndian(fields[4..]);
            long size = BinaryPrimitives.ReadUInt32LittleEndian(fields[8..]);
            Span<byte> head = stackalloc byte[8];
            if (!source.TryRead(block, head))
                continue;
            long name = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var data = block + 8 + name;
            if (source.Matches(data, "mpv2"u8))
                return Verified(source, source.UInt32At(data + 4), source.UInt32At(data + 8), EmbeddedVideoKind.SamsungTrailer, xmp);
            return Verified(source, data, size - 8 - name, EmbeddedVideoKind.SamsungTrailer, xmp);
        }
        return null;
    }
}
