using System.Text;
using Candor.Client.Records;
using Candor.Formats.Contacts;

namespace Candor.Client.Merging;

/// <summary>The bytes of a merged contact.</summary>
internal static class CardMerge
{
    /// <summary>A side's own bytes where the merge is that side's card, else the merged card written out.</summary>
    public static ReadOnlyMemory<byte> Merge(RecordPlaintext? basis, RecordPlaintext older, RecordPlaintext newer)
    {
        if (basis is not null && basis.Original.Span.SequenceEqual(older.Original.Span)) return newer.Original;
        if (basis is not null && basis.Original.Span.SequenceEqual(newer.Original.Span)) return older.Original;
        var (ours, theirs) = (ContactRecords.Card(older), ContactRecords.Card(newer));
        if (ours is null || theirs is null) return WithUnread(ours, older, theirs, newer);
        var start = basis is null ? null : ContactRecords.Card(basis);
        var merged = ContactMerge.ThreeWay(start, ours, theirs, theirsNewer: true).Card;
        if (IsSame(merged, theirs)) return newer.Original;
        return IsSame(merged, ours) ? older.Original : VCardWriter.Write(merged);
    }

    /// <summary>A merge never stays in 2.1, in which nothing is written.</summary>
    private static bool IsSame(VCard merged, VCard side) => merged.Equals(side) || (side.Version == VCardVersion.V21 && merged.Equals(side.To(merged.Version)));

    /// <summary>Bytes that are no card stand in the other side's card as a text; if neither is one, the later's bytes are kept.</summary>
    private static ReadOnlyMemory<byte> WithUnread(VCard? ours, RecordPlaintext older, VCard? theirs, RecordPlaintext newer)
    {
        var (card, own, other) = theirs is not null ? (theirs, newer, older) : (ours, older, newer);
        if (card is null) return newer.Original;
        if (other.Original.IsEmpty) return own.Original;
        var unread = VCardProperty.OfText(VCardReader.UnreadName, Encoding.UTF8.GetString(other.Original.Span));
        if (card.Properties.Contains(unread)) return own.Original;
        return VCardWriter.Write((card.Version == VCardVersion.V21 ? card.To(VCardVersion.V30) : card).Add(unread));
    }
}
