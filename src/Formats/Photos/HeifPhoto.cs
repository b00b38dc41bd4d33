namespace Candor.Formats.Photos;

/// <summary>
/// HEIC, HEIF and AVIF: the meta box says which item is the picture, how large and turned it is, and where Exif and XMP lie.
/// </summary>
/// <remarks>ISO/IEC 14496-12 8.11 and ISO/IEC 23008-12 6.5. Pixels are never touched.</remarks>
internal static class HeifPhoto
{
    private const int MaxItems = 20_000;
    private const int MaxXmp = 1024 * 1024;
    private const int MaxSplitExif = 1024 * 1024;

    public static void Read(MediaSource source, PhotoDraft draft)
    {
        Box? meta = null, video = null;
        foreach (var box in IsoMedia.Boxes(source, 0, source.Length))
        {
            if (box.Type == IsoMedia.Name("meta"))
                meta ??= box;
            else if (box.Type == IsoMedia.Name("mpvd"))
                video ??= box;
        }
        var motion = new MotionXmp();
        if (meta is { } found)
            ReadMeta(source, draft, motion, found with { Start = found.Start + 4 });
        else
            draft.Add(-1, "The file ends or breaks off before it says where its picture is.");
        MotionPhoto.Find(source, draft, motion, video is { } place ? (place.Start, place.End) : null);
    }

    private static void ReadMeta(MediaSource source, PhotoDraft draft, MotionXmp motion, Box meta)
    {
        uint primary = 0;
        var types = new Dictionary<uint, uint>();
        Box? locations = null, properties = null, data = null;
        foreach (var box in IsoMedia.Boxes(source, meta.Start, meta.End))
        {
            if (box.Type == IsoMedia.Name("pitm"))
                primary = ReadPrimary(source, box);
            else if (box.Type == IsoMedia.Name("iinf"))
                ReadItemTypes(source, box, types);
            else if (box.Type == IsoMedia.Name("iloc"))
                locations = box;
            else if (box.Type == IsoMedia.Name("iprp"))
                properties = box;
            else if (box.Type == IsoMedia.Name("idat"))
                data = box;
        }
        if (properties is { } described)
            ReadProperties(source, draft, described, primary);
        if (locations is { } located)
        {
            foreach (var (type, parts) in Locate(source, located, types, data))
                ReadItem(source, draft, motion, type, parts);
        }
    }

    private static uint ReadPrimary(MediaSource source, Box box)
    {
        var cursor = new BoxCursor(source, box.Start, box.End);
        var version = cursor.UInt32() >> 24;
        return (uint)cursor.Take(version == 0 ? 2 : 4);
    }

    private static void ReadItemTypes(MediaSource source, Box box, Dictionary<uint, uint> types)
    {
        var version = source.ByteAt(box.Start);
        foreach (var entry in IsoMedia.Boxes(source, box.Start + (version == 0 ? 6 : 8), box.End))
        {
            var cursor = new BoxCursor(source, entry.Start, entry.End);
            var entryVersion = cursor.UInt32() >> 24;
            if (entryVersion < 2)
                continue;
            var id = (uint)cursor.Take(entryVersion == 2 ? 2 : 4);
            cursor.Skip(2);
            var type = cursor.UInt32();
            if (!cursor.Failed)
                types.TryAdd(id, type);
        }
    }

    /// <summary>The places of the Exif and XMP items, in file order of the table.</summary>
    private static List<(uint Type, List<(long Start, long Length)> Parts)> Locate(
        MediaSource source, Box box, Dictionary<uint, uint> types, Box? data)
    {
        var found = new List<(uint, List<(long, long)>)>();
        var cursor = new BoxCursor(source, box.Start, box.End);
        var version = cursor.UInt32() >> 24;
        var sizes = (int)cursor.Take(2);
        var (offsetSize, lengthSize, baseSize) = (sizes >> 12, sizes >> 8 & 15, sizes >> 4 & 15);
        var indexSize = version is 1 or 2 ? sizes & 15 : 0;
        var count = Math.Min(cursor.Take(version < 2 ? 2 : 4), MaxItems);
        for (; count > 0 && !cursor.Failed && Math.Max(Math.Max(offsetSize, lengthSize), Math.Max(baseSize, indexSize)) <= 8; count--)
        {
            var id = (uint)cursor.Take(version < 2 ? 2 : 4);
            var construction = version is 1 or 2 ? (int)cursor.Take(2) & 15 : 0;
            var external = cursor.Take(2) != 0;
            var start = cursor.Take(baseSize);
            var extents = (int)cursor.Take(2);
            var parts = new List<(long, long)>();
            for (; extents > 0 && !cursor.Failed; extents--)
            {
                cursor.Take(indexSize);
                var (offset, length) = (cursor.Take(offsetSize), cursor.Take(lengthSize));
                if (parts.Count < 16 && start < 1UL << 50 && offset < 1UL << 50 && length < 1UL << 50)
                    parts.Add(((long)(start + offset) + (construction == 1 && data is { } inner ? inner.Start : 0), (long)length));
            }
            var type = types.GetValueOrDefault(id);
            if (!cursor.Failed && !external && construction <= 1 && (type == IsoMedia.Name("Exif") || type == IsoMedia.Name("mime")))
                found.Add((type, parts));
        }
        return found;
    }

