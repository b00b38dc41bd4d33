using System.Buffers;
using System.Buffers.Text;

namespace Candor.Formats.Messages;

/// <summary>Decodes one part's base64 text into its stream while it comes, and finds out whether it was spelled the one canonical
/// way.</summary>
/// <remarks>From the first block on that is not canonical (a line break, a blank, a reference, bits left over) the text itself is written:
/// <see cref="MessagePartView.RawFrom"/>.</remarks>
internal sealed class PartSink
{
    private readonly byte[] _text = new byte[PartData.BlockText];
    private readonly byte[] _data = new byte[PartData.BlockBytes];
    private Stream _sink = Stream.Null;
    private int _filled;

    internal long Length { get; private set; }

    internal long RawFrom { get; private set; }

    internal void Begin(Stream sink)
    {
        _sink = sink;
        _filled = 0;
        Length = 0;
        RawFrom = -1;
    }

    internal void Write(ReadOnlySpan<byte> text)
    {
        while (!text.IsEmpty)
        {
            if (RawFrom >= 0)
            {
                Put(text);
                return;
            }
            // A full block waits for the next byte: it may be the last one, which alone may end in padding.
            if (_filled == _text.Length)
                Flush(last: false);
            int n = RawFrom >= 0 ? 0 : Math.Min(text.Length, _text.Length - _filled);
            text[..n].CopyTo(_text.AsSpan(_filled));
            _filled += n;
            text = text[n..];
        }
    }

    internal void Finish()
    {
        Flush(last: true);
        _sink = Stream.Null;
    }

    private void Flush(bool last)
    {
        ReadOnlySpan<byte> text = _text.AsSpan(0, _filled);
        _filled = 0;
        if (RawFrom >= 0 || text.IsEmpty)
            return;
        OperationStatus status = Base64.DecodeFromUtf8(text, _data, out int read, out int n, isFinalBlock: last);
        bool canonical = status == OperationStatus.Done && read == text.Length
            && (last ? Base64.GetMaxEncodedToUtf8Length(n) == text.Length && IsSpelling(text, n) : n == _data.Length);
        if (!canonical)
            RawFrom = Length;
        Put(canonical ? _data.AsSpan(0, n) : text);
    }

    /// <summary>The decoder passes over blanks and leftover bits; only encoding again shows that there were none.</summary>
    private bool IsSpelling(ReadOnlySpan<byte> text, int dataLength)
    {
        byte[] again = ArrayPool<byte>.Shared.Rent(text.Length);
        Base64.EncodeToUtf8(_data.AsSpan(0, dataLength), again, out _, out int n);
        bool same = again.AsSpan(0, n).SequenceEqual(text);
        ArrayPool<byte>.Shared.Return(again);
        return same;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        _sink.Write(bytes);
        Length += bytes.Length;
    }
}
