using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>The parts of a name.</summary>
public sealed record ContactName(string Family, string Given, string Additional, string Prefix, string Suffix)
{
    public static ContactName None { get; } = new("", "", "", "", "");
}

/// <summary>A phone number, e-mail address, web address, messenger or relation.</summary>
/// <param name="Label">What the person called it: Apple's label, Samsung's custom name; else empty.</param>
/// <param name="Types">"home", "work", "cell" … in lower case, without "pref".</param>
/// <param name="Value">As in the card, "tel:" taken off.</param>
/// <param name="Preferred">The one to use first among its kind.</param>
public sealed record ContactEntry(string Label, ImmutableArray<string> Types, string Value, bool Preferred = false)
{
    public ImmutableArray<string> Types { get; init; } = Types.IsDefault ? [] : Types;

    public bool Equals(ContactEntry? other) =>
        other is not null && Label == other.Label && Value == other.Value && Preferred == other.Preferred && Types.AsSpan().SequenceEqual(other.Types.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Label, Value, Preferred, Types.Length);
}

/// <summary>A postal address; the order of its parts is that of ADR.</summary>
public sealed record ContactAddress(string Label, ImmutableArray<string> Types, bool Preferred,
    string PostBox, string Extended, string Street, string Locality, string Region, string PostalCode, string Country)
{
    public ImmutableArray<string> Types { get; init; } = Types.IsDefault ? [] : Types;

    internal ImmutableArray<string> Parts => [PostBox, Extended, Street, Locality, Region, PostalCode, Country];

    public bool Equals(ContactAddress? other) =>
        other is not null && Label == other.Label && Preferred == other.Preferred
        && Types.AsSpan().SequenceEqual(other.Types.AsSpan()) && Parts.AsSpan().SequenceEqual(other.Parts.AsSpan());

    public override int GetHashCode() => HashCode.Combine(Label, Street, Locality, PostalCode, Types.Length);
}

/// <summary>A picture in the card, or the address of one elsewhere, which nobody here fetches.</summary>
public sealed record ContactPhoto(string MediaType, ReadOnlyMemory<byte> Bytes, string? Uri)
{
    public bool Equals(ContactPhoto? other) =>
        other is not null && MediaType == other.MediaType && Uri == other.Uri && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => HashCode.Combine(MediaType, Uri, Bytes.Length);
}

/// <summary>A contact as pages and searches show it: plain data, the same whatever version the card is in.</summary>
/// <remarks>Texts that a card does not have are empty. Edit it with <c>with</c> and hand it to <see cref="ContactEditor"/>.</remarks>
public sealed record ContactView
{
    /// <summary>FN; where there is none, the name from its parts, the organisation, the first e-mail address or the first number.</summary>
    public string FullName { get; init; } = "";

    public ContactName Name { get; init; } = ContactName.None;

    /// <summary>All nicknames, joined by ", ".</summary>
    public string Nickname { get; init; } = "";

    public ImmutableArray<ContactEntry> Phones { get; init; } = [];

    public ImmutableArray<ContactEntry> Emails { get; init; } = [];

    public ImmutableArray<ContactAddress> Addresses { get; init; } = [];

    /// <summary>Web pages and social profiles.</summary>
    public ImmutableArray<ContactEntry> Urls { get; init; } = [];

    /// <summary>Messengers: IMPP as a URI ("xmpp:…"), older X-AIM, X-SKYPE … with the service as their type.</summary>
    public ImmutableArray<ContactEntry> Ims { get; init; } = [];

    public string Organisation { get; init; } = "";

    public string Department { get; init; } = "";

    public string Title { get; init; } = "";

    public ContactDate? Birthday { get; init; }

    public ContactDate? Anniversary { get; init; }

    /// <summary>All notes, joined by a line break.</summary>
    public string Note { get; init; } = "";

    public ImmutableArray<string> Categories { get; init; } = [];

    public string Uid { get; init; } = "";

    /// <summary>When the card was last changed, as it says itself.</summary>
    public string Rev { get; init; } = "";

    public bool IsGroup { get; init; }

    /// <summary>UIDs of a group's members, "urn:uuid:" taken off.</summary>
    public ImmutableArray<string> Members { get; init; } = [];

    public ContactPhoto? Photo { get; init; }

    /// <summary>People: the type is the relation, the value a name or a URI.</summary>
    public ImmutableArray<ContactEntry> Related { get; init; } = [];

    public static ContactView Of(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var fields = new ContactFields(card);
        return new ContactView
        {
            FullName = DisplayName(card),
            Name = ContactFields.NameOf(card.First("N")),
            Nickname = string.Join(", ", fields.Nicknames),
            Phones = [.. fields.Phones.Select(f => f.Entry)],
            Emails = [.. fields.Emails.Select(f => f.Entry)],
            Addresses = [.. fields.Addresses.Select(f => f.Address)],
            Urls = [.. fields.Urls.Select(f => f.Entry)],
            Ims = [.. fields.Ims.Select(f => f.Entry)],
            Organisation = ContactFields.Component(card.First("ORG"), 0),
            Department = ContactFields.Component(card.First("ORG"), 1),
            Title = card.First("TITLE")?.Text ?? "",
            Birthday = ContactFields.DateOf(fields.Birthday),
            Anniversary = ContactFields.DateOf(fields.Anniversary) ?? fields.AndroidAnniversaries.Select(p => ContactDate.Parse(p.Components[1])).FirstOrDefault(),
            Note = string.Join('\n', card.All("NOTE").Select(p => p.Text)),
            Categories = [.. card.All("CATEGORIES").SelectMany(p => p.Values).Select(v => v.Trim()).Where(v => v.Length > 0).Distinct()],
            Uid = card.First("UID")?.Text ?? "",
            Rev = card.First("REV")?.Text ?? "",
            IsGroup = ContactFields.IsGroup(card),
            Members = [.. fields.Members.Select(f => f.Uid)],
            Photo = ContactFields.PhotoOf(card.First("PHOTO")),
            Related = [.. fields.Related.Select(f => f.Entry)],
        };
    }

    /// <summary>What a list shows for the card; empty only if nothing in it names anyone.</summary>
    public static string DisplayName(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        foreach (var fn in card.All("FN"))
            if (!string.IsNullOrWhiteSpace(fn.Text)) return fn.Text.Trim();
        if (card.First("N") is { } n && ContactFields.Joined(ContactFields.NameOf(n)) is { Length: > 0 } joined) return joined;
        foreach (var name in (ReadOnlySpan<string>)["ORG", "NICKNAME", "EMAIL", "TEL"])
            if (card.First(name) is { } property && (name == "ORG" ? ContactFields.Component(property, 0) : property.Text).Trim() is { Length: > 0 } text)
                return text;
        return "";
    }
}
