using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Tests.Shelf;

/// <summary>Makes A/B update packages as Android's tools lay them out, and what no tool would make.</summary>
internal static class OtaZip
{
    public const string Metadata = "ota-type=AB\npre-device=panther\npost-build=lineage/panther/panther:15/AP4A/1:user/release-keys\npost-build-incremental=eng.1\npost-timestamp=1763856000\npost-security-patch-level=2026-11-05\n";

    /// <param name="change">Of the metadata.</param>
    /// <param name="payload">Else a good one of some 5 kB.</param>
    /// <param name="properties">Of the properties, which fit the payload.</param>
    /// <param name="level">Of the payload: stored, as phones need it.</param>
    /// <param name="extra">A file more.</param>
    /// <param name="comment">Behind the directory, where Android puts its signature.</param>
    public static byte[] Make(Func<string, string>? change = null, byte[]? payload = null, Func<string, string>? properties = null, CompressionLevel level = CompressionLevel.NoCompression, string? extra = null, string comment = "signed")
    {
        payload ??= Payload(5000);
        string says = $"FILE_HASH={Convert.ToBase64String(SHA256.HashData(payload))}\nFILE_SIZE={payload.Length}\nMETADATA_HASH={Convert.ToBase64String(SHA256.HashData(payload.AsSpan(0, Math.Min(payload.Length, 34))))}\nMETADATA_SIZE=34\n";
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put("META-INF/com/android/metadata", Encoding.UTF8.GetBytes(change?.Invoke(Metadata) ?? Metadata), CompressionLevel.Optimal);
            Put("payload.bin", payload, level);
            Put("payload_properties.txt", Encoding.UTF8.GetBytes(properties?.Invoke(says) ?? says), CompressionLevel.NoCompression);
            if (extra is not null) Put(extra, [1], CompressionLevel.NoCompression);
            zip.Comment = comment;

            void Put(string name, byte[] content, CompressionLevel how)
            {
                var entry = zip.CreateEntry(name, how);
                // As Android's tools: one package, one sequence of bytes.
                entry.LastWriteTime = new DateTimeOffset(2009, 1, 1, 0, 0, 0, TimeSpan.Zero);
                using var stream = entry.Open();
                stream.Write(content);
            }
        }
        return bytes.ToArray();
    }

    /// <summary>"CrAU", version 2, a manifest of 10 bytes, then what differs by the seed.</summary>
    public static byte[] Payload(int length, int seed = 1)
    {
        byte[] payload = new byte[length];
        new Random(seed).NextBytes(payload);
        "CrAU"u8.CopyTo(payload);
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), 2);
        BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(12), 10);
        BinaryPrimitives.WriteUInt32BigEndian(payload.AsSpan(20), 0);
        return payload;
    }

    /// <summary>The metadata of another build.</summary>
    public static Func<string, string> Build(string incremental, long built, string? from = null) => metadata =>
        metadata.Replace("incremental=eng.1", $"incremental={incremental}", StringComparison.Ordinal).Replace("1763856000", $"{built}", StringComparison.Ordinal) + (from is null ? "" : $"pre-build-incremental={from}\n");
}
