using System.IO.Compression;

namespace Candor.Formats.Archives;

/// <summary>An entry's bytes, inflated as they are read. Never throws for what the archive holds: it ends.</summary>
/// <remarks>
/// <b>An end is not yet a success.</b> After the last read look at <see cref="Problem"/>: null means that every byte came and that length
/// and checksum agree with the directory; anything else says why the stream stopped, and what was read before is only a part.
/// Exceptions of the stream under the archive (a disk that fails) pass through.
/// </remarks>
public sealed class ZipEntryStream : ForwardStream
{
    private readonly SafeZip _zip;
    private readonly ZipEntry _entry;
    private readonly ZipRange? _range;
    private readonly Stream? _bytes;
    private long _given;
    private uint _crc;
    private bool _ended;

    internal ZipEntryStream(SafeZip zip, ZipEntry entry, ZipRange? range, string? trouble)
    {
        _zip = zip;
        _entry = entry;
        _range = range;
        _bytes = range is null ? null : entry.Method == 0 ? range : new DeflateStream(range, CompressionMode.Decompress);
        if (trouble is not null)
            Fail(trouble);
    }

    /// <summary>Why the bytes stopped; null while all is well and when all came.</summary>
    public FormatProblem? Problem { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (_ended || buffer.IsEmpty || _bytes is null || _range is null)
            return 0;
        int got;
        try
        {
            got = _bytes.Read(buffer);
        }
        catch (InvalidDataException)
        {
            return Fail("its packed bytes are damaged");
        }
        if (got == 0)
            return Finish();
        _given += got;
        _crc = Crc32.Append(_crc, buffer[..got]);
        ZipLimits limits = _zip.Limits;
        if (_given > limits.MaxEntryBytes)
            return Fail($"it inflates to more than {limits.MaxEntryBytes} bytes");
        if (_given > limits.RatioGraceBytes && _given / limits.MaxRatio > _range.Taken)
            return Fail($"it inflates to more than {limits.MaxRatio} times its size, as only a zip bomb does");
        if (!_zip.Spend(got))
            return Fail($"the archive inflates to more than {limits.MaxTotalBytes} bytes");
        return got;
    }

    private int Finish()
    {
        _ended = true;
        if (_given != _entry.DeclaredLength)
            return Fail($"it holds {_given} bytes where its directory announces {_entry.DeclaredLength}");
        return _crc == _entry.Crc ? 0 : Fail("its checksum is wrong: bytes were changed or lost");
    }

    private int Fail(string reason)
    {
        _ended = true;
        Problem = new FormatProblem(_entry.Name, _entry.HeaderOffset, reason);
        return 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _bytes?.Dispose();
        base.Dispose(disposing);
    }
}
