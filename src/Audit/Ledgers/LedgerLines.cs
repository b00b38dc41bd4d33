using System.Globalization;
using Candor.Audit.Layers;

namespace Candor.Audit.Ledgers;

/// <summary>Finds for each request of a recording the line of the ledger that it is, each line once: first the ones that are equal in everything, then those that broke off, then those that only look alike.</summary>
internal sealed class LedgerLines
{
    private readonly Dictionary<(string Method, string Target), LinkedList<LedgerRequest>> _left = [];
    private readonly Func<Conversation, string, bool?> _goesTo;

    /// <param name="lines">Of the ledger.</param>
    /// <param name="goesTo">Whether a conversation is with a host as ledgers write it; null: not known.</param>
    public LedgerLines(IEnumerable<LedgerRequest> lines, Func<Conversation, string, bool?> goesTo)
    {
        _goesTo = goesTo;
        foreach (var line in lines)
        {
            var key = (line.Method, line.Target);
            if (!_left.TryGetValue(key, out var list)) _left[key] = list = [];
            list.AddLast(line);
        }
    }

    public List<LedgerMatch> Matches { get; } = [];

    public List<LedgerProblem> Problems { get; } = [];

    /// <summary>Requests that no line has.</summary>
    public List<WireRequest> Unknown { get; } = [];

    /// <summary>Lines that no request is.</summary>
    public List<LedgerRequest> Left => [.. _left.Values.SelectMany(l => l).OrderBy(l => l.Line)];

    /// <param name="requests">What the phone sent, in the order of packets.</param>
    public void Match(IEnumerable<WireRequest> requests)
    {
        List<WireRequest> rest = [];
        foreach (var request in requests)
        {
            if (Take(request, line => Same(line, request) && To(line, request)) is { } line) Matches.Add(new(line, request, Partial: false));
            else rest.Add(request);
        }
        foreach (var request in rest)
        {
            if (!request.Whole && Take(request, l => To(l, request) && SameHead(l, request) && request.Body <= l.Body) is { } cut) Matches.Add(new(cut, request, Partial: true));
            else if (Take(request, l => Same(l, request)) is { } moved) Problems.Add(Problem("another-host", moved, request, $"line {moved.Line} says that it went to {moved.Host}; it went to {Far(request)}"));
            else if (Take(request, l => To(l, request)) is { } other) Problems.Add(Problem("differs", other, request, Differs(other, request)));
            else Unknown.Add(request);
        }
    }

    internal static string Far(WireRequest request)
    {
        var root = request.Conversation.Root;
        string to = root.Phone == Side.Client ? root.Server.ToString() : root.Client.ToString();
        return request.Authority.Length > 0 && request.Authority != to ? $"{request.Authority} at {to}" : to;
    }

    private static LedgerProblem Problem(string kind, LedgerRequest line, WireRequest request, string what) => new(kind, line.Line, request.Conversation.Root, request.Origin.Frame, request.Bytes, what);

    private static bool SameHead(LedgerRequest line, WireRequest request) => !request.IsHttp1 || line.Head == request.Head;

    private static bool Same(LedgerRequest line, WireRequest request) => SameHead(line, request) && line.Body == request.Body && line.Sha256 == request.Sha256;

    private bool To(LedgerRequest line, WireRequest request) => line.Host.Equals(request.Authority, StringComparison.OrdinalIgnoreCase) && _goesTo(request.Conversation.Root, line.Host) != false;

    private LedgerRequest? Take(WireRequest request, Func<LedgerRequest, bool> fits)
    {
        if (!_left.TryGetValue((request.Method, request.Target), out var list)) return null;
        for (var node = list.First; node is not null; node = node.Next)
        {
            if (!fits(node.Value)) continue;
            list.Remove(node);
            return node.Value;
        }
        return null;
    }

    private static string Differs(LedgerRequest line, WireRequest request)
    {
        List<string> how = [];
        if (!SameHead(line, request)) how.Add(string.Create(CultureInfo.InvariantCulture, $"its head has {request.Head:N0} bytes, the line says {line.Head:N0}"));
        if (line.Body != request.Body) how.Add(string.Create(CultureInfo.InvariantCulture, $"its body has {request.Body:N0} bytes, the line says {line.Body:N0}"));
        else if (line.Sha256 != request.Sha256) how.Add("its body has another SHA-256");
        return $"{request.Method} {request.Target} is not as line {line.Line} says: {string.Join(", ", how)}";
    }
}
