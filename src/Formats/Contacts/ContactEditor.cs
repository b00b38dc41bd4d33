using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>Brings what a person changed in a <see cref="ContactView"/> back onto the card, and touches nothing else.</summary>
/// <remarks>
/// The edited view is compared with the card's own: an unchanged field leaves its properties as they were, to the letter, with all the
/// parameters that the view does not show. Of a changed property only what changed is set. A 2.1 card becomes 3.0 by its first edit.
/// </remarks>
public static class ContactEditor
{
    /// <returns>The card itself where nothing changed; else the changed card, with <paramref name="now"/> as its REV unless that is null.</returns>
    /// <exception cref="ArgumentException">The view has another UID than the card: it belongs to another contact.</exception>
    public static VCard Apply(VCard card, ContactView edited, DateTimeOffset? now = null)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(edited);
        if (card.First("UID") is { } uid && edited.Uid != uid.Text) throw new ArgumentException("The view is of another contact.", nameof(edited));
        var work = card.Version == VCardVersion.V21 ? card.To(VCardVersion.V30) : card;
        edited = edited with { Note = edited.Note.Replace("\r\n", "\n", StringComparison.Ordinal) }; // as web forms send it
        var changed = new Edit(work).Apply(ContactView.Of(card), edited);
        if (changed.Equals(work)) return card;
        return now is { } time ? SetRevision(changed, time) : changed;
    }

    /// <summary>A new card for a contact that was typed in.</summary>
    public static VCard Create(ContactView view, string uid, VCardVersion version = VCardVersion.V40)
    {
        ArgumentNullException.ThrowIfNull(view);
        ArgumentOutOfRangeException.ThrowIfEqual((int)version, (int)VCardVersion.V21, nameof(version));
        var id = VCardProperty.OfText("UID", uid);
        if (version == VCardVersion.V40 && !VCardConversion.IsUri(id.RawValue)) id = id.WithParameter("VALUE", "text");
        var card = new VCard(version, id);
        var full = new Edit(card).Apply(ContactView.Of(card), view with { Uid = uid });
        if (full.First("FN") is null) full = full.Add(VCardProperty.OfText("FN", ContactView.DisplayName(full)));
        return version == VCardVersion.V30 && full.First("N") is null ? full.Add(new VCardProperty(null, "N", [], ";;;;")) : full;
    }

    private static VCard SetRevision(VCard card, DateTimeOffset time)
    {
        var text = time.UtcDateTime.ToString(
            card.Version == VCardVersion.V40 ? "yyyyMMdd'T'HHmmss'Z'" : "yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        return card.First("REV") is { } old ? card.Replace(old, old.WithRawValue(text)) : card.Add(VCardProperty.OfText("REV", text));
    }

    /// <summary>One edit of one card.</summary>
    private sealed class Edit(VCard card)
    {
        private readonly List<VCardProperty> _properties = [.. card.Properties];
        private readonly ContactFields _fields = new(card);
        private readonly FreeGroups _groups = new(card.Properties);

        public VCard Apply(ContactView before, ContactView after)
        {
            if (after.FullName != before.FullName) SetText("FN", after.FullName);
            if (after.Name != before.Name)
                SetComponents("N", [after.Name.Family, after.Name.Given, after.Name.Additional, after.Name.Prefix, after.Name.Suffix]);
            if (after.Nickname != before.Nickname) SetNickname(after.Nickname);
            if (after.Organisation != before.Organisation || after.Department != before.Department)
                SetComponents("ORG", [after.Organisation, after.Department]);
            if (after.Title != before.Title) SetText("TITLE", after.Title);
            if (after.Note != before.Note) SetNote(after.Note);
            if (after.Birthday != before.Birthday) SetDate(_fields.Birthday, "BDAY", after.Birthday);
            if (after.Anniversary != before.Anniversary)
            {
                SetDate(_fields.Anniversary, card.Version == VCardVersion.V40 ? "ANNIVERSARY" : "X-ANNIVERSARY", after.Anniversary);
                foreach (var android in _fields.AndroidAnniversaries) Remove(android);
            }
            if (after.Photo != before.Photo) SetPhoto(after.Photo);
            if (!after.Categories.AsSpan().SequenceEqual(before.Categories.AsSpan())) SetCategories(before.Categories, after.Categories);
            if (card.First("UID") is null && after.Uid.Length > 0) SetText("UID", after.Uid);
            if (after.IsGroup != before.IsGroup) SetKind(after.IsGroup);
            if (!after.Members.AsSpan().SequenceEqual(before.Members.AsSpan())) SetMembers(after.Members);
            SetEntries("TEL", [.. _fields.Phones], after.Phones);
            SetEntries("EMAIL", [.. _fields.Emails], after.Emails);
            SetEntries("URL", [.. _fields.Urls], after.Urls);
            SetEntries("IMPP", [.. _fields.Ims], after.Ims);
            SetEntries(card.Version == VCardVersion.V40 ? "RELATED" : "X-RELATED", [.. _fields.Related], after.Related);
            SetAddresses([.. _fields.Addresses], after.Addresses);
            if (after.FullName.Length == 0 && before.FullName.Length > 0) // every version wants a name to show
                Add(VCardProperty.OfText("FN", ContactView.DisplayName(card.With(_properties))));
            return card.With(_properties);
        }

        private VCardProperty? First(string name) => _properties.Find(p => p.Is(name));

        private void Replace(VCardProperty old, VCardProperty now) => _properties[Find(old)] = now;

        /// <summary>The very property, for two may be equal.</summary>
        private int Find(VCardProperty property) => _properties.FindIndex(p => ReferenceEquals(p, property));

        /// <summary>Takes a property away, and its label where nothing else stands in their group.</summary>
        private void Remove(VCardProperty property)
        {
            _properties.RemoveAt(Find(property));
            if (property.Group is { } group && _properties.Where(p => p.InGroup(group)).All(p => p.Is(VCardConversion.AppleLabel)))
                _properties.RemoveAll(p => p.InGroup(group));
        }

        /// <summary>Adds behind the last property of that name.</summary>
        private void Add(VCardProperty property)
        {
            var last = _properties.FindLastIndex(p => p.Is(property.Name));
            _properties.Insert(last < 0 ? _properties.Count : last + 1, property);
        }

        private void SetText(string name, string text)
        {
            var old = First(name);
            if (text.Length == 0 && old is not null) Remove(old);
            else if (old is not null) Replace(old, old.WithText(text));
            else if (text.Length > 0) Add(VCardProperty.OfText(name, text));
        }

        /// <summary>Sets the components that differ; the others keep their escapes, and any that the view does not show stay.</summary>
        private void SetComponents(string name, string[] texts)
        {
            var old = First(name);
            if (old is null)
            {
                Add(VCardProperty.OfComponents(name, texts));
                return;
            }
            Replace(old, Components(old, texts));
        }

        private static VCardProperty Components(VCardProperty property, ReadOnlySpan<string> texts)
        {
            var raw = property.RawComponents.ToList();
            while (raw.Count < texts.Length) raw.Add("");
            for (var i = 0; i < texts.Length; i++)
                if (VCardText.Unescape(raw[i]).Trim() != texts[i]) raw[i] = VCardText.Escape(texts[i]);
            return property.WithRawValue(string.Join(';', raw));
        }

        private void SetNickname(string text)
        {
            _properties.RemoveAll(p => p.Is("X-NICKNAME") || (p.Is("X-ANDROID-CUSTOM") && p.RawValue.Contains("/nickname;", StringComparison.Ordinal)));
            var names = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var old = First("NICKNAME");
            var made = VCardProperty.OfValues("NICKNAME", names);
            foreach (var extra in _properties.Where(p => p.Is("NICKNAME")).Skip(1).ToList()) Remove(extra);
            if (names.Length == 0 && old is not null) Remove(old);
            else if (old is not null) Replace(old, old.WithRawValue(made.RawValue));
            else if (names.Length > 0) Add(made);
        }

        private void SetNote(string text)
        {
            foreach (var extra in _properties.Where(p => p.Is("NOTE")).Skip(1).ToList()) Remove(extra);
            SetText("NOTE", text);
        }

        private void SetDate(VCardProperty? old, string name, ContactDate? date)
        {
            if (date is null || date.Text.Length == 0)
            {
                if (old is not null) Remove(old);
                return;
            }
            var parsed = ContactDate.Parse(date.Text);
            var plain = (old ?? VCardProperty.OfText(name, "")).WithoutParameter("VALUE").WithoutParameter("X-APPLE-OMIT-YEAR");
            var raw = parsed.For(card.Version);
            var set = plain.WithRawValue(raw ?? VCardText.Escape(date.Text));
            if (raw is null && card.Version == VCardVersion.V40) set = set.WithParameter("VALUE", "text");
            if (raw is not null && card.Version == VCardVersion.V30 && parsed.Year is null)
                set = set.WithParameter("X-APPLE-OMIT-YEAR", $"{ContactDate.NoYear}");
            if (old is null) Add(set);
            else Replace(old, set);
        }

        private void SetPhoto(ContactPhoto? photo)
        {
            var old = First("PHOTO");
            if (old is not null) Remove(old);
            if (photo is null) return;
            var set = photo.Uri is { } uri
                ? VCardProperty.OfText("PHOTO", uri)
                : new VCardProperty(null, "PHOTO", [], $"data:{photo.MediaType};base64,{Convert.ToBase64String(photo.Bytes.Span)}");
            if (card.Version == VCardVersion.V30)
                set = photo.Uri is not null
                    ? set.WithParameter("VALUE", "uri")
                    : new VCardProperty(null, "PHOTO", [new("ENCODING", "b"), new("TYPE", VCardBinary.TypeOf(photo.MediaType))], set.RawValue[(set.RawValue.IndexOf(',') + 1)..]);
            Add(set);
        }

        private void SetCategories(ImmutableArray<string> before, ImmutableArray<string> after)
        {
            var gone = before.Except(after).ToHashSet();
            foreach (var property in _properties.Where(p => p.Is("CATEGORIES")).ToList())
            {
                var raw = VCardText.Split(property.RawValue, ',', VCardProperty.MaxValues);
                var left = raw.RemoveAll(v => gone.Contains(VCardText.Unescape(v).Trim()));
                if (left.Length == 0) Remove(property);
                else if (left.Length < raw.Length) Replace(property, property.WithRawValue(string.Join(',', left)));
            }
            var added = after.Except(before).Where(v => v.Trim().Length > 0).Select(VCardText.Escape).ToList();
            if (added.Count == 0) return;
            if (First("CATEGORIES") is { RawValue.Length: > 0 } home) Replace(home, home.WithRawValue(home.RawValue + "," + string.Join(',', added)));
            else Add(new VCardProperty(null, "CATEGORIES", [], string.Join(',', added)));
        }

        private void SetKind(bool group)
        {
            var name = card.Version == VCardVersion.V40 ? "KIND" : VCardConversion.AppleKind;
            _properties.RemoveAll(p => p.Is("KIND") || p.Is(VCardConversion.AppleKind) || p.Is("X-KIND"));
            if (group) Add(VCardProperty.OfText(name, "group"));
        }

        private void SetMembers(ImmutableArray<string> after)
        {
            var left = new HashSet<string>(after);
            foreach (var (uid, property) in _fields.Members)
                if (!left.Remove(uid)) Remove(property);
            foreach (var uid in after.Distinct().Where(left.Contains)) Add(ContactGroups.Member(card.Version, uid));
        }

        // Entries: what stayed is left alone, what is left over is paired by what it still has in common, the rest is added or removed.

        private void SetEntries(string name, List<ContactFields.Field> before, ImmutableArray<ContactEntry> after)
        {
            var added = after.ToList();
            before.RemoveAll(f => added.Remove(f.Entry));
            foreach (var (old, now) in Pair(before, added, (f, e) => f.Entry.Value == e.Value, (f, e) => f.Entry.Label == e.Label && f.Entry.Types.AsSpan().SequenceEqual(e.Types.AsSpan())))
            {
                if (old.Property.Is("X-ANDROID-CUSTOM"))
                {
                    Remove(old.Property);
                    added.Add(now);
                    continue;
                }
                var set = old.Entry.Value == now.Value ? old.Property : old.Property.WithText(now.Value);
                if (old.Entry.Value != now.Value && set.Is("TEL")) set = set.WithoutParameter("VALUE");
                if (old.Entry.Value != now.Value && set.Is("RELATED"))
                    set = VCardConversion.IsUri(set.RawValue) ? set.WithoutParameter("VALUE") : set.WithParameter("VALUE", "text");
                SetSides(old.Property, set, (old.Entry.Label, old.Entry.Types, old.Entry.Preferred), (now.Label, now.Types, now.Preferred));
            }
            foreach (var gone in before) Remove(gone.Property);
            foreach (var entry in added.Where(e => e.Value.Length > 0)) AddSides(VCardProperty.OfText(name, entry.Value), entry.Label, entry.Types, entry.Preferred);
        }

        private void SetAddresses(List<ContactFields.AddressField> before, ImmutableArray<ContactAddress> after)
        {
            var added = after.ToList();
            before.RemoveAll(f => added.Remove(f.Address));
            foreach (var (old, now) in Pair(before, added, (f, a) => f.Address.Parts.AsSpan().SequenceEqual(a.Parts.AsSpan()), (f, a) => f.Address.Label == a.Label && f.Address.Types.AsSpan().SequenceEqual(a.Types.AsSpan())))
                SetSides(old.Property, Components(old.Property, now.Parts.AsSpan()),
                    (old.Address.Label, old.Address.Types, old.Address.Preferred), (now.Label, now.Types, now.Preferred));
            foreach (var gone in before) Remove(gone.Property);
            foreach (var address in added.Where(a => a.Parts.Any(p => p.Length > 0)))
                AddSides(VCardProperty.OfComponents("ADR", address.Parts), address.Label, address.Types, address.Preferred);
        }

        /// <summary>Pairs what is left on both sides, by the first rule that fits, then in order; takes what it paired out of the lists.</summary>
        private static List<(TOld, TNew)> Pair<TOld, TNew>(List<TOld> before, List<TNew> after, params Func<TOld, TNew, bool>[] rules)
        {
            var pairs = new List<(TOld, TNew)>();
            foreach (var rule in rules.Append((_, _) => true))
                for (var i = 0; i < before.Count; i++)
                {
                    var match = after.FindIndex(a => rule(before[i], a));
                    if (match < 0) continue;
                    pairs.Add((before[i], after[match]));
                    before.RemoveAt(i--);
                    after.RemoveAt(match);
                }
            return pairs;
        }

        private void SetSides(VCardProperty old, VCardProperty set,
            (string Label, ImmutableArray<string> Types, bool Preferred) was, (string Label, ImmutableArray<string> Types, bool Preferred) now)
        {
            if (!was.Types.AsSpan().SequenceEqual(now.Types.AsSpan())) set = WithTypes(set, now.Types.Skip(ContactFields.ImpliedTypes(old)));
            if (was.Preferred != now.Preferred) set = WithPreference(set, now.Preferred);
            if (was.Label == now.Label)
            {
                Replace(old, set);
                return;
            }
            var label = old.Group is null ? null : _properties.Find(p => p.Is(VCardConversion.AppleLabel) && p.InGroup(old.Group));
            var group = old.Group ?? _groups.Next();
            set = set.WithoutParameter("X-CUSTOM");
            Replace(old, now.Label.Length > 0 ? set.WithGroup(group) : set);
            if (label is not null && now.Label.Length == 0) Remove(label);
            else if (label is not null) Replace(label, label.WithText(now.Label));
            else _properties.Add(VCardProperty.OfText(VCardConversion.AppleLabel, now.Label).WithGroup(group));
        }

        private void AddSides(VCardProperty property, string label, ImmutableArray<string> types, bool preferred)
        {
            property = WithPreference(WithTypes(property, types), preferred);
            if (property.Is("RELATED") && !VCardConversion.IsUri(property.RawValue)) property = property.WithParameter("VALUE", "text");
            var group = label.Length > 0 ? _groups.Next() : null;
            Add(property.WithGroup(group));
            if (group is not null) _properties.Add(VCardProperty.OfText(VCardConversion.AppleLabel, label).WithGroup(group));
        }

        /// <summary>One TYPE parameter where the first stood. A comma or line break in a type would split it, so neither is kept.</summary>
        private static VCardProperty WithTypes(VCardProperty property, IEnumerable<string> types)
        {
            List<string> all = [.. types.Select(t => string.Concat(t.Where(c => c is not (',' or '"' or '\r' or '\n'))).Trim()).Where(t => t.Length > 0)];
            if (property.HasType("pref")) all.Add("pref");
            var at = property.Parameters.Select((p, i) => p.IsType ? i : int.MaxValue).Append(int.MaxValue).Min();
            var others = property.Parameters.RemoveAll(p => p.IsType);
            return property.WithParameters(all.Count == 0 ? others : others.Insert(Math.Min(at, others.Length), new VCardParameter("TYPE", all)));
        }

        private VCardProperty WithPreference(VCardProperty property, bool preferred)
        {
            if (card.Version == VCardVersion.V40) return preferred ? property.WithParameter("PREF", "1") : property.WithoutParameter("PREF");
            var types = property.Types.Remove("pref");
            var plain = WithTypes(property.WithParameters(property.Parameters.RemoveAll(p => p.IsType || p.Is("X-PREF"))), types);
            return preferred ? WithTypes(plain, types.Add("pref")) : plain;
        }
    }
}
