using System.Globalization;
using Candor.Audit;
using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Where;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>All of the audit: where each byte of a file went, every peer and conversation, every name that was looked up.</summary>
internal static class AuditDetails
{
    public static void Show(Session session, AuditResult result, Report report)
    {
        foreach (var file in result.Files) File(session, file);
        session.Say("\nPeers");
        var flows = AuditPage.FlowsOf(report);
        foreach (var peer in AuditPage.PeersOf(result))
        {
            session.Say(string.Create(CultureInfo.InvariantCulture,
                $"{peer.Sent,12:N0} sent {peer.Got,12:N0} got {peer.Unread,12:N0} unread  {Wording.Plain(peer.Called)}  {peer.Layers}").TrimEnd());
            if (AuditPage.Where(flows, peer) is { Length: > 0 } where) session.Say($"     {where}");
            var countries = flows[peer.Address.ToString()].FirstOrDefault()?.Countries ?? [];
            if (countries.Count > 0) session.Say("     " + Whereabouts.Words([.. countries.Select(c => new CountryAnswer(c.Source, c.Date, c.Says, c.Country))]));
        }
        session.Say("\nConversations");
        foreach (var conversation in result.Conversations) Line(session, conversation);
        if (result.Folded.Count > 0) session.Say("\nConversations beyond those that are kept one by one, together by who talked to whom");
        foreach (var conversation in result.Folded) Line(session, conversation);
        session.Say("\nNames that were looked up");
        foreach (var asked in result.Names.Asked) session.Say($"  {Wording.Plain(asked.Name)}  by {asked.Client.Address}, {Wording.Count(asked.Count, "time")}, first in packet {asked.First.Frame}");
    }

    private static void Line(Session session, Conversation conversation)
    {
        string to = conversation.Destination ?? conversation.Name ?? (conversation.LookedUp.Count > 0 ? $"({conversation.LookedUp[0]})" : "");
        string which = conversation.Phone switch { Side.Client => "phone", Side.Server => "to phone", _ => "others" };
        session.Say($"  #{conversation.Number} packet {conversation.Frame}, {AuditPage.When(conversation.First, session.Clock)}, {which}: {conversation.Client} > {conversation.Server} {Wording.Plain(to)}".TrimEnd());
        string app = conversation.App is { } name ? $", app {Wording.Plain(name)}" : "";
        session.Say($"     {(conversation.Layers.Count > 0 ? string.Join(" > ", conversation.Layers) : TransportOf(conversation.Transport))}{(conversation.Guessed ? ", its start is not in the capture" : "")}{app}");
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            var (sums, classes) = (conversation[side], conversation.Tally[side]);
            if (sums.Packets == 0) continue;
            session.Say(string.Create(CultureInfo.InvariantCulture,
                $"     {(side == Side.Client ? "client" : "server")} {sums.Packets:N0} packets, {sums.IpBytes:N0} bytes: headers {sums.Headers:N0}, sent again {sums.Repeated:N0}, explained {classes[ByteClass.Explained]:N0}, identified {classes[ByteClass.Identified]:N0}, undetermined {classes[ByteClass.Undetermined]:N0}, damaged {classes[ByteClass.Damaged]:N0}; missing {sums.Gaps + sums.Cut:N0}"));
        }
        foreach (string remark in conversation.Remarks) session.Say($"     {remark}");
    }

    internal static string TransportOf(byte transport) => transport switch { 6 => "tcp", 17 => "udp", 1 => "icmp", 58 => "icmpv6", 2 => "igmp", 50 => "esp", 47 => "gre", _ => $"ip protocol {transport}" };

    private static void File(Session session, FileFacts file)
    {
        session.Say($"\nWhere each byte of {Wording.Plain(file.Name)} went{(file.Compressed ? " (what it expands to)" : "")}");
        foreach (var (what, bytes) in PlacesOf(file.Bytes, file.Packets))
        {
            if (bytes > 0) session.Say($"  {Wording.Count(bytes),16}  {what}");
        }
        session.Say($"  {Wording.Count(file.Bytes.Total),16}  in all");
    }

    internal static IEnumerable<(string What, long Bytes)> PlacesOf(FileSums file, PacketSums packets) =>
    [
        ("headers of the file and of its packets", file.Framing), ("blocks without packets", file.Blocks), ("damaged", file.Damaged), ("headers of the link", packets.Link), ("filling behind IP", packets.Padding),
        ("PCAPdroid's trailers", packets.AppTrailer), ("packets that are not IP", packets.NotIp), ("IP, in conversations", packets.Ip), ("fragments that were there already", packets.FragmentOverlap),
        ("IP that is malformed", packets.Malformed), ("links of an unknown kind", packets.UnknownLink),
    ];
}
