using System.Net;
using System.Net.Sockets;
using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Server;
using Candor.Server.Operator;

namespace Candor.Tests.EndToEnd;

/// <summary>The engine against the real server, over a real socket, on SQLite and a folder.</summary>
public sealed class DevicesOnServerTests : IAsyncLifetime
{
    private const string Canary = "Zanzibar-Canary-4711";

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-e2e-").FullName;
    private readonly List<IDisposable> _open = [];
    private readonly Uri _address = new($"http://127.0.0.1:{FreePort()}/");
    private CandorServer? _server;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        _open.Reverse();
        foreach (var item in _open) item.Dispose();
        await StopAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task TwoDevicesShareNotesAndTheServerKeepsNothingReadable()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await FoundAsync(phrase);
        await phone.Account.TurnOnAsync(Kind.Notes, "de", "Notes leave this device, sealed, to a server at home.", default);
        var record = Id.Random();
        await phone.Account.CommitAsync(Kind.Notes, [new(record, [], Note($"{Canary}.md", $"The code is {Canary}."))], null, default);

        var laptop = await JoinAsync(phone);
        await laptop.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var head = Assert.Single(laptop.Store.HeadsOf(record));
        Assert.Equal($"The code is {Canary}.", Text(laptop, head));
        await laptop.Account.CommitAsync(Kind.Notes, [new(record, [head.Place], Note("a.md", "changed"))], null, default);

        await StopAsync();
        await StartAsync();
        await phone.Account.PullAsync(default);
        Assert.Equal("changed", Text(phone, Assert.Single(phone.Store.HeadsOf(record))));

        RecoveryPhrase.TryRead(string.Join(' ', phrase.ToWords()), out var typed, out _);
        using (typed)
        {
            var words = Track(HolderSecret.FromPhrase(typed!));
            var api = Api(words, "words");
            var (account, size) = await api.FindAccountAsync(default);
            Assert.Equal(phone.Account.Id, account);
            Assert.Equal(phone.Account.State.Size, size);
            var rescue = Open(account, words, "rescue");
            await rescue.Account.PullAsync(default);
            Assert.Equal(phone.Account.State.Root, rescue.Account.State.Root);
        }

