using Candor.Audit.Captures;
using Candor.Audit.Layers;
using Candor.Audit.Packets;
using Candor.Audit.Streams;

namespace Candor.Audit;

/// <summary>Reads captures, one after another, and adds up what they hold.</summary>
/// <param name="layering">Who reads what; set up by the caller.</param>
/// <param name="owners">The phone's addresses; none: they are judged by what the captures hold.</param>
public sealed class AuditRun(Layering layering, IReadOnlyList<Address> owners)
{
    private const int MaxKept = 40_000, MaxFolded = 4096, MaxMixed = 1024, MaxWaiting = 4096;

    private readonly List<FileFacts> _files = [];
    private readonly List<Conversation> _conversations = [];
    // Beyond those that are kept: what is searched beside the reading may still be told of them, so they are put together many at a time.
    private readonly List<Conversation> _waiting = [];
    private readonly Dictionary<FoldKey, Conversation> _folded = [];
    private readonly Dictionary<string, Dictionary<Address, long>> _outgoing = [];
    private readonly List<(string File, CaptureComment Comment)> _comments = [];
    private FlowTable? _table;
    private string _name = "";

    /// <summary>Told the secrets that a file brings along, before its packets where the file can be read twice.</summary>
    public Action<CaptureSecrets>? Secrets { get; set; }

    /// <summary>Told now and then how many bytes of the file were read.</summary>
    public Action<long>? Progress { get; set; }

    /// <summary>Reads a capture to its end. False: it is none.</summary>
    /// <param name="file">From its start. One that can be read twice is, where it may bring secrets.</param>
    /// <param name="name">For the report.</param>
    /// <param name="cancel">Checked now and then.</param>
    public bool TryRead(Stream file, string name, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        int told = 0;
        CaptureReader? before = null;
        if (file.CanSeek)
        {
            long start = file.Position;
            before = CaptureReader.ReadSecrets(file);
            file.Position = start;
            foreach (var secrets in before?.Secrets ?? []) Secrets?.Invoke(secrets);
            told = before?.Secrets.Count ?? 0;
        }
        if (CaptureReader.TryOpen(file) is not { } reader) return false;
        foreach (var (address, called) in before?.Names ?? []) layering.Names.Add(address, called);
        var decoder = new PacketDecoder();
        _name = name;
        var table = _table = new FlowTable(layering, name, Keep, uid => reader.Apps.GetValueOrDefault(uid) ?? before?.Apps.GetValueOrDefault(uid) ?? decoder.Apps.GetValueOrDefault(uid) ?? (uid == 0 ? "root" : $"uid {uid}"));
        long first = 0, last = 0;
        while (reader.TryNext(out var packet))
        {
            if (packet.Frame % 65536 == 0)
            {
                cancel.ThrowIfCancellationRequested();
                Progress?.Invoke(reader.Sums.Total);
            }
            for (; told < reader.Secrets.Count; told++) Secrets?.Invoke(reader.Secrets[told]);
            if (packet.Time > 0)
            {
                first = first == 0 ? packet.Time : Math.Min(first, packet.Time);
                last = Math.Max(last, packet.Time);
            }
            if (decoder.TryDecode(packet, out var segment)) table.Take(segment);
            if (decoder.Lost.Count > 0) TakeLost(decoder, table);
        }
        decoder.End();
        TakeLost(decoder, table);
        table.End();
        _table = null;
        foreach (var comment in reader.Comments) _comments.Add((name, comment));
        if (!_outgoing.TryGetValue(name, out var outgoing)) _outgoing[name] = outgoing = [];
        foreach (var (address, packets) in table.Outgoing) outgoing[address] = outgoing.GetValueOrDefault(address) + packets;
        _files.Add(new(name, reader.Format, reader.Compressed, reader.Frames, first, last, reader.Sums, decoder.Sums, reader.Lost, table.PutOut, reader.Fault));
        return true;
    }

    /// <summary>Judges which side is the phone, and adds up. Call it once, when all files are read.</summary>
    public AuditResult Finish() => Judge(_conversations, _outgoing);

    /// <summary>The same of what was read so far, for whoever watches: called by who reads, between two reads of the stream. Conversations go on after it.</summary>
    public AuditResult SoFar()
    {
        if (_table is null) return Finish();
        var outgoing = new Dictionary<string, Dictionary<Address, long>>(_outgoing) { [_name] = _table.Outgoing };
        return Judge(_conversations.Concat(_table.Alive), outgoing);
    }

