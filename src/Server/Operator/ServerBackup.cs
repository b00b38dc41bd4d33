using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;

namespace Candor.Server.Operator;

/// <summary>Copies what a server is made of into a folder that a server can be started on. It may run beside the server.</summary>
/// <remarks>
/// The database first, as it is at one moment, then the blobs: each blob that it names was stored before, and is copied unless it was erased meanwhile. Blobs never change, so one that is there with its length is not
/// copied again; one that the server has no more goes from the copy too: what was erased is not kept here. Each file is flushed before it has its name.
/// </remarks>
internal static class ServerBackup
{
    /// <returns>Blobs that were copied, and that went.</returns>
    public static (int Copied, int Gone) Make(string data, string to)
    {
        if (to == Path.GetFullPath(data) || to.StartsWith(Path.GetFullPath(data) + "/", StringComparison.Ordinal)) throw new InvalidOperationException($"{to} is the server's own folder: name another one, best on another disk.");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(to);
        else Directory.CreateDirectory(to, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string database = DataFolder.DatabaseFileIn(to), fresh = database + ".new";
        File.Delete(fresh);
        SqliteDatabase.CopyTo(DataFolder.DatabaseFileIn(data), fresh);
        int copied = 0, gone = 0;
        string from = Path.Combine(data, "blobs"), into = Path.Combine(to, "blobs");
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (string path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(from, path);
            kept.Add(name);
            if (Copy(path, Path.Combine(into, name), onlyNew: true)) copied++;
        }
        if (Directory.Exists(into))
        {
            foreach (string path in Directory.GetFiles(into, "*", SearchOption.AllDirectories))
            {
                if (kept.Contains(Path.GetRelativePath(into, path))) continue;
                File.Delete(path);
                gone++;
            }
        }
        foreach (string name in new[] { "checkpoint.key", ServerSettings.FileName })
        {
            if (File.Exists(Path.Combine(data, name))) Copy(Path.Combine(data, name), Path.Combine(to, name), onlyNew: false);
        }
        CopyShelf(Path.Combine(data, "shelf"), Path.Combine(to, "shelf"));
        // Last: a copy that was cut off before has the database of the time before, and all its blobs.
        Flush(fresh);
        foreach (string journal in new[] { "-wal", "-shm" }) File.Delete(database + journal);
        File.Move(fresh, database, overwrite: true);
        BlobFile.FlushFolder(to);
        return (copied, gone);
    }

    /// <summary>The shelf, where there is one, with its two online keys. The timestamp as it was at the beginning: what it names is there by then, and is never changed.</summary>
    private static void CopyShelf(string from, string to)
    {
        if (!Directory.Exists(from)) return;
        string moment = Path.Combine("metadata", "timestamp.json");
        byte[]? timestamp = File.Exists(Path.Combine(from, moment)) ? File.ReadAllBytes(Path.Combine(from, moment)) : null;
        foreach (string path in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(from, path);
            // Feeds are links, made anew with the next timestamp; what is half written has its file still.
            if (name == moment || name == "lock" || name.StartsWith("feeds", StringComparison.Ordinal) || name.EndsWith(".new", StringComparison.Ordinal)) continue;
            Copy(path, Path.Combine(to, name), onlyNew: name.StartsWith("targets", StringComparison.Ordinal));
        }
        if (timestamp is null) return;
        string target = Path.Combine(to, moment);
        File.WriteAllBytes(target + ".new", timestamp);
        Flush(target + ".new");
        File.Move(target + ".new", target, overwrite: true);
    }

    private static bool Copy(string path, string target, bool onlyNew)
    {
        try
        {
            if (onlyNew && File.Exists(target) && new FileInfo(target).Length == new FileInfo(path).Length) return false;
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target + ".new", overwrite: true);
        }
        catch (FileNotFoundException)
        {
            return false; // erased meanwhile
        }
        Flush(target + ".new");
        File.Move(target + ".new", target, overwrite: true);
        return true;
    }

    private static void Flush(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        BlobFile.Flush(file.SafeFileHandle);
    }
}
