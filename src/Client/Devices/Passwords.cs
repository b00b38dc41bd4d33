using System.Globalization;
using Candor.Sealing;

namespace Candor.Client.Devices;

/// <summary>Passwords and account secrets as a person types them (spec/recovery-password.md).</summary>
public static class Passwords
{
    /// <summary>Shortest password that is set. Recovering takes any: a rule that changes must not lock anybody out.</summary>
    public const int Shortest = 12;

    /// <summary>Fewest different characters of one that is set.</summary>
    private const int Different = 6;

    /// <summary>Steps of one that two neighbours may be apart throughout: "abcdefghijkl", "987654321098".</summary>
    private const int Step = 1;

    /// <summary>Null where a password may be set; else a sentence that says what is wrong with it and why that matters.</summary>
    public static string? Trouble(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        if (CannotBeTyped(password) is { } trouble) return trouble;
        string why = "Whoever finds the kit has the account secret, and then only the password keeps the account shut: it must not be found by trying.";
        if (password.Length < Shortest)
        {
            return string.Create(CultureInfo.InvariantCulture, $"This password has {password.Length} characters; take at least {Shortest}, for example four or five words that do not belong together. {why}");
        }
        if (password.Distinct().Count() < Different) return $"This password repeats a few characters, which is what is tried first. Take at least {Different} different ones. {why}";
        return IsARow(password) ? $"This password is one row of neighbouring letters or digits, which is what is tried first. {why}" : null;
    }

    /// <summary>Null where a password can be typed the same way on any keyboard; else a sentence.</summary>
    internal static string? CannotBeTyped(string password) =>
        password.Length == 0 ? "There is no password here. Type it, or name a file whose first line it is."
        : password.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? "A password here has only letters without accents, digits, spaces and the signs of an English keyboard: others are written in more than one way, and another device may not write them as this one does."
        : password.Length > LongestPassword ? string.Create(CultureInfo.InvariantCulture, $"A password has at most {LongestPassword} characters.")
        : null;

    /// <summary>Null where the text is an account secret; else a sentence that says what is wrong with it.</summary>
    public static string? SecretTrouble(string typed)
    {
        ArgumentNullException.ThrowIfNull(typed);
        var result = AccountSecret.TryRead(typed, out var secret, out int unknown);
        secret?.Dispose();
        return result switch
        {
            AccountSecretResult.Read => null,
            AccountSecretResult.UnknownLetter => string.Create(CultureInfo.InvariantCulture, $"Letter {unknown + 1} of the account secret is none that it can have (there is no U in it). Compare it with the kit."),
            AccountSecretResult.WrongLength => "The account secret is eight groups of four letters and digits; this is more or less. Compare it with the kit.",
            AccountSecretResult.UnknownSuite => "This account secret was made by a newer program. Use that one, or a newer version of this.",
            _ => "The letters of the account secret do not belong together: one is another, or two changed places. Compare it with the kit.",
        };
    }

    /// <summary>The secret; the caller disposes it.</summary>
    /// <exception cref="DeviceException">With the sentence of <see cref="SecretTrouble"/>.</exception>
    internal static AccountSecret ReadSecret(string typed) =>
        AccountSecret.TryRead(typed, out var secret, out _) == AccountSecretResult.Read ? secret! : throw new DeviceException(SecretTrouble(typed)!);

    private const int LongestPassword = 1024;

    private static bool IsARow(string password)
    {
        for (int i = 1; i < password.Length; i++)
        {
            if (Math.Abs(char.ToLowerInvariant(password[i]) - char.ToLowerInvariant(password[i - 1])) > Step && !(password[i - 1] is '9' or '0' && password[i] is '9' or '0')) return false;
        }
        return true;
    }
}
