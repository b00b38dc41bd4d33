using Candor.Protocol;

namespace Candor.Client.Folder;

/// <summary>Where things stand in a device folder, and what a file in it is taken for by its place and name alone.</summary>
/// <remarks>
/// contacts/ one card a file · notes/ Markdown, attachments beside · messages/ exports, and threads/ that this device writes · photos/YYYY/MM/ · DCIM/, Pictures/ as phones have them ·
/// inbox/ whatever phone apps drop. At the top only what phones' exports are called is taken.
/// </remarks>
internal static class FolderLayout
{
    public const string Inbox = "inbox";
    public const string Threads = "messages/threads";

    private static readonly string[] PhotoFolders = ["photos", "DCIM", "Pictures"];

    private static readonly HashSet<string> Pictures = new(StringComparer.OrdinalIgnoreCase)
    {
        ".jpg", ".jpeg", ".png", ".heic", ".heif", ".avif", ".webp", ".gif", ".dng", ".tif", ".tiff", ".bmp", ".mp4", ".mov", ".m4v", ".3gp", ".webm", ".mkv",
    };

    /// <summary>Paths to walk for a kind: those of a kind that is off are not even listed.</summary>
    public static IEnumerable<string> FoldersOf(Kind kind) => kind == Kind.Photos ? PhotoFolders : [kind.Word()];

    /// <summary>The folder below which a kind's records are written.</summary>
    public static string HomeOf(Kind kind) => kind.Word();

    /// <summary>True where a name ends as pictures and films do.</summary>
    public static bool IsPicture(string path) => Pictures.Contains(Path.GetExtension(path));

    /// <summary>What a file is; null where no kind takes it.</summary>
    public static (Kind Kind, EntryUse Use)? Classify(string path)
    {
        string top = path[..Math.Max(0, path.IndexOf('/', StringComparison.Ordinal))], ending = Path.GetExtension(path);
        bool Ends(params ReadOnlySpan<string> endings)
        {
            foreach (string e in endings)
            {
                if (ending.Equals(e, StringComparison.OrdinalIgnoreCase)) return true;
            }
            return false;
        }
        switch (top)
        {
            case "contacts": return Ends(".vcf") ? (Kind.Contacts, EntryUse.Record) : null;
            case "notes": return (Kind.Notes, Ends(".md", ".markdown") ? EntryUse.Record : EntryUse.Attachment);
            case "messages" when path.StartsWith(Threads, StringComparison.Ordinal): return (Kind.Messages, EntryUse.Written);
            case "messages": return Ends(".xml", ".zip", ".ndjson") ? (Kind.Messages, EntryUse.Container) : null;
            case "photos" or "DCIM" or "Pictures": return (Kind.Photos, EntryUse.Record);
            case "" or Inbox when Ends(".vcf"): return (Kind.Contacts, EntryUse.Container);
            case "" or Inbox when Ends(".xml", ".ndjson"): return (Kind.Messages, EntryUse.Container);
            // What is in an archive shows when it is opened.
            case "" or Inbox when Ends(".zip", ".jex"): return (Kind.None, EntryUse.Container);
            case Inbox when Pictures.Contains(ending): return (Kind.Photos, EntryUse.Record);
            case Inbox when Ends(".md", ".markdown"): return (Kind.Notes, EntryUse.Record);
            default: return null;
        }
    }

    /// <summary>Exports that are known and not read, with what can be done; null for any other file.</summary>
    public static string? WhyNot(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".ssef" => "Not taken: it is an encrypted export of sms-ie. Export again with encryption switched off.",
        ".crypt12" or ".crypt14" or ".crypt15" => "Not taken: it is an encrypted WhatsApp backup, which only WhatsApp can open. Its pictures are taken if their folder is put here.",
        ".enex" => "Not taken: exports of Evernote are not read yet. Bring them into Joplin, export that as JEX, and put the .jex here.",
        ".ics" => "Not taken: calendars are not a kind yet.",
        ".mbox" or ".eml" => "Not taken: mail is not a kind yet.",
        ".ab" => "Not taken: it is an Android backup, which holds apps' own data. Export contacts and messages with their apps.",
        ".tgz" or ".tar" or ".gz" or ".7z" or ".rar" => "Not taken: archives other than zip are not read. Unpack it here, or ask Google Takeout for .zip files.",
        ".json" when path.StartsWith(Inbox, StringComparison.Ordinal) => "Not taken: a JSON file is read as part of an export only. Put the whole folder Takeout, or the zip, here.",
        _ => null,
    };

    /// <summary>A record's name for a file of the folder: its path below the kind's own folder, or below whatever folder it stands in.</summary>
    public static string NameOf(string path) => path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
