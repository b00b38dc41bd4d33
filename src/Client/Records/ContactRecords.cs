using Candor.Formats.Contacts;

namespace Candor.Client.Records;

/// <summary>Cards as records and back: the record holds the card's own bytes, and beside them what lists and searches need.</summary>
public static class ContactRecords
{
    /// <param name="card">As read. Its original bytes become the record's; a card that was made or changed here is written out.</param>
    /// <param name="name">Where it stands below contacts/.</param>
    public static RecordDraft Of(VCard card, string name)
    {
        ArgumentNullException.ThrowIfNull(card);
        var original = card.Original.IsEmpty ? VCardWriter.Write(card) : card.Original;
        return new(NaturalKey(card), new(name, original, ViewOf(card), []), []);
    }

    /// <summary>"u:" and the bare UID, else "h:" and the 32 bytes of the content hash (spec/records.md §2.1).</summary>
    public static ReadOnlyMemory<byte> NaturalKey(VCard card) => NaturalKey(ContactIdentity.KeyOf(card));

    /// <summary>The same for a key of <see cref="ContactIdentity"/>.</summary>
    public static ReadOnlyMemory<byte> NaturalKey(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.StartsWith(ContactIdentity.UidPrefix, StringComparison.Ordinal)
            ? DraftText.Key("u:"u8, key.AsSpan(ContactIdentity.UidPrefix.Length))
            : DraftText.Key("h:"u8, Convert.FromHexString(key.AsSpan(ContactIdentity.HashPrefix.Length)));
    }

    /// <summary>The card of a record: mended as a reader mends it. Null only where no card can be made out.</summary>
    public static VCard? Card(RecordPlaintext record)
    {
        ArgumentNullException.ThrowIfNull(record);
        using var stream = new MemoryStream(record.Original.ToArray(), writable: false);
        foreach (var reading in VCardReader.Read(stream))
            if (reading.Item is { } card) return card;
        return null;
    }

    /// <summary>Keys that <see cref="ViewOf"/> may set: a merge makes these anew and keeps all others.</summary>
    internal static readonly string[] ViewKeys = ["fn", "uid", "org", "title", "nick", "tel", "email", "cats", "note", "group", "members", "bday", "photo"];

    internal static RecordView ViewOf(VCard card)
    {
        var shown = ContactView.Of(card);
        var view = new RecordView()
            .With("fn", DraftText.Cut(shown.FullName, DraftText.ListText))
            .With("uid", ContactIdentity.BareUid(shown.Uid))
            .With("org", DraftText.Cut(shown.Organisation, DraftText.ListText))
            .With("title", DraftText.Cut(shown.Title, DraftText.ListText))
            .With("nick", DraftText.Cut(shown.Nickname, DraftText.ListText))
            .With("tel", Values(shown.Phones))
            .With("email", Values(shown.Emails))
            .With("cats", shown.Categories)
            .With("note", DraftText.Cut(shown.Note, DraftText.ShortText))
            .With("photo", shown.Photo is not null)
            .With("bday", card.First("BDAY")?.Text);
        return shown.IsGroup ? view.With("group", true).With("members", shown.Members) : view;
    }

    private static object?[] Values(IReadOnlyCollection<ContactEntry> entries)
    {
        if (entries.Count == 0) return [];
        var values = new List<object?>(entries.Count);
        foreach (var entry in entries)
            if (entry.Value.Length > 0) values.Add(entry.Value);
        return [.. values];
    }
}
