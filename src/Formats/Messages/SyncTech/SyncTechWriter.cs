using System.Buffers;
using System.Globalization;
using System.Text;

namespace Candor.Formats.Messages;

/// <summary>Writes a file that "SMS Backup &amp; Restore" by SyncTech restores, message by message, with bounded memory.</summary>
/// <remarks>What was read from such a file is written back byte for byte; any other message is written from its view. The stream stays the
/// caller's. Call <see cref="Complete"/> at the end: without it the file is cut short.</remarks>
public sealed class SyncTechWriter
{
    private const int FlushAt = 64 * 1024;

    private readonly Stream _output;
    private readonly ArrayBufferWriter<byte> _buffer = new(2 * FlushAt);
    private readonly long _count;
    private long _written;
    private bool _completed;

    /// <param name="output">Written forward only.</param>
    /// <param name="count">Messages that will be written; readers show progress by it.</param>
    /// <param name="backupSet">Names backups that belong together; any text.</param>
    /// <param name="backupDateMs">Milliseconds since 1970.</param>
    public SyncTechWriter(Stream output, long count, string backupSet, long backupDateMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        (_output, _count) = (output, count);
        _buffer.Write("<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses"u8);
        Attribute("count", count);
        Attribute("backup_set", backupSet);
        Attribute("backup_date", backupDateMs);
        Attribute("type", "full");
        _buffer.Write(">"u8);
    }

    /// <summary>Writes a message: its own element if it came from such a file, else its view.</summary>
    /// <param name="message">As read, or put together again from what was stored.</param>
    /// <param name="openPart">Opens what was stored of the part with that index of <see cref="MessageView.Parts"/>; asked only for parts
    /// with data.</param>
    /// <exception cref="ArgumentException">Cuts lie outside the original or a part's stream is shorter than it was.</exception>
    public void Write(Message message, Func<int, Stream> openPart)
    {
        if (message.Format != MessageFormat.SyncTech)
        {
            Write(message.View, openPart);
            return;
        }
        Begin();
        ReadOnlySpan<byte> original = message.Original.Span;
        int done = 0;
        foreach (PartCut cut in message.Cuts)
        {
            if (cut.Position < done || cut.Position > original.Length || cut.Part < 0 || cut.Part >= message.View.Parts.Count)
                throw new ArgumentException("A cut lies outside the message.", nameof(message));
            _buffer.Write(original[done..cut.Position]);
            CopyPart(openPart(cut.Part), message.View.Parts[cut.Part].RawFrom);
            done = cut.Position;
        }
        _buffer.Write(original[done..]);
        End();
    }

    /// <summary>Writes a message of which only the view is known. What the view does not hold gets the value that phones write for
    /// "none".</summary>
    public void Write(MessageView view, Func<int, Stream> openPart)
    {
        Begin();
        if (view.Kind == MessageKind.Sms)
            Sms(view);
        else
            Mms(view, openPart);
        End();
    }

    /// <summary>Ends the file and flushes it.</summary>
    /// <exception cref="InvalidOperationException">Not as many messages were written as the head announces.</exception>
    public void Complete()
    {
        if (_completed)
            return;
        if (_written != _count)
            throw new InvalidOperationException($"{_count} messages were announced and {_written} written.");
        _completed = true;
        _buffer.Write("\n</smses>\n"u8);
        Flush();
        _output.Flush();
    }

    private void Begin()
    {
        if (_completed || _written == _count)
            throw new InvalidOperationException($"All {_count} announced messages are written.");
        _buffer.Write("\n  "u8);
    }

    private void End()
    {
        _written++;
        if (_buffer.WrittenCount >= FlushAt)
            Flush();
    }

    private void Sms(MessageView view)
    {
        _buffer.Write("<sms"u8);
        Attribute("protocol", 0);
        Attribute("address", string.Join('~', view.Addresses.Select(a => a.Address)));
        Attribute("date", view.DateMs ?? 0);
        Attribute("type", (int)(view.Box == MessageBox.Unknown ? MessageBox.Inbox : view.Box));
        Attribute("subject", view.Subject);
        Attribute("body", view.Text);
        Attribute("toa", null);
        Attribute("sc_toa", null);
        Attribute("service_center", null);
        Attribute("read", view.Read ? 1 : 0);
        Attribute("status", view.Status ?? -1);
        Attribute("locked", view.Locked ? 1 : 0);
        Attribute("date_sent", view.DateSentMs ?? 0);
        Attribute("sub_id", -1);
        Attribute("contact_name", view.ContactName ?? "(Unknown)");
        _buffer.Write(" />"u8);
    }

