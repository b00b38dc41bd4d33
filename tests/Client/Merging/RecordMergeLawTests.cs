using System.Text;
using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Protocol;
using CsCheck;

namespace Candor.Tests.Client.Merging;

/// <summary>The laws of merging, over records small enough that every kind of clash comes up.</summary>
public class RecordMergeLawTests
{
    private const int Iterations = 600;

    private static readonly Gen<RecordFile[]> Files = Gen.Select(Gen.OneOf("a.jpg", "b.jpg"), Gen.Byte[0, 2], Gen.Byte[1, 2]).Array[0, 2].Select(files => files
        .Select((f, i) => new RecordFile($"attachment/{i}", f.Item1, "image/jpeg", 5, Id.From([f.Item2, .. new byte[15]]), Id.From([f.Item3, .. new byte[15]]), 1, [new(Hash32.Of([f.Item2, f.Item3]), 5)]))
        .DistinctBy(f => (f.Name, f.ContentId)).ToArray());

    private static readonly Gen<RecordPlaintext> Cards =
        from lines in Gen.OneOf("FN:A", "FN:B", "TEL:1", "TEL:2", "TEL;TYPE=home:1", "BDAY:1990-01-01", "BDAY:1991-01-01", "CATEGORIES:a,b", "CATEGORIES:b,c", "X-V;X-P=q:1", "NOTE:n", "UID:u", "item1.TEL:1\r\nitem1.X-ABLabel:L").Array[0, 6]
        from version in Gen.OneOf("2.1", "3.0", "3.0", "3.0", "4.0")
        from name in Gen.OneOf("A.vcf", "A.vcf", "B.vcf")
        from broken in Gen.Int[0, 15]
        let text = broken == 0 ? "no card" : $"BEGIN:VCARD\r\nVERSION:{version}\r\nFN:Z\r\n{string.Concat(lines.Distinct().Select(l => l + "\r\n"))}END:VCARD\r\n"
        let card = VCardReader.Read(Encoding.UTF8.GetBytes(text)).Select(r => r.Item).FirstOrDefault()
        select card is null ? new RecordPlaintext(name, Encoding.UTF8.GetBytes(text), new RecordView(), []) : ContactRecords.Of(card, name).Content;

    private static readonly Gen<RecordPlaintext> Notes =
        from lines in Gen.OneOf("one", "two", "three", "- [ ] tea", "- [x] tea", "# Head", "![](a.jpg)", "![](b.jpg)").Array[0, 6]
        from front in Gen.OneOf("", "---\ntags: [a, b]\n---\n", "---\ntags: [b]\ntitle: T\n---\n", "---\ntitle: U\npinned: true\nid: i\n---\n", "---\nbad: [\n---\n", "\uFEFF")
        from ending in Gen.OneOf("\n", "\n", "\r\n")
        from files in Files
        let content = NoteRecords.Of(Encoding.UTF8.GetBytes((front + string.Concat(lines.Select(l => l + "\n"))).Replace("\n", ending, StringComparison.Ordinal)), "n.md", [], null, Id.Zero).Content
        select content with { Files = files, View = content.View.With("names", files.Select(f => f.Name)) };

    private static readonly Gen<RecordPlaintext> Views =
        from values in Gen.Select(Gen.OneOf("caption", "utc", "fav", "lat", "body", "x"), Gen.Int[0, 2]).Array[0, 4]
        from albums in Gen.OneOf("A", "B", "C").Array[0, 3]
        from read in Gen.Bool
        from files in Files
        let view = values.Aggregate(new RecordView(), (v, pair) => v.Set(pair.Item1, (long)pair.Item2)).With("albums", albums.Distinct().Order(StringComparer.Ordinal)).Set("read", read)
        select new RecordPlaintext("p", default, view, files);

    private static Gen<RecordPlaintext> Of(Kind kind) => kind switch { Kind.Contacts => Cards, Kind.Notes => Notes, _ => Views };

    public static TheoryData<Kind> AllKinds => new(Kinds.All);

    private static Gen<(RecordVersion? Basis, RecordVersion[] Heads)> Cases(Kind kind) =>
        from basis in Of(kind)
        from hasBasis in Gen.Int[0, 3]
        from heads in Gen.Select(Of(kind), Gen.Long[2, 3], Gen.Byte[0, 1]).Array[2, 4]
        select (hasBasis == 0 ? null : new RecordVersion(basis, new HybridTime(1, 0), Id.Zero),
            heads.Select(h => new RecordVersion(h.Item1, new HybridTime(h.Item2, 0), Id.From([h.Item3, .. new byte[15]]))).ToArray());

