using System.Buffers;
using System.Security.Cryptography;
using Candor.Formats.Messages;
using Candor.Hpke;
using Microsoft.Win32.SafeHandles;

namespace Candor.Client.Records;

/// <summary>Takes in the parts of messages while an export is read: in memory as far as they are small, else in a temporary file that holds sealed bytes only.</summary>
/// <remarks>
/// <para>Hand <see cref="Open"/> to the reader, and call <see cref="Take"/> after each reading: parts opened since then are those of that
/// message. One thread reads; parts may be read by others. The temporary file of a message is sealed under a random key that is never
/// written anywhere, so what a crash leaves is noise.</para>
/// <para>Memory: at most the budget for all messages that are taken and not disposed, and some 300 KiB while a part is sealed.</para>
/// </remarks>
public sealed class PartBuffers : IDisposable
{
    /// <summary>A part longer than this goes to the file: 1 MiB.</summary>
    public const int LargestInMemory = 1 << 20;

    /// <summary>What all parts together may keep in memory: 32 MiB.</summary>
    public const long Budget = 32 << 20;

    /// <summary>Arrays for a few messages at once. A pool of its own: the shared one keeps an array of each size for every thread.</summary>
    internal static readonly ArrayPool<byte> Memory = ArrayPool<byte>.Create(LargestInMemory, maxArraysPerBucket: 8);

    private readonly string _folder;
    private readonly long _budget;
    private readonly Secret32 _key = Secret32.Generate();
    private MessageParts? _open;
    private long _used;

    /// <param name="folder">Where temporary files go; the system's folder if null.</param>
    /// <param name="budget">Bytes.</param>
    public PartBuffers(string? folder = null, long budget = Budget) => (_folder, _budget) = (folder ?? Path.GetTempPath(), budget);

    /// <summary>The stream for a part's bytes, for a reader of message exports, which disposes it at the part's end.</summary>
    public Stream Open(MessagePartInfo part)
    {
        ArgumentNullException.ThrowIfNull(part);
        _open ??= new MessageParts(this);
        return _open.Begin(part.Part);
    }

    /// <summary>The parts opened since the last call, for the message just read. The caller disposes them. Null, for a reading without a message, throws them away.</summary>
    public MessageParts Take(Message? message)
    {
        var parts = _open ?? new MessageParts(this);
        _open = null;
        if (message is null) parts.Dispose();
        return parts;
    }

    /// <summary>Disposes what was opened and not taken. Parts that were taken can no longer be read from a file.</summary>
    public void Dispose()
    {
        _open?.Dispose();
        _key.Dispose();
    }

    internal Secret32 Key => _key;

    internal bool TryReserve(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= _budget) return true;
        Interlocked.Add(ref _used, -bytes);
        return false;
    }

    internal void Return(long bytes) => Interlocked.Add(ref _used, -bytes);

    internal SafeFileHandle CreateFile() => File.OpenHandle(
        Path.Combine(_folder, $"candor-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(12))}.sealed"),
        FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Read, FileOptions.DeleteOnClose);
}
