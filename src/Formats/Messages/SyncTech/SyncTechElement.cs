namespace Candor.Formats.Messages;

/// <summary>Reads one message element: its tag, and for an MMS what is inside.</summary>
internal sealed class SyncTechElement(ByteWindow window, XmlScanner scanner, XmlTag tag, Func<MessagePartInfo, Stream> openPart)
{
    private readonly ElementBytes _original = new(SyncTechReader.MaxElementBytes);
    private readonly List<PartCut> _cuts = [];
    private readonly ViewBuilder _builder = new();
    private readonly PartSink _sink = new();
    private Func<byte, bool>? _takeData;
    private Action<XmlTag>? _addAddress;
    private long _number;
    private MessageView? _view;

    internal ReadOnlyMemory<byte> Original { get; private set; }

    internal IReadOnlyList<PartCut> Cuts { get; private set; } = [];

    internal MessageView View => _view ?? throw new InvalidOperationException("No message was read.");

    /// <summary>What is odd about a message that could be read.</summary>
    internal string? Note { get; private set; }

    /// <summary>It failed because another message begins before its end: that one's tag is at <see cref="ByteWindow.Keep"/>.</summary>
    internal bool MetNext { get; private set; }

    /// <summary>Reads on from behind the element's name. Null, or why it cannot be taken; then <see cref="ByteWindow.Keep"/> is at the tag
    /// that failed.</summary>
    internal string? Read(bool sms, long number)
    {
        _number = number;
        _cuts.Clear();
        Cuts = [];
        Note = null;
        MetNext = false;
        TagEnd end = tag.Read(null);
        if (end is not (TagEnd.Open or TagEnd.Empty))
            return Reason(end);
        if (sms)
            _view = ViewBuilder.Sms(tag);
        else
            _builder.BeginMms(tag);
        ReadOnlySpan<byte> start = window.Bytes.AsSpan(window.Keep, window.Pos - window.Keep);
        if (end == TagEnd.Empty)
        {
            Original = start.ToArray();
        }
        else
        {
            _original.Clear();
            _original.Write(start);
            string? failure = ReadInside(sms);
            if (failure is not null)
                return failure;
            Original = _original.ToArray();
        }
        if (!sms)
        {
            _view = _builder.EndMms();
            Cuts = _cuts.ToArray();
            if (_builder.TooManyAddresses)
                Note ??= $"it names more than {ViewBuilder.MaxAddresses} people; only the first are shown";
        }
        if (View.DateMs is null)
            Note ??= "it has no date that can be read; it was kept without one";
        return null;
    }

    internal static string Reason(TagEnd end) => end switch
    {
        TagEnd.CutShort => "the file ends inside it, or a quote that it opens is never closed",
        TagEnd.TooLarge => $"it is larger than {SyncTechReader.MaxElementBytes} bytes without its attachments",
        _ => "its attributes are not written as name=\"value\"",
    };

    private string? ReadInside(bool sms)
    {
        while (true)
        {
            window.Keep = window.Pos;
            if (scanner.SkipText(_original))
                Note ??= "it holds text between its elements, which was kept but not understood";
            if (window.Pos == window.End)
                return Reason(TagEnd.CutShort);
            if (_original.IsTooLarge)
                return Reason(TagEnd.TooLarge);
            Markup markup = scanner.Classify();
            string? failure = markup switch
            {
                Markup.MessageEnd => Close(),
                Markup.Sms or Markup.Mms or Markup.Call or Markup.Container or Markup.ContainerEnd => EndMissing(),
                Markup.Comment => Pass("-->"u8),
                Markup.Instruction => Pass("?>"u8),
                Markup.Data => Odd(Pass("]]>"u8)),
                Markup.OtherEnd => Pass(">"u8),
                Markup.Part when !sms => ReadPart(),
                Markup.Addr when !sms => ReadStart(_addAddress ??= _builder.AddAddress),
                Markup.Parts or Markup.Addrs when !sms => ReadStart(null),
                Markup.Text or Markup.DocumentType => "it holds a \"<\" that starts nothing",
                _ => Odd(ReadStart(null)),
            };
            if (failure is not null)
                return failure;
            if (markup == Markup.MessageEnd)
                return null;
        }
    }

    private string? Odd(string? failure)
    {
        Note ??= "it holds an element that is not known, which was kept but not understood";
        return failure;
    }

    private string EndMissing()
    {
        MetNext = true;
        return "its end is missing";
    }

    private string? Close() => Pass(">"u8);

    private string? Pass(ReadOnlySpan<byte> mark)
    {
        window.Pos = window.Keep;
        return scanner.SkipPast(mark, _original) ? null : Reason(TagEnd.CutShort);
    }

    private string? ReadStart(Action<XmlTag>? use)
    {
        // An unknown element's name is still ahead: it reads like an attribute without a value, so it is stepped over first.
        if (window.Pos == window.Keep && !StepOverName())
            return Reason(window.IsFull ? TagEnd.TooLarge : TagEnd.CutShort);
        TagEnd end = tag.Read(null);
        if (end is not (TagEnd.Open or TagEnd.Empty))
            return Reason(end);
        use?.Invoke(tag);
        return Append();
    }

    private bool StepOverName()
    {
        int at;
        window.Pos++;
        while ((at = XmlScanner.NameLength(window.Ahead)) < 0)
        {
            window.Pos = window.End;
            if (!window.Fill())
                return false;
        }
        window.Pos += at;
        return true;
    }

    private string? ReadPart()
    {
        if (_builder.PartCount == ViewBuilder.MaxParts)
            return $"it has more than {ViewBuilder.MaxParts} parts";
        TagEnd end = tag.Read(_takeData ??= TakeData);
        if (end is not (TagEnd.Open or TagEnd.Empty))
            return Reason(end);
        MessagePartView part = ViewBuilder.Part(tag);
        if (tag.CutAt >= 0)
        {
            _cuts.Add(new PartCut(_original.Length + tag.CutAt, _builder.PartCount));
            part = part with { DataLength = _sink.Length, RawFrom = _sink.RawFrom };
        }
        _builder.Add(part);
        return Append();
    }

    private string? Append()
    {
        _original.Write(window.Bytes.AsSpan(window.Keep, window.Pos - window.Keep));
        return _original.IsTooLarge ? Reason(TagEnd.TooLarge) : null;
    }

    /// <summary>Sends the value under the position to the part's stream and takes it out of the window. False if the file ends first.
    /// Stops at a "&lt;" too: no base64 holds one, so a missing quote costs one message and not all that follow.</summary>
    private bool TakeData(byte quote)
    {
        int valueAt = window.Pos - window.Keep;
        var info = new MessagePartInfo(_number, _builder.PartCount, tag.Text(Column.ContentType), ViewBuilder.PartName(tag));
        using Stream stream = openPart(info);
        _sink.Begin(stream);
        int at;
        while ((at = window.Ahead.IndexOfAny(quote, (byte)'<')) < 0)
        {
            _sink.Write(window.Ahead);
            window.Drop(valueAt);
            if (!window.Fill())
                return false;
        }
        _sink.Write(window.Ahead[..at]);
        _sink.Finish();
        window.Pos += at;
        window.Cut(valueAt);
        return true;
    }
}
