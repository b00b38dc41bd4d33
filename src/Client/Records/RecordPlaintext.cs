using System.Diagnostics.CodeAnalysis;
using System.Formats.Cbor;
using System.Text;
using Candor.Protocol;

namespace Candor.Client.Records;

/// <summary>One piece of a file: the blob's name, and the piece's plaintext length before padding.</summary>
public readonly record struct FilePiece(Hash32 Blob, int Length);

/// <summary>A file that belongs to a record (spec/blobs.md).</summary>
/// <param name="Role">blob, preview, part/n, attachment/n.</param>
/// <param name="Name">As it was called.</param>
/// <param name="MediaType">As far as known.</param>
/// <param name="Size">Bytes of the whole file.</param>
/// <param name="ContentId">Of the whole file.</param>
/// <param name="Revision">The revision of the record that first sealed it.</param>
/// <param name="Epoch">Of the vault key that sealed it.</param>
/// <param name="Pieces">In order.</param>
public sealed record RecordFile(
    string Role, string Name, string MediaType, long Size, Id ContentId, Id Revision, uint Epoch, IReadOnlyList<FilePiece> Pieces);

/// <summary>What is inside a sealed record (spec/records.md §1).</summary>
/// <param name="Name">Where it stands in a device folder, below the kind's folder; empty for messages.</param>
/// <param name="Original">The bytes it came from; empty for photos.</param>
/// <param name="View">What lists and searches show.</param>
/// <param name="Files">The photo itself, a message's parts, a note's attachments.</param>
public sealed record RecordPlaintext(string Name, ReadOnlyMemory<byte> Original, RecordView View, IReadOnlyList<RecordFile> Files)
{
    public const int Version = 1;

    public const int LongestName = 1024;

    private const int LongestRole = 48;
    internal const int LongestMediaType = 256;
    private const int MostFiles = 4096;

    /// <summary>A writer grown beyond this is not kept for the next record.</summary>
    private const int LargestKept = 256 << 10;

    [ThreadStatic]
    private static CborWriter? t_writer;

    /// <summary>The bytes that are padded and sealed. A lone surrogate in a text becomes U+FFFD.</summary>
    /// <exception cref="ArgumentException">A name, role or media type is longer than a reader takes.</exception>
    public byte[] Encode()
    {
        // Lax writes what the profile asks for as long as maps come sorted and without twins, which a view sees to; it saves the sorting.
        var w = t_writer ?? new CborWriter(CborConformanceMode.Lax, convertIndefiniteLengthEncodings: false);
        t_writer = null;
        w.Reset();
        w.WriteStartArray(5);
        w.WriteInt32(Version);
        WriteText(w, Name, LongestName);
        w.WriteByteString(Original.Span);
        CborText.WriteMap(w, View);
        w.WriteStartArray(Files.Count);
        foreach (var file in Files) WriteFile(w, file);
        w.WriteEndArray();
        w.WriteEndArray();
        byte[] bytes = w.Encode();
        if (bytes.Length <= LargestKept) t_writer = w;
        return bytes;
    }

    /// <summary>Total: false for what is not a record of version 1, whoever sealed it.</summary>
    public static bool TryDecode(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out RecordPlaintext? record) => Cbor.TryDecode(bytes, r =>
    {
        if (!r.ReadArray(5) || r.ReadUInt64() != Version || r.ReadText(LongestName) is not { } name) return null;
        var original = r.ReadByteString();
        var view = CborText.ReadMap(r, 1);
        int count = r.ReadCount(MostFiles);
        if (count < 0) return null;
        var files = new RecordFile[count];
        for (int i = 0; i < count; i++)
        {
            if (ReadFile(r) is not { } file) return null;
            files[i] = file;
        }
        r.ReadEndArray();
        r.ReadEndArray();
        return new RecordPlaintext(name, original, view, files);
    }, out record);

    /// <summary>The name alone, for a look through many records. Null: the bytes do not begin as a record does; what follows the name is not looked at.</summary>
    internal static string? NameIn(ReadOnlyMemory<byte> bytes)
    {
        var reader = new CborReader(bytes, CborConformanceMode.Canonical);
        try
        {
            return reader.ReadArray(5) && reader.ReadUInt64() == Version ? reader.ReadText(LongestName) : null;
        }
        catch (Exception e) when (e is CborContentException or InvalidOperationException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>Names of all blobs that the files need, ascending, each once: what the put says.</summary>
    public IReadOnlyList<Hash32> BlobNames() => Files.Count == 0 ? [] : [.. Files.SelectMany(f => f.Pieces).Select(p => p.Blob).Distinct().Order()];

    private static void WriteFile(CborWriter w, RecordFile file)
    {
        w.WriteStartArray(8);
        WriteText(w, file.Role, LongestRole);
        WriteText(w, file.Name, LongestName);
        WriteText(w, file.MediaType, LongestMediaType);
        w.WriteInt64(file.Size);
        w.WriteId(file.ContentId);
        w.WriteId(file.Revision);
        w.WriteUInt32(file.Epoch);
        w.WriteStartArray(file.Pieces.Count);
        foreach (var piece in file.Pieces)
        {
            w.WriteStartArray(2);
            w.WriteHash(piece.Blob);
            w.WriteInt32(piece.Length);
            w.WriteEndArray();
        }
        w.WriteEndArray();
        w.WriteEndArray();
    }

    private static void WriteText(CborWriter w, string text, int most)
    {
        if (text.Length > most / 3 && Encoding.UTF8.GetByteCount(text) > most) throw new ArgumentException($"A reader takes at most {most} bytes of \"{text[..Math.Min(16, text.Length)]}…\".");
        w.WriteTextString(text);
    }

    private static RecordFile? ReadFile(CborReader r)
    {
        if (!r.ReadArray(8) || r.ReadText(LongestRole) is not { } role || r.ReadText(LongestName) is not { } name) return null;
        if (r.ReadText(LongestMediaType) is not { } type) return null;
        long size = r.ReadUInt(long.MaxValue);
        if (size < 0 || !r.TryReadId(out var content) || !r.TryReadId(out var revision)) return null;
        long epoch = r.ReadUInt(uint.MaxValue);
        int count = r.ReadCount(Limits.BlobsPerPut);
        if (epoch < 1 || count < 1) return null;
        var pieces = new FilePiece[count];
        long sum = 0;
        for (int i = 0; i < count; i++)
        {
            if (!r.ReadArray(2) || !r.TryReadHash(out var blob)) return null;
            long length = r.ReadUInt(Limits.Piece);
            // Every piece but the last is full; only a file without bytes has a piece without any.
            if (length < 0 || (i < count - 1 && length != Limits.Piece) || (length == 0 && size != 0)) return null;
            pieces[i] = new(blob, (int)length);
            sum += length;
            r.ReadEndArray();
        }
        r.ReadEndArray();
        r.ReadEndArray();
        return sum == size ? new(role, name, type, size, content, revision, (uint)epoch, pieces) : null;
    }
}
