using System.Buffers;
using System.Runtime.CompilerServices;

namespace Candor.Formats.Messages;

internal enum Markup
{
    /// <summary>The file ended.</summary>
    End,
    Sms, Mms, Call, Container, ContainerEnd,
    Parts, Part, Addrs, Addr,
    MessageEnd, OtherEnd, Other,
    Comment, Instruction, Data, DocumentType,
    Text,
}

/// <summary>Walks from one piece of markup to the next, and over those that say nothing. Keeps no stack: depth costs nothing.</summary>
internal sealed class XmlScanner(ByteWindow window)
{
    /// <summary>Longest name that is known, with "&lt;/" before it and the character behind it.</summary>
    private const int Longest = 16;

    private static readonly SearchValues<byte> DocumentTypeMarks = SearchValues.Create("<>[]\"'"u8);

    /// <summary>What starts at the "&lt;" under the position, which moves behind the name if it is known; else it stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal Markup Classify()
    {
        window.Need(Longest);
        ReadOnlySpan<byte> ahead = window.Ahead;
        if (ahead.Length < 2)
            return Markup.Text;
        if (ahead[1] == '?')
            return Markup.Instruction;
        if (ahead[1] == '!')
            return ahead.StartsWith("<!--"u8) ? Markup.Comment : ahead.StartsWith("<![CDATA["u8) ? Markup.Data
                : ahead.StartsWith("<!DOCTYPE"u8) ? Markup.DocumentType : Markup.Text;
        bool closing = ahead[1] == '/';
        ReadOnlySpan<byte> name = ahead[(closing ? 2 : 1)..];
        int end = NameLength(name[..Math.Min(name.Length, Longest - 2)]);
        Markup kind = end < 0 ? Markup.Other : Named(name[..end]);
        if (kind != Markup.Other)
            window.Pos += end + (closing ? 2 : 1);
        else if (name.IsEmpty || !(char.IsAsciiLetter((char)name[0]) || name[0] is (byte)'_' or (byte)':' or >= 0x80))
            return Markup.Text;
        if (!closing)
            return kind;
        return kind switch
        {
            Markup.Container => Markup.ContainerEnd,
            Markup.Sms or Markup.Mms or Markup.Call => Markup.MessageEnd,
            _ => Markup.OtherEnd,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Markup Named(ReadOnlySpan<byte> name) => name.Length switch
    {
        3 => name.SequenceEqual("sms"u8) ? Markup.Sms : name.SequenceEqual("mms"u8) ? Markup.Mms : Markup.Other,
        4 => name.SequenceEqual("part"u8) ? Markup.Part : name.SequenceEqual("addr"u8) ? Markup.Addr
            : name.SequenceEqual("call"u8) ? Markup.Call : Markup.Other,
        5 => name.SequenceEqual("parts"u8) ? Markup.Parts : name.SequenceEqual("addrs"u8) ? Markup.Addrs
            : name.SequenceEqual("smses"u8) || name.SequenceEqual("calls"u8) ? Markup.Container : Markup.Other,
        _ => Markup.Other,
    };

    /// <summary>Length of the element name that <paramref name="text"/> starts with; -1 if its end is not seen.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static int NameLength(ReadOnlySpan<byte> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or (byte)'/' or (byte)'>')
                return i;
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static bool IsBlank(ReadOnlySpan<byte> text)
    {
        foreach (byte b in text)
        {
            if (b is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
                return false;
        }
        return true;
    }

    /// <summary>Moves to the next "&lt;" or the end. True if anything but blanks lay before it. Whatever is passed goes to
    /// <paramref name="copy"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal bool SkipText(ElementBytes? copy)
    {
        bool seen = false;
        while (true)
        {
            ReadOnlySpan<byte> ahead = window.Ahead;
            int at = ahead.IndexOf((byte)'<');
            ReadOnlySpan<byte> text = at < 0 ? ahead : ahead[..at];
            seen = seen || !IsBlank(text);
            copy?.Write(text);
            window.Pos += text.Length;
            window.Keep = window.Pos;
            if (at >= 0 || !window.Fill())
                return seen;
        }
    }

    /// <summary>Moves behind the next <paramref name="mark"/>. False if there is none.</summary>
    internal bool SkipPast(ReadOnlySpan<byte> mark, ElementBytes? copy)
    {
        while (true)
        {
            ReadOnlySpan<byte> ahead = window.Ahead;
            int at = ahead.IndexOf(mark);
            int take = at >= 0 ? at + mark.Length : Math.Max(0, ahead.Length - mark.Length + 1);
            copy?.Write(ahead[..take]);
            window.Pos += take;
            window.Keep = window.Pos;
            if (at >= 0)
                return true;
            if (window.Fill())
                continue;
            copy?.Write(window.Ahead);
            window.Keep = window.Pos = window.End;
            return false;
        }
    }

    /// <summary>Moves behind a document type with all that it declares, none of which is looked at. False if it never ends.</summary>
    internal bool SkipDocumentType()
    {
        int brackets = 0;
        window.Pos += "<!DOCTYPE".Length;
        while (true)
        {
            window.Keep = window.Pos;
            int at = window.Ahead.IndexOfAny(DocumentTypeMarks);
            if (at < 0)
            {
                window.Keep = window.Pos = window.End;
                if (!window.Fill())
                    return false;
                continue;
            }
            window.Keep = window.Pos += at;
            window.Need(4);
            byte mark = window.Bytes[window.Pos];
            bool comment = window.Ahead.StartsWith("<!--"u8);
            bool instruction = window.Ahead.StartsWith("<?"u8);
            window.Pos++;
            bool ends = mark is (byte)'"' or (byte)'\'' ? SkipPast([mark], null)
                : comment ? SkipPast("-->"u8, null) : !instruction || SkipPast("?>"u8, null);
            if (!ends)
                return false;
            brackets += mark == '[' ? 1 : mark == ']' ? -1 : 0;
            if (mark == '>' && brackets <= 0)
                return true;
        }
    }
}
