using System.Text.Json;
using Candor.Protocol;

namespace Candor.Client.Gate;

/// <summary>One line of a ledger as a reader meets it. Numbers that a line does not have are 0, texts are empty.</summary>
public sealed record LedgerLine
{
    public long Seq { get; private init; }
    public string Time { get; private init; } = "";

    /// <summary>out, in, cut or torn.</summary>
    public string Event { get; private init; } = "";

    public long Id { get; private init; }
    public string Host { get; private init; } = "";
    public string Purpose { get; private init; } = "";
    public string Kind { get; private init; } = "";
    public long Consent { get; private init; }
    public string Method { get; private init; } = "";
    public string Target { get; private init; } = "";
    public long Head { get; private init; }
    public long Body { get; private init; }
    public string Sha256 { get; private init; } = "";
    public int Status { get; private init; }
    public string Previous { get; private init; } = "";

    /// <summary>Reads a line with or without its newline. Total: null for anything that is not a JSON object with seq, ev and prev of the right types, or counts less than no bytes.</summary>
    public static LedgerLine? TryParse(ReadOnlySpan<byte> line)
    {
        if (line.Length > Ledger.LongestLine) return null;
        var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 2 });
        var read = new LedgerLine();
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                if (!reader.Read()) return null;
                read = reader.TokenType switch
                {
                    JsonTokenType.String => read.With(name, reader.GetString()!),
                    JsonTokenType.Number when reader.TryGetInt64(out long number) => read.With(name, number),
                    _ => null,
                };
                if (read is null) return null;
            }
            bool ended = reader.TokenType == JsonTokenType.EndObject && !reader.Read();
            return ended && read.Seq > 0 && read.Event.Length > 0 && read.Previous.Length == 2 * Hash32.Size ? read : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    internal static long? SeqOf(ReadOnlySpan<byte> line) => TryParse(line)?.Seq;

    private LedgerLine? With(string name, string value) => name switch
    {
        "t" => this with { Time = value },
        "ev" => this with { Event = value },
        "host" => this with { Host = value },
        "purpose" => this with { Purpose = value },
        "kind" => this with { Kind = value },
        "method" => this with { Method = value },
        "target" => this with { Target = value },
        "sha256" => this with { Sha256 = value },
        "prev" => this with { Previous = value },
        _ => null,
    };

    private LedgerLine? With(string name, long value) => name switch
    {
        "seq" => this with { Seq = value },
        "id" when value > 0 => this with { Id = value },
        "consent" when value >= -1 => this with { Consent = value },
        "head" when value >= 0 => this with { Head = value },
        "body" when value >= 0 => this with { Body = value },
        "status" when value is >= 0 and < 1000 => this with { Status = (int)value },
        _ => null,
    };
}
