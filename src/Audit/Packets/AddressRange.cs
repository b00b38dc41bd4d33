using System.Globalization;

namespace Candor.Audit.Packets;

/// <summary>Addresses that begin with the same bits, as CIDR writes them: "192.0.2.0/24", "2001:db8::/32"; one address alone is a range of all its bits.</summary>
/// <param name="First">An address within.</param>
/// <param name="Bits">0 to 128: IPv4 stands in 96 bits more.</param>
public readonly record struct AddressRange(Address First, int Bits)
{
    /// <summary>Null: no range.</summary>
    public static AddressRange? TryRead(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (Address.TryRead(slash < 0 ? text : text[..slash]) is not { } first) return null;
        int most = first.IsV4 ? 32 : 128, bits = most;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) || bits > most)) return null;
        return new(first, bits + 128 - most);
    }

    public bool Holds(Address address) => Bits switch
    {
        0 => true,
        <= 64 => (address.High ^ First.High) >> (64 - Bits) == 0,
        128 => address == First,
        _ => address.High == First.High && (address.Low ^ First.Low) >> (128 - Bits) == 0,
    };
}
