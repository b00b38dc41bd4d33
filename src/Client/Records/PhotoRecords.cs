using Candor.Formats.Photos;
using Candor.Formats.Takeout;
using Candor.Protocol;

namespace Candor.Client.Records;

/// <summary>Photos and videos as records: the file is never changed, and what it says about itself stands in the view.</summary>
public static class PhotoRecords
{
    public const string BlobRole = "blob";
    public const string PreviewRole = "preview";

    /// <summary>Most bytes of a thumbnail: it travels inside of its record.</summary>
    public const int LargestThumb = 24 << 10;

    /// <param name="view">Read from the file.</param>
    /// <param name="name">Where it stands below photos/.</param>
    /// <param name="size">Bytes.</param>
    /// <param name="contentId">Of the whole file: the same photo is the same record wherever it comes from.</param>
    /// <param name="modified">The file's own time.</param>
    /// <param name="open">The file; may be called several times.</param>
    public static RecordDraft Of(PhotoView view, string name, long size, Id contentId, DateTimeOffset? modified, Func<Stream> open)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(open);
        var file = new FileDraft(BlobRole, name[(name.LastIndexOf('/') + 1)..], view.MediaType, size, open);
        var content = new RecordPlaintext(name, default, ViewOf(view, size, modified), []);
        return new(DraftText.Key("c:"u8, contentId.ToArray()), content, [file], view.Problems.Count > 0 ? view.Problems[0] : null);
    }

    private static RecordView ViewOf(PhotoView photo, long size, DateTimeOffset? modified)
    {
        var view = new RecordView()
            .With("type", photo.MediaType)
            .Set("size", size)
            .With("w", photo.Width > 0 ? photo.Width : null)
            .With("h", photo.Height > 0 ? photo.Height : null)
            .With("orient", photo.Width > 0 ? photo.Orientation : null)
            .With("taken", SaysLocal(photo.Taken) ? photo.Taken!.LocalText : null)
            .With("utc", photo.Taken is { Source: not PhotoTimeSource.FileTime } time ? time.Utc.ToUnixTimeMilliseconds() : null)
            .With("make", DraftText.Cut(photo.Make ?? "", DraftText.ShortText))
            .With("model", DraftText.Cut(photo.Model ?? "", DraftText.ShortText))
            .With("dur", photo.Duration is { } length ? (long)length.TotalMilliseconds : null)
            .With("live", DraftText.Cut(photo.ContentIdentifier ?? "", DraftText.ShortText))
            .With("modified", modified?.ToUnixTimeMilliseconds());
        if (photo.MotionVideo is { } motion) view.With("motion", [motion.Offset, motion.Length]);
        return WithPlace(view, photo.Location);
    }

    /// <summary>Cameras and file names say what the clock showed; satellites, movie headers and file systems do not.</summary>
    private static bool SaysLocal(PhotoTime? time) =>
        time is not null && (time.Offset is not null || time.Source is not (PhotoTimeSource.GpsClock or PhotoTimeSource.MovieHeader or PhotoTimeSource.FileTime));

    private static RecordView WithPlace(RecordView view, PhotoLocation? place) => place is null ? view : view
        .With("lat", (long)Math.Round(place.Latitude * 1e7))
        .With("lon", (long)Math.Round(place.Longitude * 1e7))
        .With("alt", place.Altitude is { } metres ? (long)Math.Round(metres * 1000) : null);

    /// <summary>The draft with what Google Photos knew: favourite, albums, people; caption, time and place only where there is none.</summary>
    /// <param name="draft">Of the photo, or of the record that is there: what a person wrote stays.</param>
    /// <param name="sidecar">Its sidecar, if one was found.</param>
    /// <param name="albums">Titles of the albums it lies in.</param>
    public static RecordDraft WithTakeout(RecordDraft draft, TakeoutSidecar? sidecar, IEnumerable<string> albums)
    {
        ArgumentNullException.ThrowIfNull(draft);
        ArgumentNullException.ThrowIfNull(albums);
        var view = draft.Content.View.Copy();
        List<string> all = [.. view.Texts("albums").Concat(albums).Where(a => a.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        view.With("albums", all);
        if (sidecar is not null)
        {
            view.With("fav", sidecar.Favorited)
                .With("caption", view.Has("caption") ? null : sidecar.Description)
                .With("people", view.Texts("people").Concat(sidecar.People).Where(p => p.Length > 0).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
            if (!view.Has("utc")) view.With("utc", sidecar.Taken?.ToUnixTimeMilliseconds());
            if (!view.Has("lat")) WithPlace(view, sidecar.Location);
        }
        return draft with { Content = draft.Content with { View = view } };
    }

    /// <summary>A record of kind photos that shows another one.</summary>
    /// <param name="photo">Record id of the photo.</param>
    /// <param name="thumb">At most <see cref="LargestThumb"/> bytes, 256 pixels a side.</param>
    /// <param name="type">Media type of both pictures.</param>
    /// <param name="size">Bytes of the larger picture, at most 2,048 pixels a side.</param>
    /// <param name="open">The larger picture; null where there is only the thumbnail.</param>
    /// <exception cref="ArgumentException">The thumbnail is empty or too large.</exception>
    public static RecordDraft Preview(Id photo, byte[] thumb, string type, long size = 0, Func<Stream>? open = null)
    {
        ArgumentNullException.ThrowIfNull(thumb);
        if (thumb.Length is 0 or > LargestThumb) throw new ArgumentException($"A thumbnail has 1 … {LargestThumb} bytes.", nameof(thumb));
        var view = new RecordView().With("of", photo.ToArray()).With("thumb", thumb).With("type", type);
        FileDraft[] files = open is null ? [] : [new(PreviewRole, "", type, size, open)];
        return new(DraftText.Key("v:"u8, photo.ToArray()), new("", default, view, []), files);
    }

    /// <summary>The photo that a preview shows; null for a photo.</summary>
    public static Id? PreviewOf(RecordPlaintext record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.View.Bytes("of") is { Length: Id.Size } id ? Id.From(id) : null;
    }
}
