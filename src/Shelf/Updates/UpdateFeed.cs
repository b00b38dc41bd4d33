using System.Globalization;
using System.Text;
using System.Text.Json;
using Candor.Shelf.Tuf;

namespace Candor.Shelf.Updates;

/// <summary>An update on a shelf.</summary>
public sealed record ShelfUpdate(UpdateEntry Entry, ShelfTarget Target);

/// <summary>Writes the two feeds that phones' own updaters read: LineageOS's JSON and GrapheneOS's line. Neither takes part in what is believed: the zip's own signature does, and on the shelf its keeper's.</summary>
public static class UpdateFeed
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All seven members that LineageOS's updater asks for, the newest first; full packages only, because it knows no others. An empty list says that there is nothing new.</summary>
    /// <param name="updates">Of one device and channel.</param>
    /// <param name="address">Where the shelf's server is, for absolute URLs.</param>
    public static byte[] Lineage(IEnumerable<ShelfUpdate> updates, Uri address)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            json.WriteStartArray("response");
            foreach (var (entry, target) in Full(updates))
            {
                json.WriteStartObject();
                json.WriteNumber("datetime", entry.Built);
                json.WriteString("filename", entry.File);
                json.WriteString("id", target.Hash);
                json.WriteString("romtype", entry.Channel);
                json.WriteNumber("size", target.Length);
                json.WriteString("url", new Uri(address, $"/shelf/targets/{target.FileName(target.Hash)}").AbsoluteUri);
                json.WriteString("version", entry.Version);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary><c>INCREMENTAL DATE DEVICE CHANNEL</c> of the newest full package, and the end of the line. Null where there is none.</summary>
    /// <param name="updates">Of one device and channel.</param>
    public static byte[]? Graphene(IEnumerable<ShelfUpdate> updates) => Full(updates).FirstOrDefault()?.Entry is { } newest
        ? Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{newest.Incremental} {newest.Built} {newest.Device} {newest.Channel}\n"))
        : null;

    /// <summary>The name by which GrapheneOS's updater asks for a package, beside the line.</summary>
    public static string GrapheneFile(UpdateEntry entry) => entry.From is null ? $"{entry.Device}-ota_update-{entry.Incremental}.zip" : $"{entry.Device}-incremental-{entry.From}-{entry.Incremental}.zip";

    private static IEnumerable<ShelfUpdate> Full(IEnumerable<ShelfUpdate> updates) =>
        updates.Where(u => u.Entry.From is null).OrderByDescending(u => u.Entry.Built).ThenByDescending(u => u.Entry.Incremental, StringComparer.Ordinal);
}
