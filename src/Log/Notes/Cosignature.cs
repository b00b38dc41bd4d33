using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Candor.Log;

/// <summary>The bytes of a cosignature/v1 (C2SP tlog-cosignature): 8 bytes of time, big-endian, then an Ed25519 signature.</summary>
internal static class Cosignature
{
    internal const int Ed25519Size = 64;

    private const int TimeSize = sizeof(long);

    /// <summary>What is signed: <c>cosignature/v1</c>, <c>time</c> and seconds, a line each, then the checkpoint's whole text.</summary>
    internal static byte[] Message(ReadOnlySpan<byte> text, long time) =>
        [.. Encoding.ASCII.GetBytes($"cosignature/v1\ntime {time.ToString(CultureInfo.InvariantCulture)}\n"), .. text];

    internal static byte[] Join(long time, ReadOnlySpan<byte> ed25519)
    {
        var bytes = new byte[TimeSize + ed25519.Length];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time);
        ed25519.CopyTo(bytes.AsSpan(TimeSize));
        return bytes;
    }

    /// <summary>False unless it is 72 bytes and the time is at most 2^63 - 1.</summary>
    internal static bool TrySplit(ReadOnlySpan<byte> bytes, out long time, out ReadOnlySpan<byte> ed25519)
    {
        time = 0;
        ed25519 = default;
        if (bytes.Length != TimeSize + Ed25519Size) return false;
        time = BinaryPrimitives.ReadInt64BigEndian(bytes);
        ed25519 = bytes[TimeSize..];
        return time >= 0;
    }
}
