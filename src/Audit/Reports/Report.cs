using System.Text.Json;
using System.Text.Json.Serialization;

namespace Candor.Audit.Reports;

/// <summary>An audit's outcome as a document: what docs/audit-report.schema.json describes. Values are masked unless the owner asked for them.</summary>
/// <remarks>Times are ISO 8601 in UTC, empty where not known. Bytes are those of the wire, or for dumps without packets those of the file.</remarks>
public sealed record Report
{
    public const string CurrentFormat = "candor-audit-report/1";

    public string Format { get; init; } = CurrentFormat;

    public string Made { get; init; } = "";

    /// <summary>Hex; with the capture it proves each finding again: SHA-256(salt, bytes).</summary>
    public string Salt { get; init; } = "";

    /// <summary>Whether values stand in it in the clear.</summary>
    public bool ShowsValues { get; init; }

    public IReadOnlyList<ReportFile> Files { get; init; } = [];

    public ReportPhone Phone { get; init; } = new([], "unknown");

    public ReportSums Up { get; init; } = new();

    public ReportSums Down { get; init; } = new();

    public ReportSums Others { get; init; } = new();

    public IReadOnlyList<ReportFlow> Flows { get; init; } = [];

    public IReadOnlyList<ReportFinding> Findings { get; init; } = [];

    public IReadOnlyList<ReportClaim> Claims { get; init; } = [];

    public IReadOnlyList<ReportConsent> Consents { get; init; } = [];

    /// <summary>Null: no log of an account was given.</summary>
    public ReportAccountLog? AccountLog { get; init; }

    /// <summary>Null: no ledger was given.</summary>
    public ReportLedger? Ledger { get; init; }

    public ReportCounters Counters { get; init; } = new();

    /// <summary>Data sets that answers come from, each with its date.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>What no capture shows; in every report.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Null where the bytes are no report of this format.</summary>
    public static Report? Read(ReadOnlySpan<byte> json)
    {
        try
        {
            var report = JsonSerializer.Deserialize(json, ReportJson.Default.Report);
            return report?.Format == CurrentFormat && report.IsWhole ? report : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or NotSupportedException)
        {
            return null;
        }
    }

    /// <summary>Lists and texts may be null in a document that somebody made.</summary>
    private bool IsWhole => AccountLog?.IsWhole != false && Files is not null && Flows is not null && Findings is not null && Claims is not null && Consents is not null && Sources is not null && Limits is not null && Salt is not null && Made is not null
        && Phone?.Addresses is not null && Up is not null && Down is not null && Others is not null && Counters is not null
        && Files.All(f => f is { Name: not null, Format: not null, Sha256: not null }) && Flows.All(f => f?.IsWhole == true) && Findings.All(f => f?.IsWhole == true) && Claims.All(c => c is { Id: not null, Says: not null, Verdict: not null, Evidence: not null, Notes: not null } && c.Notes.All(n => n is not null) && c.Evidence.All(e => e is { What: not null, File: not null, Time: not null }))
        && Ledger?.IsWhole != false && Consents.All(c => c is { Time: not null, Purpose: not null, From: not null }) && Sources.All(s => s is not null) && Limits.All(l => l is not null);

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, ReportJson.Default.Report);

    /// <summary>Piece by piece: of many conversations it is long.</summary>
    public void Write(Stream to) => JsonSerializer.Serialize(to, this, ReportJson.Default.Report);

    /// <summary>As a value within another document, in that one's form.</summary>
    public void Write(Utf8JsonWriter to) => JsonSerializer.Serialize(to, this, ReportJson.Default.Report);
}

/// <summary>A file that was read. <paramref name="Sha256"/> is of the file as it lies on the disk; empty where it was not computed.</summary>
public sealed record ReportFile(string Name, string Format, long Bytes, long Messages, string First, string Last, string Sha256, string? Fault);

/// <summary>The phone's addresses, and how they are known: "given", "marked", "inferred", "unknown", "dump".</summary>
public sealed record ReportPhone(IReadOnlyList<string> Addresses, string From);

