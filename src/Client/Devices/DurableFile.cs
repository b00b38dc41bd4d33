using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Candor.Client.Devices;

/// <summary>Writes a file so that a crash leaves either the old one or the new one, whole.</summary>
internal static partial class DurableFile
{
    /// <summary>Temporary name beside it, flush, rename, flush of the folder. Only the owner can read it.</summary>
    public static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string temporary = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(temporary, options))
        {
            file.Write(bytes);
            Flush(file.SafeFileHandle);
        }
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>fsync of a file, asked of the C library: .NET 10 takes a failed one for a good one on Linux (its native half answers 1 where the other half looks for less than 0).</summary>
    /// <exception cref="IOException">It failed: nothing is known of what was written.</exception>
    public static void Flush(SafeFileHandle file)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid())
        {
            if (FSyncFile(file) != 0) throw new IOException("fsync failed.", Marshal.GetLastPInvokeError());
            return;
        }
#pragma warning disable RS0030 // The one place, for systems where it may be the only way.
        RandomAccess.FlushToDisk(file);
#pragma warning restore RS0030
    }

    /// <summary>Makes names in a folder survive a loss of power. .NET opens no folders, so it is asked of the C library.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows()) return; // NTFS journals names
        int descriptor = Open(folder, 0); // O_RDONLY
        if (descriptor < 0) return;
        try
        {
            if (FSync(descriptor) != 0) throw new IOException($"fsync of {folder} failed.", Marshal.GetLastPInvokeError());
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    /// <summary>True for a pipe: opening one as a file waits for whoever writes into it, perhaps for ever.</summary>
    public static bool IsPipe(string path)
    {
        if (OperatingSystem.IsWindows()) return false;
        int descriptor = Open(path, OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? 0x800 : 0x4); // O_RDONLY | O_NONBLOCK
        if (descriptor < 0) return false;
        try
        {
            return Seek(descriptor, 0, 1) < 0; // SEEK_CUR: a pipe has no position
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    [LibraryImport("libc", EntryPoint = "lseek")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Seek(int descriptor, nint offset, int whence);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSync(int descriptor);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int FSyncFile(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
