using System.Globalization;
using Candor.Audit.Layers;
using Candor.Audit.Messages;
using Candor.Audit.Search;

namespace Candor.Audit.Claims;

/// <summary>What a capture says about a claim.</summary>
public enum Verdict : byte
{
    /// <summary>All that the phone sent within the claim's scope could be read, and none of it is against the claim.</summary>
    Upheld,

    /// <summary>Nothing within the claim's scope was sent while the recording ran. Not against it, and next to nothing for it.</summary>
    NothingSent,

    /// <summary>Something was sent that the claim says is not.</summary>
    Contradicted,

    /// <summary>Nothing was found against it, but bytes could not be read, or a time or a name is missing. Never "clean".</summary>
    Undetermined,
}

/// <summary>A piece of evidence against a claim: a finding, a request, or a conversation alone.</summary>
/// <param name="Conversation">Where.</param>
/// <param name="Time">Nanoseconds since 1970-01-01 UTC; 0: not known.</param>
/// <param name="Frame">Number of the packet; 0 in a dump.</param>
/// <param name="What">In words.</param>
/// <param name="Sighting">The finding, where there is one.</param>
public sealed record Evidence(Conversation Conversation, long Time, long Frame, string What, Sighting? Sighting = null);

/// <summary>A claim and what became of it.</summary>
/// <param name="Rule">The claim.</param>
/// <param name="Verdict">What the capture says.</param>
/// <param name="Readable">Bytes sent within its scope that were read.</param>
/// <param name="Undetermined">Bytes sent within its scope that were not: encrypted, of unknown form, damaged.</param>
/// <param name="Evidence">Against it; the first ones of each kind.</param>
/// <param name="Count">Of all there is against it.</param>
/// <param name="Notes">What else matters: "consent was never given", "3 conversations have no name".</param>
public sealed record Judgement(ClaimRule Rule, Verdict Verdict, long Readable, long Undetermined, IReadOnlyList<Evidence> Evidence, long Count, IReadOnlyList<string> Notes);

/// <summary>When the owner agreed to what. Marks in a recording count only where neither the owner file nor an account log speaks of their purpose: whoever could send from the phone could make them.</summary>
public sealed class Consents
{
    private readonly ConsentMark[] _marks;

    /// <param name="marks">Of all sources.</param>
    public Consents(IEnumerable<ConsentMark> marks)
    {
        ConsentMark[] all = [.. marks.OrderBy(m => m.Time)];
        _marks = [.. all.Where(m => !m.InRecording || !Array.Exists(all, o => !o.InRecording && Touch(o.Purpose, m.Purpose)))];
        Overruled = [.. all.Except(_marks)];
    }

    /// <summary>Marks in the recording that do not count, for others speak of their purpose.</summary>
    public IReadOnlyList<ConsentMark> Overruled { get; }

    public IReadOnlyList<ConsentMark> Marks => _marks;

    /// <summary>Who says when: "the owner file", "the account log".</summary>
    public IEnumerable<string> Sources => _marks.Select(m => m.From[(m.From.LastIndexOf(" of the ", StringComparison.Ordinal) is >= 0 and var at ? at + 4 : 0)..]).Distinct();

    /// <summary>Whether what is known of a purpose is from the recording itself.</summary>
    public bool RestOnRecording(string purpose) => Array.Exists(_marks, m => m.InRecording && (Speaks(m, purpose) || Narrower(m, purpose)));

    /// <summary>The same without the marks in the recording.</summary>
    public Consents WithoutRecording() => new(_marks.Where(m => !m.InRecording));

    /// <summary>Whether one of two purposes is, or is part of, the other.</summary>
    internal static bool Touch(string one, string other) => one.Length == 0 || other.Length == 0 || one == other || one.StartsWith(other + "-", StringComparison.Ordinal) || other.StartsWith(one + "-", StringComparison.Ordinal);

    /// <summary>Whether any mark speaks of a purpose. A mark without one speaks of all.</summary>
    public bool Knows(string purpose) => _marks.Any(m => Speaks(m, purpose) || Narrower(m, purpose));

    /// <summary>Whether a consent was in force. Null: the time is not known and it was not always the same.</summary>
    /// <param name="purpose">The claim's word.</param>
    /// <param name="time">Of the sending.</param>
    /// <param name="what">Kind of what was sent: consent to "cloud-photos" is consent to "cloud" for photos. Empty: for anything.</param>
    public bool? Given(string purpose, long time, string what = "")
    {
        string vault = VaultOf(what);
        // Each purpose by itself: that notes were turned off again does not turn photos off.
        bool? any = Of(_marks.Where(m => Speaks(m, purpose) || vault.Length > 0 && m.Purpose == $"{purpose}-{vault}"), time);
        if (any != false || what.Length > 0) return any;
        foreach (var narrower in _marks.Where(m => Narrower(m, purpose)).GroupBy(m => m.Purpose))
        {
            var given = Of(narrower, time);
            if (given == true) return true;
            any = given ?? any;
        }
        return any;
    }

