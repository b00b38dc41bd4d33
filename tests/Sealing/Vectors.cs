using System.Text;
using System.Text.Json;
using Xunit;

namespace Candor.Tests.Sealing;

/// <summary>The cases of spec/vectors, and the few ways in which they write bytes; spec/README.md and spec/sealing.md, "Vectors".</summary>
internal static class Vectors
{
    private static readonly Dictionary<string, JsonElement[]> Files = [];

    public static JsonElement[] Cases(string file)
    {
        lock (Files)
        {
            if (Files.TryGetValue(file, out JsonElement[]? cases)) return cases;
            using JsonDocument document = Open(file);
            return Files[file] = [.. document.RootElement.GetProperty("cases").EnumerateArray().Select(c => c.Clone())];
        }
    }

    public static JsonDocument Open(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "vectors", file)));

    /// <summary>Rows for a theory: names, so that a failure says which case.</summary>
    public static TheoryData<string> Names(string file, string call, bool valid = true) =>
        [.. Cases(file).Where(c => c.Text("call") == call && c.GetProperty("valid").GetBoolean() == valid).Select(c => c.Text("name"))];

    public static JsonElement Case(string file, string name) => Cases(file).Single(c => c.Text("name") == name);

    public static string Text(this JsonElement element, string field) => element.GetProperty(field).GetString()!;

    public static long Number(this JsonElement element, string field) => element.GetProperty(field).GetInt64();

    public static byte[] Bytes(this JsonElement element, string field) => Bytes(element.GetProperty(field));

    /// <summary>Hex; or {"repeat": hex, "count": n}; or an array of these, joined.</summary>
    public static byte[] Bytes(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Convert.FromHexString(value.GetString()!),
        JsonValueKind.Array => [.. value.EnumerateArray().SelectMany(Bytes)],
        _ => Repeat(Convert.FromHexString(value.Text("repeat")), (int)value.Number("count")),
    };

    /// <summary>Applies the edits of an invalid case, in order, to the bytes of the valid case that it names.</summary>
    public static byte[] Edited(byte[] bytes, JsonElement edits)
    {
        List<byte> edited = [.. bytes];
        foreach (JsonElement edit in edits.EnumerateArray())
        {
            int length = edit.TryGetProperty("length", out JsonElement given) ? given.GetInt32() : 0;
            switch (edit.EnumerateObject().First().Name)
            {
                case "cut":
                    edited = edited[..(int)edit.Number("cut")];
                    break;
                case "append":
                    edited.AddRange(edit.Bytes("append"));
                    break;
                case "flip":
                    edited[(int)edit.Number("flip")] ^= edit.TryGetProperty("mask", out JsonElement mask) ? Bytes(mask)[0] : (byte)1;
                    break;
                case "remove":
                    edited.RemoveRange((int)edit.Number("remove"), length);
                    break;
                case "overwrite":
                    Replace(edited, (int)edit.Number("overwrite"), edit.Bytes("bytes"));
                    break;
                case "copy":
                    Replace(edited, (int)edit.Number("to"), [.. edited.GetRange((int)edit.Number("copy"), length)]);
                    break;
                case "insert_copy":
                    edited.InsertRange((int)edit.Number("to"), edited.GetRange((int)edit.Number("insert_copy"), length));
                    break;
                case "swap":
                    int[] at = [.. edit.GetProperty("swap").EnumerateArray().Select(p => p.GetInt32())];
                    byte[] first = [.. edited.GetRange(at[0], length)];
                    Replace(edited, at[0], [.. edited.GetRange(at[1], length)]);
                    Replace(edited, at[1], first);
                    break;
                default:
                    throw new InvalidDataException($"Unknown edit: {edit}");
            }
        }

        return [.. edited];
    }

    /// <summary>An enum's name as the vectors write it: BadLength is bad-length.</summary>
    public static string ErrorName(Enum value)
    {
        StringBuilder name = new();
        foreach (char letter in value.ToString())
        {
            if (char.IsUpper(letter) && name.Length > 0) name.Append('-');
            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }

    private static byte[] Repeat(byte[] unit, int count)
    {
        byte[] bytes = new byte[unit.Length * count];
        for (int i = 0; i < count; i++) unit.CopyTo(bytes, i * unit.Length);
        return bytes;
    }

    private static void Replace(List<byte> bytes, int at, byte[] by)
    {
        for (int i = 0; i < by.Length; i++) bytes[at + i] = by[i];
    }
}
