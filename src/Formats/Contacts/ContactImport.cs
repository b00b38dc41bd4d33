namespace Candor.Formats.Contacts;

public enum ImportOutcome
{
    Added,

    /// <summary>Known already: nothing to do.</summary>
    Unchanged,

    /// <summary>Known, and the file has more or other values: the card to keep holds both.</summary>
    Merged,

    /// <summary>No card could be made out.</summary>
    Failed,
}

/// <summary>What importing one thing from a file would do; the lines together account for the whole file.</summary>
/// <param name="Item">"card 12", or where the bytes stood that are no card.</param>
/// <param name="Offset">Its first byte in the file.</param>
/// <param name="Name">What a list shows for the contact; empty for what failed.</param>
/// <param name="Key">The card's <see cref="ContactIdentity"/>; empty for what failed.</param>
/// <param name="Outcome">What would be done.</param>
/// <param name="Card">What to keep: for a new card as it was read, for a merged one the result, for an unchanged one what is there. Null for what failed.</param>
/// <param name="Problem">What had to be mended, or why it failed; null where all was well.</param>
public sealed record ImportLine(string Item, long Offset, string Name, string Key, ImportOutcome Outcome, VCard? Card, FormatProblem? Problem);

/// <param name="Now">The card as it is kept today.</param>
/// <param name="LastImported">The card as it last came from a file, where that is known: what a person took away since then stays away.</param>
public sealed record KnownContact(VCard Now, VCard? LastImported = null);

/// <summary>Says what importing a file would do, card by card, before anything is written.</summary>
/// <remarks>The same file twice changes nothing. A card that comes twice in one file is merged with itself. Nothing is dropped in silence.</remarks>
public static class ContactImport
{
    /// <summary>One line for each reading; <paramref name="known"/> finds the contact that is kept under a key of <see cref="ContactIdentity"/>.</summary>
    public static IEnumerable<ImportLine> Preview(IEnumerable<Reading<VCard>> readings, Func<string, KnownContact?> known)
    {
        ArgumentNullException.ThrowIfNull(readings);
        ArgumentNullException.ThrowIfNull(known);
        return PreviewCore(readings, known);
    }

    private static IEnumerable<ImportLine> PreviewCore(IEnumerable<Reading<VCard>> readings, Func<string, KnownContact?> known)
    {
        var fromThisFile = new Dictionary<string, KnownContact>(StringComparer.Ordinal);
        var number = 0;
        foreach (var (card, problem) in readings)
        {
            if (card is null)
            {
                yield return new ImportLine(problem?.Item ?? "", problem?.Offset ?? -1, "", "", ImportOutcome.Failed, null, problem);
                continue;
            }
            number++;
            var key = ContactIdentity.KeyOf(card);
            var there = fromThisFile.GetValueOrDefault(key) ?? known(key);
            var isContent = key.StartsWith(ContactIdentity.HashPrefix, StringComparison.Ordinal);
            if (isContent && there is null && known(ContactIdentity.UidKeyOf(key)) is { } named) (there, key) = (named, ContactIdentity.UidKeyOf(key));
            // A hash is the content, so whatever was edited since, this very card has been here.
            var (outcome, keep) = isContent && there is not null ? (ImportOutcome.Unchanged, there.Now) : Compare(card, there);
            fromThisFile[key] = new KnownContact(keep);
            yield return new ImportLine($"card {number}", card.Offset, ContactView.DisplayName(card), key, outcome, keep, problem);
        }
    }

    private static (ImportOutcome, VCard) Compare(VCard card, KnownContact? there)
    {
        if (there is null) return (ImportOutcome.Added, card);
        if (SameContent(card, there.Now)) return (ImportOutcome.Unchanged, there.Now);
        if (there.LastImported is { } last && SameContent(card, last)) return (ImportOutcome.Unchanged, there.Now);
        var later = string.CompareOrdinal(ContactMerge.Revision(card), ContactMerge.Revision(there.Now)) > 0;
        var merged = ContactMerge.ThreeWay(there.LastImported, there.Now, card, theirsNewer: later).Card;
        return SameContent(merged, there.Now) ? (ImportOutcome.Unchanged, there.Now) : (ImportOutcome.Merged, merged);
    }

    private static bool SameContent(VCard a, VCard b) =>
        a.Equals(b) || ContactIdentity.ContentHash(a).AsSpan().SequenceEqual(ContactIdentity.ContentHash(b));
}
