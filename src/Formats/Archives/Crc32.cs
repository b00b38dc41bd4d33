using System.Runtime.InteropServices;

namespace Candor.Formats.Archives;

/// <summary>CRC-32 as zip, gzip and PNG use it (reflected 0xEDB88320), eight bytes at a step. Finds accidents, not attackers.</summary>
/// <remarks>Own code because the framework ships CRC-32 in a package of its own only, and this is all that would be used of it.</remarks>
internal static class Crc32
{
    private static readonly uint[] Tables = BuildTables();

    /// <summary>Continues <paramref name="crc"/> (0 to start) over <paramref name="bytes"/>.</summary>
    internal static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        uint[] t = Tables;
        crc = ~crc;
        ReadOnlySpan<ulong> words = BitConverter.IsLittleEndian ? MemoryMarshal.Cast<byte, ulong>(bytes) : [];
        foreach (ulong word in words)
        {
            ulong x = word ^ crc;
            crc = t[(int)(x >> 56)] ^ t[0x100 + (int)((x >> 48) & 0xff)]
                ^ t[0x200 + (int)((x >> 40) & 0xff)] ^ t[0x300 + (int)((x >> 32) & 0xff)]
                ^ t[0x400 + (int)((x >> 24) & 0xff)] ^ t[0x500 + (int)((x >> 16) & 0xff)]
                ^ t[0x600 + (int)((x >> 8) & 0xff)] ^ t[0x700 + (int)(x & 0xff)];
        }
        foreach (byte b in bytes[(words.Length * 8)..])
            crc = t[(crc ^ b) & 0xff] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] BuildTables()
    {
        var t = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            uint c = i;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            t[i] = c;
        }
        for (int k = 1; k < 8; k++)
        {
            for (int i = 0; i < 256; i++)
            {
                uint before = t[((k - 1) * 256) + i];
                t[(k * 256) + i] = t[before & 0xff] ^ (before >> 8);
            }
        }
        return t;
    }
}
