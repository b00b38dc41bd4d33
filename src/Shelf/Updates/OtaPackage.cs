using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Shelf.Updates;

/// <summary>What an A/B OTA package says of itself: the metadata and payload properties that Android's tools put into the zip.</summary>
/// <param name="Device">Of <c>pre-device</c>.</param>
/// <param name="Incremental">Build number that it leads to (<c>post-build-incremental</c>).</param>
/// <param name="FromIncremental">Build that it starts from; null: from any.</param>
/// <param name="Built">Unix seconds (<c>post-timestamp</c>).</param>
/// <param name="PayloadHash">SHA-256 of payload.bin, as payload_properties.txt has it and as we computed it.</param>
/// <param name="PayloadSize">Bytes of payload.bin.</param>
/// <param name="Size">Bytes of the zip.</param>
/// <param name="Hash">SHA-256 of the zip, hex.</param>
public sealed record OtaPackage(string Device, string Incremental, string? FromIncremental, long Built, string PayloadHash, long PayloadSize, long Size, string Hash)
{
    private const string MetadataName = "META-INF/com/android/metadata", PayloadName = "payload.bin", PropertiesName = "payload_properties.txt";

    private const int LongestText = 256 << 10, MostEntries = 10_000;

    /// <summary>Reads a package and checks its payload against its own properties. False, with a sentence, for anything that is no A/B package; never throws for what is in the file.</summary>
    /// <param name="zip">Seekable; read from its beginning.</param>
    /// <param name="package">The answer.</param>
    /// <param name="wrong">Why not.</param>
    public static bool TryRead(Stream zip, out OtaPackage package, out string wrong)
    {
        package = null!;
        try
        {
            using var archive = new ZipArchive(zip, ZipArchiveMode.Read, leaveOpen: true);
            wrong = "The package has more entries than an update has.";
            if (archive.Entries.Count > MostEntries) return false;
            wrong = $"The package has no {MetadataName}, or two: is it an OTA zip?";
            if (Lines(archive, MetadataName) is not { } metadata) return false;
            wrong = "The package is not an A/B one (ota-type=AB): nothing else is served.";
            if (metadata.GetValueOrDefault("ota-type") != "AB") return false;
            wrong = "The package is for one phone alone (it has a serialno): such a one is not for everyone.";
            if (metadata.ContainsKey("serialno")) return false;
            wrong = "The package does not say for which device, or which build it is.";
            if (!Name(metadata.GetValueOrDefault("pre-device"), out string device) || !Name(metadata.GetValueOrDefault("post-build-incremental"), out string incremental)) return false;
            string? from = metadata.GetValueOrDefault("pre-build-incremental");
            if (from is not null && !Name(from, out from)) return false;
            wrong = "The package does not say when it was built (post-timestamp).";
            if (!long.TryParse(metadata.GetValueOrDefault("post-timestamp"), NumberStyles.None, CultureInfo.InvariantCulture, out long built) || built is 0 or > int.MaxValue) return false;
            wrong = "The package's payload is missing, compressed, or not what payload_properties.txt says.";
            if (!TryPayload(archive, out string hash, out long size)) return false;
            zip.Position = 0;
            package = new(device, incremental, from, built, hash, size, zip.Length, Convert.ToHexStringLower(SHA256.HashData(zip)));
            wrong = "";
            return true;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or NotSupportedException or ArgumentException or OverflowException)
        {
            wrong = "The package is no zip that can be read whole.";
            return false;
        }
    }

    private static bool TryPayload(ZipArchive archive, out string hash, out long size)
    {
        hash = "";
        size = 0;
        if (Lines(archive, PropertiesName) is not { } properties || One(archive, PayloadName) is not { } payload) return false;
        // A phone reads it where it lies in the zip.
        if (payload.CompressedLength != payload.Length) return false;
        if (!long.TryParse(properties.GetValueOrDefault("FILE_SIZE"), NumberStyles.None, CultureInfo.InvariantCulture, out size) || size != payload.Length) return false;
        using (var start = payload.Open())
        {
            byte[] magic = new byte[4];
            if (start.ReadAtLeast(magic, 4, throwOnEndOfStream: false) < 4 || !magic.AsSpan().SequenceEqual("CrAU"u8)) return false;
        }
        using var stream = payload.Open();
        byte[] ours = SHA256.HashData(stream);
        hash = Convert.ToHexStringLower(ours);
        return properties.GetValueOrDefault("FILE_HASH") == Convert.ToBase64String(ours);
    }

    private static ZipArchiveEntry? One(ZipArchive archive, string name)
    {
        var entries = archive.Entries.Where(e => e.FullName == name).Take(2).ToList();
        return entries.Count == 1 ? entries[0] : null;
    }

    /// <summary>Lines <c>name=value</c>; null where there is no such entry, it is too long, or a name is there twice.</summary>
    private static Dictionary<string, string>? Lines(ZipArchive archive, string name)
    {
        if (One(archive, name) is not { } entry || entry.Length > LongestText) return null;
        byte[] bytes = new byte[LongestText + 1];
        int length;
        using (var stream = entry.Open()) length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        if (length > LongestText) return null;
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Encoding.UTF8.GetString(bytes, 0, length).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int mark = line.IndexOf('=', StringComparison.Ordinal);
            if (mark <= 0 || !lines.TryAdd(line[..mark], line[(mark + 1)..])) return null;
        }
        return lines;
    }

    /// <summary>Letters, digits, dots, hyphens, underscores: it becomes a part of a URL and of a line.</summary>
    private static bool Name(string? text, out string name)
    {
        name = text ?? "";
        return name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && name[0] != '.';
    }
}
