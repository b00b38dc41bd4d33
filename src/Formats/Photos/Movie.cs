using System.Globalization;
using System.Text;

namespace Candor.Formats.Photos;

/// <summary>MP4, MOV and 3GP: length, size, time, place and camera out of the movie box, wherever in the file it stands.</summary>
internal static class Movie
{
    private const int MaxText = 512;
    private const int MaxKeys = 256;

    public static void Read(MediaSource source, PhotoDraft draft)
    {
        if (IsoMedia.Find(source, 0, source.Length, "moov") is not { } movie)
        {
            draft.Add(-1, "The file ends or breaks off before its movie header.");
            return;
        }
        foreach (var box in IsoMedia.Boxes(source, movie.Start, movie.End))
        {
            if (box.Type == IsoMedia.Name("mvhd"))
                ReadHeader(source, draft, box);
            else if (box.Type == IsoMedia.Name("trak") && draft.Width == 0)
                ReadTrack(source, draft, box);
            else if (box.Type == IsoMedia.Name("udta"))
                ReadUserData(source, draft, box);
            else if (box.Type == IsoMedia.Name("meta"))
                ReadMetadata(source, draft, box);
        }
    }

    /// <summary>ISO/IEC 14496-12 8.2.2: created, modified, time scale, duration; 64-bit times in version 1.</summary>
    private static void ReadHeader(MediaSource source, PhotoDraft draft, Box box)
    {
        var cursor = new BoxCursor(source, box.Start, box.End);
        var wide = cursor.UInt32() >> 24 == 1 ? 8 : 4;
        var created = cursor.Take(wide);
        cursor.Skip(wide);
        var scale = cursor.UInt32();
        var duration = cursor.Take(wide);
        if (cursor.Failed)
            return;
        draft.MovieUtc = PhotoTime.FromMovieSeconds(created);
        var seconds = scale == 0 ? 0 : (double)duration / scale;
        if (seconds is > 0 and < 10_000_000)
            draft.Duration = TimeSpan.FromSeconds(seconds);
    }

    /// <summary>Of the first track with a picture: size (16.16) and the matrix that turns it.</summary>
    private static void ReadTrack(MediaSource source, PhotoDraft draft, Box track)
    {
        if (IsoMedia.Find(source, track.Start, track.End, "tkhd") is not { } header || !IsVideo(source, track))
            return;
        var cursor = new BoxCursor(source, header.Start, header.End);
        var wide = cursor.UInt32() >> 24 == 1 ? 8 : 4;
        cursor.Skip(wide * 3 + 8 + 16);
        Span<int> matrix = stackalloc int[9];
        foreach (ref var cell in matrix)
            cell = unchecked((int)cursor.UInt32());
        var (width, height) = (cursor.UInt32() >> 16, cursor.UInt32() >> 16);
        if (cursor.Failed || width == 0 || height == 0)
            return;
        (draft.Width, draft.Height) = ((int)width, (int)height);
        draft.Orientation = (Math.Sign(matrix[0]), Math.Sign(matrix[1]), Math.Sign(matrix[3]), Math.Sign(matrix[4])) switch
        {
            (0, 1, -1, 0) => 6,
            (-1, 0, 0, -1) => 3,
            (0, -1, 1, 0) => 8,
            (-1, 0, 0, 1) => 2,
            (1, 0, 0, -1) => 4,
            _ => 1,
        };
    }

    private static bool IsVideo(MediaSource source, Box track) =>
        IsoMedia.Find(source, track.Start, track.End, "mdia") is { } media
        && IsoMedia.Find(source, media.Start, media.End, "hdlr") is { } handler
        && source.Matches(handler.Start + 8, "vide"u8);

    /// <summary>
    /// QuickTime's own texts: "©xyz" the place, "©mak" and "©mod" the camera; two bytes of length, two of language, the text.
    /// </summary>
    private static void ReadUserData(MediaSource source, PhotoDraft draft, Box box)
    {
        foreach (var item in IsoMedia.Boxes(source, box.Start, box.End))
        {
            if (item.Type == IsoMedia.Name("©xyz"))
                draft.Location ??= ParsePlace(UserText(source, item));
            else if (item.Type == IsoMedia.Name("©mak"))
                draft.Make ??= UserText(source, item);
            else if (item.Type == IsoMedia.Name("©mod"))
                draft.Model ??= UserText(source, item);
            else if (item.Type == IsoMedia.Name("loci"))
                draft.Location ??= ReadPlace(source, item);
            else if (item.Type == IsoMedia.Name("date"))
                draft.QuickTimeDate ??= Text(source, item.Start, item.Length);
        }
    }

