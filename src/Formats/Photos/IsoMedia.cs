using System.Text;

namespace Candor.Formats.Photos;

/// <summary>One box of an ISO base media file (ISO/IEC 14496-12, 4.2): its type and where its payload lies.</summary>
internal readonly record struct Box(uint Type, long Start, long End)
{
    public long Length => End - Start;
}

/// <summary>Walks the boxes of HEIC, AVIF, MP4 and MOV files by their headers alone.</summary>
internal static class IsoMedia
{
    /// <summary>Per level. Long movies have thousands of boxes, but not before the ones that are wanted.</summary>
    private const int MaxBoxes = 2048;

    public static uint Name(ReadOnlySpan<char> name) => (uint)name[0] << 24 | (uint)name[1] << 16 | (uint)name[2] << 8 | name[3];

    /// <summary>Reads the file if it is one of the family.</summary>
    public static bool TryRead(MediaSource source, PhotoDraft draft)
    {
        var type = source.UInt32At(4);
        if (type == Name("ftyp"))
        {
            var brand = source.UInt32At(8);
            draft.MediaType = MediaType(source, brand);
            if (draft.MediaType.StartsWith("image/", StringComparison.Ordinal))
                HeifPhoto.Read(source, draft);
            else
                Movie.Read(source, draft);
            return true;
        }
        // QuickTime files from before "ftyp".
        if (type != Name("moov") && type != Name("mdat") && type != Name("wide") && type != Name("pnot"))
            return false;
        draft.MediaType = "video/quicktime";
        Movie.Read(source, draft);
        return true;
    }

    /// <summary>The boxes of [start, end) in order. Stops at the first that does not fit.</summary>
    public static IEnumerable<Box> Boxes(MediaSource source, long start, long end)
    {
        for (var count = 0; count < MaxBoxes && start + 8 <= end; count++)
        {
            var (size, type, header) = (source.UInt32At(start), source.UInt32At(start + 4), 8);
            if (size < 0 || type < 0)
                yield break;
            if (size == 1)
            {
                var (high, low) = (source.UInt32At(start + 8), source.UInt32At(start + 12));
                if (high is < 0 or > int.MaxValue || low < 0)
                    yield break;
                (size, header) = (high << 32 | low, 16);
            }
            else if (size == 0)
            {
                size = end - start;
            }
            if (size < header || size > end - start)
                yield break;
            yield return new Box((uint)type, start + header, start + size);
            start += size;
        }
    }

    public static Box? Find(MediaSource source, long start, long end, string name)
    {
        var type = Name(name);
        foreach (var box in Boxes(source, start, end))
        {
            if (box.Type == type)
                return box;
        }
        return null;
    }

    private static string MediaType(MediaSource source, long majorBrand)
    {
        var size = Math.Min(source.UInt32At(0), 256);
        string? image = null;
        Span<byte> brand = stackalloc byte[4];
        for (long at = 8; at + 4 <= size; at += at == 8 ? 8 : 4) // The minor version stands between the major brand and the others.
        {
            var type = !source.TryRead(at, brand) ? null : Encoding.Latin1.GetString(brand) switch
            {
                "heic" or "heix" or "heim" or "heis" or "hevc" or "hevx" => "image/heic",
                "avif" or "avis" => "image/avif",
                "mif1" or "msf1" => "image/heif",
                _ => null,
            };
            if (at == 8 && type is null)
                break; // A movie may list image brands; its major brand says what it is.
            image = image is null or "image/heif" ? type ?? image : image;
        }
        if (image is not null)
            return image;
        return majorBrand == Name("qt  ") ? "video/quicktime" : majorBrand >> 8 == Name("3gp ") >> 8 ? "video/3gpp" : "video/mp4";
    }
}

/// <summary>Reads big-endian fields one after another; past the end it gives zeros and says so.</summary>
internal struct BoxCursor(MediaSource source, long position, long end)
{
    public bool Failed { get; private set; }

    public long Position { get; private set; } = position;

    public void Skip(long count) => Position += count;

    public ulong Take(int bytes)
    {
        ulong value = 0;
        for (; bytes > 0; bytes--)
        {
            var next = Position < end && !Failed ? source.ByteAt(Position) : -1;
            Failed |= next < 0;
            value = value << 8 | (byte)Math.Max(next, 0);
            Position++;
        }
        return value;
    }

    public uint UInt32() => (uint)Take(4);
}
