using System.Globalization;
using System.Text;
using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http2;

/// <summary>Integers and strings of HPACK and QPACK (RFC 7541, section 5).</summary>
internal static class FieldCoding
{
    /// <summary>Longest name or value.</summary>
    public const int MaxString = 64 * 1024;

    /// <summary>An integer that begins in the low bits of the first byte. Empty or cut off: false.</summary>
    public static bool TryInteger(ref ReadOnlySpan<byte> bytes, int prefix, out int value)
    {
        value = 0;
        if (bytes.IsEmpty) return false;
        int most = (1 << prefix) - 1;
        long sum = bytes[0] & most;
        int at = 1;
        if (sum == most)
        {
            int shift = 0;
            byte next;
            do
            {
                if (at >= bytes.Length || shift > 28) return false;
                next = bytes[at++];
                sum += (long)(next & 0x7F) << shift;
                shift += 7;
            }
            while (next >= 0x80);
        }
        if (sum > int.MaxValue) return false;
        value = (int)sum;
        bytes = bytes[at..];
        return true;
    }

    /// <summary>A string whose length begins in the low bits of the first byte; the bit above them says that it is Huffman coded.</summary>
    public static bool TryString(ref ReadOnlySpan<byte> bytes, int prefix, out string value)
    {
        value = "";
        if (bytes.IsEmpty) return false;
        bool coded = (bytes[0] >> prefix & 1) != 0;
        if (!TryInteger(ref bytes, prefix, out int length) || length > bytes.Length || length > MaxString) return false;
        var text = bytes[..length];
        bytes = bytes[length..];
        if (!coded) value = Encoding.Latin1.GetString(text);
        else if (Huffman.TryDecode(text, MaxString) is { } decoded) value = decoded;
        else return false;
        return true;
    }
}

/// <summary>Fields that were said before, which the latest of has the highest number. Drops the oldest to stay within its capacity.</summary>
internal sealed class DynamicTable
{
    private const int Overhead = 32;

    private HttpField[] _fields = new HttpField[16];
    private int _start, _size;

    /// <summary>Bytes, each field counting its octets and 32 (RFC 7541, 4.1).</summary>
    public int Capacity { get; private set; }

    /// <summary>Fields in it.</summary>
    public int Count { get; private set; }

    /// <summary>Fields that were ever added: the number of the next.</summary>
    public long Added { get; private set; }

    public void Resize(int capacity)
    {
        Capacity = capacity;
        Shrink(0);
    }

    public void Add(HttpField field)
    {
        int size = field.Name.Length + field.Value.Length + Overhead;
        Added++;
        Shrink(size);
        if (size > Capacity) return;
        if (Count == _fields.Length)
        {
            var grown = new HttpField[2 * _fields.Length];
            for (int i = 0; i < Count; i++) grown[i] = _fields[(_start + i) % _fields.Length];
            (_fields, _start) = (grown, 0);
        }
        _fields[(_start + Count++) % _fields.Length] = field;
        _size += size;
    }

    /// <summary>The field that was added as that number, from 0.</summary>
    public bool TryGet(long number, out HttpField field)
    {
        long at = number - (Added - Count);
        field = default;
        if (at < 0 || at >= Count) return false;
        field = _fields[(int)((_start + at) % _fields.Length)];
        return true;
    }

    public void Clear()
    {
        while (Count > 0) Drop();
    }

    private void Shrink(int needed)
    {
        while (Count > 0 && _size + needed > Capacity) Drop();
    }

    private void Drop()
    {
        _size -= _fields[_start].Name.Length + _fields[_start].Value.Length + Overhead;
        _fields[_start] = default;
        _start = (_start + 1) % _fields.Length;
        Count--;
    }
}

/// <summary>The fields of a head as they are decoded; pseudo-fields (RFC 9113, 8.3) apart.</summary>
internal sealed class FieldList
{
    /// <summary>Most octets of all fields together: a small block can name a large field often.</summary>
    private const int MaxSize = 256 * 1024;

    private readonly List<HttpField> _fields = [];
    private string _method = "", _path = "", _authority = "", _scheme = "";
    private int _status, _size;

    /// <summary>Some fields are missing: they stand for what was said before the capture began, or are too many.</summary>
    public bool Lacks { get; private set; }

    public IReadOnlyList<HttpField> Fields => _fields;

    public bool IsFinal => _status is 0 or >= 200;

    public bool HasPseudo { get; private set; }

    public void Miss() => Lacks = true;

    public void Add(HttpField field)
    {
        _size += field.Name.Length + field.Value.Length + 32;
        if (_size > MaxSize)
        {
            Lacks = true;
            return;
        }
        if (!field.Name.StartsWith(':'))
        {
            _fields.Add(field);
            return;
        }
        HasPseudo = true;
        switch (field.Name)
        {
            case ":method": _method = field.Value; break;
            case ":path": _path = field.Value; break;
            case ":authority": _authority = field.Value; break;
            case ":scheme": _scheme = field.Value; break;
            case ":status": _status = int.TryParse(field.Value, NumberStyles.None, CultureInfo.InvariantCulture, out int status) && status < 1000 ? status : UnknownStatus; break;
            default: _fields.Add(field); break;
        }
    }

    /// <summary>Of an answer whose status the capture does not have.</summary>
    public const int UnknownStatus = -1;

    /// <param name="version">"2" or "3".</param>
    /// <param name="request">A request, not an answer.</param>
    /// <param name="wireBytes">Of the compressed block.</param>
    public HttpHead ToHead(string version, bool request, int wireBytes)
    {
        string authority = _authority;
        for (int i = 0; authority.Length == 0 && i < _fields.Count; i++)
        {
            if (_fields[i].Name == "host") authority = _fields[i].Value;
        }
        return new HttpHead
        {
            Version = version,
            Method = request ? _method : "",
            Target = !request ? "" : _path.Length == 0 && _method == "CONNECT" ? _authority : _path,
            Authority = request ? authority : "",
            Scheme = _scheme.Length == 0 ? "https" : _scheme,
            Status = request ? 0 : _status == 0 ? UnknownStatus : _status,
            Fields = _fields,
            WireBytes = wireBytes,
        };
    }
}
