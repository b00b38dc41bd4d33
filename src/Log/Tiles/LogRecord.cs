using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Candor.Protocol;

namespace Candor.Log;

/// <summary>Size and root of a log: what a writer writes down before it signs (spec/public-log.md §5). Written <c>size root\n</c>, the root in hex.</summary>
public readonly record struct LogRecord(long Size, Hash32 Root)
{
    public static LogRecord Empty => new(0, MerkleTree.EmptyRoot);

    public byte[] ToBytes() => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Size} {Root}\n"));

    public static bool TryParse(ReadOnlySpan<byte> bytes, out LogRecord record)
    {
        record = default;
        int space = bytes.IndexOf((byte)' ');
        if (space < 1 || bytes.Length != space + 1 + 2 * Hash32.Size + 1 || bytes[^1] != '\n') return false;
        if (!NoteText.TryParseDecimal(bytes[..space], out long size) || !Hash32.TryParseHex(Encoding.ASCII.GetString(bytes[(space + 1)..^1]), out var root)) return false;
        record = new(size, root);
        return true;
    }
}

/// <summary>The entries of one batch, written down before anything of it is shown: from it a writer that was cut off makes its files again.</summary>
/// <remarks>SHA-256 of the rest || line of the record before || line of the record after || entries, each with its length as a bundle has them.</remarks>
public sealed class LogBatch(LogRecord before, LogRecord after, IReadOnlyList<ReadOnlyMemory<byte>> entries)
{
    /// <summary>Most entries of a batch.</summary>
    public const int MaxEntries = 8192;

    /// <summary>Most bytes of its entries.</summary>
    public const int MaxEntryBytes = 8 << 20;

    private const int MaxBytes = MaxEntryBytes + 2 * MaxEntries + 1024;

    public LogRecord Before { get; } = before;

    public LogRecord After { get; } = after;

    public IReadOnlyList<ReadOnlyMemory<byte>> Entries { get; } = entries;

    public byte[] ToBytes()
    {
        var bytes = new List<byte>();
        bytes.AddRange(Before.ToBytes());
        bytes.AddRange(After.ToBytes());
        foreach (var entry in Entries) EntryBundle.Append(bytes, entry.Span);
        return [.. SHA256.HashData(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(bytes)), .. bytes];
    }

    public static bool TryParse(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out LogBatch? batch)
    {
        batch = null;
        if (bytes.Length is < Hash32.Size or > MaxBytes || Hash32.Of(bytes.Span[Hash32.Size..]) != new Hash32(bytes.Span[..Hash32.Size])) return false;
        bytes = bytes[Hash32.Size..];
        if (!TryTake(ref bytes, out var before) || !TryTake(ref bytes, out var after)) return false;
        long count = after.Size - before.Size;
        var entries = new List<ReadOnlyMemory<byte>>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < sizeof(ushort) || entries.Count == MaxEntries) return false;
            int length = (bytes.Span[0] << 8) | bytes.Span[1];
            if (bytes.Length < sizeof(ushort) + length) return false;
            entries.Add(bytes.Slice(sizeof(ushort), length));
            bytes = bytes[(sizeof(ushort) + length)..];
        }
        if (entries.Count != count) return false;
        batch = new(before, after, entries);
        return true;
    }

    private static bool TryTake(ref ReadOnlyMemory<byte> bytes, out LogRecord record)
    {
        record = default;
        int end = bytes.Span.IndexOf((byte)'\n') + 1;
        if (end == 0 || !LogRecord.TryParse(bytes.Span[..end], out record)) return false;
        bytes = bytes[end..];
        return true;
    }
}
