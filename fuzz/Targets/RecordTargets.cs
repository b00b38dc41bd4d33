using Candor.Client.Merging;
using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Fuzz;

/// <summary>What is inside a sealed record, which another device may have written, and merges of it.</summary>
internal static class RecordTargets
{
    private static readonly Lazy<(Kind Kind, RecordPlaintext Content)[]> Known = new(() =>
    [
        .. VectorSeeds.Cases("record.json").Where(c => c.GetProperty("valid").GetBoolean() && c.TryGetProperty("kind", out _))
            .Select(c => (Kinds.TryParse(c.GetProperty("kind").GetString(), out var kind) ? kind : Kind.None, RecordPlaintext.TryDecode(c.Hex("plaintext"), out var content) ? content : null))
            .Where(r => r is (not Kind.None, not null)).Select(r => (r.Item1, r.Item2!)),
    ]);

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("record", "One encoding: what is read is written as the same bytes; the names of its blobs ascend.", Plaintexts, bytes =>
        {
            if (!RecordPlaintext.TryDecode(bytes, out var record)) return;
            Claim.Same(bytes, record.Encode(), "What was read is encoded as other bytes.");
            var names = record.BlobNames();
            Claim.Same(names.Order().Distinct(), names, "Blob names that do not ascend.");
            Claim.Holds(record.Files.All(f => f.Pieces.Sum(p => (long)p.Length) == f.Size), "A file whose pieces are not its size.");
        }, "RecordPlaintext.TryDecode", "CborText.Read", "CborText.ReadMap", "Cbor.TryDecode") { Pieces = Targets.CborPieces },
        new("merge", "Damaged originals merge to the same bytes in any order, the result merges with itself to itself, and it is a record that is read.",
            () => [.. Plaintexts(), .. VectorSeeds.Bytes("record.json", "original")], Merge, "RecordMerge.Merge", "RecordPlaintext.TryDecode", "CardMerge.Merge"),
    ];

    private static byte[][] Plaintexts() => [.. VectorSeeds.Bytes("record.json", "plaintext"), .. VectorSeeds.Bytes("merge.json", "plaintext").Take(40)];

    private static void Merge(byte[] bytes)
    {
        RecordPlaintext.TryDecode(bytes, out var decoded);
        foreach (var (kind, known) in Known.Value.DistinctBy(k => k.Kind))
        {
            var changed = decoded ?? known with { Original = bytes };
            var one = new RecordVersion(changed, new(1000, 0), Id.From(new byte[16]));
            var other = new RecordVersion(known, new(2000, 0), new Id(1));
            foreach (var basis in (RecordVersion?[])[null, other])
            {
                var merged = RecordMerge.Merge(kind, basis, [one, other]).Encode();
                Claim.Same(merged, RecordMerge.Merge(kind, basis, [other, one]).Encode(), $"{kind}: in the other order they merge otherwise.");
                Claim.Holds(RecordPlaintext.TryDecode(merged, out var read), $"{kind}: the merge is no record.");
                var again = new RecordVersion(read!, new(3000, 0), new Id(2));
                Claim.Same(merged, RecordMerge.Merge(kind, null, [again, again]).Encode(), $"{kind}: merged with itself it changes.");
            }
        }
    }
}
