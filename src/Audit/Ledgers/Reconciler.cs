using System.Globalization;
using Candor.Audit.Layers;
using Candor.Audit.Layers.Tls;
using Candor.Audit.Packets;

namespace Candor.Audit.Ledgers;

/// <summary>Holds a ledger against a recording: whatever the phone sent to the ledger's hosts has to be in the ledger, or to be what carries that.</summary>
/// <remarks>
/// 1. Each conversation of the phone belongs to the host of the ledger that it is with, or to none. 2. Each request finds its line. 3. The bytes of each conversation are put into their places; what is left is
/// the residual. 4. Each line without a request is looked at: it may be from another time, never have left, be among what is encrypted, or be missing. 5. The verdict follows from what was found.
/// </remarks>
public sealed class Reconciler
{
    /// <summary>A line is written before its request leaves, and a connection may have to be made between.</summary>
    private const long Before = 2_000_000_000;

    private readonly AuditResult _result;
    private readonly WireRequests _wire;
    private readonly LedgerFile _ledger;
    private readonly bool _alone;
    private readonly List<(Authority Authority, LedgerHost Host)> _hosts = [];
    private readonly Dictionary<Conversation, LedgerHost> _with = [];
    private readonly List<LedgerProblem> _problems = [];
    private readonly SortedSet<string> _doubts = new(StringComparer.Ordinal);
    private readonly ILookup<Conversation, WireRequest> _requests;
    private long _outside, _neverLeft, _elsewhere;
    private int _others;

    /// <param name="result">What the recordings hold.</param>
    /// <param name="wire">Their requests.</param>
    /// <param name="ledger">Of the client.</param>
    /// <param name="alone">Nothing but the client sent anything from the phone's addresses.</param>
    public Reconciler(AuditResult result, WireRequests wire, LedgerFile ledger, bool alone)
    {
        (_result, _wire, _ledger, _alone) = (result, wire, ledger, alone);
        _requests = wire.All.Where(r => r.Conversation.Root.Phone == r.Side).ToLookup(r => r.Conversation.Root);
        foreach (string host in ledger.Requests.Select(r => r.Host).Distinct(StringComparer.OrdinalIgnoreCase)) _hosts.Add((Authority.Of(host), new(host)));
    }

    public Reconciliation Run()
    {
        if (_ledger.BrokenAt > 0) _problems.Add(new("ledger-broken", _ledger.BrokenAt, null, 0, 0, $"line {_ledger.BrokenAt} of the ledger does not follow from the line before: it was changed, or lines were taken out; what is behind it was not read"));
        Doubts();
        Conversation[] mine = [.. _result.Conversations.Where(c => c.Phone is not null)];
        foreach (var conversation in mine)
        {
            if (HostOf(conversation) is { } host) _with[conversation] = host;
        }
        var lines = new LedgerLines(_ledger.Requests, (root, host) => GoesTo(root, Authority.Of(host)));
        lines.Match(_requests.SelectMany(r => r).OrderBy(r => r.Origin.Time).ThenBy(r => r.Origin.Frame));
        _problems.AddRange(lines.Problems);
        foreach (var request in lines.Unknown) Unknown(request);
        foreach (var (line, request, partial) in lines.Matches)
        {
            if (line.WrongReason() is { } wrong) _problems.Add(new("wrong-reason", line.Line, request.Conversation.Root, request.Origin.Frame, 0, $"line {line.Line} {wrong}"));
            if (partial && !line.MayBeCut) _doubts.Add("a request breaks off in the recording, and the ledger says that it was answered");
        }
        var matched = lines.Matches.ToLookup(m => m.Request.Conversation.Root);
        var lookups = _wire.LookedUp;
        foreach (var conversation in mine) Count(conversation, [.. matched[conversation]], [.. lookups[conversation]]);
        Left(lines);
        return new()
        {
            Ledger = _ledger,
            Verdict = Verdict(lines.Matches.Count),
            Hosts = [.. _hosts.Select(h => h.Host)],
            Matches = lines.Matches,
            Problems = [.. _problems.OrderBy(p => p.Kind != "ledger-broken").ThenBy(p => p.Frame).ThenBy(p => p.Line)],
            Doubts = [.. _doubts],
            OutsideLines = _outside,
            NeverLeft = _neverLeft,
            Elsewhere = _elsewhere,
            ElsewhereConversations = _others,
            Alone = _alone,
        };
    }

