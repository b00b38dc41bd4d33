using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Candor.Log;
using Candor.Protocol;
using Xunit;

namespace Candor.Tests.Log;

/// <summary>The cases of a file in spec/vectors, by call, and readers for their fields.</summary>
internal sealed partial class LogVectors
{
    private readonly Dictionary<string, JsonElement> _cases = [];

    private LogVectors(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", file)));
        foreach (JsonElement c in document.RootElement.GetProperty("cases").EnumerateArray())
            _cases.Add(c.GetProperty("name").GetString()!, c.Clone());
    }

    public static LogVectors MerkleCases { get; } = new("merkle.json");

    public static LogVectors NoteCases { get; } = new("note.json");

    public static LogVectors CheckpointCases { get; } = new("checkpoint.json");

    public JsonElement this[string name] => _cases[name];

    public TheoryData<string> OfCall(string call) => [.. _cases.Where(c => Text(c.Value, "call") == call).Select(c => c.Key)];

    public IEnumerable<string> Calls => _cases.Values.Select(c => Text(c, "call")).Distinct();

    public static string Text(JsonElement c, string field) => c.GetProperty(field).GetString()!;

    public static string[] Texts(JsonElement c, string field) => [.. c.GetProperty(field).EnumerateArray().Select(e => e.GetString()!)];

    public static byte[] Hex(JsonElement c, string field) => Convert.FromHexString(Text(c, field));

    public static Hash32 Hash(JsonElement c, string field) => new(Hex(c, field));

    public static Hash32[] Hashes(JsonElement c, string field) => [.. Texts(c, field).Select(h => new Hash32(Convert.FromHexString(h)))];

    public static long Number(JsonElement c, string field) => long.Parse(Text(c, field), CultureInfo.InvariantCulture);

    public static bool Valid(JsonElement c) => c.GetProperty("valid").GetBoolean();

    /// <summary>The name that a refusal has in the vectors: wrong-key-id for WrongKeyId.</summary>
    public static string Name(LogRejection rejection) => Humps().Replace(rejection.ToString(), "-").ToLowerInvariant();

    public static NoteVerifierKey[] Keys(JsonElement c, string field) => [.. Texts(c, field).Select(Key)];

    public static NoteVerifierKey Key(string vkey) => NoteVerifierKey.TryParse(vkey, out NoteVerifierKey? key, out LogRejection rejection)
        ? key
        : throw new InvalidDataException($"{vkey}: {rejection}");

    [GeneratedRegex("(?<=[a-z0-9])(?=[A-Z])")]
    private static partial Regex Humps();
}
