using System.CommandLine;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>The argument FOLDER of the commands that work on one.</summary>
internal static class FolderArgument
{
    public static Argument<string> Make() => new("FOLDER") { Description = "with contacts/, notes/, messages/, photos/ and inbox/ in it, as far as you have them" };

    public static Option<bool> NoPreviews() => new("--no-previews") { Description = "make no small pictures of photos in this run; the photos themselves are sent all the same" };

    /// <summary>FOLDER of a command that can do without: then the one that was worked on last.</summary>
    public static Argument<string?> MakeOptional() => new("FOLDER") { Description = "else the one that was backed up or synced last", Arity = ArgumentArity.ZeroOrOne };

    /// <exception cref="DeviceException">None was named and none was worked on yet.</exception>
    public static string OrLast(Device device, string? named) =>
        named ?? (FolderList.Of(device) is [var last, ..] ? last : throw new DeviceException("No folder was backed up or synced from this device yet. Name one: candor backup FOLDER"));

    /// <exception cref="DeviceException">Every kind is off: a run would do nothing and look like a success.</exception>
    public static void NeedsAKind(Device device)
    {
        if (Kinds.All.Any(device.Account.IsOn)) return;
        throw new DeviceException("Every kind is off on this device, so nothing was read and nothing was sent. Turn on what you want to be kept: candor on contacts");
    }
}
