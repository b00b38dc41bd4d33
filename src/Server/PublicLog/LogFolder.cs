using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Storage.Disk;

namespace Candor.Server.PublicLog;

/// <summary>Where the public log is in a data folder: <c>log/</c> is what everybody may read, as it stands; the rest is the writer's.</summary>
/// <remarks>
/// log.key · log.lock · log.batch · log.signed (the signed record; elsewhere if the operator says so) · log.policy (witnesses) · log.queue/ (commitments that wait) · log.places/ (where they went) ·
/// log.openings/&lt;account&gt;/ (for those concerned) · log.heads/ (secrets of the last hours).
/// </remarks>
internal sealed class LogFolder(string data, string? recordFile = null)
{
    public string Public { get; } = Path.Combine(data, "log");

    public string CheckpointFile => Path.Combine(Public, "checkpoint");

    public string PolicyFile => Path.Combine(Public, "policy");

    public string KeyFile => Path.Combine(data, "log.key");

    public string LockFile => Path.Combine(data, "log.lock");

    public string BatchFile => Path.Combine(data, "log.batch");

    public string RecordFile => recordFile ?? Path.Combine(data, "log.signed");

    public string WitnessesFile => Path.Combine(data, "log.policy");

    public string Queue => Path.Combine(data, "log.queue");

    public string Places => Path.Combine(data, "log.places");

    public string Openings => Path.Combine(data, "log.openings");

    public string Heads => Path.Combine(data, "log.heads");

    public bool Exists => File.Exists(KeyFile);

    public string PathOf(TileName name) => Path.Combine(Public, name.ToString());

    public byte[]? Read(TileName name) => ReadIfThere(PathOf(name));

    public static byte[]? ReadIfThere(string file)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>The keys that sign: one, or two while it changes, the older first. Dispose them.</summary>
    /// <exception cref="InvalidOperationException">The file is damaged, or of a log with another origin.</exception>
    public List<NoteSigner> OpenKeys(string? origin)
    {
        byte[] text = File.ReadAllBytes(KeyFile);
        var keys = new List<NoteSigner>();
        try
        {
            foreach (var line in text.AsSpan().TrimEnd((byte)'\n').Split((byte)'\n'))
            {
                if (!NoteSigner.TryParse(text.AsSpan()[line], out var key, out var rejection)) throw new InvalidOperationException($"{KeyFile} holds no log keys ({rejection}). Put it back from a backup.");
                keys.Add(key);
            }
            if (keys.Any(k => k.Name != keys[0].Name || k.VerifierKey.Type != NoteKeyType.Ed25519)) throw new InvalidOperationException($"{KeyFile} holds keys of several logs, or of witnesses.");
            if (origin is not null && origin != "sigsum" && origin != keys[0].Name) throw new InvalidOperationException($"The log in {Public} is called {keys[0].Name}, not {origin}. A log keeps its origin: start it with --logOrigin {keys[0].Name}.");
            return keys;
        }
        catch
        {
            foreach (var key in keys) key.Dispose();
            throw;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
        }
    }

