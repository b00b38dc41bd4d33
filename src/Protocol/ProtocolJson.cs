using System.Text.Json.Serialization;

namespace Candor.Protocol;

/// <summary>The answer to GET /v1/server (spec/http-api.md §3).</summary>
/// <param name="Name">Names the server's checkpoints: their origin begins with it.</param>
/// <param name="Version">Of the program.</param>
/// <param name="Key">The vkey that checks its checkpoints.</param>
/// <param name="Registration">"open", "invite" or "closed".</param>
/// <param name="Region">Where the bytes live, in the operator's words; empty: not said.</param>
/// <param name="Law">The rule set that the operator works under; empty: not said.</param>
/// <param name="Limits">Of this server.</param>
/// <param name="Log">The key of its public log; null: it has none.</param>
/// <param name="Build">SHA-256 of the program that runs, in hex, as it says itself; null: not said.</param>
public sealed record ServerInfo(string Name, string Version, string Key, string Registration, string Region, string Law, ServerLimits Limits, string? Log = null, string? Build = null);

/// <summary>Bytes, but for <paramref name="Operations"/> and <paramref name="RequestsPerMinute"/>. A quota of 0 is none.</summary>
public sealed record ServerLimits(int Commit, int Operations, int Bundle, int Payload, int Blob, int RequestsPerMinute, long Quota);

/// <summary>Why a request was refused (RFC 9457). Decide by <see cref="Name"/> alone.</summary>
/// <param name="Type">"urn:candor:error:" and the name.</param>
/// <param name="Title">The same for every occurrence.</param>
/// <param name="Status">The HTTP status.</param>
/// <param name="Detail">One sentence for a person: what to do next.</param>
/// <param name="Size">With head-moved: leaves in the log.</param>
/// <param name="Missing">With blob-missing: names.</param>
/// <param name="Used">With quota-exceeded: bytes.</param>
/// <param name="Quota">With quota-exceeded: bytes.</param>
public sealed record ProblemDocument(
    string Type, string Title, int Status, string Detail, long? Size = null, IReadOnlyList<string>? Missing = null, long? Used = null, long? Quota = null)
{
    /// <summary>One of <see cref="ErrorName"/>; empty where the type is not one of ours.</summary>
    [JsonIgnore]
    public string Name => Type?.StartsWith(ErrorName.Urn, StringComparison.Ordinal) == true ? Type[ErrorName.Urn.Length..] : "";
}

/// <summary>The few messages that are JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServerInfo))]
[JsonSerializable(typeof(ProblemDocument))]
[JsonSerializable(typeof(PairingTicket))]
public sealed partial class ProtocolJson : JsonSerializerContext;
