using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Candor.Formats.Messages;

/// <summary>What went to a part's stream (<see cref="MessagePartView.RawFrom"/>), back to data or back to base64 text.</summary>
public static class PartData
{
    /// <summary>Bytes handled at a step: a multiple of 3, so that every step's base64 text stands alone.</summary>
    internal const int BlockBytes = 48 * 1024;
    internal const int BlockText = BlockBytes / 3 * 4;

    /// <summary>Writes the part's data: what came decoded as it is, and raw base64 text decoded with everything skipped that is no base64
    /// (line breaks, blanks, numeric references to such). Answers how many bytes of data that is.</summary>
    public static long CopyDecoded(Stream stored, long rawFrom, Stream output)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockText);
        try
        {
            long written = CopyPlain(stored, rawFrom, block, output.Write);
            if (rawFrom < 0)
                return written;
            var loose = new LooseBase64(output);
            for (int n; (n = stored.Read(block, 0, BlockText)) > 0;)
                loose.Write(block.AsSpan(0, n));
            return written + loose.Finish();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }

    /// <summary>Writes the base64 text exactly as the export had it.</summary>
    /// <exception cref="ArgumentException">The stream is shorter than <paramref name="rawFrom"/>, or that is no multiple of 3.</exception>
    public static void CopyText(Stream stored, long rawFrom, Stream output)
    {
        if (rawFrom > 0 && rawFrom % 3 != 0)
            throw new ArgumentException("Raw text starts at a multiple of 3.", nameof(rawFrom));
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockText);
        byte[] text = ArrayPool<byte>.Shared.Rent(BlockText);
        try
        {
            CopyPlain(stored, rawFrom, block, data =>
            {
                Base64.EncodeToUtf8(data, text, out _, out int length);
                output.Write(text.AsSpan(0, length));
            });
            if (rawFrom >= 0)
                stored.CopyTo(output);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
            ArrayPool<byte>.Shared.Return(text);
        }
    }

    /// <summary>Hands over the decoded stretch, in blocks of <see cref="BlockBytes"/> except the last.</summary>
    private static long CopyPlain(Stream stored, long rawFrom, byte[] block, ReadOnlySpanAction<byte> use)
    {
        long left = rawFrom < 0 ? long.MaxValue : rawFrom;
        long done = 0;
        while (left > 0)
        {
            int wanted = (int)Math.Min(left, BlockBytes);
            int n = stored.ReadAtLeast(block.AsSpan(0, wanted), wanted, throwOnEndOfStream: false);
            if (n > 0)
                use(block.AsSpan(0, n));
            done += n;
            left -= n;
            if (n == wanted)
                continue;
            return rawFrom < 0 ? done : throw new ArgumentException("The part's stream is shorter than what was stored.", nameof(stored));
        }
        return done;
    }

    private delegate void ReadOnlySpanAction<T>(ReadOnlySpan<T> span);

    /// <summary>Base64 in any state: what is not of its alphabet is dropped, a rest of one character too.</summary>
    private sealed class LooseBase64(Stream output)
    {
        private readonly byte[] _group = new byte[BlockText];
        private readonly byte[] _data = new byte[BlockBytes];
        private int _filled;
        private long _written;

        // The characters of a reference "&#10;" that has begun; longer ones than this are none.
        private readonly byte[] _reference = new byte[8];
        private int _inReference = -1;

        internal void Write(ReadOnlySpan<byte> text)
        {
            foreach (byte b in text)
            {
                if (_inReference >= 0)
                    Reference(b);
                else if (b == '&')
                    _inReference = 0;
                else
                    Take(b);
            }
        }

        private void Reference(byte b)
        {
            if (b != ';' && _inReference < _reference.Length)
            {
                _reference[_inReference++] = b;
                return;
            }
            ReadOnlySpan<byte> name = _reference.AsSpan(0, _inReference);
            _inReference = -1;
            if (!name.StartsWith("#"u8))
                return;
            bool hex = name.Length > 1 && (name[1] | 0x20) == 'x';
            NumberStyles style = hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None;
            if (uint.TryParse(name[(hex ? 2 : 1)..], style, CultureInfo.InvariantCulture, out uint c) && c < 0x80)
                Take((byte)c);
        }

        private void Take(byte b)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'+' or (byte)'/' or (byte)'-' or (byte)'_'))
                return;
            _group[_filled++] = b switch { (byte)'-' => (byte)'+', (byte)'_' => (byte)'/', _ => b };
            if (_filled == _group.Length)
                Flush();
        }

        internal long Finish()
        {
            if (_filled % 4 == 1)
                _filled--;
            // The bits that the last group leaves over must be zero for the decoder.
            if (_filled % 4 != 0)
            {
                ReadOnlySpan<byte> alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"u8;
                int value = alphabet.IndexOf(_group[_filled - 1]);
                _group[_filled - 1] = alphabet[value & (_filled % 4 == 2 ? 0x30 : 0x3c)];
                while (_filled % 4 != 0)
                    _group[_filled++] = (byte)'=';
            }
            Flush();
            return _written;
        }

        private void Flush()
        {
            Base64.DecodeFromUtf8(_group.AsSpan(0, _filled), _data, out _, out int n);
            output.Write(_data.AsSpan(0, n));
            _written += n;
            _filled = 0;
        }
    }
}
