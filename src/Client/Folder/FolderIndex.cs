using System.Buffers.Binary;
using System.Text;
using Candor.Client.Devices;
using Candor.Hpke;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Folder;

/// <summary>What became of a file of the folder.</summary>
internal enum EntryUse : byte
{
    /// <summary>The file is one record.</summary>
    Record = 1,

    /// <summary>The file belongs to a record that another file is: an attachment of a note.</summary>
    Attachment = 2,

    /// <summary>The file holds many items that became records: an export, an address book, an archive.</summary>
    Container = 3,

    /// <summary>This device wrote the file from records; it is not read back while it stays as it was written.</summary>
    Written = 4,
}

/// <summary>A file of the folder that was dealt with, as it was then.</summary>
/// <param name="Path">Below the folder, "/" between parts.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Use">What became of it.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">Last write, in ticks of 100 ns, UTC.</param>
/// <param name="Record">The record; zero for a container.</param>
/// <param name="Base">Where the revision stands that the file's content is.</param>
/// <param name="Content">The file's content id; zero where nobody needs it.</param>
/// <param name="Items">Items that it held; 1 for a record.</param>
/// <param name="Failed">Of these, items with a trouble.</param>
internal sealed record IndexEntry(string Path, Kind Kind, EntryUse Use, long Size, long Time, Id Record, Place Base, Id Content, int Items, int Failed)
{
    /// <summary>A photo that no preview can be made of here: it is not tried again while the file stays as it is.</summary>
    public bool NoPreview { get; init; }

    /// <summary>It was met so shortly after its last write that a later write may not show. The next run reads it again.</summary>
    public bool IsFresh { get; init; }

    /// <summary>Of an archive, whose kind is none: what it held of each kind that was on when it was taken in.</summary>
    public IReadOnlyList<KindCount> Parts { get; init; } = [];

    public bool Fits(in FoundFile file) => Size == file.Size && Time == file.Time;

    /// <summary>True where the file need not be read again to know that it is what it was.</summary>
    public bool IsSurely(in FoundFile file) => Fits(file) && !IsFresh;
}

/// <summary>Items of one kind in an archive, and of these the ones with a trouble.</summary>
internal readonly record struct KindCount(Kind Kind, int Items, int Failed);

/// <summary>What a device remembers of a folder: which file is which revision, how far the log was applied to it, and what the last run could not do.</summary>
/// <remarks>
/// A file under the device's home, sealed under its store key because paths tell names. It is a memory, not a truth: without it every file is read again, found to be known by its
/// content or its UID, and nothing is sent twice. It is written whole beside the old one and renamed.
/// </remarks>
internal sealed class FolderIndex
{
    private const byte Version = 3;
    private const string Role = "local/folder";
    private const byte NoPreviewFlag = 1, FreshFlag = 2;

    private readonly string _file;
    private readonly Secret32 _key;
    private Dictionary<Id, List<IndexEntry>>? _byRecord;

    private FolderIndex(string file, Secret32 key)
    {
        _file = file;
        _key = key;
        Unheard = UnheardChanges.Load(file + ".unheard");
    }

    public Dictionary<string, IndexEntry> Entries { get; } = new(StringComparer.Ordinal);

    /// <summary>For each kind: leaves of the log whose records were applied to the folder.</summary>
    public Dictionary<Kind, long> Applied { get; } = [];

    /// <summary>Removals that were passed on lately, for the brake: when, in Unix milliseconds, and how many.</summary>
    public List<(Kind Kind, long Time, int Count)> Removals { get; } = [];

    public List<Trouble> Troubles { get; } = [];

    /// <summary>Messages that were due for an export while their bytes were not here.</summary>
    public List<Place> Owed { get; } = [];

    /// <summary>What may be in the log without being in here.</summary>
    public UnheardChanges Unheard { get; }

    /// <summary>False where there was no index, or it could not be read: everything is looked at again.</summary>
    public bool WasThere { get; private set; }

    public IReadOnlyList<IndexEntry> OfRecord(Id record)
    {
        if (_byRecord is null)
        {
            _byRecord = [];
            foreach (var entry in Entries.Values.Where(e => e.Use == EntryUse.Record)) Join(_byRecord, entry);
        }
        return _byRecord.TryGetValue(record, out var entries) ? entries : [];
    }

