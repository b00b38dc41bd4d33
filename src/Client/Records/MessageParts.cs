using System.Numerics;
using Candor.Formats;
using Candor.Sealing;
using Microsoft.Win32.SafeHandles;

namespace Candor.Client.Records;

/// <summary>The parts of one message, as they came: data, or base64 text from where it was not canonical on. Dispose it when their files are uploaded.</summary>
public sealed class MessageParts : IDisposable
{
    private const int FirstBuffer = 4096;

    private readonly PartBuffers _buffers;
    private readonly List<Part> _parts = [];
    private SafeFileHandle? _file;
    private long _fileLength;

    internal MessageParts(PartBuffers buffers) => _buffers = buffers;

    /// <summary>A part's bytes from the start.</summary>
    /// <param name="index">The part's place in the message.</param>
    /// <exception cref="IOException">The temporary file was changed or is gone.</exception>
    /// <exception cref="ArgumentException">No bytes came for that part.</exception>
    public Stream OpenPart(int index) => _parts.FindLast(p => p.Index == index)?.Read() ?? throw new ArgumentException("The part has no data.", nameof(index));

    internal Stream Begin(int index)
    {
        var part = new Part(this, index);
        _parts.Add(part);
        return part;
    }

    public void Dispose()
    {
        foreach (var part in _parts) part.Forget();
        _file?.Dispose();
        _file = null;
    }

    /// <summary>What one part is written to. Its own dispose ends the writing and keeps the bytes.</summary>
    private sealed class Part(MessageParts message, int index) : WriteOnlyStream
    {
        private byte[] _memory = [];
        private int _reserved;
        private int _length;
        private bool _isForgotten;
        private SealedWriter? _writer;
        private long _start = -1;
        private long _sealedLength;

        public int Index => index;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (_writer is null && !Room(buffer.Length)) Spill();
            if (_writer is not null)
            {
                _writer.Write(buffer);
                return;
            }
            buffer.CopyTo(_memory.AsSpan(_length));
            _length += buffer.Length;
        }

        private bool Room(int more)
        {
            long wanted = (long)_length + more;
            if (wanted <= _memory.Length) return true;
            if (wanted > PartBuffers.LargestInMemory) return false;
            int larger = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(FirstBuffer, wanted));
            if (!message._buffers.TryReserve(larger)) return false;
            byte[] memory = PartBuffers.Memory.Rent(larger);
            _memory.AsSpan(0, _length).CopyTo(memory);
            DropMemory();
            (_memory, _reserved) = (memory, larger);
            return true;
        }

        /// <summary>From here on everything goes to the file, sealed, beginning with what was in memory.</summary>
        private void Spill()
        {
            var file = message._file ??= message._buffers.CreateFile();
            _start = message._fileLength;
            _writer = new SealedWriter(message._buffers.Key, default, new FileEnd(message, file));
            _writer.Write(_memory.AsSpan(0, _length));
            DropMemory();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && _writer is { } writer)
            {
                writer.Complete();
                writer.Dispose();
                _sealedLength = message._fileLength - _start;
                _writer = null;
            }
            base.Dispose(disposing);
        }

        public Stream Read()
        {
            ObjectDisposedException.ThrowIf(_isForgotten, message);
            if (_start < 0) return new MemoryStream(_memory, 0, _length, writable: false);
            var file = message._file!;
            var result = SealedReader.Open(
                message._buffers.Key, default, _sealedLength, (offset, destination) => ReadFully(file, destination, _start + offset), out var reader);
            return result == OpenResult.Opened && reader is not null ? new SealedPartStream(reader) : throw SealedPartStream.Gone(result);
        }

        private static int ReadFully(SafeFileHandle file, Span<byte> destination, long offset)
        {
            int done = 0;
            while (done < destination.Length && RandomAccess.Read(file, destination[done..], offset + done) is > 0 and var n) done += n;
            return done;
        }

        public void Forget()
        {
            _isForgotten = true;
            _writer?.Dispose();
            DropMemory();
        }

        private void DropMemory()
        {
            message._buffers.Return(_reserved);
            // Cleared: what was a person's picture must not be found in the next array's tail.
            if (_memory.Length > 0) PartBuffers.Memory.Return(_memory, clearArray: true);
            (_memory, _reserved) = ([], 0);
        }
    }

    /// <summary>Appends to the message's file.</summary>
    private sealed class FileEnd(MessageParts message, SafeFileHandle file) : WriteOnlyStream
    {
        public override void Write(ReadOnlySpan<byte> buffer)
        {
            RandomAccess.Write(file, buffer, message._fileLength);
            message._fileLength += buffer.Length;
        }
    }
}
