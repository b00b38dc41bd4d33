using System.Buffers;
using System.Buffers.Binary;
using System.Text.Unicode;

namespace Candor.Audit.Bodies;

/// <summary>Whether bytes are something to read.</summary>
internal static class Readable
{
    private const int Looked = 64 * 1024;

    private static readonly SearchValues<byte> s_controls = SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(b => b is not (9 or 10 or 13)).Append(0x7F).Select(b => (byte)b)]);

    /// <summary>UTF-8 without controls other than tab and line ends, but for one byte in fifty. Of longer bytes the head is looked at.</summary>
    public static bool IsText(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return false;
        var head = bytes[..Math.Min(bytes.Length, Looked)];
        int controls = 0;
        for (var rest = head; rest.IndexOfAny(s_controls) is >= 0 and int next; rest = rest[(next + 1)..])
        {
            if (++controls * 50 > head.Length) return false;
        }
        // A character may be cut at the end of the head, never at the end of all.
        for (int cut = 0; cut < 4 && cut < head.Length; cut++)
        {
            if (Utf8.IsValid(head[..^cut])) return true;
            if (head.Length == bytes.Length) return false;
        }
        return false;
    }

    /// <summary>A number that differs for different bytes, near enough to see the same view twice.</summary>
    public static ulong Mix(ReadOnlySpan<byte> bytes)
    {
        ulong mixed = 14695981039346656037;
        unchecked
        {
            for (; bytes.Length >= 8; bytes = bytes[8..])
            {
                mixed = (mixed ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * 1099511628211;
                mixed ^= mixed >> 32;
            }
            foreach (byte b in bytes) mixed = (mixed ^ b) * 1099511628211;
        }
        return mixed;
    }
}

/// <summary>Pictures, sounds and films by their first bytes: nothing in them is text to decode, and what they say of themselves Formats reads.</summary>
internal static class Media
{
    public static string? Of(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0xFF, 0xD8, 0xFF, >= 0xC0, ..] => "jpeg",
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => "png",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..] => "gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "webp",
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', var a, var b, var c, var d, ..] => (a, b, c, d) switch
        {
            ((byte)'h', (byte)'e', (byte)'i', _) or ((byte)'h', (byte)'e', (byte)'v', _) or ((byte)'m', (byte)'i', (byte)'f', _) => "heic",
            ((byte)'a', (byte)'v', (byte)'i', _) => "avif",
            _ => "mp4",
        },
        _ => null,
    };
}
