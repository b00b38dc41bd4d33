namespace Candor.Protocol;

/// <summary>How the payloads of a commit lie in its bundle: those of its inline puts, in their order, joined (spec/http-api.md §4–5).</summary>
public static class Bundle
{
    /// <summary>Where each payload lies, by the number of its operation. The ranges follow each other from 0; whether a bundle has that many bytes, the caller checks.</summary>
    /// <param name="commit">The commit.</param>
    /// <param name="leftOut">Numbers of operations whose payload is not in the bundle.</param>
    public static Dictionary<int, Range> Places(Commit commit, IReadOnlySet<int> leftOut)
    {
        var places = new Dictionary<int, Range>();
        int at = 0;
        for (int i = 0; i < commit.Operations.Count; i++)
        {
            if (commit.Operations[i] is not Put { IsInline: true } put || leftOut.Contains(i)) continue;
            places.Add(i, at..(at + put.Length));
            at += put.Length;
        }
        return places;
    }
}
