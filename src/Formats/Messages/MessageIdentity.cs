using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Formats.Messages;

/// <summary>Tells whether two messages are one: read from either export, on any phone, as often as one likes.</summary>
/// <remarks>
/// The key is SHA-256 over canonical bytes: a list of fields, each a big-endian 32-bit length and so many bytes of UTF-8. Numbers are
/// decimal ASCII. A value that is missing, or is exactly "null", is the empty field. In texts CR LF and CR become LF, and a lone surrogate
/// U+FFFD.
/// <code>
/// SMS: "candor/message/1" "sms" box  addresses            date in milliseconds                 text      occurrence
/// MMS: "candor/message/1" "mms" box  date in whole seconds, rounded down   network id   addresses   texts     occurrence
/// </code>
/// <i>addresses</i>: normalised (<see cref="PhoneAddress.Normalise"/>), each once, sorted by UTF-16 code unit, joined with "~". For an MMS
/// those whose role the header gives, if there are any; else all. <i>network id</i>: "m:" and <c>m_id</c>; else "t:" and <c>tr_id</c>; else
/// empty. <i>texts</i>: lower-case hexadecimal SHA-256 over the plain-text parts, as fields like the above, sorted by their bytes; empty
/// when there is none. <i>occurrence</i>: <see cref="MessageOccurrences"/>.
/// Not in the key, because phones and apps change it: read, locked, status, names, thread, SIM, pictures (an export may leave them out).
/// The key of a short text can be guessed. Whoever stores it where others read must key it first (HMAC).
/// </remarks>
public static class MessageIdentity
{
    public const int KeySize = SHA256.HashSizeInBytes;

    private const string Label = "candor/message/1";

    /// <summary>The 32-byte key. Messages of one file that agree in everything are told apart by <paramref name="occurrence"/>, from
    /// 0.</summary>
    public static byte[] Key(MessageView view, int occurrence = 0)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        WriteFields(bytes, view);
        Field(bytes, occurrence.ToString(CultureInfo.InvariantCulture));
        return SHA256.HashData(bytes.WrittenSpan);
    }

    /// <summary>The bytes that are hashed, for those who check the rule in another language.</summary>
    public static byte[] CanonicalBytes(MessageView view, int occurrence = 0)
    {
        var bytes = new ArrayBufferWriter<byte>(256);
        WriteFields(bytes, view);
        Field(bytes, occurrence.ToString(CultureInfo.InvariantCulture));
        return bytes.WrittenSpan.ToArray();
    }

    private static void WriteFields(ArrayBufferWriter<byte> bytes, MessageView view)
    {
        Field(bytes, Label);
        Field(bytes, view.Kind == MessageKind.Sms ? "sms" : "mms");
        Field(bytes, ((int)view.Box).ToString(CultureInfo.InvariantCulture));
        if (view.Kind == MessageKind.Sms)
        {
            Field(bytes, Addresses(view));
            Field(bytes, view.DateMs?.ToString(CultureInfo.InvariantCulture));
            Field(bytes, Lines(view.Text));
            return;
        }
        Field(bytes, Seconds(view.DateMs)?.ToString(CultureInfo.InvariantCulture));
        Field(bytes, Present(view.MessageId) is { } m ? "m:" + m : Present(view.TransactionId) is { } t ? "t:" + t : null);
        Field(bytes, Addresses(view));
        Field(bytes, Texts(view));
    }

    private static string Addresses(MessageView view)
    {
        bool header = view.Kind == MessageKind.Mms && view.Addresses.Any(a => a.Role != AddressRole.Participant);
        if (view.Addresses.Count == 1)
            return PhoneAddress.Normalise(view.Addresses[0].Address);
        var set = new SortedSet<string>(StringComparer.Ordinal);
        foreach (MessageAddress a in view.Addresses)
        {
            if (!header || a.Role != AddressRole.Participant)
                set.Add(PhoneAddress.Normalise(a.Address));
        }
        return string.Join('~', set);
    }

    private static string? Texts(MessageView view)
    {
        var texts = new List<byte[]>();
        foreach (MessagePartView part in view.Parts)
        {
            if (part.IsPlainText && Present(part.Text) is { } text)
                texts.Add(Encoding.UTF8.GetBytes(Lines(text)!));
        }
        if (texts.Count == 0)
            return null;
        texts.Sort(static (a, b) => a.AsSpan().SequenceCompareTo(b));
        var bytes = new ArrayBufferWriter<byte>();
        foreach (byte[] text in texts)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes.GetSpan(4), text.Length);
            bytes.Advance(4);
            bytes.Write(text);
        }
        return Convert.ToHexStringLower(SHA256.HashData(bytes.WrittenSpan));
    }

    private static void Field(ArrayBufferWriter<byte> bytes, string? value)
    {
        value = Present(value) ?? "";
        int length = Encoding.UTF8.GetByteCount(value);
        Span<byte> field = bytes.GetSpan(4 + length);
        BinaryPrimitives.WriteInt32BigEndian(field, length);
        Encoding.UTF8.GetBytes(value, field[4..]);
        bytes.Advance(4 + length);
    }

    private static string? Present(string? value) => value is "" or "null" ? null : value;

    private static string? Lines(string? text) =>
        text is null || !text.Contains('\r', StringComparison.Ordinal)
            ? text
            : text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');

    private static long? Seconds(long? milliseconds) =>
        milliseconds is { } ms ? Math.DivRem(ms, 1000, out long rest) - (rest < 0 ? 1 : 0) : null;
}

/// <summary>Numbers messages of one file that agree in everything, in the order of the file: the first is 0, the next 1.</summary>
/// <remarks>So that both survive, and that the same file, or a later export with the same messages, numbers them the same way. One instance
/// per file. Memory: some 40 bytes per distinct message.</remarks>
public sealed class MessageOccurrences
{
    /// <summary>By the first half of the key. A pair of numbers and not one: that would be aligned to 16 bytes, and an entry take half as much again.</summary>
    private readonly Dictionary<(ulong, ulong), int> _seen = [];

    /// <summary>Makes room for so many distinct messages.</summary>
    public void EnsureCapacity(int messages) => _seen.EnsureCapacity(messages);

    /// <summary>The number of this message among its equals, for <see cref="MessageIdentity.Key"/>.</summary>
    public int Next(MessageView view) => Next(view, out _);

    /// <summary>The same, with the message's key for that number: most messages are hashed once this way.</summary>
    public int Next(MessageView view, out byte[] key)
    {
        key = MessageIdentity.Key(view);
        ref int seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_seen, (BinaryPrimitives.ReadUInt64BigEndian(key), BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(8))), out _);
        int count = seen++;
        if (count > 0)
            key = MessageIdentity.Key(view, count);
        return count;
    }
}
