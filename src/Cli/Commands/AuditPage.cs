using System.Globalization;
using Candor.Audit;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>The audit on one screen: what was read, what the phone sent by class, to whom, and what no capture can show.</summary>
internal static class AuditPage
{
    private const int Peers = 6, LeastPeers = 2;

    // Of a page without its peers, and a row to type in; a screen of fewer rows than are roomy has no empty ones.
    private const int OtherRows = 20, RoomyRows = 32;

    // Of a peer's line what stands before its name.
    private const int Before = 27;

    /// <summary>With every report; the page says the same in a sentence.</summary>
    internal static IReadOnlyList<string> Limits { get; } =
    [
        "SMS and what the radio chip sends by itself",
        "Bluetooth, NFC and interfaces that were not recorded",
        "apps that refuse to be recorded (certificate pinning)",
        "anything before the recording began or after it ended",
    ];

    /// <param name="session">Of this run.</param>
    /// <param name="result">Of the recordings with packets.</param>
    /// <param name="dumps">Of those that have messages alone: what a browser or a proxy wrote down.</param>
    /// <param name="report">Of both.</param>
    public static void Show(Session session, AuditResult result, DumpRun dumps, Report report)
    {
        foreach (var file in result.Files) session.Say(Line(file, session.Clock), 2);
        foreach (var dump in dumps.Files) session.Say($"{Wording.Plain(dump.Name)}: {dump.Format}, {Wording.Count(dump.Entries, "message")}{(dump.Fault is null ? "" : $"\n  {dump.Fault}")}", 2);
        bool packets = result.Files.Count > 0, others = report.Others.All > 0, missing = report.Up.Missing + report.Down.Missing > 0;
        if (packets) session.Say(Owner(result), 2);
        Apart(session);
        session.Say($"{"",-26}{"sent by it",16}{"sent to it",16}{(others ? "of others" : ""),16}".TrimEnd());
        Row(packets ? dumps.Files.Count > 0 ? "bytes of IP, messages" : "bytes of IP" : "bytes of its messages", s => s.All);
        if (packets) Row("  headers, sent again", s => s.Headers + s.Repeated);
        Row("  explained", s => s.Explained);
        if (report.Up.Identified > 0) Row("  identified as its owner's", s => s.Identified);
        Row("  undetermined", s => s.Undetermined);
        Row("  damaged", s => s.Damaged);
        if (missing) Row("not in the recording", s => s.Missing);
        session.Say();
        ShowPeers(session, report);
        session.Say("No recording of a network shows SMS, what the radio chip sends by itself, Bluetooth, NFC, apps that refuse to be recorded, or what was before and after.", 2);

        void Row(string what, Func<ReportSums, long> of) =>
            session.Say(string.Create(CultureInfo.InvariantCulture, $"{what,-26}{of(report.Up),16:N0}{of(report.Down),16:N0}{(others ? of(report.Others).ToString("N0", CultureInfo.InvariantCulture) : ""),16}").TrimEnd());
    }

    /// <summary>A name is one peer, whatever addresses it has.</summary>
    private static void ShowPeers(Session session, Report report)
    {
        var peers = report.Flows.Where(f => f.Up.All > 0).GroupBy(f => f.Called).Select(g => (Flows: g.ToList(), Sums: g.Aggregate(new ReportSums(), (sum, f) => sum + f.Up))).OrderByDescending(p => p.Sums.All).ThenBy(p => p.Flows[0].Number).ToList();
        if (peers.Count == 0)
        {
            session.Say("It sent nothing that is in the recording.\n");
            return;
        }
        string[] who = [.. peers.Take(Peers).Select(p => Who(p.Flows))];
        int fit = Fitting(session.Terminal, who);
        session.Say($"To whom it sent{(peers.Count > fit ? $", the first {fit} of {Wording.Count(peers.Count)} (--details, --html FILE: all)" : "")}:");
        session.Say($"{"bytes",12}{"unread",13}");
        foreach (var ((_, sums), name) in peers.Take(fit).Zip(who))
        {
            long unread = sums.Undetermined + sums.Damaged;
            session.Say(string.Create(CultureInfo.InvariantCulture, $"{sums.All,12:N0}{(unread > 0 ? unread.ToString("N0", CultureInfo.InvariantCulture) : "all read"),13}  {name}"), Before);
        }
        if (report.Flows.Any(f => f.Countries.Count > 0)) session.Say("Places: IP Geolocation by DB-IP (https://db-ip.com), IPFire, NRO, RouteViews, and what was brought: candor audit data", 2);
        Apart(session);
    }

    private static void Apart(Session session)
    {
        if (session.Terminal.Height is not < RoomyRows) session.Say();
    }

    /// <summary>How many of the peers leave the rest of the page on a small screen; words that wrap take rows of their own.</summary>
    private static int Fitting(Terminal terminal, string[] who)
    {
        if (terminal.Height is not { } rows) return who.Length;
        int room = rows - OtherRows, width = Math.Max(1, terminal.Width - Before), fit = 0;
        while (fit < who.Length && (fit < LeastPeers || room > who[fit].Length / width)) room -= 1 + (who[fit++].Length / width);
        return fit;
    }

