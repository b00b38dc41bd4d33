using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>The key under which a card is the same card when it comes again.</summary>
/// <remarks>
/// "uid:" and the UID, without "urn:uuid:" and in lower case where it is a UUID. A card without UID is known by its content: "hash:" and
/// the hex SHA-256 of its canonical lines, the same for every version, order, folding, encoding and group number, without PRODID, REV and
/// empty properties. So a file that is imported twice changes nothing, and a card without UID that was edited on the phone is a new card.
/// </remarks>
public static class ContactIdentity
{
    public const string UidPrefix = "uid:";
    public const string HashPrefix = "hash:";

    private const string UrnPrefix = "urn:uuid:";

    public static string KeyOf(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        foreach (var property in card.All("UID"))
            if (BareUid(property.Text) is { Length: > 0 } uid) return UidPrefix + uid;
        return HashPrefix + Convert.ToHexStringLower(ContentHash(card));
    }

    /// <summary>A UID as cards of any version and group members agree on it.</summary>
    public static string BareUid(string uid)
    {
        ArgumentNullException.ThrowIfNull(uid);
        uid = uid.Trim();
        if (uid.StartsWith(UrnPrefix, StringComparison.OrdinalIgnoreCase)) uid = uid[UrnPrefix.Length..];
        return Guid.TryParseExact(uid, "D", out var guid) ? guid.ToString("D") : uid;
    }

    /// <summary>SHA-256 over the sorted canonical lines, each behind its length in UTF-8 bytes (32 bit, big endian).</summary>
    public static byte[] ContentHash(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        var lines = Canonical.Bundles(card.To(VCardVersion.V40)).SelectMany(Lines).Order(StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> length = stackalloc byte[4];
        foreach (var line in lines)
        {
            var bytes = Encoding.UTF8.GetBytes(line);
            BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
            hash.AppendData(length);
            hash.AppendData(bytes);
        }
        return hash.GetHashAndReset();
    }

    private static IEnumerable<string> Lines(ImmutableArray<VCardProperty> bundle)
    {
        // INTERNET and VOICE are what 3.0 means when it says nothing.
        var said = bundle.Where(p => !p.Is("PRODID") && !p.Is("REV") && !p.Is("UID") && Canonical.Value(p).Length > 0)
            .Select(p => Canonical.Line(p, "internet", "voice")).ToList();
        if (said.Count > 0) yield return string.Join('\u001E', said);
    }
}