    /// <summary>The mark that first gave it after a time, or else the last that withdrew it before; null: there is none.</summary>
    public ConsentMark? Nearest(string purpose, long time, string what = "")
    {
        string vault = VaultOf(what);
        var said = _marks.Where(m => Speaks(m, purpose) || (vault.Length > 0 ? m.Purpose == $"{purpose}-{vault}" : what.Length == 0 && Narrower(m, purpose))).ToList();
        return said.LastOrDefault(m => !m.Given && Dumps.DumpTime.Of(m.Time) <= time) ?? said.FirstOrDefault(m => m.Given && Dumps.DumpTime.Of(m.Time) > time);
    }

    private static bool? Of(IEnumerable<ConsentMark> marks, long time)
    {
        var said = marks.ToList();
        if (said.Count == 0) return false;
        if (time == 0) return said.Exists(m => m.Given) ? null : false;
        bool given = false;
        foreach (var mark in said)
        {
            if (Dumps.DumpTime.Of(mark.Time) > time) break;
            given = mark.Given;
        }
        return given;
    }

    /// <summary>"cloud" speaks of "cloud-photos" as well.</summary>
    private static bool Speaks(ConsentMark mark, string purpose) => mark.Purpose.Length == 0 || purpose == mark.Purpose || purpose.StartsWith(mark.Purpose + "-", StringComparison.Ordinal);

    private static bool Narrower(ConsentMark mark, string purpose) => mark.Purpose.StartsWith(purpose + "-", StringComparison.Ordinal);

    /// <summary>Whose vault a finding would lie in; empty: in none.</summary>
    private static string VaultOf(string what) => what switch
    {
        "photo" => "photos",
        "message" or "sms" => "messages",
        "vcard" => "contacts",
        _ => what.StartsWith("contact-", StringComparison.Ordinal) ? "contacts" : "",
    };
}

/// <summary>Holds claims against what a phone sent.</summary>
public sealed class Judge(IReadOnlyList<Conversation> conversations, SightingBook book, Consents consents)
{
    private const int MostEvidence = 50;

    private Judge? _without;

    private readonly ILookup<Conversation, SentRequest> _requests = book.Requests.Where(r => r.IsSent).ToLookup(r => r.Conversation.Account);

    /// <summary>Whether somebody said what is the owner's. Else a verdict rests on what can be told without, and says so.</summary>
    public bool HasList { get; init; } = true;

    public IReadOnlyList<Judgement> Of(ClaimsFile claims)
    {
        ArgumentNullException.ThrowIfNull(claims);
        return [.. claims.Claims.Select(Of)];
    }

    /// <summary>A claim, and where marks in the recording decide about it, what the verdict would be without them.</summary>
    public Judgement Of(ClaimRule rule)
    {
        ArgumentNullException.ThrowIfNull(rule);
        var judged = OfCore(rule);
        string purpose = PurposeOf(rule);
        List<string> notes = [.. judged.Notes];
        if (purpose.Length > 0 && consents.Overruled.Any(m => Consents.Touch(m.Purpose, purpose))) notes.Add("marks in the recording speak of it too, and do not count beside the owner's own word");
        if (purpose.Length > 0 && consents.RestOnRecording(purpose))
        {
            _without ??= new(conversations, book, consents.WithoutRecording()) { HasList = HasList };
            var without = _without.OfCore(rule).Verdict;
            notes.Add("such a mark is part of the recording: whoever could send from the phone, its maker too, or had the file could make it" + (without == judged.Verdict ? "; without it the verdict is the same" : $"; without it the verdict would be: {Word(without)}"));
        }
        return judged with { Notes = notes };
    }

    /// <summary>In the words of a report.</summary>
    public static string Word(Verdict verdict) => verdict switch { Verdict.Upheld => "upheld in readable bytes", Verdict.NothingSent => Reports.ReportClaim.NothingSent, Verdict.Contradicted => "contradicted", _ => "undetermined" };

    private static string PurposeOf(ClaimRule rule) => rule.NeedsConsent.Length > 0 ? rule.NeedsConsent : rule.UnlessConsent;