    /// <summary>The file that a trouble is about: "inbox/a, b.zip, x.jpg" belongs to inbox/a, b.zip where the index has that, else to what stands before the last comma.</summary>
    public string FileOf(string item)
    {
        for (int at = item.Length; at > 0; at = item.LastIndexOf(", ", at - 1, StringComparison.Ordinal))
        {
            if (Entries.ContainsKey(item[..at])) return item[..at];
        }
        return item.LastIndexOf(", ", StringComparison.Ordinal) is var last && last > 0 ? item[..last] : item;
    }

    public void Set(IndexEntry entry)
    {
        Remove(entry.Path);
        Entries[entry.Path] = entry;
        if (_byRecord is not null && entry.Use == EntryUse.Record) Join(_byRecord, entry);
    }

    public void Remove(string path)
    {
        if (Entries.Remove(path, out var old) && _byRecord is not null && _byRecord.TryGetValue(old.Record, out var entries)) entries.Remove(old);
    }

    public static FolderIndex Load(string file, Secret32 key)
    {
        var index = new FolderIndex(file, key);
        byte[] sealedBytes;
        try
        {
            sealedBytes = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return index;
        }
        if (Cobblestone.OpenInPlace(key, Context, sealedBytes, out int length) == OpenResult.Opened) index.WasThere = index.TryRead(sealedBytes.AsSpan(0, length));
        if (!index.WasThere) index.Clear();
        return index;
    }

    public void Save()
    {
        int length = Length();
        byte[] bytes = new byte[Cobblestone.SealedLength(length)];
        Write(bytes.AsSpan(0, length));
        Cobblestone.SealInPlace(_key, Context, bytes, length);
        DurableFile.Write(_file, bytes);
        Unheard.Save();
        WasThere = true;
    }

    private static byte[] Context => SealingContext.Of(Id.Zero, Kind.None, Id.Zero, Id.Zero, 0, Role);

    private void Clear()
    {
        Entries.Clear();
        Applied.Clear();
        Removals.Clear();
        Troubles.Clear();
        Owed.Clear();
    }

    private static void Join(Dictionary<Id, List<IndexEntry>> byRecord, IndexEntry entry)
    {
        if (!byRecord.TryGetValue(entry.Record, out var entries)) byRecord[entry.Record] = entries = new(1);
        entries.Add(entry);
    }

    /// <summary>Bytes that <see cref="Write"/> fills.</summary>
    private int Length()
    {
        int length = 1 + 8 + (Applied.Count * 9) + 8 + (Removals.Count * 17) + 8 + 8 + (Owed.Count * 16) + 8;
        foreach (var trouble in Troubles) length += 1 + LengthOf(trouble.Item) + LengthOf(trouble.Reason);
        foreach (var e in Entries.Values) length += LengthOf(e.Path) + 2 + 16 + Id.Size + 16 + Id.Size + 16 + 1 + 8 + (e.Parts.Count * 17);
        return length;
    }

    private void Write(Span<byte> bytes)
    {
        var w = new Writer(bytes);
        w.Byte(Version);
        w.Number(Applied.Count);
        foreach (var (kind, size) in Applied)
        {
            w.Byte((byte)kind);
            w.Number(size);
        }
        w.Number(Removals.Count);
        foreach (var (kind, time, count) in Removals)
        {
            w.Byte((byte)kind);
            w.Number(time);
            w.Number(count);
        }
        w.Number(Troubles.Count);
        foreach (var trouble in Troubles)
        {
            w.Byte((byte)trouble.Kind);
            w.Text(trouble.Item);
            w.Text(trouble.Reason);
        }
        w.Number(Owed.Count);
        foreach (var place in Owed)
        {
            w.Number(place.Index);
            w.Number(place.Op);
        }
        w.Number(Entries.Count);
        foreach (var e in Entries.Values)
        {
            w.Text(e.Path);
            w.Byte((byte)e.Kind);
            w.Byte((byte)e.Use);
            w.Number(e.Size);
            w.Number(e.Time);
            w.Id(e.Record);
            w.Number(e.Base.Index);
            w.Number(e.Base.Op);
            w.Id(e.Content);
            w.Number(e.Items);
            w.Number(e.Failed);
            w.Byte((byte)((e.NoPreview ? NoPreviewFlag : 0) | (e.IsFresh ? FreshFlag : 0)));
            w.Number(e.Parts.Count);
            foreach (var part in e.Parts)
            {
                w.Byte((byte)part.Kind);
                w.Number(part.Items);
                w.Number(part.Failed);
            }
        }
        if (!w.IsFull) throw new InvalidOperationException("The index has another length than was counted.");
    }

