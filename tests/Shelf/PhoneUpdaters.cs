using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Candor.Tests.Shelf;

/// <summary>What a phone knows of itself when its updater asks.</summary>
/// <param name="Device">LineageOS: ro.lineage.device; GrapheneOS: ro.product.device.</param>
/// <param name="Channel">Release type or channel.</param>
/// <param name="Version">ro.lineage.build.version.</param>
/// <param name="Incremental">ro.build.version.incremental.</param>
/// <param name="Built">ro.build.date.utc.</param>
internal sealed record Phone(string Device, string Channel, string Version, string Incremental, long Built);

/// <summary>The two updaters that phones have, written from their contracts: what they ask, what of the answer they take, how they go on with a download.</summary>
internal static class PhoneUpdaters
{
    /// <summary>LineageOS: a URL template without {incr}; elements with all seven members, newer than the build, of its type (any case), not of a lower version as text.</summary>
    public static async Task<List<(string Id, string Name, long Size, string Url, bool Installs)>> LineageAsync(HttpClient http, string template, Phone phone)
    {
        string url = template.Replace("{device}", phone.Device, StringComparison.Ordinal).Replace("{type}", phone.Channel.ToLowerInvariant(), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(await http.GetByteArrayAsync(new Uri(url)));
        var found = new List<(string, string, long, string, bool)>();
        foreach (var element in json.RootElement.GetProperty("response").EnumerateArray())
        {
            if (element.ValueKind == JsonValueKind.Null) continue;
            string[] names = ["datetime", "filename", "id", "romtype", "size", "url", "version"];
            if (!names.All(n => element.TryGetProperty(n, out _))) continue;
            string version = element.GetProperty("version").GetString()!;
            if (string.CompareOrdinal(version, phone.Version) < 0 || element.GetProperty("datetime").GetInt64() <= phone.Built) continue;
            if (!string.Equals(element.GetProperty("romtype").GetString(), phone.Channel, StringComparison.OrdinalIgnoreCase)) continue;
            found.Add((element.GetProperty("id").GetString()!, element.GetProperty("filename").GetString()!, element.GetProperty("size").GetInt64(), element.GetProperty("url").GetString()!, version == phone.Version));
        }
        return found;
    }

    /// <summary>GrapheneOS: one line of four words; then the package from this build, or else the full one; then what the package says of itself.</summary>
    public static async Task<byte[]?> GrapheneAsync(HttpClient http, string below, Phone phone, byte[] have)
    {
        string[] words = (await http.GetStringAsync(new Uri($"{below}{phone.Device}-{phone.Channel}"))).Split(' ');
        Assert.Equal(4, words.Length);
        Assert.EndsWith("\n", words[3], StringComparison.Ordinal);
        long built = long.Parse(words[1], CultureInfo.InvariantCulture);
        Assert.Equal((phone.Device, phone.Channel), (words[2], words[3].TrimEnd('\n')));
        if (built <= phone.Built) return null;
        byte[]? zip = await ResumeAsync(http, $"{below}{phone.Device}-incremental-{phone.Incremental}-{words[0]}.zip", have) ?? await ResumeAsync(http, $"{below}{phone.Device}-ota_update-{words[0]}.zip", have);
        Assert.NotNull(zip);
        using var archive = new ZipArchive(new MemoryStream(zip));
        using var reader = new StreamReader(archive.GetEntry("META-INF/com/android/metadata")!.Open(), Encoding.UTF8);
        var lines = (await reader.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=', 2)).ToDictionary(l => l[0], l => l[1]);
        Assert.Equal(($"{built}", phone.Device, "AB"), (lines["post-timestamp"], lines["pre-device"], lines["ota-type"]));
        Assert.False(lines.ContainsKey("serialno"));
        Assert.True(!lines.TryGetValue("pre-build-incremental", out string? from) || from == phone.Incremental);
        return zip;
    }

    /// <summary>Goes on behind what is there: 206 with the rest, or 416 where all of it is there. Null: no such file.</summary>
    public static async Task<byte[]?> ResumeAsync(HttpClient http, string url, byte[] have)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (have.Length > 0) request.Headers.Range = new RangeHeaderValue(have.Length, null);
        using var response = await http.SendAsync(request);
        if (response.StatusCode == HttpStatusCode.NotFound) return null;
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable) return have;
        Assert.Equal(have.Length > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK, response.StatusCode);
        if (have.Length > 0) Assert.Equal(have.Length, response.Content.Headers.ContentRange!.From);
        return [.. have, .. await response.Content.ReadAsByteArrayAsync()];
    }
}
