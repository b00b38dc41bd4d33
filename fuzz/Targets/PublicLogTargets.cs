using System.Text;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Fuzz;

/// <summary>The public log: names of its files, bundles, entries, openings, policies, requests to witnesses, receipts, and what its writer keeps.</summary>
internal static class PublicLogTargets
{
    private const string SameBytes = "What was read is written as other bytes.";
    private const string Vectors = "public-log.json";

    private static readonly byte[][] Words = [.. new[] { "candor/log/v1 ", "commitment\n", "value ", "file ", "what ", "witness ", "log ", "group ", "quorum none\n", "all", "any", "old ", ".p/", "/x", "tile/", "entries" }.Select(Encoding.UTF8.GetBytes)];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Text("tile-name", "path_text", "tile", bytes => Targets.AsText(bytes, text =>
        {
            if (TileName.TryParse(text, out var name)) Claim.Holds(name.Value.ToString() == text, SameBytes);
        }), "TileName.TryParse"),
        new("entry-bundle", "Split only where the lengths fill it: joined again, the entries are the same bytes.", () => VectorSeeds.Bytes(Vectors, "bundle", "bundle"), bytes =>
        {
            for (int width = 0; width < 4; width++)
            {
                if (!EntryBundle.TryRead(bytes, width, out var entries)) continue;
                var again = new List<byte>();
                foreach (var entry in entries) EntryBundle.Append(again, entry.Span);
                Claim.Same(bytes, again.ToArray(), SameBytes);
            }
        }, "EntryBundle.TryRead"),
        Text("log-entry", "entry_text", "entry", bytes =>
        {
            string? type = LogEntry.TypeOf(bytes);
            if (!LogEntry.TryParse(bytes, out var entry)) return;
            Claim.Same(bytes, entry.ToBytes(), SameBytes);
            Claim.Holds(type == $"v1 {entry.Type}", "Two types.");
            if (entry.Type == "commitment") Claim.Holds(bytes.Length == LogEntry.CommitmentBytes, "A commitment of another length.");
            else Claim.Holds(entry.Type is not ("release" or "web" or "policy" or "shelf") || entry.Files.Any(), "Files that are none.");
        }, "LogEntry.TryParse", "LogFile.TryParse", "LogLines.Read"),
        Text("log-opening", "opening_text", "opening", bytes =>
        {
            if (!Opening.TryParse(bytes, out var opening)) return;
            Claim.Same(bytes, opening.ToBytes(), SameBytes);
            Claim.Holds(opening.Value != default && opening.What.Length > 0, "An opening of nothing.");
        }, "Opening.TryParse"),
        Text("log-policy", "policy_text", "policy", bytes =>
        {
            if (!LogPolicy.TryParse(bytes, out var policy, out int wrong)) return;
            Claim.Holds(wrong == 0 && policy.Witnesses.Count <= LogPolicy.MaxWitnesses, "Read, and a line is wrong.");
            foreach (var log in policy.Logs) Claim.Holds(policy.VerifierOf(log.Key.Name) is not null, "A log that cannot be verified.");
        }, "LogPolicy.TryParse"),
        Text("add-checkpoint", "request_text", "add-checkpoint", bytes =>
        {
            if (AddCheckpoint.TryParse(bytes, out var request)) Claim.Same(bytes, request.ToBytes(), SameBytes);
        }, "AddCheckpoint.TryParse"),
        new("log-batch", "Read only whole, and written as the same bytes.", Batches, bytes =>
        {
            if (LogRecord.TryParse(bytes, out var record)) Claim.Same(bytes, record.ToBytes(), SameBytes);
            if (LogBatch.TryParse(bytes, out var batch)) Claim.Same(bytes, batch.ToBytes(), SameBytes);
        }, "LogBatch.TryParse", "LogRecord.TryParse"),
        new("log-tail", "A right edge is restored only where its files are those of one tree.", () => [new byte[64], LeafTile(3)], bytes =>
        {
            if (TileTail.TryRestore(bytes.Length / Hash32.Size, name => name.Level == 0 ? bytes : [0, 0, 0, 0, 0, 0], out var tail)) Claim.Holds(tail.Size == bytes.Length / Hash32.Size, "Another size.");
        }, "TileTail.TryRestore"),
        new("log-receipts", "Read as they were written, whole or not at all.", Receipts, bytes =>
        {
            if (LogReceipts.TryDecode(bytes, out var receipts)) Claim.Same(bytes, LogReceipts.Encode([.. receipts]), SameBytes);
            if (HeadReceipt.TryDecode(bytes, out var head))
            {
                Claim.Same(bytes, head.Encode(), SameBytes);
                head.Head.Fits(default);
            }
        }, "LogReceipts.TryDecode", "HeadReceipt.TryDecode") { Pieces = Targets.CborPieces },
    ];

    private static FuzzTarget Text(string name, string field, string call, Action<byte[]> check, params string[] covers) =>
        new(name, "Read or refused, and one spelling: what is read is written as the same bytes.", () => VectorSeeds.Utf8(Vectors, field, call), check, covers) { Pieces = [.. Targets.TextPieces, .. Words] };

    private static byte[][] Batches()
    {
        var after = new LogRecord(2, MerkleTree.Root([MerkleTree.LeafHash("a"u8), MerkleTree.LeafHash("b"u8)]));
        return [new LogBatch(LogRecord.Empty, after, [Encoding.ASCII.GetBytes("a"), Encoding.ASCII.GetBytes("b")]).ToBytes(), after.ToBytes(), LogRecord.Empty.ToBytes()];
    }

    private static byte[] LeafTile(int count) => [.. Enumerable.Range(0, count).SelectMany(_ => MerkleTree.LeafHash([]).ToArray())];

    private static byte[][] Receipts()
    {
        var account = Id.From(new byte[Id.Size]);
        var tree = new HeadTree([new(account, 3, Hash32.Of([1]))], Hash32.Of([2]));
        byte[] opening = VectorSeeds.Utf8(Vectors, "opening_text", "opening")[0];
        return [LogReceipts.Encode([new(opening, new byte[8]), new(opening, Array.Empty<byte>())]), new HeadReceipt(tree.Prove(account)!, "entry"u8.ToArray(), "proof"u8.ToArray()).Encode()];
    }
}
