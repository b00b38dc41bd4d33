using System.Buffers.Binary;
using System.Text;
using Candor.Audit.Packets;

namespace Candor.Audit.Where;

/// <summary>Ranges of addresses with a word each, read where they lie: a look reads a few hundred bytes of the file and nothing is unpacked before.</summary>
/// <remarks>
/// <para>
/// The file: a line "candor-ranges 1", lines "key: value" (name, date, says, licence, credit, from), an empty line; then three times three numbers (u32, little-endian): how many, bytes of the index, bytes of the data, for the words, for
/// IPv4 and for IPv6; then the index and the data of each, in that order. Words: an index of n + 1 offsets (u32), the data is their UTF-8 joined.
/// </para>
/// <para>
/// Ranges are cuts: from its address on a word holds, up to the next cut; word 0 is none. Each 128 cuts are a block. The index has the address of its first cut (16 bytes, little-endian) and where its data begins (u32). The data has the
/// number of the first cut's word, then for each further cut the gap to it and its word, all of them varints. A gap is (gap >> 4n) &lt;&lt; 3 | n in IPv4, (gap >> 8n) &lt;&lt; 4 | n in IPv6: ranges begin at round numbers. data/pack.py writes it.
/// </para>
/// <para>Every offset and length is checked: a broken file gives no answers, it throws nothing. Safe for several threads.</para>
/// </remarks>
public sealed class RangePack
{
    internal const int Block = 128;

    private const int MaxHead = 4096, IndexEntry = 20, MaxWord = 256;

    // A gap of 128 bits and its four in groups of seven, and a word's number.
    private const int MaxCut = 19 + 5;

    private readonly Stream _file;
    private readonly long _words, _texts;
    private readonly int _wordCount;
    private readonly Cuts _v4, _v6;

    private RangePack(Stream file, Dictionary<string, string> head, long words, int wordCount, long texts, Cuts v4, Cuts v6)
    {
        (_file, _words, _wordCount, _texts, _v4, _v6) = (file, words, wordCount, texts, v4, v6);
        (Name, Date, Says, Licence, Credit) = (head.GetValueOrDefault("name", ""), head.GetValueOrDefault("date", ""), head.GetValueOrDefault("says", ""), head.GetValueOrDefault("licence", ""), head.GetValueOrDefault("credit", ""));
    }

    public static ReadOnlySpan<byte> Magic => "candor-ranges 1\n"u8;

    public string Name { get; }

    /// <summary>Of the data, as its makers have it.</summary>
    public string Date { get; }

    /// <summary>"located", "registered", or "announced": the words are numbers of autonomous systems with their names.</summary>
    public string Says { get; }

    public string Licence { get; }

    /// <summary>What the licence asks for: who made it.</summary>
    public string Credit { get; }

    /// <summary>One range: where its cuts lie in the file.</summary>
    private readonly record struct Cuts(int Count, long Index, long Data, int DataLength, bool V4);

