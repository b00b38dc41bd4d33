using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Folder;
using Candor.Client.Gate;
using Candor.Client.Pairing;
using Candor.Client.Store;
using Candor.Hpke;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Client.Devices;

/// <summary>A holder of the account, as a list shows it.</summary>
/// <param name="Id">Of the holder.</param>
/// <param name="Name">As it was given; empty: none, as for the 24 words.</param>
/// <param name="Type">device, phrase, password or passkey.</param>
/// <param name="IsThis">This device.</param>
/// <param name="IsLive">False once removed.</param>
/// <param name="LastHeard">When it last wrote to the log, by its own clock; null: never.</param>
/// <param name="On">The kinds that are on for it.</param>
public sealed record HolderRow(Id Id, string Name, string Type, bool IsThis, bool IsLive, DateTimeOffset? LastHeard, IReadOnlyList<Kind> On);

/// <summary>A device of an account: its keys, its store, its gate and its ledger, from one folder that this process holds.</summary>
public sealed class Device : IDisposable
{
    private readonly DeviceKeyFile _keys;
    private readonly Ledger _ledger;
    private readonly Gate.Gate _gate;

    private Device(DeviceHome home, DeviceKeyFile keys, Wires wires, TimeProvider clock)
    {
        Home = home;
        Clock = clock;
        _keys = keys;
        (_ledger, _gate) = (wires.Ledger, wires.Gate);
        Api = new(_gate, keys.Server, keys.Me, clock);
        Store = LocalStore.Open(home.StoreFile);
        Alarms = new(home.AlarmsFolder, clock);
        Account = new(Api, Store, keys.Me, keys.Account, keys.ServerKey, clock) { Expected = keys.Expected, Alarms = Alarms };
    }

    public DeviceHome Home { get; }

    public TimeProvider Clock { get; }

    public Account Account { get; }

    /// <summary>What was seen and not answered yet.</summary>
    public AlarmBook Alarms { get; }

    public Uri Server => _keys.Server;

    /// <summary>The name that stands in the server's checkpoints.</summary>
    public string ServerName => _keys.ServerKey.Name;

    /// <summary>The key that checks the server's signatures (spec/checkpoint.md, vkey).</summary>
    public string ServerKey => _keys.ServerKey.ToString();

    /// <summary>Of the key that checks the server's signatures, for two people, or a person and a paper, to compare.</summary>
    public string ServerFingerprint => Kit.RecoveryKit.FingerprintOf(_keys.ServerKey.ToString());

    public Id Id => _keys.Me.Id;

    internal ServerApi Api { get; }

    /// <summary>The only way out.</summary>
    internal Gate.Gate Door => _gate;

    internal LocalStore Store { get; }

    /// <summary>Seals what this device keeps for itself.</summary>
    internal Secret32 StoreKey => _keys.StoreKey;

    internal HolderSecret Me => _keys.Me;

    /// <summary>Opens the device that lives in a folder.</summary>
    /// <exception cref="DeviceException">There is none, another process holds it, or its files are damaged.</exception>
    public static Device Open(string home, TimeProvider clock)
    {
        if (!DeviceHome.HasDevice(home))
        {
            throw new DeviceException("This device has joined no server yet: nothing is on, and nothing leaves it. To begin: candor join SERVER");
        }
        var held = DeviceHome.Hold(home);
        DeviceKeyFile? keys = null;
        try
        {
            keys = DeviceKeyFile.Read(held.KeyFile);
            return new(held, keys, Wires.Of(held, clock), clock);
        }
        catch (Exception e)
        {
            keys?.Dispose();
            held.Dispose();
            if (e is Microsoft.Data.Sqlite.SqliteException)
                throw new DeviceException($"What this device keeps of its account ({held.StoreFile}) cannot be opened: {e.Message} Move that file away and run again: the log is fetched anew and everything is recognised.", e);
            if (e is InvalidDataException or IOException or UnauthorizedAccessException) throw new DeviceException(e.Message, e);
            throw;
        }
    }

    /// <summary>What a server says of itself, before a person writes down words for it: that it answers, and whether it takes new accounts.</summary>
    /// <exception cref="ServerRefusedException">It does not answer, or is no Candor server.</exception>
    public static async Task<ServerInfo> AskAsync(string home, Uri server, TimeProvider clock, CancellationToken cancel)
    {
        using var held = DeviceHome.Hold(home);
        using var wires = Wires.Of(held, clock);
        using var stranger = HolderSecret.GenerateDevice();
        return await new ServerApi(wires.Gate, server, stranger, clock).GetServerInfoAsync(cancel);
    }

