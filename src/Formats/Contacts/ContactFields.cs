using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>Which property of a card each field of the view comes from. The view shows it, the editor writes it.</summary>
internal sealed class ContactFields(VCard card)
{
    internal readonly record struct Field(ContactEntry Entry, VCardProperty Property);

    internal readonly record struct AddressField(ContactAddress Address, VCardProperty Property);

    internal readonly record struct MemberField(string Uid, VCardProperty Property);

    /// <summary>Messengers before IMPP (RFC 4770), each with a property of its own.</summary>
    private static readonly FrozenSet<string> OldMessengers = Names(
        "X-AIM", "X-JABBER", "X-ICQ", "X-MSN", "X-YAHOO", "X-SKYPE", "X-SKYPE-USERNAME", "X-GOOGLE-TALK", "X-QQ", "X-GADUGADU", "X-GROUPWISE",
        "X-TWITTER", "X-TELEGRAM", "X-SIGNAL", "X-MATRIX", "X-WECHAT");

    private static readonly FrozenSet<string> OldRelations = Names(
        "X-SPOUSE", "X-CHILD", "X-MANAGER", "X-ASSISTANT", "X-EVOLUTION-SPOUSE", "X-EVOLUTION-MANAGER", "X-EVOLUTION-ASSISTANT");

    private static readonly FrozenSet<string> PhoneNames = Names("TEL");
    private static readonly FrozenSet<string> EmailNames = Names("EMAIL");
    private static readonly FrozenSet<string> UrlNames = Names("URL", "X-SOCIALPROFILE", "SOCIALPROFILE");
    private static readonly FrozenSet<string> ImNames = Names(["IMPP", .. OldMessengers]);
    private static readonly FrozenSet<string> RelatedNames = Names(["RELATED", "X-RELATED", "X-ABRELATEDNAMES", .. OldRelations]);

    private static FrozenSet<string> Names(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    private const string AndroidPrefix = "vnd.android.cursor.item/";

    /// <summary>Android's numbers for relations, ContactsContract.CommonDataKinds.Relation.</summary>
    private static readonly string[] AndroidRelations =
    [
        "", "assistant", "brother", "child", "domestic-partner", "father", "friend", "manager", "mother", "parent", "partner", "referred-by",
        "relative", "sister", "spouse",
    ];

    private readonly Dictionary<string, string> _labels = Labels(card);
    private readonly Dictionary<string, int> _best = Best(card);

    public IEnumerable<Field> Phones => Entries(PhoneNames);

    public IEnumerable<Field> Emails => Entries(EmailNames);

    public IEnumerable<Field> Urls => Entries(UrlNames);

    public IEnumerable<Field> Ims => Entries(ImNames);

    public IEnumerable<Field> Related =>
        Entries(RelatedNames).Concat(Android("relation").Select(p =>
        {
            var parts = p.Components;
            var kind = parts.Length > 2 && int.TryParse(parts[2], out var n) && n > 0 && n < AndroidRelations.Length ? AndroidRelations[n] : "";
            return new Field(new ContactEntry(parts.Length > 3 ? parts[3] : "", kind.Length > 0 ? [kind] : [], parts[1]), p);
        }));

    public IEnumerable<string> Nicknames => card.First("NICKNAME") is null && card.First("X-NICKNAME") is null
        ? Android("nickname").Select(p => p.Components[1])
        : card.All("NICKNAME").Concat(card.All("X-NICKNAME")).SelectMany(p => p.Values).Select(v => v.Trim()).Where(v => v.Length > 0);

    public VCardProperty? Birthday => card.First("BDAY");

    public VCardProperty? Anniversary => card.First("ANNIVERSARY") ?? card.First("X-ANNIVERSARY") ?? card.First("X-EVOLUTION-ANNIVERSARY")
        ?? card.All("X-ABDATE").FirstOrDefault(p => Label(p).Equals("Anniversary", StringComparison.OrdinalIgnoreCase));

    public IEnumerable<AddressField> Addresses
    {
        get
        {
            foreach (var property in card.All("ADR"))
            {
                var parts = property.Components;
                yield return new AddressField(new ContactAddress(Label(property), TypesOf(property), IsPreferred(property),
                    At(parts, 0), At(parts, 1), At(parts, 2), At(parts, 3), At(parts, 4), At(parts, 5), At(parts, 6)), property);
            }
        }
    }

    public IEnumerable<MemberField> Members =>
        card.Properties.Where(p => p.Is("MEMBER") || p.Is(VCardConversion.AppleMember)).Select(p => new MemberField(ContactIdentity.BareUid(p.Text), p));

    /// <summary>Android keeps an anniversary as an event of kind 1.</summary>
    public IEnumerable<VCardProperty> AndroidAnniversaries => Android("contact_event").Where(p => p.Components is [_, _, "1", ..]);

    private IEnumerable<VCardProperty> Android(string kind) =>
        card.All("X-ANDROID-CUSTOM").Where(p => p.Components is [var first, { Length: > 0 }, ..] && first == AndroidPrefix + kind);

    private IEnumerable<Field> Entries(FrozenSet<string> names)
    {
        foreach (var property in card.Properties)
            if (names.Contains(property.Name))
                yield return new Field(new ContactEntry(Label(property), TypesOf(property), ValueOf(property), IsPreferred(property)), property);
    }

    // One property

    public static string ValueOf(VCardProperty property)
    {
        var text = property.Text.Trim();
        return property.Is("TEL") && text.StartsWith("tel:", StringComparison.OrdinalIgnoreCase) ? text[4..] : text;
    }

    public static ImmutableArray<string> TypesOf(VCardProperty property)
    {
        var types = property.Types.Remove("pref");
        if (property.Name.StartsWith("X-", StringComparison.OrdinalIgnoreCase))
        {
            if (OldMessengers.Contains(property.Name)) types = types.Insert(0, property.Name[2..].ToLowerInvariant());
            else if (OldRelations.Contains(property.Name))
                types = types.Insert(0, property.Name[(property.Name.LastIndexOf('-') + 1)..].ToLowerInvariant());
        }
        return property.Parameter("X-SERVICE-TYPE") is { } service ? types.Insert(0, service.ToLowerInvariant()) : types;
    }

    /// <summary>Types that come from the name or another parameter, and so are not written as TYPE.</summary>
    public static int ImpliedTypes(VCardProperty property) => TypesOf(property).Length - property.Types.Remove("pref").Length;

    private bool IsPreferred(VCardProperty property) => Preference(property) is { } value && value == _best[property.Name];

    /// <summary>The strongest preference that a card states for each name.</summary>
    private static Dictionary<string, int> Best(VCard card)
    {
        var best = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in card.Properties)
            if (Preference(property) is { } value) best[property.Name] = Math.Min(value, best.GetValueOrDefault(property.Name, int.MaxValue));
        return best;
    }

