using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Candor.Shelf.Updates;

/// <summary>A published package in a feed.</summary>
/// <param name="Package">What it says of itself.</param>
/// <param name="Channel">nightly, stable …; LineageOS calls it romtype.</param>
/// <param name="Version">Compared as text by LineageOS's updater: one form for ever.</param>
/// <param name="FileName">Of the zip.</param>
/// <param name="Url">Where the zip is, absolute.</param>
public sealed record FeedItem(OtaPackage Package, string Channel, string Version, string FileName, Uri Url);

/// <summary>Writes the two feeds that phones' own updaters read: LineageOS's JSON and GrapheneOS's line. Neither takes part in what is believed: the zip's own signature and the shelf's do.</summary>
public static class UpdateFeed
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>All seven members that LineageOS's updater asks for; full packages only, because it knows no others. An empty list says that there is nothing new.</summary>
    public static byte[] Lineage(IEnumerable<FeedItem> items)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Plain))
        {
            json.WriteStartObject();
            json.WriteStartArray("response");
            foreach (var item in items.Where(i => i.Package.FromIncremental is null).OrderByDescending(i => i.Package.Built))
            {
                json.WriteStartObject();
                json.WriteNumber("datetime", item.Package.Built);
                json.WriteString("filename", item.FileName);
                json.WriteString("id", item.Package.Hash);
                json.WriteString("romtype", item.Channel);
                json.WriteNumber("size", item.Package.Size);
                json.WriteString("url", item.Url.AbsoluteUri);
                json.WriteString("version", item.Version);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    /// <summary><c>INCREMENTAL DATE DEVICE CHANNEL</c> of the newest full package, and the end of the line.</summary>
    public static byte[] Graphene(FeedItem newest) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
        $"{newest.Package.Incremental} {newest.Package.Built} {newest.Package.Device} {newest.Channel}\n"));
}
