using System.Globalization;
using System.Text.Json;
using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>The audit for a program: everything that the details show, as one document.</summary>
internal static class AuditJson
{
    public static void Write(Session session, AuditResult result, Report report) => session.Write(w =>
    {
        w.WriteRows("files"u8, result.Files, File);
        w.WriteStartObject("phone"u8);
        w.WriteTexts("addresses"u8, result.Owners.Select(o => o.ToString()));
        w.WriteString("from"u8, result.OwnersFrom switch { OwnerSource.Given => "given", OwnerSource.Marked => "marked", OwnerSource.Inferred => "inferred", _ => "unknown" });
        w.WriteEndObject();
        Direction(w, "up", result.Up);
        Direction(w, "down", result.Down);
        Direction(w, "others", result.Others);
        w.WriteRows("conversations"u8, result.Conversations, One);
        w.WriteRows("folded"u8, result.Folded, One);
        w.WriteRows("names"u8, result.Names.Asked, (row, asked) =>
        {
            row.WriteString("name"u8, asked.Name);
            row.WriteNumber("count"u8, asked.Count);
            row.WriteString("file"u8, asked.File);
            row.WriteNumber("frame"u8, asked.First.Frame);
            row.WriteString("client"u8, asked.Client.Address.ToString());
        });
        w.WriteTexts("limits"u8, AuditPage.Limits);
        w.WritePropertyName("report"u8);
        report.Write(w);
    });

    private static void File(Utf8JsonWriter w, FileFacts file)
    {
        w.WriteString("name"u8, file.Name);
        w.WriteString("format"u8, file.Format);
        w.WriteBoolean("compressed"u8, file.Compressed);
        w.WriteNumber("packets"u8, file.Frames);
        Time(w, "first", file.First);
        Time(w, "last", file.Last);
        if (file.Fault is not null) w.WriteString("fault"u8, file.Fault);
        if (file.Lost is { } lost) w.WriteNumber("lostByRecorder"u8, lost);
        w.WriteNumber("putOut"u8, file.PutOut);
        w.WriteStartObject("bytes"u8);
        w.WriteNumber("total"u8, file.Bytes.Total);
        w.WriteNumber("framing"u8, file.Bytes.Framing);
        w.WriteNumber("blocks"u8, file.Bytes.Blocks);
        w.WriteNumber("damaged"u8, file.Bytes.Damaged);
        w.WriteNumber("link"u8, file.Packets.Link);
        w.WriteNumber("padding"u8, file.Packets.Padding);
        w.WriteNumber("appTrailer"u8, file.Packets.AppTrailer);
        w.WriteNumber("notIp"u8, file.Packets.NotIp);
        w.WriteNumber("ip"u8, file.Packets.Ip);
        w.WriteNumber("fragmentOverlap"u8, file.Packets.FragmentOverlap);
        w.WriteNumber("malformed"u8, file.Packets.Malformed);
        w.WriteNumber("unknownLink"u8, file.Packets.UnknownLink);
        w.WriteEndObject();
        w.WriteStartObject("packetsBy"u8);
        w.WriteNumber("tcp"u8, file.Packets.TcpPackets);
        w.WriteNumber("udp"u8, file.Packets.UdpPackets);
        w.WriteNumber("icmp"u8, file.Packets.IcmpPackets);
        w.WriteNumber("other"u8, file.Packets.OtherPackets);
        w.WriteNumber("notIp"u8, file.Packets.NotIpPackets);
        w.WriteNumber("fragments"u8, file.Packets.Fragments);
        w.WriteNumber("datagramsNeverWhole"u8, file.Packets.FragmentsLost);
        w.WriteNumber("malformed"u8, file.Packets.MalformedPackets);
        w.WriteNumber("unknownLink"u8, file.Packets.UnknownLinkPackets);
        w.WriteNumber("cut"u8, file.Packets.CutPackets);
        w.WriteEndObject();
        w.WriteNumber("cutBytes"u8, file.Packets.CutBytes);
    }

    private static void Direction(Utf8JsonWriter w, string name, DirectionSums sums)
    {
        w.WriteStartObject(name);
        w.WriteNumber("packets"u8, sums.Packets);
        w.WriteNumber("ip"u8, sums.Ip);
        w.WriteNumber("headers"u8, sums.Headers);
        w.WriteNumber("repeated"u8, sums.Repeated);
        Classes(w, sums.Classes);
        w.WriteNumber("gaps"u8, sums.Gaps);
        w.WriteNumber("cut"u8, sums.Cut);
        w.WriteEndObject();
    }

    private static void One(Utf8JsonWriter w, Conversation conversation)
    {
        w.WriteNumber("number"u8, conversation.Number);
        w.WriteString("file"u8, conversation.File);
        w.WriteNumber("frame"u8, conversation.Frame);
        Time(w, "first", conversation.First);
        Time(w, "last", conversation.Last);
        w.WriteString("transport"u8, AuditDetails.TransportOf(conversation.Transport));
        w.WriteString("client"u8, conversation.Client.ToString());
        w.WriteString("server"u8, conversation.Server.ToString());
        w.WriteString("serverScope"u8, conversation.Server.Address.Scope switch { Scope.Lan => "lan", Scope.Loopback => "loopback", Scope.Many => "many", _ => "internet" });
        w.WriteString("phone"u8, conversation.Phone switch { Side.Client => "client", Side.Server => "server", _ => "neither" });
        w.WriteBoolean("startSeen"u8, !conversation.Guessed);
        if (conversation.Name is not null) w.WriteString("name"u8, conversation.Name);
        if (conversation.Destination is not null) w.WriteString("destination"u8, conversation.Destination);
        if (conversation.App is not null) w.WriteString("app"u8, conversation.App);
        if (conversation.NameHidden) w.WriteBoolean("nameHidden"u8, true);
        if (conversation.LookedUp.Count > 0) w.WriteTexts("lookedUp"u8, conversation.LookedUp);
        if (conversation.Layers.Count > 0) w.WriteTexts("layers"u8, conversation.Layers);
        if (conversation.Remarks.Count > 0) w.WriteTexts("remarks"u8, conversation.Remarks);
        foreach (var side in (Side[])[Side.Client, Side.Server])
        {
            var sums = conversation[side];
            w.WriteStartObject(side == Side.Client ? "fromClient"u8 : "fromServer"u8);
            w.WriteNumber("packets"u8, sums.Packets);
            w.WriteNumber("ip"u8, sums.IpBytes);
            w.WriteNumber("headers"u8, sums.Headers);
            w.WriteNumber("payload"u8, sums.Payload);
            w.WriteNumber("repeated"u8, sums.Repeated);
            w.WriteNumber("repeatedPackets"u8, sums.RepeatedPackets);
            w.WriteNumber("contradicted"u8, sums.Contradicted);
            Classes(w, conversation.Tally[side]);
            w.WriteNumber("gaps"u8, sums.Gaps);
            w.WriteNumber("cut"u8, sums.Cut);
            w.WriteEndObject();
        }
    }

    private static void Classes(Utf8JsonWriter w, ByteSums classes)
    {
        w.WriteNumber("explained"u8, classes[ByteClass.Explained]);
        w.WriteNumber("identified"u8, classes[ByteClass.Identified]);
        w.WriteNumber("undetermined"u8, classes[ByteClass.Undetermined]);
        w.WriteNumber("damaged"u8, classes[ByteClass.Damaged]);
    }

    private static void Time(Utf8JsonWriter w, string name, long time)
    {
        if (time > 0) w.WriteString(name, DateTimeOffset.UnixEpoch.AddTicks(time / 100).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture));
    }
}
