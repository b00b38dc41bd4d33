using System.Diagnostics.CodeAnalysis;

namespace Candor.Protocol;

/// <summary>What a vault holds. The numbers travel; 0 stands for the account itself (spec/ids.md §2).</summary>
public enum Kind
{
    None = 0,
    Contacts = 1,
    Notes = 2,
    Messages = 3,
    Photos = 4,
}

public static class Kinds
{
    /// <summary>Every kind that has a vault, in the order of their numbers.</summary>
    public static IReadOnlyList<Kind> All { get; } = [Kind.Contacts, Kind.Notes, Kind.Messages, Kind.Photos];

    public static bool IsVault(Kind kind) => kind is >= Kind.Contacts and <= Kind.Photos;

    /// <summary>The word a person types and a path carries: "contacts", "notes", "messages", "photos", or "none".</summary>
    public static string Word(this Kind kind) => kind switch
    {
        Kind.Contacts => "contacts",
        Kind.Notes => "notes",
        Kind.Messages => "messages",
        Kind.Photos => "photos",
        _ => "none",
    };

    public static bool TryParse([NotNullWhen(true)] string? word, out Kind kind)
    {
        kind = word switch
        {
            "contacts" => Kind.Contacts,
            "notes" => Kind.Notes,
            "messages" => Kind.Messages,
            "photos" => Kind.Photos,
            _ => Kind.None,
        };
        return kind != Kind.None;
    }

    /// <summary>A kind as the wire has it; false for 0 and for numbers without a meaning.</summary>
    public static bool TryParse(long number, out Kind kind)
    {
        kind = number is >= 1 and <= 4 ? (Kind)number : Kind.None;
        return kind != Kind.None;
    }
}
