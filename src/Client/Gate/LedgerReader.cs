using System.Buffers;
using System.IO.Pipelines;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>What reading a whole ledger found.</summary>
/// <param name="Lines">Lines that belong to the chain.</param>
/// <param name="BytesOut">Heads and bodies of all requests.</param>
/// <param name="BrokenAt">Number of the first line (from 1) that does not follow from the one before; 0: none, the chain is whole.</param>
/// <param name="Torn">True where the last line has no newline: a crash, which the next start closes.</param>
public sealed record LedgerFacts(long Lines, long BytesOut, long BrokenAt, bool Torn);

/// <summary>Reads ledgers, of this device or another's, and checks their chain.</summary>
public static class LedgerReader
{
    /// <summary>Reads to the end or to the first broken line; each good line is handed to <paramref name="each"/> first.</summary>
    public static async Task<LedgerFacts> ReadAsync(Stream ledger, Action<LedgerLine>? each, CancellationToken cancel)
    {
        var reader = PipeReader.Create(ledger);
        Hash32 previous = default;
        long lines = 0, seq = 0, bytes = 0;
        byte[]? torn = null;
        while (true)
        {
            var result = await reader.ReadAsync(cancel);
            var buffer = result.Buffer;
            while (buffer.PositionOf((byte)'\n') is { } newline)
            {
                var whole = buffer.Slice(0, buffer.GetPosition(1, newline));
                if (whole.Length > Ledger.LongestLine) return new(lines, bytes, lines + 1, false);
                byte[] line = whole.ToArray();
                buffer = buffer.Slice(whole.End);
                if (LedgerLine.TryParse(line) is not { } read)
                {
                    // A torn line stays in the file; only a line that says so may follow it.
                    if (torn is not null) return new(lines, bytes, lines + 1, false);
                    torn = line;
                    continue;
                }
                Hash32 expected = torn is null ? previous : Hash32.Of(torn);
                // A line counts bytes that went out: more than a sum can hold never did.
                bool countable = read.Event != "out" || (read.Head <= long.MaxValue - bytes && read.Body <= long.MaxValue - bytes - read.Head);
                if (!countable || read.Seq != seq + 1 || read.Previous != expected.ToString() || (read.Event == "torn") != (torn is not null))
                {
                    return new(lines, bytes, lines + 1, false);
                }
                torn = null;
                each?.Invoke(read);
                if (read.Event == "out") bytes += read.Head + read.Body;
                previous = Hash32.Of(line);
                seq = read.Seq;
                lines++;
            }
            reader.AdvanceTo(buffer.Start, buffer.End);
            if (!result.IsCompleted)
            {
                if (buffer.Length > Ledger.LongestLine) return new(lines, bytes, lines + 1, false);
                continue;
            }
            return torn is not null ? new(lines, bytes, lines + 1, false) : new(lines, bytes, 0, buffer.Length > 0);
        }
    }
}
