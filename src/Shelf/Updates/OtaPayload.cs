using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Candor.Shelf.Updates;

/// <summary>The payload of an A/B package: a phone's update engine reads it where it lies in the zip.</summary>
/// <param name="Offset">Bytes from the beginning of the zip.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Hash">SHA-256, hex: FILE_HASH of payload_properties.txt, and what its bytes hash to.</param>
public sealed record OtaPayload(long Offset, long Size, string Hash)
{
    public const string Name = "payload.bin";

    /// <summary>"CrAU", u64 version, u64 size of the manifest, u32 size of its signature; big-endian.</summary>
    private const int HeadLength = 24;

    private const ulong Format = 2;

    private const int Buffer = 1 << 20;

    /// <summary>Checks the payload's head and all its bytes against FILE_HASH, FILE_SIZE, METADATA_HASH and METADATA_SIZE.</summary>
    internal static bool TryRead(Stream zip, ZipDirectory directory, ZipPart part, IReadOnlyDictionary<string, string> properties, out OtaPayload payload, out string wrong)
    {
        payload = null!;
        wrong = "The package's payload is compressed, or its place in the zip is not clear: a phone could not read it where it lies.";
        if (part.Method != 0 || directory.PlaceOf(part) is not { } offset) return false;
        wrong = "The package's payload has another size than payload_properties.txt says.";
        if (!Number("FILE_SIZE", out long size) || size != part.Length || !Number("METADATA_SIZE", out long metadataSize) || metadataSize < HeadLength || metadataSize > size) return false;
        wrong = "The package's payload is none that update engines read (CrAU, version 2).";
        byte[] head = new byte[HeadLength];
        zip.Position = offset;
        if (zip.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false) < HeadLength || !head.AsSpan(0, 4).SequenceEqual("CrAU"u8) || BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(4)) != Format) return false;
        wrong = "The package's payload has a manifest of another size than payload_properties.txt says.";
        if (BinaryPrimitives.ReadUInt64BigEndian(head.AsSpan(12)) != (ulong)(metadataSize - HeadLength)) return false;
        wrong = "The package's payload is not the one that payload_properties.txt was made for: its hash is another.";
        if (HashOf(zip, offset, metadataSize) is not { } metadataHash || Convert.ToBase64String(metadataHash) != properties.GetValueOrDefault("METADATA_HASH")) return false;
        if (HashOf(zip, offset, size) is not { } hash || Convert.ToBase64String(hash) != properties.GetValueOrDefault("FILE_HASH")) return false;
        payload = new(offset, size, Convert.ToHexStringLower(hash));
        wrong = "";
        return true;

        bool Number(string name, out long number) => long.TryParse(properties.GetValueOrDefault(name), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    private static byte[]? HashOf(Stream zip, long offset, long length)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[(int)Math.Min(Buffer, length)];
        zip.Position = offset;
        while (length > 0)
        {
            int read = zip.Read(buffer, 0, (int)Math.Min(buffer.Length, length));
            if (read == 0) return null;
            hash.AppendData(buffer, 0, read);
            length -= read;
        }
        return hash.GetHashAndReset();
    }
}
