using Candor.Audit.Bodies;
using Candor.Audit.Dumps;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Search;

namespace Candor.Audit.Reports;

/// <summary>What a second look at a capture says of a report.</summary>
/// <param name="Confirmed">Findings whose bytes stand where the report says.</param>
/// <param name="Missing">Numbers of findings whose bytes do not, or whose file was not given.</param>
/// <param name="Beyond">Numbers of findings in bodies so long that they are not held: a recheck does not reach them.</param>
/// <param name="Differs">What else is not as the report says, in sentences: another file of the same name, other sums.</param>
public sealed record RecheckResult(long Confirmed, IReadOnlyList<int> Missing, IReadOnlyList<int> Beyond, IReadOnlyList<string> Differs)
{
    /// <summary>Everything is as the report says.</summary>
    public bool Holds => Missing.Count == 0 && Differs.Count == 0;
}

/// <summary>Proves a report's findings again from its captures, without the owner's values: the bytes at each place give the proof that the report has, or they do not.</summary>
/// <remarks>
/// Give the captures in the order of the report's files: conversations are numbered as they come. Join the layering, read, and call <see cref="Finish"/>.
/// What a recheck cannot say is that the report left nothing out: for that the audit is run again with the owner file.
/// </remarks>
public sealed class Recheck
{
    private readonly Report _report;
    private readonly byte[] _salt;
    private readonly ILookup<(string File, int Flow, long Exchange), ReportFinding> _wanted;
    private readonly HashSet<int> _confirmed = [];

    private Recheck(Report report, byte[] salt)
    {
        (_report, _salt) = (report, salt);
        _wanted = report.Findings.ToLookup(f => (f.File, f.Flow, f.Exchange));
        Messages = new MessageRun(Look, salt);
    }

    /// <summary>Null where the report's salt is none: then nothing can be proven.</summary>
    public static Recheck? Of(Report report)
    {
        ArgumentNullException.ThrowIfNull(report);
        byte[] salt = new byte[Finding.SaltSize];
        return Convert.FromHexString(report.Salt, salt, out int read, out int written) == System.Buffers.OperationStatus.Done && written == salt.Length && read == report.Salt.Length ? new(report, salt) : null;
    }

    /// <summary>To be joined to the layering, and for dumps.</summary>
    public MessageRun Messages { get; }

    private List<Finding> Look(BodyTree tree, Place place)
    {
        var root = place.Conversation.Root;
        foreach (var finding in _wanted[(root.File, root.Number, place.Exchange)])
        {
            if (!_confirmed.Contains(finding.Number) && Stands(finding, tree)) _confirmed.Add(finding.Number);
        }
        return [];
    }

    private bool Stands(ReportFinding finding, BodyTree tree)
    {
        foreach (var view in tree.All)
        {
            // The chain of a finding begins with that of the view it stands in.
            if (finding.ViewOffset < 0 || finding.ViewLength < 0 || finding.ViewLength > view.Bytes.Length - finding.ViewOffset || !finding.Chain.StartsWith(view.Chain, StringComparison.Ordinal)) continue;
            if (Finding.ProofOf(_salt, view.Bytes.Span.Slice(finding.ViewOffset, finding.ViewLength)) == finding.Proof) return true;
        }
        return false;
    }

    /// <param name="captures">Of files with packets; null: there were none.</param>
    /// <param name="dumps">Of files without; null: there were none.</param>
    /// <param name="digests">SHA-256 in hex of each file that was given, by its name.</param>
    public RecheckResult Finish(AuditResult? captures, DumpRun? dumps, IReadOnlyDictionary<string, string> digests)
    {
        ArgumentNullException.ThrowIfNull(digests);
        List<string> differs = [];
        HashSet<string> read = [.. captures?.Files.Select(f => f.Name) ?? [], .. dumps?.Files.Select(f => f.Name) ?? []];
        foreach (var file in _report.Files)
        {
            if (!read.Contains(file.Name)) differs.Add($"{file.Name} was not given");
            else if (file.Sha256.Length > 0 && digests.TryGetValue(file.Name, out string? digest) && !digest.Equals(file.Sha256, StringComparison.OrdinalIgnoreCase)) differs.Add($"{file.Name} is another file than the one the report is of: its SHA-256 is {digest}");
        }
        if (differs.Count == 0) Sums(captures, dumps, differs);
        int[] beyond = [.. _report.Findings.Where(f => !_confirmed.Contains(f.Number) && f.BodyOffset >= MessageSearch.MostBody - NeedleSet.MaxNeedle).Select(f => f.Number)];
        return new(_confirmed.Count, [.. _report.Findings.Select(f => f.Number).Where(n => !_confirmed.Contains(n)).Except(beyond)], beyond, differs);
    }

    /// <summary>Without the owner's values no byte is identified; what was captured is the same all the same.</summary>
    private void Sums(AuditResult? captures, DumpRun? dumps, List<string> differs)
    {
        long sent = 0, got = 0;
        Conversation[] all = [.. captures?.Conversations ?? [], .. captures?.Folded ?? [], .. dumps?.Conversations ?? []];
        foreach (var conversation in all)
        {
            if (conversation.Phone is not { } phone) continue;
            sent += All(conversation, phone);
            got += All(conversation, phone == Side.Client ? Side.Server : Side.Client);
        }
        if (sent != _report.Up.All) differs.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the phone sent {sent:N0} bytes, the report says {_report.Up.All:N0}"));
        if (got != _report.Down.All) differs.Add(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the phone was sent {got:N0} bytes, the report says {_report.Down.All:N0}"));
    }

    private static long All(Conversation conversation, Side side) => conversation[side].Headers + conversation[side].Repeated + conversation.Tally[side].Total;
}
