namespace Candor.Tests.Hostile;

/// <summary>Every attack of the table is run by a test, or there is a written reason why not.</summary>
public sealed class AttackTableTests
{
    [Fact]
    public void EveryAttackHasATestOrAReason()
    {
        foreach (var row in AttackTable.Rows)
        {
            bool tested = AttackTable.Tests[row.Id].Any();
            Assert.True(tested || row.Open.Length > 0, $"{row.Id} ({row.Attack}) has neither a test nor a reason. Name a test {row.Id}_… or say in attacks.json, as \"open\", why there is none.");
            Assert.True(!tested || row.Happens.Length > 0, $"{row.Id} ({row.Attack}) has a test: say in attacks.json, as \"happens\", what happens.");
        }
    }

    [Fact]
    public void TheTableHasEachAttackOnceInOrder()
    {
        Assert.Equal(111, AttackTable.Rows.Count);
        Assert.Equal(AttackTable.Rows.Count, AttackTable.Rows.Select(r => r.Id).Distinct().Count());
        foreach (var family in AttackTable.Rows.GroupBy(r => r.Id[0])) Assert.Equal(family.Select(r => r.Id).Order(StringComparer.Ordinal), family.Select(r => r.Id));
        Assert.All(AttackTable.Rows, r => Assert.All([r.Attack, r.Attacker, r.Test, r.Expected, r.Source], t => Assert.NotEmpty(t)));
    }

    [Fact]
    public void NoTestNamesAnAttackThatIsNotInTheTable()
    {
        var known = AttackTable.Rows.Select(r => r.Id).ToHashSet();
        Assert.Empty(AttackTable.Tests.Where(t => !known.Contains(t.Key)).SelectMany(t => t.Select(name => $"{name}: {t.Key}")));
    }

    [Fact]
    public void ThePageIsWhatTheTestsSay()
    {
        string page = AttackTable.Page();
        if (Environment.GetEnvironmentVariable("CANDOR_GOLDEN") == "write") File.WriteAllText(AttackTable.PageFile, page);
        Assert.True(File.Exists(AttackTable.PageFile) && File.ReadAllText(AttackTable.PageFile) == page, "docs/attacks.md is not current: run this test once with CANDOR_GOLDEN=write and read what changed.");
    }
}
