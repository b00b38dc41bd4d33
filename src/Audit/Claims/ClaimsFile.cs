using System.Text;
using Candor.Audit.Packets;
using Candor.Audit.Search;

namespace Candor.Audit.Claims;

/// <summary>Hosts that serve a purpose, as a maker says.</summary>
/// <param name="Purpose">The maker's word: "updates".</param>
/// <param name="Hosts">Names; each stands for what is under it too.</param>
public sealed record AllowedPurpose(string Purpose, IReadOnlyList<string> Hosts);

/// <summary>One sentence about what a phone or program does, and the rules that it is tested by. Each rule that it has must hold.</summary>
/// <param name="Id">Names it in reports.</param>
/// <param name="Says">The sentence, as it was said.</param>
/// <param name="Line">Of the claims file, from 1.</param>
public sealed record ClaimRule(string Id, string Says, int Line)
{
    /// <summary>What it is about: hosts and what is under them, addresses, and ranges of them (192.0.2.0/24). Empty: all that the phone sent.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>What it is about: apps, where the recorder names them. Empty: all.</summary>
    public IReadOnlyList<string> Apps { get; init; } = [];

    /// <summary>Kinds that must not be sent: the words of findings, "photo", "contact-number", "imei".</summary>
    public IReadOnlyList<string> Forbids { get; init; } = [];

    /// <summary>With <see cref="Forbids"/>: allowed while this consent is given. Empty: never.</summary>
    public string UnlessConsent { get; init; } = "";

    /// <summary>Nothing at all may be sent to <see cref="Hosts"/> but while this consent is given.</summary>
    public string NeedsConsent { get; init; } = "";

    /// <summary>Everything goes to these hosts, each for its purpose, and to no others. Null: no such rule.</summary>
    public IReadOnlyList<AllowedPurpose>? Allows { get; init; }

    /// <summary>Requests carry nothing that tells one person or phone from another.</summary>
    public bool IdentityFree { get; init; }

    /// <summary>Nothing of the owner's can be read by who only watches the wire, or by who knows a published key.</summary>
    public bool Encrypted { get; init; }

    internal static bool Under(string host, string domain) =>
        host.Equals(domain, StringComparison.OrdinalIgnoreCase) || host.EndsWith("." + domain, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a host of a claim is an address or a range of them, and not a name.</summary>
    internal static bool IsAddress(string host) => (char.IsAsciiDigit(host[0]) || host.Contains(':', StringComparison.Ordinal)) && AddressRange.TryRead(host) is not null;

    /// <summary>Whether a host of a claim is an address or a range that holds this one.</summary>
    internal static bool Covers(string host, Address address) => IsAddress(host) && AddressRange.TryRead(host)!.Value.Holds(address);
}

/// <summary>What a maker says its phone or program does, as rules. YAML; an unknown key is a fault, for a mistyped rule would be upheld by nothing.</summary>
public sealed class ClaimsFile
{
    private const int MaxClaims = 500;

    private static readonly HashSet<string> s_kinds = [.. Enum.GetValues<OwnerKind>().Select(Finding.Word)];

    private readonly List<ClaimRule> _claims = [];
    private readonly List<OwnerFault> _faults = [];

    private ClaimsFile() { }

    public string Title { get; private set; } = "";

    /// <summary>Where and when it was said.</summary>
    public string Source { get; private set; } = "";

    public IReadOnlyList<ClaimRule> Claims => _claims;

    /// <summary>The sentences of the answer of 2014.</summary>
    public static ClaimsFile Of2014()
    {
        using var resource = typeof(ClaimsFile).Assembly.GetManifestResourceStream("Candor.Audit.Claims.answer-2014.yaml") ?? throw new InvalidOperationException("The claims are not in the assembly.");
        using var text = new StreamReader(resource, Encoding.UTF8);
        return Read(text.ReadToEnd(), out _) ?? throw new InvalidOperationException("The shipped claims have a fault.");
    }

    /// <summary>Reads a claims file. Null where there is any fault.</summary>
    /// <param name="text">The file's.</param>
    /// <param name="faults">Each with its line; empty where the answer is not null.</param>
    public static ClaimsFile? Read(string text, out IReadOnlyList<OwnerFault> faults)
    {
        ArgumentNullException.ThrowIfNull(text);
        var file = new ClaimsFile();
        if (OwnerYaml.Read(text.TrimStart('\uFEFF'), out var broken) is { } root) file.ReadRoot(root);
        if (broken is not null) file._faults.Add(broken);
        faults = [.. file._faults.OrderBy(f => f.Line)];
        return faults.Count == 0 ? file : null;
    }

