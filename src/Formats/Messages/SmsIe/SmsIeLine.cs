using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Candor.Formats.Messages;

/// <summary>A line of the export: written from a view, or searched for the places that name data files.</summary>
internal static class SmsIeLine
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The values of <c>__parts[index]._data</c>, with their place in the line, quotes included.</summary>
    internal static List<(int Index, int Start, int Length, string Path)> Paths(ReadOnlySpan<byte> line)
    {
        var paths = new List<(int, int, int, string)>();
        var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = SmsIeReader.MaxDepth });
        bool inParts = false, isPath = false;
        int index = -1;
        while (json.Read())
        {
            if (json.TokenType == JsonTokenType.PropertyName)
            {
                inParts = json.CurrentDepth == 1 ? json.ValueTextEquals("__parts"u8) : inParts;
                isPath = inParts && json.CurrentDepth == 3 && json.ValueTextEquals("_data"u8);
                continue;
            }
            if (inParts && json.CurrentDepth == 2 && json.TokenType is not (JsonTokenType.EndObject or JsonTokenType.EndArray))
                index++;
            if (isPath && json.TokenType == JsonTokenType.String)
                paths.Add((index, (int)json.TokenStartIndex, json.ValueSpan.Length + 2, JsonRow.Unescape(json.ValueSpan)));
            isPath = false;
        }
        return paths;
    }

    /// <summary>Values are strings, as the app writes them; what is not known is left out, as the app does. <c>dataNames</c> has by part
    /// the name of its data file or null.</summary>
    internal static void Write(ArrayBufferWriter<byte> line, MessageView view, string?[] dataNames)
    {
        using var json = new Utf8JsonWriter(line, Plain);
        json.WriteStartObject();
        if (view.Kind == MessageKind.Sms)
            Sms(json, view);
        else
            Mms(json, view, dataNames);
        json.WriteEndObject();
    }

    private static void Sms(Utf8JsonWriter json, MessageView view)
    {
        Put(json, "address", view.Addresses.Count == 0 ? null : string.Join('~', view.Addresses.Select(a => a.Address)));
        Put(json, "date", view.DateMs ?? 0);
        Put(json, "date_sent", view.DateSentMs ?? 0);
        Put(json, "protocol", 0);
        Put(json, "read", view.Read ? 1 : 0);
        Put(json, "status", view.Status ?? -1);
        Put(json, "type", (int)view.Box);
        Put(json, "subject", view.Subject);
        Put(json, "body", view.Text);
        Put(json, "locked", view.Locked ? 1 : 0);
        Put(json, "seen", 1);
        Put(json, "__display_name", view.ContactName);
    }

    private static void Mms(Utf8JsonWriter json, MessageView view, string?[] dataNames)
    {
        bool received = view.Box is MessageBox.Inbox or MessageBox.Unknown;
        Put(json, "date", Seconds(view.DateMs));
        Put(json, "date_sent", Seconds(view.DateSentMs));
        Put(json, "msg_box", (int)view.Box);
        Put(json, "read", view.Read ? 1 : 0);
        Put(json, "seen", 1);
        Put(json, "m_id", view.MessageId);
        Put(json, "sub", view.Subject is null ? null : Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(view.Subject)));
        Put(json, "sub_cs", view.Subject is null ? null : "106");
        Put(json, "ct_t", "application/vnd.wap.multipart.related");
        Put(json, "m_type", received ? 132 : 128);
        Put(json, "v", 18);
        Put(json, "tr_id", view.TransactionId);
        Put(json, "locked", view.Locked ? 1 : 0);
        Put(json, "text_only", dataNames.All(n => n is null) ? 1 : 0);
        Addresses(json, view, received);
        json.WriteStartArray("__parts");
        for (int i = 0; i < view.Parts.Count; i++)
            Part(json, view.Parts[i], i, dataNames[i]);
        json.WriteEndArray();
    }

    private static void Addresses(Utf8JsonWriter json, MessageView view, bool received)
    {
        int sender = -1;
        for (int i = 0; i < view.Addresses.Count && sender < 0; i++)
            sender = view.Addresses[i].Role == AddressRole.From ? i : -1;
        if (sender < 0 && received && view.Addresses.Count > 0)
            sender = 0;
        json.WritePropertyName("__sender_address");
        Address(json, sender < 0 ? PhoneAddress.Self : view.Addresses[sender].Address, AddressRole.From, view.ContactName);
        json.WriteStartArray("__recipient_addresses");
        for (int i = 0; i < view.Addresses.Count; i++)
        {
            (string address, AddressRole role) = view.Addresses[i];
            if (i != sender)
                Address(json, address, role is AddressRole.Cc or AddressRole.Bcc ? role : AddressRole.To, null);
        }
        json.WriteEndArray();
    }

    private static void Address(Utf8JsonWriter json, string address, AddressRole role, string? name)
    {
        json.WriteStartObject();
        Put(json, "address", address);
        Put(json, "type", (int)role);
        Put(json, "charset", 106);
        Put(json, "__display_name", name);
        json.WriteEndObject();
    }

    private static void Part(Utf8JsonWriter json, MessagePartView part, int index, string? dataName)
    {
        json.WriteStartObject();
        Put(json, "seq", part.Sequence ?? index);
        Put(json, "ct", part.ContentType);
        Put(json, "name", part.Name);
        Put(json, "chset", part.Charset?.ToString(CultureInfo.InvariantCulture));
        Put(json, "cid", part.ContentId);
        Put(json, "cl", part.Name);
        Put(json, "text", part.Text);
        Put(json, "_data", dataName);
        json.WriteEndObject();
    }

    private static long Seconds(long? milliseconds) => milliseconds is { } ms ? (long)Math.Floor(ms / 1000m) : 0;

    private static void Put(Utf8JsonWriter json, string key, long value) => Put(json, key, value.ToString(CultureInfo.InvariantCulture));

    private static void Put(Utf8JsonWriter json, string key, string? value)
    {
        if (value is not null)
            json.WriteString(key, value);
    }
}