    private AuditResult Judge(IEnumerable<Conversation> conversations, Dictionary<string, Dictionary<Address, long>> outgoing)
    {
        Fold();
        Conversation[] all = [.. conversations.OrderBy(c => FileIndex(c.File)).ThenBy(c => c.Number)];
        // Each file by itself: a phone has another address in each network, and captures may be of several phones.
        var phones = all.GroupBy(c => c.File).ToDictionary(f => f.Key, f => owners.Count > 0 ? (Owners: owners, From: OwnerSource.Given) : Owners.Judge([.. f], outgoing[f.Key]));
        IReadOnlyList<Address> phone = owners.Count > 0 ? owners : [.. phones.Values.SelectMany(p => p.Owners).Distinct()];
        OwnerSource[] sources = [.. phones.Values.Select(p => p.From)];
        // Of several ways the least certain.
        var from = owners.Count > 0 ? OwnerSource.Given : sources.Contains(OwnerSource.Inferred) ? OwnerSource.Inferred : sources.Contains(OwnerSource.Marked) ? OwnerSource.Marked : OwnerSource.Unknown;
        var known = phones.ToDictionary(p => p.Key, p => p.Value.Owners.ToHashSet());
        foreach (var conversation in all.Concat(_folded.Values))
        {
            var ours = known.GetValueOrDefault(conversation.File) ?? [];
            conversation.IsOf(ours);
            if (conversation.LookedUp.Count == 0) conversation.LookedUp = layering.Names.Of(conversation.Server.Address);
        }
        var result = new AuditResult(_files, all, [.. _folded.Values], phone, from, layering.Names) { Comments = _comments };
        result.AddUp();
        return result;
    }

    private int FileIndex(string name) => _files.FindIndex(f => f.Name == name);

    private static void TakeLost(PacketDecoder decoder, FlowTable table)
    {
        foreach (var lost in decoder.Lost) table.Take(lost);
        decoder.Lost.Clear();
    }

    private void Keep(Conversation conversation)
    {
        if (_conversations.Count < MaxKept)
        {
            _conversations.Add(conversation);
            return;
        }
        _waiting.Add(conversation);
        if (_waiting.Count == MaxWaiting) Fold();
    }

    /// <summary>Waits for what is under way, and puts together what is beyond the kept.</summary>
    private void Fold()
    {
        layering.Settle?.Invoke();
        foreach (var conversation in _waiting) Fold(conversation);
        if (_waiting.Count > 0) layering.Folded?.Invoke();
        _waiting.Clear();
    }

    /// <summary>Those between the same ends of the same name are one; past a number of these, those of one client; past that, all of a file.</summary>
    private void Fold(Conversation conversation)
    {
        var (client, server) = (conversation.Client.Address, conversation.Server.Address);
        var same = new FoldKey(conversation.File, client, server, conversation.Transport, conversation.Name ?? "", conversation.App ?? "");
        // A peer in the house may be the phone: it is not mixed with others.
        var mixed = new FoldKey(conversation.File, client, server.Scope == Scope.Internet && !owners.Contains(server) ? default : server, 0, "", "");
        if (_folded.TryGetValue(same, out var folded) || _folded.TryGetValue(mixed, out folded))
        {
            folded.StandFor(conversation);
            return;
        }
        if (_folded.Count < MaxFolded)
        {
            _folded[same] = conversation;
            conversation.Remark(FoldKey.Together);
            return;
        }
        if (_folded.Count >= MaxFolded + MaxMixed) mixed = new(conversation.File, default, default, 0, "", "");
        if (!_folded.TryGetValue(mixed, out folded))
        {
            _folded[mixed] = folded = new() { Number = conversation.Number, File = conversation.File, Client = new(mixed.Client, 0), Server = new(mixed.Server, 0), IsMixed = true, First = conversation.First, Frame = conversation.Frame };
            folded.Remark(FoldKey.Together);
        }
        folded.StandFor(conversation);
    }

    private readonly record struct FoldKey(string File, Address Client, Address Server, byte Transport, string Name, string App)
    {
        public const string Together = "stands for several conversations: there were more than are kept one by one";
    }
}

/// <summary>Which addresses are the phone's, where nobody says.</summary>
internal static class Owners
{
    private const int MaxMarked = 4;

    /// <summary>Addresses whose packets the capture calls outgoing; else the one of each version of IP that opened the conversations with most bytes, a private one before others.</summary>
    public static (IReadOnlyList<Address> Owners, OwnerSource From) Judge(IReadOnlyList<Conversation> conversations, IReadOnlyDictionary<Address, long> outgoing)
    {
        Address[] marked = [.. outgoing.Where(o => !o.Key.IsNone && o.Key.Scope is Scope.Lan or Scope.Internet).OrderByDescending(o => o.Value).Select(o => o.Key)];
        if (marked.Length is > 0 and <= MaxMarked) return (marked, OwnerSource.Marked);
        // More senders than a phone has addresses: the recorder stood between others.
        var opened = new Dictionary<Address, long>();
        foreach (var conversation in conversations)
        {
            var (client, server) = (conversation.Client.Address, conversation.Server.Address);
            if (client.IsNone || client.Scope is Scope.Many || server.Scope == Scope.Many) continue;
            // Bytes to the internet say more than those within a house.
            long weight = server.Scope == Scope.Internet ? 100 : 1;
            opened[client] = opened.GetValueOrDefault(client) + weight * (conversation[Side.Client].IpBytes + conversation[Side.Server].IpBytes);
        }
        List<Address> found = [];
        foreach (bool v4 in (bool[])[true, false])
        {
            var best = opened.Where(o => o.Key.IsV4 == v4).OrderByDescending(o => o.Key.IsV4 && o.Key.Scope == Scope.Lan).ThenByDescending(o => o.Value).ThenBy(o => o.Key).ToList();
            if (best.Count > 0) found.Add(best[0].Key);
        }
        return (found, found.Count > 0 ? OwnerSource.Inferred : OwnerSource.Unknown);
    }
}
