namespace Candor.Cli.Commands;

/// <summary>Four words on two screens, compared by the person before both: the server in the middle cannot make them the same.</summary>
internal static class WordComparison
{
    /// <summary>Shows the words and asks. --yes is no answer to this: it did not look at the other screen.</summary>
    public static async Task<bool> AskAsync(Session session, IReadOnlyList<string> words, string other, CancellationToken cancel)
    {
        NeedsAPerson(session);
        var error = session.Terminal.Error;
        await error.WriteLineAsync($"\n    {string.Join("   ", words)}\n");
        await error.WriteAsync($"Does {other} show the same four words, in this order? [y/N] ");
        return await session.ReadLineAsync(cancel) is { } answer && answer.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    /// <exception cref="HeldException">Nobody can compare them.</exception>
    public static void NeedsAPerson(Session session)
    {
        if (session.Terminal.CanAsk) return;
        throw new HeldException("Somebody has to compare four words on two screens, and nobody is here. Pair at a terminal, or use the 24 words: candor recover SERVER");
    }
}
