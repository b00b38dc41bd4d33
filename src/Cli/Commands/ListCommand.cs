using System.CommandLine;
using Candor.Client.Library;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor list: what is in the account, of the kinds that are on here.</summary>
internal static class ListCommand
{
    public static Command Make(CommandTree tree)
    {
        var kinds = KindArgument.MakeOption("only this kind; may be given more than once");
        var removed = new Option<bool>("--removed") { Description = "also what was removed and can still be brought back" };
        var command = new Command("list", """
            List what is kept

            Reads what this device has of the account; asks no server.

              candor list --kind notes
            """) { kinds, removed };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            var library = new Library(device);
            var chosen = Chosen(device, parsed.GetValue(kinds));
            RecordTable.Show(session, [.. chosen.SelectMany(k => library.List(k, parsed.GetValue(removed)))], "Nothing is kept of " + Screens.Wording.List([.. chosen.Select(k => k.Word())]) + ".");
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>The kinds named, else all that are on.</summary>
    internal static IReadOnlyList<Kind> Chosen(Client.Devices.Device device, Kind[]? named)
    {
        FolderArgument.NeedsAKind(device);
        if (named is null or []) return [.. Kinds.All.Where(device.Account.IsOn)];
        foreach (var kind in named.Where(k => !device.Account.IsOn(k)))
        {
            throw new Client.Devices.DeviceException($"{kind.Word()} is off on this device, so it has no key to read it. Turn it on first: candor on {kind.Word()}");
        }
        return named;
    }
}