    /// <summary>PREF=1..100 of 4.0, or 1 for TYPE=pref; null where the card says nothing.</summary>
    private static int? Preference(VCardProperty property)
    {
        if (property.Parameters.IsEmpty) return null;
        if (property.HasType("pref")) return 1;
        return int.TryParse(property.Parameter("PREF") ?? property.Parameter("X-PREF"), out var value) && value is >= 1 and <= 100 ? value : null;
    }

    public string Label(VCardProperty property)
    {
        if (property.Parameter("X-CUSTOM") is { Length: > 0 } custom) return custom;
        return property.Group is { } group && _labels.TryGetValue(group, out var label) ? label : "";
    }

    private static Dictionary<string, string> Labels(VCard card)
    {
        var labels = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in card.Properties)
            if (property.Group is { } group && property.Is(VCardConversion.AppleLabel)) labels.TryAdd(group, Unwrapped(property.Text));
        return labels;
    }

    /// <summary>Apple writes its own words as <c>_$!&lt;Work&gt;!$_</c> and the person's as they are.</summary>
    private static string Unwrapped(string label) =>
        label.StartsWith("_$!<", StringComparison.Ordinal) && label.EndsWith(">!$_", StringComparison.Ordinal) ? label[4..^4] : label;

    public static string Component(VCardProperty? property, int index) => property is null ? "" : At(property.Components, index);

    private static string At(ImmutableArray<string> components, int index) => index < components.Length ? components[index].Trim() : "";

    public static ContactName NameOf(VCardProperty? n)
    {
        if (n is null) return ContactName.None;
        var parts = n.Components;
        return new ContactName(At(parts, 0), At(parts, 1), At(parts, 2), At(parts, 3), At(parts, 4));
    }

    /// <summary>Prefix, given, additional, family, suffix; in Chinese, Japanese and Korean the family comes first and nothing parts them.</summary>
    public static string Joined(ContactName name)
    {
        if (IsEastAsian(name.Family) && IsEastAsian(name.Given)) return name.Family + name.Given;
        string[] parts = [name.Prefix, name.Given, name.Additional, name.Family, name.Suffix];
        return string.Join(' ', parts.Where(p => p.Length > 0));
    }

    private static bool IsEastAsian(string text) => text.Length > 0 && text.All(c => c is >= '\u2E80' and <= '\uD7AF' or >= '\uF900' and <= '\uFAFF');

    public static ContactDate? DateOf(VCardProperty? property)
    {
        if (property is null || property.RawValue.Length == 0) return null;
        return ContactDate.Parse(property.Text, property.Parameter("X-APPLE-OMIT-YEAR") is not null);
    }

    public static bool IsGroup(VCard card) =>
        card.Properties.Any(p => (p.Is("KIND") || p.Is(VCardConversion.AppleKind) || p.Is("X-KIND")) && p.RawValue.Trim().Equals("group", StringComparison.OrdinalIgnoreCase));

    public static ContactPhoto? PhotoOf(VCardProperty? property)
    {
        if (property is null) return null;
        if (VCardBinary.Decode(property) is { } binary) return new ContactPhoto(binary.MediaType, binary.Bytes, null);
        return VCardBinary.Link(property) is { } uri ? new ContactPhoto(VCardBinary.MediaType(property) ?? "", default, uri) : null;
    }
}
