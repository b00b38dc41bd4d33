using System.Text;
using System.Text.Json;

namespace Candor.Fuzz;

/// <summary>Inputs out of spec/vectors, which are built into the program: fields of the cases, wherever they stand in them.</summary>
internal static class VectorSeeds
{
    /// <summary>The hex strings under this name, as bytes.</summary>
    public static byte[][] Bytes(string file, string field, string? call = null) => [.. Texts(file, field, call).Select(Convert.FromHexString)];

    /// <summary>The texts under this name, as UTF-8.</summary>
    public static byte[][] Utf8(string file, string field, string? call = null) => [.. Texts(file, field, call).Select(Encoding.UTF8.GetBytes)];

    /// <summary>The first valid case of a call.</summary>
    public static JsonElement Case(string file, string call) => Cases(file).First(c => Has(c, "call", call) && c.GetProperty("valid").GetBoolean());

    public static byte[] Hex(this JsonElement c, string field) => Convert.FromHexString(c.GetProperty(field).GetString()!);

    public static string[] Texts(string file, string field, string? call = null) =>
        [.. Cases(file).Where(c => call is null || Has(c, "call", call)).SelectMany(c => Find(c, field)).Distinct()];

    public static IEnumerable<JsonElement> Cases(string file)
    {
        using var stream = typeof(VectorSeeds).Assembly.GetManifestResourceStream($"vectors/{file}") ?? throw new ArgumentException($"There is no {file}.", nameof(file));
        using var document = JsonDocument.Parse(stream);
        return [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
    }

    private static bool Has(JsonElement c, string field, string value) =>
        c.TryGetProperty(field, out var found) && found.ValueKind == JsonValueKind.String && found.GetString() == value;

    private static IEnumerable<string> Find(JsonElement value, string field) => value.ValueKind switch
    {
        JsonValueKind.Array => value.EnumerateArray().SelectMany(item => Find(item, field)),
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p =>
            p.Name == field && p.Value.ValueKind == JsonValueKind.String ? [p.Value.GetString()!] : Find(p.Value, field)),
        _ => [],
    };
}
