namespace Candor.Audit.Layers.Http;

/// <summary>A header or trailer field as it travelled. Octets that are not ASCII are kept one to one as U+0080 to U+00FF.</summary>
public readonly record struct HttpField(string Name, string Value);

/// <summary>The start of a request or an answer, of any version of HTTP.</summary>
public sealed class HttpHead
{
    /// <summary>As on the wire, "1.0", "1.1", "2" or "3"; empty where the source does not say.</summary>
    public string Version { get; init; } = "";

    /// <summary>Of a request; empty in an answer.</summary>
    public string Method { get; init; } = "";

    /// <summary>Of a request: path and query, or an absolute URL, or host:port for CONNECT. Undecoded.</summary>
    public string Target { get; init; } = "";

    /// <summary>Of a request: the Host field or :authority; empty if it has none.</summary>
    public string Authority { get; init; } = "";

    /// <summary>"http" or "https", by what carried it.</summary>
    public string Scheme { get; init; } = "";

    /// <summary>Of an answer; 0 in a request.</summary>
    public int Status { get; init; }

    /// <summary>In order, repeated ones as often as they came; without pseudo-fields.</summary>
    public IReadOnlyList<HttpField> Fields { get; init; } = [];

    /// <summary>Bytes the head took on the wire, its compressed size in HTTP/2 and 3: what a finding in it can claim at most.</summary>
    public int WireBytes { get; init; }

    public bool IsRequest => Status == 0;

    /// <summary>The first field of a name, which is compared without case; null if there is none.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var field in Fields)
            {
                if (field.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return field.Value;
            }
            return null;
        }
    }
}
