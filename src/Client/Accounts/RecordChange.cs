using Candor.Client.Records;
using Candor.Protocol;

namespace Candor.Client.Accounts;

/// <summary>One revision to commit: of a record, replacing <paramref name="Parents"/>; null content removes it.</summary>
public sealed record RecordChange(Id Record, IReadOnlyList<Place> Parents, RecordPlaintext? Content)
{
    /// <summary>A change of the same record that goes just before this one, into the same commit, and that this one replaces too. So a device's own version and its merge travel together.</summary>
    public RecordChange? Onto { get; init; }

    /// <summary>Whatever the caller wants to find again when the change is acknowledged.</summary>
    public object? Tag { get; init; }
}

/// <summary>A change that the server acknowledged, and where it stands in the log.</summary>
public readonly record struct CommittedChange(RecordChange Change, Place Place);
