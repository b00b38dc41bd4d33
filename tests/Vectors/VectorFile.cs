using System.Text.Json;
using System.Text.Json.Nodes;

namespace Candor.Tests.Vectors;

/// <summary>A file of spec/vectors. Tests run it; with CANDOR_WRITE_VECTORS=1 in the environment they write it anew into the checkout first.</summary>
internal static class VectorFile
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static List<JsonObject> Read(string name, string description, Func<IEnumerable<JsonObject>> make)
    {
        string path = Path.Combine(Checkout.Root, "spec", "vectors", name);
        if (Environment.GetEnvironmentVariable("CANDOR_WRITE_VECTORS") == "1")
        {
            var file = new JsonObject { ["description"] = description, ["cases"] = new JsonArray([.. make()]) };
            File.WriteAllText(path, file.ToJsonString(Indented) + "\n");
        }
        var cases = JsonNode.Parse(File.ReadAllText(path))!["cases"]!.AsArray().Select(c => c!.AsObject()).ToList();
        Assert.NotEmpty(cases);
        return cases;
    }

    public static byte[] Bytes(this JsonObject c, string name) => Convert.FromHexString((string)c[name]!);

    public static string Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(bytes);
}
