using Candor.Law;
using Candor.Log;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Server.Requests;

namespace Candor.Server.Law;

/// <summary>Where an account's bytes may be kept, decided before they are: this server's region is where its owner's signed word and its owner's law let them be, or they are refused (spec/law.md §2).</summary>
/// <remarks>Reading and leaving are never refused: who may not keep something here has to be able to take it away.</remarks>
public sealed class Residency(ServerSettings settings, ILogger<Residency> log)
{
    /// <summary>What the operator says of region and law contradicts itself; null: it does not.</summary>
    public static string? Contradiction(ServerSettings settings) =>
        LawRules.Refusing(settings.Law, settings.Region) is { } strict
            ? $"--law {settings.Law} keeps bytes inside {strict.Name} ({strict.Statute}: {strict.Cell("localisation")?.Text}), and --region says \"{settings.Region}\". A region begins with its country's code: --region \"{strict.Code} City\"."
            : null;

    /// <summary>A commit that would keep something here that may not be kept here; null: it may.</summary>
    /// <param name="commit">Checked by the rules of the log.</param>
    /// <param name="after">The account with it.</param>
    public Problem? Check(Commit commit, AccountState after)
    {
        foreach (var operation in commit.Operations)
        {
            // A region is signed for where it is: this server can keep nothing elsewhere.
            if (operation is Region region && (region.Name != settings.Region || !Fits(region.Law))) return Refuse();
            if (operation is Consent { On: true } consent && !Fits(consent.Law)) return Refuse();
        }
        return commit.Kind == Kind.None ? null : Check(after, commit.Author, commit.Kind);
    }

    /// <summary>Bytes of a kind that a device would have kept here.</summary>
    public Problem? Check(AccountState account, Id holder, Kind kind)
    {
        bool pinnedElsewhere = account.Region.Length > 0 && account.Region != settings.Region;
        string consented = account.Holders.GetValueOrDefault(holder)?.ConsentFor(kind)?.Law ?? "";
        return pinnedElsewhere || !Fits(account.Law) || !Fits(consented) ? Refuse() : null;
    }

    private bool Fits(string law) => LawRules.Refusing(law, settings.Region) is null;

    private Problem Refuse()
    {
        log.RegionRefused(settings.Region);
        return Problem.Of(ErrorName.WrongRegion);
    }
}

internal static partial class ResidencyLog
{
    [LoggerMessage(1201, LogLevel.Warning, "Refused bytes that may not be kept in {Region}: the account was signed for another region, or its law keeps them elsewhere")]
    public static partial void RegionRefused(this ILogger log, string region);
}