    private void ReadRoot(OwnerNode root)
    {
        foreach (var (key, value) in root.Keys ?? [])
        {
            switch (key)
            {
                case "title": Title = value.Word ?? ""; break;
                case "source": Source = value.Word ?? ""; break;
                case "claims" when value.Items is { Count: > 0 and <= MaxClaims } items: foreach (var item in items) Claim(item); break;
                case "claims": Fault(value, "has no list of claims, or too long a one", "write `claims:` and under it one dash for each"); break;
                default: Fault(value, $"has the unknown key \"{key}\"", "known are title, source, claims"); break;
            }
        }
        if (_claims.Count == 0 && _faults.Count == 0) Fault(root, "has no claims", "write `claims:` and under it one dash for each");
        foreach (var twice in _claims.GroupBy(c => c.Id).Where(g => g.Count() > 1)) _faults.Add(new(twice.Last().Line, $"has a second claim called \"{twice.Key}\"", "give each its own id"));
    }

    private void Claim(OwnerNode node)
    {
        string id = "", says = "";
        var claim = new ClaimRule("", "", node.Line);
        foreach (var (key, value) in node.Keys ?? [])
        {
            switch (key)
            {
                case "id": id = value.Word ?? ""; break;
                case "says": says = value.Word ?? ""; break;
                case "hosts": claim = claim with { Hosts = Hosts(value) }; break;
                case "apps": claim = claim with { Apps = Words(value) }; break;
                case "forbids": claim = claim with { Forbids = Kinds(value) }; break;
                case "unless-consent": claim = claim with { UnlessConsent = value.Word ?? "" }; break;
                case "needs-consent": claim = claim with { NeedsConsent = value.Word ?? "" }; break;
                case "allows": claim = claim with { Allows = Purposes(value) }; break;
                case "identity-free": claim = claim with { IdentityFree = Yes(value) }; break;
                case "encrypted": claim = claim with { Encrypted = Yes(value) }; break;
                default: Fault(value, $"has the unknown key \"{key}\"", "a claim has id, says, hosts, apps, forbids, unless-consent, needs-consent, allows, identity-free, encrypted"); break;
            }
        }
        if (id.Length == 0 || says.Length == 0) Fault(node, "has a claim without its id or sentence", "write id: and says:");
        bool tests = claim.Forbids.Count > 0 || claim.NeedsConsent.Length > 0 || claim.Allows is not null || claim.IdentityFree || claim.Encrypted;
        if (!tests) Fault(node, "has a claim that nothing can contradict", "give it forbids, needs-consent, allows, identity-free or encrypted");
        if (claim.UnlessConsent.Length > 0 && claim.Forbids.Count == 0) Fault(node, "has unless-consent without forbids", "say what is forbidden without it");
        _claims.Add(claim with { Id = id, Says = says });
    }

    private bool Yes(OwnerNode node)
    {
        if (node.Word is "true" or "false") return node.Word == "true";
        Fault(node, "is neither true nor false", "write true");
        return false;
    }

    private List<string> Words(OwnerNode node)
    {
        List<string> words = [.. (node.Items ?? [node]).Select(i => i.Word ?? "").Where(w => w.Length > 0)];
        if (words.Count == 0) Fault(node, "has no words", "write a list: [one, two]");
        return words;
    }

    private List<string> Hosts(OwnerNode node)
    {
        List<string> hosts = [.. Words(node).Select(h => h.StartsWith("*.", StringComparison.Ordinal) ? h[2..] : h)];
        if (hosts.Any(h => h.Contains('/', StringComparison.Ordinal) ? AddressRange.TryRead(h) is null : h.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or ':' or '_'))))
            Fault(node, "has a host that is no name, address or range", "write example.com (what is under it is meant too), 192.0.2.7, or 192.0.2.0/24");
        return hosts;
    }

    private List<string> Kinds(OwnerNode node)
    {
        List<string> kinds = [];
        foreach (string word in Words(node))
        {
            if (word == "anything") kinds.AddRange(s_kinds);
            else if (s_kinds.Contains(word) || word is "vcard" or "coordinates" or "sms") kinds.Add(word);
            else Fault(node, $"forbids \"{word}\", which is no kind", $"known are anything, {string.Join(", ", s_kinds)}");
        }
        return kinds;
    }

    private List<AllowedPurpose> Purposes(OwnerNode node)
    {
        List<AllowedPurpose> allowed = [];
        foreach (var item in node.Items ?? [])
        {
            string purpose = "";
            List<string> hosts = [];
            foreach (var (key, value) in item.Keys ?? [])
            {
                if (key == "purpose") purpose = value.Word ?? "";
                else if (key == "hosts") hosts = Hosts(value);
                else Fault(value, $"has the unknown key \"{key}\"", "what is allowed has purpose and hosts");
            }
            if (purpose.Length == 0 || hosts.Count == 0) Fault(item, "allows something without its purpose or hosts", "write purpose: updates and hosts: [update.example.com]");
            allowed.Add(new(purpose, hosts));
        }
        if (allowed.Count == 0) Fault(node, "allows nothing", "write a dash with purpose and hosts");
        return allowed;
    }

    private void Fault(OwnerNode node, string what, string todo) => _faults.Add(new(node.Line, what, todo));
}
