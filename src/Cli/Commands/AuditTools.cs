using System.CommandLine;
using Candor.Audit.Reports;
using Candor.Audit.Search;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>candor audit plant and recheck: what is done before a recording, and what somebody else does after the report.</summary>
internal static class AuditTools
{
    private const int MaxReport = 1 << 30;

    public static Command Plant(CommandTree tree)
    {
        var file = new Argument<string>("FILE") { Arity = ArgumentArity.ZeroOrOne, Description = "where to write it; nothing: to the terminal" };
        var country = new Option<string>("--country") { HelpName = "CODE", Description = "calling code of the made-up telephone numbers; else 44", DefaultValueFactory = _ => "44" };
        country.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var code }] && !(code.Length is > 0 and <= 3 && code.All(char.IsAsciiDigit))) result.AddError($"\"{code}\" is no calling code: type 49 or 1.");
        });
        var command = new Command("plant", "Write an owner file with canaries to put on the phone") { file, country };
        command.SetAction(parsed => Run(tree.Open(parsed), parsed.GetValue(file), parsed.GetValue(country)!));
        return command;
    }

    private static int Run(Session session, string? path, string country)
    {
        string text = Planting.Write(country);
        if (path is null)
        {
            session.Say(text);
            session.Note(Planting.Instructions);
        }
        else
        {
            // Never over a file that somebody filled in; and for its owner's eyes alone.
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using (var writer = new StreamWriter(path, options)) writer.Write(text);
            session.Say($"Written: {path}. It holds in the clear what is looked for: keep it on this disk.\n\n{Planting.Instructions}");
        }
        session.Write(w =>
        {
            w.WriteString("file"u8, path ?? "");
            w.WriteString("owner"u8, text);
            w.WriteString("instructions"u8, Planting.Instructions);
        });
        return ExitCode.Done;
    }

    public static Command Recheck(CommandTree tree)
    {
        var report = new Argument<string>("REPORT") { Description = "a report that --report wrote" };
        var captures = new Argument<string[]>("CAPTURE") { Arity = ArgumentArity.OneOrMore, Description = "the recordings it is of, in the same order" };
        var command = new Command("recheck", "Prove a report again from its recordings, without the owner") { report, captures };
        command.SetAction((parsed, cancel) => Task.Run(() => Run(tree.Open(parsed), parsed.GetRequiredValue(report), parsed.GetRequiredValue(captures), cancel), cancel));
        return command;
    }

    private static int Run(Session session, string path, string[] captures, CancellationToken cancel)
    {
        var file = new FileInfo(path);
        if (file.Exists && file.Length > MaxReport) throw new UsageException($"{path} is longer than a report can be.");
        if (Report.Read(File.ReadAllBytes(path)) is not { } report || Candor.Audit.Reports.Recheck.Of(report) is not { } recheck)
            throw new UsageException($"{path} is no report of candor audit: give the JSON file that --report wrote.");
        var reading = new AuditReading(recheck.Messages, report.Phone.From == "given" ? [.. report.Phone.Addresses.Where(a => Candor.Audit.Packets.Address.TryRead(a) is not null)] : []);
        var result = recheck.Finish(reading.Read(captures, cancel), reading.Dumps, reading.Digests);
        session.Say($"{Wording.Count(result.Confirmed)} of {Wording.Count(report.Findings.Count, "finding")} stand in the recording where the report says, byte for byte.");
        foreach (string differs in result.Differs) session.Say(Wording.Plain(differs));
        if (result.Missing.Count > 0) session.Say($"Not there: {Wording.List([.. result.Missing.Take(20).Select(n => $"finding {Wording.Count(n)}")])}{(result.Missing.Count > 20 ? $" and {Wording.Count(result.Missing.Count - 20)} more" : "")}.");
        if (result.Beyond.Count > 0) session.Say($"{Wording.Count(result.Beyond.Count, "finding")} in bodies too long to be held were not looked at.");
        if (result.Holds) session.Say("The report holds. That it left nothing out shows only an audit with the owner's file.");
        session.Write(w =>
        {
            w.WriteBoolean("holds"u8, result.Holds);
            w.WriteNumber("confirmed"u8, result.Confirmed);
            w.WriteStartArray("missing"u8);
            foreach (int number in result.Missing) w.WriteNumberValue(number);
            w.WriteEndArray();
            w.WriteStartArray("notLookedAt"u8);
            foreach (int number in result.Beyond) w.WriteNumberValue(number);
            w.WriteEndArray();
            w.WriteStartArray("differs"u8);
            foreach (string differs in result.Differs) w.WriteStringValue(differs);
            w.WriteEndArray();
        });
        if (!result.Holds) throw new TamperedException($"{path} does not hold for what was given: see above. The recording, the report or the program is another one.");
        return ExitCode.Done;
    }
}