    private void Mms(MessageView view, Func<int, Stream> openPart)
    {
        bool received = view.Box is MessageBox.Inbox or MessageBox.Unknown;
        _buffer.Write("<mms"u8);
        Attribute("date", view.DateMs ?? 0);
        Attribute("ct_t", "application/vnd.wap.multipart.related");
        Attribute("msg_box", (int)(view.Box == MessageBox.Unknown ? MessageBox.Inbox : view.Box));
        Attribute("address", string.Join('~', PhoneAddress.Conversation(view).Select(a => a.Address)));
        Attribute("rr", null);
        Subject(view.Subject);
        Attribute("read_status", null);
        Attribute("m_id", view.MessageId);
        Attribute("m_type", received ? 132 : 128);
        Attribute("m_size", null);
        Attribute("tr_id", view.TransactionId);
        Attribute("v", 18);
        Attribute("date_sent", (view.DateSentMs ?? 0) / 1000);
        Attribute("read", view.Read ? 1 : 0);
        Attribute("seen", 1);
        if (view.Status is { } status)
            Attribute("status", status);
        Attribute("locked", view.Locked ? 1 : 0);
        Attribute("text_only", view.Parts.Any(p => p.DataLength is not null) ? 0 : 1);
        Attribute("sub_id", -1);
        Attribute("contact_name", view.ContactName ?? "(Unknown)");
        _buffer.Write(">\n    <parts>"u8);
        for (int i = 0; i < view.Parts.Count; i++)
            Part(view.Parts[i], i, openPart);
        _buffer.Write("\n    </parts>\n    <addrs>"u8);
        Addresses(view, received);
        _buffer.Write("\n    </addrs>\n  </mms>"u8);
    }

    private void Part(MessagePartView part, int index, Func<int, Stream> openPart)
    {
        _buffer.Write("\n      <part"u8);
        Attribute("seq", part.Sequence ?? index);
        Attribute("ct", part.ContentType);
        Attribute("name", part.Name);
        Number("chset", part.Charset);
        Attribute("cd", null);
        Attribute("fn", null);
        Attribute("cid", part.ContentId);
        Attribute("cl", part.Name);
        Attribute("ctt_s", null);
        Attribute("ctt_t", null);
        Attribute("text", part.Text);
        if (part.DataLength is not null)
        {
            _buffer.Write(" data=\""u8);
            CopyPart(openPart(index), part.RawFrom);
            _buffer.Write("\""u8);
        }
        _buffer.Write(" />"u8);
    }

    private void Addresses(MessageView view, bool received)
    {
        if (!received && view.Addresses.All(a => a.Role != AddressRole.From))
            Address(PhoneAddress.Self, AddressRole.From);
        foreach (MessageAddress a in view.Addresses)
        {
            AddressRole unknown = received ? AddressRole.From : AddressRole.To;
            Address(a.Address, a.Role is AddressRole.Participant or AddressRole.Other ? unknown : a.Role);
        }
    }

    private void Address(string address, AddressRole role)
    {
        _buffer.Write("\n      <addr"u8);
        Attribute("address", address);
        Attribute("type", (int)role);
        Attribute("charset", 106);
        _buffer.Write(" />"u8);
    }

    /// <summary>As Android keeps it: the bytes of the text, each written as one Latin-1 character, and their character set
    /// beside.</summary>
    private void Subject(string? subject)
    {
        Attribute("sub", subject is null ? null : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(subject)));
        Number("sub_cs", subject is null ? null : 106);
    }

    private void Number(string name, int? value)
    {
        if (value is { } number)
            Attribute(name, number);
        else
            Attribute(name, null);
    }

    private void Attribute(string name, long value) => Attribute(name, value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Null is written as the word "null". A text that is that word has its last letter written as a reference, to be told from
    /// it.</summary>
    private void Attribute(string name, string? value)
    {
        _buffer.Write(" "u8);
        Encoding.UTF8.GetBytes(name, _buffer);
        _buffer.Write("=\""u8);
        if (value == "null")
            _buffer.Write("nul&#108;"u8);
        else
            XmlText.Write(_buffer, value ?? "null");
        _buffer.Write("\""u8);
    }

    private void CopyPart(Stream part, long rawFrom)
    {
        using (part)
        {
            Flush();
            PartData.CopyText(part, rawFrom, _output);
        }
    }

    private void Flush()
    {
        _output.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }
}