    private Judgement OfCore(ClaimRule rule)
    {
        List<Evidence> against = [];
        List<string> notes = [];
        long untimed = 0, nameless = 0, read = 0, unread = 0;
        var scope = conversations.Where(c => c.Phone is not null && Within(rule, c)).ToHashSet();
        foreach (var conversation in scope)
        {
            var sums = conversation.Tally[conversation.Phone!.Value];
            read += sums[ByteClass.Explained] + sums[ByteClass.Identified];
            unread += sums[ByteClass.Undetermined] + sums[ByteClass.Damaged];
            bool hasName = Names(conversation).Any();
            bool known = hasName || !conversation.Server.Address.IsNone && rule.Hosts.Concat(rule.Allows?.SelectMany(a => a.Hosts) ?? []).Any(h => ClaimRule.Covers(h, conversation.Server.Address));
            if (!known && sums.Total > 0 && (rule.Hosts.Count > 0 || rule.Allows is not null)) nameless++;
            if (rule.NeedsConsent.Length > 0 && sums.Total > 0 && known) Contacts(rule, conversation, against, ref untimed);
            if (rule.Allows is { } allowed && sums.Total > 0) Allowed(allowed, conversation, against);
        }
        if (rule.Forbids.Count > 0 || rule.Encrypted) Found(rule, scope, against, ref untimed);
        if (rule.IdentityFree) Identity(rule, scope, against);
        string purpose = PurposeOf(rule);
        if (purpose.Length > 0) notes.Add(consents.Knows(purpose) ? $"consent \"{purpose}\" is known from {string.Join(" and ", consents.Sources)}" : $"no mark says that consent \"{purpose}\" was given: all counts as without it");
        if (!HasList && rule.Forbids.Count > 0) notes.Add("no list of the owner's values was given: only what looks like somebody's was looked for");
        if (book.Dropped > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{book.Dropped} findings and requests found no room and were not judged: they count as undetermined"));
        if (untimed > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{untimed} without a time: whether consent was given then is not known"));
        if (nameless > 0) notes.Add(string.Create(CultureInfo.InvariantCulture, $"{nameless} conversations without a name: whether they are meant is not known, so they count as undetermined"));
        // An "encrypted" claim is about what can be read on the wire: what cannot is not against it, nor proof of strength.
        bool doubt = book.Dropped > 0 || untimed > 0 || nameless > 0 || unread > 0 && !(rule.NeedsConsent.Length > 0 && rule.Forbids.Count == 0 && !rule.IdentityFree);
        bool nothing = scope.All(c => c.Tally[c.Phone!.Value].Total == 0);
        var verdict = against.Count > 0 ? Verdict.Contradicted : doubt ? Verdict.Undetermined : nothing ? Verdict.NothingSent : Verdict.Upheld;
        return new(rule, verdict, read, unread, [.. against.OrderByDescending(e => e.Sighting?.Finding.Confidence).ThenBy(e => e.Time).ThenBy(e => e.Frame).Take(MostEvidence)], against.Count, notes);
    }

    /// <summary>A conversation without any name may be with anybody: it stays in, as doubt.</summary>
    private bool Within(ClaimRule rule, Conversation conversation)
    {
        if (rule.Apps.Count > 0 && (conversation.App is not { } app || !rule.Apps.Any(a => app.Equals(a, StringComparison.OrdinalIgnoreCase)))) return false;
        if (conversation.Server.Address is { IsNone: false, Scope: not Packets.Scope.Internet }) return false;
        if (rule.Hosts.Count == 0) return true;
        bool named = false;
        var address = conversation.Server.Address;
        if (!address.IsNone && rule.Hosts.Any(h => ClaimRule.Covers(h, address))) return true;
        foreach (string name in Names(conversation))
        {
            named = true;
            if (rule.Hosts.Any(h => ClaimRule.Under(name, h))) return true;
        }
        // Where a rule names only addresses, a conversation's address is all that is needed to know.
        if (!address.IsNone && rule.Hosts.All(ClaimRule.IsAddress)) return false;
        return !named && conversation.Tally[conversation.Phone!.Value].Total > 0;
    }

    /// <summary>Whether what was found went to whom the claim is about: a conversation that nobody can name is within its scope as doubt, and proves nothing against it.</summary>
    private bool IsMeant(ClaimRule rule, Sighting sighting)
    {
        var conversation = sighting.Conversation.Root;
        return rule.Hosts.Count == 0 || rule.Hosts.Any(h => ClaimRule.Covers(h, conversation.Server.Address) || Names(conversation).Any(n => ClaimRule.Under(n, h)));
    }

    private IEnumerable<string> Names(Conversation conversation)
    {
        if (conversation.IsMixed) yield break;
        if (conversation.Name is { } name) yield return name;
        if (conversation.Destination is { } far) yield return far.Contains(':', StringComparison.Ordinal) ? far[..far.LastIndexOf(':')] : far;
        foreach (string asked in _requests[conversation].Select(r => r.Host).Where(h => h.Length > 0).Distinct()) yield return asked;
        if (conversation.Name is null)
        {
            foreach (string looked in conversation.LookedUp) yield return looked;
        }
    }

    private void Contacts(ClaimRule rule, Conversation conversation, List<Evidence> against, ref long untimed)
    {
        // Each end of its time counts: one that began before consent was sent to without it.
        bool? first = consents.Given(rule.NeedsConsent, conversation.First), last = consents.Given(rule.NeedsConsent, conversation.Last);
        if (first is null) untimed++;
        else if (first == false || last == false)
            against.Add(new(conversation, first == false ? conversation.First : conversation.Last, conversation.Frame, $"{Names(conversation).FirstOrDefault() ?? conversation.Server.Address.ToString()} was talked to without consent \"{rule.NeedsConsent}\"{Said(rule.NeedsConsent, first == false ? conversation.First : conversation.Last, "")}"));
    }

    private void Allowed(IReadOnlyList<AllowedPurpose> allowed, Conversation conversation, List<Evidence> against)
    {
        var address = conversation.Server.Address;
        if (!address.IsNone && allowed.Any(a => a.Hosts.Any(h => ClaimRule.Covers(h, address)))) return;
        foreach (string name in Names(conversation).Distinct())
        {
            if (allowed.Any(a => a.Hosts.Any(h => ClaimRule.Under(name, h)))) continue;
            against.Add(new(conversation, conversation.First, conversation.Frame, $"{name} is not among the hosts that are said to be talked to"));
            return;
        }
    }

    private void Found(ClaimRule rule, HashSet<Conversation> scope, List<Evidence> against, ref long untimed)
    {
        foreach (var sighting in book.Sightings)
        {
            if (!sighting.IsSent || !sighting.Counts || sighting.Finding.Confidence == Confidence.Possible || !scope.Contains(sighting.Conversation.Account) || !IsMeant(rule, sighting)) continue;
            var (what, time) = (sighting.Finding.What, sighting.Origin.Time > 0 ? sighting.Origin.Time : sighting.Conversation.Root.First);
            if (rule.Encrypted && (sighting.IsOpen || sighting.Finding.Obfuscation is not null) && rule.Forbids.Count == 0)
            {
                string how = sighting.Finding.Obfuscation is { } key ? $"only obfuscated, with a published key ({key})" : "in the clear";
                against.Add(new(sighting.Conversation.Root, time, sighting.Origin.Frame, $"{Label(sighting)} was sent {how}", sighting));
            }
            if (!rule.Forbids.Contains(what)) continue;
            if (rule.Encrypted && !sighting.IsOpen && sighting.Finding.Obfuscation is null) continue;
            bool? given = rule.UnlessConsent.Length == 0 ? false : consents.Given(rule.UnlessConsent, time, what);
            if (given is null) untimed++;
            else if (given == false) against.Add(new(sighting.Conversation.Root, time, sighting.Origin.Frame, $"{Label(sighting)} was sent{(rule.UnlessConsent.Length > 0 ? $" without consent \"{rule.UnlessConsent}\"{Said(rule.UnlessConsent, time, what)}" : "")}", sighting));
        }
    }

    private void Identity(ClaimRule rule, HashSet<Conversation> scope, List<Evidence> against)
    {
        foreach (var sighting in book.Sightings.Where(s => s.IsSent && s.Counts && scope.Contains(s.Conversation.Account) && IsMeant(rule, s)))
            against.Add(new(sighting.Conversation.Root, sighting.Origin.Time, sighting.Origin.Frame, $"{Label(sighting)} was sent with what is said to be free of identity", sighting));
        foreach (var request in book.Requests.Where(r => r.IsSent && scope.Contains(r.Conversation.Account)))
        {
            if (rule.Hosts.Count > 0 && !rule.Hosts.Any(h => ClaimRule.Under(request.Host, h) || ClaimRule.Covers(h, request.Conversation.Server.Address))) continue;
            string[] telling = [.. request.Telling.Where(t => t.ToUpperInvariant() is "COOKIE" or "AUTHORIZATION" or "IF-NONE-MATCH" or "IF-MODIFIED-SINCE" or "QUERY" or "FROM")];
            if (telling.Length > 0) against.Add(new(request.Conversation, request.Origin.Time, request.Origin.Frame, $"{request.Method} {request.Url} carries {string.Join(" and ", telling)}"));
        }
    }

    /// <summary>Both times of it: when it was sent, and when consent was given or withdrawn, as who says.</summary>
    private string Said(string purpose, long time, string what)
    {
        if (consents.Nearest(purpose, time, what) is not { } mark) return consents.Knows(purpose) ? ", which was never given" : "";
        string sent = time > 0 ? $"on {When(DateTimeOffset.UnixEpoch.AddTicks(time / 100))}, and consent was " : "";
        return $": {sent}{(mark.Given ? "given only" : "withdrawn")} on {When(mark.Time)} ({mark.From})";
    }

    private static string When(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss.fff 'UTC'", CultureInfo.InvariantCulture);

    private static string Label(Sighting sighting) => sighting.Finding.Value is { } value ? $"{sighting.Finding.What} ({value.Label})" : sighting.Finding.What;
}