    private static byte[] Merge(Kind kind, RecordVersion? basis, params RecordVersion[] heads) => RecordMerge.Merge(kind, basis, heads).Encode();

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void TheOrderOfTheHeadsDoesNotMatter(Kind kind) => Cases(kind).Sample(c =>
    {
        byte[] merged = Merge(kind, c.Basis, c.Heads);
        Assert.Equal(merged, Merge(kind, c.Basis, [.. c.Heads.Reverse()]));
        Assert.Equal(merged, Merge(kind, c.Basis, [.. c.Heads.Skip(1), c.Heads[0]]));
        Assert.True(RecordPlaintext.TryDecode(merged, out _));
    }, iter: Iterations);

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void ASideThatChangedNothingLeavesTheOthersAsTheyAre(Kind kind) => Cases(kind).Where(c => c.Basis is not null).Sample(c =>
    {
        var unchanged = c.Basis! with { Time = new HybridTime(9, 0) };
        byte[] other = c.Heads[0].Content.Encode();
        byte[] merged = Merge(kind, c.Basis, c.Heads[0], unchanged);
        // What one side has read stays read.
        if (kind == Kind.Messages && unchanged.Content.View.Flag("read")) Assert.True(RecordMerge.Merge(kind, c.Basis, [c.Heads[0], unchanged]).View.Flag("read"));
        else Assert.Equal(other, merged);
    }, iter: Iterations);

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void EqualHeadsAreThatHead(Kind kind) => Cases(kind).Sample(c =>
        Assert.Equal(c.Heads[0].Content.Encode(), Merge(kind, c.Basis, c.Heads[0], c.Heads[0] with { Time = new HybridTime(7, 1) })), iter: Iterations);

    [Theory]
    [InlineData(Kind.Contacts)]
    [InlineData(Kind.Messages)]
    [InlineData(Kind.Photos)]
    public void MergingTheResultOnceMoreChangesNothing(Kind kind) => Cases(kind).Sample(c =>
    {
        var merged = RecordMerge.Merge(kind, c.Basis, c.Heads[..2]);
        var later = new RecordVersion(merged, new HybridTime(9, 0), Id.Zero);
        foreach (var head in c.Heads[..2]) Assert.Equal(merged.Encode(), Merge(kind, c.Basis, head, later));
    }, iter: Iterations);

    [Fact]
    public void WhateverASideAddedToAContactIsInTheResult() => Cases(Kind.Contacts).Sample(c =>
    {
        var merged = ContactRecords.Card(RecordMerge.Merge(Kind.Contacts, c.Basis, c.Heads[..2]));
        if (merged is null) return; // Neither side is a card.
        HashSet<string> had = c.Basis is null ? [] : [.. Said(ContactRecords.Card(c.Basis.Content))];
        HashSet<string> result = [.. Said(merged), .. ContactMerge.Conflicts(merged).SelectMany(SaidBy)];
        foreach (var head in c.Heads[..2])
            if (ContactRecords.Card(head.Content) is { } card) Assert.DoesNotContain(Said(card), said => !had.Contains(said) && !result.Contains(said));
            else if (c.Basis?.Content.Original.Span.SequenceEqual(head.Content.Original.Span) != true) Assert.Contains(merged.All(VCardReader.UnreadName), p => p.Text == "no card");
    }, iter: Iterations);

    [Fact]
    public void WhateverASideAddedToANoteIsInTheResult() => Cases(Kind.Notes).Sample(c =>
    {
        var merged = RecordMerge.Merge(Kind.Notes, c.Basis, c.Heads[..2]);
        string text = Encoding.UTF8.GetString(merged.Original.Span);
        string had = c.Basis is null ? "" : Encoding.UTF8.GetString(c.Basis.Content.Original.Span);
        foreach (var head in c.Heads[..2])
        {
            foreach (string word in (string[])["one", "two", "three", "tea", "Head"])
                if (Encoding.UTF8.GetString(head.Content.Original.Span).Contains(word, StringComparison.Ordinal) && !had.Contains(word, StringComparison.Ordinal))
                    Assert.Contains(word, text, StringComparison.Ordinal);
            foreach (var file in head.Content.Files)
                if (c.Basis?.Content.Files.Any(f => (f.Name, f.ContentId) == (file.Name, file.ContentId)) != true)
                    Assert.Contains(merged.Files, f => (f.Name, f.ContentId) == (file.Name, file.ContentId));
        }
    }, iter: Iterations);

    [Theory]
    [MemberData(nameof(AllKinds))]
    public void EveryEntryOfTheResultIsASidesOwn(Kind kind) => Cases(kind).Sample(c =>
        Assert.All(RecordMerge.Merge(kind, c.Basis, c.Heads).Files, file => Assert.Contains(c.Heads, head => head.Content.Files.Contains(file))), iter: Iterations);

    private static IEnumerable<string> Said(VCard? card) => card is null ? [] : card.Properties.SelectMany(SaidBy);

    private static IEnumerable<string> SaidBy(VCardProperty property) =>
        property.Is("CATEGORIES") ? property.Values.Select(v => $"CATEGORIES={v}") : [$"{property.Name.ToUpperInvariant()}={property.Text.Trim().Replace("-", "", StringComparison.Ordinal)}"];
}
