using System.CommandLine;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>A password and an account secret between the program and a person: typed unseen, or read from a file.</summary>
internal static class PasswordDialog
{
    /// <summary>Longer than any password and its line's end.</summary>
    private const int LongestText = 4096;

    public static Option<string?> FromOption() => new("--password-from") { HelpName = "FILE", Description = "read the password from the first line of a file, or with - of what is piped in; for scripts" };

    public static Option<string?> SecretFromOption() => new("--secret-from") { HelpName = "FILE", Description = "read the account secret from a file, or with - from what is piped in; for scripts" };

    /// <summary>A new password, typed twice, or out of a file. Not a weak one.</summary>
    /// <exception cref="UsageException">Nobody is here to type it, or the one in the file is weak.</exception>
    public static async Task<string> NewAsync(Session session, string? from, CancellationToken cancel)
    {
        if (from is not null)
        {
            string given = await ReadLineAsync(session, from, cancel);
            return Passwords.Trouble(given) is { } weak ? throw new UsageException(weak) : given;
        }
        NeedsAPerson(session, "type a password", "--password-from FILE");
        var error = session.Terminal.Error;
        await error.WriteLineAsync($"""
            The password opens the account only together with its account secret, which your
            devices keep and the printed kit shows. At least {Passwords.Shortest} characters, with letters without
            accents, digits, spaces and signs.

            """);
        while (true)
        {
            string first = await HiddenAsync(session, "New password: ", cancel);
            if (Passwords.Trouble(first) is { } trouble)
            {
                await error.WriteLineAsync($"{trouble}\n");
                continue;
            }
            if (await HiddenAsync(session, "Once more:    ", cancel) == first) return first;
            await error.WriteLineAsync("That was not the same. Nothing was set; begin again.\n");
        }
    }

    /// <summary>The account secret and the password of an existing account.</summary>
    public static async Task<(string Secret, string Password)> AskAsync(Session session, string? secretFrom, string? passwordFrom, CancellationToken cancel)
    {
        if (secretFrom == "-" && passwordFrom == "-") throw new UsageException("Only one of the two can be piped in. Name a file for the other: --secret-from FILE or --password-from FILE");
        if (secretFrom is null || passwordFrom is null) NeedsAPerson(session, "type the account secret and the password", "--secret-from FILE and --password-from FILE");
        return (secretFrom is null ? await SecretAsync(session, cancel) : await SecretOfAsync(session, secretFrom, cancel),
            passwordFrom is null ? await HiddenAsync(session, "Password: ", cancel) : await ReadLineAsync(session, passwordFrom, cancel));
    }

    private static async Task<string> SecretOfAsync(Session session, string file, CancellationToken cancel)
    {
        string text = await ReadLineAsync(session, file, cancel);
        return Passwords.SecretTrouble(text) is { } trouble ? throw new UsageException($"{(file == "-" ? "What was piped in" : file)}: {trouble}") : text;
    }

    private static async Task<string> SecretAsync(Session session, CancellationToken cancel)
    {
        await session.Terminal.Error.WriteLineAsync("Type the account secret from your kit: eight groups of four letters and digits.");
        while (true)
        {
            string typed = await HiddenAsync(session, "Account secret (not shown): ", cancel);
            if (Passwords.SecretTrouble(typed) is not { } trouble) return typed;
            await session.Terminal.Error.WriteLineAsync($"{trouble}\n");
        }
    }

    private static async Task<string> HiddenAsync(Session session, string question, CancellationToken cancel)
    {
        await session.Terminal.Error.WriteAsync(question);
        return await session.ReadHiddenAsync(cancel) ?? throw new HeldException("The input ended before it was typed. Nothing was done; start again.");
    }

    private static async Task<string> ReadLineAsync(Session session, string file, CancellationToken cancel)
    {
        string text;
        if (file == "-")
        {
            char[] buffer = new char[LongestText];
            text = new(buffer, 0, await session.Terminal.In.ReadBlockAsync(buffer.AsMemory(), cancel));
        }
        else
        {
            if (new FileInfo(file) is { Exists: true, Length: > LongestText }) throw new UsageException($"{file} is too long to be a password or an account secret.");
            text = await File.ReadAllTextAsync(file, cancel);
        }
        int end = text.AsSpan().IndexOfAny('\r', '\n');
        return end < 0 ? text : text[..end];
    }

    private static void NeedsAPerson(Session session, string what, string instead)
    {
        if (!session.Terminal.CanAsk) throw new UsageException($"Nobody is here to {what}. In a script: {instead}");
    }
}
