using System.Text;
using Candor.Client.Devices;
using Candor.Law;
using Candor.Protocol;

namespace Candor.Cli;

/// <summary>What a person reads before a kind is turned on. The consent in the account's log carries the hash of exactly this text (spec/account-log.md).</summary>
internal static class ConsentText
{
    /// <param name="kind">The kind.</param>
    /// <param name="device">Which sends it.</param>
    /// <param name="server">What the server says of itself.</param>
    /// <param name="law">The law that counts for the account; empty: not known.</param>
    public static string Of(Kind kind, Device device, ServerInfo server, string law) => Of(kind, device.Server.Authority, server.Name, server.Region, law);

    /// <summary>Who has to be of which age, or to agree beside the person.</summary>
    public static string AgeQuestion(string law) => $"Are you {LawRules.OwnConsentAge(law)} or older, and is it your own data?";

    public const string GuardianQuestion = "Is a parent or guardian of the person whose data this is here, who has read this and agrees?";

    /// <summary>The end of the text, once it was answered who consents. No age leaves the device: the log has the hash of the whole.</summary>
    public static string Said(string law, ConsentPath path) => path == ConsentPath.Own
        ? $"\nSaid here: I am {LawRules.OwnConsentAge(law)} or older, and it is my own data.\n"
        : "\nSaid here: I am a parent or guardian of the person whose data this is, have read\nthis, and agree.\n";

    internal static string Of(Kind kind, string address, string name, string region, string law)
    {
        var text = new StringBuilder();
        text.Append($"{Title(kind)}: what leaves this device\n\n");
        text.Append($"  {What(kind)}\n\n");
        text.Append($"It goes to {address}, the server that calls itself {name}.\n");
        if (region.Length > 0) text.Append($"The server says that it keeps them in: {region}.\n");
        if (law.Length > 0) text.Append(LawBook.Find(law) is { } known ? $"The law that counts: {law} ({known.Name}). What it says: candor law {law}\n" : $"The law that counts: {law}, of which this program knows nothing.\n");
        if (region.Length == 0 || law.Length == 0) text.Append($"{(region.Length > 0 ? "Under which law" : law.Length > 0 ? "Where it keeps them" : "Where, and under which law,")} this device was not told; ask whoever runs it.\n");
        int age = LawRules.OwnConsentAge(law);
        text.Append(LawBook.Find(law) is null || age == LawRules.Strictest
            ? $"Below the age of {age}, the strictest of all laws that this program knows, a parent\nor guardian has to agree.\n"
            : $"Below the age of {age} a parent or guardian has to agree.\n");
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
