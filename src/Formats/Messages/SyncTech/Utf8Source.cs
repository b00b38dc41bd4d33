using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Candor.Formats.Messages;

/// <summary>An XML file as UTF-8, whatever it was written in: the encoding is found as XML 1.0 appendix F says.</summary>
/// <param name="Rest">The file, or what turns it into UTF-8.</param>
/// <param name="Head">The first bytes, already read from <paramref name="Rest"/>.</param>
/// <param name="HeadOffset">Offset of the head in the file: 3 after a byte order mark.</param>
/// <param name="Transcoded">The bytes are not the file's own.</param>
/// <param name="Trouble">The file declares an encoding that is not known.</param>
internal sealed record Utf8Source(Stream Rest, byte[] Head, long HeadOffset, bool Transcoded, string? Trouble)
{
    private const int HeadSize = 1024;

    internal static Utf8Source Open(Stream file)
    {
        var head = new byte[HeadSize];
        head = head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
        if (head.AsSpan().StartsWith("\ufeff"u8))
            return new Utf8Source(file, head[3..], 3, false, null);
        if (Wide(head) is { } wide)
            return new Utf8Source(wide.Decoder is null ? new Transcoder(head.AsMemory(wide.Mark), file, wide.BigEndian)
                : new Transcoder(head.AsMemory(wide.Mark), file, wide.Decoder), [], 0, true, null);

        string? name = DeclaredEncoding(head);
        if (name is null || name.StartsWith("utf", StringComparison.OrdinalIgnoreCase)
            || name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase))
            return new Utf8Source(file, head, 0, false, null);
        if (Known(name) is { } encoding)
            return new Utf8Source(new Transcoder(head, file, encoding.GetDecoder()), [], 0, true, null);
        return new Utf8Source(file, head, 0, false, $"it declares the encoding \"{name}\", which is not known; it was read as UTF-8");
    }

    private static (int Mark, bool BigEndian, Decoder? Decoder)? Wide(ReadOnlySpan<byte> head)
    {
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE, 0, 0]))
            return (4, false, new UTF32Encoding(false, false).GetDecoder());
        if (head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0xFE, 0xFF]))
            return (4, true, new UTF32Encoding(true, false).GetDecoder());
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'<', 0, 0, 0]))
            return (0, false, new UTF32Encoding(false, false).GetDecoder());
        if (head.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, (byte)'<']))
            return (0, true, new UTF32Encoding(true, false).GetDecoder());
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFE]))
            return (2, false, null);
        if (head.StartsWith((ReadOnlySpan<byte>)[0xFE, 0xFF]))
            return (2, true, null);
        if (head.StartsWith((ReadOnlySpan<byte>)[(byte)'<', 0]))
            return (0, false, null);
        if (head.StartsWith((ReadOnlySpan<byte>)[0, (byte)'<']))
            return (0, true, null);
        return null;
    }

    private static string? DeclaredEncoding(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("<?xml"u8) || head.IndexOf("?>"u8) is var end && end < 0)
            return null;
        ReadOnlySpan<byte> declaration = head[..end];
        int at = declaration.IndexOf("encoding"u8);
        if (at < 0)
            return null;
        ReadOnlySpan<byte> value = declaration[(at + 8)..].TrimStart(" \t\r\n="u8);
        if (value.IsEmpty || value[0] is not ((byte)'"' or (byte)'\''))
            return null;
        int close = value[1..].IndexOf(value[0]);
        return close < 0 ? null : Encoding.ASCII.GetString(value.Slice(1, close));
    }

    private static Encoding? Known(string name)
    {
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Reads bytes of another encoding and gives UTF-8. A lone surrogate of a UTF-16 file comes out as a numeric reference, as
    /// phones write it, so that it is not lost.</summary>
    private sealed class Transcoder : ForwardStream
    {
        private const int Block = 16 * 1024;

        private readonly Stream _source;
        private readonly Decoder? _decoder;
        private readonly bool _bigEndian;
        private readonly byte[] _raw = new byte[Block];
        private readonly char[] _chars = new char[(2 * Block) + 2];
        private readonly ArrayBufferWriter<byte> _utf8 = new(4 * Block);
        private ReadOnlyMemory<byte> _head;
        private int _taken;
        private int _rawCarry;
        private int _charCarry;
        private bool _ended;

        internal Transcoder(ReadOnlyMemory<byte> head, Stream source, Decoder decoder)
            => (_head, _source, _decoder) = (head, source, decoder);

        internal Transcoder(ReadOnlyMemory<byte> head, Stream source, bool bigEndian)
            => (_head, _source, _bigEndian) = (head, source, bigEndian);

        public override int Read(Span<byte> buffer)
        {
            while (_taken == _utf8.WrittenCount)
            {
                if (_ended)
                    return 0;
                _utf8.ResetWrittenCount();
                _taken = 0;
                Convert();
            }
            int n = Math.Min(buffer.Length, _utf8.WrittenCount - _taken);
            _utf8.WrittenSpan.Slice(_taken, n).CopyTo(buffer);
            _taken += n;
            return n;
        }

        private void Convert()
        {
            int n = Source(_raw.AsSpan(_rawCarry));
            _ended = n == 0;
            ReadOnlySpan<byte> raw = _raw.AsSpan(0, _rawCarry + n);
            Span<char> into = _chars.AsSpan(_charCarry);
            int chars;
            if (_decoder is not null)
                chars = _decoder.GetChars(raw, into, flush: _ended);
            else
            {
                chars = raw.Length / 2;
                for (int i = 0; i < chars; i++)
                {
                    ReadOnlySpan<byte> unit = raw.Slice(2 * i, 2);
                    ushort code = _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(unit) : BinaryPrimitives.ReadUInt16LittleEndian(unit);
                    into[i] = (char)code;
                }
                _rawCarry = raw.Length & 1;
                if (_rawCarry == 1)
                    _raw[0] = raw[^1];
            }
            Encode(_chars.AsSpan(0, _charCarry + chars));
        }

        private void Encode(ReadOnlySpan<char> chars)
        {
            while (!chars.IsEmpty)
            {
                OperationStatus status = Utf8.FromUtf16(chars, _utf8.GetSpan((3 * chars.Length) + 8), out int read, out int written,
                    replaceInvalidSequences: false, isFinalBlock: _ended);
                _utf8.Advance(written);
                chars = chars[read..];
                if (status == OperationStatus.NeedMoreData)
                    break;
                if (status != OperationStatus.InvalidData)
                    continue;
                _utf8.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"&#{(int)chars[0]};")));
                chars = chars[1..];
            }
            chars.CopyTo(_chars);
            _charCarry = chars.Length;
        }

        private int Source(Span<byte> into)
        {
            if (_head.IsEmpty)
                return _source.Read(into);
            int n = Math.Min(_head.Length, into.Length);
            _head.Span[..n].CopyTo(into);
            _head = _head[n..];
            return n;
        }
    }
}
