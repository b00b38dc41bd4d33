using System.Globalization;
using System.Text;

namespace Candor.Formats.Notes;

/// <summary>Merges the lines of a body. Line endings do not take part: lines are compared without them and written with "\n".</summary>
internal sealed class LineMerge(string olderLabel, string newerLabel, bool hasBasis)
{
    private const int MaxTokens = 20_000;

    private readonly List<string> merged = [];
    private bool endsOpen;

    public int Conflicts { get; private set; }

    /// <summary>The merged lines; the last one is closed unless the versions agree that it is not.</summary>
    public string Text => merged.Count == 0 ? "" : string.Join('\n', merged) + (endsOpen ? "" : "\n");

    public void Run(string? basisText, string olderText, string newerText)
    {
        var older = Lines(olderText, out var olderOpen);
        var newer = Lines(newerText, out var newerOpen);
        var basisOpen = false;
        var basis = basisText is null ? TextMerge.Common(older, newer) : Lines(basisText, out basisOpen);
        endsOpen = olderOpen == newerOpen ? newerOpen : basisText is not null && (olderOpen == basisOpen ? newerOpen : olderOpen);
        foreach (var chunk in TextMerge.Compare(basis, older, newer, touching: false))
        {
            if (chunk.By == ChangedBy.BothDifferently)
                Resolve(basis[chunk.Basis], older[chunk.Older], newer[chunk.Newer]);
            else if (chunk.By == ChangedBy.Older)
                merged.AddRange(older[chunk.Older]);
            else
                merged.AddRange(newer[chunk.Newer]);
        }
    }

    /// <summary>Keeps a field's value that lost to a newer one, at the end of the note.</summary>
    public void AddOverruled(string key, string lines)
    {
        var quoted = new List<string> { $"> **Two versions of {key}**", ">", $"> *{olderLabel}* has:", ">", "> ```yaml" };
        quoted.AddRange(Lines(lines, out _).Select(line => "> " + line));
        quoted.Add("> ```");
        AddBlock(quoted);
        Conflicts++;
        endsOpen = false;
    }

    private void Resolve(List<string> basis, List<string> older, List<string> newer)
    {
        if (hasBasis && basis.Count == 0)
            Union(older, newer);
        else if (newer.Count > 0 && Contains(older, newer))
            merged.AddRange(older);
        else if (older.Count > 0 && Contains(newer, older))
            merged.AddRange(newer);
        else if (hasBasis && older.Count > 0 && newer.Count > 0 && MergeWords(basis, older, newer) is { } words)
            merged.AddRange(words);
        else
            AddConflict(older, newer);
    }

    /// <summary>Both wrote something new at one place: first the older, then the newer, and what is the same at either end once.</summary>
    private void Union(List<string> older, List<string> newer)
    {
        int head = 0, tail = 0;
        var shorter = Math.Min(older.Count, newer.Count);
        while (head < shorter && older[head] == newer[head])
            head++;
        while (tail < shorter - head && older[^(tail + 1)] == newer[^(tail + 1)])
            tail++;
        merged.AddRange(older[..^tail]);
        // Two paragraphs that shared the blank line after or before them still need one between.
        var between = tail > 0 ? older[^tail] : head > 0 ? older[head - 1] : null;
        if (head + tail < shorter && between is not null && string.IsNullOrWhiteSpace(between))
            merged.Add(between);
        merged.AddRange(newer[head..]);
    }

    private static bool Contains(List<string> outer, List<string> inner)
    {
        for (var start = 0; start + inner.Count <= outer.Count; start++)
        {
            var at = 0;
            while (at < inner.Count && outer[start + at] == inner[at])
                at++;
            if (at == inner.Count)
                return true;
        }
        return false;
    }

    private static List<string>? MergeWords(List<string> basis, List<string> older, List<string> newer)
    {
        var (was, left, right) = (Tokens(basis), Tokens(older), Tokens(newer));
        if (was.Count + left.Count + right.Count > MaxTokens)
            return null;
        var words = new StringBuilder();
        foreach (var chunk in TextMerge.Compare(was, left, right, touching: true))
        {
            if (chunk.By == ChangedBy.BothDifferently)
                return null;
            foreach (var token in chunk.By == ChangedBy.Older ? left[chunk.Older] : right[chunk.Newer])
                words.Append(token);
        }
        return [.. words.ToString().Split('\n')];
    }

    /// <summary>Words of letters and digits; every other character, and every ideograph, by itself.</summary>
    private static List<string> Tokens(List<string> lines)
    {
        var text = string.Join('\n', lines);
        var tokens = new List<string>();
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            var end = at + StringInfo.GetNextTextElementLength(text, at);
            var inWord = IsWord(text[at]);
            if (!inWord && at > start)
                tokens.Add(text[start..at]);
            if (!inWord)
                tokens.Add(text[at..end]);
            start = inWord ? start : end;
            at = end;
        }
        if (start < text.Length)
            tokens.Add(text[start..]);
        return tokens;
    }

    /// <summary>Scripts that put spaces between words; from U+2E80 on they mostly do not.</summary>
    private static bool IsWord(char letter) => letter < '\u2E80' && char.IsLetterOrDigit(letter);

    private void AddConflict(List<string> older, List<string> newer)
    {
        Conflicts++;
        var block = new List<string> { "> **Two versions of this passage**" };
        AddVersion(block, olderLabel, older);
        AddVersion(block, newerLabel, newer);
        AddBlock(block);
    }

    private static void AddVersion(List<string> block, string label, List<string> lines)
    {
        block.Add(">");
        if (lines.TrueForAll(string.IsNullOrWhiteSpace))
        {
            block.Add($"> *{label}* took it out.");
            return;
        }
        block.Add($"> *{label}*:");
        block.Add(">");
        block.AddRange(lines.Select(line => line.Length == 0 ? ">" : "> " + line));
    }

    private void AddBlock(List<string> block)
    {
        if (merged.Count > 0 && merged[^1].Length > 0)
            merged.Add("");
        merged.AddRange(block);
        merged.Add("");
    }

    private static List<string> Lines(string text, out bool endsOpen)
    {
        var lines = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = FrontMatter.LineEnd(text, start);
            lines.Add(text.AsSpan(start, end - start).TrimEnd("\r\n").ToString());
            start = end;
        }
        endsOpen = text.Length > 0 && text[^1] is not ('\n' or '\r');
        return lines;
    }
}
