using System.Globalization;
using System.Text.Json;
using Candor.Bench.Measuring;

namespace Candor.Bench.Lines;

/// <summary>How long a device talked to its server, by its own ledger (spec/ledger.md): from its first "out" to its last "in".</summary>
/// <remarks>
/// The ledger writes whole milliseconds, and "out" before the line is flushed and the first byte leaves. So a span holds every flush of the ledger and whatever the client
/// did between requests: it is never shorter than the time on the wire, but for the part of a millisecond that is cut off.
/// </remarks>
internal static class LedgerSpan
{
    /// <returns>Seconds.</returns>
    /// <param name="path">The ledger; no process writes it now.</param>
    /// <param name="from">Its length before the work.</param>
    /// <exception cref="BenchException">No request was answered.</exception>
    public static double Read(string path, long from)
    {
        using var file = File.OpenRead(path);
        file.Position = from;
        using var reader = new StreamReader(file);
        DateTimeOffset? first = null, last = null;
        while (reader.ReadLine() is { } text)
        {
            using var line = JsonDocument.Parse(text);
            var time = DateTimeOffset.Parse(line.RootElement.GetProperty("t").GetString()!, CultureInfo.InvariantCulture);
            if (line.RootElement.GetProperty("ev").GetString() == "out")
                first ??= time;
            else
                last = time;
        }
        return first is { } left && last is { } came ? (came - left).TotalSeconds : throw new BenchException("The ledger has no answered request of this run.");
    }
}
