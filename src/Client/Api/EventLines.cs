using System.Buffers.Text;

namespace Candor.Client.Api;

/// <summary>Reads a stream of server-sent events (WHATWG HTML §9.2) piece by piece: the numbers of the events named <c>changed</c>.</summary>
/// <remarks>Comments, other events and other fields are passed over. Lines end in LF, CRLF or CR.</remarks>
internal sealed class EventLines
{
    /// <summary>More than any line of ours; one that goes on longer is no event.</summary>
    private const int LongestLine = 256;

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;
    private bool _afterReturn;
    private bool _changed;
    private long? _size;

    /// <summary>Takes the next bytes, cut anywhere. False, and the reader is of no more use, for a line that is too long or a size that is none.</summary>
    /// <param name="bytes">What came.</param>
    /// <param name="sizes">Of the events that ended in these bytes.</param>
    public bool TryTake(ReadOnlySpan<byte> bytes, out IReadOnlyList<long> sizes)
    {
        var ended = new List<long>();
        sizes = ended;
        foreach (byte b in bytes)
        {
            bool secondOfTwo = b == '\n' && _afterReturn;
            _afterReturn = b == '\r';
            if (secondOfTwo) continue;
            if (b is (byte)'\n' or (byte)'\r')
            {
                if (!Line(_line.AsSpan(0, _length), ended)) return false;
                _length = 0;
                continue;
            }
            if (_length == LongestLine) return false;
            _line[_length++] = b;
        }
        return true;
    }

    private bool Line(ReadOnlySpan<byte> line, List<long> ended)
    {
        if (line.IsEmpty)
        {
            if (_changed && _size is { } size) ended.Add(size);
            (_changed, _size) = (false, null);
            return true;
        }
        if (Value(line, "event:"u8, out var name)) _changed = name.SequenceEqual("changed"u8);
        if (!Value(line, "data:"u8, out var data)) return true;
        bool digits = !data.ContainsAnyExceptInRange((byte)'0', (byte)'9');
        bool number = Utf8Parser.TryParse(data, out long read, out int used) && digits && used == data.Length;
        _size = number ? read : null;
        return number || !_changed;
    }

    /// <summary>What follows the field's colon, without the one space that may stand there.</summary>
    private static bool Value(ReadOnlySpan<byte> line, ReadOnlySpan<byte> field, out ReadOnlySpan<byte> value)
    {
        value = line.StartsWith(field) ? line[field.Length..] : default;
        if (!line.StartsWith(field)) return false;
        if (value.StartsWith(" "u8)) value = value[1..];
        return true;
    }
}
