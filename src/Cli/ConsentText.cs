using System.Text;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli;

/// <summary>What a person reads before a kind is turned on. The consent in the account's log carries the hash of exactly this text (spec/account-log.md).</summary>
internal static class ConsentText
{
    /// <param name="kind">The kind.</param>
    /// <param name="device">Which sends it.</param>
    /// <param name="server">What the server says of itself.</param>
    public static string Of(Kind kind, Device device, ServerInfo server) => Of(kind, device.Server.Authority, server.Name, server.Region, server.Law);

    internal static string Of(Kind kind, string address, string name, string region, string law)
    {
        var text = new StringBuilder();
        text.Append($"{Title(kind)}: what leaves this device\n\n");
        text.Append($"  {What(kind)}\n\n");
        text.Append($"It goes to {address}, the server that calls itself {name}.\n");
        if (region.Length > 0) text.Append($"The server says that it keeps them in: {region}.\n");
        if (law.Length > 0) text.Append($"It says that it works under the law of: {law}.\n");
        if (region.Length == 0 || law.Length == 0) text.Append($"{(region.Length > 0 ? "Under which law" : law.Length > 0 ? "Where it keeps them" : "Where, and under which law,")} this device was not told; ask whoever runs it.\n");
        text.Append("\nAll of it is sealed here first. Only your devices and your 24 words open it; the\nserver cannot. The server does see how many items there are, how large they are\n(rounded), and when they change.\n");
        text.Append($"\nYou can turn it off at any time: candor off {kind.Word()}\nTo have it erased from the server too: candor off {kind.Word()} --erase\n");
        return text.ToString();
    }

    private static string Title(Kind kind) => kind switch
    {
        Kind.Contacts => "Contacts",
        Kind.Notes => "Notes",
        Kind.Messages => "Messages",
        _ => "Photos",
    };

    private static string What(Kind kind) => kind switch
    {
        Kind.Contacts => "The cards of the people you know: names, numbers, addresses, birthdays,\n  notes and pictures, as they are in the card.",
        Kind.Notes => "The text of your notes, their names and folders, and the files attached\n  to them.",
        Kind.Messages => "Your text and picture messages: their words and attachments, who they are\n  from and to, and when.",
        _ => "Your photos and videos as they are, with the time and place that the camera\n  wrote into them, their albums and captions, and a small preview of each.",
    };
}
