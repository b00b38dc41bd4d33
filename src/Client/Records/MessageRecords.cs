using System.Globalization;
using Candor.Formats;
using Candor.Formats.Messages;

namespace Candor.Client.Records;

/// <summary>Messages of either export as records and back: the record holds the element or line itself, its parts' data are files.</summary>
public static class MessageRecords
{
    /// <summary>A file of this type is a part's base64 text, which encoding its data anew would not give back (spec/records.md §4).</summary>
    public const string Base64Text = "application/candor-base64-text";

    private const string UnknownType = "application/octet-stream";
    private const string PartRole = "part/";

    /// <summary>As many parts as a reader takes.</summary>
    private const int MostParts = 4096;

    /// <param name="message">As read.</param>
    /// <param name="occurrences">Numbers the equal messages of one file: one instance per file.</param>
    /// <param name="parts">Its parts; the files of the draft read from them, so that they must live until these are uploaded.</param>
    public static RecordDraft Of(Message message, MessageOccurrences occurrences, MessageParts parts)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(occurrences);
        int occurrence = occurrences.Next(message.View, out byte[] key);
        return Of(message, occurrence, key, parts);
    }

    /// <param name="message">As read.</param>
    /// <param name="occurrence">From <see cref="MessageOccurrences"/>: the number among equal messages of one file, from 0.</param>
    /// <param name="parts">Its parts, as above.</param>
    public static RecordDraft Of(Message message, int occurrence, MessageParts parts)
    {
        ArgumentNullException.ThrowIfNull(message);
        return Of(message, occurrence, MessageIdentity.Key(message.View, occurrence), parts);
    }

    private static RecordDraft Of(Message message, int occurrence, byte[] key, MessageParts parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var content = new RecordPlaintext("", message.Original, ViewOf(message, occurrence), []);
        return new(DraftText.Key("m:"u8, key), content, message.View.Parts.Count == 0 ? [] : Files(message.View.Parts, parts));
    }

    /// <summary>Keys that <see cref="ViewOf"/> may set: a merge takes these from one version and keeps all others.</summary>
    internal static readonly string[] ViewKeys = ["type", "box", "addr", "date", "sent", "body", "subject", "read", "name", "thread", "source", "occ"];

    private static RecordView ViewOf(Message message, int occurrence)
    {
        var view = message.View;
        var people = new object?[view.Addresses.Count];
        for (int i = 0; i < people.Length; i++) people[i] = new object?[] { view.Addresses[i].Address, Role(view.Addresses[i].Role) };
        return new RecordView()
            .With("type", view.Kind == MessageKind.Sms ? "sms" : "mms")
            .With("box", view.Box == MessageBox.Unknown ? null : (long)view.Box)
            .With("addr", people)
            .With("date", view.DateMs)
            .With("sent", view.DateSentMs)
            .With("body", view.Text)
            .With("subject", view.Subject)
            .Set("read", view.Read)
            .With("name", view.ContactName)
            .With("thread", view.ThreadKey)
            .With("source", message.Format == MessageFormat.SyncTech ? "synctech" : "sms-ie")
            .With("occ", occurrence > 0 ? occurrence : null);
    }

    private static long Role(AddressRole role) => role switch
    {
        AddressRole.From => 1,
        AddressRole.To => 2,
        AddressRole.Cc => 3,
        AddressRole.Bcc => 4,
        _ => 0,
    };

    private static List<FileDraft> Files(IReadOnlyList<MessagePartView> views, MessageParts parts)
    {
        var files = new List<FileDraft>();
        for (int i = 0; i < views.Count; i++)
        {
            var part = views[i];
            if (part.DataLength is not { } stored) continue;
            int index = i;
            string name = DraftText.Cut(part.Name ?? "", RecordPlaintext.LongestName);
            // A part that calls itself our word for base64 text would be taken for it.
            string said = DraftText.Cut(part.ContentType ?? UnknownType, RecordPlaintext.LongestMediaType);
            string type = said.Equals(Base64Text, StringComparison.OrdinalIgnoreCase) ? UnknownType : said;
            string role = string.Create(CultureInfo.InvariantCulture, $"{PartRole}{i}");
            files.Add(part.RawFrom < 0
                ? new(role, name, type, stored, () => parts.OpenPart(index))
                : new(role, name, Base64Text, Base64TextStream.LengthOf(stored, part.RawFrom), () => new Base64TextStream(parts.OpenPart(index), part.RawFrom)));
        }
        return files;
    }

    /// <summary>The message of a record, for a writer of exports: its own element or line, to be written back byte for byte.</summary>
    /// <returns>Where the original is not one element or line, a message of <see cref="MessageFormat.None"/> with what the view says.</returns>
    public static Message ToMessage(RecordPlaintext record)
    {
        ArgumentNullException.ThrowIfNull(record);
        var read = record.View.Text("source") switch
        {
            "synctech" => Reread(record.Original, stream => new SyncTechReader(stream, _ => Stream.Null).Read()),
            "sms-ie" => Reread(record.Original, stream => new SmsIeReader(stream, _ => Stream.Null).Read()),
            _ => null,
        };
        if (read is null) return FromView(record);
        var parts = new MessagePartView[read.View.Parts.Count];
        for (int i = 0; i < parts.Length; i++) parts[i] = WithFile(read.View.Parts[i], PartFile(record, i));
        PartCut[] cuts = read.Cuts.Count == 0 ? [] : [.. read.Cuts.Where(cut => parts[cut.Part].DataLength is not null)];
        return read with { Offset = -1, Cuts = cuts, View = read.View with { Parts = parts, Read = record.View.Flag("read") } };
    }

    /// <summary>The file that holds a part's data, or its text: what the writers' openPart opens. Null where the part has none.</summary>
    public static RecordFile? PartFile(RecordPlaintext record, int part)
    {
        ArgumentNullException.ThrowIfNull(record);
        if (record.Files.Count == 0) return null;
        string role = string.Create(CultureInfo.InvariantCulture, $"{PartRole}{part}");
        return record.Files.FirstOrDefault(file => file.Role == role);
    }

    private static MessagePartView WithFile(MessagePartView part, RecordFile? file) =>
        part with { DataLength = file?.Size, RawFrom = file?.MediaType == Base64Text ? 0 : -1 };

    /// <summary>The one message that fills the bytes; null for anything else, so that nothing but a message gets into an export.</summary>
    private static Message? Reread(ReadOnlyMemory<byte> original, Func<Stream, IEnumerable<Reading<Message>>> read)
    {
        using var stream = new MemoryStream(original.ToArray(), writable: false);
        Message? only = null;
        foreach (var reading in read(stream))
        {
            if (reading.Item is null || only is not null) return null;
            only = reading.Item;
        }
        return only is not null && only.Original.Span.SequenceEqual(original.Span) ? only : null;
    }

    private static Message FromView(RecordPlaintext record)
    {
        var shown = record.View;
        var parts = new List<MessagePartView>();
        for (int i = 0; i < MostParts && parts.Count < record.Files.Count; i++)
        {
            if (PartFile(record, i) is not { } file) continue;
            while (parts.Count < i) parts.Add(new());
            parts.Add(WithFile(new() { ContentType = file.MediaType, Name = file.Name }, file));
        }
        bool isSms = shown.Text("type") == "sms";
        string? body = shown.Text("body");
        if (!isSms && body is not null) parts.Add(new() { ContentType = "text/plain", Text = body });
        var people = shown.Items("addr").OfType<object?[]>().Where(pair => pair is [string, long, ..])
            .Select(pair => new MessageAddress((string)pair[0]!, Role((long)pair[1]!))).ToList();
        var view = new MessageView
        {
            Kind = isSms ? MessageKind.Sms : MessageKind.Mms,
            Box = shown.Number("box") is >= 1 and <= 6 and var box ? (MessageBox)box : MessageBox.Unknown,
            Addresses = people,
            Participants = isSms ? people.Count : 0,
            DateMs = shown.Number("date"),
            DateSentMs = shown.Number("sent"),
            Text = body,
            Subject = shown.Text("subject"),
            Read = shown.Flag("read"),
            ContactName = shown.Text("name"),
            Parts = parts,
        };
        return new(1, -1, MessageFormat.None, record.Original, [], view);
    }

    private static AddressRole Role(long role) => role switch
    {
        1 => AddressRole.From,
        2 => AddressRole.To,
        3 => AddressRole.Cc,
        4 => AddressRole.Bcc,
        _ => AddressRole.Participant,
    };
}
