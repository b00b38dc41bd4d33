namespace Candor.Law;

/// <summary>One thing that a law says, with its articles, and how certain that is.</summary>
/// <param name="Name">What it is about: "erasure".</param>
/// <param name="Text">What is known, with articles.</param>
/// <param name="Certainty">V: the source's text was seen; v: a secondary or partial source; M: from memory; U: unknown. Several where parts differ.</param>
public sealed record LawCell(string Name, string Text, string Certainty);

/// <summary>What one jurisdiction's data protection law asks, as a file of <c>laws/</c> has it. Facts with articles, not advice.</summary>
/// <param name="Code">As accounts and servers name it: "eu", "ru", "us-ca".</param>
/// <param name="Name">In English.</param>
/// <param name="Statute">The law's own name.</param>
/// <param name="Sources">Where the cells are from.</param>
/// <param name="Cells">In the file's order.</param>
/// <param name="BytesInside">True where bytes of accounts under this law are kept inside the jurisdiction only.</param>
/// <param name="OwnConsentAge">From this age on a person consents for themselves; null: not known.</param>
/// <param name="Members">Members with an age of their own, by their codes.</param>
public sealed record Jurisdiction(
    string Code, string Name, string Statute, string Sources, IReadOnlyList<LawCell> Cells, bool BytesInside, int? OwnConsentAge, IReadOnlyDictionary<string, int> Members)
{
    public LawCell? Cell(string name) => Cells.FirstOrDefault(c => c.Name == name);
}
