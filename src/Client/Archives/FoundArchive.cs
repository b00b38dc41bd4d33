using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Candor.Client.Folder;

namespace Candor.Client.Archives;

/// <summary>An archive that a look at the folder found: a zip, a Joplin export, or the folder that somebody unpacked one into.</summary>
/// <param name="File">The file. For a folder: its path, the bytes of all files in it, and a time that changes with any of them.</param>
/// <param name="Files">What lies in a folder; empty for a file.</param>
internal sealed partial record FoundArchive(FoundFile File, IReadOnlyList<FoundFile> Files)
{
    public bool IsFolder => Files.Count > 0;

    /// <summary>Archives of one set may hold a photo and its description in different parts, so that they are looked at together.</summary>
    /// <remarks>Parts of one Takeout bear its time; what does not may have been renamed and goes together. A Joplin export is whole.</remarks>
    public string Set
    {
        get
        {
            if (File.Path.EndsWith(".jex", StringComparison.OrdinalIgnoreCase) || (IsFolder && !IsTakeout(SafePath.NameOf(File.Path)))) return File.Path;
            var stamp = TakeoutStamp().Match(File.Path);
            return stamp.Success ? stamp.Value : "";
        }
    }

    /// <summary>Takes the exports that were unpacked in the inbox out of its files: folders named Takeout, and those that hold the items of a Joplin export.</summary>
    public static IReadOnlyList<FoundArchive> Unpacked(IReadOnlyList<FoundFile> inbox, out IReadOnlyList<FoundFile> others)
    {
        var joplin = inbox.Where(f => JoplinItemName().IsMatch(SafePath.NameOf(f.Path))).Select(f => FolderOf(f.Path)).Where(p => p.Contains('/', StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var byRoot = inbox.ToLookup(f => RootOf(f.Path, joplin));
        others = [.. byRoot[null]];
        return [.. byRoot.Where(g => g.Key is not null).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => Whole(g.Key!, [.. g.OrderBy(f => f.Path, StringComparer.Ordinal)]))];
    }

    /// <summary>True for the file name of an item of a Joplin export.</summary>
    public static bool IsJoplinItem(string name) => JoplinItemName().IsMatch(name);

    private static string? RootOf(string path, HashSet<string> joplin)
    {
        for (int at = path.IndexOf('/', StringComparison.Ordinal); at >= 0; at = path.IndexOf('/', at + 1))
        {
            string folder = path[..at];
            if (IsTakeout(SafePath.NameOf(folder)) || joplin.Contains(folder)) return folder;
        }
        return null;
    }

    private static FoundArchive Whole(string root, FoundFile[] files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] numbers = new byte[16];
        foreach (var file in files)
        {
            BinaryPrimitives.WriteInt64BigEndian(numbers, file.Size);
            BinaryPrimitives.WriteInt64BigEndian(numbers.AsSpan(8), file.Time);
            hash.AppendData(Encoding.UTF8.GetBytes(file.Path + "\0"));
            hash.AppendData(numbers);
        }
        return new(new(root, files.Sum(f => f.Size), BinaryPrimitives.ReadInt64BigEndian(hash.GetHashAndReset())), files);
    }

    private static bool IsTakeout(string folder) => folder.Equals("Takeout", StringComparison.OrdinalIgnoreCase);

    private static string FolderOf(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    [GeneratedRegex("^[0-9a-f]{32}\\.md$", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex JoplinItemName();

    [GeneratedRegex("takeout-[0-9]{8}T[0-9]{6}Z", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex TakeoutStamp();
}
