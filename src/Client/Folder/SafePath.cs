using System.Text;
using Candor.Client.Records;
using Candor.Formats;

namespace Candor.Client.Folder;

/// <summary>Turns a record's name, which any device of the account may have written, into a path that stays inside the folder.</summary>
internal static class SafePath
{
    private const int DeepestPath = 16;

    /// <exception cref="ItemException">The name is longer than a record can say.</exception>
    public static void CheckName(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) > RecordPlaintext.LongestName)
            throw new ItemException($"Its path is longer than {RecordPlaintext.LongestName} bytes. Give it, or a folder that it lies in, a shorter name.");
    }

    /// <summary>Every part made safe; parts that would climb or stand still are dropped. Null where nothing is left.</summary>
    public static string? Of(string name)
    {
        string[] parts = [.. name.Split('/').Where(p => p is not ("" or "." or "..")).Select(SafeFileName.ForFile)];
        return parts.Length is > 0 and <= DeepestPath ? string.Join('/', parts) : null;
    }

    /// <summary>The path with another file name.</summary>
    public static string WithName(string path, string name) => path[..(path.LastIndexOf('/') + 1)] + name;

    public static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}
