using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;

namespace Candor.Tests;

/// <summary>The engine as one device has it.</summary>
internal sealed record Device(Account Account, LocalStore Store, HolderSecret Me)
{
    public string Text(Head head) => Encoding.UTF8.GetString(Account.Read(head)!.Original.Span);
}

/// <summary>Devices of one server, each with a store and a ledger in one folder. Disposes what it made, the last first.</summary>
/// <param name="folder">Where stores and ledgers go.</param>
/// <param name="address">The server.</param>
/// <param name="clock">Of every device.</param>
/// <param name="gateOver">Makes a gate over a ledger: on the network, or on a wire that a test plays.</param>
/// <param name="serverKey">What checks the server's checkpoints, as a device learns it.</param>
internal sealed class Devices(string folder, Uri address, TimeProvider clock, Func<Ledger, Gate> gateOver, Func<ServerApi, Task<NoteVerifierKey>> serverKey) : IDisposable
{
    private readonly List<IDisposable> _open = [];

    public static RecordPlaintext Note(string name, string text) => new(name, Encoding.UTF8.GetBytes(text), new RecordView().With("title", name), []);

    public T Track<T>(T item) where T : IDisposable
    {
        _open.Add(item);
        return item;
    }

    public ServerApi Api(HolderSecret me, string name)
    {
        var ledger = Track(Ledger.Open(Path.Combine(folder, $"{name}-{_open.Count}.jsonl"), clock));
        return new(Track(gateOver(ledger)), address, me, clock);
    }

    /// <summary>A new account, with a phone and the phrase's holder.</summary>
    public async Task<Device> FoundAsync(RecoveryPhrase phrase)
    {
        var me = Track(HolderSecret.GenerateDevice());
        var api = Api(me, "phone");
        var store = Track(LocalStore.Open(Path.Combine(folder, "phone.db")));
        using var words = HolderSecret.FromPhrase(phrase);
        var account = Track(await Account.FoundAsync(api, store, me, words.Keys, "phone", await serverKey(api), null, clock, default));
        return new(account, store, me);
    }

    /// <summary>An account as a holder of it has it in the store of this name; a new name is a device that has seen nothing.</summary>
    public async Task<Device> OpenAsync(Id account, HolderSecret me, string name)
    {
        var api = Api(me, name);
        var store = Track(LocalStore.Open(Path.Combine(folder, $"{name}.db")));
        return new(Track(new Account(api, store, me, account, await serverKey(api), clock)), store, me);
    }

    /// <summary>A laptop that the approver added and that has pulled the log.</summary>
    public async Task<Device> JoinAsync(Device approver)
    {
        var me = Track(HolderSecret.GenerateDevice());
        await approver.Account.AddHolderAsync(me.Keys, "laptop", default);
        var device = await OpenAsync(approver.Account.Id, me, "laptop");
        await device.Account.PullAsync(default);
        return device;
    }

    public void Dispose()
    {
        for (int i = _open.Count - 1; i >= 0; i--) _open[i].Dispose();
        _open.Clear();
    }
}
