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

/// <summary>Looks at everything that a run reads: messages, streams and datagrams. One for all files of a report. Not thread-safe.</summary>
public sealed class MessageRun
{
    /// <summary>Bytes of bodies that are held at one time: past that, bodies are searched as they pass and not decoded.</summary>
    private const long MostHeld = 96L << 20;

    private readonly Look _look;
    private long _held;

    /// <param name="set">The owner's values; null to detect only.</param>
    /// <param name="salt">The report's.</param>
    /// <param name="detect">Whether to look for what is on no list too.</param>
    public MessageRun(NeedleSet? set, ReadOnlySpan<byte> salt, bool detect = true)
    {
        var search = new BodySearch(set, salt, detect);
        Salt = salt.ToArray();
        Sieve = set?.Sieve is { Count: > 0 } sieve ? sieve : null;
        _look = (tree, _) => search.Search(tree);
    }

    /// <summary>Looks in another way than for the owner's values.</summary>
    internal MessageRun(Look look, ReadOnlySpan<byte> salt) => (_look, Salt) = (look, salt.ToArray());

    public SightingBook Book { get; } = new();

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
    }

    /// <summary>Whether what this side says may be the phone's. Which side is the phone is known at the end only; the one that opened a conversation nearly always is.</summary>
    internal static bool MayBeSent(Conversation conversation, Side side) =>
        side == Side.Client || conversation.Guessed || conversation.Transport != 0 && conversation.Server.Address.Scope != Scope.Internet;

    internal IReadOnlyList<Finding> Search(BodyTree tree, Place place, string request)
    {
        if (tree.Exhausted) Book.Exhausted++;
        if (tree.Root.Flag is not null) Book.MisDeclared++;
        Decoded?.Invoke(tree, place, request);
        return _look(tree, place);
    }

    internal bool TryHold(int bytes)
    {
        if (_held + bytes > MostHeld) return false;
        _held += bytes;
        return true;
    }

    internal void LetGo(int bytes) => _held -= bytes;
}
