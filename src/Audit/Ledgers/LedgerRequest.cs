namespace Candor.Audit.Ledgers;

/// <summary>How a request ended, as a ledger says.</summary>
public enum LedgerAnswer : byte
{
    /// <summary>The ledger does not say: it ends before, or was torn.</summary>
    None,

    /// <summary>An answer came whole.</summary>
    Whole,

    /// <summary>No answer came, or it broke off.</summary>
    Cut,
}

/// <summary>A request that a ledger says left (spec/ledger.md).</summary>
public sealed class LedgerRequest
{
    /// <summary>Its line's own number, <c>seq</c>.</summary>
    public long Line { get; init; }

    /// <summary>Nanoseconds since 1970-01-01 UTC, as the client's clock had it; 0: it is no time.</summary>
    public long Time { get; init; }

    /// <summary>Name or address, and the port where it is not that of the scheme.</summary>
    public string Host { get; init; } = "";

    public string Purpose { get; init; } = "";

    /// <summary>Of the vault whose bytes are in the body, or "none".</summary>
    public string Kind { get; init; } = "";

    /// <summary>Index in the account log of the consent that allows it; -1: none is needed.</summary>
    public long Consent { get; init; }

    public string Method { get; init; } = "";

    public string Target { get; init; } = "";

    /// <summary>Bytes of the request line and headers with the blank line.</summary>
    public long Head { get; init; }

    public long Body { get; init; }

    /// <summary>Of the body, in hex.</summary>
    public string Sha256 { get; init; } = "";

    public LedgerAnswer Answer { get; internal set; }

    /// <summary>Of the answer; 0: none came.</summary>
    public int Status { get; internal set; }

    /// <summary>All that left for it, TLS and below aside.</summary>
    public long Bytes => Head + Body;

    /// <summary>It may have left in part, or not at all.</summary>
    public bool MayBeCut => Answer != LedgerAnswer.Whole;

    /// <summary>What is not right about its reason, in words; null: nothing. Its target says what a request is for (spec/http-api.md §3), whatever the client calls it.</summary>
    public string? WrongReason()
    {
        if (Kind != "none" && Consent < 0) return $"has {Kind} in its body and names no consent";
        string path = Target.Split('?', 2)[0];
        string[] parts = path.Split('/');
        string? meant = parts switch
        {
            ["", "v1", "server"] => "server",
            ["", "v1", "accounts"] or ["", "v1", "holders", ..] or ["", "v1", "pairings", ..] or ["", "v1", "accounts", _, "usage"] => "account",
            ["", "v1", "accounts", _, "blobs", ..] => "blob",
            ["", "v1", "accounts", _, "checkpoint" or "log" or "commits" or "payloads" or "events"] or ["", "v1", "accounts", _, "vaults", _] => "sync",
            _ => null,
        };
        if (meant is not null && meant != Purpose) return $"is said to be for \"{Purpose}\", and its target is one of \"{meant}\"";
        if (Method == "PUT" && parts is ["", "v1", "accounts", _, "blobs", var kind, _] && kind != Kind) return $"is said to hold \"{Kind}\", and its target is one of \"{kind}\"";
        return null;
    }
}