    /// <summary>A peer's name, who operates it or else carries its address, and where that is said to be.</summary>
    private static string Who(List<ReportFlow> flows)
    {
        var flow = flows.Find(f => f.Scope == "internet") ?? flows[0];
        // With its port it is what a proxy was asked for.
        string through = flow.Host.Contains(':', StringComparison.Ordinal) && flow.Address.Length > 0 ? $" through {flow.Address}" : "";
        string by = Of(flow, network: flow.Operator.Length == 0), ech = flows.Exists(f => f.NameHidden) ? "; part of its hello is encrypted (ECH): the true name may be another" : "";
        return $"{Wording.Plain(flow.Called)}{through}{(by.Length > 0 ? ": " + by : "")}{ech}";
    }

    private static string Of(ReportFlow flow, bool network)
    {
        string[] parts = [flow.Operator.Length > 0 ? $"{Wording.Plain(flow.Operator)} (seat {flow.Seat}), {flow.Class}" : "", network ? Wording.Plain(flow.Network) : "", flow.Scope != "internet" || flow.Address.Length == 0 ? "" : flow.Country == "not known" ? "country not known" : flow.Country];
        return string.Join("; ", parts.Where(p => p.Length > 0));
    }

    internal static ILookup<string, ReportFlow> FlowsOf(Report report) => report.Flows.ToLookup(f => f.Address);

    /// <summary>Who operates its name and who carries its address, and where that is; empty in the house.</summary>
    internal static string Where(ILookup<string, ReportFlow> flows, Peer peer)
    {
        if (flows[peer.Address.ToString()].FirstOrDefault(f => f.Scope == "internet" && (peer.Name is null || f.Host == peer.Name)) is not { } flow) return "";
        return Of(flow, network: true);
    }

    /// <summary>Peers by what the phone sent them. A peer is an address, or what a proxy at one was asked for; names are those that conversations and lookups gave it.</summary>
    internal static List<Peer> PeersOf(AuditResult result)
    {
        var peers = new Dictionary<(Address, string?), Peer>();
        foreach (var conversation in result.Conversations.Concat(result.Folded))
        {
            if (conversation.Phone is not { } phone) continue;
            var address = (phone == Side.Client ? conversation.Server : conversation.Client).Address;
            if (!peers.TryGetValue((address, conversation.Destination), out var peer)) peers[(address, conversation.Destination)] = peer = new(address, conversation.Destination);
            var classes = conversation.Tally[phone];
            peer.Sent += conversation[phone].IpBytes;
            peer.Got += conversation[1 - phone].IpBytes;
            peer.Unread += classes[ByteClass.Undetermined] + classes[ByteClass.Damaged];
            peer.Conversations++;
            if (phone == Side.Client) peer.Take(conversation);
        }
        return [.. peers.Values.OrderByDescending(p => p.Sent).ThenBy(p => p.Address)];
    }

    private static string Line(FileFacts file, TimeProvider clock)
    {
        string times = file.First == 0 ? "" : $", {When(file.First, clock)} to {When(file.Last, clock)}";
        string whole = file.Fault is null ? "" : $"\n  {file.Fault}";
        string lost = file.Lost > 0 ? $"\n  its recorder lost {Wording.Count(file.Lost.Value, "packet")}" : "";
        string odd = file.Packets.MalformedPackets + file.Packets.UnknownLinkPackets is > 0 and var packets ? $"\n  {Wording.Count(packets, "packet")} could not be taken apart" : "";
        return $"{Wording.Plain(file.Name)}: {Wording.Count(file.Frames, "packet")}, {Wording.Count(file.Bytes.Total)} bytes{times}{whole}{lost}{odd}";
    }

    internal static string When(long time, TimeProvider clock) => Wording.When(DateTimeOffset.UnixEpoch.AddTicks(time / 100), clock);

    private static string Owner(AuditResult result) => result.OwnersFrom switch
    {
        OwnerSource.Given => $"The phone is {Wording.List([.. result.Owners.Select(o => o.ToString())])}.",
        OwnerSource.Marked => $"The phone is {Wording.List([.. result.Owners.Select(o => o.ToString())])}: the recording marks what it sent.",
        OwnerSource.Inferred => $"Taken for the phone: {Wording.List([.. result.Owners.Select(o => o.ToString())])}, which talked most{(result.Files.Count > 1 ? ", each in its file" : "")} (else: --owner-address).",
        _ when result.Files.All(f => f.Frames == 0) => "It has no packets.",
        _ => "Which address is the phone's is not to be seen: say it with --owner-address.",
    };
}

/// <summary>An address that the phone exchanged bytes with.</summary>
internal sealed class Peer(Address address, string? destination)
{
    public Address Address => address;

    /// <summary>Its name with its address behind; of what is behind a proxy, that, and the proxy's address.</summary>
    public string Called => destination is not null ? $"{destination} through {address}" : address.IsNone ? "others, too many to keep each" : Name is { } known && known != address.ToString() ? $"{known} ({address})" : address.ToString();

    public string? Name { get; private set; }

    /// <summary>A hello to it has an encrypted part.</summary>
    public bool NameHidden { get; private set; }

    public string Layers { get; private set; } = "";

    public long Sent { get; set; }

    public long Got { get; set; }

    /// <summary>Of what was sent: undetermined or damaged.</summary>
    public long Unread { get; set; }

    public int Conversations { get; set; }

    public void Take(Conversation conversation)
    {
        Name = conversation.Name ?? Name ?? (conversation.LookedUp.Count > 0 ? conversation.LookedUp[0] : null);
        NameHidden |= conversation.NameHidden;
        if (conversation.Layers.Count > 0 && Layers.Length == 0) Layers = string.Join(" > ", conversation.Layers);
    }
}