/// <summary>Bytes by class. The whole is what was captured: headers + repeated + the four classes.</summary>
public sealed record ReportSums(long Packets = 0, long Headers = 0, long Repeated = 0, long Explained = 0, long Identified = 0, long Undetermined = 0, long Damaged = 0, long Missing = 0)
{
    [JsonIgnore]
    public long All => unchecked(Headers + Repeated + Explained + Identified + Undetermined + Damaged);

    public static ReportSums operator +(ReportSums a, ReportSums b) => unchecked(new(a.Packets + b.Packets, a.Headers + b.Headers, a.Repeated + b.Repeated, a.Explained + b.Explained, a.Identified + b.Identified,
        a.Undetermined + b.Undetermined, a.Damaged + b.Damaged, a.Missing + b.Missing));

    public static ReportSums Add(ReportSums left, ReportSums right) => left + right;
}

/// <summary>What one data set says of an address.</summary>
public sealed record ReportCountry(string Source, string Date, string Says, string? Country);

/// <summary>A conversation of the phone's.</summary>
public sealed record ReportFlow
{
    public int Number { get; init; }

    public string File { get; init; } = "";

    /// <summary>Its name as it says itself, or the latest that was looked up for its address; empty.</summary>
    public string Host { get; init; } = "";

    public string Address { get; init; } = "";

    public int Port { get; init; }

    public string App { get; init; } = "";

    public IReadOnlyList<string> Layers { get; init; } = [];

    public string First { get; init; } = "";

    public string Last { get; init; } = "";

    public long Frame { get; init; }

    /// <summary>"up": the phone opened it; "down": it was opened to the phone; "": between others.</summary>
    public string Direction { get; init; } = "";

    public ReportSums Up { get; init; } = new();

    public ReportSums Down { get; init; } = new();

    public long Requests { get; init; }

    public string Domain { get; init; } = "";

    public string Operator { get; init; } = "";

    /// <summary>Country of the operator's legal seat.</summary>
    public string Seat { get; init; } = "";

    public string Class { get; init; } = "";

    /// <summary>"internet", "lan", "loopback", "many".</summary>
    public string Scope { get; init; } = "";

    /// <summary>The network that announces the address: "AS45102 Alibaba (US) Technology Co., Ltd."; empty: not known.</summary>
    public string Network { get; init; } = "";

    /// <summary>In words, with disagreement and anycast.</summary>
    public string Country { get; init; } = "";

    public IReadOnlyList<ReportCountry> Countries { get; init; } = [];

    /// <summary>The true name may be hidden (encrypted ClientHello).</summary>
    public bool NameHidden { get; init; }

    public IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>For a table: the host, or the address where there is none.</summary>
    [JsonIgnore]
    public string Called => Host.Length > 0 ? Host : Address.Length > 0 ? Address : "(no name)";

    internal bool IsWhole => File is not null && Host is not null && Address is not null && App is not null && Layers is not null && First is not null && Last is not null && Direction is not null && Up is not null && Down is not null
        && Domain is not null && Operator is not null && Seat is not null && Class is not null && Scope is not null && Network is not null && Country is not null && Countries is not null && Remarks is not null
        && Layers.All(l => l is not null) && Remarks.All(r => r is not null) && Countries.All(c => c is { Source: not null, Date: not null, Says: not null });
}

/// <summary>A finding with all that is needed to find it again.</summary>
public sealed record ReportFinding
{
    public int Number { get; init; }

    /// <summary>The phone sent it. False: it was sent to it, or by others; no upload.</summary>
    public bool Sent { get; init; }

    /// <summary>Whether it counts: not a placeholder, and not a mere possibility without a list.</summary>
    public bool Counts { get; init; }

    public string What { get; init; } = "";

    /// <summary>Of the owner file; empty for what was found without a list.</summary>
    public string Label { get; init; } = "";

    public string Form { get; init; } = "";

    public string Confidence { get; init; } = "";

