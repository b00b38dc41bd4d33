using System.Globalization;
using Candor.Audit.Bodies;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Search;

namespace Candor.Audit.Reports;

/// <summary>Proves a report's findings again from the captures alone: the bytes are taken from their place, and have to give the proof that the report has. Nobody needs the owner's values.</summary>
public sealed class Recheck
{
    private const int MaxSalt = 64;

    private readonly Dictionary<(string File, int Flow, long Exchange, string Part), List<ReportFinding>> _open = [];
    private readonly HashSet<int> _proven = [];
    private readonly byte[] _salt;

    private Recheck(Report report, byte[] salt)
    {
        (Report, _salt) = (report, salt);
        foreach (var finding in report.Findings)
        {
            var key = (finding.File, finding.Flow, finding.Exchange, PlaceOf(finding.Part));
            if (!_open.TryGetValue(key, out var list)) _open[key] = list = [];
            list.Add(finding);
        }
        Messages = new(Look, salt);
    }

    public Report Report { get; }

    /// <summary>What reads the captures has to pass its messages here; files by the names that the report has for them.</summary>
    public MessageRun Messages { get; }

    /// <summary>Null where the report's salt is none.</summary>
    public static Recheck? Of(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        byte[] salt = new byte[Finding.SaltSize];
        return report.Salt.Length <= MaxSalt && Convert.FromHexString(report.Salt, salt, out int read, out int written) == System.Buffers.OperationStatus.Done && written == Finding.SaltSize && read == report.Salt.Length ? new(report, salt) : null;
    }

    /// <summary>Findings whose bytes stand in the captures where the report says.</summary>
    public IReadOnlyList<ReportFinding> Proven => [.. Report.Findings.Where(f => _proven.Contains(f.Number))];

    /// <summary>The report's files that are here, by the names that it has for them; null: all. Findings of others are neither proven nor refuted.</summary>
    public IReadOnlyList<string>? Given { get; set; }

    /// <summary>Findings whose bytes do not stand there.</summary>
    public IReadOnlyList<ReportFinding> Failed => [.. Report.Findings.Where(f => IsGiven(f.File) && !_proven.Contains(f.Number) && !IsBeyond(f))];

    /// <summary>Findings so far into a long body that it is not held to here: neither proven nor refuted.</summary>
    public IReadOnlyList<ReportFinding> Beyond => [.. Report.Findings.Where(f => IsGiven(f.File) && !_proven.Contains(f.Number) && IsBeyond(f))];

    /// <summary>Findings of files that are not here.</summary>
    public IReadOnlyList<ReportFinding> NotGiven => [.. Report.Findings.Where(f => !IsGiven(f.File))];

    /// <summary>What of the sums is not as the report says, in sentences: bytes that the phone sent and was sent. Which of them are the owner's is not known here.</summary>
    /// <param name="captures">As read again, with the phone's addresses of the report where they were given.</param>
    /// <param name="dumps">As read again.</param>
    public IReadOnlyList<string> SumsThatDiffer(AuditResult captures, DumpRun dumps)
    {
        ArgumentNullException.ThrowIfNull(captures);
        ArgumentNullException.ThrowIfNull(dumps);
        long sent = 0, got = 0;
        foreach (var conversation in captures.Conversations.Concat(captures.Folded).Concat(dumps.Conversations))
        {
            if (conversation.Phone is not { } phone) continue;
            sent += All(conversation, phone);
            got += All(conversation, phone == Side.Client ? Side.Server : Side.Client);
        }
        // The report's sums are of all its files; those of some are the sums of their conversations.
        bool all = Report.Files.All(f => IsGiven(f.Name));
        long up = all ? Report.Up.All : OfGiven(f => f.Up), down = all ? Report.Down.All : OfGiven(f => f.Down);
        List<string> differs = [];
        if (sent != up) differs.Add(string.Create(CultureInfo.InvariantCulture, $"the phone sent {sent:N0} bytes, the report says {up:N0}"));
        if (got != down) differs.Add(string.Create(CultureInfo.InvariantCulture, $"the phone was sent {got:N0} bytes, the report says {down:N0}"));
        return differs;
    }

    private long OfGiven(Func<ReportFlow, ReportSums> of) => Report.Flows.Where(f => IsGiven(f.File)).Aggregate(new ReportSums(), (sum, f) => sum + of(f)).All;

    private bool IsGiven(string file) => Given?.Contains(file) != false;

    private static long All(Conversation conversation, Side side) => conversation[side].Headers + conversation[side].Repeated + conversation.Tally[side].Total;

    private static bool IsBeyond(ReportFinding finding) => finding is { Chain: "", Part: "body" or "stream" } && (long)finding.BodyOffset + finding.BodyLength > (finding.Part == "body" ? MessageSearch.MostBody : StreamSearch.MostHeld);

    private static string PlaceOf(string part) => part is "body" or "stream" or "datagram" ? part : "head";

    private IReadOnlyList<Finding> Look(BodyTree tree, Place place)
    {
        if (!_open.TryGetValue((place.Conversation.File, place.Conversation.Number, place.Exchange, place.Part), out var expected)) return [];
        foreach (var finding in expected)
        {
            if (_proven.Contains(finding.Number)) continue;
            if (tree.All.Any(view => Stands(view, finding))) _proven.Add(finding.Number);
        }
        return [];
    }

    private bool Stands(BodyView view, ReportFinding finding)
    {
        if (finding.ViewOffset < 0 || finding.ViewLength <= 0 || finding.ViewLength > view.Bytes.Length || finding.ViewOffset > view.Bytes.Length - finding.ViewLength) return false;
        return view.InBody(finding.ViewOffset, finding.ViewLength) == (finding.BodyOffset, finding.BodyLength)
            && Finding.ProofOf(_salt, view.Bytes.Span.Slice(finding.ViewOffset, finding.ViewLength)) == finding.Proof;
    }
}
