using System.CommandLine;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>The argument FOLDER of the commands that work on one.</summary>
internal static class FolderArgument
{
    public static Argument<string> Make() => new("FOLDER") { Description = "with contacts/, notes/, messages/, photos/ and inbox/ in it, as far as you have them" };

    /// <exception cref="DeviceException">Every kind is off: a run would do nothing and look like a success.</exception>
    public static void NeedsAKind(Device device)
    {
        if (Kinds.All.Any(device.Account.IsOn)) return;
        throw new DeviceException("Every kind is off on this device, so nothing was read and nothing was sent. Turn on what you want to be kept: candor on contacts");
    }
}
