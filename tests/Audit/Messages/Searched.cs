using Candor.Audit;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Http;
using Candor.Audit.Messages;
using Candor.Audit.Packets;
using Candor.Audit.Search;

namespace Candor.Tests.Audit.Messages;

/// <summary>A run over messages that a test makes, or over a capture that others made.</summary>
internal sealed class Searched
{
    public static readonly byte[] Salt = [.. Enumerable.Range(1, Finding.SaltSize).Select(i => (byte)i)];

    public Searched(string yaml, bool detect = false, Conversation? conversation = null)
    {
        var owner = OwnerFile.Read(yaml, out var faults);
        Assert.Empty(faults);
        Run = new(NeedleSet.Of(owner!), Salt, detect);
        Run.Join(Layering);
        Conversation = conversation ?? new() { Transport = 6, Client = End("192.168.1.7", 40000), Server = End("203.0.113.9", 443) };
        Conversation.Phone = Side.Client;
    }

    public Layering Layering { get; } = new();

    public MessageRun Run { get; }

    public Conversation Conversation { get; }

    /// <summary>When all is told.</summary>
    public ByteTally Tally
    {
        get
        {
            Run.Settle();
            return Conversation.Tally;
        }
    }

    public SightingBook Book => Run.Book;

    public static Endpoint End(string address, int port) => new(Address.TryRead(address)!.Value, port);

    /// <summary>One request, its body in pieces of a packet each.</summary>
    public void Post(string target, IReadOnlyList<HttpField> fields, params byte[][] pieces)
    {
        var sink = Layering.MessagesOf(Conversation);
        Conversation.Tally.Add(Side.Client, ByteClass.Explained, 200);
        sink.Head(0, Side.Client, new() { Method = "POST", Target = target, Authority = "api.example", Scheme = "https", Fields = fields, WireBytes = 200 }, 1000, new(1, 5));
        long at = 1200;
        for (int i = 0; i < pieces.Length; at += pieces[i++].Length) sink.Body(0, Side.Client, pieces[i], at, new(i + 2, 10 + i));
        sink.End(0, Side.Client, true, new(99, 99));
    }

    public static string CapturePath(string name)
    {
        string path = Path.GetFullPath(Path.Combine(Checkout.Root, "..", "shared", "captures", name));
        if (!File.Exists(path)) Assert.Skip($"{path} is not here: real captures are not part of the project.");
        return path;
    }

    public AuditResult Read(string name)
    {
        var run = new AuditRun(RealCaptures.WithoutKeys(Layering), []);
        Assert.True(run.TryRead(new MemoryStream(File.ReadAllBytes(CapturePath(name))), name, TestContext.Current.CancellationToken));
        var result = run.Finish();
        RealCaptures.AddsUp(result);
        return result;
    }
}
