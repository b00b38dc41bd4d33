using System.Globalization;
using Candor.Sealing;

namespace Candor.Client.Devices;

/// <summary>The 24 words as a host shows them and a person types them (spec/recovery-phrase.md).</summary>
public static class RecoveryWords
{
    /// <summary>New words, separated by spaces. Whoever shows them once forgets them.</summary>
    public static string Generate()
    {
        using var phrase = RecoveryPhrase.Generate();
        return string.Join(' ', phrase.ToWords());
    }

    /// <summary>Null where the text is 24 words that belong together; else a sentence that says what is wrong with it.</summary>
    public static string? Trouble(string typed)
    {
        ArgumentNullException.ThrowIfNull(typed);
        var result = RecoveryPhrase.TryRead(typed, out var phrase, out int unknown);
        phrase?.Dispose();
        return result switch
        {
            PhraseResult.Read => null,
            PhraseResult.UnknownWord => string.Create(CultureInfo.InvariantCulture, $"Word {unknown + 1} is none of the 2,048 words of the list. Compare it with what you wrote down."),
            PhraseResult.WrongWordCount => "These are not 24 words. Type all of them, in order, with spaces between.",
            _ => "The words do not belong together: one is another word of the list, or two changed places. Compare them with what you wrote down.",
        };
    }

    /// <summary>Words as they were typed, each written out.</summary>
    /// <exception cref="DeviceException">With the sentence of <see cref="Trouble"/>.</exception>
    internal static IReadOnlyList<string> Written(string typed)
    {
        using var phrase = Read(typed);
        return phrase.ToWords();
    }

    /// <summary>The phrase; the caller disposes it.</summary>
    /// <exception cref="DeviceException">With the sentence of <see cref="Trouble"/>.</exception>
    internal static RecoveryPhrase Read(string typed) =>
        RecoveryPhrase.TryRead(typed, out var phrase, out _) == PhraseResult.Read ? phrase! : throw new DeviceException(Trouble(typed)!);
}
