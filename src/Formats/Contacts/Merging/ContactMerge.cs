using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

public enum MergeOutcome
{
    /// <summary>One side added it, changed it, or took it away; the other had left it alone.</summary>
    TakenFromOurs,
    TakenFromTheirs,
    RemovedByOurs,
    RemovedByTheirs,

    /// <summary>Both sides changed different parts of one property.</summary>
    Combined,

    /// <summary>Both changed a property of which a contact can have several: both stand.</summary>
    BothKept,

    /// <summary>Both changed a property of which there is one: the newer stands, the other is kept as X-CANDOR-CONFLICT.</summary>
    ConflictKept,
}

/// <summary>What was decided about one property ("BDAY") and the value in question as a person reads it, empty for pictures.</summary>
public sealed record MergeDecision(string Property, MergeOutcome Outcome, string Value);

public sealed record MergeResult(VCard Card, ImmutableArray<MergeDecision> Decisions);

/// <summary>Merges two edits of one contact property by property, and loses no value that anyone added.</summary>
/// <remarks>
/// The same three cards and the same newer one give the same bytes on every device, whichever it calls "ours": nothing depends on the side
/// but which card is newer, and order follows the newer card, then content. Merging the result once more with either side changes nothing.
///
/// 1. All three are brought to the newest version among them, at least 3.0. 2. Properties of one group (a number and its label) are one item.
/// Items are equal by content: name, parameters, value, not by group number, order or spelling. 3. Items of one name are merged as sets
/// against the base; additions of the same number, or a new number here and a new label there, are combined. 4. A name that a contact
/// has once (FN, N, BDAY …) and that both changed keeps the newer value; the older becomes
/// <c>X-CANDOR-CONFLICT;NAME=BDAY:…</c>. An edit beats a removal. REV and PRODID are book-keeping: the later REV and the newer PRODID stand,
/// and where one side took one away, it is gone unless the other changed it.
/// </remarks>
public static class ContactMerge
{
    public const string ConflictName = "X-CANDOR-CONFLICT";
    public const string ConflictOf = "NAME";

    /// <summary>Merges what both sides made of <paramref name="baseCard"/>; where that is null, nothing counts as removed.</summary>
    /// <remarks>
    /// <paramref name="theirsNewer"/> says which side wins where only one can. It must come from what both devices see alike: the clocks of
    /// the commits, or <see cref="TheirsNewer"/>.
    /// </remarks>
    public static MergeResult ThreeWay(VCard? baseCard, VCard ours, VCard theirs, bool theirsNewer)
    {
        ArgumentNullException.ThrowIfNull(ours);
        ArgumentNullException.ThrowIfNull(theirs);
        var version = (VCardVersion)Math.Max((int)VCardVersion.V30, Math.Max((int)ours.Version, (int)theirs.Version));
        var (newer, older) = theirsNewer ? (theirs.To(version), ours.To(version)) : (ours.To(version), theirs.To(version));
        var start = baseCard?.To(version);
        if (newer.Equals(older)) return new MergeResult(newer, []);
        if (start is not null && start.Equals(older)) return new MergeResult(newer, []);
        if (start is not null && start.Equals(newer)) return new MergeResult(older, []);
        return new MergeRun(start, newer, older, theirsNewer).Merge();
    }

    /// <summary>Which of two cards is newer when nothing else tells: by REV, else by the bytes they are written in.</summary>
    public static bool TheirsNewer(VCard ours, VCard theirs)
    {
        ArgumentNullException.ThrowIfNull(ours);
        ArgumentNullException.ThrowIfNull(theirs);
        var byRevision = string.CompareOrdinal(Revision(theirs), Revision(ours));
        return byRevision != 0 ? byRevision > 0 : VCardWriter.Write(theirs).AsSpan().SequenceCompareTo(VCardWriter.Write(ours)) > 0;
    }

    /// <summary>REV as digits that sort by time, whatever form it has; empty without one.</summary>
    internal static string Revision(VCard card) => card.First("REV") is { } rev ? Revision(rev) : "";

    internal static string Revision(VCardProperty rev) => string.Concat(rev.RawValue.Where(char.IsAsciiDigit));

    /// <summary>The properties that lost a conflict, under the names they had.</summary>
    public static IEnumerable<VCardProperty> Conflicts(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        foreach (var property in card.All(ConflictName))
            if (property.Parameter(ConflictOf) is { } name && VCardNames.IsName(name) && name.ToUpperInvariant() is not ("BEGIN" or "END" or "VERSION"))
                yield return property.WithName(name).WithoutParameter(ConflictOf);
    }
}
