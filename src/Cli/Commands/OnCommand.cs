using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Law;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor on KIND…: a person consents, kind by kind.</summary>
internal static class OnCommand
{
    public static Command Make(CommandTree tree)
    {
        var kinds = KindArgument.Make();
        var law = LawOption.Make("the law of the place where you live (candor law); else the one that the account was signed for, else the server's");
        var guardian = new Option<bool>("--guardian") { Description = "you are a parent or guardian of the person whose data it is, and consent for them" };
        var command = new Command("on", """
            Turn a kind on for this device, after showing what will leave it

            Shows what will be sent, to where, and under which law, then asks. Your yes is
            signed by this device and written into the account's log with the hash of the text
            that you saw. Until then this device has no key for the kind and the server refuses
            its bytes.

            The first yes signs the account for the place where the server says that it keeps
            bytes: candor region. Below the age that the law says, a parent or guardian has to
            agree; with --yes you say that you are older. No age is sent to anybody.

              candor on contacts notes
              candor on photos --yes
              candor on notes --law in --guardian
            """) { kinds, law, guardian };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(kinds), LawOption.Read(parsed.GetValue(law)), parsed.GetValue(guardian), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, Kind[] kinds, string? chosen, bool guardian, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        var wanted = kinds.Where(k => !device.Account.IsOn(k)).ToList();
        var turnedOn = new List<Kind>();
        if (wanted.Count > 0)
        {
            var server = await device.AskServerAsync(cancel);
            string law = LawOption.Of(chosen, device.Account, server);
            if (device.Account.WhyNotIn(server.Region, law) is { } elsewhere) throw new ServerRefusedException(ErrorName.WrongRegion, elsewhere);
            var texts = wanted.ToDictionary(k => k, k => ConsentText.Of(k, device, server, law));
            foreach (var kind in wanted) await session.Terminal.Error.WriteLineAsync(texts[kind]);
            string words = Wording.List([.. wanted.Select(k => k.Word())]);
            if (await session.AskAsync($"Turn on {words} for this device?", cancel))
            {
                if (await PathAsync(session, law, guardian, cancel) is { } path)
                {
                    string said = ConsentText.Said(law, path);
                    await session.Terminal.Error.WriteLineAsync(said);
                    foreach (var kind in wanted)
                    {
                        await device.Account.TurnOnAsync(kind, law, server.Region, texts[kind] + said, cancel);
                        turnedOn.Add(kind);
                    }
                }
                else
                {
                    session.Say("A parent or guardian has to agree, and none is here. Nothing was sent.");
                }
            }
        }
        Tell(session, device, kinds, turnedOn);
        return ExitCode.Done;
    }

    /// <summary>Who consents; null: nobody who can.</summary>
    private static async Task<ConsentPath?> PathAsync(Session session, string law, bool guardian, CancellationToken cancel)
    {
        if (!guardian && await session.AskAsync(ConsentText.AgeQuestion(law), cancel)) return ConsentPath.Own;
        return await session.AskAsync(ConsentText.GuardianQuestion, cancel) ? ConsentPath.Guardian : null;
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
