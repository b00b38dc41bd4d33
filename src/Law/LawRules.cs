namespace Candor.Law;

/// <summary>What is decided by law: where an account's bytes may be kept, and from which age on a person consents for themselves.</summary>
/// <remarks>Source: spec/law.md. Where nothing is known the strictest counts.</remarks>
public static class LawRules
{
    /// <summary>The highest age of consent of all laws, in years: it counts where none is known.</summary>
    public const int Strictest = 18;

    /// <summary>The law that does not let bytes of its accounts be kept in a region; null: they may be.</summary>
    /// <param name="law">The account's law; one that is not in the book asks nothing.</param>
    /// <param name="region">Where they would be kept, beginning with a country's code (<see cref="CountryOf"/>). One that does not say its country is in none.</param>
    public static Jurisdiction? Refusing(string law, string region) =>
        LawBook.Find(law) is { BytesInside: true } strict && CountryOf(region) != strict.Code ? strict : null;

    /// <summary>The country that a region begins with, in small letters: "de" of "de", "DE-BE" and "de Berlin"; null where it begins with none.</summary>
    public static string? CountryOf(string region)
    {
        ArgumentNullException.ThrowIfNull(region);
        bool says = region.Length >= 2 && char.IsAsciiLetter(region[0]) && char.IsAsciiLetter(region[1]) && (region.Length == 2 || region[2] is '-' or ' ' or ',');
        return says ? region[..2].ToLowerInvariant() : null;
    }

    /// <summary>From this age on a person consents for themselves under a law; below it a parent or guardian does.</summary>
    /// <param name="law">A code; <see cref="Strictest"/> for one that is not known, or whose age is not.</param>
    public static int OwnConsentAge(string law)
    {
        if (LawBook.Find(law) is not { } found) return Strictest;
        foreach (var (member, age) in found.Members)
        {
            if (string.Equals(member, law, StringComparison.OrdinalIgnoreCase)) return age;
        }
        return found.OwnConsentAge ?? Strictest;
    }

    /// <summary>Who has to agree before anything of a person leaves a device.</summary>
    public static ConsentPath PathFor(string law, int age) => age >= OwnConsentAge(law) ? ConsentPath.Own : ConsentPath.Guardian;
}

/// <summary>Who consents.</summary>
public enum ConsentPath
{
    /// <summary>The person whose data it is.</summary>
    Own,

    /// <summary>A parent or guardian of that person.</summary>
    Guardian,
}
