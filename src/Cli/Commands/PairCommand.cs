using System.CommandLine;
using Candor.Client.Pairing;

namespace Candor.Cli.Commands;

/// <summary>candor pair CODE: this device lets a new one into the account.</summary>
internal static class PairCommand
{
    public static Command Make(CommandTree tree)
    {
        var code = new Argument<string>("CODE") { Description = "as the new device shows it: 493-028-117, or the link of its QR code" };
        var command = new Command("pair", """
            Let a new device into your account, by the code that it shows

            On the new device: candor join SERVER --pair. Both screens then show four words; say
            yes on both only if they are the same. A code is used once and lives 15 minutes.

              candor pair 493-028-117
            """) { code };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(code), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string code, CancellationToken cancel)
    {
        if (!PairingLink.TryParse(code, out _)) throw new UsageException($"\"{code}\" is no code: nine digits, as the new device shows them (493-028-117).");
        WordComparison.NeedsAPerson(session);
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        await using var approver = await device.ApproveAsync(code, cancel);
        session.Note("Found it. Waiting for the new device …");
        await approver.MeetAsync(cancel);
        string name = Screens.Wording.Plain(approver.Name);
        session.Note($"The new device calls itself \"{name}\". This screen shows:");
        await approver.AnswerAsync(await WordComparison.AskAsync(session, approver.Words, "the new device", cancel), cancel);
        session.Say($"\"{name}\" belongs to the account now. Every kind is off on it until it is turned on there.");
        session.Write(w =>
        {
            w.WriteString("device"u8, approver.NewDevice.ToString());
            w.WriteString("name"u8, approver.Name);
        });
        return ExitCode.Done;
    }
}
