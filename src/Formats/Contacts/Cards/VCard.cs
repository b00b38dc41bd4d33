using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

public enum VCardVersion
{
    /// <summary>What phones export. Read, never written anew: an edited card is written as 3.0.</summary>
    V21 = 21,

    /// <summary>RFC 2426.</summary>
    V30 = 30,

    /// <summary>RFC 6350.</summary>
    V40 = 40,
}

/// <summary>A contact card without loss: its version and every property in order, understood or not.</summary>
/// <remarks>
/// BEGIN, END and VERSION are not among the properties. Immutable, safe to share between threads. Equal by content: version and
/// properties in order; where the bytes came from does not count.
/// </remarks>
public sealed class VCard : IEquatable<VCard>
{
    public VCard(VCardVersion version, params IEnumerable<VCardProperty> properties)
    {
        if (!Enum.IsDefined(version)) throw new ArgumentOutOfRangeException(nameof(version));
        Version = version;
        Properties = [.. properties];
        if (Properties.Any(p => p.Is("BEGIN") || p.Is("END") || p.Is("VERSION")))
            throw new ArgumentException("BEGIN, END and VERSION are the writer's.", nameof(properties));
    }

    private VCard(VCardVersion version, ImmutableArray<VCardProperty> properties, ReadOnlyMemory<byte> original, long offset, bool asRead)
    {
        Version = version;
        Properties = properties;
        Original = original;
        Offset = offset;
        IsAsRead = asRead;
    }

    /// <summary>For the reader, which has made sure of the rules above.</summary>
    internal static VCard Read(
        VCardVersion version, ImmutableArray<VCardProperty> properties, ReadOnlyMemory<byte> original, long offset, bool mended) =>
        new(version, properties, original, offset, !mended);

    public VCardVersion Version { get; }

    public ImmutableArray<VCardProperty> Properties { get; }

    /// <summary>The card's bytes as they stood in the file, BEGIN to END with its line break; empty for a card that was made or changed here.</summary>
    public ReadOnlyMemory<byte> Original { get; }

    /// <summary>Byte offset of <see cref="Original"/> in the file.</summary>
    public long Offset { get; }

    /// <summary>True where <see cref="Original"/> can be handed on as it is: nothing was changed, mended or in UTF-16.</summary>
    internal bool IsAsRead { get; }

    public VCardProperty? First(string name)
    {
        foreach (var property in Properties)
            if (property.Is(name)) return property;
        return null;
    }

    public IEnumerable<VCardProperty> All(string name) => Properties.Where(p => p.Is(name));

    /// <summary>The same card with other properties; the original bytes are no longer its own.</summary>
    public VCard With(params IEnumerable<VCardProperty> properties) => new(Version, properties);

    public VCard Add(VCardProperty property) => With(Properties.Add(property));

    /// <exception cref="ArgumentException">The card does not hold <paramref name="old"/>.</exception>
    public VCard Replace(VCardProperty old, VCardProperty now)
    {
        var at = Properties.IndexOf(old);
        return at >= 0 ? With(Properties.SetItem(at, now)) : throw new ArgumentException("Not a property of this card.", nameof(old));
    }

    public VCard Remove(VCardProperty property) => With(Properties.Remove(property));

    /// <summary>The same contact in 3.0 or 4.0. What that version has no word for is kept under an X- name; see <see cref="VCardConversion"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">2.1 is not written.</exception>
    public VCard To(VCardVersion version) => version == Version ? this : VCardConversion.Convert(this, version);

    public bool Equals(VCard? other) =>
        other is not null && Version == other.Version && Properties.AsSpan().SequenceEqual(other.Properties.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as VCard);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Version);
        foreach (var property in Properties) hash.Add(property);
        return hash.ToHashCode();
    }

    public override string ToString() => $"vCard {(int)Version / 10}.{(int)Version % 10}, {Properties.Length} properties";
}