    /// <summary>What this device's server says of itself: its region and law, as a consent's text shows them.</summary>
    public Task<ServerInfo> AskServerAsync(CancellationToken cancel) => Api.GetServerInfoAsync(cancel);

    /// <summary>Founds an account on a server: this device and the 24 words are its first holders. Every kind is off.</summary>
    /// <param name="home">A folder without a device.</param>
    /// <param name="server">Where.</param>
    /// <param name="name">Of this device; sealed.</param>
    /// <param name="words">From <see cref="RecoveryWords.Generate"/>, typed back before.</param>
    /// <param name="invite">Where registration asks for one.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    /// <exception cref="DeviceException">The folder has a device, the words are not right, or they open an account there already.</exception>
    /// <exception cref="ServerRefusedException">The server refused; nothing was kept.</exception>
    public static Task<Device> FoundAsync(string home, Uri server, string name, string words, string? invite, TimeProvider clock, CancellationToken cancel)
    {
        var phrase = RecoveryWords.Read(words);
        return MakeAsync(home, clock, phrase, async (held, wires) =>
        {
            using var wordsHolder = HolderSecret.FromPhrase(phrase);
            if (await AccountOfAsync(new(wires.Gate, server, wordsHolder, clock), cancel) is not null)
            {
                throw new DeviceException($"These words open an account at {server.Authority} already. To bring this device into it: candor recover {server}. For another account, take other words.");
            }
            var me = HolderSecret.GenerateDevice();
            var api = new ServerApi(wires.Gate, server, me, clock);
            var serverKey = await KeyOfAsync(api, cancel);
            using var store = LocalStore.Open(held.StoreFile);
            using var account = await Account.FoundAsync(api, store, me, wordsHolder.Keys, name, serverKey, invite, clock, cancel);
            await account.VouchAsync(wordsHolder, cancel);
            return new DeviceKeyFile(me, Secret32.Generate(), account.Id, server, serverKey);
        });
    }

    /// <summary>Joins the account that the 24 words belong to, as a new device.</summary>
    /// <exception cref="DeviceException">The folder has a device, the words are not right, or no account on this server knows them.</exception>
    /// <exception cref="AlarmException">The server's history of the account is not good.</exception>
    public static Task<Device> RecoverAsync(string home, Uri server, string name, string words, TimeProvider clock, CancellationToken cancel)
    {
        using var phrase = RecoveryWords.Read(words);
        return ComeInAsync(home, server, name, HolderSecret.FromPhrase(phrase), "these words", "your words", clock, cancel);
    }

    /// <summary>Joins the account that a password and an account secret belong to, as a new device. Both are used here alone; of neither does anything leave.</summary>
    /// <inheritdoc cref="RecoverAsync"/>
    public static Task<Device> RecoverByPasswordAsync(string home, Uri server, string name, string accountSecret, string password, TimeProvider clock, CancellationToken cancel)
    {
        using var secret = Passwords.ReadSecret(accountSecret);
        if (Passwords.CannotBeTyped(password) is { } trouble) throw new DeviceException(trouble);
        return ComeInAsync(home, server, name, HolderSecret.FromPassword(secret, password), "this password and account secret together: one of them is another", "your password", clock, cancel);
    }

    /// <param name="home">A folder without a device.</param>
    /// <param name="server">Where.</param>
    /// <param name="name">Of the new device; sealed.</param>
    /// <param name="holder">Who lets it in. It is disposed here.</param>
    /// <param name="what">What no account may be known for, in a sentence.</param>
    /// <param name="whose">The same as somebody's own.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels.</param>
    private static Task<Device> ComeInAsync(string home, Uri server, string name, HolderSecret holder, string what, string whose, TimeProvider clock, CancellationToken cancel) =>
        MakeAsync(home, clock, holder, async (held, wires) =>
        {
            var api = new ServerApi(wires.Gate, server, holder, clock);
            var serverKey = await KeyOfAsync(api, cancel);
            var id = await AccountOfAsync(api, cancel)
                ?? throw new DeviceException($"{server.Authority} has no account for {what}. Is it the right server? The address is on the recovery kit.");
            using var store = LocalStore.Open(held.StoreFile);
            using var account = new Account(api, store, holder, id, serverKey, clock);
            await account.PullAsync(cancel);
            if (!account.HasSigned(holder.Id))
            {
                throw new DeviceException(
                    $"{server.Authority} shows an account that names {whose}, which never signed in it: it may be somebody else's, made to catch what you would send. Nothing was sent to it. "
                    + "Ask whoever runs the server.");
            }
            var me = HolderSecret.GenerateDevice();
            await account.AddHolderAsync(me.Keys, name, cancel);
            return new DeviceKeyFile(me, Secret32.Generate(), id, server, serverKey);
        });

