using System.Buffers.Binary;

namespace Candor.Audit.Bodies;

/// <summary>How surely bytes have the form that they were read in, in bits: noise has it once in 2^bits. Encrypted datagrams are many and short, and some of them have the form of protobuf or of a word.</summary>
/// <remarks>Counted for what bytes are classed as alone: a finding in them is proved by its own bytes.</remarks>
internal static class Evidence
{
    /// <summary>Enough where nobody says what bytes are: noise has it less than once in 10,000.</summary>
    public const double Enough = 14;

    /// <summary>Enough within a form that is known: what stands there is often of the same kind.</summary>
    public const double EnoughWithin = 7;

    /// <summary>Of forms that begin with marks or end in check sums.</summary>
    public const double Sure = double.PositiveInfinity;

    /// <summary>Two bytes in five are text, one in four is a letter, a digit or a space.</summary>
    private const double TextByte = 1.3, WordByte = 2;

    /// <summary>A type of a string in MessagePack or CBOR is one byte in eight.</summary>
    private const double StringHead = 3;

    /// <summary>One byte in four is a tag of a field up to 15; of longer ones as many that go on are none.</summary>
    private const double ShortTag = 2, LongTag = 1;

    public static double OfText(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b != ' ') return bytes.Length * TextByte;
        }
        return bytes.Length * WordByte;
    }

    /// <summary>Of the strings of MessagePack or CBOR: those that can be read.</summary>
    public static double OfStrings(ReadOnlySpan<byte> bytes, List<Piece> pieces)
    {
        double bits = 0;
        foreach (var piece in pieces)
        {
            if (piece.Length > 0 && Readable.IsText(bytes.Slice(piece.Start, piece.Length))) bits += StringHead + piece.Length * TextByte;
        }
        return bits;
    }

    /// <summary>Of the fields of protobuf, by their tags in the order that they stand, and those of its pieces that can be read.</summary>
    /// <remarks>That tags do not fall is one chance in as many as there are orders.</remarks>
    public static double OfFields(ReadOnlySpan<byte> bytes, List<ulong> fields, List<Piece> pieces)
    {
        const int longest = 15;
        double bits = 0, orders = 0;
        bool rising = true;
        for (int i = 0; i < fields.Count; i++)
        {
            bits += fields[i] <= (ulong)longest ? ShortTag : LongTag;
            rising &= i == 0 || fields[i] >= fields[i - 1];
            orders += Math.Log2((i + 1) * (double)longest / (longest + i));
        }
        foreach (var piece in pieces)
        {
            if (piece.Length > 0 && Readable.IsText(bytes.Slice(piece.Start, piece.Length))) bits += piece.Length * TextByte;
        }
        return rising ? bits + orders : bits;
    }

    /// <summary>Of what zlib's first two bytes alone say it is: they are met in one of two thousand. Its check sum of the plain bytes, or that these are text, makes it sure.</summary>
    public static double OfZlib(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> made)
    {
        // RFC 1950, 8.2. So many bytes at a time that the sums stay below 2^32.
        const int least = 16, atOnce = 5552;
        const uint modulus = 65521;
        if (made.Length >= least && Readable.IsText(made)) return Sure;
        uint low = 1, high = 0;
        for (var rest = made; !rest.IsEmpty; rest = rest[Math.Min(atOnce, rest.Length)..])
        {
            foreach (byte b in rest[..Math.Min(atOnce, rest.Length)])
            {
                low += b;
                high += low;
            }
            (low, high) = (low % modulus, high % modulus);
        }
        Span<byte> sum = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(sum, high << 16 | low);
        return bytes.IndexOf(sum) >= 0 ? Sure : 0;
    }

    /// <summary>Of raw deflate or brotli, whose result is text. Noise makes a few characters and repeats them, and breaks off.</summary>
    public static double OfPacked(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> made, bool broken)
    {
        if (broken) return 0;
        Span<bool> seen = stackalloc bool[256];
        seen.Clear();
        foreach (byte b in made) seen[b] = true;
        return Math.Min(bytes.Length, seen.Count(true)) * TextByte;
    }

    /// <summary>Whether a view has a form by more than chance: by itself, and by what was read in it.</summary>
    public static bool IsSure(BodyView view, double enough) =>
        view.Form is not null ? Of(view) >= enough : Readable.IsText(view.Bytes.Span) && OfText(view.Bytes.Span) >= enough;

    private static double Of(BodyView view)
    {
        double bits = view.Bits;
        // Text counts as a piece already.
        foreach (var part in view.Views)
        {
            if (bits < Enough && part.Form is not (null or "text")) bits += Of(part);
        }
        return bits;
    }
}
