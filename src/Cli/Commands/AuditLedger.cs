using System.Globalization;
using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>What a client's ledger and a recording of it say of each other.</summary>
internal static class AuditLedger
{
    private const int Most = 8;

    public static void Show(Session session, ReportLedger ledger)
    {
        session.Say();
        session.Say($"{Wording.Plain(ledger.Name)}: {Wording.Count(ledger.Requests, "request")}, {Wording.Count(ledger.Bytes)} bytes out; {(ledger.BrokenAt > 0 ? $"its chain BREAKS at line {ledger.BrokenAt}" : $"its chain is whole, {Wording.Count(ledger.Lines, "line")}")}{(ledger.Torn ? ", the last one cut off" : "")}.", 2);
        session.Say($"{Wording.Count(ledger.Matched)} of them {(ledger.Matched == 1 ? "stands" : "stand")} in the recording, each head and body in length and SHA-256{(ledger.Outside > 0 ? $"; {Wording.Count(ledger.Outside)} of another time" : "")}{(ledger.NeverLeft > 0 ? $"; {Wording.Count(ledger.NeverLeft)} without an answer never left" : "")}.", 2);
        foreach (var host in ledger.Hosts.Where(h => h.Captured > 0))
        {
            session.Say($"Bytes that went to {Wording.Plain(host.Host)}, in {Wording.Count(host.Conversations, "conversation")}:");
            foreach (var (what, bytes) in host.Places().Where(p => p.Bytes > 0 || p.What == "residual")) session.Say(string.Create(CultureInfo.InvariantCulture, $"{bytes,14:N0}  {what}"));
            session.Say(string.Create(CultureInfo.InvariantCulture, $"{host.Captured,14:N0}  in all{(host.Lookups > 0 ? $"; {host.Lookups:N0} more asked for its address" : "")}{(host.Missing > 0 ? $"; {host.Missing:N0} are not in the recording" : "")}"));
            if (host.Closed > 0) session.Say($"  Without keys sizes alone are compared: {Range(host.WithinLeast, host.WithinMost)} bytes are within encryption, the ledger says {Range(host.ExpectedLeast, host.ExpectedMost)}.", 4);
        }
        if (ledger.Elsewhere > 0 && !ledger.Alone) session.Say($"{Wording.Count(ledger.Elsewhere)} bytes went to others: whose they are, the recording does not say. --alone if nothing else ran.", 2);
        foreach (var problem in ledger.Problems.Take(Most)) session.Say($"  {(problem.Frame > 0 ? $"packet {problem.Frame}: " : "")}{Wording.Plain(problem.What)}", 4);
        if (ledger.ProblemCount > Most) session.Say($"  and {Wording.Count(ledger.ProblemCount - Most)} more: --report FILE has them");
        foreach (string doubt in ledger.Doubts) session.Say($"  No proof: {Wording.Plain(doubt)}.", 4);
        session.Say($"{ledger.Verdict.ToUpperInvariant()}, residual {Wording.Count(ledger.Residual)} bytes. {ReportLedger.Sentence(ledger.Verdict)}", 2);
    }

    private static string Range(long least, long most) => least == most ? Wording.Count(least) : $"{Wording.Count(least)} to {Wording.Count(most)}";
}