    /// <summary>The account that a holder opens; null where the server knows none.</summary>
    internal static async Task<Id?> AccountOfAsync(ServerApi api, CancellationToken cancel)
    {
        try
        {
            return (await api.FindAccountAsync(cancel)).Account;
        }
        catch (ServerRefusedException refusal) when (refusal.Name == ErrorName.NotFound)
        {
            return null;
        }
    }

    /// <summary>True where these are the words of this device's account, as its log has it. Asks nobody.</summary>
    /// <exception cref="DeviceException">They are no 24 words.</exception>
    public bool AreTheWords(string words)
    {
        using var phrase = RecoveryWords.Read(words);
        using var holder = HolderSecret.FromPhrase(phrase);
        return Account.State.Holders.GetValueOrDefault(holder.Id) is { IsLive: true };
    }

    /// <summary>Has the words, which a person typed back, sign in the account's log: from then on every device knows that they were kept (spec/recovery-phrase.md §3).</summary>
    /// <returns>False: they are the words of no account, or of another.</returns>
    /// <exception cref="DeviceException">They are no 24 words.</exception>
    public async Task<bool> CheckWordsAsync(string words, CancellationToken cancel)
    {
        await Account.PullAsync(cancel);
        if (!AreTheWords(words)) return false;
        using var phrase = RecoveryWords.Read(words);
        using var holder = HolderSecret.FromPhrase(phrase);
        await Account.VouchAsync(holder, cancel);
        return true;
    }

    /// <summary>A device that people with shares will let in; null: none.</summary>
    internal AnnouncedDevice? AnnouncedDevice() => Account.Announced is { } announced ? new(announced.Device.Id, Account.AnnouncedUntil() ?? default) : null;

    /// <summary>What brings the account back when every device is lost, as this device's log has it.</summary>
    public WaysBack WaysBack()
    {
        var words = Account.State.LiveHolders.Where(h => h.Keys.Type == HolderType.Phrase).ToList();
        // They signed once when the account was founded: the second time is a person's doing.
        var typed = words.Where(h => h.LastSeq >= 2).Select(h => (DateTimeOffset?)DateTimeOffset.FromUnixTimeMilliseconds(h.LastTime.Ms)).Max();
        return new(words.Count > 0, typed, Account.HasPassword, Account.HasPeople ? Account.PeopleName : null);
    }

    /// <summary>Joins an account that another device lets this one into (spec/pairing.md).</summary>
    /// <param name="home">A folder without a device.</param>
    /// <param name="server">The account's server.</param>
    /// <param name="name">What the others are to call this device.</param>
    /// <param name="shown">Shows the code and link of a pairing that was asked for.</param>
    /// <param name="compared">Shows the four words and answers whether the person found them the same on both sides.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancel">Cancels; the other side is told.</param>
    /// <exception cref="PairingException">It came to nothing; the message says why and what to do.</exception>
    public static Task<Device> PairAsync(
        string home, Uri server, string name, Action<NewDevice> shown, Func<IReadOnlyList<string>, Task<bool>> compared, TimeProvider clock, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(shown);
        ArgumentNullException.ThrowIfNull(compared);
        return MakeAsync(home, clock, null, async (_, wires) =>
        {
            await using var pairing = await NewDevice.AskAsync(wires.Gate, server, name, clock, cancel);
            shown(pairing);
            await pairing.MeetAsync(cancel);
            var joined = await pairing.AnswerAsync(await compared(pairing.Words), cancel);
            return new DeviceKeyFile(joined.Me, Secret32.Generate(), joined.Account, server, joined.ServerKey, joined.Head);
        });
    }

    /// <summary>Begins to let another device in, by the code or link that it shows. See <see cref="Approver"/> for what follows.</summary>
    public Task<Approver> ApproveAsync(string codeOrLink, CancellationToken cancel) => Approver.OfferAsync(Account, Me, Api, codeOrLink, Clock, cancel);

