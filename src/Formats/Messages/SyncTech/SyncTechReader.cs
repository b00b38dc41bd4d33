namespace Candor.Formats.Messages;

/// <summary>What the root element of a file announces; null where it does not say. The count is often wrong: a hint for progress, not a
/// promise. The date is in milliseconds since 1970.</summary>
public sealed record SyncTechHeader(long? Count, string? BackupSet, long? DateMs, string? Type);

/// <summary>
/// Reads a file of "SMS Backup &amp; Restore" by SyncTech (<c>sms-*.xml</c>) from start to end, each message as it comes.
/// </summary>
/// <remarks>
/// Total: nothing that a file holds throws, and every byte belongs to one reading: a message, a problem, or a message with a problem (it
/// was mended or is only partly understood; all of its bytes are in <see cref="Message.Original"/>). After damage it goes on at the next
/// message. A lenient scanner and not XmlReader, because phones write what XML forbids: emoji as two surrogate references, control
/// characters, files cut off anywhere. A document type is passed over; no entity is expanded, nothing is fetched, nesting is not followed.
/// Memory: at most <see cref="MaxElementBytes"/> a few times over, whatever the size of the file or of the pictures in it: the base64 text
/// of a part goes, decoded, straight to the stream that the caller opens for it.
/// <c>calls-*.xml</c>: each call is a problem, <see cref="CallsAreNoKind"/>.
/// Exceptions of the caller's streams pass through. Not thread-safe. Source: synctech.com.au/sms-backup-restore/fields-in-xml-backup-files.
/// </remarks>
public sealed class SyncTechReader
{
    /// <summary>Largest message, attached data apart: 16 MiB. A larger one is a problem and is passed over.</summary>
    public const int MaxElementBytes = 16 << 20;

    /// <summary>The reason given for each entry of a call log.</summary>
    public const string CallsAreNoKind = "calls are not a kind yet";

    private readonly ByteWindow _window;
    private readonly XmlScanner _scanner;
    private readonly XmlTag _tag;
    private readonly SyncTechElement _element;
    private readonly Queue<FormatProblem> _problems = new();
    private readonly bool _transcoded;
    private Markup? _pending;
    private long _calls;
    private long _elements;
    private long _open;
    private bool _damaged;
    private bool _cutShort;
    private bool _ended;

    /// <param name="file">Read from where it stands; stays the caller's.</param>
    /// <param name="openPart">Opens the stream that a part's data goes to. It is disposed at the part's end, before the message is read
    /// out; parts opened since the last reading belong to the next one, and are to be thrown away if that is a problem without a
    /// message.</param>
    public SyncTechReader(Stream file, Func<MessagePartInfo, Stream> openPart)
    {
        Utf8Source source = Utf8Source.Open(file);
        _transcoded = source.Transcoded;
        _window = new ByteWindow(source.Rest, source.Head, source.HeadOffset, MaxElementBytes + (64 * 1024));
        _scanner = new XmlScanner(_window);
        _tag = new XmlTag(_window);
        _element = new SyncTechElement(_window, _scanner, _tag, openPart);
        if (source.Trouble is not null)
            _problems.Enqueue(new FormatProblem("file", 0, source.Trouble));
    }

    /// <summary>What the root element announced, once it was passed. Of several files written one after another, the first's.</summary>
    public SyncTechHeader? Header { get; private set; }

    /// <summary>Messages read so far.</summary>
    public long MessageCount { get; private set; }

    /// <summary>The readings in the order of the file. To be walked once.</summary>
    public IEnumerable<Reading<Message>> Read()
    {
        while (TryRead(out Reading<Message> reading))
            yield return reading;
    }

    /// <summary>The next reading; false at the end of the file.</summary>
    public bool TryRead(out Reading<Message> reading)
    {
        while (true)
        {
            if (_problems.TryDequeue(out FormatProblem? problem))
            {
                reading = new Reading<Message>(null, problem);
                return true;
            }
            if (_ended)
            {
                reading = default;
                return false;
            }
            if (_pending is null)
            {
                _pending = Seek();
                if (_problems.Count > 0)
                    continue;
            }
            Markup markup = _pending.Value;
            _pending = null;
            if (Take(markup, out reading))
                return true;
        }
    }

    private bool Take(Markup markup, out Reading<Message> reading)
    {
        switch (markup)
        {
            case Markup.Sms or Markup.Mms:
                reading = ReadMessage(markup);
                return true;
            case Markup.Call:
                reading = ReadCall();
                return true;
            case Markup.Container:
                reading = ReadHeader();
                return reading.Problem is not null;
            case Markup.End:
                _ended = true;
                ReportMissing();
                break;
        }
        reading = default;
        return false;
    }

