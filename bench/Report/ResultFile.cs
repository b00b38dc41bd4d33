using System.Text.Encodings.Web;
using System.Text.Json;
using Candor.Bench.Measuring;

namespace Candor.Bench.Report;

/// <summary>Everything that was measured, each run of it, for programs.</summary>
/// <param name="Machine">What it was measured on: cores, kernel, the disk's file system.</param>
/// <param name="Programs">Who was measured, in the words of each.</param>
/// <param name="Quick">True where the sizes are not those of the targets.</param>
/// <param name="Repeat">Rounds.</param>
/// <param name="Floors">Of the machine, before the first line.</param>
/// <param name="Lines">In the order in which they were measured.</param>
internal sealed record ResultFile(string Machine, IReadOnlyList<string> Programs, bool Quick, int Repeat, Floors Floors, IReadOnlyList<LineResult> Lines)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public void Write(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Readable) + "\n");
    }
}
