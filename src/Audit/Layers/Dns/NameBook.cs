using Candor.Audit.Packets;

namespace Candor.Audit.Layers.Dns;

/// <summary>A name somebody in the capture asked for.</summary>
/// <param name="Name">As it was asked.</param>
/// <param name="First">Where first.</param>
/// <param name="File">In which capture.</param>
/// <param name="Client">Who asked first.</param>
public sealed record NameAsked(string Name, Origin First, string File, Endpoint Client)
{
    public long Count { get; set; } = 1;
}

/// <summary>The names that the captures looked up, and the addresses that answers gave for them. Bounded: what comes after it is full is counted, not kept.</summary>
public sealed class NameBook
{
    private const int MaxNames = 50_000, MaxAddresses = 50_000, NamesEach = 6;

    private readonly Dictionary<string, NameAsked> _asked = new(StringComparer.OrdinalIgnoreCase);
    // An array is never changed: conversations keep the one that they began with.
    private readonly Dictionary<Address, string[]> _names = [];

    /// <summary>In the order of their first question.</summary>
    public IEnumerable<NameAsked> Asked => _asked.Values.OrderBy(a => a.File, StringComparer.Ordinal).ThenBy(a => a.First.Frame);

    /// <summary>Questions and addresses that found no room.</summary>
    public long Dropped { get; private set; }

    /// <summary>The names that led to an address so far, the latest first. Not changed by what comes after.</summary>
    public IReadOnlyList<string> Of(Address address) => _names.TryGetValue(address, out var names) ? names : [];

    /// <summary>Takes what a message says.</summary>
    public void Take(DnsMessage message, Conversation conversation, Side side, Origin origin)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(conversation);
        foreach (var question in message.Questions)
        {
            if (_asked.TryGetValue(question.Name, out var asked))
            {
                if (!message.Answer) asked.Count++;
            }
            else if (_asked.Count < MaxNames) _asked[question.Name] = new(question.Name, origin, conversation.File, message.Answer == (side == Side.Server) ? conversation.Client : conversation.Server);
            else Dropped++;
        }
        if (!message.Answer || message.Questions.Count == 0) return;
        foreach (var address in message.Addresses) Add(address, message.Questions[0].Name);
    }

    /// <summary>A name that led to an address.</summary>
    public void Add(Address address, string name)
    {
        string[] names = _names.GetValueOrDefault(address, []);
        if (names is [var latest, ..] && latest.Equals(name, StringComparison.OrdinalIgnoreCase)) return;
        if (names.Length == 0 && _names.Count == MaxAddresses)
        {
            Dropped++;
            return;
        }
        _names[address] = [.. names.Where(n => !n.Equals(name, StringComparison.OrdinalIgnoreCase)).Prepend(name).Take(NamesEach)];
    }
}
