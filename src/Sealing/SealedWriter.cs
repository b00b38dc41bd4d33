using System.Security.Cryptography;
using Candor.Hpke;

namespace Candor.Sealing;

/// <summary>
/// Seals a message of unknown length as it is written: plaintext in, Cobblestone-256 out to another stream. The bytes are those of
/// <see cref="Cobblestone.Seal"/>.
/// </summary>
/// <remarks>
/// <para>Call <see cref="Complete"/> or <see cref="CompleteAsync"/> at the end. Without it the message has no last chunk and opens
/// nowhere: so a writer that is disposed because something failed never leaves a shortened message that looks whole.</para>
/// <para>One thread at a time. Holds 272 KiB, whatever the length. Does not dispose the output.</para>
/// </remarks>
#pragma warning disable CA1710 // A stream one way only, and the counterpart of SealedReader.
public sealed class SealedWriter : Stream
#pragma warning restore CA1710
{
    /// <summary>Chunks sealed before they are written out together.</summary>
    private const int ChunksPerWrite = 16;

    private readonly Stream _output;
    private readonly ChunkCipher _cipher;
    private readonly byte[] _plain = GC.AllocateArray<byte>(Cobblestone.ChunkSize, pinned: true);
    private readonly byte[] _sealed = new byte[Cobblestone.HeaderSize + (ChunksPerWrite * Cobblestone.SealedChunkSize)];
    private int _plainLength;
    private int _sealedLength;
    private long _chunk;
    private bool _ended;

    /// <summary>Nothing is written before the first 256 KiB are full, the message is complete, or <see cref="Flush"/>.</summary>
    public SealedWriter(Secret32 key, ReadOnlySpan<byte> context, Stream output)
        : this(key, context, RandomNumberGenerator.GetBytes(Cobblestone.SaltSize), output)
    {
    }

    /// <summary>With a salt given, for vectors.</summary>
    internal SealedWriter(Secret32 key, ReadOnlySpan<byte> context, ReadOnlySpan<byte> salt, Stream output)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _cipher = ChunkCipher.ForSealing(key, context, salt, _sealed.AsSpan(0, Cobblestone.HeaderSize));
        _sealedLength = Cobblestone.HeaderSize;
    }

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => !_ended;

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Absorb(buffer)..];
            if (IsFull) Flush();
        }
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            buffer = buffer[Absorb(buffer.Span)..];
            if (IsFull) await FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void WriteByte(byte value) => Write([value]);

    /// <summary>Hands on the chunks that are full. What is left of the plaintext waits for more, or for <see cref="Complete"/>.</summary>
    public override void Flush()
    {
        _output.Write(_sealed, 0, _sealedLength);
        _sealedLength = 0;
    }

    /// <inheritdoc cref="Flush"/>
    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _output.WriteAsync(_sealed.AsMemory(0, _sealedLength), cancellationToken).ConfigureAwait(false);
        _sealedLength = 0;
    }

    /// <summary>Seals and writes the last chunk. Nothing can be written after it.</summary>
    public void Complete()
    {
        SealLast();
        Flush();
    }

    /// <inheritdoc cref="Complete"/>
    public Task CompleteAsync(CancellationToken cancellationToken = default)
    {
        SealLast();
        return FlushAsync(cancellationToken);
    }

    private bool IsFull => _sealed.Length - _sealedLength < Cobblestone.SealedChunkSize;

    /// <summary>Takes in at most one chunk, and seals it when it is whole. Returns how much it took: more than nothing.</summary>
    private int Absorb(ReadOnlySpan<byte> input)
    {
        RefuseIfEnded();
        if (_plainLength == 0 && input.Length >= Cobblestone.ChunkSize)
        {
            SealChunk(input[..Cobblestone.ChunkSize]);
            return Cobblestone.ChunkSize;
        }

        int taken = Math.Min(input.Length, Cobblestone.ChunkSize - _plainLength);
        input[..taken].CopyTo(_plain.AsSpan(_plainLength));
        _plainLength += taken;
        if (_plainLength == Cobblestone.ChunkSize)
        {
            SealChunk(_plain);
            _plainLength = 0;
        }

        return taken;
    }

    private void SealLast()
    {
        RefuseIfEnded();
        SealChunk(_plain.AsSpan(0, _plainLength));
        _ended = true;
    }

    /// <summary>There is room: a write flushes as soon as there is not.</summary>
    private void SealChunk(ReadOnlySpan<byte> plain)
    {
        int length = plain.Length + Cobblestone.TagSize;
        _cipher.Seal(_chunk, plain, _sealed.AsSpan(_sealedLength, length));
        _chunk++;
        _sealedLength += length;
    }

    private void RefuseIfEnded()
    {
        if (_ended) throw new InvalidOperationException("The message is complete.");
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _ended = true;
            _cipher.Dispose();
            CryptographicOperations.ZeroMemory(_plain);
        }

        base.Dispose(disposing);
    }

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