    /// <summary>The kinds that a person named, or, where none was, all that are on.</summary>
    /// <exception cref="DeviceException">One of them is off on this device.</exception>
    internal IReadOnlyList<Kind> KindsToRead(IReadOnlyList<Kind> named)
    {
        foreach (var kind in named.Where(k => !Account.IsOn(k)))
            throw new DeviceException($"{kind.Word()} is off on this device, so it has no key to read it. Turn it on first: candor on {kind.Word()}");
        return named.Count > 0 ? named : [.. Kinds.All.Where(Account.IsOn)];
    }

    /// <summary>Everyone who holds or held a key of the account: this device first, then by when they were added.</summary>
    public IReadOnlyList<HolderRow> Holders() =>
    [
        .. Account.State.Holders.Values.OrderBy(h => h.Id != Id).ThenBy(h => h.Added).Select(h => new HolderRow(
            h.Id, Account.NameOf(h), h.Keys.Type.ToString().ToLowerInvariant(), h.Id == Id, h.IsLive,
            h.LastSeq == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(h.LastTime.Ms), [.. Kinds.All.Where(h.MayTouch)])),
    ];

    /// <summary>A device writes at least once a day while it runs: after so long it is not in use, or what it writes is hidden.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromDays(3);

    /// <summary>The other devices that were not heard for three days.</summary>
    internal IReadOnlyList<SilentDevice> SilentDevices() =>
    [
        .. Holders().Where(h => h.IsLive && !h.IsThis && h.Type == "device" && Clock.GetUtcNow() - (h.LastHeard ?? AddedAt(h.Id)) >= Silence)
            .Select(h => new SilentDevice(h.Name, h.LastHeard)),
    ];

    /// <summary>What the other devices have announced that they will erase.</summary>
    internal IReadOnlyList<AnnouncedErase> AnnouncedErases() =>
        [.. Holders().Where(h => h.IsLive && !h.IsThis).SelectMany(h => Kinds.All.Where(k => Account.HasAnnounced(h.Id, k)).Select(k => new AnnouncedErase(k, h.Name)))];

    private DateTimeOffset AddedAt(Id holder) =>
        DateTimeOffset.FromUnixTimeMilliseconds(Store.CommitAt(Account.State.Holders[holder].Added.Index)?.Time.Ms ?? 0);

    public void Dispose()
    {
        Account.Dispose();
        Store.Dispose();
        _gate.Dispose();
        _ledger.Dispose();
        _keys.Dispose();
        Home.Dispose();
    }

    /// <summary>Makes a device in a folder. The key file is written last: without it the folder has no device, and what was begun in it is taken away.</summary>
    internal static async Task<Device> MakeAsync(string home, TimeProvider clock, IDisposable? secret, Func<DeviceHome, Wires, Task<DeviceKeyFile>> make)
    {
        using var disposed = secret;
        bool wasThere = Directory.Exists(home);
        var held = DeviceHome.Hold(home);
        Wires? wires = null;
        try
        {
            if (DeviceHome.HasDevice(home)) throw new DeviceException($"{home} has a device already. Use it, or name another folder with --home.");
            if (File.Exists(held.StoreFile)) File.Delete(held.StoreFile);
            wires = Wires.Of(held, clock);
            var keys = await make(held, wires);
            keys.Write(held.KeyFile);
            return new(held, keys, wires, clock);
        }
        catch
        {
            wires?.Dispose();
            held.Dispose();
            // The ledger stays where something was sent: what left is never forgotten.
            if (!wasThere && !File.Exists(DeviceHome.LedgerFileOf(home))) Directory.Delete(home, recursive: true);
            throw;
        }
    }

    internal static async Task<NoteVerifierKey> KeyOfAsync(ServerApi api, CancellationToken cancel)
    {
        var info = await api.GetServerInfoAsync(cancel);
        return NoteVerifierKey.TryParse(info.Key, out var key, out _) && key.Name == info.Name
            ? key
            : throw new ServerRefusedException(ServerRefusedException.Garbled, $"{api.Server.Authority} names no key that its history could be checked with. Is this a Candor server?");
    }

    /// <summary>A gate and its ledger, over the files of a home.</summary>
    internal sealed record Wires(Ledger Ledger, Gate.Gate Gate) : IDisposable
    {
        public static Wires Of(DeviceHome home, TimeProvider clock)
        {
            var ledger = Ledger.Open(home.LedgerFile, clock);
            return new(ledger, new(ledger));
        }

        public void Dispose()
        {
            Gate.Dispose();
            Ledger.Dispose();
        }
    }
}
