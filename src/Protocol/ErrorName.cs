namespace Candor.Protocol;

/// <summary>The closed list of error names of spec/http-api.md §2. Clients decide by the name alone.</summary>
public static class ErrorName
{
    public const string BadRequest = "bad-request";

    // Rules of spec/account-log.md §4.
    public const string CommitMalformed = "commit-malformed";
    public const string VersionUnknown = "version-unknown";
    public const string WrongAccount = "wrong-account";
    public const string HeadMoved = "head-moved";
    public const string HolderUnknown = "holder-unknown";
    public const string HolderRemoved = "holder-removed";
    public const string SignatureBad = "signature-bad";
    public const string SeqBad = "seq-bad";
    public const string TimeOrder = "time-order";
    public const string KindMixed = "kind-mixed";
    public const string ConsentRequired = "consent-required";
    public const string EpochStale = "epoch-stale";
    public const string ParentBad = "parent-bad";
    public const string HolderBad = "holder-bad";
    public const string KeyringBad = "keyring-bad";
    public const string VaultBad = "vault-bad";
    public const string GrantBad = "grant-bad";
    public const string EraseBad = "erase-bad";
    public const string GenesisBad = "genesis-bad";
    public const string PeopleBad = "people-bad";

    public const string PayloadBad = "payload-bad";
    public const string BlobMissing = "blob-missing";
    public const string ClockSkew = "clock-skew";
    public const string Replayed = "replayed";
    public const string DigestBad = "digest-bad";
    public const string WrongRegion = "wrong-region";
    public const string TooSoon = "too-soon";
    public const string RegistrationClosed = "registration-closed";
    public const string InviteBad = "invite-bad";
    public const string NotFound = "not-found";
    public const string AccountExists = "account-exists";
    public const string Erased = "erased";
    public const string LengthRequired = "length-required";
    public const string TooLarge = "too-large";
    public const string RateLimited = "rate-limited";
    public const string ServerError = "server-error";
    public const string QuotaExceeded = "quota-exceeded";
    public const string DiskFull = "disk-full";
    public const string Busy = "busy";
    public const string Restoring = "restoring";

    /// <summary>The type member of a problem document: this and the name.</summary>
    public const string Urn = "urn:candor:error:";
}
