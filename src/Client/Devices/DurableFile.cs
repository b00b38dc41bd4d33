using System.Runtime.InteropServices;

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
            file.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        FlushFolder(Path.GetDirectoryName(path)!);
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

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
