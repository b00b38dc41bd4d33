using System.Text;

namespace Candor.Formats.Messages;

/// <summary>Gives rows their meaning. The same for both exports, so that the same message gives the same view.</summary>
internal sealed class ViewBuilder
{
    /// <summary>Below this a date counts seconds, above it milliseconds: as seconds it is the year 5138, as milliseconds March
    /// 1973.</summary>
    private const long LeastMilliseconds = 100_000_000_000;

    private const long YearOne = -62_135_596_800_000;
    private const long EndOfYear9999 = 253_402_300_799_999;

    /// <summary>Parts, and people, that one message may have. A phone allows some dozens.</summary>
    internal const int MaxParts = 4096;
    internal const int MaxAddresses = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private readonly List<MessageAddress> _header = [];
    private readonly List<MessagePartView> _parts = [];
    private MessageView? _head;
    private string? _conversation;

    internal int PartCount => _parts.Count;

    /// <summary>More people than <see cref="MaxAddresses"/>: the view names only the first.</summary>
    internal bool TooManyAddresses { get; private set; }

    internal static MessageView Sms(Row row)
    {
        long? box = row.Number(Column.Type);
        AddressRole role = box == (long)MessageBox.Inbox ? AddressRole.From : AddressRole.To;
        string? address = row.Text(Column.Address);
        return new MessageView
        {
            Kind = MessageKind.Sms,
            Box = Box(box),
            Addresses = address is null ? [] : [new MessageAddress(address, role)],
            Participants = address is null ? 0 : 1,
            DateMs = Milliseconds(row.Number(Column.Date)),
            DateSentMs = row.Number(Column.DateSent) is { } sent and not 0 ? Milliseconds(sent) : null,
            Text = row.Text(Column.Body),
            Subject = row.Text(Column.SmsSubject),
            Read = row.Number(Column.Read) == 1,
            Locked = row.Number(Column.Locked) == 1,
            Status = Int(row.Number(Column.Status)),
            ContactName = Contact(row),
        };
    }

    internal void BeginMms(Row row)
    {
        _header.Clear();
        _parts.Clear();
        TooManyAddresses = false;
        _conversation = row.Text(Column.Address);
        _head = new MessageView
        {
            Kind = MessageKind.Mms,
            Box = Box(row.Number(Column.Box)),
            DateMs = Milliseconds(row.Number(Column.Date)),
            DateSentMs = row.Number(Column.DateSent) is { } sent and not 0 ? Milliseconds(sent) : null,
            Subject = Subject(row.Text(Column.Subject), row.Number(Column.SubjectCharset)),
            Read = row.Number(Column.Read) == 1,
            Locked = row.Number(Column.Locked) == 1,
            Status = Int(row.Number(Column.Status)),
            ContactName = Contact(row),
            MessageId = row.Text(Column.MessageId),
            TransactionId = row.Text(Column.TransactionId),
        };
    }

    internal void AddAddress(Row row)
    {
        if (row.Text(Column.Address) is not { } address || address == PhoneAddress.Self)
            return;
        if (_header.Count == MaxAddresses)
            TooManyAddresses = true;
        else
            _header.Add(new MessageAddress(address, Role(row.Number(Column.Type))));
    }

    /// <summary>The sender's name, where the message itself has none.</summary>
    internal void AddContact(string? name) => _head = _head is { ContactName: null } ? _head with { ContactName = name } : _head;

    internal static MessagePartView Part(Row row) => new()
    {
        Sequence = Int(row.Number(Column.Sequence)),
        ContentType = row.Text(Column.ContentType),
        Name = PartName(row),
        Charset = Int(row.Number(Column.PartCharset)),
        ContentId = row.Text(Column.ContentId),
        Text = row.Text(Column.Text),
    };

    internal static string? PartName(Row row) => row.Text(Column.Name) ?? row.Text(Column.FileName) ?? row.Text(Column.ContentLocation);

    internal void Add(MessagePartView part) => _parts.Add(part);

    internal MessageView EndMms()
    {
        MessageView head = _head ?? throw new InvalidOperationException("No message was begun.");
        var addresses = new List<MessageAddress>(_header.Count);
        int participants = Participants(addresses);
        return head with
        {
            Addresses = addresses,
            Participants = participants,
            Parts = _parts.ToArray(),
            Text = JoinText(),
        };
    }

    /// <summary>Puts the conversation first, each address with the role that the header gives the same number, then what only the header
    /// names.</summary>
    private int Participants(List<MessageAddress> into)
    {
        var used = new bool[_header.Count];
        Dictionary<string, int>? rows = null;
        if (_conversation is { } conversation)
        {
            rows = new Dictionary<string, int>(StringComparer.Ordinal);
            for (int i = 0; i < _header.Count; i++)
                rows.TryAdd(PhoneAddress.Normalise(_header[i].Address), i);
            foreach (Range range in conversation.AsSpan().Split('~'))
            {
                string address = conversation[range];
                if (address.Length == 0 || address == PhoneAddress.Self)
                    continue;
                if (into.Count == MaxAddresses)
                {
                    TooManyAddresses = true;
                    break;
                }
                bool named = rows.Remove(PhoneAddress.Normalise(address), out int row);
                if (named)
                    used[row] = true;
                into.Add(new MessageAddress(address, named ? _header[row].Role : AddressRole.Participant));
            }
        }
        int participants = into.Count;
        for (int i = 0; i < _header.Count; i++)
        {
            if (!used[i])
                into.Add(_header[i]);
        }
        return participants;
    }

    private string? JoinText()
    {
        string? text = null;
        StringBuilder? joined = null;
        foreach (MessagePartView part in _parts)
        {
            if (part.Text is null || !part.IsPlainText)
                continue;
            if (text is null)
                text = part.Text;
            else
                (joined ??= new StringBuilder(text)).Append('\n').Append(part.Text);
        }
        return joined?.ToString() ?? text;
    }

    /// <summary>Milliseconds from a date that counts seconds or milliseconds; null outside the years 1 to 9999.</summary>
    internal static long? Milliseconds(long? raw)
    {
        if (raw is not { } n)
            return null;
        if (n is > -LeastMilliseconds and < LeastMilliseconds)
            n *= 1000;
        return n is >= YearOne and <= EndOfYear9999 ? n : null;
    }

    /// <summary>Android keeps an MMS subject as bytes in the character set <c>sub_cs</c>, each byte written as one Latin-1
    /// character.</summary>
    private static string? Subject(string? raw, long? charset)
    {
        bool bytes = raw.AsSpan().ContainsAnyInRange('\u0080', '\u00ff') && !raw.AsSpan().ContainsAnyInRange('\u0100', '\uffff');
        if (raw is null || !bytes || charset is not (null or 106))
            return raw;
        try
        {
            return StrictUtf8.GetString(Encoding.Latin1.GetBytes(raw));
        }
        catch (DecoderFallbackException)
        {
            return raw;
        }
    }

    private static string? Contact(Row row)
    {
        string? name = row.Text(Column.ContactName) ?? row.Text(Column.DisplayName);
        return name is "(Unknown)" or "" ? null : name;
    }

    private static AddressRole Role(long? n) => n is 129 or 130 or 137 or 151 ? (AddressRole)n : AddressRole.Other;

    private static MessageBox Box(long? n) => n is >= 1 and <= 6 ? (MessageBox)n : MessageBox.Unknown;

    private static int? Int(long? n) => n is >= int.MinValue and <= int.MaxValue ? (int)n : null;
}
