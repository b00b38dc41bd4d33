using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Dns;
using Candor.Audit.Packets;

namespace Candor.Audit;

/// <summary>A file that was read.</summary>
/// <param name="Name">As the caller named it.</param>
/// <param name="Format">"pcap" or "pcapng".</param>
/// <param name="Compressed">It was in gzip: the sums are of what it expands to.</param>
/// <param name="Frames">Packets.</param>
/// <param name="First">Nanoseconds since 1970-01-01 UTC of the earliest packet; 0: there is none.</param>
/// <param name="Last">Of the latest.</param>
/// <param name="Bytes">Where its bytes went; they add up to its length.</param>
/// <param name="Packets">Where the bytes of its packets went; they add up to <see cref="FileSums.Packets"/>.</param>
/// <param name="Lost">Packets that the recorder says it lost; null: it does not say.</param>
/// <param name="PutOut">Conversations that went on after they had to make room: each stands in the list as several.</param>
/// <param name="Fault">What is wrong with it; null: it is whole.</param>
public sealed record FileFacts(string Name, string Format, bool Compressed, long Frames, long First, long Last, FileSums Bytes, PacketSums Packets, long? Lost, long PutOut, string? Fault);

/// <summary>How it is known which addresses are the phone's.</summary>
public enum OwnerSource : byte
{
    /// <summary>No conversation has an address that could be it.</summary>
    Unknown,

    /// <summary>The person said so.</summary>
    Given,

    /// <summary>The capture marks its packets as outgoing.</summary>
    Marked,

    /// <summary>It opened the conversations with most bytes. A guess.</summary>
    Inferred,
}

/// <summary>Bytes of IP in one direction, and what is known of them. <see cref="Ip"/> = <see cref="Headers"/> + <see cref="Repeated"/> + the classes.</summary>
public struct DirectionSums
{
    public long Packets { get; set; }

    public long Ip { get; set; }

    /// <summary>IP and transport headers: explained.</summary>
    public long Headers { get; set; }

    /// <summary>Sent again: explained by the first copy.</summary>
    public long Repeated { get; set; }

    public long Gaps { get; set; }

    public long Cut { get; set; }

    public readonly ByteSums Classes => _classes;

    private ByteSums _classes;

    internal void Add(in SideSums side, in ByteSums classes)
    {
        Packets += side.Packets;
        Ip += side.IpBytes;
        Headers += side.Headers;
        Repeated += side.Repeated;
        Gaps += side.Gaps;
        Cut += side.Cut;
        _classes.Add(classes);
    }
}

/// <summary>What captures hold: who talked to whom, how much, and what is known of each byte.</summary>
/// <param name="Files">In the order they were read.</param>
/// <param name="Conversations">In the order of their files and first packets.</param>
/// <param name="Folded">Conversations beyond those that are kept, together by their ends and name.</param>
/// <param name="Owners">The phone's addresses.</param>
/// <param name="OwnersFrom">How they are known.</param>
/// <param name="Names">What was looked up.</param>
public sealed record AuditResult(IReadOnlyList<FileFacts> Files, IReadOnlyList<Conversation> Conversations, IReadOnlyList<Conversation> Folded, IReadOnlyList<Address> Owners, OwnerSource OwnersFrom, NameBook Names)
{
    /// <summary>Comments for the audit in the files, each with its file's name.</summary>
    public IReadOnlyList<(string File, CaptureComment Comment)> Comments { get; init; } = [];

    /// <summary>What the phone sent.</summary>
    public DirectionSums Up { get; private set; }

    /// <summary>What it was sent.</summary>
    public DirectionSums Down { get; private set; }

    /// <summary>Between others, or from and to nobody who is known to be the phone.</summary>
    public DirectionSums Others { get; private set; }

    internal void AddUp()
    {
        DirectionSums up = default, down = default, others = default;
        foreach (var conversation in Conversations.Concat(Folded))
        {
            foreach (var side in (Side[])[Side.Client, Side.Server])
            {
                ref var sums = ref conversation.Phone is { } phone ? ref side == phone ? ref up : ref down : ref others;
                sums.Add(conversation[side], conversation.Tally[side]);
            }
        }
        (Up, Down, Others) = (up, down, others);
    }
}
