using Candor.Audit.Packets;

namespace Candor.Audit.Where;

/// <summary>What one data set says of an address.</summary>
/// <param name="Source">The data set.</param>
/// <param name="Date">Its day.</param>
/// <param name="Says">"registered" or "located".</param>
/// <param name="Country">ISO 3166-1; null: it does not know.</param>
public sealed record CountryAnswer(string Source, string Date, string Says, string? Country);

/// <summary>All that is known of where an end of a conversation is. Separate questions, never one: where the address is, who carries it, who operates the name, what laws that one answers to.</summary>
/// <param name="Scope">On the internet, or in the house.</param>
/// <param name="Domain">The registered domain of the host; empty without a name.</param>
/// <param name="Operator">Null: not known.</param>
/// <param name="Network">Which network announces the address; null: not known.</param>
/// <param name="Countries">Each data set's answer; empty where none is installed.</param>
/// <param name="Anycast">Who announces the address in many places at once; null: not known to be so. A country of such an address is a guess.</param>
public sealed record Whereabouts(Scope Scope, string Domain, Operator? Operator, Network? Network, IReadOnlyList<CountryAnswer> Countries, string? Anycast)
{
    private const string Registered = "registered";

    /// <summary>For a line of a report: "CN", "US or SG: sources differ", "DE, registered in US", "not known", "in the house". Where it was registered is another question than where it is, so it is no contradiction.</summary>
    public string Country
    {
        get
        {
            if (Scope is Scope.Lan or Scope.Loopback) return "in the house";
            if (Scope == Scope.Many) return "many";
            if (Anycast is not null) return $"anywhere ({Anycast} announces it in many places)";
            string[] located = Said(Countries, registered: false), registered = Said(Countries, registered: true);
            string there = $"registered in {string.Join(" or ", registered)}";
            return (located.Length, registered.Length) switch
            {
                (0, 0) => "not known",
                (0, _) => there,
                (1, 0) => located[0],
                (1, _) => registered is [var one] && one == located[0] ? one : $"{located[0]}, {there}",
                _ => string.Join(" or ", located) + ": sources differ",
            };
        }
    }

    /// <summary>What each data set says with its date, and whether they agree: "DB-IP Lite: SG (2026-06-01); IPFire Location: US (2026-06-25): they disagree; registered in US (NRO registries, 2026-06-17)". Empty: there is none.</summary>
    public static string Words(IReadOnlyList<CountryAnswer> countries)
    {
        ArgumentNullException.ThrowIfNull(countries);
        var located = countries.Where(c => c.Says != Registered).ToList();
        int answers = located.Count(c => c.Country is not null);
        string judged = answers < 2 ? "" : Said(countries, registered: false).Length == 1 ? ": they agree" : ": they disagree";
        string first = string.Join("; ", located.Select(c => $"{c.Source}: {c.Country ?? "not known"} ({c.Date})")) + judged;
        return string.Join("; ", ((string[])[first, .. countries.Where(c => c.Says == Registered).Select(c => c.Country is { } code ? $"registered in {code} ({c.Source}, {c.Date})" : $"registered: not known ({c.Source}, {c.Date})")]).Where(p => p.Length > 0));
    }

    private static string[] Said(IReadOnlyList<CountryAnswer> countries, bool registered) => [.. countries.Where(c => c.Country is not null && c.Says == Registered == registered).Select(c => c.Country!).Distinct()];
}

/// <summary>Finds out where hosts and addresses are, from what is on this machine. Nobody is asked.</summary>
public sealed class Atlas(IReadOnlyList<CountrySource> countries, PublicSuffixes suffixes, NetworkSource? networks = null)
{
    /// <summary>Networks whose operators say that they announce them from many places. Not all of the world's.</summary>
    private static readonly (AddressRange Range, string Operator)[] s_anycast = [.. """
        1.1.1.0/24 Cloudflare · 1.0.0.0/24 Cloudflare · 104.16.0.0/13 Cloudflare · 104.24.0.0/14 Cloudflare · 172.64.0.0/13 Cloudflare · 162.158.0.0/15 Cloudflare · 188.114.96.0/20 Cloudflare
        141.101.64.0/18 Cloudflare · 108.162.192.0/18 Cloudflare · 173.245.48.0/20 Cloudflare · 198.41.128.0/17 Cloudflare · 190.93.240.0/20 Cloudflare · 2606:4700::/32 Cloudflare
        8.8.8.0/24 Google · 8.8.4.0/24 Google · 2001:4860:4860::/48 Google · 9.9.9.0/24 Quad9 · 149.112.112.0/24 Quad9 · 2620:fe::/48 Quad9 · 208.67.222.0/24 OpenDNS · 208.67.220.0/24 OpenDNS
        151.101.0.0/16 Fastly · 199.232.0.0/16 Fastly · 2a04:4e40::/29 Fastly · 94.140.14.0/24 AdGuard · 45.90.28.0/24 NextDNS · 45.90.30.0/24 NextDNS
        """.Split(['·', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Net)];

    private readonly Dictionary<(string, Address), Whereabouts> _known = [];

    /// <summary>The data sets in use, each with its date, for the report.</summary>
    public IReadOnlyList<CountrySource> Countries { get; } = countries;

    /// <summary>Which network announces an address; null: no data set says it.</summary>
    public NetworkSource? Networks { get; } = networks;

    public PublicSuffixes Suffixes { get; } = suffixes;

    public static Atlas Empty { get; } = new([], PublicSuffixes.Short);

    /// <param name="host">The name; empty: none is known.</param>
    /// <param name="address">Of the peer; none where a dump does not tell it.</param>
    public Whereabouts Of(string host, Address address)
    {
        ArgumentNullException.ThrowIfNull(host);
        const int most = 100_000;
        if (_known.TryGetValue((host, address), out var known)) return known;
        bool there = !address.IsNone, internet = !there || address.Scope == Scope.Internet;
        var found = new Whereabouts(there ? address.Scope : Scope.Internet, host.Length == 0 ? "" : Suffixes.Registered(host), internet && host.Length > 0 ? Operators.Of(host) : null, there && internet ? Networks?.Of(address) : null,
            there && internet ? [.. Countries.Select(c => new CountryAnswer(c.Name, c.Date, c.Says, c.Of(address)))] : [], there ? Announced(address) : null);
        if (_known.Count < most) _known[(host, address)] = found;
        return found;
    }

    private static string? Announced(Address address)
    {
        foreach (var (range, name) in s_anycast)
        {
            if (range.Holds(address)) return name;
        }
        return null;
    }

    private static (AddressRange, string) Net(string entry)
    {
        string[] parts = entry.Split(' ');
        return (AddressRange.TryRead(parts[0])!.Value, parts[1]);
    }
}
