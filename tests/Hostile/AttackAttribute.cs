using Xunit.v3;

namespace Candor.Tests.Hostile;

/// <summary>Rows of attacks.json that a test runs, where its name does not begin with their ids.</summary>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Class)]
public sealed class AttackAttribute(params string[] ids) : Attribute, ITraitAttribute
{
    public IReadOnlyList<string> Ids => ids;

    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [.. ids.Select(id => KeyValuePair.Create("Attack", id))];
}
