namespace Candor.Audit.Search;

/// <summary>What an owner's value is. Claims name these words, in lower case with dashes.</summary>
public enum OwnerKind : byte
{
    OwnName,
    OwnNumber,
    OwnEmail,
    OwnAddress,
    ContactName,
    ContactNumber,
    ContactEmail,
    ContactAddress,
    Message,
    Photo,
    Imei,
    Imsi,
    Iccid,
    Serial,
    AndroidId,
    Mac,
    AdvertisingId,
    AccountId,
    OtherId,
    Place,
}

/// <summary>One thing that is the owner's and is looked for.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Label">How reports name it without showing it: "contact 3, number 1", "IMEI 2", or the name the file gives a place.</param>
/// <param name="Text">The value as the file has it; for a photo its path, for a place "latitude, longitude".</param>
/// <param name="Line">Of the owner file, from 1.</param>
public sealed record OwnerValue(OwnerKind Kind, string Label, string Text, int Line)
{
    /// <summary>For a place: degrees, WGS 84, north and east positive.</summary>
    public (double Latitude, double Longitude) At { get; init; }

    /// <summary>The person that a name, number, e-mail or address belongs to: 0 the owner, from 1 the contacts in their order.</summary>
    public int Person { get; init; }

    public override string ToString() => Label; // Never the value: it would end up in logs.
}

/// <summary>The owner agreed to something, or took it back, at a time.</summary>
/// <param name="Time">When.</param>
/// <param name="Given">False: withdrawn.</param>
/// <param name="Purpose">The maker's or the owner's word for what it is for: "contacts-sync", "diagnostics".</param>
/// <param name="Line">Of the owner file, from 1.</param>
public sealed record ConsentMark(DateTimeOffset Time, bool Given, string Purpose, int Line)
{
    /// <summary>Who says so: "the owner file", or a commit of an account log.</summary>
    public string From { get; init; } = "the owner file";

    /// <summary>It stands in the recording itself, where others could have put it.</summary>
    public bool InRecording { get; init; }
}

/// <summary>Something in an owner file that was not understood.</summary>
/// <param name="Line">From 1.</param>
/// <param name="What">What is wrong, to follow "line n".</param>
/// <param name="Do">What to do about it.</param>
public sealed record OwnerFault(int Line, string What, string Do)
{
    public override string ToString() => $"line {Line} {What}: {Do}";
}
