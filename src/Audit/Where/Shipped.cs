using System.Globalization;
using Candor.Audit.Packets;

namespace Candor.Audit.Where;

/// <summary>The network that an address is announced in: who carries its packets, whoever's name it has.</summary>
/// <param name="Number">Of the autonomous system.</param>
/// <param name="Name">Its holder's; may be empty.</param>
public sealed record Network(uint Number, string Name)
{
    /// <summary>"AS45102 Alibaba (US) Technology Co., Ltd.".</summary>
    public string Called => Name.Length > 0 ? $"AS{Number.ToString(CultureInfo.InvariantCulture)} {Name}" : $"AS{Number.ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>A data set that says in which network an address is announced.</summary>
public sealed class NetworkSource(RangePack pack)
{
    public RangePack Pack => pack;

    /// <summary>Null: it does not know the address.</summary>
    public Network? Of(Address address)
    {
        if (pack.Of(address) is not { } word) return null;
        int space = word.IndexOf(' ', StringComparison.Ordinal);
        return uint.TryParse(space < 0 ? word : word.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? new(number, space < 0 ? "" : word[(space + 1)..].Trim()) : null;
    }
}

/// <summary>The data sets within the program, each under its own licence (docs/audit-data.md, data/sources.tsv).</summary>
public static class Shipped
{
    /// <summary>Of different origin: what a firm measures and guesses, what networks say of themselves, what registries gave out.</summary>
    public static IReadOnlyList<CountrySource> Countries { get; } = [.. ((string[])["dbip", "ipfire", "nro"]).Select(n => CountrySource.Of(Open(n)))];

    public static NetworkSource Networks { get; } = new(Open("networks"));

    private static RangePack Open(string name) =>
        typeof(Shipped).Assembly.GetManifestResourceStream($"Candor.Audit.Where.{name}.ranges") is { } stream && RangePack.TryOpen(stream) is { } pack ? pack : throw new InvalidOperationException($"The data set {name} is not in the assembly.");
}