    /// <summary>Writes the first key. The origin <c>sigsum</c> stands for the one that witnesses of Sigsum's kind ask for: it is made of the key.</summary>
    public void MakeKey(string origin)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(NoteSigner.SeedSize);
        if (origin == "sigsum")
        {
            using var bare = new NoteSigner("sigsum", NoteKeyType.Ed25519, seed);
            origin = $"sigsum.org/v1/tree/{Hash32.Of(bare.VerifierKey.PublicKey)}";
        }
        WriteKeys(NoteSigner.EncodePrivateKey(origin, NoteKeyType.Ed25519, seed));
        CryptographicOperations.ZeroMemory(seed);
    }

    /// <summary>A second key of the same origin begins: from now on both sign.</summary>
    public void AddKey(string origin)
    {
        byte[] seed = RandomNumberGenerator.GetBytes(NoteSigner.SeedSize);
        byte[] before = File.ReadAllBytes(KeyFile);
        byte[] both = [.. before.AsSpan().TrimEnd((byte)'\n'), (byte)'\n', .. NoteSigner.EncodePrivateKey(origin, NoteKeyType.Ed25519, seed)];
        WriteKeys(both);
        CryptographicOperations.ZeroMemory(seed);
        CryptographicOperations.ZeroMemory(before);
    }

    /// <summary>The older key ends.</summary>
    public void DropOlderKey()
    {
        byte[] text = File.ReadAllBytes(KeyFile);
        WriteKeys(text[(text.AsSpan().IndexOf((byte)'\n') + 1)..].AsSpan().TrimEnd((byte)'\n').ToArray());
        CryptographicOperations.ZeroMemory(text);
    }

    private void WriteKeys(byte[] lines)
    {
        Durable.Write(KeyFile, [.. lines, (byte)'\n'], secret: true);
        CryptographicOperations.ZeroMemory(lines);
    }

    /// <summary>Puts a commitment into the queue for the next slot, with its opening for those concerned.</summary>
    public void Enqueue(Opening opening, DateTimeOffset now)
    {
        string value = opening.Value.ToString();
        string folder = Path.Combine(Openings, opening["account"]);
        Durable.Folder(folder);
        Durable.Write(Path.Combine(folder, value), opening.ToBytes(), secret: true);
        Durable.Folder(Queue);
        Durable.Write(Path.Combine(Queue, string.Create(CultureInfo.InvariantCulture, $"{now.ToUnixTimeMilliseconds():D15}-{value}")), [], secret: true);
    }

    /// <summary>Names of the queue's files, the oldest first, with the values that they stand for.</summary>
    public IReadOnlyList<(string File, Hash32 Value)> Waiting()
    {
        if (!Directory.Exists(Queue)) return [];
        var waiting = new List<(string, Hash32)>();
        foreach (string file in Directory.GetFiles(Queue).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(file);
            if (name.Length == 16 + 2 * Hash32.Size && Hash32.TryParseHex(name.AsSpan(16), out var value)) waiting.Add((file, value));
        }
        return waiting;
    }

    public void Place(Hash32 value, long index)
    {
        Durable.Folder(Places);
        Durable.Write(Path.Combine(Places, value.ToString()), Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture)), secret: true);
    }

    /// <summary>The index at which a value stands in the log; null: not yet.</summary>
    public long? PlaceOf(Hash32 value) =>
        ReadIfThere(Path.Combine(Places, value.ToString())) is { } bytes && long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index : null;

    /// <summary>Openings that concern an account.</summary>
    public IEnumerable<Opening> OpeningsOf(string account)
    {
        foreach (string folder in (string[])[account, "all"])
        {
            string path = Path.Combine(Openings, folder);
            if (!Directory.Exists(path)) continue;
            foreach (string file in Directory.GetFiles(path).Order(StringComparer.Ordinal))
            {
                if (ReadIfThere(file) is { } bytes && Opening.TryParse(bytes, out var opening)) yield return opening;
            }
        }
    }
}

/// <summary>Files that are whole or not there, whatever happens meanwhile.</summary>
internal static class Durable
{
    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Everybody = Owner | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Another name, flush, rename, flush of the folder.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes, bool secret)
    {
        WriteUnflushed(path, bytes, secret);
        BlobFile.FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>The same without the last step, for many files of one folder.</summary>
    public static void WriteUnflushed(string path, ReadOnlySpan<byte> bytes, bool secret)
    {
        string fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = secret ? Owner : Everybody;
        using (var file = new FileStream(fresh, options))
        {
            file.Write(bytes);
            BlobFile.Flush(file.SafeFileHandle);
        }
        File.Move(fresh, path, overwrite: true);
    }

    /// <summary>Makes a folder and those above it, their names on stable storage.</summary>
    public static void Folder(string path)
    {
        if (Directory.Exists(path)) return;
        string above = Path.GetDirectoryName(path)!;
        Folder(above);
        Directory.CreateDirectory(path);
        BlobFile.FlushFolder(above);
    }
}
