using System.CommandLine;
using Candor.Audit;
using Candor.Audit.Dumps;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Ledgers;
using Candor.Audit.Packets;
using Candor.Audit.Reports;

namespace Candor.Cli.Commands;

/// <summary>candor audit CAPTURE…: what a phone sent, and to whom.</summary>
internal static class AuditCommand
{
    public static Command Make(CommandTree tree)
    {
        var captures = new Argument<string[]>("CAPTURE") { Arity = ArgumentArity.OneOrMore, Description = "pcap or pcapng, also in gzip: from PCAPdroid, tcpdump, Wireshark or a router; HAR; a flow dump of mitmproxy" };
        var owners = OwnersOption();
        var keys = KeysOption();
        var details = new Option<bool>("--details") { Description = "then every conversation, every name that was looked up, and where each byte of the files went" };
        var owner = new Option<string?>("--owner") { HelpName = "FILE", Description = "what is yours and is looked for: `candor audit plant` writes one" };
        var claims = new Option<string?>("--claims") { HelpName = "FILE", Description = "what its maker says it does, as rules; 2014 for the answer of that year" };
        var report = new Option<string?>("--report") { HelpName = "FILE", Description = "write all that was found as JSON, which recheck proves again" };
        var html = new Option<string?>("--html") { HelpName = "FILE", Description = "write it as one page for a browser, which loads nothing" };
        var show = new Option<bool>("--show-values") { Description = "show values in the clear in both; else only their ends" };
        var accountLog = new Option<string?>("--account-log") { HelpName = "FILE", Description = "the log of a Candor account, as candor history --export wrote it: consents are given and withdrawn at the times that it says" };
        var device = new Option<string?>("--device") { HelpName = "ID", Description = "with --account-log: the consents of this device count, not those of all; its id or the beginning of it" };
        var serverKey = new Option<string?>("--server-key") { HelpName = "KEY", Description = "with --account-log: the key of the account's server, or a file with it; else the one beside the log, FILE.key, is taken" };
        var ledger = new Option<string?>("--ledger") { HelpName = "FILE", Description = "the ledger of a Candor client that the recording is of: each byte that went to its hosts has to be in it, and a residual is named" };
        var alone = new Option<bool>("--alone") { Description = "with --ledger: nothing but that client sent anything, so every byte to anyone else is unexplained too" };
        var countries = new Option<string[]>("--country-data") { HelpName = "FILE", Description = "a data set that says in which country addresses are; may be given more than once" };
        var command = new Command("audit", """
            Read what a phone sent, out of a recording of its traffic

            Every byte of the recording is counted, and each byte that the phone sent has one
            class: read to the end, or not to be read, or damaged. What cannot be read is never
            called clean. Nothing is sent and nobody is asked.

              candor audit monday.pcap
              candor audit monday.pcapng --owner-address 192.168.1.20 --details
              candor audit monday.pcapng --owner mine.yaml --claims 2014 --html monday.html
              candor audit backup.pcapng --keys keys.log --ledger ledger.jsonl
            """) { captures, owners, keys, details, owner, claims, accountLog, device, serverKey, ledger, alone, report, html, show, countries, AuditLive.Make(tree), AuditVerbs.Plant(tree), AuditVerbs.Recheck(tree), AuditVerbs.Compare(tree), AuditData.Make(tree) };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var session = tree.Open(parsed);
            var files = AuditFiles.Open(session, parsed.GetValue(owner), parsed.GetValue(claims), parsed.GetValue(countries) ?? []);
            if (parsed.GetValue(accountLog) is { } log) files.ReadAccountLog(log, parsed.GetValue(device), parsed.GetValue(serverKey));
            else if (parsed.GetValue(serverKey) is not null) throw new UsageException("--server-key says something of --account-log FILE: without one it says nothing.");
            else if (parsed.GetValue(device) is not null) throw new UsageException("--device says something of --account-log FILE: without one it says nothing.");
            return Run(session, files, parsed.GetRequiredValue(captures), new()
            {
                Owners = [.. (parsed.GetValue(owners) ?? []).Select(o => Address.TryRead(o)!.Value)],
                Keys = AuditFiles.KeysOf(parsed.GetValue(keys) ?? []),
                Details = parsed.GetValue(details),
                Ledger = parsed.GetValue(ledger) ?? (parsed.GetValue(alone) ? throw new UsageException("--alone says something of --ledger FILE: without one it says nothing.") : null),
                Alone = parsed.GetValue(alone),
                Report = parsed.GetValue(report),
                Html = parsed.GetValue(html),
                ShowValues = parsed.GetValue(show),
            }, cancel);
        }, cancel));
        return command;
    }

    internal static Option<string[]> OwnersOption()
    {
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
        return owners;
    }

    internal static Option<string[]> KeysOption() => new("--keys") { HelpName = "FILE", Description = "a key log that opens its TLS and QUIC (SSLKEYLOGFILE); may be given more than once. Keys in the recording itself are used as they are" };

    internal static int Run(Session session, AuditFiles files, string[] captures, AuditWishes wishes, CancellationToken cancel)
    {
        var messages = files.Search();
        var wire = wishes.Ledger is null ? null : new WireRequests();
        var (result, dumps, digests) = AuditFiles.Read(captures, wishes.Owners, messages, wishes.Keys, null, wire, cancel);
        var ledger = wishes.Ledger is null ? null : AuditFiles.Reconcile(wishes.Ledger, null, result, wire!, wishes.Alone);
        var report = files.Report(session, digests, result, dumps, messages, ledger, wishes.ShowValues);
        return Show(session, result, dumps, report, wishes);
    }

    /// <summary>What was found, on the screen and in files.</summary>
    internal static int Show(Session session, AuditResult result, DumpRun dumps, Report report, AuditWishes wishes)
    {
        AuditPage.Show(session, result, dumps, report);
        if (wishes.Details) AuditDetails.Show(session, result, report);
        AuditFindings.Show(session, report);
        if (report.Ledger is { } ledger) AuditLedger.Show(session, ledger);
        AuditJson.Write(session, result, report);
        if (wishes.Report is not null)
        {
            using var file = File.Create(wishes.Report);
            report.Write(file);
        }
        if (wishes.Html is not null)
        {
            using var page = new StreamWriter(wishes.Html, append: false);
            ReportPage.Write(report, page);
        }
        if (report.Ledger is { Verdict: "does not add up" }) return ExitCode.Alarm;
        return report.Files.Any(f => f.Fault is not null) || report.Ledger is { Verdict: "cannot be proved" } ? ExitCode.SomeTroubles : ExitCode.Done;
    }
}

/// <summary>What whoever runs an audit wants of it.</summary>
internal sealed record AuditWishes
{
    /// <summary>The phone's addresses; none: they are judged by the capture.</summary>
    public IReadOnlyList<Address> Owners { get; init; } = [];

    public KeyLog Keys { get; init; } = new();

    public bool Details { get; init; }

    public string? Ledger { get; init; }

    public bool Alone { get; init; }

    public string? Report { get; init; }

    public string? Html { get; init; }

    public bool ShowValues { get; init; }
}
