using System.Buffers;
using System.Buffers.Text;
using Candor.Formats;
using Candor.Sealing;

namespace Candor.Client.Records;

/// <summary>What a <see cref="SealedReader"/> opens, from front to back or from wherever the caller goes.</summary>
internal sealed class SealedPartStream(SealedReader reader) : ForwardStream
{
    private long _at;

    public override bool CanSeek => true;

    public override long Length => reader.Length;

    public override long Position
    {
        get => _at;
        set => _at = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override long Seek(long offset, SeekOrigin origin) =>
        Position = checked(offset + (origin == SeekOrigin.Begin ? 0 : origin == SeekOrigin.Current ? _at : Length));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        var result = reader.Read(_at, buffer, out int read);
        if (result != OpenResult.Opened) throw Gone(result);
        _at += read;
        return read;
    }

    internal static IOException Gone(OpenResult result) => new($"The temporary file of a message's part was changed or cut ({result}).");

    protected override void Dispose(bool disposing)
    {
        if (disposing) reader.Dispose();
        base.Dispose(disposing);
    }
}

/// <summary>A part's original base64 text: of its first bytes, which were decoded on the way in, written anew, and the rest as it stands.</summary>
/// <remarks>What was decoded was canonical, so that encoding gives it back; it ends at a multiple of three.</remarks>
internal sealed class Base64TextStream(Stream stored, long rawFrom) : ForwardStream
{
    private const int Block = 3 * 4096;

    private readonly byte[] _data = new byte[Block];
    private readonly byte[] _text = new byte[Block / 3 * 4];
    private long _left = rawFrom;
    private int _start, _end;

    /// <summary>Bytes of the text.</summary>
    public static long LengthOf(long storedLength, long rawFrom) => checked((rawFrom / 3 * 4) + storedLength - rawFrom);

    public override int Read(Span<byte> buffer)
    {
        if (_start == _end && _left > 0) Encode();
        if (_start == _end) return stored.Read(buffer);
        int n = Math.Min(buffer.Length, _end - _start);
        _text.AsSpan(_start, n).CopyTo(buffer);
        _start += n;
        return n;
    }

    private void Encode()
    {
        int wanted = (int)Math.Min(_left, Block);
        stored.ReadExactly(_data.AsSpan(0, wanted));
        _left -= wanted;
        if (Base64.EncodeToUtf8(_data.AsSpan(0, wanted), _text, out _, out _end) != OperationStatus.Done) throw new InvalidOperationException("A block is whole.");
        _start = 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) stored.Dispose();
        base.Dispose(disposing);
    }
}
