using System.Text.Json;

namespace Candor.Formats.Messages;

/// <summary>Makes one JSON object a message.</summary>
internal sealed class SmsIeMessage(SmsIeMessage.CopyPart copyPart)
{
    /// <summary>Missing parts that a problem names; the rest it counts.</summary>
    private const int NamedParts = 3;

    private readonly JsonRow _row = new();
    private readonly JsonRow _inner = new();
    private readonly ViewBuilder _builder = new();
    private readonly List<string> _troubles = [];
    private MessageView? _view;

    /// <summary>Where a part's data is: behind a path in the archive, or as text that stood in the line.</summary>
    internal readonly record struct PartSource(string Path, string? Base64);

    internal delegate long? CopyPart(PartSource source, MessagePartInfo info, out string? trouble);

    internal MessageView View => _view ?? throw new InvalidOperationException("No message was read.");

    internal string? Note { get; private set; }

    /// <summary>Null, or why the object is no message.</summary>
    internal string? Read(JsonElement message, long number, Dictionary<int, string>? data)
    {
        Note = null;
        _row.Load(message);
        if (_row.Has(Column.MessageType) || _row.Has(Column.Box))
        {
            string? trouble = ReadMms(number, data);
            if (trouble is not null)
                return trouble;
        }
        else if (_row.Has(Column.Date) && (_row.Has(Column.Address) || _row.Has(Column.Body) || _row.Has(Column.Type)))
        {
            _view = ViewBuilder.Sms(_row);
        }
        else
        {
            return "it holds no message";
        }
        if (View.DateMs is null)
            Note ??= "it has no date that can be read; it was kept without one";
        return null;
    }

    private string? ReadMms(long number, Dictionary<int, string>? data)
    {
        _builder.BeginMms(_row);
        if (_row[Column.Sender] is { ValueKind: JsonValueKind.Object } sender)
        {
            _inner.Load(sender);
            _builder.AddAddress(_inner);
            _builder.AddContact(_inner.Text(Column.DisplayName));
        }
        if (_row[Column.Recipients] is { ValueKind: JsonValueKind.Array } recipients)
        {
            foreach (JsonElement recipient in recipients.EnumerateArray())
            {
                if (recipient.ValueKind != JsonValueKind.Object)
                    continue;
                _inner.Load(recipient);
                _builder.AddAddress(_inner);
            }
        }
        _troubles.Clear();
        if (_row[Column.Parts] is { ValueKind: JsonValueKind.Array } parts)
        {
            if (parts.GetArrayLength() > ViewBuilder.MaxParts)
                return $"it has more than {ViewBuilder.MaxParts} parts";
            foreach (JsonElement part in parts.EnumerateArray())
                _builder.Add(ReadPart(part, number, data));
        }
        _view = _builder.EndMms();
        if (_troubles.Count > 0)
        {
            string more = _troubles.Count > NamedParts ? $" and {_troubles.Count - NamedParts} more" : "";
            Note = string.Join(", ", _troubles.Take(NamedParts)) + more;
        }
        else if (_builder.TooManyAddresses)
            Note = $"it names more than {ViewBuilder.MaxAddresses} people; only the first are shown";
        return null;
    }

    private MessagePartView ReadPart(JsonElement row, long number, Dictionary<int, string>? data)
    {
        if (row.ValueKind != JsonValueKind.Object)
            return new MessagePartView();
        _inner.Load(row);
        MessagePartView part = ViewBuilder.Part(_inner);
        int index = _builder.PartCount;
        string? base64 = data?.GetValueOrDefault(index);
        string? path = _inner.Text(Column.Path);
        if (base64 is null && string.IsNullOrEmpty(path))
            return part;
        var info = new MessagePartInfo(number, index, part.ContentType, part.Name);
        part = part with { DataLength = copyPart(new PartSource(path ?? "", base64), info, out string? trouble) };
        if (trouble is not null)
            _troubles.Add(trouble);
        return part;
    }
}
