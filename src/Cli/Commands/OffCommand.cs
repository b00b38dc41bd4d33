using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor off KIND…: stops a kind on this device; with --erase destroys it on the server and for every device.</summary>
internal static class OffCommand
{
    public static Command Make(CommandTree tree)
    {
        var kinds = KindArgument.Make();
        var erase = new Option<bool>("--erase") { Description = "destroy everything of the kind too: on the server, and for all your devices" };
        var command = new Command("off", """
            Turn a kind off for this device; with --erase, destroy it

            This device's copy of the kind's keys is destroyed at once and the server refuses
            the kind from here on. What was kept stays on the server for your other devices.

            With --erase the keys and the bytes of the kind are destroyed on the server and in
            every device's store; the erasure stands in the account's log. It cannot be undone,
            so it waits for a day: it is announced to your other devices, and this one erases
            with its first run after that. Until then candor on KIND takes it back, and removing
            this device stops it. Files in your folders stay.

              candor off photos
              candor off messages --erase
            """) { kinds, erase };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(kinds), parsed.GetValue(erase), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, Kind[] kinds, bool erase, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        string words = Wording.List([.. kinds.Select(k => k.Word())]);
        if (erase)
        {
            await EraseAsync(session, device, kinds, words, cancel);
            return ExitCode.Done;
        }
        var wereOn = kinds.Where(device.Account.IsOn).ToList();
        foreach (var kind in kinds)
        {
            try
            {
                await device.Account.TurnOffAsync(kind, cancel);
            }
            catch (ServerRefusedException refusal) when (refusal.IsTransient)
            {
                // It is off here all the same: written down, and the keys are gone.
                session.Note($"{refusal.Message} {kind.Word()} is off here all the same; the server is told at the next contact.");
            }
        }
        foreach (var kind in kinds) session.Say(wereOn.Contains(kind) ? $"{kind.Word()} is off." : $"{kind.Word()} was off already.");
        if (wereOn.Count > 0) session.Say($"\nNothing of {Wording.List([.. wereOn.Select(k => k.Word())])} leaves this device any more. What was sent before is still on the server, sealed.");
        KindsJson.Write(session, device);
        return ExitCode.Done;
    }

    private static async Task EraseAsync(Session session, Device device, Kind[] kinds, string words, CancellationToken cancel)
    {
        await device.Account.PullAsync(cancel);
        if (!await session.AskAsync($"Erase all {words} of this account, on the server and for every device? It cannot be undone.", cancel))
        {
            session.Say("Nothing was changed.");
            return;
        }
        foreach (var kind in kinds)
        {
            bool was = device.Account.HasAnything(kind);
            if (await device.Account.AnnounceEraseAsync(kind, cancel) is { } wait)
            {
                session.Say($"{kind.Word()} is off, and nothing of it leaves this device any more. Its erasure is announced; this device erases it with its first run after {Wording.When(session.Clock.GetUtcNow() + wait, session.Clock)}. To take it back: candor on {kind.Word()}");
                continue;
            }
            session.Say(was
                ? $"{kind.Word()} is off and erased: the keys are destroyed, the bytes are gone, the account's log says so."
                : $"{kind.Word()} is off. The account held nothing of it, so there was nothing to erase.");
        }
        KindsJson.Write(session, device);
    }
}
