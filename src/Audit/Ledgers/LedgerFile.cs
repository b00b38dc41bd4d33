using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;

namespace Candor.Audit.Ledgers;

/// <summary>A client's own list of what it sent, read by the page that describes it (spec/ledger.md) and not by the code that wrote it.</summary>
/// <remarks>Any bytes are a ledger: it is good up to its first line that does not follow from the one before. Memory: some hundred bytes a request, of which <see cref="MaxRequests"/> are kept.</remarks>
public sealed class LedgerFile
{
    public const int MaxRequests = 200_000;

    /// <summary>More than any line: a target is at most 16 KiB, the rest is short.</summary>
    private const int LongestLine = 64 << 10;

    private static readonly string[]
        s_out = ["seq", "t", "ev", "id", "host", "purpose", "kind", "consent", "method", "target", "head", "body", "sha256", "prev"],
        s_answer = ["seq", "t", "ev", "id", "status", "body", "prev"],
        s_torn = ["seq", "t", "ev", "prev"];

    private readonly List<LedgerRequest> _requests = [];
    private readonly Dictionary<long, LedgerRequest> _open = [];
    private string _previous = new('0', 64);
    private string? _torn;
    private long _seq;

    private LedgerFile() { }

    /// <summary>In the order of their lines.</summary>
    public IReadOnlyList<LedgerRequest> Requests => _requests;

    /// <summary>Lines that belong to the chain.</summary>
    public long Lines { get; private set; }

    /// <summary>Heads and bodies of all requests.</summary>
    public long BytesOut { get; private set; }

    /// <summary>Number, from 1, of the first line that does not follow from the one before; 0: none, the chain is whole.</summary>
    public long BrokenAt { get; private set; }

    /// <summary>The last line has no newline: a crash, which the client's next start closes.</summary>
    public bool Torn { get; private set; }

    /// <summary>Requests that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>Reads to the end, or to the first line that does not follow.</summary>
    public static LedgerFile Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var ledger = new LedgerFile();
        byte[] buffer = new byte[2 * LongestLine];
        int held = 0;
        while (true)
        {
            int read = stream.Read(buffer, held, buffer.Length - held);
            held += read;
            int at = 0;
            for (int end; (end = buffer.AsSpan(at, held - at).IndexOf((byte)'\n')) >= 0; at += end + 1)
            {
                if (ledger.TryTake(buffer.AsSpan(at, end + 1))) continue;
                ledger.BrokenAt = ledger.Lines + 1;
                return ledger;
            }
            buffer.AsSpan(at, held - at).CopyTo(buffer);
            held -= at;
            if (held > LongestLine || read == 0 && ledger._torn is not null)
            {
                ledger.BrokenAt = ledger.Lines + 1;
                return ledger;
            }
            if (read > 0) continue;
            ledger.Torn = held > 0;
            return ledger;
        }
    }

    /// <param name="line">With its newline.</param>
    private bool TryTake(ReadOnlySpan<byte> line)
    {
        if (line.Length > LongestLine) return false;
        string hash = Convert.ToHexStringLower(SHA256.HashData(line));
        if (Members(line) is not { } members)
        {
            // A torn line stays in the file; only a line that says so may follow it.
            if (_torn is not null) return false;
            _torn = hash;
            return true;
        }
        if (members["prev"] as string != (_torn ?? _previous) || (members["ev"] as string == "torn") != _torn is not null || members["seq"] is not long seq || seq != _seq + 1) return false;
        if (members["ev"] as string == "out" && !TryAdd(seq, members)) return false;
        if (members["ev"] is "in" or "cut" && members["id"] is long id && _open.Remove(id, out var request))
        {
            request.Answer = members["ev"] as string == "in" ? LedgerAnswer.Whole : LedgerAnswer.Cut;
            request.Status = (int)(long)members["status"];
        }
        (_seq, _previous, _torn) = (seq, hash, null);
        Lines++;
        return true;
    }

    private bool TryAdd(long seq, Dictionary<string, object> members)
    {
        long head = (long)members["head"], body = (long)members["body"];
        // A line counts bytes that went out: more than a sum can hold never did.
        if (head > long.MaxValue - BytesOut || body > long.MaxValue - BytesOut - head) return false;
        BytesOut += head + body;
        if (_requests.Count == MaxRequests)
        {
            Dropped++;
            return true;
        }
        var request = new LedgerRequest
        {
            Line = seq,
            Time = DateTimeOffset.TryParse((string)members["t"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? Dumps.DumpTime.Of(time) : 0,
            Host = (string)members["host"],
            Purpose = (string)members["purpose"],
            Kind = (string)members["kind"],
            Consent = (long)members["consent"],
            Method = (string)members["method"],
            Target = (string)members["target"],
            Head = head,
            Body = body,
            Sha256 = (string)members["sha256"],
        };
        _requests.Add(request);
        _open[(long)members["id"]] = request;
        return true;
    }

    /// <summary>A line's members, exactly those of its kind and in their order; null where it is no line.</summary>
    private static Dictionary<string, object>? Members(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 2 });
        var members = new Dictionary<string, object>();
        List<string> order = [];
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                order.Add(name);
                if (!reader.Read() || Value(ref reader, name) is not { } value) return null;
                members[name] = value;
            }
            if (reader.TokenType != JsonTokenType.EndObject || reader.Read()) return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
        string[]? expected = members.GetValueOrDefault("ev") switch
        {
            "out" => s_out,
            "in" or "cut" => s_answer,
            "torn" => s_torn,
            _ => null,
        };
        return expected is not null && order.SequenceEqual(expected) ? members : null;
    }

    /// <summary>A member's value by its name: numbers that count are not below zero, all else is text.</summary>
    private static object? Value(ref Utf8JsonReader reader, string name)
    {
        bool number = name is "seq" or "id" or "consent" or "head" or "body" or "status";
        if (!number) return reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value)) return null;
        long least = name == "consent" ? -1 : 0;
        return value < least || name == "status" && value > 999 ? null : value;
    }
}
