using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Candor.Server.Storage.Disk;

/// <summary>A file that a blob is written to, for its owner only, past the system's cache where the file system lets us.</summary>
/// <remarks>
/// A blob is written once and seldom read soon. Past the cache its bytes are not copied a second time, no page is made for them, and the flush has nothing left to
/// write: half the processor time of a buffered write, or less. Such a write has whole blocks, in memory and on the disk; the last one is cut to the length after it.
/// </remarks>
internal sealed partial class BlobFile : IDisposable
{
    /// <summary>What memory, places and lengths of a direct write are multiples of: no common disk has larger blocks.</summary>
    public const int Block = 4096;

    // Of Linux; O_DIRECT differs by machine.
    private const int WriteOnly = 1, CreateNew = 0x40 | 0x80, CloseOnExec = 0x80000, OwnerOnly = 0x180;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SafeFileHandle _file;
    private readonly bool _direct;

    private BlobFile(SafeFileHandle file, bool direct)
    {
        _file = file;
        _direct = direct;
    }

    /// <exception cref="IOException">It is there already, or cannot be made.</exception>
    public static BlobFile Create(string path)
    {
        if (DirectFlag() is { } direct && Open(path, WriteOnly | CreateNew | CloseOnExec | direct, OwnerOnly) is >= 0 and var descriptor)
            return new(new(descriptor, ownsHandle: true), true);
        // Not on this file system (tmpfs), which may have made the file before it refused.
        File.Delete(path);
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, Private);
        return new(file, false);
    }

    /// <summary>Opens a file for reading past the cache; null where it is not there, or the file system does not let us.</summary>
    public static SafeFileHandle? OpenRead(string path)
    {
        if (DirectFlag() is not { } direct) return null;
        int descriptor = Open(path, CloseOnExec | direct, 0);
        return descriptor < 0 ? null : new(descriptor, ownsHandle: true);
    }

    /// <summary>Writes the first <paramref name="length"/> bytes of the buffer; only the last write of a file may be of other than whole blocks.</summary>
    /// <param name="buffer">From <see cref="BlobBuffers"/>; what lies behind the length, up to the next block, may be overwritten.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="at">Where in the file: whole blocks.</param>
    public void Write(Memory<byte> buffer, int length, long at)
    {
        int whole = _direct ? (length + Block - 1) & -Block : length;
        buffer.Span[length..whole].Clear();
        RandomAccess.Write(_file, buffer.Span[..whole], at);
        if (whole > length) RandomAccess.SetLength(_file, at + length);
    }

    /// <summary>When this returns the bytes are on stable storage; their name is not.</summary>
    public void Flush() => Flush(_file);

    /// <summary>fsync of a file, asked of the C library: .NET 10 takes a failed one for a good one on Linux (its native half answers 1 where the other half looks for less than 0).</summary>
    /// <exception cref="IOException">It failed: nothing is known of what was written.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux())
        {
            if (FSyncFile(file) != 0) throw new IOException("fsync failed.", Marshal.GetLastPInvokeError());
            return;
        }
#pragma warning disable RS0030 // The one place, for systems where it may be the only way.
        RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
    }

    public void Dispose() => _file.Dispose();

    /// <summary>fsync of a folder: names in it survive a loss of power. .NET opens no folders, so it is asked of the C library.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS journals names
        int descriptor = Open(folder, 0, 0); // O_RDONLY
        if (descriptor < 0) return; // gone meanwhile, and with it what was to be kept
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FSync(descriptor) != 0) throw new IOException($"fsync of {folder} failed.", Marshal.GetLastPInvokeError());
    }

    private static int? DirectFlag() => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSyncFile(SafeFileHandle file);
}
