using System.Text.Json;
using Candor.Formats.Photos;

namespace Candor.Formats.Takeout;

/// <summary>What Google Photos knew about one photo: the JSON file that an export puts beside it.</summary>
public sealed record TakeoutSidecar
{
    /// <summary>The photo's file name in Google Photos, which the export may have shortened or numbered.</summary>
    public required string Title { get; init; }

    public string? Description { get; init; }

    /// <summary>UTC; the export knows no zone. Where the time of taking is missing, the time of upload stands here too.</summary>
    public DateTimeOffset? Taken { get; init; }

    public DateTimeOffset? Uploaded { get; init; }

    /// <summary>As corrected by the user, else as the camera wrote it.</summary>
    public PhotoLocation? Location { get; init; }

    /// <summary>Names given to faces.</summary>
    public IReadOnlyList<string> People { get; init; } = [];

    public bool Favorited { get; init; }
    public bool Archived { get; init; }
    public bool Trashed { get; init; }
    public string? Url { get; init; }

    /// <summary>Reads one sidecar. Total.</summary>
    /// <param name="json">The file.</param>
    /// <param name="entryName">Its name in the export, for the report.</param>
    public static Reading<TakeoutSidecar> Parse(ReadOnlyMemory<byte> json, string entryName)
    {
        ArgumentNullException.ThrowIfNull(entryName);
        using var document = TakeoutJson.Parse(json, out var refusal);
        if (document is null)
            return Reading<TakeoutSidecar>.Failed(entryName, -1, $"Not read: {refusal}.");
        var root = document.RootElement;
        if (root.Get("photoTakenTime") is null && root.Get("creationTime") is null)
            return Reading<TakeoutSidecar>.Failed(entryName, -1, "Not read: it is JSON, but says nothing about a photo.");
        var uploaded = Instant(root, "creationTime");
        return Reading<TakeoutSidecar>.Of(new TakeoutSidecar
        {
            Title = root.Text("title") ?? "",
            Description = root.Text("description"),
            Taken = Instant(root, "photoTakenTime") ?? uploaded,
            Uploaded = uploaded,
            Location = Place(root, "geoData") ?? Place(root, "geoDataExif"),
            People = [.. root.Items("people").Select(person => person.Text("name")).OfType<string>()],
            Favorited = root.Flag("favorited"),
            Archived = root.Flag("archived"),
            Trashed = root.Flag("trashed"),
            Url = root.Text("url"),
        });
    }

    /// <summary>"timestamp": seconds since 1970 as a string; photos of before are negative, and 0 is "none".</summary>
    internal static DateTimeOffset? Instant(JsonElement root, string name) =>
        root.Get(name)?.Whole("timestamp") is { } seconds and not 0 and > -62_135_596_800 and < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static PhotoLocation? Place(JsonElement root, string name) =>
        root.Get(name) is { } place && place.Real("latitude") is { } latitude && place.Real("longitude") is { } longitude
            ? PhotoLocation.From(latitude, longitude, place.Real("altitude") is { } altitude and not 0 ? altitude : null)
            : null;
}

/// <summary>An album: the folder that this file lies in.</summary>
/// <param name="Title">As shown in Google Photos; may be empty.</param>
/// <param name="Description">The user's words.</param>
/// <param name="Date">UTC.</param>
public sealed record TakeoutAlbum(string Title, string? Description, DateTimeOffset? Date)
{
    /// <summary>How the folders begin that hold what is in no album, in the languages that they have been seen in; a year follows.</summary>
    private static readonly string[] YearFolders =
        ["Photos from ", "Fotos von ", "Fotos aus ", "Photos de ", "Fotos de ", "Fotos del ", "Foto del ", "Foto da ", "Foto's uit ", "Zdjęcia z ", "Foton från ", "Bilder fra ", "Billeder fra "];

    /// <summary>True for the title of such a folder: a photo in it is in no album for that.</summary>
    public static bool IsYear(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        return Array.Exists(YearFolders, f => title.Length == f.Length + 4 && title.StartsWith(f, StringComparison.OrdinalIgnoreCase) && title.AsSpan(f.Length).IndexOfAnyExceptInRange('0', '9') < 0);
    }

    /// <summary>Reads a folder's metadata.json. Total.</summary>
    public static Reading<TakeoutAlbum> Parse(ReadOnlyMemory<byte> json, string entryName)
    {
        ArgumentNullException.ThrowIfNull(entryName);
        using var document = TakeoutJson.Parse(json, out var refusal);
        if (document is null)
            return Reading<TakeoutAlbum>.Failed(entryName, -1, $"Not read: {refusal}.");
        // Exports before 2021 wrap the fields.
        var album = document.RootElement.Get("albumData") ?? document.RootElement;
        if (album.Get("title") is not { ValueKind: JsonValueKind.String } || album.Get("photoTakenTime") is not null)
            return Reading<TakeoutAlbum>.Failed(entryName, -1, "Not read: it is JSON, but describes no album.");
        return Reading<TakeoutAlbum>.Of(
            new TakeoutAlbum(album.Text("title") ?? "", album.Text("description"), TakeoutSidecar.Instant(album, "date")));
    }
}
