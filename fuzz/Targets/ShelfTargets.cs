using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Candor.Shelf.Tuf;
using Candor.Shelf.Updates;

namespace Candor.Fuzz;

/// <summary>Metadata of a shelf, and the keys of its keeper.</summary>
internal static class ShelfTargets
{
    private const string Refusal = "Refused without a reason.";

    private static readonly byte[][] Pieces = [.. Targets.TextPieces, .. new[] { "\"version\"", "\"keyid\"", "\"sig\"", "\"signed\"", "\"*\"", "1.0", "\\uD800", "\\u0061" }.Select(Encoding.UTF8.GetBytes)];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("tuf-json", "Read or refused; what is read has one canonical form, which is read as the same and written the same.", () => [.. Seeds(), .. Texts("{\"b\":[1,-2,true,null],\"a\":{\"\\u00e9\\ud83d\\ude00\":\"\\\"\\\\\"}}", "[[[[[[]]]]]]")], bytes =>
        {
            if (!TufJson.TryParse(bytes, out var value)) return;
            byte[] canonical = TufJson.Write(value);
            Claim.Holds(TufJson.TryParse(canonical, out var again) || HasControls(canonical), "The canonical form is not read.");
            if (again.Value is not null) Claim.Same(canonical, TufJson.Write(again), "Another canonical form.");
        }, "TufJson.TryParse") { Pieces = Pieces },
        Metadata("tuf-root", (bytes) => (TufRoot.TryParse(bytes, out var root, out string wrong), wrong, root?.File), "TufRoot.TryParse", "TufFile.TryParse"),
        Metadata("tuf-timestamp", (bytes) => (TufTimestamp.TryParse(bytes, out var timestamp, out string wrong), wrong, timestamp?.File), "TufTimestamp.TryParse"),
        Metadata("tuf-snapshot", (bytes) => (TufSnapshot.TryParse(bytes, out var snapshot, out string wrong), wrong, snapshot?.File), "TufSnapshot.TryParse"),
        Metadata("tuf-targets", bytes =>
        {
            bool read = TufTargets.TryParse(bytes, out var targets, out string wrong);
            if (!read) return (false, wrong, null);
            foreach (string path in targets.Listed.Keys.Take(20))
            {
                Claim.Holds(targets.Find(path) is { Hashes.Count: > 0, Length: >= 0 }, "A target without length and hash.");
                foreach (var delegation in targets.Delegations.Take(20)) delegation.Covers(path);
            }
            return (true, wrong, targets.File);
        }, "TufTargets.TryParse"),
        new("shelf-key", "A key that is read is written as canonical JSON that is read as the same key.", () => [Key()], bytes =>
        {
            if (!ShelfKey.TryParse(bytes, out var key)) return;
            using (key)
            {
                Claim.Holds(ShelfKey.TryParse(key.Export(), out var again) && again.Id == key.Id, "Another key.");
                again.Dispose();
            }
        }, "ShelfKey.TryParse") { Pieces = Pieces },
        new("ota-package", "Refused with a sentence, or a payload within the zip whose bytes have the hash that it says.", () => [Zip(CompressionLevel.Optimal), Zip(CompressionLevel.NoCompression)], bytes =>
        {
            if (ZipDirectory.TryOpen(new MemoryStream(bytes), out var directory, out string end)) _ = directory.Find(OtaPayload.Name) is { } part ? directory.PlaceOf(part) : null;
            else Claim.Holds(end.Length > 0, Refusal);
            if (!OtaPackage.TryRead(new MemoryStream(bytes), out var package, out string wrong))
            {
                Claim.Holds(wrong.Length > 0, Refusal);
                return;
            }
            var payload = package.Payload;
            Claim.Holds(payload.Offset >= 0 && payload.Offset + payload.Size <= bytes.Length, "A payload outside the zip.");
            Claim.Holds(Convert.ToHexStringLower(SHA256.HashData(bytes.AsSpan((int)payload.Offset, (int)payload.Size))) == payload.Hash, "Another payload.");
        }, "OtaPackage.TryRead", "ZipDirectory.TryOpen", "ZipDirectory.Read", "OtaPayload.TryRead") { Pieces = [.. Pieces, .. new[] { "PK\u0001\u0002", "PK\u0003\u0004", "PK\u0005\u0006", "PK\u0006\u0006", "PK\u0006\u0007", "payload.bin", "CrAU", "ota-type=AB\n", "FILE_SIZE=", "../" }.Select(Encoding.UTF8.GetBytes), [0xFF, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF]] },
        new("update-entry", "What is read is written again as something that is read as the same.", () => [Entry()], bytes =>
        {
            const string path = "updates/panther/nightly/a.zip";
            if (ProgramEntry.TryRead("programs/candor/linux-x64/candor-1.tar.gz", bytes, out var program)) Claim.Holds(ProgramEntry.TryRead(program.Path, program.Write(), out var same) && same == program, "Another release.");
            if (!UpdateEntry.TryRead(path, bytes, out var entry)) return;
            Claim.Holds(UpdateEntry.TryRead(path, entry.Write(), out var again) && again == entry, "Another entry.");
            Claim.Holds(UpdateNames.IsText(entry.Notes) && !entry.Notes.Contains('\u001b', StringComparison.Ordinal), "Notes that move a cursor.");
        }, "UpdateEntry.TryRead", "ProgramEntry.TryRead") { Pieces = [.. Pieces, .. new[] { "\"notes\"", "\"built\"", "\"payload\"", "\\u001b", "\\u202e", "candor-update/1", "candor-program/1" }.Select(Encoding.UTF8.GetBytes)] },
    ];

    private static byte[] Entry() => new UpdateEntry("panther", "nightly", "a.zip", "22.1", "One\ntwo", "a/b:1", "eng.2", "eng.1", 1763856000, "2026-11-05", new(100, 200, new string('a', 64))).Write();

    /// <summary>A small package, whole.</summary>
    private static byte[] Zip(CompressionLevel level)
    {
        byte[] payload = [.. "CrAU"u8, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 7, 8, 9];
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            Put("META-INF/com/android/metadata", Encoding.UTF8.GetBytes("ota-type=AB\npre-device=a|b\npost-build=x/y:1\npost-build-incremental=2\npre-build-incremental=1\npost-timestamp=1763856000\npost-security-patch-level=2026-11-05\n"), level);
            Put(OtaPayload.Name, payload, CompressionLevel.NoCompression);
            Put("payload_properties.txt", Encoding.UTF8.GetBytes($"FILE_HASH={Convert.ToBase64String(SHA256.HashData(payload))}\nFILE_SIZE={payload.Length}\nMETADATA_HASH={Convert.ToBase64String(SHA256.HashData(payload.AsSpan(0, 25)))}\nMETADATA_SIZE=25\n"), level);
            zip.Comment = "signed";

            void Put(string name, byte[] content, CompressionLevel how)
            {
                using var stream = zip.CreateEntry(name, how).Open();
                stream.Write(content);
            }
        }
        return bytes.ToArray();
    }

    private static FuzzTarget Metadata(string name, Func<byte[], (bool, string, TufFile?)> read, params string[] covers) =>
        new(name, "Read, or refused with a reason; a file that is read has a version and bytes that were signed.", Seeds, bytes =>
        {
            var (good, wrong, file) = read(bytes);
            Claim.Holds(good || wrong.Length > 0, Refusal);
            if (good) Claim.Holds(file is { Head.Version: >= 1, Canonical.Length: > 0 }, "No version, or nothing that was signed.");
        }, covers)
        { Pieces = Pieces };

    /// <summary>Canonical strings hold control characters as they are, which JSON proper does not allow.</summary>
    private static bool HasControls(byte[] canonical) => canonical.Any(b => b < 0x20);

    /// <summary>The first key of RFC 8032, section 7.1.</summary>
    private static byte[] Key() => Encoding.UTF8.GetBytes("{\"keytype\":\"ed25519\",\"keyval\":{\"private\":\"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60\","
        + "\"public\":\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"},\"scheme\":\"ed25519\"}");

    private static byte[][] Seeds()
    {
        const string head = "\"spec_version\":\"1.0.34\",\"version\":3,\"expires\":\"2030-01-02T03:04:05Z\"";
        const string key = "{\"keytype\":\"ed25519\",\"scheme\":\"ed25519\",\"keyval\":{\"public\":\"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a\"}}";
        const string role = "{\"keyids\":[\"k1\"],\"threshold\":1}";
        const string hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        return Texts(
            Signed($"\"_type\":\"root\",{head},\"consistent_snapshot\":true,\"keys\":{{\"k1\":{key}}},\"roles\":{{\"root\":{role},\"timestamp\":{role},\"snapshot\":{role},\"targets\":{role}}}"),
            Signed($"\"_type\":\"timestamp\",{head},\"meta\":{{\"snapshot.json\":{{\"version\":7,\"length\":100,\"hashes\":{{\"sha256\":\"{hash}\"}}}}}}"),
            Signed($"\"_type\":\"snapshot\",{head},\"meta\":{{\"targets.json\":{{\"version\":2}},\"packs.json\":{{\"version\":5}}}}"),
            Signed($"\"_type\":\"targets\",{head},\"targets\":{{\"packs/en.json\":{{\"length\":0,\"hashes\":{{\"sha256\":\"{hash}\"}},\"custom\":{{\"a\":1}}}}}},\"delegations\":{{\"keys\":{{\"k1\":{key}}},"
                + "\"roles\":[{\"name\":\"packs\",\"keyids\":[\"k1\"],\"threshold\":1,\"terminating\":true,\"paths\":[\"packs/*\"]},{\"name\":\"bins\",\"keyids\":[\"k1\"],\"threshold\":1,\"terminating\":false,\"path_hash_prefixes\":[\"00\",\"e3\"]}]}"));

        static string Signed(string members) => $"{{\"signatures\":[{{\"keyid\":\"k1\",\"sig\":\"00ff\"}}],\"signed\":{{{members}}}}}";
    }

    private static byte[][] Texts(params string[] texts) => [.. texts.Select(Encoding.UTF8.GetBytes)];
}
