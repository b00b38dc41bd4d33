using Candor.Audit.Layers.Http;
using Candor.Audit.Layers.Http2;

namespace Candor.Audit.Layers.Http3;

/// <summary>Undoes QPACK (RFC 9204) of one side: its encoder stream fills the table that its blocks refer to.</summary>
internal sealed class QpackDecoder
{
    private const int MaxTable = 1 << 20, MaxInstruction = 2 * FieldCoding.MaxString + 32;

    private readonly DynamicTable _table = new();
    private byte[] _held = [];
    private int _heldLength, _capacity = 4096;
    private bool _lost;

    /// <summary>Fields that were added so far.</summary>
    public long Added => _table.Added;

    /// <summary>The encoder stream has a hole or is broken: nothing can be added any more.</summary>
    public bool Lost => _lost;

    public void Lose() => _lost = true;

    /// <summary>The next bytes of the encoder stream.</summary>
    public void Instructions(ReadOnlySpan<byte> bytes)
    {
        if (_lost) return;
        int needed = _heldLength + bytes.Length;
        if (_held.Length < needed) Array.Resize(ref _held, Math.Max(needed, 2 * _held.Length));
        bytes.CopyTo(_held.AsSpan(_heldLength));
        ReadOnlySpan<byte> rest = _held.AsSpan(0, needed);
        while (!rest.IsEmpty && !_lost && TryInstruction(ref rest)) { }
        if (_lost || rest.Length > MaxInstruction)
        {
            (_lost, _held, _heldLength) = (true, [], 0);
            return;
        }
        if (rest.Length < needed) rest.CopyTo(_held);
        _heldLength = rest.Length;
    }

    /// <summary>How many fields must have been added before a block can be read (RFC 9204, 4.5.1.1). -1: the block is broken.</summary>
    public long Required(ReadOnlySpan<byte> block)
    {
        if (!FieldCoding.TryInteger(ref block, 8, out int encoded)) return -1;
        if (encoded == 0) return 0;
        // Counted modulo twice the most entries of the largest table that the other side allowed: that it used as its capacity.
        long most = Math.Max(1, _capacity / 32), full = 2 * most;
        if (encoded > full) return -1;
        long top = _table.Added + most, wrapped = top / full * full, required = wrapped + encoded - 1;
        if (required > top) required = required <= full ? -1 : required - full;
        return required <= 0 ? -1 : required;
    }

    /// <summary>What the other side allows at most (SETTINGS_QPACK_MAX_TABLE_CAPACITY).</summary>
    public void Allow(long capacity)
    {
        if (capacity is > 0 and <= MaxTable) _capacity = (int)capacity;
    }

    /// <summary>Reads a block of fields. False: it is broken; what came before the break is in the list.</summary>
    public bool TryDecode(ReadOnlySpan<byte> block, FieldList fields)
    {
        long required = Required(block);
        if (required < 0 || !FieldCoding.TryInteger(ref block, 8, out _) || block.IsEmpty) return false;
        bool negative = block[0] >= 0x80;
        if (!FieldCoding.TryInteger(ref block, 7, out int delta)) return false;
        long start = negative ? required - delta - 1 : required + delta;
        while (!block.IsEmpty)
        {
            if (!TryLine(ref block, start, fields)) return false;
        }
        return true;
    }

    /// <summary>One field (RFC 9204, 4.5.2 to 4.5.6).</summary>
    private bool TryLine(ref ReadOnlySpan<byte> block, long start, FieldList fields)
    {
        byte first = block[0];
        HttpField field;
        if (first >= 0x80)
        {
            if (!FieldCoding.TryInteger(ref block, 6, out int index) || !TryField((first & 0x40) != 0, start - index - 1, index, fields, out field, out bool known)) return false;
            if (known) fields.Add(field);
            return true;
        }
        if (first >> 4 == 1)
        {
            if (!FieldCoding.TryInteger(ref block, 4, out int index) || !TryField(false, start + index, 0, fields, out field, out bool known)) return false;
            if (known) fields.Add(field);
            return true;
        }
        string name;
        if (first >> 5 == 1)
        {
            if (!FieldCoding.TryString(ref block, 3, out name)) return false;
        }
        else
        {
            bool isStatic = first >= 0x40 && (first & 0x10) != 0, named = true;
            int index;
            if (first >= 0x40)
            {
                if (!FieldCoding.TryInteger(ref block, 4, out index) || !TryField(isStatic, start - index - 1, index, fields, out field, out named)) return false;
            }
            else if (!FieldCoding.TryInteger(ref block, 3, out index) || !TryField(false, start + index, 0, fields, out field, out named)) return false;
            name = named ? field.Name : "?";
        }
        if (!FieldCoding.TryString(ref block, 7, out string value)) return false;
        fields.Add(new(name, value));
        return true;
    }

    private bool TryField(bool isStatic, long number, int index, FieldList fields, out HttpField field, out bool known)
    {
        field = default;
        known = true;
        if (isStatic)
        {
            if (index >= StaticTables.Qpack.Length) return false;
            field = StaticTables.Qpack[index];
            return true;
        }
        if (number >= 0 && _table.TryGet(number, out field)) return true;
        // Its line of the encoder stream is not in the capture.
        known = false;
        fields.Miss();
        return true;
    }

    /// <summary>One instruction (RFC 9204, 4.3). False: it is not whole; or it is broken, and the table lost.</summary>
    private bool TryInstruction(ref ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        byte first = rest[0];
        HttpField field;
        if (first >= 0x80)
        {
            if (!FieldCoding.TryInteger(ref rest, 6, out int index) || !FieldCoding.TryString(ref rest, 7, out string value)) return false;
            if ((first & 0x40) != 0 ? index >= StaticTables.Qpack.Length : !_table.TryGet(_table.Added - 1 - index, out _)) return Break();
            if ((first & 0x40) != 0) field = StaticTables.Qpack[index];
            else _table.TryGet(_table.Added - 1 - index, out field);
            _table.Add(new(field.Name, value));
        }
        else if (first >= 0x40)
        {
            if (!FieldCoding.TryString(ref rest, 5, out string name) || !FieldCoding.TryString(ref rest, 7, out string value)) return false;
            _table.Add(new(name, value));
        }
        else if (first >= 0x20)
        {
            if (!FieldCoding.TryInteger(ref rest, 5, out int capacity)) return false;
            if (capacity > MaxTable) return Break();
            _table.Resize(capacity);
            _capacity = Math.Max(_capacity, capacity);
        }
        else
        {
            if (!FieldCoding.TryInteger(ref rest, 5, out int index)) return false;
            if (!_table.TryGet(_table.Added - 1 - index, out field)) return Break();
            _table.Add(field);
        }
        bytes = rest;
        return true;
    }

    private bool Break()
    {
        _lost = true;
        return false;
    }
}
