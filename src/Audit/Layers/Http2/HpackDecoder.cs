using Candor.Audit.Layers.Http;

namespace Candor.Audit.Layers.Http2;

/// <summary>Undoes HPACK (RFC 7541) of one side. Where blocks before are missing, fields that refer to them are left out, and said to be.</summary>
internal sealed class HpackDecoder
{
    /// <summary>The largest table that a side may ask for here. Browsers ask for 64 KiB.</summary>
    private const int MaxTable = 1 << 20;

    private const int FirstTable = 4096;

    private readonly DynamicTable _table = new();
    private bool _whole = true;

    public HpackDecoder() => _table.Resize(FirstTable);

    /// <summary>A block is missing: what was said so far is not known by its numbers any more.</summary>
    public void Lose()
    {
        _table.Clear();
        if (_whole) _table.Resize(MaxTable);
        _whole = false;
    }

    /// <summary>Reads a block. False: it is broken, and so is all that follows; what came before the break is in the list.</summary>
    public bool TryDecode(ReadOnlySpan<byte> block, FieldList fields)
    {
        while (!block.IsEmpty)
        {
            byte first = block[0];
            if (first >= 0x80)
            {
                if (!FieldCoding.TryInteger(ref block, 7, out int index) || !TryField(index, fields, out var field, out bool known)) return false;
                if (known) fields.Add(field);
                continue;
            }
            if (first >> 5 == 1)
            {
                if (!FieldCoding.TryInteger(ref block, 5, out int capacity) || capacity > MaxTable) return false;
                _table.Resize(capacity);
                continue;
            }
            bool kept = first >= 0x40, named = true;
            if (!FieldCoding.TryInteger(ref block, kept ? 6 : 4, out int name)) return false;
            string text;
            if (name == 0)
            {
                if (!FieldCoding.TryString(ref block, 7, out text)) return false;
            }
            else
            {
                if (!TryField(name, fields, out var field, out named)) return false;
                text = named ? field.Name : "?";
            }
            if (!FieldCoding.TryString(ref block, 7, out string value)) return false;
            var literal = new HttpField(text, value);
            // A value without its name is still what was sent.
            fields.Add(literal);
            if (kept) _table.Add(literal);
        }
        return true;
    }

    private bool TryField(int index, FieldList fields, out HttpField field, out bool known)
    {
        field = default;
        known = true;
        if (index == 0) return false;
        if (index <= StaticTables.Hpack.Length) field = StaticTables.Hpack[index - 1];
        else if (!_table.TryGet(_table.Added - (index - StaticTables.Hpack.Length), out field))
        {
            known = false;
            fields.Miss();
            return !_whole;
        }
        return true;
    }
}
