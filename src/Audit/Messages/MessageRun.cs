using Candor.Audit.Bodies;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Search;

namespace Candor.Audit.Messages;

/// <summary>Where bytes that are looked at stand.</summary>
/// <param name="Conversation">Of the capture.</param>
/// <param name="Side">Who sent them.</param>
/// <param name="Exchange">Number of the message; -1 where there is none.</param>
/// <param name="Part">"head", "body", "stream", "datagram".</param>
/// <param name="Offset">Of the first byte in the side's stream.</param>
internal readonly record struct Place(Conversation Conversation, Side Side, long Exchange, string Part, long Offset);

/// <summary>Looks at the bytes of one place; what it answers stands in them.</summary>
internal delegate IReadOnlyList<Finding> Look(BodyTree tree, Place place);

/// <summary>What stands in bytes.</summary>
/// <param name="Findings">By their place.</param>
/// <param name="Unknown">Where no decoder knows what the bytes are.</param>
/// <param name="Exhausted">A limit ended the decoding.</param>
/// <param name="MisDeclared">They are not what their head declares.</param>
internal sealed record Seen(IReadOnlyList<Finding> Findings, Stretches Unknown, bool Exhausted, bool MisDeclared);

/// <summary>Looks at everything that a run reads: messages, streams and datagrams. One for all files of a report. Not thread-safe: one thread reads; what it reads is searched by others beside it.</summary>
public sealed class MessageRun
{
    /// <summary>Bytes of bodies that are held at one time: past that, bodies are searched as they pass and not decoded.</summary>
    private const long MostHeld = 96L << 20;

    /// <summary>Bodies, and bytes of them, whose search may be under way while reading goes on: their results are taken in the order of the bodies, each behind the same later one whatever the machine.</summary>
    private const int MostAhead = 128, MostAheadBytes = 4 << 20;

    private readonly Look _look;
    private readonly bool _beside;
    private readonly Queue<Search> _ahead = [];
    private readonly SightingBook _book = new();
    private readonly string?[] _known = new string?[4096];
    private long _held;
    private int _aheadBytes;

    private readonly record struct Search(Task<Seen> Looking, Action<Seen> Take, int Bytes);

    /// <param name="set">The owner's values; null to detect only.</param>
    /// <param name="salt">The report's.</param>
    /// <param name="detect">Whether to look for what is on no list too.</param>
    public MessageRun(NeedleSet? set, ReadOnlySpan<byte> salt, bool detect = true)
    {
        var search = new BodySearch(set, salt, detect);
        Salt = salt.ToArray();
        Sieve = set?.Sieve is { Count: > 0 } sieve ? sieve : null;
        _look = (tree, _) => search.Search(tree);
        _beside = true;
    }

    /// <summary>Looks in another way than for the owner's values, body after body on the reader's thread.</summary>
    internal MessageRun(Look look, ReadOnlySpan<byte> salt) => (_look, Salt) = (look, salt.ToArray());

    /// <summary>All that was seen so far.</summary>
    public SightingBook Book
    {
        get
        {
            Settle();
            return _book;
        }
    }

    internal byte[] Salt { get; }

    /// <summary>The needles, for what is too long to be held; null: there are none.</summary>
    internal NeedleSieve? Sieve { get; }

    /// <summary>Called for every decoded body before it is forgotten; for a comparison of runs.</summary>
    internal Action<BodyTree, Place, string>? Decoded { get; set; }

    /// <summary>Has everything in a run pass here.</summary>
    public void Join(Layering layering)
    {
        ArgumentNullException.ThrowIfNull(layering);
        layering.Messages = conversation => new MessageSearch(this, conversation);
        layering.OtherBytes = conversation => new StreamSearch(this, conversation);
        layering.OtherDatagrams = conversation => new DatagramSearch(this, conversation);
        layering.Settle = Settle;
        layering.Folded = _book.Fold;
    }

    /// <summary>Whether what this side says may be the phone's. Which side is the phone is known at the end only; the one that opened a conversation nearly always is.</summary>
    internal static bool MayBeSent(Conversation conversation, Side side) =>
        side == Side.Client || conversation.Guessed || conversation.Transport != 0 && conversation.Server.Address.Scope != Scope.Internet;

    /// <summary>Decodes and searches bytes, maybe while the caller reads on, and has the caller told what stands in them: by the caller's own thread, at a later call or <see cref="Settle"/>.</summary>
    /// <param name="bytes">Not to be changed until then.</param>
    /// <param name="declared">What their carrier says.</param>
    /// <param name="place">Where they stand.</param>
    /// <param name="request">In words.</param>
    /// <param name="take">Takes what was seen.</param>
    internal void Look(ReadOnlyMemory<byte> bytes, BodyDeclaration declared, Place place, string request, Action<Seen> take)
    {
        if (!_beside || Decoded is not null)
        {
            Settle();
            Take(See(bytes, declared, place, request), take);
            return;
        }
        _ahead.Enqueue(new(Task.Run(() => See(bytes, declared, place, request)), take, bytes.Length));
        _aheadBytes += bytes.Length;
        while (_ahead.Count > MostAhead || _aheadBytes > MostAheadBytes) TakeNext();
    }

    /// <summary>Waits for all that is under way, and tells it.</summary>
    internal void Settle()
    {
        while (_ahead.Count > 0) TakeNext();
    }

    private void TakeNext()
    {
        var next = _ahead.Dequeue();
        _aheadBytes -= next.Bytes;
        Take(next.Looking.GetAwaiter().GetResult(), next.Take);
    }

    private void Take(Seen seen, Action<Seen> take)
    {
        if (seen.Exhausted) _book.Exhausted++;
        if (seen.MisDeclared) _book.MisDeclared++;
        take(seen);
    }

    private Seen See(ReadOnlyMemory<byte> bytes, BodyDeclaration declared, Place place, string request)
    {
        var tree = BodyDecoder.Decode(bytes, declared);
        Decoded?.Invoke(tree, place, request);
        return new(_look(tree, place), Unread.In(tree, declared, place.Part), tree.Exhausted, tree.Root.Flag is not null);
    }

    /// <summary>A request that somebody sent: as it is kept.</summary>
    internal SentRequest Add(SentRequest request) => _book.AddRequest(request);

    /// <summary>The same text as one object, where it was among the latest that came: hosts, methods and addresses come again and again, and are kept.</summary>
    internal string Known(string text)
    {
        ref string? known = ref _known[unchecked((uint)text.GetHashCode(StringComparison.Ordinal)) % (uint)_known.Length];
        return known == text ? known : known = text;
    }

    /// <summary>What was found in bytes whose search has been told.</summary>
    internal void Add(Sighting sighting) => _book.Add(sighting);

    internal bool TryHold(int bytes)
    {
        if (_held + bytes > MostHeld) return false;
        _held += bytes;
        return true;
    }

    internal void LetGo(int bytes) => _held -= bytes;
}
