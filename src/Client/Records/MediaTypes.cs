namespace Candor.Client.Records;

/// <summary>Media types by the end of a name, for files that are stored as they are and whose bytes nobody looks at.</summary>
/// <remarks>Only what people attach to notes. Source: the IANA registry of media types.</remarks>
internal static class MediaTypes
{
    public const string Unknown = "application/octet-stream";

    /// <summary><see cref="Unknown"/> where the ending says nothing.</summary>
    public static string Of(string name) => Path.GetExtension(name).ToLowerInvariant() switch
    {
        ".jpg" or ".jpeg" => "image/jpeg",
        ".png" => "image/png",
        ".gif" => "image/gif",
        ".webp" => "image/webp",
        ".heic" => "image/heic",
        ".heif" => "image/heif",
        ".avif" => "image/avif",
        ".svg" => "image/svg+xml",
        ".bmp" => "image/bmp",
        ".tif" or ".tiff" => "image/tiff",
        ".mp4" or ".m4v" => "video/mp4",
        ".mov" => "video/quicktime",
        ".webm" => "video/webm",
        ".3gp" => "video/3gpp",
        ".mp3" => "audio/mpeg",
        ".m4a" => "audio/mp4",
        ".aac" => "audio/aac",
        ".ogg" or ".oga" or ".opus" => "audio/ogg",
        ".amr" => "audio/AMR",
        ".wav" => "audio/wav",
        ".flac" => "audio/flac",
        ".pdf" => "application/pdf",
        ".txt" or ".log" => "text/plain",
        ".csv" => "text/csv",
        ".html" or ".htm" => "text/html",
        ".md" or ".markdown" => "text/markdown",
        ".ics" => "text/calendar",
        ".vcf" => "text/vcard",
        ".json" => "application/json",
        ".xml" => "application/xml",
        ".zip" => "application/zip",
        ".epub" => "application/epub+zip",
        ".rtf" => "application/rtf",
        ".doc" => "application/msword",
        ".docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ".xls" => "application/vnd.ms-excel",
        ".xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".ppt" => "application/vnd.ms-powerpoint",
        ".pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt" => "application/vnd.oasis.opendocument.text",
        ".ods" => "application/vnd.oasis.opendocument.spreadsheet",
        _ => Unknown,
    };
}
