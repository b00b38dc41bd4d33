namespace Candor.Formats.Photos;

/// <summary>JPEG: walks the segments up to the picture itself (ITU T.81, B.1), then looks at the end for Samsung's trailer.</summary>
internal static class JpegPhoto
{
    private const int MaxPadding = 1024;
    private const int MaxXmp = 65_536;

    private const int StartOfScan = 0xDA;
    private const int EndOfImage = 0xD9;
    private const int App1 = 0xE1;

    public static void Read(MediaSource source, PhotoDraft draft)
    {
        draft.MediaType = "image/jpeg";
        var motion = new MotionXmp();
        var position = 2L;
        while (true)
        {
            var marker = NextMarker(source, ref position);
            if (marker is StartOfScan or EndOfImage)
                break;
            if (marker is 0x01 or (>= 0xD0 and <= 0xD8))
                continue;
            var length = source.UInt16At(position);
            if (marker < 0 || length < 2 || position + length > source.Length)
            {
                draft.Add(position, "The file ends or breaks off before the picture.");
                break;
            }
            ReadSegment(source, draft, motion, marker, position + 2, length - 2);
            position += length;
        }
        MotionPhoto.Find(source, draft, motion);
    }

    /// <summary>The marker at or soon after <paramref name="position"/>, which moves past it; -1 if there is none.</summary>
    private static int NextMarker(MediaSource source, ref long position)
    {
        for (var end = position + MaxPadding; position < end; position++)
        {
            if (source.ByteAt(position) != 0xFF)
                continue;
            var marker = source.ByteAt(position + 1);
            if (marker is 0xFF or 0)
                continue;
            position += 2;
            return marker;
        }
        return -1;
    }

    private static void ReadSegment(MediaSource source, PhotoDraft draft, MotionXmp motion, int marker, long start, int length)
    {
        if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC) && draft.Width == 0)
        {
            // Start of frame: precision, height, width. Height 0 means "see later", which no camera does.
            (draft.Height, draft.Width) = (Math.Max(source.UInt16At(start + 1), 0), Math.Max(source.UInt16At(start + 3), 0));
        }
        else if (marker == App1 && source.Matches(start, "Exif\0\0"u8))
        {
            draft.ReadExif(source, start + 6, length - 6);
        }
        else if (marker == App1 && source.Matches(start, "http://ns.adobe.com/xap/1.0/\0"u8)
            && source.Block(start + 29, length - 29, MaxXmp) is { } xmp)
        {
            motion.Read(xmp, draft, start + 29);
        }
    }
}
