using System.Security.Cryptography;
using Candor.Log;

namespace Candor.Server.Operator;

/// <summary>The folder that is the server: <c>candor.db</c>, <c>blobs/</c>, <c>checkpoint.key</c>, <c>server.json</c> if the operator wrote one. Open while it lives.</summary>
/// <remarks>Two servers with one key would sign two histories: the lock keeps a second process out. The system takes it back when the process ends, however it ends.</remarks>
public sealed class DataFolder : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string DatabaseFile => DatabaseFileIn(Path);

    public static string DatabaseFileIn(string folder) => System.IO.Path.Combine(folder, "candor.db");

    /// <summary>Makes the folder where there is none, for its owner only, and locks it.</summary>
    /// <exception cref="InvalidOperationException">Another process has it.</exception>
    public static DataFolder Open(string path)
    {
        if (!Directory.Exists(path))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
        }
        try
        {
            return new(path, new(System.IO.Path.Combine(path, "lock"), Options(FileMode.OpenOrCreate, FileAccess.ReadWrite)));
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"Another candor-server is using {path}. Stop it first, or give this one another folder with --data.", e);
        }
    }

    /// <summary>The key that signs checkpoints; made at the first start, under the server's name.</summary>
    /// <exception cref="InvalidOperationException">The key is damaged, or of a server with another name.</exception>
    public NoteSigner OpenKey(string? name, string defaultName)
    {
        string file = System.IO.Path.Combine(Path, "checkpoint.key");
        if (!File.Exists(file)) MakeKey(file, name ?? defaultName);
        byte[] text = File.ReadAllBytes(file);
        try
        {
            if (!NoteSigner.TryParse(text.AsSpan().TrimEnd((byte)'\n'), out var key, out var rejection))
                throw new InvalidOperationException($"{file} is no checkpoint key ({rejection}). Put it back from a backup: a new key would look like another server.");
            if (name is null || name == key.Name) return key;
            string old = key.Name;
            key.Dispose();
            throw new InvalidOperationException($"The key in {file} is of a server named {old}, not {name}. A server keeps its name: start it with --name {old}.");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static void MakeKey(string file, string name)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(NoteSigner.SeedSize);
        byte[]? text = null;
        try
        {
            text = NoteSigner.EncodePrivateKey(name, NoteKeyType.Ed25519, seed);
            // Written whole and flushed before it has its name: half a key would stop every start after it.
            string fresh = file + ".new";
            using (var stream = new FileStream(fresh, Options(FileMode.Create, FileAccess.Write)))
            {
                stream.Write(text);
                stream.WriteByte((byte)'\n');
                stream.Flush();
                Storage.Disk.BlobFile.Flush(stream.SafeFileHandle);
            }
            File.Move(fresh, file);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
            CryptographicOperations.ZeroMemory(text);
        }
    }

    private static FileStreamOptions Options(FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        return options;
    }

    public void Dispose() => _lock.Dispose();
}
