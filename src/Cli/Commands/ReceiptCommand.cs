using System.CommandLine;
using Candor.Client.PublicLog;

namespace Candor.Cli.Commands;

/// <summary>candor receipt: receipts of consents, erasures and accesses as files, and the check of one without any network.</summary>
internal static class ReceiptCommand
{
    public static Command Make(CommandTree tree)
    {
        var save = MakeSave(tree);
        var check = MakeCheck(tree);
        var command = new Command("receipt", """
            Keep receipts of what was decided and done, and check one offline

            A receipt is a .tlog-proof file (C2SP) beside the entry that it proves. Any tool for
            that format checks it, without this program and without the server.

              candor receipt save ~/receipts
              candor receipt check ~/receipts/change-000012-consent.tlog-proof --policy ours.policy
            """) { save, check };
        return command;
    }

    private static Command MakeSave(CommandTree tree)
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = "where the files go" };
        var command = new Command("save", """
            Write every receipt of this account into a folder

            Consents and erasures from the account's own log, under the server's signature;
            erasures, accesses by the operator and requests by authorities from the public log.

              candor receipt save ~/receipts
            """) { folder };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            using var device = session.OpenDevice();
            await device.Account.PullAsync(cancel);
            var files = await LogCheck.SaveReceiptsAsync(device, parsed.GetValue(folder)!.FullName, cancel);
            foreach (var (file, shows) in files) session.Say($"{file}: {Screens.Wording.Plain(shows)}");
            if (files.Count == 0) session.Say("There is nothing to have a receipt of yet.");
            session.Write(w =>
            {
                w.WriteStartArray("receipts"u8);
                foreach (var (file, shows) in files)
                {
                    w.WriteStartObject();
                    w.WriteString("file"u8, file);
                    w.WriteString("shows"u8, shows);
                    w.WriteEndObject();
                }
                w.WriteEndArray();
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static Command MakeCheck(CommandTree tree)
    {
        var proof = new Argument<FileInfo>("RECEIPT") { Description = "a .tlog-proof file; the entry lies beside it as .entry" };
        var policy = new Option<FileInfo>("--policy") { HelpName = "FILE", Required = true, Description = "whose keys and which witnesses to believe" };
        var command = new Command("check", """
            Check a receipt without any network

            Ends with 4 where it does not prove what lies beside it.

              candor receipt check change-000012-consent.tlog-proof --policy ours.policy
            """) { proof, policy };
        command.SetAction(async (parsed, cancel) =>
        {
            var session = tree.Open(parsed);
            var file = parsed.GetValue(proof)!;
            var finding = LogCheck.CheckReceipt(
                await File.ReadAllBytesAsync(file.FullName, cancel), await File.ReadAllBytesAsync(Path.ChangeExtension(file.FullName, ".entry"), cancel), await File.ReadAllBytesAsync(parsed.GetValue(policy)!.FullName, cancel));
            session.Say(Screens.Wording.Plain(finding.Sentence));
            session.Write(w =>
            {
                w.WriteBoolean("proved"u8, finding.Proved);
                w.WriteString("sentence"u8, finding.Sentence);
            });
            return finding.Proved ? ExitCode.Done : ExitCode.Alarm;
        });
        return command;
    }
}
