using System.Globalization;
using System.Text.Json;

namespace Candor.Audit.Bodies;

/// <summary>JSON, also several documents after each other (lines). Strings with escapes are views of their own; the others are searched where they stand.</summary>
internal static class JsonForm
{
    private const int MaxDepth = 64;
    private static readonly JsonReaderOptions s_options = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip, MaxDepth = MaxDepth, AllowMultipleValues = true };

    /// <summary>False where the text is not an object or array to its end. Every string with an escape goes to <paramref name="escaped"/>, which answers false to end.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, Func<int, int, byte[], bool> escaped)
    {
        if (bytes.TrimStart(" \t\r\n\uFEFF"u8) is not [(byte)'{' or (byte)'[', ..] || !Walks(bytes)) return false;
        var reader = new Utf8JsonReader(WithoutMark(bytes, out int mark), s_options);
        while (reader.Read())
        {
            if (reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !reader.ValueIsEscaped) continue;
            byte[] made = new byte[reader.ValueSpan.Length];
            int length;
            try
            {
                length = reader.CopyString(made);
            }
            catch (InvalidOperationException)
            {
                continue; // A lone surrogate: no text.
            }
            if (!escaped(checked((int)reader.TokenStartIndex) + 1 + mark, reader.ValueSpan.Length, made[..length])) break;
        }
        return true;
    }

    /// <summary>The path to what stands at an offset: "$.a.b[2]"; "" where there is none.</summary>
    public static string PathAt(ReadOnlySpan<byte> bytes, int offset)
    {
        var reader = new Utf8JsonReader(WithoutMark(bytes, out int mark), s_options);
        List<(string? Key, int Index)> path = [];
        string? key = null;
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName) key = reader.GetString();
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    path.RemoveAt(path.Count - 1);
                }
                else
                {
                    if (path is [.., (null, var index)]) path[^1] = (null, index + 1);
                    else if (path.Count > 0) path[^1] = (key, -1);
                    if (reader.BytesConsumed + mark > offset) return Path(path);
                    if (reader.TokenType == JsonTokenType.StartArray) path.Add((null, -1));
                    if (reader.TokenType == JsonTokenType.StartObject) path.Add(("", -1));
                }
                if (reader.TokenType == JsonTokenType.PropertyName && reader.BytesConsumed + mark > offset) return Path(path);
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return Path(path);
        }
        return "";
    }

    private static string Path(List<(string? Key, int Index)> path) =>
        "$" + string.Concat(path.Select(step => step.Key is { Length: > 0 } key ? "." + key : step.Key is null && step.Index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"[{step.Index}]") : ""));

    private static bool Walks(ReadOnlySpan<byte> bytes)
    {
        var reader = new Utf8JsonReader(WithoutMark(bytes, out _), s_options);
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> bytes, out int mark)
    {
        mark = bytes.StartsWith("\uFEFF"u8) ? 3 : 0;
        return bytes[mark..];
    }
}
