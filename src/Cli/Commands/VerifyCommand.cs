using System.CommandLine;
using System.Globalization;
using Candor.Client.Api;
using Candor.Client.PublicLog;

namespace Candor.Cli.Commands;

/// <summary>candor verify [SERVER]: what a server's public log proves, and what it does not.</summary>
internal static class VerifyCommand
{
    /// <summary>Entries that are shown to a person.</summary>
    private const int MostNews = 20;

    private const int LabelWidth = 12, MinWidth = 40;

    public static Command Make(CommandTree tree)
    {
        var server = new Argument<string?>("SERVER") { Description = "whose log; else that of this device's server", Arity = ArgumentArity.ZeroOrOne };
        var policy = new Option<FileInfo?>("--policy") { HelpName = "FILE", Description = "whose keys and which witnesses to go by from now on" };
        var watch = new Option<bool>("--watch") { Description = "go on: look again about every hour, and end when something is wrong or nothing was seen for a day" };
        var relay = ServerArgument.Relay();
        var command = new Command("verify", """
            Check a server's public log, and say what was proved and what was not

            Reads the log's signed head, asks for the witnesses that you named, compares with
            what this machine saw before, and reads every new entry. Then: is the program that
            the server says it runs in the log, is the web app that it serves, and is your
            account's history under the hourly root that everybody sees. Needs no account. What is asked for is the same for
            everybody. Ends with 4 when the log shows what no honest one does; both versions
            are kept as proof.

              candor verify cloud.example
              candor verify --policy family.policy
              candor verify --watch
              candor verify cloud.example --relay relay.example
            """) { server, policy, watch, relay };
        command.SetAction((parsed, cancel) => RunAsync(tree.Open(parsed), parsed.GetValue(server), parsed.GetValue(policy), parsed.GetValue(watch), parsed.GetValue(relay), cancel));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string? server, FileInfo? policy, bool watch, Uri? relay, CancellationToken cancel)
    {
        byte[]? bytes = policy is null ? null : await File.ReadAllBytesAsync(policy.FullName, cancel);
        var address = server is null ? null : ServerArgument.Read(server) ?? throw new UsageException($"\"{server}\" is no address of a server: give a name like cloud.example, or https://cloud.example:8787.");
        var seen = session.Clock.GetUtcNow();
        while (true)
        {
            try
            {
                var visit = await LogCheck.VisitAsync(session.Home, address, bytes, session.Clock, relay, cancel);
                Show(session, visit);
                Write(session, visit, watch);
                if (!watch) return ExitCode.Done;
                bytes = null;
                seen = session.Clock.GetUtcNow();
            }
            catch (ServerRefusedException e) when (watch && session.Clock.GetUtcNow() - seen < LogVisit.MaxAge)
            {
                // A night without a network is no lie; a day without the log is.
                session.Note($"Not looked at: {Screens.Wording.Plain(e.Message)}");
            }
            // Not on the hour, nor at a time that tells anything of this machine.
            await Task.Delay(TimeSpan.FromMinutes(30 + System.Security.Cryptography.RandomNumberGenerator.GetInt32(60)), session.Clock, cancel);
        }
    }

    private static void Show(Session session, LogVisit visit)
    {
        foreach (var finding in visit.Findings) Say(finding.Proved ? "proved" : "not proved", finding.Sentence);
        if (visit.News.Count > MostNews) Say("said", string.Create(CultureInfo.InvariantCulture, $"({visit.News.Count - MostNews} older entries are not shown; --json has all)"));
        foreach (var news in visit.News.TakeLast(MostNews)) Say("said", string.Create(CultureInfo.InvariantCulture, $"entry {news.Index}: {news.Words}"));
        int proved = visit.Findings.Count(f => f.Proved), open = visit.Findings.Count - proved;
        session.Say();
        session.Say(string.Create(CultureInfo.InvariantCulture, $"Nothing is wrong with what could be checked: {proved} proved, {open} not proved."));
        if (open > 0) session.Say("\"Not proved\" is no accusation: the line says what is missing.");

        // On a screen in lines that break between words; where a program reads, one line each.
        void Say(string label, string sentence)
        {
            string plain = Screens.Wording.Plain(sentence);
            string[] lines = session.Terminal.OutSeen ? [.. Help.HelpPage.Wrap(plain, Math.Max(session.Terminal.Width, MinWidth) - LabelWidth)] : [plain];
            for (int i = 0; i < lines.Length; i++) session.Say($"{(i == 0 ? label : "").PadRight(LabelWidth)}{lines[i]}");
        }
    }

    private static void Write(Session session, LogVisit visit, bool watch)
    {
        Action<System.Text.Json.Utf8JsonWriter> members = w =>
        {
            w.WriteNumber("read"u8, visit.Read);
            w.WriteStartArray("said"u8);
            foreach (var news in visit.News)
            {
                w.WriteStartObject();
                w.WriteNumber("index"u8, news.Index);
                w.WriteString("entry"u8, news.Entry);
                w.WriteString("words"u8, news.Words);
                w.WriteEndObject();
            }
            w.WriteEndArray();
            w.WriteStartArray("findings"u8);
            foreach (var finding in visit.Findings)
            {
                w.WriteStartObject();
                w.WriteString("what"u8, finding.What);
                w.WriteBoolean("proved"u8, finding.Proved);
                w.WriteString("sentence"u8, finding.Sentence);
                w.WriteEndObject();
            }
            w.WriteEndArray();
        };
        if (watch) session.WriteLine(members);
        else session.Write(members);
    }
}
