using Candor.Client.Api;
using Candor.Law;
using Candor.Protocol;

namespace Candor.Client.Accounts;

/// <summary>Where the account's bytes may be kept.</summary>
public sealed partial class Account
{
    /// <summary>What the account was signed for; empty: nothing yet.</summary>
    public string SignedRegion => _state.Region;

    /// <summary>The law that it was signed for; empty: none yet.</summary>
    public string SignedLaw => _state.Law;

    /// <summary>Why nothing of this account may be kept in a region, in a sentence that says what to do; null: it may.</summary>
    /// <param name="region">Where the server says that it keeps bytes; empty: it does not say.</param>
    /// <param name="law">The law that the person chose.</param>
    public string? WhyNotIn(string region, string law)
    {
        if (LawRules.Refusing(law, region) is { } strict)
        {
            string says = region.Length > 0 ? $"says that it keeps them in \"{region}\"" : "does not say where it keeps them";
            return $"Under the law of {strict.Name} ({strict.Statute}) this account's bytes are kept in that country only, and this server {says}. Choose a server there, or the law of the place where you live: --law CODE (candor law lists them).";
        }
        return _state.Region.Length > 0 && region != _state.Region
            ? $"This account is signed for \"{_state.Region}\", and the server says that it keeps bytes in \"{region}\" now. Nothing is sent. Ask whoever runs it; if you agree to the move: candor region --accept"
            : null;
    }

    /// <summary>Signs the account for a region and a law: from here on its bytes are kept there and nowhere else.</summary>
    /// <exception cref="ServerRefusedException">wrong-region: the server keeps bytes elsewhere, or the law does not let them be kept there.</exception>
    public Task SignRegionAsync(string region, string law, CancellationToken cancel) => CommitAsync(Kind.None, () => ([new Region(region, law)], [], default), cancel);
}
