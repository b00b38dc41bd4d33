using System.Globalization;

namespace Candor.Formats.Photos;

/// <summary>Where a photo belongs in the device folder.</summary>
public static class PhotoPath
{
    public const string Root = "photos";
    public const string UnknownDate = "unknown-date";

    /// <summary>"photos/2024/05/IMG_1.HEIC": year and month on the clock where it was taken, and the file's own name made safe.</summary>
    /// <param name="view">Read with the file's time, so that "photos/unknown-date/" is for files that have none at all.</param>
    /// <param name="fileName">The name the file came with; folders in it are dropped.</param>
    public static string For(PhotoView view, string fileName)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentNullException.ThrowIfNull(fileName);
        var name = SafeFileName.ForFile(fileName[(fileName.LastIndexOfAny(['/', '\\']) + 1)..]);
        return view.Taken is { } taken
            ? string.Create(CultureInfo.InvariantCulture, $"{Root}/{taken.Local.Year:0000}/{taken.Local.Month:00}/{name}")
            : $"{Root}/{UnknownDate}/{name}";
    }
}
