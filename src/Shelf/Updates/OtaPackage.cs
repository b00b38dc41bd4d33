using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Shelf.Updates;

/// <summary>What an A/B update package of Android says of itself, in the metadata and payload properties that Android's tools put into the zip; all of it checked against the bytes.</summary>
/// <param name="Devices">Of <c>pre-device</c>: the phones that it is for.</param>
/// <param name="Build">Fingerprint of the build that it leads to (<c>post-build</c>).</param>
/// <param name="Incremental">Number of that build (<c>post-build-incremental</c>).</param>
/// <param name="From">Number of the build that it starts from; null: from any.</param>
/// <param name="Built">Unix seconds (<c>post-timestamp</c>).</param>
/// <param name="Patch">Security patch level, YYYY-MM-DD; null where it does not say.</param>
/// <param name="Payload">Where payload.bin lies in the zip, and what it is.</param>
/// <param name="Size">Bytes of the zip.</param>
/// <param name="Hash">SHA-256 of the zip, hex.</param>
public sealed record OtaPackage(IReadOnlyList<string> Devices, string Build, string Incremental, string? From, long Built, string? Patch, OtaPayload Payload, long Size, string Hash)
{
    private const string MetadataName = "META-INF/com/android/metadata", PropertiesName = "payload_properties.txt";

    private const int LongestText = 256 << 10, LongestBuild = 256, MostDevices = 32;

    /// <summary>Reads a package and checks its payload against its own properties. False, with a sentence, for anything that is no A/B package for everyone; throws only what the stream throws.</summary>
    /// <param name="zip">Seekable; all of it is read, the payload twice. Memory stays below 3 MiB.</param>
    /// <param name="package">The answer.</param>
    /// <param name="wrong">Why not.</param>
    public static bool TryRead(Stream zip, out OtaPackage package, out string wrong)
    {
        package = null!;
        if (!ZipDirectory.TryOpen(zip, out var directory, out string end)) return Fail($"The package {end}.", out wrong);
        if (Lines(directory, MetadataName) is not { } metadata) return Fail($"The package has no readable {MetadataName}: it is no OTA zip.", out wrong);
        if (metadata.GetValueOrDefault("ota-type") != "AB") return Fail("The package is not an A/B one (ota-type=AB): no other is served.", out wrong);
        if (metadata.ContainsKey("serialno")) return Fail("The package is for some phones by their serial numbers (serialno): such a one is not for everyone.", out wrong);
        if (metadata.GetValueOrDefault("ota-downgrade") is "yes" || metadata.GetValueOrDefault("ota-wipe") is "yes") return Fail("The package goes back to an older build or wipes the phone (ota-downgrade, ota-wipe): such a one is not served.", out wrong);
        string[] devices = (metadata.GetValueOrDefault("pre-device") ?? "").Split('|', ',');
        if (devices.Length > MostDevices || !Array.TrueForAll(devices, UpdateNames.IsName)) return Fail("The package does not say for which device it is (pre-device).", out wrong);
        string build = metadata.GetValueOrDefault("post-build") ?? "", incremental = metadata.GetValueOrDefault("post-build-incremental") ?? "";
        if (!UpdateNames.IsName(incremental) || build.Length is 0 or > LongestBuild || !UpdateNames.IsLine(build)) return Fail("The package does not say to which build it leads (post-build, post-build-incremental).", out wrong);
        string? from = metadata.GetValueOrDefault("pre-build-incremental"), patch = metadata.GetValueOrDefault("post-security-patch-level");
        if (from is not null && !UpdateNames.IsName(from)) return Fail("The package says in an odd way from which build it starts (pre-build-incremental).", out wrong);
        if (patch is not null && !DateOnly.TryParseExact(patch, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _)) return Fail("The package's security patch level is no date.", out wrong);
        if (!long.TryParse(metadata.GetValueOrDefault("post-timestamp"), NumberStyles.None, CultureInfo.InvariantCulture, out long built) || built is 0 or > UpdateNames.LatestTime)
            return Fail("The package does not say when it was built (post-timestamp).", out wrong);
        if (directory.Find(OtaPayload.Name) is not { } part || Lines(directory, PropertiesName) is not { } properties) return Fail($"The package has no {OtaPayload.Name}, or no readable {PropertiesName}.", out wrong);
        if (!OtaPayload.TryRead(zip, directory, part, properties, out var payload, out wrong)) return false;
        if (!IsWhereItSays(metadata.GetValueOrDefault("ota-streaming-property-files"), payload)) return Fail("The package says that its payload lies where it does not (ota-streaming-property-files).", out wrong);
        zip.Position = 0;
        package = new(devices, build, incremental, from, built, patch, payload, zip.Length, Convert.ToHexStringLower(SHA256.HashData(zip)));
        wrong = "";
        return true;
    }

    /// <summary><c>name:offset:size</c>, separated by commas; a phone that streams reads there. Where it is not said, nothing is wrong.</summary>
    private static bool IsWhereItSays(string? files, OtaPayload payload)
    {
        if (files is null) return true;
        string wanted = string.Create(CultureInfo.InvariantCulture, $"{OtaPayload.Name}:{payload.Offset}:{payload.Size}");
        return files.Split(',', StringSplitOptions.TrimEntries).Where(f => f.StartsWith(OtaPayload.Name + ":", StringComparison.Ordinal)).All(f => f == wanted);
    }

    /// <summary>Lines <c>name=value</c>; null where there is no such file, it is too long, no UTF-8, or a name is there twice.</summary>
    private static Dictionary<string, string>? Lines(ZipDirectory directory, string name)
    {
        if (directory.Find(name) is not { } part || directory.Read(part, LongestText) is not { } bytes || !System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int mark = line.IndexOf('=', StringComparison.Ordinal);
            if (mark <= 0 || !lines.TryAdd(line[..mark], line[(mark + 1)..])) return null;
        }
        return lines;
    }

    private static bool Fail(string sentence, out string wrong)
    {
        wrong = sentence;
        return false;
    }
}