    private static void ReadItem(MediaSource source, PhotoDraft draft, MotionXmp motion, uint type, List<(long Start, long Length)> parts)
    {
        if (type == IsoMedia.Name("mime"))
        {
            // Other things than XMP have this type; they do not speak of motion photos.
            if (Join(source, parts, MaxXmp) is { } xmp)
                motion.Read(xmp, draft, parts[0].Start);
        }
        else if (parts is [var only])
        {
            ReadExif(source, draft, only.Start, only.Length, only.Start);
        }
        else if (Join(source, parts, MaxSplitExif) is { } joined)
        {
            using var memory = new MediaSource(new MemoryStream(joined));
            ReadExif(memory, draft, 0, joined.Length, parts[0].Start);
        }
    }

    /// <summary>Four bytes say how far behind them the TIFF header is; JPEG's "Exif" preamble often lies between.</summary>
    private static void ReadExif(MediaSource source, PhotoDraft draft, long start, long length, long reportedAt)
    {
        var skip = source.UInt32At(start);
        if (skip < 0 || length < 12 || skip > length - 12 || start > source.Length - length)
            draft.Add(reportedAt, "Its Exif block lies outside of the file.");
        else
            draft.ReadExif(source, start + 4 + skip, length - 4 - skip, reportedAt);
    }

    private static byte[]? Join(MediaSource source, List<(long Start, long Length)> parts, int max)
    {
        var joined = new List<byte>();
        foreach (var (start, length) in parts)
        {
            if (source.Block(start, length, max - joined.Count) is not { } block)
                return null;
            joined.AddRange(block);
        }
        return joined.Count > 0 ? [.. joined] : null;
    }

    /// <summary>Size and turning of the primary item: its properties are numbered from 1 in ipco and assigned in ipma.</summary>
    private static void ReadProperties(MediaSource source, PhotoDraft draft, Box properties, uint primary)
    {
        var container = IsoMedia.Find(source, properties.Start, properties.End, "ipco");
        if (container is not { } known)
            return;
        var boxes = IsoMedia.Boxes(source, known.Start, known.End).ToList();
        draft.Orientation = 1;
        foreach (var association in IsoMedia.Boxes(source, properties.Start, properties.End)
            .Where(box => box.Type == IsoMedia.Name("ipma")))
        {
            var cursor = new BoxCursor(source, association.Start, association.End);
            var head = cursor.UInt32();
            var count = Math.Min(cursor.UInt32(), MaxItems);
            for (; count > 0 && !cursor.Failed; count--)
            {
                var id = (uint)cursor.Take(head >> 24 < 1 ? 2 : 4);
                for (var left = (int)cursor.Take(1); left > 0 && !cursor.Failed; left--)
                {
                    // The top bit says "essential".
                    var index = (head & 1) == 1 ? (int)cursor.Take(2) & 0x7FFF : (int)cursor.Take(1) & 0x7F;
                    if (id == primary && index >= 1 && index <= boxes.Count)
                        Apply(source, draft, boxes[index - 1]);
                }
            }
        }
        // Nothing is said of the primary item: the largest picture is the likeliest.
        if (draft.Width == 0)
            (draft.Width, draft.Height) = boxes.Where(box => box.Type == IsoMedia.Name("ispe"))
                .Select(box => (Size(source.UInt32At(box.Start + 4)), Size(source.UInt32At(box.Start + 8))))
                .DefaultIfEmpty().MaxBy(size => (long)size.Item1 * size.Item2);
    }

    private static void Apply(MediaSource source, PhotoDraft draft, Box property)
    {
        if (property.Type == IsoMedia.Name("ispe") && draft.Width == 0)
            (draft.Width, draft.Height) = (Size(source.UInt32At(property.Start + 4)), Size(source.UInt32At(property.Start + 8)));
        else if (property.Type == IsoMedia.Name("irot"))
            draft.Orientation = (source.ByteAt(property.Start) & 3) switch { 1 => 8, 2 => 3, 3 => 6, _ => 1 };
        else if (property.Type == IsoMedia.Name("imir"))
            draft.Orientation = Mirror(draft.Orientation ?? 1, leftRight: (source.ByteAt(property.Start) & 1) == 1);
    }

    /// <summary>
    /// A turn (1, 3, 6 or 8) followed by a mirroring, as one Exif orientation. Axis 0 swaps top and bottom, axis 1 left and right.
    /// </summary>
    private static int Mirror(int turned, bool leftRight) => (turned, leftRight) switch
    {
        (1, true) or (3, false) => 2,
        (1, false) or (3, true) => 4,
        (6, true) or (8, false) => 5,
        (6, false) or (8, true) => 7,
        _ => turned,
    };

    private static int Size(long value) => value is > 0 and <= int.MaxValue ? (int)value : 0;
}
