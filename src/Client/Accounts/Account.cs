using System.Collections.Concurrent;
using System.Text;
using Candor.Client.Api;
using Candor.Client.Pairing;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Accounts;

/// <summary>An account as one device has it: it follows the log, verifies every commit, and writes its own.</summary>
/// <remarks>
/// One task at a time. The server's word is never taken: every leaf is checked by the rules, the root is recomputed, and the checkpoint must fit it. Between the
/// server's answer and the local store a crash loses nothing: the next pull brings the device's own commit back.
/// </remarks>
public sealed partial class Account : IDisposable
{
    /// <summary>Payloads asked for in one request: at most 16 MiB of answer.</summary>
    private const int PayloadsAtOnce = 256;

    /// <summary>Bytes of a pull that are verified before they are kept in one transaction.</summary>
    private const int KeepEvery = 8 << 20;

    private readonly ServerApi _api;
    private readonly LocalStore _store;
    private readonly HolderSecret _me;
    private readonly TimeProvider _clock;
    private readonly LogVerifier _verifier;
    private readonly Dictionary<Kind, VaultKeys> _vaults = [];

    /// <summary>Keys that newer ones took the place of, while somebody may still be sealing under them.</summary>
    private readonly List<VaultKeys> _retired = [];
    private readonly ConcurrentDictionary<Place, string> _unreadable = [];
    private AccountState _state;
    private RootKeys? _rootKeys;

    /// <param name="api">Signs as <paramref name="me"/>.</param>
    /// <param name="store">This account's store. It belongs to the caller.</param>
    /// <param name="me">This device's keys. They belong to the caller.</param>
    /// <param name="id">The account.</param>
    /// <param name="serverKey">What checks the server's checkpoints, as this device first learned it.</param>
    /// <param name="clock">The clock.</param>
    public Account(ServerApi api, LocalStore store, HolderSecret me, Id id, NoteVerifierKey serverKey, TimeProvider clock)
    {
        _api = api;
        _store = store;
        _me = me;
        _clock = clock;
        ServerKey = serverKey;
        _verifier = new(Checkpoint.AccountOrigin(serverKey.Name, id.ToArray()), [serverKey]);
        _state = store.LoadState() is { } kept && kept.Account == id ? kept : new(id);
    }

    /// <summary>What this device has verified.</summary>
    public AccountState State => _state;

    public Id Id => _state.Account;

    /// <summary>Commits that this device has verified.</summary>
    public long Size => _state.Size;

    /// <summary>What checks the server's checkpoints.</summary>
    public NoteVerifierKey ServerKey { get; }

    /// <summary>
    /// Where the log stood for the device that let this one in; null: it came by another way. A log that does not pass through it raises a fork, and nothing from
    /// there on is kept. Give it whenever the account is opened: once the log is past it, it is not looked at.
    /// </summary>
    public TrustedHead? Expected { get; init; }

    /// <summary>Where alarms are written down and stand until a person answers; null: each is told once and forgotten.</summary>
    public AlarmBook? Alarms { get; init; }

