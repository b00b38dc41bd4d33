using System.CommandLine;
using Candor.Cli.Screens;
using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Kit;

namespace Candor.Cli.Commands;

/// <summary>candor kit FILE.pdf: one page to print, with what it takes to have the account again.</summary>
internal static class KitCommand
{
    public static Command Make(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Description = "where the page goes, a PDF; only you can read it. Delete it once it is printed" };
        var blank = new Option<bool>("--blank") { Description = "leave the boxes of the words empty, to be filled in by hand: no printer and no file has seen them then" };
        var wordsFrom = JoinCommand.WordsFromOption();
        var command = new Command("kit", """
            Make one page to print: all it takes to have the account again

            On it: the server, the account, the key to know the server by, the 24 words, the
            account secret where a password is set, and what to do, in plain words.

            No device keeps the words, so they are asked for; that counts as typing them back.
            With --blank they are left out.

              candor kit kit.pdf
              candor kit kit.pdf --blank
            """) { file, blank, wordsFrom };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetRequiredValue(file), parsed.GetValue(blank), parsed.GetValue(wordsFrom), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string file, bool blank, string? from, CancellationToken cancel)
    {
        if (blank && from is not null) throw new UsageException("With --blank no words are printed: leave out --words-from, or --blank.");
        using var device = session.OpenDevice();
        if (File.Exists(file) && !await session.AskAsync($"{file} is there already. Replace it?", cancel))
        {
            session.Say("Nothing was written.");
            return ExitCode.Done;
        }
        await PullAsync(session, device, cancel);
        string? words = blank ? null : from is null ? await RecoveryDialog.TypeAsync(session, cancel) : await RecoveryDialog.ReadAsync(session, from, cancel);
        var kit = RecoveryKit.Of(device, words);
        if (words is not null) await WordsCommand.SignAsync(session, device, words, cancel);
        kit.Write(file, QrCode.Modules(kit.Link));
        session.Say($"""
            {Path.GetFullPath(file)} is written: one page, {(blank ? "with empty boxes for the 24 words" : "with the 24 words")}{(kit.AccountSecret is null ? "" : " and the account secret")}.
            Print it, then delete the file: whoever reads it {(blank && kit.AccountSecret is not null ? "needs only your password" : blank ? "learns where your account is" : "can open your account")}.
            """);
        session.Write(w =>
        {
            w.WriteString("file"u8, Path.GetFullPath(file));
            w.WriteBoolean("words"u8, !blank);
            w.WriteBoolean("accountSecret"u8, kit.AccountSecret is not null);
            w.WriteString("serverKey"u8, kit.Fingerprint);
        });
        return ExitCode.Done;
    }

    private static async Task PullAsync(Session session, Device device, CancellationToken cancel)
    {
        try
        {
            await device.Account.PullAsync(cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.IsTransient)
        {
            session.Note($"{refusal.Message} The page shows what this device knew when it last heard from the server.");
        }
    }
}