    /// <summary>
    /// 3GPP TS 26.244 8.10: version, language, a name up to its NUL, role, then longitude, latitude and altitude as 16.16.
    /// </summary>
    private static PhotoLocation? ReadPlace(MediaSource source, Box item)
    {
        var cursor = new BoxCursor(source, item.Start, item.End);
        cursor.Skip(6);
        while (cursor.Take(1) != 0) { }
        cursor.Skip(1);
        var (longitude, latitude, altitude) = (Fixed(cursor.UInt32()), Fixed(cursor.UInt32()), Fixed(cursor.UInt32()));
        return cursor.Failed ? null : PhotoLocation.From(latitude, longitude, altitude);
    }

    private static double Fixed(uint value) => unchecked((int)value) / 65536.0;

    private static string? UserText(MediaSource source, Box item)
    {
        var length = source.UInt16At(item.Start);
        return length > 0 && length <= item.Length - 4 ? Text(source, item.Start + 4, length) : null;
    }

    /// <summary>Apple's metadata: "keys" names them, "ilst" holds a box per value whose type is the key's number from 1.</summary>
    private static void ReadMetadata(MediaSource source, PhotoDraft draft, Box box)
    {
        // A "meta" box has version and flags in MP4 and none in QuickTime.
        var start = source.UInt32At(box.Start + 4) == IsoMedia.Name("hdlr") ? box.Start : box.Start + 4;
        var names = new List<string>();
        if (IsoMedia.Find(source, start, box.End, "keys") is { } keys)
        {
            foreach (var key in IsoMedia.Boxes(source, keys.Start + 8, keys.End).Take(MaxKeys))
                names.Add(Text(source, key.Start, key.Length) ?? "");
        }
        if (IsoMedia.Find(source, start, box.End, "ilst") is not { } values)
            return;
        foreach (var value in IsoMedia.Boxes(source, values.Start, values.End))
        {
            if (value.Type >= 1 && value.Type <= names.Count
                && IsoMedia.Find(source, value.Start, value.End, "data") is { Length: > 8 } data)
                Take(draft, names[(int)value.Type - 1], Text(source, data.Start + 8, data.Length - 8));
        }
    }

    private static void Take(PhotoDraft draft, string key, string? value)
    {
        switch (key)
        {
            case "com.apple.quicktime.content.identifier":
                draft.ContentIdentifier = value;
                break;
            case "com.apple.quicktime.creationdate":
                draft.QuickTimeDate = value;
                break;
            case "com.apple.quicktime.location.ISO6709":
                draft.Location = ParsePlace(value) ?? draft.Location;
                break;
            case "com.apple.quicktime.make" or "com.android.manufacturer":
                draft.Make = value;
                break;
            case "com.apple.quicktime.model" or "com.android.model":
                draft.Model = value;
                break;
        }
    }

    private static string? Text(MediaSource source, long start, long length)
    {
        if (source.Block(start, length, MaxText) is not { } bytes)
            return null;
        var text = Encoding.UTF8.GetString(bytes).Trim('\0', ' ');
        return text.Length > 0 && !text.Any(char.IsControl) ? text : null;
    }

    /// <summary>ISO 6709 in a string: "+48.8577+002.295/", with an altitude, or as degrees and minutes.</summary>
    internal static PhotoLocation? ParsePlace(string? text)
    {
        Span<double> numbers = stackalloc double[3];
        var count = 0;
        for (var at = 0; text is not null && at < text.Length && count < 3 && text[at] is '+' or '-'; count++)
        {
            var end = at + 1;
            while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.'))
                end++;
            if (!double.TryParse(text.AsSpan(at + 1, end - at - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var number))
                return null;
            var whole = text.AsSpan(at + 1, end - at - 1).IndexOf('.') is >= 0 and var point ? point : end - at - 1;
            if (count < 2 && Sexagesimal(number, whole - (count == 0 ? 2 : 3)) is { } degrees)
                number = degrees;
            numbers[count] = text[at] == '-' ? -number : number;
            at = end;
        }
        return count < 2 ? null : PhotoLocation.From(numbers[0], numbers[1], count == 3 ? numbers[2] : null);
    }

    /// <summary>DDMM.mm has two more digits before the point than DD.dd, DDMMSS.ss four.</summary>
    private static double? Sexagesimal(double number, int extraDigits) => extraDigits switch
    {
        2 => Math.Floor(number / 100) + number % 100 / 60,
        4 => Math.Floor(number / 10_000) + Math.Floor(number % 10_000 / 100) / 60 + number % 100 / 3600,
        _ => null,
    };
}
