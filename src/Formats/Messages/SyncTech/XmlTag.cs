using System.Runtime.CompilerServices;

namespace Candor.Formats.Messages;

internal enum TagEnd
{
    /// <summary>"&gt;": content follows.</summary>
    Open,

    /// <summary>"/&gt;".</summary>
    Empty,
    Malformed,

    /// <summary>The file ended inside the tag.</summary>
    CutShort,
    TooLarge,
}

/// <summary>The start tag at <see cref="ByteWindow.Keep"/>: finds its attributes and keeps where their raw values lie.</summary>
/// <remarks>Under the just-in-time compiler a file of 200,000 messages is read before slow first versions of its loops would have been
/// replaced, so these are compiled in full at once, and look for several characters by hand: SearchValues has to be compiled first,
/// too.</remarks>
internal sealed class XmlTag(ByteWindow window) : Row
{
    private readonly int[] _starts = new int[(int)Column.Last];
    private readonly int[] _lengths = new int[(int)Column.Last];
    private ulong _present;

    /// <summary>Where a long value begins that <c>take</c> consumed and cut out; counted from <see cref="ByteWindow.Keep"/>, -1 if there is
    /// none.</summary>
    internal int CutAt { get; private set; }

    /// <summary>Reads from behind the tag's name to behind its "&gt;". On failure the window's position is of no use.</summary>
    /// <param name="take">Consumes the value of an attribute <c>data</c>, up to but without the closing quote that it is given; null: it is
    /// an attribute like others.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal TagEnd Read(Func<byte, bool>? take)
    {
        _present = 0;
        CutAt = -1;
        while (true)
        {
            if (!SkipBlank())
                return Stopped();
            byte b = window.Bytes[window.Pos];
            if (b == '>')
            {
                window.Pos++;
                return TagEnd.Open;
            }
            if (b == '/')
            {
                if (!window.Need(2))
                    return Stopped();
                window.Pos += 2;
                return window.Bytes[window.Pos - 1] == '>' ? TagEnd.Empty : TagEnd.Malformed;
            }
            TagEnd? failed = ReadAttribute(take);
            if (failed is { } end)
                return end;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private TagEnd? ReadAttribute(Func<byte, bool>? take)
    {
        int nameAt = window.Pos - window.Keep;
        if (!ScanName())
            return Stopped();
        Column column = Columns.Find(window.Bytes.AsSpan(window.Keep + nameAt, window.Pos - window.Keep - nameAt));
        if (window.Pos - window.Keep == nameAt)
            return TagEnd.Malformed;
        if (!SkipBlank())
            return Stopped();
        if (window.Bytes[window.Pos] != '=')
            return TagEnd.Malformed;
        window.Pos++;
        if (!SkipBlank())
            return Stopped();
        byte quote = window.Bytes[window.Pos];
        if (quote is not ((byte)'"' or (byte)'\''))
            return TagEnd.Malformed;
        window.Pos++;

        int valueAt = window.Pos - window.Keep;
        if (column == Column.Data && take is not null && CutAt < 0 && !IsNull(quote))
        {
            CutAt = valueAt;
            if (!take(quote))
                return Stopped();
            if (window.Bytes[window.Pos] != quote)
                return TagEnd.Malformed;
        }
        else
        {
            if (!ScanTo(quote))
                return Stopped();
            Set(column, valueAt, window.Pos - window.Keep - valueAt);
        }
        window.Pos++;
        return null;
    }

    private TagEnd Stopped() => window.IsFull ? TagEnd.TooLarge : TagEnd.CutShort;

    /// <summary>The value is the word "null", which stands for none.</summary>
    private bool IsNull(byte quote) => window.Need(5) && window.Ahead.StartsWith("null"u8) && window.Ahead[4] == quote;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool SkipBlank()
    {
        while (true)
        {
            for (; window.Pos < window.End; window.Pos++)
            {
                if (window.Bytes[window.Pos] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                    return true;
            }
            if (!window.Fill())
                return false;
        }
    }

    private static bool EndsName(byte b) =>
        b is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'=' or (byte)'/' or (byte)'<' or (byte)'>'
            or (byte)'"' or (byte)'\'';

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ScanName()
    {
        while (true)
        {
            ReadOnlySpan<byte> ahead = window.Ahead;
            int at = 0;
            while (at < ahead.Length && !EndsName(ahead[at]))
                at++;
            window.Pos += at;
            if (at < ahead.Length)
                return true;
            if (!window.Fill())
                return false;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool ScanTo(byte one)
    {
        int at;
        while ((at = window.Ahead.IndexOf(one)) < 0)
        {
            window.Pos = window.End;
            if (!window.Fill())
                return false;
        }
        window.Pos += at;
        return true;
    }

    /// <summary>An attribute written twice counts the first time.</summary>
    private void Set(Column column, int start, int length)
    {
        ulong bit = 1UL << (int)column;
        if (column == Column.None || (_present & bit) != 0)
            return;
        _present |= bit;
        _starts[(int)column] = start;
        _lengths[(int)column] = length;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool TryRaw(Column column, out ReadOnlySpan<byte> raw)
    {
        bool present = (_present & (1UL << (int)column)) != 0;
        raw = present ? window.Bytes.AsSpan(window.Keep + _starts[(int)column], _lengths[(int)column]) : "null"u8;
        return !raw.SequenceEqual("null"u8);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override string? Text(Column column) => TryRaw(column, out ReadOnlySpan<byte> raw) ? XmlText.Decode(raw) : null;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal override long? Number(Column column) => TryRaw(column, out ReadOnlySpan<byte> raw) ? Parse(raw) : null;
}
