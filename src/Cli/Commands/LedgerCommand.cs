using System.CommandLine;
using System.Globalization;
using System.Text.RegularExpressions;
using Candor.Cli.Screens;
using Candor.Client.Devices;
using Candor.Client.Gate;

namespace Candor.Cli.Commands;

/// <summary>candor ledger: everything that ever left this device, and the check that nothing was taken out of the list.</summary>
internal static partial class LedgerCommand
{
    public static Command Make(CommandTree tree, TimeProvider clock)
    {
        var check = new Option<bool>("--check") { Description = "only check that the ledger is whole, and count" };
        var since = TimeOption.Make("--since", "only what left after this: 2026-11-24, 12h, 3d, yesterday", clock);
        var command = new Command("ledger", """
            Show everything that left this device: when, to where, what for, how much

            A line is written before the first byte of a request leaves. Each line carries the
            hash of the one before, so a line that is taken out or changed shows: the command
            then names it and ends with 4. Works while another candor is at work.

              candor ledger --since yesterday
              candor ledger --check
            """) { check, since };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetValue(check), parsed.GetValue(since), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, bool checkOnly, DateTimeOffset? since, CancellationToken cancel)
    {
        string file = DeviceHome.LedgerFileOf(session.Home);
        if (!File.Exists(file))
        {
            session.Say("Nothing ever left this device: there is no ledger, because nothing was sent.");
            Write(session, file, [], default, new(0, 0, 0, false));
            return ExitCode.Done;
        }
        var requests = new List<Request>();
        var open = new Dictionary<long, Request>();
        var totals = new Totals();
        LedgerFacts facts;
        using (var ledger = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            facts = await LedgerReader.ReadAsync(ledger, line => Take(line, since, checkOnly ? null : requests, open, totals), cancel);
        }
        Say(session, requests);
        if (facts.BrokenAt > 0)
        {
            Write(session, file, requests, totals, facts);
            throw new TamperedException($"Line {facts.BrokenAt} of {file} does not follow from the line before: it was changed, or lines were taken out. "
                + "Keep a copy of the file as it is; then find out who can write to it.");
        }
        if (requests.Count > 0) session.Say();
        session.Say($"{Wording.Count(totals.Requests, "request")}{(since is null ? "" : " since then")}, {Wording.Bytes(totals.BytesOut)} out ({Wording.Count(totals.BytesOut)} bytes). "
            + $"The chain is whole: {Wording.Count(facts.Lines, "line")}.");
        if (facts.Torn) session.Say("Its last line is cut off: candor was stopped while it wrote. The next start closes it.");
        Write(session, file, requests, totals, facts);
        return ExitCode.Done;
    }

    private static void Take(LedgerLine line, DateTimeOffset? since, List<Request>? requests, Dictionary<long, Request> open, Totals totals)
    {
        if (line.Event == "out")
        {
            if (since is { } from && (!DateTimeOffset.TryParse(line.Time, CultureInfo.InvariantCulture, out var time) || time < from)) return;
            totals.Requests++;
            totals.BytesOut += line.Head + line.Body;
            if (requests is null) return;
            var request = new Request(line);
            requests.Add(request);
            open[line.Seq] = request;
        }
        else if (open.Remove(line.Id, out var request))
        {
            request.Answer = line;
        }
    }

    /// <summary>A heading for each day and host, and a line for each request.</summary>
    private static void Say(Session session, List<Request> requests)
    {
        string heading = "";
        foreach (var request in requests)
        {
            var left = request.Left;
            var at = DateTimeOffset.TryParse(left.Time, CultureInfo.InvariantCulture, out var time) ? TimeZoneInfo.ConvertTime(time, session.Clock.LocalTimeZone) : default;
            string over = string.Create(CultureInfo.InvariantCulture, $"{at:yyyy-MM-dd}, to {left.Host}");
            if (over != heading) session.Say(heading.Length == 0 ? over : $"\n{over}");
            heading = over;
            string what = left.Kind == "none" ? left.Purpose : $"{left.Purpose} {left.Kind}, consent {left.Consent}";
            string answer = request.Answer is not { Status: > 0 } came ? "none" : came.Event == "cut" ? "cut" : $"{came.Status}";
            string target = Ids().Replace(left.Target, id => $"{id.Value[..8]}…");
            session.Say(string.Create(CultureInfo.InvariantCulture, $"  {at:HH:mm:ss}  {Wording.Bytes(left.Head + left.Body),7} out  {answer,-4}  {what,-8}  {left.Method} {target}"));
        }
    }

    /// <summary>Ids and hashes: their first letters tell them apart.</summary>
    [GeneratedRegex("[0-9a-f]{32,}")]
    private static partial Regex Ids();

    private static void Write(Session session, string file, List<Request> requests, Totals? totals, LedgerFacts facts) => session.Write(w =>
    {
        w.WriteString("file"u8, file);
        w.WriteNumber("requests"u8, totals?.Requests ?? 0);
        w.WriteNumber("bytesOut"u8, totals?.BytesOut ?? 0);
        w.WriteNumber("lines"u8, facts.Lines);
        w.WriteBoolean("whole"u8, facts.BrokenAt == 0);
        if (facts.BrokenAt > 0) w.WriteNumber("brokenAt"u8, facts.BrokenAt);
        w.WriteRows("list"u8, requests, (row, request) =>
        {
            row.WriteNumber("seq"u8, request.Left.Seq);
            row.WriteString("time"u8, request.Left.Time);
            row.WriteString("host"u8, request.Left.Host);
            row.WriteString("purpose"u8, request.Left.Purpose);
            row.WriteString("kind"u8, request.Left.Kind);
            row.WriteNumber("consent"u8, request.Left.Consent);
            row.WriteString("method"u8, request.Left.Method);
            row.WriteString("target"u8, request.Left.Target);
            row.WriteNumber("head"u8, request.Left.Head);
            row.WriteNumber("body"u8, request.Left.Body);
            row.WriteString("sha256"u8, request.Left.Sha256);
            if (request.Answer is { } answer)
            {
                row.WriteNumber("status"u8, answer.Status);
                row.WriteNumber("answer"u8, answer.Body);
                row.WriteBoolean("cut"u8, answer.Event == "cut");
            }
        });
    });

    /// <summary>A request and, once it came, its answer.</summary>
    private sealed class Request(LedgerLine left)
    {
        public LedgerLine Left => left;

        public LedgerLine? Answer { get; set; }
    }

    private sealed class Totals
    {
        public long Requests { get; set; }

        public long BytesOut { get; set; }
    }
}
