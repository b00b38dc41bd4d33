using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using ZstdSharp;

namespace Candor.Audit.Bodies;

internal enum CompressionKind : byte
{
    Gzip,
    Zlib,
    Deflate,
    Brotli,
    Zstd,
}

/// <summary>Expands compressed bytes, to a limit, and keeps what came before an error.</summary>
internal static class Compression
{
    /// <summary>What a guess may make before it is looked at.</summary>
    public const int GuessRoom = 64 * 1024;

    private const int ZstdWindowBits = 23;

    public static CompressionKind? Named(string name) => name switch
    {
        "gzip" or "x-gzip" => CompressionKind.Gzip,
        "deflate" => CompressionKind.Zlib,
        "br" => CompressionKind.Brotli,
        "zstd" => CompressionKind.Zstd,
        _ => null,
    };

    public static string Name(CompressionKind kind) => kind switch
    {
        CompressionKind.Gzip => "gzip",
        CompressionKind.Zlib => "zlib",
        CompressionKind.Deflate => "deflate",
        CompressionKind.Brotli => "brotli",
        _ => "zstd",
    };

    /// <summary>RFC 1952, 2.3.1; RFC 1950, 2.2 with its check and without a preset dictionary; RFC 8878, 3.1.1.</summary>
    public static CompressionKind? ByMagic(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x1F, 0x8B, 0x08, ..] => CompressionKind.Gzip,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => CompressionKind.Zstd,
        [var cmf, var flg, ..] when (cmf & 0x0F) == 8 && cmf <= 0x78 && ((cmf << 8) + flg) % 31 == 0 && (flg & 0x20) == 0 => CompressionKind.Zlib,
        _ => null,
    };

    /// <summary>Whether the first bytes may be of a form that has no magic: what a first block of deflate says of itself, or a start that brotli's decoder goes on with.</summary>
    public static bool MayBe(CompressionKind kind, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 5) return false;
        if (kind == CompressionKind.Brotli)
        {
            Span<byte> made = stackalloc byte[64];
            using var decoder = new BrotliDecoder();
            return decoder.Decompress(bytes, made, out _, out int written) != OperationStatus.InvalidData && written > 0 && made[..written].IndexOfAnyInRange((byte)0, (byte)8) < 0;
        }
        return DeflateStart.MayBe(bytes);
    }

    /// <summary>What the bytes hold, at most <paramref name="room"/> bytes; empty where they are not of this kind.</summary>
    /// <param name="kind">How they are compressed. <see cref="CompressionKind.Zlib"/> takes raw deflate too, as browsers do for "deflate".</param>
    /// <param name="bytes">The compressed bytes; what stands behind their end is not looked at.</param>
    /// <param name="room">Bytes to make at most.</param>
    /// <param name="cut">There was more, or an error after the bytes that are returned.</param>
    public static byte[] Expand(CompressionKind kind, ReadOnlyMemory<byte> bytes, int room, out bool cut)
    {
        byte[] made = Once(kind, bytes, room, out cut);
        return made.Length == 0 && kind == CompressionKind.Zlib ? Once(CompressionKind.Deflate, bytes, room, out cut) : made;
    }

    private static byte[] Once(CompressionKind kind, ReadOnlyMemory<byte> bytes, int room, out bool cut)
    {
        cut = false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Clamp(room, 1, 16 * 1024));
        using var made = new MemoryStream();
        try
        {
            if (kind == CompressionKind.Brotli) return Brotli(bytes.Span, room, buffer, made, out cut);
            var array = MemoryMarshal.TryGetArray(bytes, out var segment) ? segment : new ArraySegment<byte>(bytes.ToArray());
            using var source = new MemoryStream(array.Array!, array.Offset, array.Count, writable: false);
            using var stream = Open(kind, source);
            while (made.Length < room)
            {
                int count = stream.Read(buffer, 0, (int)Math.Min(buffer.Length, room - made.Length));
                if (count == 0) return made.ToArray();
                made.Write(buffer, 0, count);
            }
            cut = stream.Read(buffer, 0, 1) > 0;
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException or ZstdException or InvalidOperationException or ArgumentException or OverflowException or IndexOutOfRangeException or NotSupportedException)
        {
            cut = true;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return made.ToArray();
    }

    /// <summary>As <see cref="Once"/>: nearly all that is tried is no brotli, and this says so without an exception.</summary>
    private static byte[] Brotli(ReadOnlySpan<byte> bytes, int room, byte[] buffer, MemoryStream made, out bool cut)
    {
        using var decoder = new BrotliDecoder();
        OperationStatus status;
        do
        {
            status = decoder.Decompress(bytes, buffer.AsSpan(0, (int)Math.Min(buffer.Length, room - made.Length)), out int consumed, out int written);
            bytes = bytes[consumed..];
            made.Write(buffer, 0, written);
        } while (status == OperationStatus.DestinationTooSmall && made.Length < room);
        cut = status != OperationStatus.Done;
        return made.ToArray();
    }

    private static Stream Open(CompressionKind kind, Stream source)
    {
        switch (kind)
        {
            case CompressionKind.Gzip: return new GZipStream(source, CompressionMode.Decompress);
            case CompressionKind.Zlib: return new ZLibStream(source, CompressionMode.Decompress);
            case CompressionKind.Deflate: return new DeflateStream(source, CompressionMode.Decompress);
            default:
                var zstd = new DecompressionStream(source);
                zstd.SetParameter(ZstdSharp.Unsafe.ZSTD_dParameter.ZSTD_d_windowLogMax, ZstdWindowBits);
                return zstd;
        }
    }
}