    /// <summary>Goes to the next message, call or container. What lies between and is neither blank nor comment becomes one problem, unless
    /// it is the rest of something that already has one.</summary>
    private Markup Seek()
    {
        long from = -1;
        string what = "text";
        while (true)
        {
            _window.Keep = _window.Pos;
            long start = Offset;
            bool stray = _scanner.SkipText(null);
            if (stray)
                Stray(ref from, start);
            long at = Offset;
            bool end = _window.End == _window.Pos;
            Markup markup = end ? Markup.End : _scanner.Classify();
            if (markup is Markup.Sms or Markup.Mms or Markup.Call or Markup.Container or Markup.End)
            {
                if (from >= 0 && !_damaged)
                    _problems.Enqueue(Problem(what, from, $"{at - from} bytes that are no message were passed over"));
                _cutShort |= end && (from >= 0 || _damaged);
                _damaged = false;
                return markup;
            }
            if (markup is Markup.Other or Markup.Parts or Markup.Part or Markup.Addrs or Markup.Addr && from < 0)
                what = "element " + ElementName();
            if (!PassOver(markup, at) && from < 0)
                Stray(ref from, at);
        }
    }

    private static void Stray(ref long from, long at) => from = from < 0 ? at : from;

    /// <summary>Moves on over one piece of markup. False if it ought not to be there.</summary>
    private bool PassOver(Markup markup, long at)
    {
        switch (markup)
        {
            case Markup.Comment:
                return _scanner.SkipPast("-->"u8, null);
            case Markup.Instruction:
                return _scanner.SkipPast("?>"u8, null);
            case Markup.DocumentType:
                bool ends = _scanner.SkipDocumentType();
                if (ends && !_damaged)
                    _problems.Enqueue(Problem("document type", at, "it was passed over: nothing it declares is expanded or fetched"));
                return ends;
            case Markup.ContainerEnd:
                _open--;
                return _scanner.SkipPast(">"u8, null);
            case Markup.MessageEnd or Markup.OtherEnd:
                return _scanner.SkipPast(">"u8, null) && markup == Markup.MessageEnd;
            case Markup.Data:
                _scanner.SkipPast("]]>"u8, null);
                return false;
            default:
                _window.Pos++;
                return false;
        }
    }

    private string ElementName()
    {
        ReadOnlySpan<byte> ahead = _window.Bytes.AsSpan(_window.Keep, _window.End - _window.Keep);
        int end = XmlScanner.NameLength(ahead[..Math.Min(ahead.Length, 64)]);
        return XmlText.Decode(ahead[1..(end < 0 ? Math.Min(ahead.Length, 64) : end)]);
    }

    private Reading<Message> ReadMessage(Markup markup)
    {
        bool sms = markup == Markup.Sms;
        _elements++;
        long offset = _window.Offset - "<sms".Length;
        string? failure = _element.Read(sms, MessageCount + 1);
        if (failure is not null)
            return Damage(Item(sms), offset, failure, _element.MetNext ? 0 : 1);
        MessageCount++;
        long place = _transcoded ? -1 : offset;
        var message = new Message(MessageCount, place, MessageFormat.SyncTech, _element.Original, _element.Cuts, _element.View);
        return new Reading<Message>(message, _element.Note is { } note ? Problem(Item(sms), offset, note) : null);
    }

    private string Item(bool sms) => $"{(sms ? "sms" : "mms")} {_elements}";

    private Reading<Message> ReadCall()
    {
        long offset = _window.Offset - "<call".Length;
        string item = $"call {++_calls}";
        TagEnd end = _tag.Read(null);
        return end is TagEnd.Open or TagEnd.Empty
            ? new Reading<Message>(null, Problem(item, offset, CallsAreNoKind))
            : Damage(item, offset, SyncTechElement.Reason(end));
    }

    private Reading<Message> ReadHeader()
    {
        long offset = _window.Offset - "<smses".Length;
        TagEnd end = _tag.Read(null);
        if (end is not (TagEnd.Open or TagEnd.Empty))
            return Damage("header", offset, SyncTechElement.Reason(end));
        _open += end == TagEnd.Open ? 1 : 0;
        Header ??= new SyncTechHeader(
            _tag.Number(Column.Count), _tag.Text(Column.BackupSet), _tag.Number(Column.BackupDate), _tag.Text(Column.Type));
        return default;
    }

    /// <summary>Names what is wrong, once: what follows up to the next message belongs to it. Goes on <paramref name="step"/> bytes behind
    /// the tag that failed: a quote left open may have swallowed others.</summary>
    private Reading<Message> Damage(string item, long offset, string reason, int step = 1)
    {
        _damaged = true;
        _window.Pos = Math.Min(_window.Keep + step, _window.End);
        return new Reading<Message>(null, Problem(item, offset, reason));
    }

    private void ReportMissing()
    {
        if (Header is null && MessageCount + _elements + _calls == 0 && !_cutShort)
            _problems.Enqueue(new FormatProblem("file", 0, "it holds no messages"));
        else if (_open > 0 && !_cutShort)
            _problems.Enqueue(Problem("file", Offset, $"it ends before its end: {MessageCount} messages were read, {Announced()}"));
        else if (Header?.Count > _elements + _calls && !_cutShort)
            _problems.Enqueue(Problem("file", 0, $"it announces {Header.Count} entries and holds {_elements + _calls}: all were read"));
    }

    private string Announced() => Header?.Count is { } count ? $"{count} were announced" : "how many there were is not known";

    private FormatProblem Problem(string item, long offset, string reason) => new(item, _transcoded ? -1 : offset, reason);

    private long Offset => _window.Offset;
}
