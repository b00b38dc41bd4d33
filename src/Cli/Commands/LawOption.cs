using System.CommandLine;
using Candor.Client.Accounts;
using Candor.Law;
using Candor.Protocol;

namespace Candor.Cli.Commands;

/// <summary>--law CODE: the law that a person chooses.</summary>
internal static class LawOption
{
    public static Option<string?> Make(string description) => new("--law") { Description = description, HelpName = "CODE" };

    /// <summary>What was typed, in small letters; null: nothing.</summary>
    /// <exception cref="UsageException">This program knows no such law.</exception>
    public static string? Read(string? typed) => typed is null || LawBook.Find(typed) is not null ? typed?.ToLowerInvariant() : throw new UsageException($"This program knows no law of {typed}. Those that it knows: candor law");

    /// <summary>The law that counts: the chosen one, else the one that the account was signed for, else the server's.</summary>
    public static string Of(string? chosen, Account account, ServerInfo server) => chosen ?? (account.SignedLaw is { Length: > 0 } signed ? signed : server.Law);
}
