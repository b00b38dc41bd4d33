using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Candor.Formats.Messages;

/// <summary>Brings a message of an export before version 2.0.0 to the form it has since: keys that the app adds get "__" before them, and
/// data moves out of the line.</summary>
internal static class SmsIeVersion1
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    /// <summary>The line, and by index of the part its data's base64 text.</summary>
    internal static byte[] ToLine(JsonElement message, long number, Dictionary<int, string> data)
    {
        var line = new ArrayBufferWriter<byte>(1024);
        using (var writer = new Utf8JsonWriter(line, Plain))
            Object(writer, message, number, data);
        return line.WrittenSpan.ToArray();
    }

    private static void Object(Utf8JsonWriter writer, JsonElement row, long number, Dictionary<int, string> data)
    {
        writer.WriteStartObject();
        foreach (JsonProperty property in row.EnumerateObject())
        {
            ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
            bool added = name.SequenceEqual("display_name"u8) || name.SequenceEqual("parts"u8) || name.SequenceEqual("addresses"u8)
                || name.SequenceEqual("sender_address"u8) || name.SequenceEqual("recipient_addresses"u8);
            writer.WritePropertyName((added ? "__" : "") + JsonRow.Unescape(name));
            if (name.SequenceEqual("parts"u8) && property.Value.ValueKind == JsonValueKind.Array)
                Parts(writer, property.Value, number, data);
            else
                Value(writer, property.Value, number);
        }
        writer.WriteEndObject();
    }

    private static void Value(Utf8JsonWriter writer, JsonElement value, long number)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                Object(writer, value, number, []);
                break;
            case JsonValueKind.Array:
                writer.WriteStartArray();
                foreach (JsonElement item in value.EnumerateArray())
                    Value(writer, item, number);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteRawValue(JsonMarshal.GetRawUtf8Value(value), skipInputValidation: true);
                break;
        }
    }

    private static void Parts(Utf8JsonWriter writer, JsonElement parts, long number, Dictionary<int, string> data)
    {
        writer.WriteStartArray();
        int index = 0;
        foreach (JsonElement part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object)
            {
                Value(writer, part, number);
                index++;
                continue;
            }
            bool path = false;
            writer.WriteStartObject();
            foreach (JsonProperty property in part.EnumerateObject())
            {
                ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
                if (name.SequenceEqual("binary_data"u8) && property.Value.ValueKind == JsonValueKind.String)
                {
                    data[index] = JsonRow.Unescape(JsonMarshal.GetRawUtf8Value(property.Value)[1..^1]);
                    continue;
                }
                path |= name.SequenceEqual("_data"u8) && property.Value.ValueKind == JsonValueKind.String;
                writer.WritePropertyName(JsonRow.Unescape(name));
                Value(writer, property.Value, number);
            }
            if (!path && data.ContainsKey(index))
                writer.WriteString("_data"u8, $"PART_{number}_{index}");
            writer.WriteEndObject();
            index++;
        }
        writer.WriteEndArray();
    }

    internal static long CopyData(string base64, Stream sink)
    {
        using var text = new MemoryStream(Encoding.UTF8.GetBytes(base64));
        return PartData.CopyDecoded(text, 0, sink);
    }
}
