using System.Collections.Immutable;
using System.Globalization;
using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Log;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Tests.Hostile;
using Candor.Tests.Server;
using CsCheck;

namespace Candor.Tests.EndToEnd;

/// <summary>Records that two devices make, edit, remove and bring back, hundreds in a commit, behind each other's backs or not: both stores and the server are what a dictionary says.</summary>
/// <remarks>CsCheck prints the seed and the shortest sequence that fails; CANDOR_MODEL_OPERATIONS asks for more.</remarks>
public sealed class CrudModelTests
{
    private const int MostChanges = 300;

    private static readonly Gen<Step> Steps = Gen.Select(
        Gen.Int[0, 1], Gen.Frequency((6, Gen.Const(What.Change)), (2, Gen.Const(What.Pull)), (1, Gen.Const(What.Reopen))), Gen.Int[1, MostChanges], Gen.Int[0, int.MaxValue - 1])
        .Select(t => new Step(t.Item1, t.Item2, t.Item3, t.Item4));

    private enum What
    {
        Change,
        Pull,
        Reopen,
    }

    private sealed record Step(int Device, What What, int Changes, int Seed);

    [Attack("R09")]
    [Fact]
    public async Task TwoDevicesHoldWhatADictionarySaysAfterEveryStep()
    {
        long wanted = long.TryParse(Environment.GetEnvironmentVariable("CANDOR_MODEL_OPERATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out long given) ? given : 10_000;
        string disk = Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath();
        string folder = Directory.CreateDirectory(Path.Combine(disk, $"candor-crud-{Id.Random()}")).FullName;
        long done = 0, parted = 0;
        try
        {
            await using var server = await TestServer.StartAsync(dataFolder: Path.Combine(folder, "server"));
            while (Interlocked.Read(ref done) < wanted)
            {
                await Steps.List[4, 24].SampleAsync(
                    async steps =>
                    {
                        await using var world = await World.StartAsync(server, Path.Combine(folder, Id.Random().ToString()));
                        foreach (var step in steps)
                        {
                            Interlocked.Add(ref done, await world.DoAsync(step));
                            world.Check(step.Device);
                        }
                        await world.EndAsync();
                        Interlocked.Add(ref parted, world.Parted);
                    },
                    iter: 8, threads: 2, print: steps => string.Join('\n', steps));
            }
            Assert.True(parted > 0, "No two devices ever wrote to one record behind each other's backs.");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>One account, two devices, and the dictionary: of each record its newest revisions, more than one where two devices wrote without knowing of each other; null: removed.</summary>
    private sealed class World(Devices devices, string folder) : IAsyncDisposable
    {
        private readonly Device[] _devices = new Device[2];
        private readonly ImmutableDictionary<Id, ImmutableDictionary<Place, string?>>[] _seen = [ImmutableDictionary<Id, ImmutableDictionary<Place, string?>>.Empty, ImmutableDictionary<Id, ImmutableDictionary<Place, string?>>.Empty];
        private ImmutableDictionary<Id, ImmutableDictionary<Place, string?>> _all = ImmutableDictionary<Id, ImmutableDictionary<Place, string?>>.Empty;
        private int _texts;

        /// <summary>Records with more than one newest revision.</summary>
        public int Parted => _all.Values.Count(h => h.Count > 1);

        public static async Task<World> StartAsync(TestServer server, string folder)
        {
            Directory.CreateDirectory(folder);
            var devices = new Devices(folder, server.BaseAddress, TimeProvider.System, ledger => new(ledger), KeyOfAsync);
            var world = new World(devices, folder);
            using var phrase = RecoveryPhrase.Generate();
            world._devices[0] = await devices.FoundAsync(phrase);
            world._devices[1] = await devices.JoinAsync(world._devices[0]);
            foreach (var device in world._devices) await device.Account.TurnOnAsync(Kind.Notes, "de", "Notes leave this device, sealed.", default);
            return world;
        }

        public ValueTask DisposeAsync()
        {
            devices.Dispose();
            Directory.Delete(folder, recursive: true);
            return ValueTask.CompletedTask;
        }

        /// <returns>How many records were changed.</returns>
        public async Task<int> DoAsync(Step step)
        {
            var device = _devices[step.Device];
            switch (step.What)
            {
                case What.Change:
                    return await ChangeAsync(step.Device, step.Changes, new Random(step.Seed));
                case What.Pull:
                    await device.Account.PullAsync(default);
                    _seen[step.Device] = _all;
                    return 0;
                default:
                    device.Account.Dispose();
                    device.Store.Dispose();
                    _devices[step.Device] = await devices.OpenAsync(device.Account.Id, device.Me, step.Device == 0 ? "phone" : "laptop");
                    return 0;
            }
        }

        private async Task<int> ChangeAsync(int number, int count, Random random)
        {
            var seen = _seen[number];
            Id[] known = [.. seen.Keys.Order()];
            random.Shuffle(known);
            var changes = new List<RecordChange>();
            var texts = new Dictionary<Id, string?>();
            for (int i = 0; i < count; i++)
            {
                // Each record once in a commit; what was removed is picked like any other, and so brought back.
                bool isNew = i >= known.Length || random.Next(3) == 0;
                byte[] id = new byte[Id.Size];
                random.NextBytes(id);
                var record = isNew ? Id.From(id) : known[i];
                string? text = !isNew && random.Next(4) == 0 ? null : $"text {++_texts}";
                texts[record] = text;
                changes.Add(new(record, isNew ? [] : [.. seen[record].Keys.Order()], text is null ? null : Devices.Note($"{record}.md", text)));
            }
            await _devices[number].Account.CommitAsync(Kind.Notes, changes, committed =>
            {
                foreach (var (change, place) in committed)
                {
                    var heads = _all.GetValueOrDefault(change.Record, ImmutableDictionary<Place, string?>.Empty);
                    _all = _all.SetItem(change.Record, heads.RemoveRange(change.Parents).Add(place, texts[change.Record]));
                }
            }, default);
            // A commit stands on the newest leaf: the device has read all that came before it.
            _seen[number] = _all;
            return changes.Count;
        }

        private static async Task<NoteVerifierKey> KeyOfAsync(ServerApi api)
        {
            Assert.True(NoteVerifierKey.TryParse((await api.GetServerInfoAsync(default)).Key, out var key, out _));
            return key;
        }

        public void Check(int number)
        {
            var device = _devices[number];
            var heads = device.Store.Heads(Kind.Notes);
            Assert.Equal(_seen[number].Sum(r => r.Value.Count), heads.Count);
            foreach (var head in heads)
            {
                string? text = null;
                Assert.True(_seen[number].TryGetValue(head.Record, out var expected) && expected.TryGetValue(head.Place, out text), $"{head} is no newest revision.");
                Assert.Equal(text, head.Removed ? null : device.Text(head));
            }
        }

        /// <summary>Both have read everything, and so has one that saw nothing before.</summary>
        public async Task EndAsync()
        {
            for (int i = 0; i < _devices.Length; i++)
            {
                await DoAsync(new(i, What.Pull, 0, 0));
                Check(i);
            }
            _devices[1] = await devices.OpenAsync(_devices[0].Account.Id, _devices[0].Me, "new");
            await _devices[1].Account.PullAsync(default);
            await _devices[1].Account.FetchVaultKeysAsync(Kind.Notes, default);
            await _devices[1].Account.FetchPayloadsAsync(Kind.Notes, default);
            Check(1);
        }
    }
}
