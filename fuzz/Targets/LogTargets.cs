using System.Text;
using Candor.Log;
using Candor.Protocol;

namespace Candor.Fuzz;

/// <summary>Notes, checkpoints, proofs and the state of an account.</summary>
internal static class LogTargets
{
    private const string SameBytes = "What was read is written as other bytes.";
    private const string Refusal = "Read and refused at once, or neither.";

    /// <summary>Leaves of the vectors' histories, each with the state before it.</summary>
    private static readonly Lazy<(byte[] Bytes, AccountState Before)[]> Leaves = new(() =>
    {
        List<(byte[], AccountState)> leaves = [];
        List<AccountState> states = [];
        foreach (var c in VectorSeeds.Cases("history.json"))
        {
            if (!c.TryGetProperty("account", out var account) || !Id.TryParse(account.GetString(), out var id)) continue;
            if (states.Count == 0 || states[^1].Account != id) states.Add(states.FindLast(s => s.Account == id) ?? new(id));
            var state = states[^1];
            leaves.Add((c.Hex("leaf"), state.Clone()));
            state.TryExtend(c.Hex("leaf"), out _);
        }
        return [.. leaves];
    });

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        Text("note", () => VectorSeeds.Utf8("note.json", "note_text"), bytes =>
        {
            bool read = SignedNote.TryParse(bytes, out var note, out var rejection);
            Claim.Holds(read == (rejection == LogRejection.None), Refusal);
            if (read) Claim.Same(bytes, note!.ToBytes(), SameBytes);
        }, "SignedNote.TryParse", "NoteSignature.TryParse", "NoteText.TryDecodeBase64"),
        Text("verifier-key", () => VectorSeeds.Utf8("note.json", "vkey_text"), bytes => Targets.AsText(bytes, text =>
        {
            bool read = NoteVerifierKey.TryParse(text, out var key, out var rejection);
            Claim.Holds(read == (rejection == LogRejection.None), Refusal);
            if (read) Claim.Holds(key!.ToString() == text, SameBytes);
        }), "NoteVerifierKey.TryParse"),
        Text("note-signer", () => VectorSeeds.Utf8("note.json", "private_key_text"), bytes =>
        {
            bool read = NoteSigner.TryParse(bytes, out var signer, out var rejection);
            signer?.Dispose();
            Claim.Holds(read == (rejection == LogRejection.None), Refusal);
        }, "NoteSigner.TryParse"),
        Text("checkpoint", () => VectorSeeds.Utf8("checkpoint.json", "body_text", "checkpoint"), bytes =>
        {
            bool read = Checkpoint.TryParse(bytes, out var checkpoint, out var rejection);
            Claim.Holds(read == (rejection == LogRejection.None), Refusal);
            if (read) Claim.Same(bytes, [.. checkpoint!.ToText(), .. Encoding.UTF8.GetBytes(checkpoint.ExtensionLines)], SameBytes);
        }, "Checkpoint.TryParse", "NoteText.TryParseDecimal"),
        Text("restore-statement", () => [new RestoreStatement("a.example/accounts/00", Id.From(new byte[Id.Size]), 1_795_427_000_123, 42, Hash32.Of("x"u8)).ToText()], bytes =>
        {
            if (RestoreStatement.TryParse(bytes, out var statement)) Claim.Same(bytes, statement.ToText(), SameBytes);
        }, "RestoreStatement.TryParse"),
        Text("tlog-proof", () => VectorSeeds.Utf8("checkpoint.json", "proof_text", "proof"), bytes =>
        {
            bool read = TlogProof.TryParse(bytes, out var proof, out var rejection);
            Claim.Holds(read == (rejection == LogRejection.None), Refusal);
            if (read) Claim.Same(bytes, proof!.ToBytes(), SameBytes);
        }, "TlogProof.TryParse"),
        new("compact-range", "What is read is written as the same bytes and has one root.", () => VectorSeeds.Bytes("merkle.json", "bytes", "compact-range"), bytes =>
        {
            if (!CompactRange.TryParse(bytes, out var range)) return;
            Claim.Same(bytes, range.ToBytes(), SameBytes);
            Claim.Holds(CompactRange.TryRestore(range.Size, range.Frontier, out var again) && again.Root() == range.Root(), "Another root.");
        }, "CompactRange.TryParse"),
        new("account-state", "What is read is written as the same bytes, and has the root of its tree.", States, bytes =>
        {
            if (!AccountState.TryDecode(bytes, out var state)) return;
            Claim.Same(bytes, state.Encode(), SameBytes);
            Claim.Same(bytes, state.Clone().Encode(), "A clone is another state.");
        }, "AccountState.TryDecode", "AccountStateCbor.TryDecode", "Cbor.TryDecode") { Pieces = Targets.CborPieces },
        new("account-log", "A leaf is taken only as it was signed; one that is refused changes nothing.", () => [.. Leaves.Value.Select(l => l.Bytes)], Extend, "AccountState.TryExtend") { Pieces = Targets.CborPieces },
    ];

    private static FuzzTarget Text(string name, Func<byte[][]> seeds, Action<byte[]> check, params string[] covers) =>
        new(name, "Read or refused with a reason, and one spelling: what is read is written as the same bytes.", seeds, check, covers) { Pieces = Targets.TextPieces };

    private static byte[][] States() => [.. Leaves.Value.Select(l => l.Before.Encode()).DistinctBy(Convert.ToHexString)];

    private static void Extend(byte[] bytes)
    {
        // The states that a damaged leaf is most likely to fit: that of the leaf it was made of, found by its length, and the last one.
        var (_, before) = Leaves.Value.MinBy(l => Math.Abs(l.Bytes.Length - bytes.Length));
        foreach (var start in (AccountState[])[before, Leaves.Value[^1].Before])
        {
            var state = start.Clone();
            string? error = state.TryExtend(bytes, out _);
            if (error is null)
            {
                Claim.Holds(state.Size == start.Size + 1, "A leaf was taken and the size is not one more.");
                Claim.Holds(Leaves.Value.Any(l => l.Bytes.AsSpan().SequenceEqual(bytes)), "A leaf was taken that nobody signed.");
            }
            else
            {
                Claim.Same(start.Encode(), state.Encode(), "A refused leaf changed the state.");
            }
        }
    }
}