    private void Doubts()
    {
        if (_ledger.Dropped + _wire.Dropped > 0 || _result.Folded.Count > 0) _doubts.Add("there are more requests or conversations than are kept one by one");
        foreach (var file in _result.Files)
        {
            if (file.Fault is not null) _doubts.Add($"{file.Name}: {file.Fault}");
            if (file.Lost > 0) _doubts.Add($"the recorder of {file.Name} lost {file.Lost} packets");
            if (file.PutOut > 0) _doubts.Add($"{file.Name} has more conversations at one time than are followed");
        }
    }

    private LedgerHost? HostOf(Conversation conversation)
    {
        var peer = Peer(conversation);
        LedgerHost? found = null;
        foreach (var (authority, host) in _hosts)
        {
            bool with = authority.Address is { } address ? peer.Address == address
                : authority.Is(conversation.Name) || conversation.LookedUp.Any(authority.Is) || _requests[conversation].Any(r => authority.Is(Authority.Of(r.Authority).Name));
            if (!with) continue;
            // The same machine may be several hosts of a ledger, each with its port.
            if (authority.IsPort(peer.Port)) return host;
            found ??= host;
        }
        return found;
    }

    private static Endpoint Peer(Conversation conversation) => conversation.Phone == Side.Client ? conversation.Server : conversation.Client;

    /// <summary>Null: the recording does not say which address the name is.</summary>
    private static bool? GoesTo(Conversation root, Authority authority)
    {
        var peer = Peer(root);
        if (!authority.IsPort(peer.Port)) return false;
        if (authority.Address is { } address) return peer.Address == address;
        return root.LookedUp.Count == 0 ? null : root.LookedUp.Any(authority.Is);
    }

    private void Unknown(WireRequest request)
    {
        var root = request.Conversation.Root;
        bool ours = _with.ContainsKey(root) || _hosts.Any(h => h.Host.Host.Equals(request.Authority, StringComparison.OrdinalIgnoreCase));
        if (!ours) return;
        string app = root.App is { } name ? $", sent by {name}" : "";
        _problems.Add(new("not-in-ledger", 0, root, request.Origin.Frame, request.Bytes, string.Create(CultureInfo.InvariantCulture, $"{request.Method} {request.Target} to {LedgerLines.Far(request)}, {request.Bytes:N0} bytes, is in no line of the ledger{app}")));
    }

