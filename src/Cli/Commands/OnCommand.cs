using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Devices;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor on KIND…: a person consents, kind by kind.</summary>
internal static class OnCommand
{
    public static Command Make(CommandTree tree)
    {
        var kinds = KindArgument.Make();
        var command = new Command("on", """
            Turn a kind on for this device, after showing what will leave it

            Shows what will be sent, to where, and under which law, then asks. Your yes is
            signed by this device and written into the account's log with the hash of the text
            that you saw. Until then this device has no key for the kind and the server refuses
            its bytes.

              candor on contacts notes
              candor on photos --yes
            """) { kinds };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(kinds), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, Kind[] kinds, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        var wanted = kinds.Where(k => !device.Account.IsOn(k)).ToList();
        var turnedOn = new List<Kind>();
        if (wanted.Count > 0)
        {
            var server = await device.AskServerAsync(cancel);
            var texts = wanted.ToDictionary(k => k, k => ConsentText.Of(k, device, server));
            foreach (var kind in wanted) await session.Terminal.Error.WriteLineAsync(texts[kind]);
            string words = Wording.List([.. wanted.Select(k => k.Word())]);
            if (await session.AskAsync($"Turn on {words} for this device?", cancel))
            {
                foreach (var kind in wanted)
                {
                    await device.Account.TurnOnAsync(kind, server.Law, texts[kind], cancel);
                    turnedOn.Add(kind);
                }
            }
        }
        Tell(session, device, kinds, turnedOn);
        return ExitCode.Done;
    }

    private static void Tell(Session session, Device device, Kind[] kinds, List<Kind> turnedOn)
    {
        foreach (var kind in kinds)
        {
            session.Say(!device.Account.IsOn(kind) ? $"{kind.Word()} stays off." : turnedOn.Contains(kind) ? $"{kind.Word()} is on." : $"{kind.Word()} was on already.");
        }
        if (turnedOn.Count > 0) session.Say("\nNothing was sent yet. To send what is in a folder: candor backup FOLDER");
        KindsJson.Write(session, device);
    }
}
