using Candor.Audit.Layers;

namespace Candor.Audit.Ledgers;

/// <summary>Whether a recording and a ledger say the same.</summary>
public enum LedgerVerdict : byte
{
    /// <summary>Every byte that was recorded is in the ledger, or is what carries it: residual 0.</summary>
    Accounted,

    /// <summary>Without keys: what is encrypted is as long as the ledger says. Whether it is the same nobody can see.</summary>
    EqualInSize,

    /// <summary>Nothing contradicts the ledger, but something is missing in the recording.</summary>
    CannotProve,

    /// <summary>Something was sent that the ledger has not, or otherwise than it says, or the ledger itself is not whole.</summary>
    DoesNotAddUp,
}

/// <summary>Where recording and ledger differ.</summary>
/// <param name="Kind">"ledger-broken", "not-in-ledger", "not-in-recording", "differs", "another-host", "wrong-reason", "unexplained", "size".</param>
/// <param name="Line">Of the ledger, by its <c>seq</c>; 0: none.</param>
/// <param name="Conversation">Of the recording; null: none.</param>
/// <param name="Frame">Number of the packet; 0: none.</param>
/// <param name="Bytes">That nothing explains.</param>
/// <param name="What">In a sentence.</param>
public sealed record LedgerProblem(string Kind, long Line, Conversation? Conversation, long Frame, long Bytes, string What);

/// <summary>A line and the request that it is.</summary>
/// <param name="Line">Of the ledger.</param>
/// <param name="Request">Of the recording.</param>
/// <param name="Partial">The request broke off: its bytes are no more than the line says, and their hash says nothing.</param>
public sealed record LedgerMatch(LedgerRequest Line, WireRequest Request, bool Partial);

/// <summary>What the phone sent to one host of a ledger, in bytes of IP. Every one stands in one place: they add up to <see cref="Captured"/>.</summary>
public sealed class LedgerHost(string host)
{
    /// <summary>As the ledger has it.</summary>
    public string Host => host;

    public int Conversations { get; internal set; }

    public long Captured { get; internal set; }

    /// <summary>Headers of IP and TCP, with the packets that open, acknowledge and close.</summary>
    public long Headers { get; internal set; }

    /// <summary>Sent again, or recorded twice.</summary>
    public long Repeated { get; internal set; }

    /// <summary>Handshakes of TLS, and what its records add.</summary>
    public long Tls { get; internal set; }

    /// <summary>Request lines and headers that the ledger has.</summary>
    public long Heads { get; internal set; }

    /// <summary>Bodies that the ledger has, by length and hash.</summary>
    public long Bodies { get; internal set; }

    /// <summary>What HTTP/2 has around heads and bodies. HTTP/1 with a length, which is what a ledger counts, has nothing.</summary>
    public long Framing { get; internal set; }

    /// <summary>Encrypted, and not opened.</summary>
    public long Closed { get; internal set; }

    /// <summary>Messages about the network itself: ICMP.</summary>
    public long Network { get; internal set; }

    /// <summary>What nothing of this explains.</summary>
    public long Residual { get; internal set; }

    /// <summary>Packets in which its name was looked up; to whoever was asked, so not in <see cref="Captured"/>.</summary>
    public long Lookups { get; internal set; }

    /// <summary>What the streams had and the recording has not.</summary>
    public long Missing { get; internal set; }

    /// <summary>Least and most that <see cref="Closed"/> holds: tags and types are known, padding is not.</summary>
    public (long Least, long Most) Within { get; internal set; }

    /// <summary>Least and most that the ledger's lines without a request in the recording say: one that had no answer may never have left.</summary>
    public (long Least, long Most) Expected { get; internal set; }
}

/// <summary>A ledger held against a recording of the client that wrote it.</summary>
public sealed class Reconciliation
{
    public required LedgerFile Ledger { get; init; }

    public required LedgerVerdict Verdict { get; init; }

    public required IReadOnlyList<LedgerHost> Hosts { get; init; }

    /// <summary>Lines and requests that are each other's.</summary>
    public required IReadOnlyList<LedgerMatch> Matches { get; init; }

    public required IReadOnlyList<LedgerProblem> Problems { get; init; }

    /// <summary>What keeps it from being a proof, in words.</summary>
    public required IReadOnlyList<string> Doubts { get; init; }

    /// <summary>Lines from before or after the recording.</summary>
    public required long OutsideLines { get; init; }

    /// <summary>Lines within its time that no answer came to and that are not in it: the connection was never made.</summary>
    public required long NeverLeft { get; init; }

    /// <summary>What the phone sent to others than the ledger's hosts, in bytes of IP: of other programs, unless the recording is of this one alone.</summary>
    public required long Elsewhere { get; init; }

    public required int ElsewhereConversations { get; init; }

    /// <summary>Whoever recorded says that nothing else ran: then <see cref="Elsewhere"/> is part of <see cref="Residual"/>.</summary>
    public required bool Alone { get; init; }

    public long Residual => Hosts.Sum(h => h.Residual) + (Alone ? Elsewhere : 0);
}
