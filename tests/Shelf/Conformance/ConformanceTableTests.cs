using System.Reflection;

namespace Candor.Tests.Shelf.Conformance;

/// <summary>cases.txt: every case of the official suite has its test here, which runs, or a reason.</summary>
public class ConformanceTableTests
{
    [Fact]
    public void EveryCaseOfTheOfficialSuiteIsATestHereOrHasAReason()
    {
        var lines = File.ReadAllLines(Path.Combine(Checkout.Root, "tests", "Shelf", "Conformance", "cases.txt")).Where(l => l.Length > 0 && l[0] != '#').Select(l => l.Split(" = ", 2)).ToList();
        Assert.Equal(113, lines.Select(l => l[0]).Distinct().Count());
        Assert.Equal(5, lines.Count(l => l[1].StartsWith("not here: ", StringComparison.Ordinal)));
        var named = new HashSet<(string Test, string? Case)>();
        foreach (string[] line in lines.Where(l => !l[1].StartsWith("not here: ", StringComparison.Ordinal)))
        {
            string[] parts = line[1].TrimEnd(')').Split(" (", 2);
            var method = typeof(ConformanceTableTests).Assembly.GetType($"Candor.Tests.Shelf.Conformance.{parts[0].Split('.')[0]}")?.GetMethod(parts[0].Split('.')[1]);
            Assert.True(method is not null, $"{line[0]}: there is no {parts[0]}.");
            if (parts.Length == 1) Assert.True(method.GetCustomAttribute<FactAttribute>() is { Skip: null } and not TheoryAttribute, $"{parts[0]} is no fact that runs.");
            else Assert.True(CasesOf(method).Contains(parts[1]), $"{line[0]}: {parts[0]} has no case {parts[1]}.");
            named.Add((parts[0], parts.Length == 1 ? null : parts[1]));
        }
        // And no test here that the table does not name.
        foreach (var type in (Type[])[typeof(RefreshCases), typeof(RollbackCases), typeof(KeyCases), typeof(TargetCases)])
        {
            foreach (var method in type.GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null))
            {
                foreach (string? one in CasesOf(method).DefaultIfEmpty(null)) Assert.True(named.Contains(($"{type.Name}.{method.Name}", one)), $"{type.Name}.{method.Name} ({one}) is in no line of cases.txt.");
            }
        }
    }

    /// <summary>First arguments of a theory: what the suite calls the case.</summary>
    private static List<string?> CasesOf(MethodInfo method)
    {
        var cases = method.GetCustomAttributes<InlineDataAttribute>().Select(d => (string?)d.Data[0]).ToList();
        if (method.GetCustomAttribute<MemberDataAttribute>() is { } member) cases.AddRange(((System.Collections.IEnumerable)method.DeclaringType!.GetProperty(member.MemberName)!.GetValue(null)!).Cast<ITheoryDataRow>().Select(r => (string?)r.GetData()[0]));
        return cases;
    }
}