    public string Masked { get; init; } = "";

    /// <summary>Only where the owner asked: the bytes as text, and what stands around them.</summary>
    public string? Before { get; init; }

    public string? Value { get; init; }

    public string? After { get; init; }

    /// <summary>Every decoding from the body to it.</summary>
    public string Chain { get; init; } = "";

    public string File { get; init; } = "";

    public int Flow { get; init; }

    public string Host { get; init; } = "";

    public string Request { get; init; } = "";

    public string Part { get; init; } = "";

    public long Exchange { get; init; }

    public long Frame { get; init; }

    public string Time { get; init; } = "";

    /// <summary>In the side's byte stream.</summary>
    public long Offset { get; init; }

    /// <summary>In the body.</summary>
    public int BodyOffset { get; init; }

    public int BodyLength { get; init; }

    /// <summary>In the last view of the chain: what <see cref="Proof"/> is of.</summary>
    public int ViewOffset { get; init; }

    public int ViewLength { get; init; }

    public string Proof { get; init; } = "";

    /// <summary>Nobody had to open anything to read it.</summary>
    public bool Open { get; init; }

    /// <summary>The published key that hid it.</summary>
    public string? Obfuscation { get; init; }

    internal bool IsWhole => What is not null && Label is not null && Form is not null && Confidence is not null && Masked is not null && Chain is not null && File is not null && Host is not null && Request is not null && Part is not null
        && Time is not null && Proof is not null;
}

/// <summary>A claim with its verdict: "upheld in readable bytes", <see cref="NothingSent"/>, "contradicted", "undetermined".</summary>
public sealed record ReportClaim(string Id, string Says, string Verdict, long Readable, long Undetermined, long Against, IReadOnlyList<ReportEvidence> Evidence, IReadOnlyList<string> Notes)
{
    public const string NothingSent = "upheld: nothing in scope was sent in this capture";
}

/// <summary>Evidence against a claim; <paramref name="Finding"/> is its number, 0 where it is no finding.</summary>
public sealed record ReportEvidence(string What, string File, int Flow, long Frame, string Time, int Finding);

/// <summary>A consent that was given or withdrawn, and who says so.</summary>
public sealed record ReportConsent(string Time, bool Given, string Purpose, string From = "")
{
    /// <summary>In one sentence, wherever such marks are shown.</summary>
    public const string OfRecordings = "A mark in a recording is part of it: whoever could send from the phone, its maker too, or had the file could have made it. It counts only where neither the owner file nor an account log speaks of the same.";

    /// <summary>It stands in the recording itself.</summary>
    public bool InRecording { get; init; }

    /// <summary>False: others speak of the same purpose, so it was not used.</summary>
    public bool Counts { get; init; } = true;

    /// <summary>For a line: "cloud given (the owner file)".</summary>
    [JsonIgnore]
    public string Says => $"{(Purpose.Length > 0 ? Purpose : "everything")} {(Given ? "given" : "withdrawn")}{(From.Length > 0 ? $" ({From}{(Counts ? "" : "; not used")})" : "")}";
}

/// <summary>The log of a Candor account that consents are from: what it is, and what of it was checked and what was not.</summary>
public sealed record ReportAccountLog(string Says, IReadOnlyList<string> Checked, IReadOnlyList<string> NotChecked)
{
    internal bool IsWhole => Says is not null && Checked is not null && NotChecked is not null && Checked.Concat(NotChecked).All(s => s is not null);
}

/// <summary>What was counted beside the findings: nothing is left out in silence.</summary>
public sealed record ReportCounters(long Needles = 0, long LeftOutForms = 0, long Requests = 0, long RepeatedFindings = 0, long DroppedFindings = 0, long ExhaustedBodies = 0, long MisDeclaredBodies = 0, long OtherFlows = 0, IReadOnlyList<string>? MissingPhotos = null);

/// <summary>Reports as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, WriteIndented = true)]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(ReportLedger))]
public sealed partial class ReportJson : JsonSerializerContext;
