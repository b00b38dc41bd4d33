using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Candor.Audit.Claims;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Audit.Where;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>candor audit CAPTURE…: what a phone sent, and to whom.</summary>
internal static class AuditCommand
{
    public static Command Make(CommandTree tree)
    {
        var captures = new Argument<string[]>("CAPTURE") { Arity = ArgumentArity.OneOrMore, Description = "pcap or pcapng, also in gzip, from PCAPdroid, tcpdump, Wireshark or a router; HAR; or a dump of mitmproxy" };
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
        var owner = new Option<string>("--owner") { HelpName = "FILE", Description = "what is on the phone and is looked for: candor audit plant writes one" };
        var claims = new Option<string>("--claims") { HelpName = "FILE", Description = "what the maker says, as rules; answer-2014 is one that comes with candor" };
        var countries = new Option<string[]>("--countries") { HelpName = "FILE", Description = "a data set of addresses by country (CSV, registry statistics, MaxMind DB); may be given more than once" };
        var report = new Option<string>("--report") { HelpName = "FILE", Description = "write the whole report as JSON, for recheck and for programs" };
        var html = new Option<string>("--html") { HelpName = "FILE", Description = "write the report as one page for people, with plots" };
        var show = new Option<bool>("--show-values") { Description = "reports show personal values in the clear; else they are masked" };
        var details = new Option<bool>("--details") { Description = "then every finding, conversation and name that was looked up, and where each byte of the files went" };
        var command = new Command("audit", """
            Read what a phone sent, out of a recording of its traffic

            Every byte of the recording is counted, and each byte that the phone sent has one
            class: read to the end, or its owner's, or not to be read, or damaged. What cannot
            be read is never called clean. Nothing is sent and nobody is asked.

              candor audit plant owner.yaml
              candor audit monday.pcapng --owner owner.yaml --claims answer-2014
              candor audit monday.har --owner owner.yaml --html monday.html
              candor audit recheck report.json monday.pcapng
            """) { captures, owners, owner, claims, countries, report, html, show, details };
        command.Subcommands.Add(AuditTools.Plant(tree));
        command.Subcommands.Add(AuditTools.Recheck(tree));
        command.SetAction((parsed, cancel) => Task.Run(() => Run(tree.Open(parsed), new(parsed.GetRequiredValue(captures), parsed.GetValue(owners) ?? [], parsed.GetValue(owner), parsed.GetValue(claims), parsed.GetValue(countries) ?? [],
            parsed.GetValue(report), parsed.GetValue(html), parsed.GetValue(show), parsed.GetValue(details)), cancel), cancel));
        return command;
    }

    private sealed record Wanted(string[] Captures, string[] Addresses, string? Owner, string? Claims, string[] Countries, string? Report, string? Html, bool Show, bool Details);

    private static int Run(Session session, Wanted wanted, CancellationToken cancel)
    {
        IReadOnlyList<string> missing = [];
        var needles = wanted.Owner is { } owner ? AuditReading.Owner(owner, out missing) : null;
        var claims = wanted.Claims is { } said ? ClaimsOf(said) : null;
        var atlas = AtlasOf(wanted.Countries);
        var messages = new MessageRun(needles, RandomNumberGenerator.GetBytes(Finding.SaltSize));
        var reading = new AuditReading(messages, wanted.Addresses);
        var result = reading.Read(wanted.Captures, cancel);
        var report = new ReportMaker(messages, atlas)
        {
            ShowValues = wanted.Show,
            Made = session.Clock.GetUtcNow(),
            Needles = needles,
            Claims = claims,
            Marks = needles?.Owner.Marks ?? [],
            Digests = reading.Digests,
            MissingPhotos = missing,
        }.Make(result.Files.Count > 0 ? result : null, reading.Dumps);
        foreach (string photo in missing) session.Note($"The photo {Wording.Plain(photo)} is not beside the owner file: nothing looks for it.");
        if (result.Files.Count > 0) AuditPage.Show(session, result);
        AuditFindings.Show(session, report, wanted.Details);
        if (wanted.Details && result.Files.Count > 0) AuditDetails.Show(session, result);
        if (wanted.Report is { } json) File.WriteAllBytes(json, report.Write());
        if (wanted.Html is { } page)
        {
            using var to = new StreamWriter(page);
            ReportPage.Write(report, to);
        }
        AuditJson.Write(session, result, report);
        return report.Files.Any(f => f.Fault is not null) ? ExitCode.SomeTroubles : ExitCode.Done;
    }

    private static ClaimsFile ClaimsOf(string said)
    {
        if (said == "answer-2014" && !File.Exists(said)) return ClaimsFile.Of2014();
        return ClaimsFile.Read(AuditReading.Text(said, OwnerFile.MaxLength), out var faults) ?? throw AuditReading.Faulty(said, faults);
    }

    private static Atlas AtlasOf(string[] files)
    {
        const int most = 512 << 20;
        List<CountrySource> sources = [];
        foreach (string path in files)
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > most) throw new UsageException($"{path} is longer than a data set of countries can be here.");
            sources.Add(CountrySource.Read(File.ReadAllBytes(path), file.Name, file.LastWriteTimeUtc.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture))
                ?? throw new UsageException($"{path} is no data set of countries that can be read here: lines \"first,last,CC\", statistics of a registry, or a MaxMind DB."));
        }
        return new(sources, PublicSuffixes.Short);
    }
}
