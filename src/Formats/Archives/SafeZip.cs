namespace Candor.Formats.Archives;

/// <summary>Reads a zip that came from outside, from a seekable stream that stays the caller's.</summary>
/// <remarks>
/// Total: what an archive holds never throws. <see cref="Open"/> answers with the archive or the reason it was refused as a whole;
/// <see cref="Entries"/> has one reading per entry, in the order of the directory: an entry, or a problem (encrypted, unknown packing,
/// link, overlapping another), or an entry together with a problem (its bytes can be read, its name must not be trusted: traversal,
/// absolute, device, a name taken before). <see cref="ZipEntryStream.Problem"/> says how reading one ended.
/// Not thread-safe. Reads stored and deflated entries, Zip64 included.
/// </remarks>
public sealed class SafeZip
{
    private const string Overlaps = "its bytes lie inside another entry, as only a zip bomb does";

    private readonly Stream _zip;
    private readonly List<Reading<ZipEntry>> _entries = [];
    private readonly HashSet<ZipEntry> _readable = new(ReferenceEqualityComparer.Instance);
    private long _spent;

    private SafeZip(Stream zip, ZipLimits limits) => (_zip, Limits) = (zip, limits);

    public ZipLimits Limits { get; }

    public IReadOnlyList<Reading<ZipEntry>> Entries => _entries;

    /// <summary>Reads the directory. Memory: some 200 bytes an entry.</summary>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    public static Reading<SafeZip> Open(Stream zip, ZipLimits? limits = null)
    {
        if (!zip.CanSeek)
            throw new ArgumentException("A zip is read from its end: the stream must be seekable.", nameof(zip));
        limits ??= new ZipLimits();
        string? trouble = ZipDirectory.Find(zip, out ZipDirectory.Place place);
        if (trouble is null && place.Count > limits.MaxEntries)
            trouble = $"it announces {place.Count} entries; more than {limits.MaxEntries} are not read";
        if (trouble is null && place.Size > limits.MaxDirectoryBytes)
            trouble = $"its directory is {place.Size} bytes; more than {limits.MaxDirectoryBytes} are not read";
        if (trouble is not null)
            return Reading<SafeZip>.Failed("archive", 0, trouble);
        var archive = new SafeZip(zip, limits);
        trouble = archive.ReadEntries(place);
        return new Reading<SafeZip>(archive, trouble is null ? null : new FormatProblem("archive", place.Offset, trouble));
    }

    /// <summary>The bytes of <paramref name="entry"/>, capped and checked while they come; dispose it.</summary>
    /// <exception cref="ArgumentException">The entry is not one that this archive handed out.</exception>
    public ZipEntryStream OpenEntry(ZipEntry entry)
    {
        if (!_readable.Contains(entry))
            throw new ArgumentException("The entry is not of this archive.", nameof(entry));
        if (entry.IsDirectory)
            return new ZipEntryStream(this, entry, null, entry.DeclaredLength == 0 ? null : "it is a folder that claims to hold bytes");
        byte[] header = ZipDirectory.ReadAt(_zip, entry.HeaderOffset, ZipDirectory.LocalHeaderSize);
        if (header.Length < ZipDirectory.LocalHeaderSize || ZipDirectory.U32(header) != ZipDirectory.LocalSignature)
            return new ZipEntryStream(this, entry, null, "its header is missing");
        int nameLength = ZipDirectory.U16(header.AsSpan(26));
        byte[] name = ZipDirectory.ReadAt(_zip, entry.HeaderOffset + ZipDirectory.LocalHeaderSize, nameLength);
        if (ZipDirectory.U16(header.AsSpan(8)) != entry.Method || !name.AsSpan().SequenceEqual(entry.RawName))
            return new ZipEntryStream(this, entry, null, "its header and the directory disagree about what it is");
        long start = entry.HeaderOffset + ZipDirectory.LocalHeaderSize + nameLength + ZipDirectory.U16(header.AsSpan(28));
        if (start > entry.SpanEnd || entry.StoredLength > entry.SpanEnd - start)
            return new ZipEntryStream(this, entry, null, "its bytes reach into the next entry");
        return new ZipEntryStream(this, entry, new ZipRange(_zip, start, entry.StoredLength), null);
    }

    /// <summary>Counts inflated bytes over the whole archive. False once the cap is passed.</summary>
    internal bool Spend(int bytes) => (_spent += bytes) <= Limits.MaxTotalBytes;

    private string? ReadEntries(ZipDirectory.Place place)
    {
        var found = new List<(ZipEntry? Entry, string Label, string? Trouble)>();
        string? trouble = ZipDirectory.Read(_zip, place, found);
        HashSet<ZipEntry> overlapping = Overlapping(found, place.Offset);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach ((ZipEntry? entry, string label, string? why) in found)
        {
            bool first = names.Add(label);
            if (entry is null)
                _entries.Add(Reading<ZipEntry>.Failed(label, -1, why ?? "it cannot be read"));
            else if (overlapping.Contains(entry))
                _entries.Add(Reading<ZipEntry>.Failed(label, entry.HeaderOffset, Overlaps));
            else
            {
                _readable.Add(entry);
                string? name = why ?? (first ? null : "another entry has the same name, or differs only in case");
                _entries.Add(new Reading<ZipEntry>(entry, name is null ? null : new FormatProblem(label, entry.HeaderOffset, name)));
            }
        }
        return trouble;
    }

    /// <summary>Entries whose header and packed bytes share even one byte with another's, or reach into the directory.</summary>
    private static HashSet<ZipEntry> Overlapping(List<(ZipEntry? Entry, string Label, string? Trouble)> found, long directoryAt)
    {
        var overlapping = new HashSet<ZipEntry>(ReferenceEqualityComparer.Instance);
        List<ZipEntry> ordered = [.. from f in found where f.Entry is not null orderby f.Entry.HeaderOffset select f.Entry];
        ZipEntry? widest = null;
        long reached = 0;
        for (int i = 0; i < ordered.Count; i++)
        {
            ZipEntry entry = ordered[i];
            if (widest is not null && entry.HeaderOffset < reached)
            {
                overlapping.Add(entry);
                overlapping.Add(widest);
            }
            entry.SpanEnd = i + 1 < ordered.Count ? Math.Min(ordered[i + 1].HeaderOffset, directoryAt) : directoryAt;
            long least = ZipDirectory.LocalHeaderSize + entry.RawName.Length;
            long room = directoryAt - entry.HeaderOffset - least;
            if (room < 0 || entry.StoredLength > room)
            {
                overlapping.Add(entry);
                continue;
            }
            long end = entry.HeaderOffset + least + entry.StoredLength;
            if (end > reached)
                (reached, widest) = (end, entry);
        }
        return overlapping;
    }
}
