using System.Globalization;
using System.Text;
using Candor.Audit.Packets;

namespace Candor.Audit.Where;

/// <summary>A MaxMind DB (its specification, 2.0): a tree over address bits, and values behind it. Read as far as a country needs.</summary>
/// <remarks>Every offset is checked and nesting is bounded: a broken file gives no answers, it throws nothing.</remarks>
internal sealed class MaxMindFile : CountrySource
{
    private const int MaxDepth = 12, Separator = 16;

    private readonly byte[] _file;
    private readonly int _nodes, _bits, _data, _end;
    private readonly bool _v6;

    private MaxMindFile(byte[] file, int nodes, int bits, bool v6, int end, string? date)
    {
        (_file, _nodes, _bits, _v6, _end, OwnDate) = (file, nodes, bits, v6, end, date);
        _data = nodes * (bits / 4) + Separator;
    }

    public static MaxMindFile? TryOpen(byte[] file)
    {
        ReadOnlySpan<byte> marker = [0xAB, 0xCD, 0xEF, .. "MaxMind.com"u8];
        int at = file.AsSpan(Math.Max(0, file.Length - (128 << 10))).LastIndexOf(marker);
        if (at < 0) return null;
        at += Math.Max(0, file.Length - (128 << 10));
        int start = at + marker.Length;
        var meta = new Values(file, start, file.Length, start);
        long nodes = meta.Number(start, "node_count"), bits = meta.Number(start, "record_size"), version = meta.Number(start, "ip_version"), epoch = meta.Number(start, "build_epoch");
        if (nodes is <= 0 or > 1 << 28 || bits is not (24 or 28 or 32) || version is not (4 or 6) || nodes * (bits / 4) + Separator > at) return null;
        string? date = epoch is > 0 and < 253402300799 ? DateTimeOffset.FromUnixTimeSeconds(epoch).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null;
        return new(file, (int)nodes, (int)bits, version == 6, at, date);
    }

    public override string? Of(Address address)
    {
        if (!_v6 && !address.IsV4) return null;
        // IPv4 stands at ::/96 in a tree of IPv6.
        ulong high = address.IsV4 ? 0 : address.High, low = address.IsV4 ? address.Low & uint.MaxValue : address.Low;
        long node = 0;
        for (int bit = _v6 ? 0 : 96; bit < 128 && node < _nodes; bit++)
        {
            bool one = bit < 64 ? (high >> (63 - bit) & 1) != 0 : (low >> (127 - bit) & 1) != 0;
            node = Record((int)node, one);
        }
        if (node <= _nodes) return null;
        long at = node - _nodes - Separator + _data;
        if (at < _data || at >= _end) return null;
        var values = new Values(_file, _data, _end, (int)at);
        string? code = values.Word((int)at, "country_code") ?? values.Nested((int)at, "country", "iso_code") ?? values.Nested((int)at, "registered_country", "iso_code");
        return code is { Length: 2 } && char.IsAsciiLetter(code[0]) && char.IsAsciiLetter(code[1]) ? code.ToUpperInvariant() : null;
    }

    private long Record(int node, bool right)
    {
        int size = _bits / 4, at = node * size;
        var bytes = _file.AsSpan(at, size);
        return _bits switch
        {
            24 => right ? bytes[3] << 16 | bytes[4] << 8 | bytes[5] : bytes[0] << 16 | bytes[1] << 8 | bytes[2],
            28 => right ? (long)(bytes[3] & 0x0F) << 24 | (long)bytes[4] << 16 | (long)bytes[5] << 8 | bytes[6] : (long)(bytes[3] >> 4) << 24 | (long)bytes[0] << 16 | (long)bytes[1] << 8 | bytes[2],
            _ => System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(right ? bytes[4..] : bytes),
        };
    }

    /// <summary>Values of the data section; pointers are relative to <paramref name="origin"/>.</summary>
    private readonly struct Values(byte[] file, int origin, int end, int start)
    {
        private const int MaxKeys = 256;

        public long Number(int map, string key) => Find(map, key) is { } at && Head(at, 0, out int type, out int size, out int body) && type is 5 or 6 or 9 && size <= 8 && body + size <= end ? Big(body, size) : 0;

        public string? Word(int map, string key) => Find(map, key) is { } at ? Text(at) : null;

        public string? Nested(int map, string key, string inner) => Find(map, key) is { } at ? Word(at, inner) : null;

        private string? Text(int at) => Head(at, 0, out int type, out int size, out int body) && type == 2 && size <= 64 && body + size <= end ? Encoding.UTF8.GetString(file, body, size) : null;

        private long Big(int at, int size)
        {
            ulong number = 0;
            for (int i = 0; i < size; i++) number = number << 8 | file[at + i];
            return number > long.MaxValue ? 0 : (long)number;
        }

        private int? Find(int map, string key)
        {
            if (!Head(map, 0, out int type, out int count, out int at) || type != 7) return null;
            for (int i = 0; i < count && i < MaxKeys; i++)
            {
                string? name = Text(at);
                if (!Skip(ref at, 0)) return null;
                if (name == key) return at;
                if (!Skip(ref at, 0)) return null;
            }
            return null;
        }

        /// <summary>Type and size of the value at an offset, pointers followed.</summary>
        private bool Head(int at, int depth, out int type, out int size, out int body)
        {
            (type, size, body) = (0, 0, at);
            if (depth > MaxDepth || at < start && at < origin || at < 0 || at >= end) return false;
            type = file[at] >> 5;
            if (type == 1) return Pointer(at, out int to, out _) && Head(to, depth + 1, out type, out size, out body);
            return Plain(at, out type, out size, out body);
        }

        private bool Plain(int at, out int type, out int size, out int body)
        {
            (type, size, body) = (file[at] >> 5, file[at] & 0x1F, at + 1);
            if (type == 0)
            {
                if (body >= end) return false;
                type = file[body++] + 7;
            }
            int more = size - 28;
            if (more <= 0) return true;
            if (body + more > end) return false;
            size = (more == 1 ? 29 : more == 2 ? 285 : 65821) + (int)Big(body, more);
            body += more;
            return true;
        }

        private bool Pointer(int at, out int to, out int length)
        {
            int kind = file[at] >> 3 & 3, low = file[at] & 7;
            (to, length) = (0, kind + 2);
            if (at + length > end) return false;
            long offset = kind == 3 ? Big(at + 1, 4) : ((long)low << 8 * (kind + 1) | Big(at + 1, kind + 1)) + (kind == 1 ? 2048 : kind == 2 ? 526336 : 0);
            if (offset > end - origin) return false;
            to = origin + (int)offset;
            return true;
        }

        private bool Skip(ref int at, int depth)
        {
            if (depth > MaxDepth || at < 0 || at >= end) return false;
            if (file[at] >> 5 == 1)
            {
                bool read = Pointer(at, out _, out int length);
                at += length;
                return read;
            }
            if (!Plain(at, out int type, out int size, out int body)) return false;
            at = body;
            if (type is 7 or 11)
            {
                for (int i = 0; i < (type == 7 ? size * 2L : size); i++)
                {
                    if (i > MaxKeys || !Skip(ref at, depth + 1)) return false;
                }
                return true;
            }
            if (type == 14) return true; // True or false: the size is the value.
            if (size > end - at) return false;
            at += size;
            return true;
        }
    }
}
