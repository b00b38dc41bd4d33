using Candor.Cli.Screens;
using Candor.Client.Devices;

namespace Candor.Cli.Commands;

/// <summary>The 24 words between the program and a person: shown once and typed back, typed in, or read from a file. None of them stays on the screen.</summary>
internal static class RecoveryDialog
{
    private const int Words = 24;

    /// <summary>Letters after which a word may be cut: no two words of the list share them.</summary>
    private const int Telling = 4;

    /// <summary>More than 24 words and their separators, however they are laid out.</summary>
    private const int LongestText = 4096;

    /// <exception cref="UsageException">Nobody is here to write words down.</exception>
    public static void NeedsAPerson(Session session)
    {
        if (session.Terminal.CanAsk) return;
        throw new UsageException(
            "A new account has 24 recovery words, and nobody is here to write them down. In a script, make them first:\n"
            + "  candor words > kit.txt\n  candor join SERVER --words-from kit.txt");
    }

    /// <summary>Makes words, shows them, and has them typed back: only then do they count.</summary>
    /// <exception cref="UsageException">Nobody is there to write them down.</exception>
    public static async Task<string> MakeAsync(Session session, CancellationToken cancel)
    {
        NeedsAPerson(session);
        string made = RecoveryWords.Generate();
        string[] words = made.Split(' ');
        var error = session.Terminal.Error;
        using var screen = new PassingScreen(session.Terminal);
        for (string trouble = ""; ;)
        {
            screen.Turn();
            await error.WriteAsync($"""
                {trouble}These 24 words open your account when every device is lost.
                Write them on paper, in order, and keep the paper where you keep your papers.
                Nobody else has them: not the server, not whoever runs it. They are shown once.

                {WordGrid.Of(words)}
                Press Enter when they are written down.
                """ + " ");
            if (await session.ReadLineAsync(cancel) is null) throw Ended();
            screen.Turn();
            await error.WriteLineAsync("Now type them from the paper. The first four letters of each are enough;\nas many on a line as you like. To see them again, press Enter on an empty line.\n");
            if (await TypedAsync(session, cancel) is not { } typed)
            {
                trouble = "";
                continue;
            }
            if (FirstDifference(words, typed) is not { } different) return made;
            trouble = $"Word {different + 1} on the paper is not the one that was shown. Look at it again.\n\n";
        }
    }

    /// <summary>Has the words of an existing account typed in.</summary>
    public static async Task<string> TypeAsync(Session session, CancellationToken cancel)
    {
        if (!session.Terminal.CanAsk) throw new UsageException("Nobody is here to type the 24 words. In a script, name the file that holds them: --words-from FILE");
        var error = session.Terminal.Error;
        using var screen = new PassingScreen(session.Terminal);
        for (string? trouble = null; ; screen.Turn())
        {
            if (trouble is not null) await error.WriteLineAsync(trouble + "\n");
            await error.WriteLineAsync("Type the 24 words of the account, in order, as many on a line as you like.\nThe first four letters of each are enough.\n");
            string[] typed;
            do typed = await TypedAsync(session, cancel) ?? [];
            while (typed.Length == 0);
            string text = string.Join(' ', typed);
            trouble = RecoveryWords.Trouble(text);
            if (trouble is null) return text;
        }
    }

    /// <summary>Reads them from a file, or from what is piped in where its name is "-".</summary>
    /// <exception cref="UsageException">They are no 24 words.</exception>
    public static async Task<string> ReadAsync(Session session, string file, CancellationToken cancel)
    {
        string text;
        if (file == "-")
        {
            char[] buffer = new char[LongestText];
            int length = await session.Terminal.In.ReadBlockAsync(buffer.AsMemory(), cancel);
            text = new(buffer, 0, length);
        }
        else
        {
            if (new FileInfo(file) is { Exists: true, Length: > LongestText }) throw new UsageException($"{file} is too long to be 24 words.");
            text = await File.ReadAllTextAsync(file, cancel);
        }
        return RecoveryWords.Trouble(text) is { } trouble ? throw new UsageException($"{(file == "-" ? "What was piped in" : file)}: {trouble}") : text;
    }

    /// <summary>Where what was typed is not what was shown; null: nowhere.</summary>
    internal static int? FirstDifference(IReadOnlyList<string> shown, IReadOnlyList<string> typed)
    {
        for (int i = 0; i < shown.Count; i++)
        {
            if (i >= typed.Count) return i;
            string word = typed[i].ToLowerInvariant();
            bool same = word == shown[i] || (word.Length >= Telling && shown[i].StartsWith(word, StringComparison.Ordinal));
            if (!same) return i;
        }
        return typed.Count > shown.Count ? shown.Count : null;
    }

    /// <summary>Reads lines until there are 24 words; null for an empty line.</summary>
    private static async Task<string[]?> TypedAsync(Session session, CancellationToken cancel)
    {
        var typed = new List<string>();
        while (typed.Count < Words)
        {
            await session.Terminal.Error.WriteAsync($"{typed.Count + 1,4}  ");
            string line = await session.ReadLineAsync(cancel) ?? throw Ended();
            string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) return null;
            typed.AddRange(words);
        }
        return [.. typed];
    }

    private static HeldException Ended() => new("The input ended before all 24 words were typed. Nothing was done; start again.");
}
