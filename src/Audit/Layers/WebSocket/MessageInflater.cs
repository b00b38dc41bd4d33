using System.IO.Compression;

namespace Candor.Audit.Layers.WebSocket;

/// <summary>Inflates what is fed to it piece by piece, over messages that refer to each other.</summary>
internal sealed class MessageInflater : IDisposable
{
    private readonly Feeding _fed = new();
    private DeflateStream? _stream;

    /// <summary>Gives bytes to inflate: read until nothing more comes before the next.</summary>
    public void Feed(ReadOnlySpan<byte> bytes) => _fed.Add(bytes);

    /// <summary>Bytes of what was fed; 0: no more of them, -1: it is not deflated.</summary>
    public int Read(Span<byte> plain)
    {
        try
        {
            return (_stream ??= new DeflateStream(_fed, CompressionMode.Decompress, leaveOpen: true)).Read(plain);
        }
        catch (InvalidDataException)
        {
            return -1;
        }
    }

    /// <summary>All that was fed was read. What ends before it (a last block) cannot go on.</summary>
    public bool IsEmpty => _fed.IsEmpty;

    /// <summary>Forgets what was said.</summary>
    public void Reset()
    {
        _stream?.Dispose();
        _stream = null;
        _fed.Clear();
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _fed.Dispose();
    }

    /// <summary>A stream that ends where it was not fed further, and goes on when it is.</summary>
    private sealed class Feeding : Stream
    {
        private byte[] _bytes = [];
        private int _start, _end;

        public bool IsEmpty => _start == _end;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public void Add(ReadOnlySpan<byte> bytes)
        {
            int held = _end - _start;
            if (_bytes.Length < held + bytes.Length)
            {
                byte[] grown = new byte[held + bytes.Length];
                _bytes.AsSpan(_start, held).CopyTo(grown);
                _bytes = grown;
            }
            else _bytes.AsSpan(_start, held).CopyTo(_bytes);
            bytes.CopyTo(_bytes.AsSpan(held));
            (_start, _end) = (0, held + bytes.Length);
        }

        public void Clear() => (_start, _end) = (0, 0);

        public override int Read(Span<byte> buffer)
        {
            int count = Math.Min(buffer.Length, _end - _start);
            _bytes.AsSpan(_start, count).CopyTo(buffer);
            _start += count;
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
