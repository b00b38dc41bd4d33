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

    /// <summary>The card with a UID, for programs that want one in every file: its own, else one from its content, the same on every device.</summary>
    /// <remarks><see cref="ContactImport"/> knows a contact that got its UID here when the card comes again without it.</remarks>
    public static VCard WithUid(VCard card)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (card.All("UID").Any(p => BareUid(p.Text).Length > 0)) return card;
        var to = card.Version == VCardVersion.V21 ? card.To(VCardVersion.V30) : card;
        return to.With(to.Properties.RemoveAll(p => p.Is("UID")).Add(VCardProperty.OfText("UID", UrnPrefix + DerivedUid(ContentHash(card)))));
    }

    /// <summary>A version 8 UUID (RFC 9562 §5.8) of a hash's first 16 bytes.</summary>
    internal static string DerivedUid(ReadOnlySpan<byte> hash)
    {
        Span<byte> id = stackalloc byte[16];
        hash[..16].CopyTo(id);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true).ToString("D");
    }

    /// <summary>The key that a card of this "hash:" key has once it went through <see cref="WithUid"/>.</summary>
    internal static string UidKeyOf(string hashKey) => UidPrefix + DerivedUid(Convert.FromHexString(hashKey.AsSpan(HashPrefix.Length)));

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
