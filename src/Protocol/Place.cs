namespace Candor.Protocol;

/// <summary>Where an operation stands in an account log: the leaf's number and the operation's number in its commit, both from 0.</summary>
public readonly record struct Place(long Index, int Op) : IComparable<Place>
{
    public int CompareTo(Place other) => Index != other.Index ? Index.CompareTo(other.Index) : Op.CompareTo(other.Op);

    public override string ToString() => $"{Index}.{Op}";

    public static bool operator <(Place left, Place right) => left.CompareTo(right) < 0;
    public static bool operator >(Place left, Place right) => left.CompareTo(right) > 0;
    public static bool operator <=(Place left, Place right) => left.CompareTo(right) <= 0;
    public static bool operator >=(Place left, Place right) => left.CompareTo(right) >= 0;
}
