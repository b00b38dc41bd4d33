using System.Buffers.Binary;
using System.Text;
using Candor.Audit.Packets;
using Candor.Audit.Where;

namespace Candor.Fuzz;

/// <summary>Writes small files of ranges, as data/pack.py writes large ones.</summary>
public static class RangePackSeed
{
    /// <param name="says">"located", "registered", "announced".</param>
    /// <param name="ranges">From which address on which word holds; "" for none. In order, IPv4 apart from IPv6.</param>
    public static byte[] Of(string says, params (string From, string Word)[] ranges)
    {
        string[] words = [.. ranges.Select(r => r.Word).Where(w => w.Length > 0).Distinct()];
        byte[][] texts = [.. words.Select(Encoding.UTF8.GetBytes)];
        int[] offsets = [.. Enumerable.Range(0, texts.Length + 1).Select(i => texts.Take(i).Sum(t => t.Length))];
        var all = ranges.Select(r => (Address: Address.TryRead(r.From)!.Value, Word: Array.IndexOf(words, r.Word) + 1)).ToList();
        (int Count, byte[] Index, byte[] Data)[] parts = [(words.Length, [.. offsets.SelectMany(o => U32(o))], [.. texts.SelectMany(t => t)]), Family([.. all.Where(a => a.Address.IsV4)], true), Family([.. all.Where(a => !a.Address.IsV4)], false)];
        return [.. Encoding.UTF8.GetBytes($"candor-ranges 1\nname: Small\ndate: 2026-06-01\nsays: {says}\nlicence: CC0-1.0\ncredit: nobody\n\n"), .. parts.SelectMany(p => (byte[])[.. U32(p.Count), .. U32(p.Index.Length), .. U32(p.Data.Length)]), .. parts.SelectMany(p => (byte[])[.. p.Index, .. p.Data])];
    }

    private static (int, byte[], byte[]) Family((Address Address, int Word)[] cuts, bool v4)
    {
        List<byte> index = [], data = [];
        UInt128 before = 0;
        for (int i = 0; i < cuts.Length; i++)
        {
            var at = v4 ? (uint)(cuts[i].Address.Low & uint.MaxValue) : new UInt128(cuts[i].Address.High, cuts[i].Address.Low);
            if (i % RangePack.Block == 0)
            {
                byte[] first = new byte[16];
                BinaryPrimitives.WriteUInt128LittleEndian(first, at);
                index.AddRange([.. first, .. U32(data.Count)]);
            }
            else
            {
                int unit = v4 ? 4 : 8, times = 0;
                while (times < (v4 ? 7 : 15) && (at - before) % (UInt128.One << (unit * (times + 1))) == 0) times++;
                data.AddRange(Varint((at - before) >> (unit * times) << (v4 ? 3 : 4) | (uint)times));
            }
            before = at;
            data.AddRange(Varint((uint)cuts[i].Word));
        }
        return (cuts.Length, [.. index], [.. data]);
    }

    private static byte[] U32(int number) => [(byte)(number & 0xFF), (byte)(number >> 8 & 0xFF), (byte)(number >> 16 & 0xFF), (byte)(number >> 24)];

    private static List<byte> Varint(UInt128 number)
    {
        List<byte> bytes = [];
        for (; number >= 128; number >>= 7) bytes.Add((byte)(number & 127 | 128));
        bytes.Add((byte)number);
        return bytes;
    }
}
