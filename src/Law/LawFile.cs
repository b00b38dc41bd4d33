using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Candor.Law;

/// <summary>Reads a file of <c>laws/</c>: keys with words or with keys again, and nothing else of YAML.</summary>
internal static class LawFile
{
    /// <exception cref="InvalidDataException">It is not such a file; the message says what of it.</exception>
    public static Jurisdiction Read(string text)
    {
        try
        {
            var parser = new Parser(new StringReader(text));
            parser.Consume<StreamStart>();
            parser.Consume<DocumentStart>();
            var root = Keys(parser, 0);
            parser.Consume<DocumentEnd>();
            parser.Consume<StreamEnd>();
            return Of(root);
        }
        catch (Exception broken) when (broken is not (InvalidDataException or OutOfMemoryException))
        {
            // The library's scanner falls over its own feet on some broken input.
            throw new InvalidDataException($"A law file is not YAML{(broken is YamlException { Start.Line: var line } ? $" in line {line}" : "")}.", broken);
        }
    }

    private static Jurisdiction Of(Dictionary<string, object> root)
    {
        var rules = Group(root, "rules");
        bool inside = Word(rules, "bytes") switch
        {
            "inside" => true,
            "free" => false,
            var other => throw new InvalidDataException($"bytes is inside or free, not {other}."),
        };
        var members = rules.ContainsKey("members") ? Group(rules, "members").ToDictionary(m => m.Key, m => Age((string)m.Value), StringComparer.Ordinal) : [];
        var cells = Group(root, "cells").Select(c => c.Value is Dictionary<string, object> cell ? new LawCell(c.Key, Word(cell, "text"), Word(cell, "certainty")) : throw new InvalidDataException($"{c.Key} has no text and certainty."));
        return new(Word(root, "code"), Word(root, "name"), Word(root, "statute"), Word(root, "sources"), [.. cells], inside, rules.ContainsKey("own_consent_age") ? Age(Word(rules, "own_consent_age")) : null, members);
    }

    private static int Age(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int age) && age is > 0 and <= LawRules.Strictest ? age : throw new InvalidDataException($"{text} is no age up to {LawRules.Strictest}.");

    private static string Word(Dictionary<string, object> keys, string key) =>
        keys.GetValueOrDefault(key) is string { Length: > 0 } word ? word : throw new InvalidDataException($"A law file says nothing under {key}.");

    private static Dictionary<string, object> Group(Dictionary<string, object> keys, string key) =>
        keys.GetValueOrDefault(key) is Dictionary<string, object> group ? group : throw new InvalidDataException($"A law file has no group {key}.");

    private static Dictionary<string, object> Keys(Parser parser, int depth)
    {
        if (depth > 3) throw new InvalidDataException("A law file is nested too deeply.");
        parser.Consume<MappingStart>();
        var keys = new Dictionary<string, object>(StringComparer.Ordinal);
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            string key = parser.Consume<Scalar>().Value;
            object value = parser.Accept<MappingStart>(out _) ? Keys(parser, depth + 1) : parser.Consume<Scalar>().Value;
            if (!keys.TryAdd(key, value)) throw new InvalidDataException($"A law file says {key} twice.");
        }
        return keys;
    }
}
