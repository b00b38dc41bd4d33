using System.Text;

namespace Candor.Audit.Where;

/// <summary>Who operates a host.</summary>
/// <param name="Name">The firm.</param>
/// <param name="Seat">Country of its legal seat, ISO 3166-1; what laws it answers to, wherever its servers stand.</param>
/// <param name="Class">What the host is for: "analytics", "advertising", "crash reports", "push", "location", "social", "system", "cloud", "hosting".</param>
/// <param name="Source">"trackhar" or "own", as operators.tsv explains them.</param>
public sealed record Operator(string Name, string Seat, string Class, string Source)
{
    /// <summary>Whether it is there to learn about the person rather than to do what the person asked for.</summary>
    public bool IsTracker => Class is "analytics" or "advertising" or "crash reports";
}

/// <summary>The table of operators that is shipped: small, dated, and not all of the world. A host that is not in it is "not known", never "harmless".</summary>
public static class Operators
{
    private static readonly Dictionary<string, Operator> s_all = Read();

    /// <summary>By the longest domain that the host is or is under; null: not known.</summary>
    public static Operator? Of(string host)
    {
        ArgumentNullException.ThrowIfNull(host);
        for (string rest = host.TrimEnd('.').ToLowerInvariant(); rest.Length > 0;)
        {
            if (s_all.TryGetValue(rest, out var found)) return found;
            int dot = rest.IndexOf('.', StringComparison.Ordinal);
            if (dot < 0) return null;
            rest = rest[(dot + 1)..];
        }
        return null;
    }

    public static int Count => s_all.Count;

    private static Dictionary<string, Operator> Read()
    {
        var all = new Dictionary<string, Operator>(StringComparer.Ordinal);
        using var resource = typeof(Operators).Assembly.GetManifestResourceStream("Candor.Audit.Where.operators.tsv") ?? throw new InvalidOperationException("operators.tsv is not in the assembly.");
        using var text = new StreamReader(resource, Encoding.UTF8);
        while (text.ReadLine() is { } line)
        {
            string[] parts = line.Split('\t');
            if (parts.Length == 5 && !line.StartsWith('#')) all[parts[0]] = new(parts[1], parts[2], parts[3], parts[4]);
        }
        return all;
    }
}