    /// <summary>Every byte of a conversation into its place.</summary>
    private void Count(Conversation conversation, LedgerMatch[] matched, string[] lookedUp)
    {
        var side = conversation.Phone!.Value;
        var (sums, classes) = (conversation[side], conversation.Tally[side]);
        if (lookedUp.Length > 0 && _hosts.FirstOrDefault(h => lookedUp.Any(h.Authority.Is)) is { Host: { } asked } && lookedUp.All(n => _hosts.Any(h => h.Authority.Is(n))))
        {
            asked.Lookups += sums.IpBytes;
            return;
        }
        bool network = conversation.Transport is Transport.Icmp or Transport.IcmpV6 or 2;
        if (!_with.TryGetValue(conversation, out var host))
        {
            // What the network says of itself is nobody's message, but an echo can carry one.
            if (sums.IpBytes == 0 || network && classes[ByteClass.Undetermined] == 0) return;
            _elsewhere += sums.IpBytes;
            _others++;
            if (_alone) _problems.Add(new("unexplained", 0, conversation, conversation.Frame, sums.IpBytes, string.Create(CultureInfo.InvariantCulture, $"{sums.IpBytes:N0} bytes went to {Peer(conversation)}{(conversation.Name is { } name ? $" ({name})" : "")}, which is no host of the ledger")));
            return;
        }
        host.Conversations++;
        host.Captured += sums.IpBytes;
        host.Headers += sums.Headers;
        host.Repeated += sums.Repeated;
        host.Missing += sums.Gaps + sums.Cut;
        if (sums.Gaps + sums.Cut > 0) _doubts.Add("bytes that were sent to the ledger's hosts are not in the recording");
        bool started = !conversation.Guessed || conversation.Transport != Transport.Tcp;
        if (!started) _doubts.Add("a connection to the ledger's hosts was there before the recording began");
        if (network)
        {
            host.Network += classes[ByteClass.Explained];
            Residual(host, conversation, classes.Total - classes[ByteClass.Explained], 0, surely: true);
            return;
        }
        long tls = 0, closed = 0, data = 0;
        foreach (var session in conversation.Sessions)
        {
            var records = session[side];
            tls += records.Overhead;
            closed += records.Closed;
            data += records.Data;
            var (least, most) = Within(session, side);
            host.Within = (host.Within.Least + least, host.Within.Most + most);
        }
        long heads = matched.Sum(m => m.Request.Head), bodies = matched.Sum(m => m.Request.Body), all = _requests[conversation].Sum(r => r.Bytes);
        long framing = conversation.Layers.Contains("http/2") ? Math.Max(0, (conversation.Sessions.Count > 0 ? data : classes.Total) - all) : 0;
        host.Tls += tls;
        host.Closed += closed;
        host.Heads += heads;
        host.Bodies += bodies;
        host.Framing += framing;
        Residual(host, conversation, classes.Total - tls - closed - framing - heads - bodies, all - heads - bodies, started && sums.Gaps + sums.Cut == 0);
    }

    /// <param name="host">Whose.</param>
    /// <param name="conversation">Where.</param>
    /// <param name="bytes">That nothing explains.</param>
    /// <param name="named">Of these, in requests, which are named one by one.</param>
    /// <param name="surely">False: a hole in the recording may be why.</param>
    private void Residual(LedgerHost host, Conversation conversation, long bytes, long named, bool surely)
    {
        host.Residual += bytes;
        if (bytes <= named) return;
        string what = string.Create(CultureInfo.InvariantCulture, $"{bytes - named:N0} bytes to {Peer(conversation)} are no request that can be read{(conversation.Transport == Transport.Udp ? ", in datagrams" : "")}");
        if (surely) _problems.Add(new("unexplained", 0, conversation, conversation.Frame, bytes - named, what));
        else _doubts.Add(what);
    }

    /// <summary>How many bytes of data may be in records that were not opened.</summary>
    private static (long Least, long Most) Within(TlsSession session, Side side)
    {
        // An alert that ends the connection has two bytes. In TLS 1.3 it, and the handshake's last message, look like data.
        const int alert = 2, handshakeHeader = 4;
        var records = session[side];
        if (records.ClosedRecords == 0) return default;
        var suite = CipherSuite.Of(session.Suite);
        long most;
        if (session.Version >= TlsVersion.Tls13)
        {
            most = records.ClosedData - records.ClosedRecords * (1 + (suite?.TagSize ?? 16)) - (handshakeHeader + (suite?.HashSize ?? 32));
            return (Math.Max(0, most - alert), Math.Max(0, most));
        }
        if (suite is { IsAead: true } aead)
        {
            most = records.ClosedData - records.ClosedRecords * (aead.TagSize + (aead.Cipher == BulkCipher.ChaCha20 ? 0 : 8));
            return (Math.Max(0, most), Math.Max(0, most));
        }
        // A MAC, an IV, and padding of up to 256 bytes.
        most = records.ClosedData - records.ClosedRecords * ((suite?.TagSize ?? 16) + (suite?.Cipher == BulkCipher.Rc4 ? 0 : 1));
        return (Math.Max(0, records.ClosedData - records.ClosedRecords * ((suite?.TagSize ?? 48) + 16 + 256)), Math.Max(0, most));
    }

