namespace Candor.Formats.Archives;

/// <summary>One file in a zip whose bytes may be read. Which of two entries of one name is meant, is the caller's to say.</summary>
/// <remarks><see cref="Name"/> is data from outside. Never use it as a path: an entry that is handed out together with a problem may
/// carry "../", a drive letter or a device name.</remarks>
public sealed class ZipEntry
{
    internal ZipEntry(string name, byte[] rawName) => (Name, RawName) = (name, rawName);

    /// <summary>The name as the archive gives it, forward slashes between folders.</summary>
    public string Name { get; }

    /// <summary>Position in the central directory, from 0.</summary>
    public int Index { get; internal init; }

    public bool IsDirectory { get; internal init; }

    /// <summary>What the directory says the entry inflates to. A hint for progress bars; nothing relies on it until the bytes have
    /// come.</summary>
    public long DeclaredLength { get; internal init; }

    internal byte[] RawName { get; }
    internal int Method { get; init; }
    /// <summary>CRC-32 of the bytes, as the directory says. A hint: nothing relies on it until the bytes have come.</summary>
    public uint Crc { get; internal init; }
    internal long HeaderOffset { get; init; }
    internal long StoredLength { get; init; }

    /// <summary>First byte that belongs to something else: the next entry's header or the central directory.</summary>
    internal long SpanEnd { get; set; }
}
