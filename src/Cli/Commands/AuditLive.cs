using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Candor.Audit;
using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Keys;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Cli.Screens;

namespace Candor.Cli.Commands;

/// <summary>candor audit live: the audit of a recording that is being made. dumpcap records; this only reads what it writes.</summary>
internal static class AuditLive
{
    private const int Rows = 14;

    public static Command Make(CommandTree tree)
    {
        var from = new Argument<string>("INTERFACE") { Description = "what dumpcap records (wlan0, any, the name of a hotspot's interface), or - for a recording that comes through a pipe: from dumpcap, tcpdump -w -, PCAPdroid" };
        var write = new Option<string?>("--write") { HelpName = "FILE", Description = "where the recording goes; else live-DATE-TIME.pcapng in this folder" };
        var owners = AuditCommand.OwnersOption();
        var keys = AuditCommand.KeysOption();
        var owner = new Option<string?>("--owner") { HelpName = "FILE", Description = "what is yours and is looked for" };
        var claims = new Option<string?>("--claims") { HelpName = "FILE", Description = "what its maker says it does; 2014 for the answer of that year" };
        var report = new Option<string?>("--report") { HelpName = "FILE", Description = "at the end, write all that was found as JSON" };
        var html = new Option<string?>("--html") { HelpName = "FILE", Description = "at the end, write it as one page for a browser" };
        var command = new Command("live", """
            Watch what a phone sends while it does, in a table that grows

            dumpcap (Debian: wireshark-common) does the recording, with the rights that it needs;
            candor opens no interface itself. Ctrl+C ends it: then the recording stands in its file
            and is read once more from its start, as candor audit would.

              candor audit live wlan0 --owner mine.yaml --html monday.html
              ssh router tcpdump -i br-lan -U -w - host 192.168.1.20 | candor audit live -
            """) { from, write, owners, keys, owner, claims, report, html };
        command.SetAction((parsed, cancel) => Task.Run(() =>
        {
            var session = tree.Open(parsed);
            string path = parsed.GetValue(write) ?? $"live-{TimeZoneInfo.ConvertTime(session.Clock.GetUtcNow(), session.Clock.LocalTimeZone).ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}.pcapng";
            if (File.Exists(path)) throw new UsageException($"{path} is there already. Choose another name.");
            var files = AuditFiles.Open(session, parsed.GetValue(owner), parsed.GetValue(claims), []);
            string[] logs = parsed.GetValue(keys) ?? [];
            var wishes = new AuditWishes { Owners = [.. (parsed.GetValue(owners) ?? []).Select(o => Address.TryRead(o)!.Value)], Report = parsed.GetValue(report), Html = parsed.GetValue(html) };
            Watch(session, files, parsed.GetRequiredValue(from), path, wishes, logs, cancel);
            session.Note($"The recording is {path}.");
            // Keys may have come after the packets that they open: what is written down has them all.
            return AuditCommand.Run(session, files, [path], wishes with { Keys = AuditFiles.KeysOf([.. logs.Where(File.Exists)]) }, CancellationToken.None);
        }, CancellationToken.None));
        return command;
    }

