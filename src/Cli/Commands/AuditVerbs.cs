using System.CommandLine;
using Candor.Audit;
using Candor.Audit.Compare;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Ledgers;
using Candor.Audit.Packets;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>What else there is to do about recordings: prepare one, prove a report again, hold two beside each other, see which data sets are there.</summary>
internal static class AuditVerbs
{
    public static Command Plant(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Description = "the owner file to write; it holds what is on the phone in the clear, so keep it to yourself" };
        var country = new Option<string>("--calling-code") { HelpName = "DIGITS", Description = "of the numbers of the canary contacts; else 44", DefaultValueFactory = _ => "44" };
        country.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
            {
                if (token.Value.Length is 0 or > 3 || !token.Value.All(char.IsAsciiDigit)) result.AddError($"\"{token.Value}\" is no calling code: type 44 or 1.");
            }
        });
        var command = new Command("plant", "Write an owner file with canaries to put on the phone, and say how to record") { file, country };
        command.SetAction(parsed =>
        {
            var session = tree.Open(parsed);
            string path = parsed.GetRequiredValue(file);
            if (File.Exists(path)) throw new UsageException($"{path} is there already, and its canaries may be on a phone. Choose another name.");
            var only = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) only.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var made = new StreamWriter(path, only)) made.Write(Planting.Write(parsed.GetValue(country)!));
            session.Say($"{path} is written: only you can read it.");
            session.Say();
            session.Say(Planting.Instructions.Replace("OWNER.yaml", path, StringComparison.Ordinal));
            session.Write(w => w.WriteString("written"u8, path));
            return ExitCode.Done;
        });
        return command;
    }

    public static Command Recheck(CommandTree tree)
    {
        var report = new Argument<string>("REPORT") { Description = "a report that --report wrote" };
        var captures = new Argument<string[]>("CAPTURE") { Arity = ArgumentArity.OneOrMore, Description = "the recordings that it is of" };
        var keys = AuditCommand.KeysOption();
        var ledger = new Option<string?>("--ledger") { HelpName = "FILE", Description = "the ledger that the report was held against: it is held again" };
        var command = new Command("recheck", "Prove each finding of a report again, from the recordings alone") { report, captures, keys, ledger };
        command.SetAction((parsed, cancel) => Task.Run(() =>
            Recheck(tree.Open(parsed), parsed.GetRequiredValue(report), parsed.GetRequiredValue(captures), AuditFiles.KeysOf(parsed.GetValue(keys) ?? []), parsed.GetValue(ledger), cancel), cancel));
        return command;
    }

    private static int Recheck(Session session, string path, string[] captures, KeyLog keys, string? ledger, CancellationToken cancel)
    {
        var recheck = AuditFiles.TryReport(path) is { } report ? Candor.Audit.Reports.Recheck.Of(report) : null;
        if (recheck is null) throw new UsageException($"{path} is no report of an audit. --report FILE writes one.");
        // A recording may have another name here: its digest says which one it is.
        var names = new Dictionary<string, string>();
        List<string> strangers = [];
        foreach (string capture in captures)
        {
            string digest = AuditFiles.Digest(capture);
            if (recheck.Report.Files.FirstOrDefault(f => f.Sha256 == digest) is { } file) names[capture] = file.Name;
            else strangers.Add(capture);
        }
        Address[] owners = recheck.Report.Phone.From == "given" ? [.. recheck.Report.Phone.Addresses.Select(a => Address.TryRead(a)).OfType<Address>()] : [];
        var wire = ledger is null ? null : new WireRequests();
        var (again, dumps, _) = AuditFiles.Read(captures, owners, recheck.Messages, keys, names, wire, cancel);
        recheck.Given = [.. names.Values];
        List<string> differs = [.. strangers.Count == 0 ? recheck.SumsThatDiffer(again, dumps) : []];
        if (ledger is not null) differs.AddRange(Ledger(session, recheck.Report, ledger, again, wire!));
        else if (recheck.Report.Ledger is { } held) session.Say($"The report was held against {Wording.Plain(held.Name)}: --ledger FILE holds it again.");
        foreach (string other in differs) session.Say($"Not as the report says: {other}.");
        foreach (string stranger in strangers) session.Say($"{stranger} is not byte for byte a recording that the report is of.");
        foreach (var failed in recheck.Failed.Take(50)) session.Say($"NOT THERE: finding {failed.Number}, {failed.What}{(failed.Frame > 0 ? $", packet {failed.Frame}" : "")} of {Wording.Plain(failed.File)}");
        if (recheck.NotGiven.Count > 0) session.Say($"{Wording.Count(recheck.NotGiven.Count, "finding")} not looked at: {Wording.List([.. recheck.Report.Files.Select(f => f.Name).Except(names.Values)])} {(recheck.Report.Files.Count - names.Count > 1 ? "are" : "is")} not here.");
        session.Say($"{Wording.Count(recheck.Proven.Count)} of {Wording.Count(recheck.Report.Findings.Count, "finding")} proven: their bytes stand where the report says.");
        if (recheck.Beyond.Count > 0) session.Say($"{Wording.Count(recheck.Beyond.Count)} stand too deep in a long body to be proven here.");
        session.Write(w =>
        {
            w.WriteNumber("findings"u8, recheck.Report.Findings.Count);
            w.WriteNumber("proven"u8, recheck.Proven.Count);
            w.WriteNumber("failed"u8, recheck.Failed.Count);
            w.WriteNumber("beyond"u8, recheck.Beyond.Count);
            w.WriteNumber("notGiven"u8, recheck.NotGiven.Count);
            w.WriteNumber("otherFiles"u8, strangers.Count);
            w.WriteNumber("otherSums"u8, differs.Count);
        });
        return recheck.Failed.Count > 0 || strangers.Count > 0 || differs.Count > 0 ? ExitCode.Alarm : recheck.Beyond.Count + recheck.NotGiven.Count > 0 ? ExitCode.SomeTroubles : ExitCode.Done;
    }

    /// <summary>What the ledger and the recordings say of each other, held against what the report says of it.</summary>
    private static IEnumerable<string> Ledger(Session session, Report report, string path, AuditResult again, WireRequests wire)
    {
        if (report.Ledger is not { } held) throw new UsageException("The report was not held against a ledger.");
        if (AuditFiles.Digest(path) != held.Sha256) return [$"{path} is not byte for byte the ledger that the report was held against"];
        if (held.Differs(AuditFiles.Reconcile(path, held.Name, again, wire, held.Alone)) is { } differs) return [differs];
        session.Say($"The ledger and the recording: \"{held.Verdict}\", residual {Wording.Count(held.Residual)} bytes, as the report says.");
        return [];
    }

    public static Command Compare(CommandTree tree)
    {
        var before = new Argument<string>("BEFORE") { Description = "a recording, or a report of one" };
        var after = new Argument<string>("AFTER") { Description = "another: with the cloud on, after consent, with one identifier changed" };
        var owner = new Option<string?>("--owner") { HelpName = "FILE", Description = "the owner file, for recordings" };
        var again = new Option<string?>("--again") { HelpName = "CAPTURE", Description = "BEFORE recorded once more with nothing changed: it tells chance from what depends on a changed identifier" };
        var keys = AuditCommand.KeysOption();
        var command = new Command("compare", "Hold two recordings beside each other: what stays, vanishes, appears") { before, after, owner, again, keys };
        command.SetAction((parsed, cancel) => Task.Run(() => Compare(tree.Open(parsed), parsed.GetRequiredValue(before), parsed.GetRequiredValue(after), parsed.GetValue(owner), parsed.GetValue(again), AuditFiles.KeysOf(parsed.GetValue(keys) ?? []), cancel), cancel));
        return command;
    }

    private static int Compare(Session session, string before, string after, string? owner, string? again, KeyLog keys, CancellationToken cancel)
    {
        var files = AuditFiles.Open(session, owner, null, []);
        var (first, slots) = Side(session, files, before, keys, null, cancel);
        var (second, others) = Side(session, files, after, keys, slots, cancel);
        var (_, repeated) = again is null ? (null!, null) : Side(session, files, again, keys, slots, cancel);
        var comparison = Comparison.Of(first, second);
        var depends = slots is not null && others is not null ? slots.DependsOnWhatChanged(others, repeated) : [];
        session.Say("Hosts on the internet that it sent to:");
        foreach (var host in comparison.Hosts) session.Say($"  {Word(host.Change),-9} {Wording.Plain(host.Host)}  {Wording.Count(host.Before)} > {Wording.Count(host.After)} bytes{(host.App.Length > 0 ? $"  by {Wording.Plain(host.App)}" : "")}");
        session.Say("Findings in what it sent:");
        foreach (var found in comparison.Findings) session.Say($"  {Word(found.Change),-9} {found.What} {found.Label} to {Wording.Plain(found.Host)}  {Wording.Count(found.Before)} > {Wording.Count(found.After)}");
        if (comparison.Findings.Count == 0) session.Say("  none");
        if (slots is not null && others is not null)
        {
            session.Say("Values that are one in the first and another in the second, whatever cipher they are in:");
            foreach (var slot in depends) session.Say($"  {(slot.Controlled ? "depends  " : "may depend")} {Wording.Plain(slot.Request)}  {Wording.Plain(slot.Place)}, {slot.Length} bytes");
            if (depends.Count == 0) session.Say("  none");
        }
        session.Write(w =>
        {
            w.WriteRows("hosts"u8, comparison.Hosts, (row, host) =>
            {
                row.WriteString("host"u8, host.Host);
                row.WriteString("app"u8, host.App);
                row.WriteString("change"u8, Word(host.Change));
                row.WriteNumber("before"u8, host.Before);
                row.WriteNumber("after"u8, host.After);
            });
            w.WriteRows("findings"u8, comparison.Findings, (row, found) =>
            {
                row.WriteString("what"u8, found.What);
                row.WriteString("label"u8, found.Label);
                row.WriteString("host"u8, found.Host);
                row.WriteString("change"u8, Word(found.Change));
                row.WriteNumber("before"u8, found.Before);
                row.WriteNumber("after"u8, found.After);
            });
            w.WriteRows("depends"u8, depends, (row, slot) =>
            {
                row.WriteString("request"u8, slot.Request);
                row.WriteString("place"u8, slot.Place);
                row.WriteNumber("bytes"u8, slot.Length);
                row.WriteBoolean("controlled"u8, slot.Controlled);
            });
        });
        return ExitCode.Done;
    }

    private static (Report Report, SlotBook? Slots) Side(Session session, AuditFiles files, string path, KeyLog keys, SlotBook? same, CancellationToken cancel)
    {
        if (AuditFiles.TryReport(path) is { } report) return (report, null);
        var messages = files.Search();
        var slots = new SlotBook(messages, same);
        var (result, dumps, digests) = AuditFiles.Read([path], [], messages, keys, null, null, cancel);
        return (files.Report(session, digests, result, dumps, messages, null, showValues: false), slots);
    }

    private static string Word(Change change) => change switch { Change.Stays => "stays", Change.Vanishes => "vanishes", _ => "appears" };
}
