using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Candor.Audit.Packets;

namespace Candor.Audit.Layers.Dns;

/// <summary>A name that was asked for.</summary>
/// <param name="Name">Labels with dots between; what is no printable ASCII, and a dot within a label, as \ddd. "." is the root.</param>
/// <param name="Type">1 A, 28 AAAA, 65 HTTPS and so on.</param>
public readonly record struct DnsQuestion(string Name, int Type);

/// <summary>What is read of a message of DNS (RFC 1035): questions, and the addresses that its answer gives.</summary>
/// <param name="Answer">It is an answer.</param>
/// <param name="Status">The answer's: 0 for a good one, 3 for a name that there is not.</param>
/// <param name="Questions">At most 8.</param>
/// <param name="Addresses">Of records A and AAAA, by the name that was asked for rather than the alias it leads to; at most 64.</param>
/// <param name="Read">Bytes understood; what follows them belongs to no record.</param>
public sealed record DnsMessage(bool Answer, int Status, IReadOnlyList<DnsQuestion> Questions, IReadOnlyList<Address> Addresses, int Read)
{
    private const int HeaderSize = 12, MaxQuestions = 8, MaxRecords = 256, MaxAddresses = 64, MaxName = 255, MaxJumps = 32;

    /// <summary>Reads as far as the message makes sense; null if not even its header and first question do.</summary>
    public static DnsMessage? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeaderSize) return null;
        int flags = BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]), questions = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        int records = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]) + BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]) + BinaryPrimitives.ReadUInt16BigEndian(bytes[10..]);
        int at = HeaderSize;
        List<DnsQuestion> asked = [];
        for (int i = 0; i < questions; i++)
        {
            if (asked.Count == MaxQuestions || ReadName(bytes, ref at) is not { } name || bytes.Length - at < 4) return asked.Count == 0 ? null : new(flags >= 0x8000, flags & 15, asked, [], at);
            asked.Add(new(name, BinaryPrimitives.ReadUInt16BigEndian(bytes[at..])));
            at += 4;
        }
        List<Address> addresses = [];
        for (int i = 0; i < Math.Min(records, MaxRecords); i++)
        {
            int start = at;
            if (ReadName(bytes, ref at) is null || bytes.Length - at < 10) return new(flags >= 0x8000, flags & 15, asked, addresses, start);
            int type = BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]), length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 8)..]);
            at += 10;
            if (bytes.Length - at < length) return new(flags >= 0x8000, flags & 15, asked, addresses, start);
            if (addresses.Count < MaxAddresses && (type == 1 && length == 4 || type == 28 && length == 16)) addresses.Add(Address.Of(bytes.Slice(at, length)));
            at += length;
        }
        return questions == 0 && records == 0 ? null : new(flags >= 0x8000, flags & 15, asked, addresses, at);
    }

    /// <summary>A name, with pointers to earlier bytes followed; null if it leads nowhere.</summary>
    private static string? ReadName(ReadOnlySpan<byte> bytes, ref int at)
    {
        var text = new StringBuilder();
        int here = at, length = 0, jumps = 0;
        bool jumped = false;
        while (true)
        {
            if (here >= bytes.Length) return null;
            int label = bytes[here];
            if (label >= 0xC0)
            {
                if (here + 1 >= bytes.Length || ++jumps > MaxJumps) return null;
                int to = (label & 0x3F) << 8 | bytes[here + 1];
                if (!jumped) at = here + 2;
                jumped = true;
                if (to >= here) return null;
                here = to;
                continue;
            }
            if (label > 63) return null;
            here++;
            if (label == 0) break;
            length += label + 1;
            if (length > MaxName || here + label > bytes.Length) return null;
            if (text.Length > 0) text.Append('.');
            foreach (byte b in bytes.Slice(here, label))
            {
                if (b is > 0x20 and < 0x7F and not (byte)'.' and not (byte)'\\') text.Append((char)b);
                else text.Append(CultureInfo.InvariantCulture, $"\\{b:D3}");
            }
            here += label;
        }
        if (!jumped) at = here;
        return text.Length == 0 ? "." : text.ToString();
    }
}
