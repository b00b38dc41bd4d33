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
    private const int Peers = 6;

    /// <summary>Printed with every report.</summary>
    internal static IReadOnlyList<string> Limits { get; } =
    [
        "SMS and what the radio chip sends by itself",
        "Bluetooth, NFC and interfaces that were not recorded",
        "apps that refuse to be recorded (certificate pinning)",
        "anything before the recording began or after it ended",
    ];

    /// <param name="session">Of this run.</param>
    /// <param name="result">Of the recordings.</param>
    /// <param name="report">Knows where its addresses are.</param>
    public static void Show(Session session, AuditResult result, Report report)
    {
        foreach (var file in result.Files) session.Say(Line(file, session.Clock));
        session.Say(Owner(result));
        session.Say();
        long none = result.Others.Ip > 0 ? result.Others.Ip : 0;
        session.Say(string.Create(CultureInfo.InvariantCulture, $"{"",-26}{"sent by it",16}{"sent to it",16}{(none > 0 ? "of others" : ""),16}"));
        Row(session, result, "bytes of IP", s => s.Ip);
        Row(session, result, "  headers, sent again", s => s.Headers + s.Repeated);
        Row(session, result, "  explained", s => s.Classes[ByteClass.Explained]);
        if (result.Up.Classes[ByteClass.Identified] > 0) Row(session, result, "  identified as its owner's", s => s.Classes[ByteClass.Identified]);
        Row(session, result, "  undetermined", s => s.Classes[ByteClass.Undetermined]);
        Row(session, result, "  damaged", s => s.Classes[ByteClass.Damaged]);
        if (result.Up.Gaps + result.Up.Cut + result.Down.Gaps + result.Down.Cut > 0) Row(session, result, "not in the recording", s => s.Gaps + s.Cut);
        session.Say();
        var peers = PeersOf(result);
        var flows = FlowsOf(report);
        session.Say($"To whom it sent, of {Wording.Count(peers.Count, "peer")}:");
        foreach (var peer in peers.Take(Peers))
        {
            session.Say(string.Create(CultureInfo.InvariantCulture, $"{peer.Sent,12:N0}  {(peer.Unread > 0 ? $"{peer.Unread:N0} unread" : "all read"),-18}  {Wording.Plain(peer.Called)}{(peer.Layers.Length > 0 ? $"  {peer.Layers}" : "")}"));
            if (peer.NameHidden) session.Say($"{"",34}its hello has an encrypted part (ECH): the true name may be another");
            if (Where(flows, peer) is { Length: > 0 } where) session.Say($"{"",34}{where}");
        }
        if (report.Flows.Any(f => f.Countries.Count > 0)) session.Say($"{"",34}places: IP Geolocation by DB-IP (https://db-ip.com), IPFire, NRO, RouteViews, and what was brought: candor audit data");
        if (peers.Count > Peers) session.Say($"{"",12}  and {Wording.Count(peers.Count - Peers)} more: --details");
        session.Say();
        session.Say("No recording of a network shows: " + string.Join("; ", Limits) + ".");
    }

    /// <summary>The same of files without packets: what a proxy wrote down has messages alone.</summary>
    public static void ShowDumps(Session session, DumpRun dumps, Report report)
    {
        foreach (var dump in dumps.Files) session.Say($"{Wording.Plain(dump.Name)}: {dump.Format}, {Wording.Count(dump.Entries, "message")}{(dump.Fault is null ? "" : $"\n  {dump.Fault}")}");
        if (report.Files.Count > dumps.Files.Count) return;
        session.Say();
        session.Say($"{"",-26}{"sent by it",16}{"sent to it",16}");
        Row("bytes of its messages", s => s.All);
        Row("  explained", s => s.Explained);
        if (report.Up.Identified > 0) Row("  identified as its owner's", s => s.Identified);
        Row("  undetermined", s => s.Undetermined);
        Row("  damaged", s => s.Damaged);
        session.Say();
        var hosts = report.Flows.GroupBy(f => f.Called).Select(g => (First: g.First(), Sums: g.Aggregate(new ReportSums(), (sum, f) => sum + f.Up))).OrderByDescending(h => h.Sums.All).ToList();
        session.Say($"To whom it sent, of {Wording.Count(hosts.Count, "host")}:");
        foreach (var (first, sums) in hosts.Take(Peers))
        {
            long unread = sums.Undetermined + sums.Damaged;
            string by = first.Operator.Length > 0 ? $"  {Wording.Plain(first.Operator)} (seat {first.Seat}), {first.Class}" : "";
            session.Say(string.Create(CultureInfo.InvariantCulture, $"{sums.All,12:N0}  {(unread > 0 ? $"{unread:N0} unread" : "all read"),-18}  {Wording.Plain(first.Called)}{by}"));
        }
        if (hosts.Count > Peers) session.Say($"{"",12}  and {Wording.Count(hosts.Count - Peers)} more: --html FILE shows all");
        session.Say();
        session.Say("No recording of a network shows: " + string.Join("; ", Limits) + ".");

        void Row(string what, Func<ReportSums, long> of) => session.Say(string.Create(CultureInfo.InvariantCulture, $"{what,-26}{of(report.Up),16:N0}{of(report.Down),16:N0}"));
    }

    internal static ILookup<string, ReportFlow> FlowsOf(Report report) => report.Flows.ToLookup(f => f.Address);

    /// <summary>Who operates its name and who carries its address, and where that is; empty in the house.</summary>
    internal static string Where(ILookup<string, ReportFlow> flows, Peer peer)
    {
        if (flows[peer.Address.ToString()].FirstOrDefault(f => f.Scope == "internet" && (peer.Name is null || f.Host == peer.Name)) is not { } flow) return "";
        string[] parts = [flow.Operator.Length > 0 ? $"{Wording.Plain(flow.Operator)} (seat {flow.Seat}), {flow.Class}" : "", Wording.Plain(flow.Network), flow.Country == "not known" ? "country not known" : flow.Country];
        return string.Join("; ", parts.Where(p => p.Length > 0));
    }

    /// <summary>Peers by what the phone sent them. A peer is an address, or what a proxy at one was asked for; names are those that conversations and lookups gave it.</summary>
    internal static List<Peer> PeersOf(AuditResult result)
    {
        var peers = new Dictionary<(Address, string?), Peer>();
        foreach (var conversation in result.Conversations)
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
        OwnerSource.Inferred => $"The phone is taken to be {Wording.List([.. result.Owners.Select(o => o.ToString())])}, which talked most{(result.Files.Count > 1 ? ", each in its file" : "")}. Another? --owner-address",
        _ => "Which address is the phone's is not to be seen: say it with --owner-address",
    };

    private static void Row(Session session, AuditResult result, string what, Func<DirectionSums, long> of) =>
        session.Say(string.Create(CultureInfo.InvariantCulture, $"{what,-26}{of(result.Up),16:N0}{of(result.Down),16:N0}{(result.Others.Ip > 0 ? of(result.Others).ToString("N0", CultureInfo.InvariantCulture) : ""),16}").TrimEnd());
}

/// <summary>An address that the phone exchanged bytes with.</summary>
internal sealed class Peer(Address address, string? destination)
{
    public Address Address => address;

    /// <summary>Its name with its address behind; of what is behind a proxy, that, and the proxy's address.</summary>
    public string Called => destination is not null ? $"{destination} through {address}" : Name is { } known && known != address.ToString() ? $"{known} ({address})" : address.ToString();

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
