using System.Security.Cryptography;
using Candor.Protocol;

namespace Candor.Server.Storage.Disk;

/// <summary>Blobs as files: <c>blobs/account/kind/first two digits/name</c>; what is still arriving lies in <c>incoming/</c>.</summary>
/// <remarks>
/// 1. The bytes go to incoming/ and are hashed on the way. 2. fsync the file. 3. Rename it to its name. 4. fsync the folder. A crash before 3 leaves a file that
/// <see cref="Sweep"/> removes; after 3, a blob that no row of the database stands for, which gc removes.
/// </remarks>
public sealed class DiskBlobStore : BlobStore
{
    // ENOSPC, EDQUOT, and ERROR_DISK_FULL.
    private static readonly int[] Full = [28, 122, unchecked((int)0x80070070)];

    /// <summary>Behind the name of a blob that was put aside.</summary>
    private const string Damaged = ".damaged";

    /// <summary>Smaller blobs are read through the system's cache.</summary>
    private const long LeastDirect = 256 << 10;

    private readonly string _blobs;
    private readonly string _incoming;
    private readonly BlobBuffers _buffers = new();
    private readonly Action<Exception>? _failed;

    /// <param name="folder">The server's data folder.</param>
    /// <param name="failed">Called when a flush fails: what was written may be gone, and a second flush would not say so.</param>
    public DiskBlobStore(string folder, Action<Exception>? failed = null)
    {
        _failed = failed;
        _blobs = Path.Combine(folder, "blobs");
        _incoming = Path.Combine(folder, "incoming");
        Directory.CreateDirectory(_blobs);
        Directory.CreateDirectory(_incoming);
    }

    public override async Task<Incoming> ReceiveAsync(Stream source, long length, CancellationToken cancellation)
    {
        string path = Path.Combine(_incoming, Id.Random().ToString());
        var buffer = _buffers.Rent();
        using var hasher = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        BlobFile? file = null;
        try
        {
            file = BlobFile.Create(path);
            for (long at = 0; at < length;)
            {
                int wanted = (int)Math.Min(BlobBuffers.Size, length - at);
                await source.ReadExactlyAsync(buffer[..wanted], cancellation).ConfigureAwait(false);
                hasher.AppendData(buffer.Span[..wanted]);
                file.Write(buffer, wanted, at);
                at += wanted;
            }
            return new Arrived(this, path, file, new Hash32(hasher.GetHashAndReset()));
        }
        catch (Exception e)
        {
            file?.Dispose();
            File.Delete(path);
            if (e is IOException && Full.Contains(e.HResult)) throw new StorageException(ErrorName.DiskFull, e);
            throw;
        }
        finally
        {
            _buffers.Return(buffer);
        }
    }

    public override bool Contains(in BlobKey key) => File.Exists(PathOf(key));

    public override Stream? OpenRead(in BlobKey key)
    {
        string path = PathOf(key);
        try
        {
            // A small one is a preview, most likely, and is asked for again.
            if (new FileInfo(path).Length >= LeastDirect && BlobFile.OpenRead(path) is { } direct) return new BlobReader(direct, _buffers);
            return new FileStream(path, new FileStreamOptions { Access = FileAccess.Read, Share = FileShare.Read | FileShare.Delete, BufferSize = 0, Options = FileOptions.Asynchronous });
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public override void Delete(in BlobKey key)
    {
        string path = PathOf(key), aside = path + Damaged;
        if (!File.Exists(path) && !File.Exists(aside)) return;
        File.Delete(path);
        File.Delete(aside);
        BlobFile.FlushFolder(Path.GetDirectoryName(path)!);
    }

    public override void SetAside(in BlobKey key)
    {
        string path = PathOf(key);
        if (!File.Exists(path)) return;
        File.Move(path, path + Damaged, overwrite: true);
        BlobFile.FlushFolder(Path.GetDirectoryName(path)!);
    }

    public override IEnumerable<(BlobKey Key, DateTimeOffset At)> List()
    {
        foreach (string path in Directory.EnumerateFiles(_blobs, "*", SearchOption.AllDirectories))
        {
            string[] parts = Path.GetRelativePath(_blobs, path).Split(Path.DirectorySeparatorChar);
            if (parts.Length == 4 && Id.TryParse(parts[0], out var account) && Kinds.TryParse(parts[1], out var kind) && Hash32.TryParseHex(parts[3], out var name))
                yield return (new(account, kind, name), File.GetLastWriteTimeUtc(path));
        }
    }

    public override void Sweep(DateTimeOffset before)
    {
        foreach (string path in Directory.EnumerateFiles(_incoming))
        {
            if (File.GetLastWriteTimeUtc(path) < before.UtcDateTime) File.Delete(path);
        }
    }

    public override long FreeBytes() => new DriveInfo(Path.GetFullPath(_blobs)).AvailableFreeSpace;

    private string PathOf(in BlobKey key)
    {
        string name = key.Name.ToString();
        return Path.Combine(_blobs, key.Account.ToString(), key.Kind.Word(), name[..2], name);
    }

    /// <summary>Makes the folder and every one above it that is new, each known to the one above before it is used.</summary>
    private void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        string above = Path.GetDirectoryName(folder)!;
        if (folder != _blobs) MakeFolder(above);
        Directory.CreateDirectory(folder);
        BlobFile.FlushFolder(above);
    }

    private sealed class Arrived(DiskBlobStore store, string path, BlobFile file, Hash32 hash) : Incoming
    {
        private bool _kept;

        public override Hash32 Hash => hash;

        public override void Keep(in BlobKey key)
        {
            if (key.Name != hash) throw new ArgumentException("A blob's name is the hash of its bytes.", nameof(key));
            try
            {
                file.Flush();
                file.Dispose();
                string target = store.PathOf(key);
                string folder = Path.GetDirectoryName(target)!;
                store.MakeFolder(folder);
                File.Move(path, target, overwrite: true);
                _kept = true;
                BlobFile.FlushFolder(folder);
            }
            catch (IOException e) when (Full.Contains(e.HResult))
            {
                throw new StorageException(ErrorName.DiskFull, e);
            }
            catch (IOException e)
            {
                store._failed?.Invoke(e);
                throw;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposing) return;
            file.Dispose();
            if (!_kept) File.Delete(path);
        }
    }
}
