using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor off KIND…: stops a kind on this device; with --erase destroys it on the server too.</summary>
internal static class OffCommand
{
    public static Command Make(CommandTree tree)
    {
        var kinds = KindArgument.Make();
        var command = new Command("off", """
            Turn a kind off for this device

            This device's copy of the kind's keys is destroyed at once and the server refuses
            the kind from here on. What was kept stays on the server for your other devices.

              candor off photos
            """) { kinds };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(kinds), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, Kind[] kinds, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        var wereOn = kinds.Where(device.Account.IsOn).ToList();
        foreach (var kind in kinds) await device.Account.TurnOffAsync(kind, cancel);
        foreach (var kind in kinds) session.Say(wereOn.Contains(kind) ? $"{kind.Word()} is off." : $"{kind.Word()} was off already.");
        if (wereOn.Count > 0) session.Say($"\nNothing of {Wording.List([.. wereOn.Select(k => k.Word())])} leaves this device any more. What was sent before is still on the server, sealed.");
        KindsJson.Write(session, device);
        return ExitCode.Done;
    }
}