    private bool TryRead(ReadOnlySpan<byte> bytes)
    {
        var r = new Reader(bytes);
        if (r.Byte() != Version) return false;
        for (long n = r.Count(9); n > 0; n--)
        {
            var kind = r.Vault();
            Applied[kind] = r.Size();
        }
        for (long n = r.Count(17); n > 0; n--) Removals.Add((r.Vault(), r.Number(), r.Int()));
        for (long n = r.Count(17); n > 0; n--) Troubles.Add(new((Kind)r.Byte(), r.Text(), r.Text()));
        for (long n = r.Count(16); n > 0; n--) Owed.Add(new(r.Size(), r.Int()));
        long entries = r.Count(98);
        Entries.EnsureCapacity((int)entries);
        for (; entries > 0 && !r.Failed; entries--)
        {
            var entry = new IndexEntry(r.Text(), r.Kind(), r.Use(), r.Size(), r.Number(), r.Id(), new(r.Size(), r.Int()), r.Id(), r.Int(), r.Int());
            byte flags = r.Byte();
            entry = entry with { NoPreview = (flags & NoPreviewFlag) != 0, IsFresh = (flags & FreshFlag) != 0 };
            if (r.Count(17) is > 0 and var parts)
            {
                var counts = new KindCount[parts];
                for (int i = 0; i < parts; i++) counts[i] = new(r.Kind(), r.Int(), r.Int());
                entry = entry with { Parts = counts };
            }
            Entries[entry.Path] = entry;
        }
        return !r.Failed && r.AtEnd;
    }

    private static int LengthOf(string text) => 8 + Encoding.UTF8.GetByteCount(text);

    private ref struct Writer(Span<byte> bytes)
    {
        private Span<byte> _left = bytes;

        public readonly bool IsFull => _left.IsEmpty;

        public void Byte(byte value) => Take(1)[0] = value;

        public void Number(long value) => BinaryPrimitives.WriteInt64BigEndian(Take(8), value);

        public void Id(Id value) => value.CopyTo(Take(Protocol.Id.Size));

        public void Text(string text)
        {
            int length = LengthOf(text) - 8;
            Number(length);
            Encoding.UTF8.GetBytes(text, Take(length));
        }

        private Span<byte> Take(int length)
        {
            var taken = _left[..length];
            _left = _left[length..];
            return taken;
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote. Once something is not there, everything is empty and <see cref="Failed"/> says so.</summary>
    private ref struct Reader(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _left = bytes;

        public bool Failed { get; private set; }

        public readonly bool AtEnd => _left.IsEmpty;

        public byte Byte() => Take(1) is [var value] ? value : (byte)0;

        /// <summary>A kind that has a vault.</summary>
        public Kind Vault()
        {
            var kind = (Kind)Byte();
            if (!Kinds.IsVault(kind)) Fail();
            return kind;
        }

        /// <summary>A kind, or none: an archive may hold several.</summary>
        public Kind Kind()
        {
            var kind = (Kind)Byte();
            if (kind is < Protocol.Kind.None or > Protocol.Kind.Photos) Fail();
            return kind;
        }

        public EntryUse Use()
        {
            var use = (EntryUse)Byte();
            if (use is < EntryUse.Record or > EntryUse.Written) Fail();
            return use;
        }

        /// <summary>A number from 0 on.</summary>
        public long Size()
        {
            long number = Number();
            if (number < 0) Fail();
            return number;
        }

        public int Int()
        {
            long number = Number();
            if (number is >= 0 and <= int.MaxValue) return (int)number;
            Fail();
            return 0;
        }

        public long Number() => Take(8) is { Length: 8 } value ? BinaryPrimitives.ReadInt64BigEndian(value) : 0;

        public Id Id() => Take(Protocol.Id.Size) is { Length: Protocol.Id.Size } value ? Protocol.Id.From(value) : default;

        public string Text() => Number() is >= 0 and <= 1 << 16 and var length ? Encoding.UTF8.GetString(Take((int)length)) : Fail();

        /// <summary>A count of things of at least so many bytes each: never more than the bytes that are left.</summary>
        public long Count(int least)
        {
            long count = Number();
            if (count >= 0 && count <= _left.Length / least) return count;
            Failed = true;
            return 0;
        }

        private string Fail()
        {
            Failed = true;
            return "";
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (Failed || _left.Length < count)
            {
                Failed = true;
                return [];
            }
            var taken = _left[..count];
            _left = _left[count..];
            return taken;
        }
    }
}
