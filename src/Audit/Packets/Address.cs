using System.Buffers.Binary;
using System.Net;

namespace Candor.Audit.Packets;

/// <summary>Where on the network an address is, by its own form (RFC 6890).</summary>
public enum Scope : byte
{
    /// <summary>Reachable from anywhere.</summary>
    Internet,

    /// <summary>Private, link-local or shared by a carrier: the network that the phone is in.</summary>
    Lan,

    /// <summary>The machine itself.</summary>
    Loopback,

    /// <summary>Multicast, broadcast or nobody yet.</summary>
    Many,
}

/// <summary>An IP address of either version in 16 bytes; IPv4 stands in IPv6's mapped range, ::ffff:0:0/96.</summary>
public readonly record struct Address(ulong High, ulong Low) : IComparable<Address>
{
    private const ulong Mapped = 0x0000_FFFF_0000_0000;

    public bool IsV4 => High == 0 && Low >> 32 == Mapped >> 32;

    /// <summary>All zero, or 0.0.0.0.</summary>
    public bool IsNone => High == 0 && (Low & ~Mapped) == 0;

    /// <param name="bytes">4 or 16.</param>
    public static Address Of(ReadOnlySpan<byte> bytes) => bytes.Length == 4
        ? new(0, Mapped | BinaryPrimitives.ReadUInt32BigEndian(bytes))
        : new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]));

    public static Address Of(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return Of(address.GetAddressBytes());
    }

    /// <summary>Null: no address.</summary>
    public static Address? TryRead(string text) => IPAddress.TryParse(text, out var address) ? Of(address) : null;

    public IPAddress ToIPAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[8..], Low);
        return new(IsV4 ? bytes[12..] : bytes);
    }

    public Scope Scope => IsV4 ? ScopeOf((uint)(Low & uint.MaxValue)) : (High, Low) switch
    {
        (0, 0) => Scope.Many,
        (0, 1) => Scope.Loopback,
        _ when High >> 56 == 0xFF => Scope.Many,
        _ when High >> 54 == 0xFE80 >> 6 || High >> 57 == 0xFC >> 1 => Scope.Lan,
        _ => Scope.Internet,
    };

    private static Scope ScopeOf(uint v4) => (v4 >> 24, v4) switch
    {
        (0, _) or ( >= 224, _) => Scope.Many,
        (127, _) => Scope.Loopback,
        (10, _) => Scope.Lan,
        (_, var a) when a >> 20 == 0xAC1 || a >> 16 is 0xC0A8 or 0xA9FE || a >> 22 == 0x6440 >> 6 => Scope.Lan, // 172.16/12, 192.168/16, 169.254/16, 100.64/10
        _ => Scope.Internet,
    };

    public int CompareTo(Address other) => High != other.High ? High.CompareTo(other.High) : Low.CompareTo(other.Low);

    public override string ToString() => ToIPAddress().ToString();

    public static bool operator <(Address left, Address right) => left.CompareTo(right) < 0;

    public static bool operator <=(Address left, Address right) => left.CompareTo(right) <= 0;

    public static bool operator >(Address left, Address right) => left.CompareTo(right) > 0;

    public static bool operator >=(Address left, Address right) => left.CompareTo(right) >= 0;
}

/// <summary>An end of a conversation. Port 0 where the protocol has none.</summary>
public readonly record struct Endpoint(Address Address, int Port)
{
    public override string ToString() => Port == 0 ? Address.ToString() : Address.IsV4 ? $"{Address}:{Port}" : $"[{Address}]:{Port}";
}
