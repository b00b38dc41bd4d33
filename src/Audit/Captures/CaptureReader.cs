using System.Buffers.Binary;
using System.IO.Compression;
using Candor.Formats;

namespace Candor.Audit.Captures;

/// <summary>How a capture says which way a packet went.</summary>
public enum Direction : byte
{
    Unknown,
    In,
    Out,
}

/// <summary>A packet as the capture has it.</summary>
public readonly ref struct CapturedPacket
{
    /// <summary>Lent until the next one is read.</summary>
    public ReadOnlySpan<byte> Bytes { get; init; }

    /// <summary>Bytes that it had on the wire and the capture has not.</summary>
    public int Missing { get; init; }

    /// <summary>Number in the file, from 1.</summary>
    public long Frame { get; init; }

    /// <summary>Nanoseconds since 1970-01-01 UTC.</summary>
    public long Time { get; init; }

    /// <summary>Its form, as tcpdump.org numbers link types.</summary>
    public int LinkType { get; init; }

    /// <summary>Of the interface, within the file.</summary>
    public int Interface { get; init; }

    public Direction Direction { get; init; }

    /// <summary>The app's number on the phone (Android UID) where the recorder wrote it beside the packet; -1: it did not.</summary>
    public int Uid { get; init; }
}

/// <summary>Secrets that a capture brings along (pcapng, Decryption Secrets Block).</summary>
/// <param name="Type">0x544C534B: a TLS key log.</param>
/// <param name="Bytes">As they stand there.</param>
public sealed record CaptureSecrets(uint Type, ReadOnlyMemory<byte> Bytes)
{
    public const uint TlsKeyLog = 0x544C534B;
}

/// <summary>A comment in a capture that begins with "candor:" (pcapng, opt_comment); others are nobody's business.</summary>
/// <param name="Text">Cut at 255 bytes.</param>
/// <param name="Time">Of its packet, nanoseconds since 1970-01-01 UTC; 0: it is of none.</param>
/// <param name="Frame">Its packet's number; 0: it is of none.</param>
public sealed record CaptureComment(string Text, long Time, long Frame)
{
    public const string Prefix = "candor:";

    internal static bool IsMeant(string text) => text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Where the bytes of a file went; they add up to its length (of what it expands to, where it is compressed).</summary>
public struct FileSums
{
    /// <summary>Headers of the file and of its packets, padding and options.</summary>
    public long Framing { get; set; }

    /// <summary>Packets.</summary>
    public long Packets { get; set; }

    /// <summary>Blocks of pcapng that hold no packet: interfaces, names, secrets, statistics, others' own.</summary>
    public long Blocks { get; set; }

    /// <summary>What cannot be read: cut off at the end, or of an impossible length.</summary>
    public long Damaged { get; set; }

    public readonly long Total => Framing + Packets + Blocks + Damaged;
}

/// <summary>Reads a capture from its first packet to its last, in memory that does not grow with it. pcap and pcapng, either also in gzip.</summary>
public abstract class CaptureReader
{
    /// <summary>The longest packet that is taken; a longer one is counted as damaged. Ethernet's largest offloaded segments have 256 KiB.</summary>
    public const int MaxPacket = 4 << 20;

    private protected CaptureReader(ByteWindow window) => Window = window;

    private protected ByteWindow Window { get; }

    private protected FileSums Counted;

    /// <summary>"pcap", "pcapng".</summary>
    public abstract string Format { get; }

    /// <summary>Whether the file was in gzip.</summary>
    public bool Compressed { get; private init; }

    public FileSums Sums => Counted;

    /// <summary>Packets so far.</summary>
    public long Frames { get; private protected set; }

    /// <summary>What is wrong with the file, where something is; the packets before it were read.</summary>
    public string? Fault { get; private protected set; }

    /// <summary>Packets that the recorder says it lost. Null: it does not say.</summary>
    public long? Lost { get; private protected set; }

    /// <summary>Secrets so far. Those of a file that was not read to its end may come later than the packets that need them: <see cref="ReadSecrets"/>.</summary>
    public IReadOnlyList<CaptureSecrets> Secrets => SecretsFound;

    private protected List<CaptureSecrets> SecretsFound { get; } = [];

    /// <summary>Apps by their number, as far as the file has named them.</summary>
    public IReadOnlyDictionary<int, string> Apps => AppsFound;

    private protected Dictionary<int, string> AppsFound { get; } = [];

    /// <summary>Addresses with the names that the file gives them (Name Resolution Block).</summary>
    public IReadOnlyList<(Packets.Address Address, string Name)> Names => NamesFound;

    private protected List<(Packets.Address, string)> NamesFound { get; } = [];

    /// <summary>Comments for the audit, so far.</summary>
    public IReadOnlyList<CaptureComment> Comments => CommentsFound;

    private protected List<CaptureComment> CommentsFound { get; } = [];

    /// <summary>The next packet; false at the end of what can be read.</summary>
    public abstract bool TryNext(out CapturedPacket packet);

    /// <summary>Looks at the first bytes. Null: this is no capture.</summary>
    /// <param name="stream">Read from where it stands; the caller closes it.</param>
    public static CaptureReader? TryOpen(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var window = new ByteWindow(stream);
        bool compressed = window.Peek(3) is [0x1F, 0x8B, 8];
        if (compressed) window = new ByteWindow(new GZipStream(new WindowStream(window), CompressionMode.Decompress));
        var head = window.Peek(24);
        if (head.Length < 4) return null;
        if (BinaryPrimitives.ReadUInt32BigEndian(head) == PcapngReader.SectionType) return head.Length >= 12 ? new PcapngReader(window) { Compressed = compressed } : null;
        return PcapReader.Understands(head) ? new PcapReader(window) { Compressed = compressed } : null;
    }

    /// <summary>All secrets and names of apps in a file, without its packets: a first pass, so that what stands behind the packets is known before them.</summary>
    public static CaptureReader? ReadSecrets(Stream stream)
    {
        var reader = TryOpen(stream);
        if (reader is PcapngReader) while (reader.TryNext(out _)) { }
        return reader;
    }

    /// <summary>The rest of the file cannot be read.</summary>
    private protected bool Stop(string fault)
    {
        Fault ??= fault;
        Counted.Damaged += Window.Skip(long.MaxValue);
        return false;
    }

    /// <summary>The file ended, whole or not.</summary>
    private protected bool Ended()
    {
        if (Window.Broken) Fault ??= "the compression breaks off: what follows is lost";
        return false;
    }

    /// <summary>Lets gzip read on from where the first look stopped.</summary>
    private sealed class WindowStream(ByteWindow window) : ForwardStream
    {
        public override int Read(Span<byte> buffer)
        {
            var bytes = window.Peek(Math.Min(buffer.Length, 1 << 16));
            bytes.CopyTo(buffer);
            int count = bytes.Length;
            window.Take(count);
            return count;
        }
    }
}
