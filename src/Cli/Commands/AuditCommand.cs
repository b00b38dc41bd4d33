using System.CommandLine;
using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Packets;

namespace Candor.Cli.Commands;

/// <summary>candor audit CAPTURE…: what a phone sent, and to whom.</summary>
internal static class AuditCommand
{
    public static Command Make(CommandTree tree)
    {
        var captures = new Argument<string[]>("CAPTURE") { Arity = ArgumentArity.OneOrMore, Description = "pcap or pcapng, also in gzip: from PCAPdroid, tcpdump, Wireshark or a router" };
        var owners = new Option<string[]>("--owner-address")
        {
            HelpName = "ADDRESS",
            Description = "an address of the phone; may be given more than once. Else it is judged by the capture",
        };
        owners.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (Address.TryRead(token.Value) is null) result.AddError($"\"{token.Value}\" is no address: type 192.168.1.20 or 2001:db8::1.");
            }
        });
        var details = new Option<bool>("--details") { Description = "then every conversation, every name that was looked up, and where each byte of the files went" };
        var command = new Command("audit", """
            Read what a phone sent, out of a recording of its traffic

            Every byte of the recording is counted, and each byte that the phone sent has one
            class: read to the end, or not to be read, or damaged. What cannot be read is never
            called clean. Nothing is sent and nobody is asked.

              candor audit monday.pcap
              candor audit monday.pcapng --owner-address 192.168.1.20 --details
            """) { captures, owners, details };
        command.SetAction((parsed, cancel) => Task.Run(() => Run(tree.Open(parsed), parsed.GetRequiredValue(captures), parsed.GetValue(owners) ?? [], parsed.GetValue(details), cancel), cancel));
        return command;
    }

    private static int Run(Session session, string[] captures, string[] owners, bool details, CancellationToken cancel)
    {
        var run = new AuditRun(new Layering(), [.. owners.Select(o => Address.TryRead(o)!.Value)]);
        foreach (string capture in captures)
        {
            using var file = new FileStream(capture, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0, FileOptions.SequentialScan);
            if (!run.TryRead(file, Path.GetFileName(capture), cancel))
                throw new UsageException($"{capture} is no capture that can be read here: it is neither pcap nor pcapng. Nothing was read from it.");
        }
        var result = run.Finish();
        AuditPage.Show(session, result);
        if (details) AuditDetails.Show(session, result);
        AuditJson.Write(session, result);
        return result.Files.Any(f => f.Fault is not null) ? ExitCode.SomeTroubles : ExitCode.Done;
    }
}
