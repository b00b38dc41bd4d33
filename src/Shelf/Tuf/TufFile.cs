using System.Globalization;
using System.Text.RegularExpressions;

namespace Candor.Shelf.Tuf;

/// <summary>A file of metadata: what is signed, and by whom. Nothing of it is trusted before <see cref="TufRole.IsSignedBy"/> says so.</summary>
internal sealed partial class TufFile
{
    /// <summary>Signatures on one file: more are no ceremony, they are a load.</summary>
    private const int MostSignatures = 256;

    private TufFile(TufValue signed, IReadOnlyDictionary<string, string> signatures, TufHead head)
    {
        Signed = signed;
        Signatures = signatures;
        Head = head;
        Canonical = TufJson.Write(signed);
    }

    public TufValue Signed { get; }

    /// <summary>Key ids and their signatures, as hex; an id is there once.</summary>
    public IReadOnlyDictionary<string, string> Signatures { get; }

    public TufHead Head { get; }

    /// <summary>The bytes that are signed.</summary>
    public byte[] Canonical { get; }

    /// <summary>Reads a file of one type. False, with the reason as a sentence's end, for everything else; never throws.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, string type, out TufFile file, out string wrong)
    {
        file = null!;
        if (!TufJson.TryParse(bytes, out var whole)) return Fail("is no JSON, or not as strict as metadata must be", out wrong);
        if (whole["signed"] is not { Object: not null } signed || whole["signatures"].Array is not { } list || list.Count > MostSignatures) return Fail("has no signed part or no list of signatures", out wrong);
        var signatures = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var signature in list)
        {
            if (signature["keyid"].Text is not { } id || signature["sig"].Text is not { } hex) return Fail("has a signature without a key id", out wrong);
            if (!signatures.TryAdd(id, hex)) return Fail("has two signatures under one key id", out wrong);
        }
        if (signed["_type"].Text != type) return Fail($"is not of the type {type}", out wrong);
        if (signed["spec_version"].Text is not { } spec || !SpecPattern().IsMatch(spec)) return Fail("is of another version of TUF", out wrong);
        if (!signed["version"].IsCount(1, out long? version)) return Fail("has no version", out wrong);
        if (!TryTime(signed["expires"].Text, out var expires)) return Fail("has no date of expiry", out wrong);
        file = new(signed, signatures, new(type, version.Value, expires));
        wrong = "";
        return true;
    }

    /// <summary>The file's bytes, for what we write.</summary>
    public static byte[] Write(TufValue signed, IReadOnlyDictionary<string, string> signatures) => TufJson.Write(TufJson.Of(
        ("signatures", new TufValue(signatures.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => TufJson.Of(("keyid", s.Key), ("sig", s.Value))).ToList())), ("signed", signed)));

    private static bool TryTime(string? text, out DateTimeOffset time)
    {
        time = default;
        return text is not null && DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out time);
    }

    internal static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static bool Fail(string reason, out string wrong)
    {
        wrong = reason;
        return false;
    }

    [GeneratedRegex(@"^1\.[0-9]{1,3}(\.[0-9]{1,3})?$")]
    private static partial Regex SpecPattern();
}

/// <summary>What every file of metadata says of itself.</summary>
internal sealed record TufHead(string Type, long Version, DateTimeOffset Expires);

/// <summary>Who signs for a role: keys and how many of them.</summary>
internal sealed record TufRole(IReadOnlyDictionary<string, TufKey> Keys, long Threshold)
{
    /// <summary>Keys of one role: a bound on what one file makes a reader verify.</summary>
    public const int MostKeys = 128;

    /// <summary>True where a threshold of different keys signed. One key under two ids counts once; a bad signature beside enough good ones does not matter.</summary>
    public bool IsSignedBy(TufFile file)
    {
        var good = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (id, key) in Keys)
        {
            if (file.Signatures.TryGetValue(id, out string? signature) && key.Verify(file.Canonical, signature)) good.Add(key.Identity);
            if (good.Count >= Threshold) return true;
        }
        return false;
    }

    /// <summary>A role whose keys stand in <paramref name="keys"/>. Null where an id is there twice, or the threshold is below 1. A key that is not there never signs.</summary>
    public static TufRole? TryRead(TufValue role, IReadOnlyDictionary<string, TufKey> keys)
    {
        if (role["keyids"].Array is not { Count: <= MostKeys } ids || !role["threshold"].IsCount(1, out long? threshold)) return null;
        var own = new Dictionary<string, TufKey>(StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var id in ids)
        {
            if (id.Text is not { } text || !seen.Add(text)) return null;
            if (keys.TryGetValue(text, out var key)) own.Add(text, key);
        }
        return new(own, threshold.Value);
    }

    /// <summary>An object of keys by id; null where one is none.</summary>
    public static Dictionary<string, TufKey>? TryReadKeys(TufValue keys)
    {
        if (keys.Object is not { } members) return null;
        var read = new Dictionary<string, TufKey>(StringComparer.Ordinal);
        foreach (var (id, value) in members)
        {
            if (TufKey.TryRead(value) is not { } key) return null;
            read.Add(id, key);
        }
        return read;
    }
}
