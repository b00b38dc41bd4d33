using System.CommandLine;
using Candor.Client.Api;
using Candor.Law;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>candor region: where the account's bytes may be kept, and a person's word to a move.</summary>
internal static class RegionCommand
{
    public static Command Make(CommandTree tree)
    {
        var accept = new Option<bool>("--accept") { Description = "sign the account for the place that the server says now" };
        var law = LawOption.Make("and for another law (candor law)");
        var command = new Command("region", """
            Where your bytes may be kept, and under which law

            The first kind that you turned on signed the account for the place that the server
            said then. A server that keeps bytes elsewhere refuses them, and this device does
            not send them, until you have agreed to the move. Where bytes really are nobody can
            prove from outside: what is signed is what the operator can be held to.

              candor region
              candor region --accept
            """) { accept, law };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetValue(accept), LawOption.Read(parsed.GetValue(law)), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, bool accept, string? chosen, CancellationToken cancel)
    {
        using var device = session.OpenDevice();
        await device.Account.PullAsync(cancel);
        var server = await device.AskServerAsync(cancel);
        string law = LawOption.Of(chosen, device.Account, server);
        if (accept)
        {
            if (server.Region.Length == 0) throw new UsageException("The server does not say where it keeps bytes, so there is nothing to agree to. Ask whoever runs it.");
            if (LawRules.Refusing(law, server.Region) is not null) throw new ServerRefusedException(ErrorName.WrongRegion, device.Account.WhyNotIn(server.Region, law)!);
            await session.Terminal.Error.WriteLineAsync($"Your account's bytes would be kept in \"{server.Region}\"{(law.Length > 0 ? $", under the law of {law}" : "")}.");
            if (await session.AskAsync("Agree?", cancel)) await device.Account.SignRegionAsync(server.Region, law, cancel);
        }
        var (region, signedLaw) = (device.Account.SignedRegion, device.Account.SignedLaw);
        session.Say(region.Length == 0 ? "The account is signed for no place yet." : $"The account is signed for \"{region}\"{(signedLaw.Length > 0 ? $", under the law of {signedLaw}" : "")}.");
        session.Say(server.Region.Length == 0 ? "The server does not say where it keeps bytes." : $"The server says that it keeps bytes in \"{server.Region}\"{(server.Law.Length > 0 ? $", and works under the law of {server.Law}" : "")}.");
        string? why = device.Account.WhyNotIn(server.Region, law);
        if (why is not null) session.Say(why);
        session.Write(w =>
        {
            w.WriteString("signedRegion"u8, region);
            w.WriteString("signedLaw"u8, signedLaw);
            w.WriteString("serverRegion"u8, server.Region);
            w.WriteString("serverLaw"u8, server.Law);
            w.WriteBoolean("may"u8, why is null);
        });
        return why is null ? ExitCode.Done : ExitCode.Stopped;
    }
}
