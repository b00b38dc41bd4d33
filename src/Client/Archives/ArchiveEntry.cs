using Candor.Client.Folder;
using Candor.Formats;
using Candor.Formats.Archives;

namespace Candor.Client.Archives;

/// <summary>One file in an archive.</summary>
/// <param name="Archive">Which one.</param>
/// <param name="Path">As the archive says, "/" between folders: a key to find it by, never a path of ours.</param>
/// <param name="Length">Bytes that it says it has.</param>
/// <param name="Crc">CRC-32 that a zip says it has; 0 where nothing says one.</param>
/// <param name="Mended">What is odd about its name; null where nothing is.</param>
internal sealed record ArchiveEntry(Archive Archive, string Path, long Length, uint Crc, FormatProblem? Mended)
{
    public required Func<Stream> Source { get; init; }

    public string Name => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The folder with its "/" at the end; "" at the top.</summary>
    public string Folder => Path[..(Path.LastIndexOf('/') + 1)];

    public bool Ends(string ending) => Path.EndsWith(ending, StringComparison.OrdinalIgnoreCase);

    /// <summary>The entry's bytes. One stream of an archive is read at a time.</summary>
    /// <param name="isStrict">Damage is an <see cref="ItemException"/>; else the stream ends, and says why.</param>
    public EntryStream Open(bool isStrict = true) => new(this, Source(), isStrict);

    /// <summary>All bytes.</summary>
    /// <exception cref="ItemException">It has more than <paramref name="most"/> bytes, or is damaged.</exception>
    public byte[] ReadAll(long most)
    {
        if (Length > most) throw new ItemException($"It has {Length} bytes; at most {most} are read of a file like it.");
        byte[] bytes = new byte[Length];
        using var stream = Open();
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length && stream.Read(new byte[1]) == 0) return bytes;
        throw new ItemException("It is not as long as its archive says.");
    }

    /// <summary>Reads it through and finds out whether it is whole.</summary>
    public FormatProblem? Check()
    {
        using var stream = Open(isStrict: false);
        stream.CopyTo(Stream.Null);
        return stream.Problem;
    }

    // Two entries are one only if they are the same object: a hostile archive repeats names.
    public bool Equals(ArchiveEntry? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>An entry's bytes, with the truth about their end: what is damaged, longer or shorter than announced is never taken for whole.</summary>
internal sealed class EntryStream(ArchiveEntry entry, Stream inner, bool isStrict) : ForwardStream
{
    private long _given;

    /// <summary>Why the bytes stopped, once they did; null where all came.</summary>
    public FormatProblem? Problem { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty || Problem is not null) return 0;
        int got = inner.Read(buffer);
        _given += got;
        if (got > 0 && _given <= entry.Length) return got;
        var problem = (inner as ZipEntryStream)?.Problem;
        if (problem is null && _given != entry.Length) problem = new(entry.Path, -1, $"it holds other than the {entry.Length} bytes that were announced");
        Problem = problem;
        return Problem is null || !isStrict ? 0 : throw new ItemException(Sentence(Problem.Reason));
    }

    /// <summary>"its checksum is wrong" as a sentence.</summary>
    public static string Sentence(string reason) => $"{char.ToUpperInvariant(reason[0])}{reason.AsSpan(1).TrimEnd('.')}.";

    protected override void Dispose(bool disposing)
    {
        if (disposing) inner.Dispose();
        base.Dispose(disposing);
    }
}
