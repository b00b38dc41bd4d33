using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>
/// Turns one way of grouping contacts into the other: words in CATEGORIES on each contact, as Android and Nextcloud do it, or a card per
/// group that lists its members (KIND of 4.0, X-ADDRESSBOOKSERVER-KIND of Apple).
/// </summary>
public static class ContactGroups
{
    /// <summary>What a group card is made of; one with anything else is more than a group.</summary>
    private static readonly string[] GroupNames =
        ["FN", "N", "UID", "REV", "PRODID", "KIND", "MEMBER", VCardConversion.AppleKind, VCardConversion.AppleMember];

    /// <summary>
    /// Gives each member its group's name as a category. A group card goes only when all of it is now said elsewhere: it has members, all of
    /// them are among the cards, and it holds nothing else. Doing it twice changes nothing more.
    /// </summary>
    public static ImmutableArray<VCard> ToCategories(IEnumerable<VCard> cards)
    {
        var all = cards.ToList();
        var byUid = IndexByUid(all);
        var gone = new HashSet<int>();
        for (var i = 0; i < all.Count; i++)
        {
            if (!ContactFields.IsGroup(all[i])) continue;
            var group = ContactView.Of(all[i]);
            if (group.FullName.Length == 0) continue;
            var found = group.Members.Where(byUid.ContainsKey).Select(uid => byUid[uid]).ToList();
            foreach (var member in found) all[member] = WithCategory(all[member], group.FullName);
            if (found.Count > 0 && found.Count == group.Members.Length && all[i].Properties.All(p => GroupNames.Contains(p.Name, StringComparer.OrdinalIgnoreCase)))
                gone.Add(i);
        }
        return [.. all.Where((_, i) => !gone.Contains(i))];
    }

    /// <summary>
    /// Makes a group card of every category, or adds to the one of that name, and takes the words off the contacts. A contact without UID
    /// gets one from its content, for a group card names its members by it. The same cards give the same UIDs.
    /// </summary>
    public static ImmutableArray<VCard> ToGroupCards(IEnumerable<VCard> cards, VCardVersion version = VCardVersion.V40)
    {
        ArgumentOutOfRangeException.ThrowIfEqual((int)version, (int)VCardVersion.V21, nameof(version));
        var all = cards.ToList();
        var members = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        for (var i = 0; i < all.Count; i++)
        {
            if (ContactFields.IsGroup(all[i]) || all[i].First("CATEGORIES") is null) continue;
            var view = ContactView.Of(all[i]);
            if (view.Categories.IsEmpty) continue;
            var named = ContactIdentity.WithUid(all[i]);
            var uid = named.First("UID")!.Text;
            all[i] = ContactEditor.Apply(named, view with { Uid = uid, Categories = [] });
            foreach (var category in view.Categories)
            {
                if (!members.TryGetValue(category, out var list)) members[category] = list = [];
                list.Add(ContactIdentity.BareUid(uid));
            }
        }
        for (var i = 0; i < all.Count; i++)
        {
            if (!ContactFields.IsGroup(all[i]) || !members.Remove(ContactView.DisplayName(all[i]), out var more)) continue;
            var view = ContactView.Of(all[i]);
            all[i] = ContactEditor.Apply(all[i], view with { Members = [.. view.Members.Union(more)] });
        }
        foreach (var (name, list) in members.OrderBy(m => m.Key, StringComparer.Ordinal))
        {
            var group = new ContactView { FullName = name, Name = ContactName.None with { Family = name }, IsGroup = true, Members = [.. list] };
            var uid = ContactIdentity.DerivedUid(SHA256.HashData(Encoding.UTF8.GetBytes("candor contact group\n" + name)));
            all.Add(ContactEditor.Create(group, "urn:uuid:" + uid, version));
        }
        return [.. all];
    }

    /// <summary>A member line as each version writes it; Apple puts "urn:uuid:" before any UID.</summary>
    internal static VCardProperty Member(VCardVersion version, string uid)
    {
        var urn = Guid.TryParseExact(uid, "D", out _) ? "urn:uuid:" + uid : uid;
        if (version != VCardVersion.V40)
            return VCardProperty.OfText(VCardConversion.AppleMember, VCardConversion.IsUri(urn) ? urn : "urn:uuid:" + uid);
        var member = VCardProperty.OfText("MEMBER", urn);
        return VCardConversion.IsUri(urn) ? member : member.WithParameter("VALUE", "text");
    }

    private static Dictionary<string, int> IndexByUid(List<VCard> cards)
    {
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < cards.Count; i++)
            if (cards[i].First("UID") is { } uid && !ContactFields.IsGroup(cards[i])) index.TryAdd(ContactIdentity.BareUid(uid.Text), i);
        return index;
    }

    private static VCard WithCategory(VCard card, string category)
    {
        var view = ContactView.Of(card);
        return view.Categories.Contains(category) ? card : ContactEditor.Apply(card, view with { Categories = view.Categories.Add(category) });
    }
}
