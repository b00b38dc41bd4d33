using System.Text;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Pairing;
using Candor.Protocol;

namespace Candor.Fuzz;

/// <summary>Lines that a client reads: ledgers of other devices, events of a server, links of a QR code.</summary>
internal static class LedgerTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("ledger", "Any bytes are a ledger or broken at a line; its good lines are numbered from 1 and their bytes are their sum; cut anywhere it reads the same.",
            () => VectorSeeds.Utf8("ledger.json", "ledger_text"), bytes =>
            {
                List<LedgerLine> lines = [];
                var facts = Read(new MemoryStream(bytes), lines);
                Claim.Holds(facts.Lines == lines.Count, "A count that is not the number of its lines.");
                Claim.Same(lines.Select(l => l.Seq), Enumerable.Range(1, lines.Count).Select(n => (long)n), "Lines that are not numbered from 1.");
                Claim.Holds(facts.BrokenAt == 0 || facts.BrokenAt == facts.Lines + 1, "Broken at a line that was read.");
                Claim.Holds(facts.BytesOut >= 0 && lines.All(l => l is { Head: >= 0, Body: >= 0 }), "Less than no bytes.");
                Claim.Holds(facts == Read(new Slices(bytes, 7), []), "In slices it reads otherwise.");
            }, "LedgerReader.ReadAsync", "LedgerLine.TryParse") { Pieces = Targets.TextPieces },
        new("audit-ledger", "The audit's reader believes no ledger that the client's does not, and where both do they count the same; its requests' bytes are the sum.",
            () => VectorSeeds.Utf8("ledger.json", "ledger_text"), bytes =>
            {
                var audit = Candor.Audit.Ledgers.LedgerFile.Read(new Slices(bytes, 7));
                var facts = Read(new MemoryStream(bytes), []);
                Claim.Holds(audit.Requests.All(r => r is { Line: > 0, Head: >= 0, Body: >= 0, Consent: >= -1 }) && audit.Requests.Aggregate(0UL, (sum, r) => sum + (ulong)r.Bytes) == (ulong)audit.BytesOut, "Requests that are not their sum.");
                Claim.Holds(audit.BrokenAt == 0 || audit.BrokenAt == audit.Lines + 1, "Broken at a line that was read.");
                if (audit.BrokenAt == 0) Claim.Holds((audit.Lines, audit.BytesOut, audit.Torn) == (facts.Lines, facts.BytesOut, facts.Torn) && facts.BrokenAt == 0, "It believes what the client's reader does not.");
                else Claim.Holds(facts.BrokenAt == 0 || facts.BrokenAt >= audit.BrokenAt, "The client's reader stops earlier.");
            }, "LedgerFile.Read") { Pieces = Targets.TextPieces },
        new("ledger-line", "A line with a number, an event and the hash before it, or none; its newline makes no difference.",
            () => [.. VectorSeeds.Texts("ledger.json", "ledger_text").SelectMany(t => t.Split('\n')).Distinct().Select(Encoding.UTF8.GetBytes)], bytes =>
            {
                var line = LedgerLine.TryParse(bytes);
                if (line is null) return;
                Claim.Holds(line is { Seq: > 0, Event.Length: > 0, Previous.Length: 2 * Hash32.Size, Status: >= 0 and < 1000 }, "A line without what it needs.");
                if (bytes[^1] != '\n') Claim.Holds(line == LedgerLine.TryParse([.. bytes, (byte)'\n']), "With its newline it is another line.");
            }, "LedgerLine.TryParse") { Pieces = Targets.TextPieces },
        new("events", "Cut anywhere, a stream of events tells the same sizes.",
            () => [.. new[] { "event: changed\ndata: 12\n\n", ": hello\r\n\r\nevent:changed\rdata:0\r\r", "event: other\ndata: x\n\nevent: changed\ndata: 9223372036854775807\n\n" }.Select(Encoding.UTF8.GetBytes)], bytes =>
            {
                var whole = new EventLines();
                bool took = whole.TryTake(bytes, out var sizes);
                Claim.Holds(sizes.All(s => s >= 0), "A size below 0.");
                var cut = new EventLines();
                List<long> told = [];
                bool tookAll = true;
                for (int i = 0; i < bytes.Length && tookAll; i += 3)
                {
                    tookAll = cut.TryTake(bytes.AsSpan(i, Math.Min(3, bytes.Length - i)), out var some);
                    told.AddRange(some);
                }
                Claim.Holds(took == tookAll, "Refused whole or refused in pieces, not both.");
                Claim.Same(sizes, told, "In pieces it tells other sizes.");
            }, "EventLines.TryTake") { Pieces = Targets.TextPieces },
        new("pairing-link", "A link or a code, which is written and read again as the same.", () => [.. VectorSeeds.Utf8("pairing.json", "text", "link"), "candor:pair/h%C3%A9.example:8443/493028117/"u8.ToArray()],
            bytes => Targets.AsText(bytes, text =>
            {
                if (!PairingLink.TryParse(text, out var link)) return;
                Claim.Holds(PairingRules.IsCode(link.Code), "A code that is none.");
                Claim.Holds(PairingLink.TryParse(link.ToString(), out var again) && again == link, "Written it is another link.");
            }), "PairingLink.TryParse") { Pieces = Targets.TextPieces },
        new("trusted-head", "One spelling: what is read is written as the same line.", Heads, bytes => Targets.AsText(bytes, text =>
        {
            if (TrustedHead.TryParse(text, out var head)) Claim.Holds(head.ToString() == text, "A head with a second spelling.");
        }), "TrustedHead.TryParse") { Pieces = Targets.TextPieces },
    ];

    internal static byte[][] Heads()
    {
        var keys = VectorSeeds.Texts("http.json", "holder_text").Select(t => HolderKeys.TryParseHeader(t, out var k) ? k : null).OfType<HolderKeys>().First();
        return [Encoding.UTF8.GetBytes(new TrustedHead(42, Hash32.Of("x"u8), keys, keys).ToString())];
    }

    private static LedgerFacts Read(Stream stream, List<LedgerLine> lines) => LedgerReader.ReadAsync(stream, lines.Add, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>Hands out a few bytes at a time, as networks do.</summary>
    private sealed class Slices(byte[] bytes, int slice) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, slice)]);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, slice)], cancellationToken);
    }
}
