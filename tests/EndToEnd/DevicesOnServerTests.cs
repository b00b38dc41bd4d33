using System.Text;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Gate;
using Candor.Client.Records;
using Candor.Client.Store;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Hostile;
using Candor.Tests.Server;

namespace Candor.Tests.EndToEnd;

/// <summary>The engine against the real server, over a real socket, on SQLite and a folder.</summary>
public sealed class DevicesOnServerTests : IAsyncLifetime
{
    private const string Canary = "Zanzibar-Canary-4711";

    private const string ServerName = "home.example";

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-e2e-").FullName;
    private TestServer _server = null!;
    private Devices _devices = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(settings => settings with { Name = ServerName }, dataFolder: Path.Combine(_folder, "server"));
        _devices = new(_folder, _server.BaseAddress, TimeProvider.System, ledger => new(ledger), KeyOfAsync);
    }

    public async ValueTask DisposeAsync()
    {
        _devices.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task TwoDevicesShareNotesAndTheServerKeepsNothingReadable()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await _devices.FoundAsync(phrase);
        await phone.Account.TurnOnAsync(Kind.Notes, "de", "Notes leave this device, sealed, to a server at home.", default);
        var record = Id.Random();
        await phone.Account.CommitAsync(Kind.Notes, [new(record, [], Devices.Note($"{Canary}.md", $"The code is {Canary}."))], null, default);

        var laptop = await _devices.JoinAsync(phone);
        await laptop.Account.TurnOnAsync(Kind.Notes, "de", "Notes", default);
        var head = Assert.Single(laptop.Store.HeadsOf(record));
        Assert.Equal($"The code is {Canary}.", laptop.Text(head));
        await laptop.Account.CommitAsync(Kind.Notes, [new(record, [head.Place], Devices.Note("a.md", "changed"))], null, default);

        await _server.RestartAsync();
        await phone.Account.PullAsync(default);
        Assert.Equal("changed", phone.Text(Assert.Single(phone.Store.HeadsOf(record))));

        RecoveryPhrase.TryRead(string.Join(' ', phrase.ToWords()), out var typed, out _);
        using (typed)
        {
            var words = _devices.Track(HolderSecret.FromPhrase(typed!));
            var api = _devices.Api(words, "words");
            var (account, size) = await api.FindAccountAsync(default);
            Assert.Equal(phone.Account.Id, account);
            Assert.Equal(phone.Account.State.Size, size);
            var rescue = await _devices.OpenAsync(account, words, "rescue");
            await rescue.Account.PullAsync(default);
            Assert.Equal(phone.Account.State.Root, rescue.Account.State.Root);
        }

        await _server.StopAsync();
        AssertNoCanary(Path.Combine(_folder, "server"));
        foreach (string ledger in Directory.GetFiles(_folder, "*.jsonl")) AssertAbsent(ledger);
    }

    [Attack("G01")]
    [Fact]
    public async Task AKindThatIsOffIsRefusedByTheServerWhicheverClientAsks()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await _devices.FoundAsync(phrase);
        var api = _devices.Api(phone.Me, "other-client");
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
        var phone = await _devices.FoundAsync(phrase);
        var stranger = _devices.Track(HolderSecret.GenerateDevice());
        var api = _devices.Api(stranger, "stranger");
        var absent = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetVaultsAsync(Id.Random(), Kind.Notes, default));
        var foreign = await Assert.ThrowsAsync<ServerRefusedException>(() => api.GetVaultsAsync(phone.Account.Id, Kind.Notes, default));
        Assert.Equal((absent.Name, absent.Status, absent.Message), (foreign.Name, foreign.Status, foreign.Message));
        await Assert.ThrowsAsync<ServerRefusedException>(() => api.FindAccountAsync(default));
    }

    [Fact]
    public async Task TenThousandRecordsArriveAndReadBack()
    {
        using var phrase = RecoveryPhrase.Generate();
        var phone = await _devices.FoundAsync(phrase);
        await phone.Account.TurnOnAsync(Kind.Contacts, "de", "Contacts", default);
        var changes = Enumerable.Range(0, 10_000).Select(i => new RecordChange(Id.Random(), [], Devices.Note($"{i}.vcf", $"BEGIN:VCARD\r\nFN:Person {i}\r\nEND:VCARD\r\n"))).ToList();
        await phone.Account.CommitAsync(Kind.Contacts, changes, null, default);
        var laptop = await _devices.JoinAsync(phone);
        await laptop.Account.TurnOnAsync(Kind.Contacts, "de", "Contacts", default);
        var fresh = await _devices.OpenAsync(phone.Account.Id, laptop.Me, "fresh");
        await fresh.Account.PullAsync(default);
        await fresh.Account.FetchVaultKeysAsync(Kind.Contacts, default);
        var heads = fresh.Store.Heads(Kind.Contacts);
        Assert.Equal(changes.Select(c => c.Record), heads.Select(h => h.Record));
        Assert.Equal("BEGIN:VCARD\r\nFN:Person 9999\r\nEND:VCARD\r\n", fresh.Text(heads[^1]));
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

    private static async Task<NoteVerifierKey> KeyOfAsync(ServerApi api)
    {
        var info = await api.GetServerInfoAsync(default);
        Assert.Equal(ServerName, info.Name);
        Assert.True(NoteVerifierKey.TryParse(info.Key, out var key, out _));
        return key;
    }
}
