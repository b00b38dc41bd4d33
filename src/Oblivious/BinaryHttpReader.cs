using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Candor.Oblivious;

/// <summary>Reads the parts of a binary HTTP message one after the other. Every method is total; what it keeps is never longer than the message.</summary>
internal ref struct BinaryHttpReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>A number as QUIC writes it (RFC 9000 §16): 1, 2, 4 or 8 bytes.</summary>
    public bool TryNumber(out ulong number)
    {
        number = 0;
        if (_rest.IsEmpty) return false;
        int length = 1 << (_rest[0] >> 6);
        if (_rest.Length < length) return false;
        number = (ulong)(_rest[0] & 0x3F);
        foreach (byte b in _rest[1..length]) number = (number << 8) | b;
        _rest = _rest[length..];
        return true;
    }

    /// <summary>A length and so many bytes, as Latin-1.</summary>
    public bool TryText(out string text)
    {
        bool read = TryBytes(out var bytes);
        text = read ? Encoding.Latin1.GetString(bytes) : "";
        return read;
    }

    /// <summary>A section of fields; one that is cut off before it begins is empty.</summary>
    public bool TryFields(bool known, out List<BinaryField> fields)
    {
        fields = [];
        if (_rest.IsEmpty) return true;
        if (!known)
        {
            while (true)
            {
                if (!TryNumber(out ulong length)) return false;
                if (length == 0) return true;
                if (!TryTake(length, out var name) || !TryAdd(fields, name)) return false;
            }
        }
        if (!TryBytes(out var section)) return false;
        var inner = new BinaryHttpReader(section);
        while (!inner._rest.IsEmpty)
        {
            if (!inner.TryBytes(out var name) || !inner.TryAdd(fields, name)) return false;
        }
        return true;
    }

    /// <summary>The content; cut off before it begins, it is empty.</summary>
    public bool TryContent(bool known, out byte[] content)
    {
        content = [];
        if (_rest.IsEmpty) return true;
        if (known)
        {
            if (!TryBytes(out var whole)) return false;
            content = whole.ToArray();
            return true;
        }
        using var pieces = new MemoryStream();
        while (true)
        {
            if (!TryNumber(out ulong length)) return false;
            if (length == 0) break;
            if (!TryTake(length, out var piece)) return false;
            pieces.Write(piece);
        }
        content = pieces.ToArray();
        return true;
    }

    /// <summary>Whether nothing but zeros is left.</summary>
    public readonly bool IsPadding() => _rest.IndexOfAnyExcept((byte)0) < 0;

    private bool TryAdd(List<BinaryField> fields, ReadOnlySpan<byte> name)
    {
        if (!TryText(out string value) || fields.Count == BinaryHttp.MaxFields) return false;
        var field = new BinaryField(Encoding.Latin1.GetString(name), value);
        fields.Add(field);
        return BinaryHttp.IsField(field.Name, field.Value);
    }

    private bool TryBytes(out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        return TryNumber(out ulong length) && TryTake(length, out bytes);
    }

    private bool TryTake(ulong length, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (length > (ulong)_rest.Length) return false;
        bytes = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return true;
    }
}

/// <summary>Writes a message of known length.</summary>
internal sealed class BinaryHttpWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>In the shortest form.</summary>
    public void Number(ulong number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        int length = number < 1 << 6 ? 1 : number < 1 << 14 ? 2 : number < 1 << 30 ? 4 : 8;
        bytes = bytes[^length..];
        bytes[0] |= (byte)(System.Numerics.BitOperations.Log2((uint)length) << 6);
        _bytes.Write(bytes);
    }

    public void Text(string text) => Bytes(Encoding.Latin1.GetBytes(text));

    /// <summary>Fields, content, trailers, as far as something follows.</summary>
    /// <exception cref="ArgumentException">A field is none.</exception>
    public void Rest(IReadOnlyList<BinaryField> fields, ReadOnlySpan<byte> content, IReadOnlyList<BinaryField> trailers)
    {
        int sections = trailers.Count > 0 ? 3 : content.Length > 0 ? 2 : fields.Count > 0 ? 1 : 0;
        if (sections > 0) Fields(fields);
        if (sections > 1) Bytes(content);
        if (sections > 2) Fields(trailers);
    }

    public byte[] ToBytes(Func<int, int> padded)
    {
        int length = _bytes.WrittenCount;
        byte[] bytes = new byte[Math.Max(length, padded(length))];
        _bytes.WrittenSpan.CopyTo(bytes);
        return bytes;
    }

    private void Fields(IReadOnlyList<BinaryField> fields)
    {
        var section = new BinaryHttpWriter();
        foreach (var field in fields)
        {
            if (!BinaryHttp.IsField(field.Name, field.Value)) throw new ArgumentException($"{field.Name} is no field: names are in lower case, values one line.", nameof(fields));
            section.Text(field.Name);
            section.Text(field.Value);
        }
        Bytes(section._bytes.WrittenSpan);
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        Number((ulong)bytes.Length);
        _bytes.Write(bytes);
    }
}
