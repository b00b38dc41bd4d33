using System.IO.Enumeration;
using Candor.Client.Devices;

namespace Candor.Client.Folder;

/// <summary>A file as a look at the folder found it: nothing of it was read.</summary>
internal readonly record struct FoundFile(string Path, long Size, long Time)
{
    public bool IsLink { get; init; }

    /// <summary>True where the file was written so shortly before it was looked at that a later write may carry the same time: a clock tick of the file system, or its two seconds on a memory card.</summary>
    /// <remarks>Git calls such an entry racily clean.</remarks>
    public bool IsFresh { get; init; }

    public static FoundFile Of(string path, long size, DateTimeOffset written, DateTimeOffset now)
    {
        var tick = written.UtcTicks % TimeSpan.TicksPerSecond == 0 ? TimeSpan.FromSeconds(2) : TimeSpan.FromMilliseconds(20);
        return new(path, size, written.UtcTicks) { IsFresh = written > now - tick };
    }

    public DateTimeOffset Modified => new(Time, TimeSpan.Zero);
}

/// <summary>Walks a device folder. Links are not followed and hidden names are passed over; what cannot be read is named.</summary>
internal static class FolderScan
{
    /// <summary>Names that end like this are being written by this program.</summary>
    public const string Unfinished = ".candor-new";

    /// <summary>Every regular file at or below a path of the folder.</summary>
    /// <param name="folder">The folder, absolute.</param>
    /// <param name="below">A path in it, or "" for its own files without those of its folders.</param>
    /// <param name="troubled">Called with the path of a folder that cannot be read, and why.</param>
    public static IEnumerable<FoundFile> Files(string folder, string below, Action<string, string> troubled)
    {
        int skip = folder.EndsWith('/') ? folder.Length : folder.Length + 1;
        var open = new Stack<string>();
        open.Push(below.Length == 0 ? folder : Path.Combine(folder, below));
        while (open.TryPop(out string? at))
        {
            foreach (var (file, isFolder) in EntriesOf(at, skip, troubled))
            {
                if (file.IsLink) troubled(file.Path, "It is a link, and links are not followed. Put the file itself here.");
                else if (isFolder)
                {
                    if (below.Length > 0) open.Push(Path.Combine(folder, file.Path));
                }
                else if (file.Size == 0 && DurableFile.IsPipe(Path.Combine(folder, file.Path))) troubled(file.Path, "It is a pipe between programs, and no file. It was left alone.");
                else yield return file;
            }
        }
    }

    /// <summary>The entries of one folder, all at once, so that an error in the middle is met here and the walk goes on.</summary>
    private static List<(FoundFile File, bool IsFolder)> EntriesOf(string at, int skip, Action<string, string> troubled)
    {
        var entries = new List<(FoundFile, bool)>();
        try
        {
            var found = new FileSystemEnumerable<(FoundFile, bool)>(
                at, (ref FileSystemEntry e) => (Found(ref e, skip), e.IsDirectory), OneFolder)
            {
                ShouldIncludePredicate = static (ref FileSystemEntry e) => !IsPassedOver(e.FileName),
            };
            foreach (var entry in found) entries.Add(entry);
        }
        catch (DirectoryNotFoundException)
        {
            // Not there, or gone since it was seen: nothing to say of it.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            troubled(at.Length > skip ? at[skip..] : ".", $"The folder cannot be read: {e.Message}");
        }
        return entries;
    }

    /// <summary>The file as it is now; null where it is gone.</summary>
    public static FoundFile? Look(string folder, string path)
    {
        var info = new FileInfo(Path.Combine(folder, path));
        return info.Exists ? FoundFile.Of(path, info.Length, info.LastWriteTimeUtc, TimeProvider.System.GetUtcNow()) : null;
    }

    private static FoundFile Found(ref FileSystemEntry e, int skip)
    {
        string path = PathOf(ref e, skip);
        if ((e.Attributes & FileAttributes.ReparsePoint) != 0) return new(path, 0, 0) { IsLink = true };
        return e.IsDirectory ? new(path, 0, 0) : FoundFile.Of(path, e.Length, e.LastWriteTimeUtc, TimeProvider.System.GetUtcNow());
    }

    private static string PathOf(ref FileSystemEntry entry, int skip) =>
        entry.Directory.Length < skip ? entry.FileName.ToString() : string.Concat(entry.Directory[skip..], "/", entry.FileName);

    private static bool IsPassedOver(ReadOnlySpan<char> name) => name[0] == '.' || name.EndsWith(Unfinished, StringComparison.Ordinal);

    private static readonly EnumerationOptions OneFolder = new() { RecurseSubdirectories = false, AttributesToSkip = 0, IgnoreInaccessible = false };
}
