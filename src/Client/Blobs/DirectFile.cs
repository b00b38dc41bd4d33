using System.Runtime.InteropServices;
using Candor.Formats;
using Microsoft.Win32.SafeHandles;

namespace Candor.Client.Blobs;

/// <summary>A new file of megabytes, written past the system's cache where the file system lets us.</summary>
/// <remarks>
/// Who restores a camera roll does not look at all of it next: past the cache its bytes are not copied a second time and no page is made for them, which was half of a restore's
/// processor time. Whole blocks that lie well in memory go that way; what is left of a file, or lies badly, is written as any other. For one writer.
/// </remarks>
internal sealed partial class DirectFile : WriteOnlyStream
{
    /// <summary>What memory, places and lengths of a direct write are multiples of: no common disk has larger blocks.</summary>
    public const int Block = 4096;

    /// <summary>A smaller file is written as any other: it may well be looked at soon, and gains little.</summary>
    private const long Least = 256 << 10;

    // fcntl of Linux; O_DIRECT differs by machine.
    private const int GetFlags = 3, SetFlags = 4;

    private readonly SafeFileHandle _file;
    private readonly int _flag;
    private bool _isDirect;
    private long _at;

    private DirectFile(SafeFileHandle file, int flag)
    {
        _file = file;
        _flag = flag;
        _isDirect = Set(true);
    }

    /// <summary>Makes the file, or empties it.</summary>
    /// <param name="path">Where.</param>
    /// <param name="size">Bytes that will be written, as far as known: whether it is worth it.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static Stream Create(string path, long size)
    {
        if (size < Least || DirectFlag() is not { } flag) return new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0, useAsync: false);
        return new DirectFile(File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.None), flag);
    }

    /// <summary>Brings what was written to stable storage: before a file takes its name, or a loss of power may leave the name with nothing behind it.</summary>
    /// <param name="file">From <see cref="Create"/>, or any file.</param>
    public static void Flush(Stream file)
    {
        if (file is FileStream plain) plain.Flush();
        Devices.DurableFile.Flush(file is DirectFile direct ? direct._file : ((FileStream)file).SafeFileHandle);
    }

    /// <summary>Memory that may be written directly: it begins where a block may begin, and no collection moves it.</summary>
    public static Memory<byte> AtBlock(int length)
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(length + Block, pinned: true);
        int start = (int)(-Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) & (Block - 1));
        return pinned.AsMemory(start, length);
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        int whole = _isDirect && IsAtBlock(buffer) ? buffer.Length & -Block : 0;
        if (whole > 0)
        {
            try
            {
                RandomAccess.Write(_file, buffer[..whole], _at);
            }
            catch (Exception e) when (e is IOException or ArgumentException)
            {
                // Larger blocks than any that we know, perhaps. What is wrong with the disk itself is wrong the second time too.
                whole = 0;
            }
        }
        if (whole < buffer.Length)
        {
            if (_isDirect) _isDirect = !Set(false);
            RandomAccess.Write(_file, buffer[whole..], _at + whole);
        }
        _at += buffer.Length;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Whether the bytes begin at a block in memory. They may move after this was asked: then the system refuses the write, and it is made the other way.</summary>
    private static unsafe bool IsAtBlock(ReadOnlySpan<byte> buffer)
    {
        fixed (byte* start = buffer) return ((nint)start & (Block - 1)) == 0;
    }

    /// <returns>Whether it is so now.</returns>
    private bool Set(bool direct)
    {
        int descriptor = (int)_file.DangerousGetHandle();
        int flags = Fcntl(descriptor, GetFlags, 0);
        return flags >= 0 && Fcntl(descriptor, SetFlags, direct ? flags | _flag : flags & ~_flag) == 0;
    }

    private static int? DirectFlag() => !OperatingSystem.IsLinux() ? null : RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.X64 => 0x4000,
        Architecture.Arm64 => 0x10000,
        _ => null,
    };

    [LibraryImport("libc", EntryPoint = "fcntl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Fcntl(int descriptor, int command, int argument);
}
