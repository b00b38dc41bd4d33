using System.Globalization;
using Candor.Audit.Claims;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Search;
using Candor.Audit.Where;

namespace Candor.Audit.Reports;

/// <summary>Puts a report together from what the readers and the search have.</summary>
public sealed class ReportMaker
{
    /// <summary>What no recording of IP traffic shows.</summary>
    public static IReadOnlyList<string> Limits { get; } =
    [
        "Text messages that the phone itself sends to its maker, and what the mobile modem sends on its own: they are no IP traffic.",
        "Bluetooth, NFC, and any network interface that was not recorded.",
        "What was sent before the recording began or after it ended.",
        "The content of encrypted connections without their keys; apps that pin certificates refuse a proxy. Their bytes are counted as undetermined, never as clean.",
        "Values that are not in the owner file, and forms of them that nobody has thought of.",
    ];

    private readonly MessageRun _messages;
    private readonly Atlas _atlas;

    public ReportMaker(MessageRun messages, Atlas atlas) => (_messages, _atlas) = (messages, atlas);

    /// <summary>Whether values stand in the report in the clear.</summary>
    public bool ShowValues { get; init; }

    public DateTimeOffset Made { get; init; }

    public NeedleSet? Needles { get; init; }

    public ClaimsFile? Claims { get; init; }

    public IReadOnlyList<ConsentMark> Marks { get; init; } = [];

    /// <summary>Where some of <see cref="Marks"/> come from; null: there is none.</summary>
    public AccountLogFile? AccountLog { get; init; }

    /// <summary>SHA-256 of each file in hex, by its name.</summary>
    public IReadOnlyDictionary<string, string> Digests { get; init; } = new Dictionary<string, string>();

    /// <summary>Photos of the owner file whose files were not there: nothing looked for them.</summary>
    public IReadOnlyList<string> MissingPhotos { get; init; } = [];

    /// <summary>A ledger that was held against the recordings; null: none.</summary>
    public ReportLedger? Ledger { get; init; }

    /// <param name="captures">Of files with packets; null: there were none.</param>
    /// <param name="dumps">Of files without; null: there were none.</param>
    public Report Make(AuditResult? captures, DumpRun? dumps)
    {
        Conversation[] all = [.. captures?.Conversations ?? [], .. captures?.Folded ?? [], .. dumps?.Conversations ?? []];
        var mine = all.Where(c => c.Phone is not null).ToArray();
        var sightings = _messages.Book.Sightings;
        var numbers = new Dictionary<Sighting, int>(ReferenceEqualityComparer.Instance);
        foreach (var sighting in sightings) numbers[sighting] = numbers.Count + 1;
        var requests = new Dictionary<Conversation, long>();
        foreach (var request in _messages.Book.Requests.Where(r => r.IsSent)) requests[request.Conversation.Account] = requests.GetValueOrDefault(request.Conversation.Account) + 1;
        var (up, down, others) = (new ReportSums(), new ReportSums(), new ReportSums());
        foreach (var conversation in all)
        {
            var client = Sums(conversation, Side.Client);
            var server = Sums(conversation, Side.Server);
            if (conversation.Phone is not { } phone) others = others + client + server;
            else (up, down) = phone == Side.Client ? (up + client, down + server) : (up + server, down + client);
        }
        var consents = new Consents([.. Marks, .. RecordingMarks.Of(captures, _messages.Book)]);
        var judgements = Claims is null ? [] : new Judge(mine, _messages.Book, consents) { HasList = Needles is { Count: > 0 } }.Of(Claims);
        return new()
        {
            Made = Time(Made),
            Salt = Convert.ToHexStringLower(_messages.Salt),
            ShowsValues = ShowValues,
            Files = [.. (captures?.Files ?? []).Select(f => new ReportFile(f.Name, f.Format, f.Bytes.Total, f.Frames, Time(f.First), Time(f.Last), Digests.GetValueOrDefault(f.Name, ""), f.Fault)),
                .. (dumps?.Files ?? []).Select(f => new ReportFile(f.Name, f.Format, f.Bytes, f.Entries, Time(f.First), Time(f.Last), Digests.GetValueOrDefault(f.Name, ""), f.Fault))],
            Phone = captures is null ? new([], "dump") : new([.. captures.Owners.Select(o => o.ToString())], captures.OwnersFrom.ToString().ToLowerInvariant()),
            Up = up,
            Down = down,
            Others = others,
            Flows = [.. mine.Select(c => Flow(c, requests.GetValueOrDefault(c)))],
            Findings = [.. sightings.Select(s => Finding(s, numbers[s]))],
            Claims = [.. judgements.Select(j => Claim(j, numbers))],
            Consents = [.. consents.Marks.Concat(consents.Overruled).OrderBy(m => m.Time).Select(m => new ReportConsent(Time(m.Time), m.Given, m.Purpose, m.From) { InRecording = m.InRecording, Counts = !consents.Overruled.Contains(m) })],
            AccountLog = AccountLog is null ? null : new(AccountLog.Says, AccountLog.Checked, AccountLog.NotChecked),
            Ledger = Ledger,
            Counters = new(Needles?.Count ?? 0, Needles?.LeftOut.Count ?? 0, _messages.Book.Requests.Count, _messages.Book.Repeated, _messages.Book.Dropped, _messages.Book.Exhausted, _messages.Book.MisDeclared, all.Length - mine.Length, MissingPhotos),
            Sources = [$"Operators and trackers: {Operators.Count.ToString(CultureInfo.InvariantCulture)} domains, 2026-11-28, from TrackHAR 1.0.0 (CC0-1.0) and operators' own statements", $"Registered domains: {_atlas.Suffixes.From}",
                .. _atlas.Countries.Select(c => $"Country of addresses: {c.Name} of {c.Date} ({c.Says}){Due(c.Licence, c.Credit)}"),
                .. _atlas.Networks is { Pack: var pack } ? [$"Networks of addresses: {pack.Name} of {pack.Date}{Due(pack.Licence, pack.Credit)}"] : Array.Empty<string>(),
                .. AccountLog is { } log ? [$"Consents: {log.Says}"] : Array.Empty<string>(), .. _atlas.Countries.Count == 0 ? ["Country of addresses: no data set is installed (candor audit data)"] : Array.Empty<string>()],
            Limits = Limits,
        };
    }

