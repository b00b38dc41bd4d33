using System.Text;

namespace Candor.Formats.Archives;

/// <summary>One file in a tar.</summary>
/// <param name="Name">Data from outside, "/" between folders. Never a path.</param>
/// <param name="Offset">Of its first byte in the archive.</param>
/// <param name="Length">Bytes, all of which are there.</param>
public sealed record TarEntry(string Name, long Offset, long Length);

/// <summary>Reads a tar that came from outside: ustar, with the long names of pax and of GNU. What a Joplin export (.jex) is.</summary>
/// <remarks>
/// Total: damage ends the list with a problem, and what came before stays. As in <see cref="SafeZip"/> a reading is an entry, a problem, or an entry whose name must not be trusted together
/// with the reason. Nothing is unpacked here and a tar packs nothing, so no entry is longer than the file. Source: POSIX.1-2017, pax, "ustar Interchange Format".
/// </remarks>
public static class SafeTar
{
    /// <summary>As many as <see cref="ZipLimits.MaxEntries"/>.</summary>
    public const int MaxEntries = 1_000_000;

    private const int Block = 512;

    /// <summary>Most bytes of a pax header or a GNU name: names are far shorter, and nothing else of it is used.</summary>
    private const int MaxHeader = 64 << 10;

    /// <param name="tar">Seekable; stays the caller's.</param>
    public static IReadOnlyList<Reading<TarEntry>> Read(Stream tar)
    {
        ArgumentNullException.ThrowIfNull(tar);
        var entries = new List<Reading<TarEntry>>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        byte[] header = new byte[Block];
        string? longName = null;
        long? longSize = null;
        for (long at = 0; at <= tar.Length - Block;)
        {
            if (entries.Count == MaxEntries) return Ended(entries, at, $"it holds more than {MaxEntries} entries; the rest was not read");
            tar.Position = at;
            tar.ReadExactly(header);
            if (!header.AsSpan().ContainsAnyExcept((byte)0)) return entries;
            if (!ChecksumFits(header) || Octal(header.AsSpan(124, 12)) is not { } size) return Ended(entries, at, "it is no tar archive from here on; what came before was read");
            long data = at + Block, length = longSize ?? size;
            char sort = (char)header[156];
            if (sort is 'x' or 'L' && size > MaxHeader) return Ended(entries, at, $"a header in it is longer than {MaxHeader} bytes");
            if (sort is 'x' or 'L' or 'g') length = size;
            if (length < 0 || length > tar.Length - data) return Ended(entries, at, "it ends before its last entry does: it was cut off");
            if (sort is 'x' or 'L')
            {
                byte[] more = new byte[size];
                tar.ReadExactly(more);
                if (sort == 'L') longName = EntryNames.Decode(more.AsSpan().TrimEnd((byte)0));
                else (longName, longSize) = Pax(more, longName, longSize);
            }
            else if (sort != 'g')
            {
                string name = longName ?? NameOf(header);
                if (sort is '0' or '\0' or '7') entries.Add(EntryOf(name, data, length, names));
                else if (sort != '5') entries.Add(Reading<TarEntry>.Failed(name, at, sort is '1' or '2' ? "it is a link, not a file" : "it is a device or of an unknown sort, not a file"));
                (longName, longSize) = (null, null);
            }
            at = data + ((length + Block - 1) / Block * Block);
        }
        return Ended(entries, tar.Length, entries.Count == 0 ? "it is no tar archive, or empty" : "its end is missing: it was cut off, and entries may be lost");
    }

    /// <summary>The entry's bytes. They are read from <paramref name="tar"/>, one stream at a time.</summary>
    public static Stream Open(Stream tar, TarEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new ZipRange(tar, entry.Offset, entry.Length);
    }

    private static Reading<TarEntry> EntryOf(string name, long data, long length, HashSet<string> names)
    {
        string? why = EntryNames.Trouble(name) ?? (names.Add(name) ? null : "another entry has the same name, or differs only in case");
        return new(new TarEntry(name, data, length), why is null ? null : new FormatProblem(name, data, why));
    }

    private static List<Reading<TarEntry>> Ended(List<Reading<TarEntry>> entries, long at, string reason)
    {
        entries.Add(Reading<TarEntry>.Failed("archive", at, reason));
        return entries;
    }

    /// <summary>The sum of all bytes of the header, its own field read as blanks.</summary>
    private static bool ChecksumFits(byte[] header)
    {
        int sum = 0;
        for (int i = 0; i < Block; i++) sum += i is >= 148 and < 156 ? ' ' : header[i];
        return Octal(header.AsSpan(148, 8)) == sum;
    }

    private static long? Octal(ReadOnlySpan<byte> field)
    {
        // GNU writes what eleven digits cannot hold in binary, the first bit set.
        if ((field[0] & 0x80) != 0) return field.Length == 12 && field[..4] is [0x80, 0, 0, 0] ? System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(field[4..]) : null;
        var digits = field.Trim(" \0"u8);
        long value = 0;
        foreach (byte digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'7') return null;
            value = (value << 3) + digit - '0';
        }
        return value;
    }

    private static string NameOf(byte[] header)
    {
        string name = Text(header.AsSpan(0, 100));
        bool isPosix = header.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        return isPosix && Text(header.AsSpan(345, 155)) is { Length: > 0 } folder ? $"{folder}/{name}" : name;
    }

    private static string Text(ReadOnlySpan<byte> field) => EntryNames.Decode(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    /// <summary>Lines "27 path=notes/long name.md\n", each behind its own length. Path and size are taken, the rest is not needed.</summary>
    private static (string? Name, long? Size) Pax(ReadOnlySpan<byte> lines, string? name, long? size)
    {
        while (lines.IndexOf((byte)' ') is > 0 and <= 6 and var blank && int.TryParse(lines[..blank], out int length) && length > blank + 1 && length <= lines.Length)
        {
            string line = Encoding.UTF8.GetString(lines[(blank + 1)..length].TrimEnd((byte)'\n'));
            if (line.StartsWith("path=", StringComparison.Ordinal)) name = line["path=".Length..];
            if (line.StartsWith("size=", StringComparison.Ordinal) && long.TryParse(line.AsSpan("size=".Length), out long bytes)) size = bytes;
            lines = lines[length..];
        }
        return (name, size);
    }
}
