using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Candor.Audit.Search;

/// <summary>One node of an owner file, with the line it stands on: a word, a list, or keys with nodes.</summary>
/// <param name="Line">From 1.</param>
/// <param name="Word">The text of a scalar; null for a list or keys.</param>
/// <param name="Items">The items of a list; null for anything else.</param>
/// <param name="Keys">The keys in their order; null for anything else.</param>
internal sealed record OwnerNode(int Line, string? Word, IReadOnlyList<OwnerNode>? Items, IReadOnlyList<(string Key, OwnerNode Value)>? Keys);

/// <summary>YAML as far as an owner file needs it: events of the library's parser, nothing expanded, no types made of tags.</summary>
internal static class OwnerYaml
{
    private const int MaxDepth = 8;
    private const int MaxNodes = 200_000;

    /// <summary>The root, or null and a fault that names the line.</summary>
    public static OwnerNode? Read(string text, out OwnerFault? fault)
    {
        fault = null;
        if (text.Length > OwnerFile.MaxLength)
            fault = new(1, $"is longer than {OwnerFile.MaxLength >> 20} MiB", "split it, or leave messages out");
        else if (text.IndexOf('\0') is >= 0 and var at)
            fault = new(text.AsSpan(0, at).Count('\n') + 1, "holds a NUL character", "save it as UTF-8 text");
        if (fault is not null)
            return null;
        var reader = new Reader(text);
        try
        {
            return reader.Document();
        }
        catch (YamlException broken)
        {
            fault = new((int)Math.Clamp(broken.Start.Line, 1, int.MaxValue), "is not YAML", "look for a missing colon, quote or blank on this line or the one before");
        }
        catch (FormatException refused)
        {
            fault = new(reader.Line, refused.Message, "write it as `candor audit plant` does: keys, lists and words, nothing else");
        }
        catch (Exception other) when (other is not OutOfMemoryException)
        {
            fault = new(reader.Line, "is not YAML", "look at this line and the one before"); // The scanner has been seen to fall over its own feet on broken input.
        }
        return null;
    }

    private sealed class Reader(string text)
    {
        private readonly Parser _parser = new(new StringReader(text));
        private int _nodes;

        public int Line { get; private set; } = 1;

        public OwnerNode Document()
        {
            Next<StreamStart>();
            if (Peek() is StreamEnd)
                return new(1, null, null, []);
            Next<DocumentStart>();
            var root = Node(0);
            Next<DocumentEnd>();
            if (Peek() is not StreamEnd)
                throw new FormatException("holds a second document");
            return root;
        }

        private OwnerNode Node(int depth)
        {
            if (++_nodes > MaxNodes) throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"has more than {MaxNodes} parts"));
            if (depth > MaxDepth) throw new FormatException("is nested too deeply");
            var line = LineOf(Peek());
            if (Peek() is NodeEvent { Anchor.IsEmpty: false } or AnchorAlias)
                throw new FormatException("uses an anchor or alias");
            switch (Take())
            {
                case Scalar scalar:
                    return new(line, scalar.Value, null, null);
                case SequenceStart:
                    List<OwnerNode> items = [];
                    while (Peek() is not SequenceEnd) items.Add(Node(depth + 1));
                    Take();
                    return new(line, null, items, null);
                case MappingStart:
                    List<(string, OwnerNode)> keys = [];
                    while (Peek() is not MappingEnd)
                    {
                        if (Take() is not Scalar key) throw new FormatException("has a key that is not a word");
                        keys.Add((key.Value, Node(depth + 1)));
                    }
                    Take();
                    return new(line, null, null, keys);
                default:
                    throw new FormatException("has something that is not a key, a list or a word");
            }
        }

        private ParsingEvent Peek()
        {
            if (_parser.Current is null && !_parser.MoveNext()) throw new FormatException("ends in the middle");
            Line = LineOf(_parser.Current!);
            return _parser.Current!;
        }

        private ParsingEvent Take()
        {
            var taken = Peek();
            _parser.MoveNext();
            return taken;
        }

        private void Next<T>()
        {
            if (Take() is not T) throw new FormatException("does not begin as a list of keys");
        }

        private static int LineOf(ParsingEvent current) => (int)Math.Clamp(current.Start.Line, 1, int.MaxValue);
    }
}