    private static void Watch(Session session, AuditFiles files, string from, string path, AuditWishes wishes, string[] logs, CancellationToken cancel)
    {
        using var recorder = from == "-" ? null : Recorder(from);
        var said = recorder?.StandardError.ReadToEndAsync(CancellationToken.None);
        using var copy = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read);
        var messages = files.Search();
        var layering = new Layering();
        messages.Join(layering);
        var keys = new GrowingKeys(logs);
        Decryption.AddTo(layering, keys.Log);
        var run = new AuditRun(layering, wishes.Owners)
        {
            Secrets = secrets =>
            {
                if (secrets.Type == CaptureSecrets.TlsKeyLog) keys.Log.Add(secrets.Bytes.Span);
            },
        };
        bool recorded = LiveTable.During(session, show =>
        {
            using var pipe = new LivePipe(recorder?.StandardOutput.BaseStream ?? session.Terminal.Bytes(), copy, () =>
            {
                keys.Read();
                show?.Invoke(Table(session, files, run.SoFar(), messages, from));
            }, cancel);
            pipe.Start();
            using var ended = cancel.Register(() => Interrupt(recorder));
            bool capture = run.TryRead(pipe, Path.GetFileName(path), CancellationToken.None);
            if (pipe.Trouble is { } trouble) throw new IOException(trouble.Message, trouble);
            return capture;
        });
        Interrupt(recorder);
        if (recorder is not null && !recorder.WaitForExit(5000)) recorder.Kill();
        copy.Flush();
        if (recorded) return;
        bool empty = copy.Length == 0;
        copy.Dispose();
        if (empty) File.Delete(path);
        throw new UsageException(recorder is null ? "What came through the pipe is no recording: dumpcap -w - and tcpdump -w - write one." : $"dumpcap recorded nothing: {said!.GetAwaiter().GetResult().Trim()}");
    }

    private static Process Recorder(string from)
    {
        try
        {
            // -q: its count of packets would run through the table.
            return Process.Start(new ProcessStartInfo("dumpcap", ["-q", "-i", from, "-w", "-"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new UsageException("dumpcap is not here, and it is what records: on Debian, apt install wireshark-common. A recording that something else makes can come through a pipe: candor audit live -");
        }
    }

    /// <summary>As Ctrl+C does, which a recorder in the same terminal has had already.</summary>
    private static void Interrupt(Process? recorder)
    {
        if (recorder is null || recorder.HasExited) return;
        if (OperatingSystem.IsWindows()) recorder.Kill();
        else using (var kill = Process.Start("kill", ["-INT", recorder.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit(1000);
    }

    /// <summary>Whom it sent to so far, the most bytes first.</summary>
    private static LiveRows Table(Session session, AuditFiles files, AuditResult result, MessageRun messages, string from)
    {
        var found = messages.Book.Sightings.Where(s => s.IsSent && s.Counts).ToList();
        var at = found.ToLookup(s => s.Conversation.Root.Phone == Side.Client ? s.Conversation.Root.Server.Address : s.Conversation.Root.Client.Address);
        var peers = AuditPage.PeersOf(result);
        List<string[]> rows = [];
        foreach (var peer in peers.Take(Rows))
        {
            var where = files.Atlas.Of(peer.Name ?? "", peer.Address);
            rows.Add([peer.Called, where.Operator is { } known ? $"{known.Name}, {known.Class}" : "", where.Country, Wording.Count(peer.Sent), peer.Sent == 0 ? "" : $"{100 * (peer.Sent - peer.Unread) / peer.Sent} %", string.Join(", ", at[peer.Address].Select(s => s.Finding.What.Replace('-', ' ')).Distinct())]);
        }
        long unread = result.Up.Classes[ByteClass.Undetermined] + result.Up.Classes[ByteClass.Damaged];
        string sum = $"{(from == "-" ? "the pipe" : from)}: {Wording.Count(result.Up.Packets + result.Down.Packets + result.Others.Packets, "packet")}; {Wording.Count(result.Up.Ip)} bytes up to {Wording.Count(peers.Count, "peer")}, {Wording.Count(unread)} of them unread; {Wording.Count(found.Count, "finding")}. Ctrl+C ends it.";
        return new(rows, peers.Count - rows.Count, sum);
    }

    /// <summary>Key logs that are written while they are read.</summary>
    private sealed class GrowingKeys(string[] paths)
    {
        private readonly Dictionary<string, long> _read = [];

        public KeyLog Log { get; } = new();

        public void Read()
        {
            foreach (string path in paths)
            {
                if (!File.Exists(path)) continue;
                long before = _read.GetValueOrDefault(path);
                using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
                if (file.Length <= before) continue;
                // From the start again: a line may have been half there.
                Log.Add(file);
                _read[path] = file.Position;
            }
        }
    }
}