        await StopAsync();
        AssertNoCanary(Path.Combine(_folder, "server"));
        foreach (string ledger in Directory.GetFiles(_folder, "*.jsonl")) AssertAbsent(ledger);
    }

    [Fact]
    public async Task AKindThatIsOffIsRefusedByTheServerWhicheverClientAsks()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await FoundAsync(phrase);
        var api = Api(phone.Me, "other-client");
        byte[] bytes = new byte[Limits.SmallestSealed];
        var refused = await Assert.ThrowsAsync<ServerRefusedException>(() => api.PutBlobAsync(phone.Account.Id, Kind.Photos, Hash32.Of(bytes), bytes, 0, default));
        Assert.Equal((ErrorName.ConsentRequired, 403), (refused.Name, refused.Status));

        var state = phone.Account.State;
        var put = new Put(Id.Random(), Id.Random(), 1, [], Hash32.Of(bytes), bytes.Length, []);
        var commit = new Commit(state.Account, state.Size, state.Root, phone.Me.Id, 2, new(state.LatestTime.Ms + 1, 0), Kind.Photos, [put]);
        refused = await Assert.ThrowsAsync<ServerRefusedException>(() => api.PushAsync(state.Account, new(phone.Me.Sign(commit), bytes, []), Kind.Photos, 0, default));
        Assert.Equal((ErrorName.ConsentRequired, 403), (refused.Name, refused.Status));
        refused = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetVaultsAsync(state.Account, Kind.Photos, default));
        Assert.Equal(403, refused.Status);

        await phone.Account.TurnOnAsync(Kind.Photos, "de", "Photos", default);
        await api.PutBlobAsync(phone.Account.Id, Kind.Photos, Hash32.Of(bytes), bytes, 0, default);
        Assert.Equal(bytes, await api.GetBlobAsync(phone.Account.Id, Kind.Photos, Hash32.Of(bytes), default));
        await phone.Account.TurnOffAsync(Kind.Photos, default);
        refused = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetBlobAsync(phone.Account.Id, Kind.Photos, Hash32.Of(bytes), default));
        Assert.Equal(403, refused.Status);
    }

    [Fact]
    public async Task AStrangersKeyFindsNoAccountAndNoDifference()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await FoundAsync(phrase);
        var stranger = Track(HolderSecret.GenerateDevice());
        var api = Api(stranger, "stranger");
        var absent = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetVaultsAsync(Id.Random(), Kind.Notes, default));
        var foreign = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetVaultsAsync(phone.Account.Id, Kind.Notes, default));
        Assert.Equal((absent.Name, absent.Status, absent.Message), (foreign.Name, foreign.Status, foreign.Message));
        await Assert.ThrowsAsync<ServerRefusedException>(() => api.FindAccountAsync(default));
    }

    [Fact]
    public async Task TenThousandRecordsArriveAndReadBack()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await FoundAsync(phrase);
        await phone.Account.TurnOnAsync(Kind.Contacts, "de", "Contacts", default);
        var changes = Enumerable.Range(0, 10_000).Select(i => new RecordChange(Id.Random(), [], Note($"{i}.vcf", $"BEGIN:VCARD\r\nFN:Person {i}\r\nEND:VCARD\r\n"))).ToList();
        await phone.Account.CommitAsync(Kind.Contacts, changes, null, default);
        var laptop = await JoinAsync(phone);
        await laptop.Account.TurnOnAsync(Kind.Contacts, "de", "Contacts", default);
        var fresh = Open(phone.Account.Id, laptop.Me, "fresh");
        await fresh.Account.PullAsync(default);
        await fresh.Account.FetchVaultKeysAsync(Kind.Contacts, default);
        var heads = fresh.Store.Heads(Kind.Contacts);
        Assert.Equal(changes.Select(c => c.Record), heads.Select(h => h.Record));
        Assert.Equal("BEGIN:VCARD\r\nFN:Person 9999\r\nEND:VCARD\r\n", Text(fresh, heads[^1]));
    }

    private sealed record Device(Account Account, LocalStore Store, HolderSecret Me);

    private static string Text(Device device, Head head) => Encoding.UTF8.GetString(device.Account.Read(head)!.Original.Span);

    private static RecordPlaintext Note(string name, string text) => new(name, Encoding.UTF8.GetBytes(text), new RecordView().With("title", name), []);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void AssertNoCanary(string folder)
    {
        string[] files = Directory.GetFiles(folder, "*", SearchOption.AllDirectories);
        Assert.NotEmpty(files);
        foreach (string file in files) AssertAbsent(file);
    }

    private static void AssertAbsent(string file)
    {
        byte[] raw = Encoding.UTF8.GetBytes(Canary);
        byte[] content = File.ReadAllBytes(file);
        // Base64 shows a text in one of three ways, by where it begins; the middle of each is the same for any surroundings.
        var forms = new List<byte[]> { raw, Encoding.Unicode.GetBytes(Canary), Encoding.ASCII.GetBytes(Convert.ToHexString(raw)), Encoding.ASCII.GetBytes(Convert.ToHexStringLower(raw)) };
        for (int shift = 0; shift < 3; shift++) forms.Add(Encoding.ASCII.GetBytes(Convert.ToBase64String([.. new byte[shift], .. raw])[4..^4]));
        foreach (byte[] form in forms) Assert.True(content.AsSpan().IndexOf(form) < 0, $"{file} holds what should be sealed.");
    }

    private async Task StartAsync()
    {
        _server = CandorServer.Open(new ServerSettings { DataFolder = Path.Combine(_folder, "server"), Urls = _address.ToString(), Name = "home.example" }, TimeProvider.System);
        await _server.StartAsync();
    }

    private async Task StopAsync()
    {
        if (_server is null) return;
        await _server.StopAsync();
        await _server.DisposeAsync();
        _server = null;
    }

    private T Track<T>(T item) where T : IDisposable
    {
        _open.Add(item);
        return item;
    }

    private ServerApi Api(HolderSecret me, string name)
    {
        var ledger = Track(Ledger.Open(Path.Combine(_folder, $"{name}-{_open.Count}.jsonl"), TimeProvider.System));
        return new(Track(new Gate(ledger)), _address, me, TimeProvider.System);
    }

    private static async Task<NoteVerifierKey> KeyOf(ServerApi api)
    {
        var info = await api.GetServerInfoAsync(default);
        Assert.Equal("home.example", info.Name);
        Assert.True(NoteVerifierKey.TryParse(info.Key, out var key, out _));
        return key;
    }

    private async Task<Device> FoundAsync(RecoveryPhrase phrase)
    {
        var me = Track(HolderSecret.GenerateDevice());
        var api = Api(me, "phone");
        var store = Track(LocalStore.Open(Path.Combine(_folder, "phone.db")));
        using var words = HolderSecret.FromPhrase(phrase);
        var account = Track(await Account.FoundAsync(api, store, me, words.Keys, "phone", await KeyOf(api), null, TimeProvider.System, default));
        return new(account, store, me);
    }

    private Device Open(Id account, HolderSecret me, string name)
    {
        var api = Api(me, name);
        var store = Track(LocalStore.Open(Path.Combine(_folder, $"{name}.db")));
        return new(Track(new Account(api, store, me, account, KeyOf(api).GetAwaiter().GetResult(), TimeProvider.System)), store, me);
    }

    private async Task<Device> JoinAsync(Device approver)
    {
        var me = Track(HolderSecret.GenerateDevice());
        await approver.Account.AddHolderAsync(me.Keys, "laptop", default);
        var device = Open(approver.Account.Id, me, "laptop");
        await device.Account.PullAsync(default);
        return device;
    }
}
