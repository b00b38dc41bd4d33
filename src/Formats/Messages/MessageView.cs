namespace Candor.Formats.Messages;

public enum MessageKind : byte
{
    Sms = 1,
    Mms = 2,
}

/// <summary>Android's message boxes: <c>Telephony.Sms.TYPE</c> and <c>Telephony.Mms.MESSAGE_BOX</c> share these numbers.</summary>
public enum MessageBox : byte
{
    Unknown = 0,
    Inbox = 1,
    Sent = 2,
    Draft = 3,
    Outbox = 4,
    Failed = 5,
    Queued = 6,
}

/// <summary>What an address is to a message. The numbers are the header codes of OMA MMS Encapsulation (0x81, 0x82, 0x89, 0x97).</summary>
public enum AddressRole : byte
{
    /// <summary>Named in the conversation; the export does not say as what.</summary>
    Participant = 0,

    /// <summary>The export gives a code that is none of the four.</summary>
    Other = 1,
    Bcc = 129,
    Cc = 130,
    From = 137,
    To = 151,
}

/// <summary>The address as written in the export: a number in any spelling, a short code, a sender's name or a mail address.</summary>
public readonly record struct MessageAddress(string Address, AddressRole Role);

/// <summary>What a message says, in the same terms whichever export it came from. Null means that the export does not say.</summary>
public sealed record MessageView
{
    public required MessageKind Kind { get; init; }

    public MessageBox Box { get; init; }

    /// <summary>SMS: the other side. MMS: first those named in the conversation, then those that only the header names (often one's own
    /// number).</summary>
    public IReadOnlyList<MessageAddress> Addresses { get; init; } = [];

    /// <summary>How many of <see cref="Addresses"/>, from the first, the export names as the conversation; 0 where it does not say
    /// (sms-ie's MMS).</summary>
    public int Participants { get; init; }

    /// <summary>Sent or received, milliseconds since 1970, UTC; within the years 1 to 9999.</summary>
    public long? DateMs { get; init; }

    /// <summary>When the sender's network took it, milliseconds since 1970, UTC.</summary>
    public long? DateSentMs { get; init; }

    /// <summary>SMS: the body. MMS: its plain-text parts, one per line.</summary>
    public string? Text { get; init; }

    public string? Subject { get; init; }

    public bool Read { get; init; }

    public bool Locked { get; init; }

    /// <summary>Delivery: -1 none, 0 complete, 32 pending, 64 failed.</summary>
    public int? Status { get; init; }

    /// <summary>The name that the exporting phone's address book had for the other side.</summary>
    public string? ContactName { get; init; }

    /// <summary>MMS <c>m_id</c>, given by the network.</summary>
    public string? MessageId { get; init; }

    /// <summary>MMS <c>tr_id</c>, given by the sending phone.</summary>
    public string? TransactionId { get; init; }

    public IReadOnlyList<MessagePartView> Parts { get; init; } = [];

    /// <summary>Equal for messages of one conversation: its addresses, normalised (<see cref="PhoneAddress.Normalise"/>), sorted, joined
    /// with "~".</summary>
    /// <remarks>A hint for showing threads. One's own number cannot be told from the others in a group message of an export that names
    /// everyone alike, so a group can show as two threads: received and sent.</remarks>
    public string ThreadKey => PhoneAddress.ThreadKey(this);
}

/// <summary>One part of an MMS.</summary>
public sealed record MessagePartView
{
    /// <summary>The export's own order; -1 for the layout (SMIL).</summary>
    public int? Sequence { get; init; }

    public string? ContentType { get; init; }

    /// <summary>File name: <c>name</c>, else <c>fn</c>, else <c>cl</c>.</summary>
    public string? Name { get; init; }

    /// <summary>IANA MIBenum of the part's character set: 106 UTF-8, 3 ASCII.</summary>
    public int? Charset { get; init; }

    public string? ContentId { get; init; }

    public string? Text { get; init; }

    /// <summary>Bytes that went to the part's stream; null when the part has no data.</summary>
    public long? DataLength { get; init; }

    /// <summary>-1: the part's stream holds the decoded data. Else the base64 text was not the one canonical spelling: from this offset on
    /// the stream holds the text itself, so that it can be written back byte for byte; before it, decoded data. A multiple of 3.
    /// <see cref="PartData.CopyDecoded"/> reads both.</summary>
    public long RawFrom { get; init; } = -1;

    /// <summary>Its type is text/plain, whatever parameters follow.</summary>
    public bool IsPlainText
    {
        get
        {
            ReadOnlySpan<char> type = ContentType;
            int end = type.IndexOf(';');
            return (end < 0 ? type : type[..end]).Trim().Equals("text/plain", StringComparison.OrdinalIgnoreCase);
        }
    }
}