    /// <summary>Null: it is none, or its lengths do not add up to it.</summary>
    /// <param name="file">Kept open and read from; can be sought.</param>
    public static RangePack? TryOpen(Stream file)
    {
        ArgumentNullException.ThrowIfNull(file);
        byte[] start = new byte[MaxHead];
        file.Position = 0;
        int got = file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false), end = start.AsSpan(0, got).IndexOf("\n\n"u8);
        if (end < 0 || !start.AsSpan(0, got).StartsWith(Magic)) return null;
        Dictionary<string, string> head = [];
        foreach (string line in Encoding.UTF8.GetString(start, Magic.Length, Math.Max(0, end - Magic.Length)).Split('\n'))
        {
            int colon = line.IndexOf(": ", StringComparison.Ordinal);
            if (colon > 0) head[line[..colon]] = line[(colon + 2)..];
        }
        Span<byte> counts = stackalloc byte[36];
        if (!Fill(file, end + 2, counts)) return null;
        Span<uint> n = stackalloc uint[9];
        for (int i = 0; i < 9; i++) n[i] = BinaryPrimitives.ReadUInt32LittleEndian(counts[(4 * i)..]);
        long words = end + 2 + counts.Length, v4 = words + n[1] + n[2], v6 = v4 + n[4] + n[5];
        if (v6 + n[7] + n[8] != file.Length || n[0] > int.MaxValue / 4 || n[1] != 4 * (n[0] + 1L)) return null;
        for (int i = 3; i < 9; i += 3)
        {
            if (n[i] > int.MaxValue / IndexEntry || n[i + 1] != (n[i] + Block - 1L) / Block * IndexEntry || n[i + 2] > int.MaxValue) return null;
        }
        return new(file, head, words, (int)n[0], words + n[1], new((int)n[3], v4, v4 + n[4], (int)n[5], true), new((int)n[6], v6, v6 + n[7], (int)n[8], false));
    }

    /// <summary>The word that holds for an address; null: none does.</summary>
    public string? Of(Address address)
    {
        var cuts = address.IsV4 ? _v4 : _v6;
        var number = address.IsV4 ? (UInt128)(uint)(address.Low & uint.MaxValue) : new UInt128(address.High, address.Low);
        lock (_file)
        {
            int low = 0, high = (cuts.Count + Block - 1) / Block - 1;
            while (low <= high)
            {
                int middle = (low + high) / 2;
                if (Entry(cuts, middle) is not { } entry) return null;
                if (entry.First <= number) low = middle + 1;
                else high = middle - 1;
            }
            return high < 0 ? null : Word(InBlock(cuts, high, number));
        }
    }

    /// <summary>The number of the word that holds; 0: none.</summary>
    private uint InBlock(in Cuts cuts, int block, UInt128 number)
    {
        int count = Math.Min(Block, cuts.Count - block * Block);
        if (Entry(cuts, block) is not { } entry) return 0;
        long length = Math.Min(cuts.DataLength - (long)entry.At, count * MaxCut);
        if (length <= 0) return 0;
        Span<byte> bytes = stackalloc byte[Block * MaxCut];
        bytes = bytes[..(int)length];
        if (!Fill(_file, cuts.Data + entry.At, bytes) || !Varint(ref bytes, out var word)) return 0;
        var at = entry.First;
        for (int i = 1; i < count; i++)
        {
            if (!Varint(ref bytes, out var gap) || !Varint(ref bytes, out var next)) return 0;
            int shift = cuts.V4 ? 4 * (int)(gap & 7) : 8 * (int)(gap & 15);
            gap = gap >> (cuts.V4 ? 3 : 4) << shift;
            // What would go round the end of all addresses is beyond any.
            if (gap > number - at) break;
            (at, word) = (at + gap, next);
        }
        return word <= uint.MaxValue ? (uint)word : 0;
    }

    private (UInt128 First, uint At)? Entry(in Cuts cuts, int block)
    {
        Span<byte> bytes = stackalloc byte[IndexEntry];
        if (!Fill(_file, cuts.Index + (long)block * IndexEntry, bytes)) return null;
        return (BinaryPrimitives.ReadUInt128LittleEndian(bytes), BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]));
    }

    private string? Word(uint number)
    {
        if (number == 0 || number > _wordCount) return null;
        Span<byte> offsets = stackalloc byte[8];
        if (!Fill(_file, _words + 4 * (number - 1L), offsets)) return null;
        uint from = BinaryPrimitives.ReadUInt32LittleEndian(offsets), to = BinaryPrimitives.ReadUInt32LittleEndian(offsets[4..]);
        if (to <= from || to - from > MaxWord) return null;
        Span<byte> text = stackalloc byte[MaxWord];
        text = text[..(int)(to - from)];
        return Fill(_file, _texts + from, text) ? Encoding.UTF8.GetString(text) : null;
    }

    private static bool Fill(Stream file, long at, Span<byte> into)
    {
        if (at + into.Length > file.Length) return false;
        file.Position = at;
        return file.ReadAtLeast(into, into.Length, throwOnEndOfStream: false) == into.Length;
    }

    private static bool Varint(ref Span<byte> bytes, out UInt128 value)
    {
        value = 0;
        for (int i = 0; i < bytes.Length && i < MaxCut - 5; i++)
        {
            value |= (UInt128)(bytes[i] & 0x7FU) << (7 * i);
            if (bytes[i] >= 0x80) continue;
            bytes = bytes[(i + 1)..];
            return true;
        }
        return false;
    }
}
