namespace Candor.Audit.Bodies;

/// <summary>What one body may cost.</summary>
/// <param name="Depth">Steps upon each other.</param>
/// <param name="Views">Of one body.</param>
/// <param name="Expanded">Bytes that all decoders of one body make together.</param>
public sealed record BodyLimits(int Depth = 14, int Views = 4096, int Expanded = 48 << 20)
{
    public static BodyLimits Default { get; } = new();
}

/// <summary>What the bytes' carrier says of them.</summary>
/// <param name="Encodings">As in Content-Encoding, in the order of the header: the last was put on last.</param>
/// <param name="MediaType">As in Content-Type, with its parameters.</param>
public sealed record BodyDeclaration(IReadOnlyList<string> Encodings, string MediaType = "")
{
    public static BodyDeclaration None { get; } = new([]);
}

/// <summary>All readings of one body.</summary>
public sealed class BodyTree
{
    internal BodyTree(BodyView root) => Root = root;

    /// <summary>The body as it was sent.</summary>
    public BodyView Root { get; }

    /// <summary>Every view, each after its parent.</summary>
    public IReadOnlyList<BodyView> All { get; internal set; } = [];

    /// <summary>A limit ended the decoding: there may be more in it than was searched, and reports say so.</summary>
    public bool Exhausted { get; internal set; }

    /// <summary>What is odd, with the view's chain: "declared gzip, is not".</summary>
    public IEnumerable<string> Flags => All.Where(view => view.Flag is not null).Select(view => view.Chain.Length == 0 ? view.Flag! : $"{view.Chain}: {view.Flag}");
}