    /// <summary>Lines that no request is.</summary>
    private void Left(LedgerLines lines)
    {
        // Client and recorder may have two clocks: what is known to be the same tells how far they are apart.
        long[] apart = [.. lines.Matches.Where(m => m.Line.Time > 0 && m.Request.Origin.Time > 0).Select(m => m.Request.Origin.Time - m.Line.Time).Order()];
        long shift = apart.Length > 0 ? apart[apart.Length / 2] : 0;
        var closed = _hosts.Where(h => h.Host.Closed > 0).ToDictionary(h => h.Host.Host, h => h.Host, StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Left)
        {
            long time = line.Time + shift;
            var around = _result.Files.Where(f => f.First > 0 && time >= f.First - Before && time <= f.Last).ToList();
            if (line.Time == 0 || around.Count == 0) _outside++;
            else if (closed.TryGetValue(line.Host, out var host)) host.Expected = (host.Expected.Least + (line.MayBeCut ? 0 : line.Bytes), host.Expected.Most + line.Bytes);
            else if (line.MayBeCut && line.Status == 0) _neverLeft++;
            else if (!around.Exists(f => time >= f.First)) _outside++;
            else if (_with.Count > 0 && _doubts.Count > 0) _doubts.Add("lines of the ledger are not in the recording, which has holes");
            else _problems.Add(new("not-in-recording", line.Line, null, 0, line.Bytes, string.Create(CultureInfo.InvariantCulture, $"line {line.Line}, {line.Method} {line.Target} with {line.Bytes:N0} bytes to {line.Host}, is not in the recording, which was running")));
        }
        foreach (var host in closed.Values.Where(h => h.Expected.Least > h.Within.Most || h.Expected.Most < h.Within.Least))
        {
            long more = host.Expected.Most < host.Within.Least ? host.Within.Least - host.Expected.Most : host.Expected.Least - host.Within.Most;
            string what = host.Expected.Most < host.Within.Least
                ? string.Create(CultureInfo.InvariantCulture, $"at least {more:N0} bytes more went to {host.Host}, encrypted, than the ledger says")
                : string.Create(CultureInfo.InvariantCulture, $"the ledger says at least {more:N0} bytes more than went to {host.Host}, encrypted");
            var first = _with.First(w => w.Value == host && w.Key.Sessions.Any(s => s[w.Key.Phone!.Value].Closed > 0)).Key;
            _problems.Add(new("size", 0, first, first.Frame, more, what));
        }
    }

    private LedgerVerdict Verdict(int matched)
    {
        if (_problems.Count > 0) return LedgerVerdict.DoesNotAddUp;
        bool closed = _hosts.Any(h => h.Host.Closed > 0);
        if (matched == 0 && !closed) _doubts.Add("nothing of what the ledger says is in the recording");
        if (_doubts.Count > 0) return LedgerVerdict.CannotProve;
        return closed ? LedgerVerdict.EqualInSize : LedgerVerdict.Accounted;
    }

    /// <summary>A host as HTTP writes it.</summary>
    private readonly record struct Authority(string Name, Address? Address, int Port)
    {
        public static Authority Of(string text)
        {
            string name = Layers.Http1.Http1Layer.HostOf(text);
            int colon = text.LastIndexOf(':');
            int port = colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
            return new(name, Packets.Address.TryRead(name), port);
        }

        public bool Is(string? name) => name is not null && name.TrimEnd('.').Equals(Name, StringComparison.OrdinalIgnoreCase);

        /// <summary>Without a port it is that of HTTP, or of HTTPS.</summary>
        public bool IsPort(int port) => Port == 0 ? port is 80 or 443 : port == Port;
    }
}