    /// <summary>Founds an account: this device, and the phrase's holder, under a first root key. Nothing is on.</summary>
    /// <param name="api">Signs as <paramref name="me"/>.</param>
    /// <param name="store">An empty store.</param>
    /// <param name="me">The new device.</param>
    /// <param name="phrase">The holder made from the 24 words.</param>
    /// <param name="deviceName">Sealed; at most 512 bytes.</param>
    /// <param name="serverKey">From the server's own page; kept from here on.</param>
    /// <param name="invite">Where registration asks for one.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    public static async Task<Account> FoundAsync(
        ServerApi api, LocalStore store, HolderSecret me, HolderKeys phrase, string deviceName, NoteVerifierKey serverKey, string? invite, TimeProvider clock, CancellationToken cancel)
    {
        var nonce = Id.Random();
        var account = new Account(api, store, me, HolderKeys.AccountId(me.Id, nonce), serverKey, clock);
        account._rootKeys = RootKeys.Generate(account.Id);
        var keyring = account._rootKeys.FirstKeyring([me.Keys, phrase]) ?? throw new ArgumentException("The phrase's keys cannot be used.", nameof(phrase));
        Operation[] operations =
        [
            new Found(nonce),
            new HolderAdd(me.Keys, account._rootKeys.SealName(me.Id, deviceName)),
            new HolderAdd(phrase, default),
            keyring,
        ];
        var commit = account.Next(Kind.None, operations);
        byte[] leaf = me.Sign(commit);
        byte[] checkpoint = await api.FoundAsync(new(leaf, default, []), invite, cancel);
        account.Take(leaf, commit, default, checkpoint);
        return account;
    }

    /// <summary>Has another holder, whose keys are at hand, sign in the log: an empty commit that says that this account is its own (spec/recovery-phrase.md §3).</summary>
    /// <param name="holder">A live holder of the account.</param>
    /// <param name="cancel">Cancels.</param>
    internal Task VouchAsync(HolderSecret holder, CancellationToken cancel) => GuardedAsync(async () =>
    {
        for (int attempt = 1; ; attempt++)
        {
            var commit = Next(Kind.None, [], holder.Id);
            byte[] leaf = holder.Sign(commit);
            try
            {
                Take(leaf, commit, default, await _api.PushAsync(Id, new(leaf, default, []), Kind.None, -1, cancel));
                return true;
            }
            catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.HeadMoved && attempt < Attempts)
            {
                await PullCoreAsync(cancel);
            }
        }
    }, cancel);

    /// <summary>True where a holder has signed in this log: nobody else can make an account in which it did.</summary>
    internal bool HasSigned(Id holder) => _state.Holders.GetValueOrDefault(holder) is { LastSeq: > 0 };

    /// <summary>Follows the log to the server's head. Commits that verified stay even if a later one raises an alarm.</summary>
    /// <returns>How many commits were new.</returns>
    /// <exception cref="AlarmException">The server or a device lies; nothing of the lie was taken.</exception>
    /// <exception cref="ServerRefusedException">The server refused or broke off.</exception>
    public Task<long> PullAsync(CancellationToken cancel) => GuardedAsync(() => PullCoreAsync(cancel), cancel);

    private async Task<long> PullCoreAsync(CancellationToken cancel)
    {
        try
        {
            return await FollowAsync(cancel);
        }
        catch (ServerRefusedException refusal) when (refusal.Name is ErrorName.SignatureBad or ErrorName.NotFound && _state.LiveHolders.Any(h => h.Id == _me.Id))
        {
            await CheckForgottenAsync(cancel);
            throw;
        }
    }

    private async Task<long> FollowAsync(CancellationToken cancel)
    {
        long from = _state.Size;
        var batch = new List<VerifiedCommit>();
        var reached = _state;
        int batched = 0;
        bool ended = false;
        byte[]? signed = null;
        string? restored = null;
        bool excused = false;
        try
        {
            await foreach (var item in _api.PullAsync(Id, from, payloads: true, cancel))
            {
                if (ended) throw AlarmException.BadCheckpoint("something follows it");
                if (item is PulledRestore told)
                {
                    restored = told.Note;
                    continue;
                }
                if (item is PulledCheckpoint end)
                {
                    byte[] note = Encoding.UTF8.GetBytes(end.Note);
                    ended = true;
                    if (restored is not null)
                    {
                        if (batch.Count > 0) Keep(batch, reached);
                        if (excused = IsExcused(restored, note, from)) continue;
                    }
                    CheckCheckpoint(note, reached);
                    signed = note;
                    continue;
                }
                var pulled = (PulledLeaf)item;
                if (pulled.Index != reached.Size) throw AlarmException.Fork(reached.Size);
                var verified = Verify(reached, pulled, out var after);
                CheckExpected(after);
                CheckWaited(reached, verified);
                batch.Add(verified);
                reached = after;
                batched += pulled.Leaf.Length + (pulled.Bundle?.Length ?? 0);
                if (batched <= KeepEvery) continue;
                Keep(batch, reached);
                batched = 0;
            }
        }
        finally
        {
            if (batch.Count > 0) Keep(batch, reached);
        }
        if (ended && !excused && Expected is { } expected && _state.Size < expected.Size) throw AlarmException.NotTheHeadHandedOver(_state.Size);
        if (!ended) throw new ServerRefusedException(ServerRefusedException.Unreachable, "The server's answer broke off. What came is kept; try again.");
        if (signed is not null) _store.SaveCheckpoint(signed);
        _store.SavePulled(_clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (restored is not null) await PutBackAsync(excused, cancel);
        return _state.Size - from;
    }

    /// <summary>Asks for the newest revisions of a kind whose bytes are not here: large ones, and what pulls left out while the kind was off.</summary>
    /// <returns>How many are still missing. They are asked for again, and never taken for removed.</returns>
    public Task<int> FetchPayloadsAsync(Kind kind, CancellationToken cancel) => GuardedAsync(() => FetchPayloadsCoreAsync(kind, cancel), cancel);

    private async Task<int> FetchPayloadsCoreAsync(Kind kind, CancellationToken cancel)
    {
        int missing = 0;
        var absent = _store.Absent(kind);
        foreach (var some in absent.Where(a => a.Put.IsInline).Chunk(PayloadsAtOnce))
        {
            var payloads = await _api.GetPayloadsAsync(Id, [.. some.Select(a => a.Place)], cancel);
            var good = new List<(Place, byte[])>();
            for (int i = 0; i < some.Length; i++)
            {
                // Damaged or withheld, it is the same: not here. What comes is held against the commit's hash, so nothing false is taken.
                if (payloads[i] is { } payload && Fits(some[i].Put, payload)) good.Add((some[i].Place, payload));
                else missing++;
            }
            _store.SavePayloads(good);
        }
        foreach (var (place, put) in absent.Where(a => !a.Put.IsInline))
        {
            try
            {
                byte[] payload = await _api.GetBlobAsync(Id, kind, put.Hash, cancel);
                if (Fits(put, payload)) _store.SavePayloads([(place, payload)]);
                else missing++;
            }
            catch (ServerRefusedException refusal) when (refusal.Name is ErrorName.NotFound or ErrorName.Erased)
            {
                missing++;
            }
        }
        return missing;
    }

    /// <summary>Brings the sealed record of one revision to this device, newest or not.</summary>
    /// <exception cref="ServerRefusedException">not-found where the server keeps it no more.</exception>
    internal async Task FetchPayloadAsync(Kind kind, Place place, CancellationToken cancel)
    {
        if (_store.PutAt(place) is not { } stored || stored.Sealed is not null) return;
        byte[]? payload = stored.Put.IsInline
            ? (await _api.GetPayloadsAsync(Id, [place], cancel))[0]
            : await _api.GetBlobAsync(Id, kind, stored.Put.Hash, cancel);
        if (payload is null || !Fits(stored.Put, payload)) throw new ServerRefusedException(ErrorName.NotFound, "The server keeps this revision no more.");
        _store.SavePayloads([(place, payload)]);
    }

    private static bool Fits(Put put, byte[] payload) => payload.Length == put.Length && Hash32.Of(payload) == put.Hash;

    /// <summary>Opens a revision that this device has; null where its bytes are not here, or are not what a device of ours seals (<see cref="WhyUnreadable"/>).</summary>
    public RecordPlaintext? Read(Head head) => KeysOf(head.Kind) is { } keys ? Read(head, keys) : null;

    /// <summary>The same with the kind's keys at hand. Safe beside a commit.</summary>
    internal RecordPlaintext? Read(Head head, VaultKeys keys)
    {
        byte[]? plain = Open(head, keys, out var result);
        if (plain is not null && RecordPlaintext.TryDecode(plain, out var record)) return record;
        if (plain is null && result is null) return null;
        // Its hash stands in a commit that was signed: so the server has not changed it. Whoever signed wrote what nobody can read, and that costs this one revision.
        _unreadable[head.Place] = plain is null ? result.ToString()! : "not a record of this version";
        return null;
    }

    /// <summary>What <see cref="Read(Head, VaultKeys)"/> reads the record of, its name alone; null where there is none to read.</summary>
    internal string? ReadName(Head head, VaultKeys keys) => Open(head, keys, out _) is { } plain ? RecordPlaintext.NameIn(plain) : null;

    /// <summary>Null where there are no bytes, and then no result either, or where they do not open.</summary>
    private byte[]? Open(Head head, VaultKeys keys, out OpenResult? result)
    {
        result = null;
        if (head.Removed || _store.PutAt(head.Place) is not { } stored || stored.Sealed is not { } sealedRecord) return null;
        byte[]? plain = keys.OpenRecord(stored.Put.Record, stored.Put.Revision, stored.Put.Epoch, sealedRecord.Span, out var opened);
        result = opened;
        return plain;
    }

    /// <summary>Why a revision whose bytes are here cannot be read, and whose it is; null: it was read, or never tried.</summary>
    public string? WhyUnreadable(Place place)
    {
        if (!_unreadable.TryGetValue(place, out string? why)) return null;
        string author = _store.CommitAt(place.Index) is { } commit && _state.Holders.GetValueOrDefault(commit.Author) is { } holder ? NameOf(holder) : "?";
        return $"It was written by \"{author}\" (change {place.Index}) and cannot be read ({why}). If that device is not yours any more: candor devices revoke. To have back what was before: candor undo {place.Index}";
    }

    public void Dispose()
    {
        foreach (var keys in _vaults.Values) keys.Dispose();
        _vaults.Clear();
        foreach (var keys in _retired) keys.Dispose();
        _retired.Clear();
        _rootKeys?.Dispose();
    }

    /// <summary>Takes this device's own commit after the server acknowledged it.</summary>
    private void Take(byte[] leaf, Commit commit, ReadOnlyMemory<byte> bundle, byte[] checkpoint)
    {
        var next = _state.Clone();
        if (next.TryExtend(leaf, out _) is { } error) throw new InvalidOperationException($"This device made a commit that breaks a rule: {error}.");
        CheckCheckpoint(checkpoint, next);
        CheckExpected(next);
        _store.SaveCheckpoint(checkpoint);
        Keep([new(commit.PrevSize, leaf, commit, bundle, [])], next);
    }

    /// <summary>Checks a leaf and its payloads against the state before it; gives the state after it.</summary>
    private static VerifiedCommit Verify(AccountState before, PulledLeaf pulled, out AccountState after)
    {
        after = before.Clone();
        string? error = after.TryExtend(pulled.Leaf, out var commit);
        if (error is ErrorName.HeadMoved) throw AlarmException.Fork(before.Size).With(AlarmEvidence.Leaf(pulled.Leaf));
        if (error is not null) throw AlarmException.BadCommit(pulled.Index, error).With(AlarmEvidence.Leaf(pulled.Leaf));
        if (pulled.Bundle is { } bundle) CheckBundle(commit!, bundle, pulled.Gone);
        return new(pulled.Index, pulled.Leaf, commit!, pulled.Bundle, pulled.Gone);
    }

    private static void CheckBundle(Commit commit, ReadOnlyMemory<byte> bundle, IReadOnlyList<int> gone)
    {
        int end = 0;
        foreach (var (op, range) in Bundle.Places(commit, gone.ToHashSet()))
        {
            end = range.End.Value;
            if (end > bundle.Length) throw AlarmException.BadPayload(commit.PlaceOf(op), "cut short");
            if (Hash32.Of(bundle.Span[range]) != ((Put)commit.Operations[op]).Hash) throw AlarmException.BadPayload(commit.PlaceOf(op), "another hash");
        }
        if (end != bundle.Length) throw AlarmException.BadPayload(commit.PlaceOf(0), "more bytes than the commit names");
    }

    private void CheckExpected(AccountState reached)
    {
        if (Expected is { } expected && reached.Size == expected.Size && !expected.Fits(reached)) throw AlarmException.NotTheHeadHandedOver(expected.Size);
    }

    private void CheckCheckpoint(byte[] note, AccountState reached)
    {
        if (!_verifier.TryOpen(note, out var verified, out var rejection)) throw AlarmException.BadCheckpoint(rejection.ToString()).With(AlarmEvidence.Theirs(note));
        if (verified.Checkpoint.Size < reached.Size) throw AlarmException.Rollback(reached.Size, verified.Checkpoint.Size).With(AlarmEvidence.Theirs(note));
        if (verified.Checkpoint.Size == reached.Size && verified.Checkpoint.Root != reached.Root)
        {
            // Proof only where the server has signed our history of that size too.
            bool both = _store.LoadCheckpoint() is { } ours && _verifier.TryOpen(ours, out var signed, out _) && signed.Checkpoint.Size == reached.Size && signed.Checkpoint.Root == reached.Root;
            throw (both ? AlarmException.Equivocation(reached.Size) : AlarmException.Fork(reached.Size)).With(AlarmEvidence.Theirs(note));
        }
        if (verified.Checkpoint.Size != reached.Size) throw AlarmException.BadCheckpoint("another size").With(AlarmEvidence.Theirs(note));
    }

    private void Keep(List<VerifiedCommit> batch, AccountState reached)
    {
        _store.Apply(batch, reached);
        var wereOn = Kinds.All.Where(IsOn).ToList();
        _state = reached;
        batch.Clear();
        // Off in the log, by this device, by an erase or because it was removed: then no key stays here.
        foreach (var kind in wereOn.Where(k => !IsOn(k))) Forget(kind);
        if (_rootKeys is null || _rootKeys.NewestEpoch == reached.Epoch) return;
        _rootKeys.Dispose();
        _rootKeys = null;
    }
}