    /// <summary>What a licence asks for wherever its data is shown.</summary>
    private static string Due(string licence, string credit) => (licence.Length, credit.Length) switch { (0, 0) => "", (_, 0) => $", {licence}", (0, _) => $": {credit}", _ => $", {licence}: {credit}" };

    private ReportFlow Flow(Conversation conversation, long requests)
    {
        var phone = conversation.Phone!.Value;
        var peer = phone == Side.Client ? conversation.Server : conversation.Client;
        string host = conversation.Destination is { } far ? far : conversation.Name ?? (conversation.LookedUp.Count > 0 ? conversation.LookedUp[0] : "");
        var where = _atlas.Of(Bare(host), peer.Address);
        return new()
        {
            Number = conversation.Number,
            File = conversation.File,
            Host = host,
            Address = peer.Address.IsNone ? "" : peer.Address.ToString(),
            Port = peer.Port,
            App = conversation.App ?? "",
            Layers = conversation.Layers,
            First = Time(conversation.First),
            Last = Time(conversation.Last),
            Frame = conversation.Frame,
            Direction = phone == Side.Client ? "up" : "down",
            Up = Sums(conversation, phone),
            Down = Sums(conversation, phone == Side.Client ? Side.Server : Side.Client),
            Requests = requests,
            Domain = where.Domain,
            Operator = where.Operator?.Name ?? "",
            Seat = where.Operator?.Seat ?? "",
            Class = where.Operator?.Class ?? "",
            Scope = where.Scope.ToString().ToLowerInvariant(),
            Network = where.Network?.Called ?? "",
            Country = where.Country,
            Countries = [.. where.Countries.Select(c => new ReportCountry(c.Source, c.Date, c.Says, c.Country))],
            NameHidden = conversation.NameHidden,
            Remarks = conversation.Remarks,
        };
    }

    private ReportFinding Finding(Sighting sighting, int number)
    {
        var (finding, root) = (sighting.Finding, sighting.Conversation.Root);
        return new()
        {
            Number = number,
            Sent = sighting.IsSent,
            Counts = sighting.Counts,
            What = finding.What,
            Label = finding.Value?.Label ?? "",
            Form = finding.Form,
            Confidence = finding.Confidence.ToString().ToLowerInvariant(),
            Masked = finding.Masked,
            Before = ShowValues ? finding.Seen?.Before : null,
            Value = ShowValues ? finding.Seen?.Value : null,
            After = ShowValues ? finding.Seen?.After : null,
            Chain = finding.Chain,
            File = root.File,
            Flow = root.Number,
            Host = sighting.Conversation.Name ?? root.Name ?? (root.LookedUp.Count > 0 ? root.LookedUp[0] : null) ?? (root.Server.Address.IsNone ? "" : root.Server.Address.ToString()),
            Request = sighting.Request,
            Part = sighting.Part,
            Exchange = sighting.Exchange,
            Frame = sighting.Origin.Frame,
            Time = Time(sighting.Origin.Time),
            Offset = sighting.Offset,
            BodyOffset = finding.Offset,
            BodyLength = finding.Length,
            ViewOffset = finding.InView.Offset,
            ViewLength = finding.InView.Length,
            Proof = finding.Proof,
            Open = sighting.IsOpen,
            Obfuscation = finding.Obfuscation,
        };
    }

    private static ReportClaim Claim(Judgement judgement, Dictionary<Sighting, int> numbers) => new(judgement.Rule.Id, judgement.Rule.Says, Judge.Word(judgement.Verdict), judgement.Readable, judgement.Undetermined, judgement.Count,
        [.. judgement.Evidence.Select(e => new ReportEvidence(e.What, e.Conversation.File, e.Conversation.Number, e.Frame, Time(e.Time), e.Sighting is { } s ? numbers[s] : 0))], judgement.Notes);

    private static ReportSums Sums(Conversation conversation, Side side)
    {
        var (packets, classes) = (conversation[side], conversation.Tally[side]);
        return new(packets.Packets, packets.Headers, packets.Repeated, classes[ByteClass.Explained], classes[ByteClass.Identified], classes[ByteClass.Undetermined], classes[ByteClass.Damaged], packets.Gaps + packets.Cut);
    }

    private static string Bare(string host)
    {
        int port = host.LastIndexOf(':');
        return port > 0 && !host[..port].Contains(':', StringComparison.Ordinal) ? host[..port] : host;
    }

    private static string Time(long nanoseconds) => nanoseconds <= 0 ? "" : Time(DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100));

    private static string Time(DateTimeOffset time) => time == default ? "" : time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
