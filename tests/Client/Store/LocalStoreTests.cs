using System.Security.Cryptography;
using Candor.Client.Store;
using Candor.Protocol;

namespace Candor.Tests.Client.Store;

public sealed class LocalStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("candor-store-").FullName;
    private readonly TestAccount _account = new();
    private readonly LocalStore _store;

    public LocalStoreTests()
    {
        _store = LocalStore.Open(Path.Combine(_folder, "store.db"));
        _account.With(Kind.Notes).With(Kind.Photos);
        KeepWhatIsNew();
    }

    public void Dispose()
    {
        _store.Dispose();
        _account.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void AnEraseTakesSupersededAndLatePayloadsAndKeysAndLeavesOtherKinds()
    {
        byte[] first = RandomNumberGenerator.GetBytes(300), second = RandomNumberGenerator.GetBytes(300), late = RandomNumberGenerator.GetBytes(300), photo = RandomNumberGenerator.GetBytes(300);
        byte[] key = RandomNumberGenerator.GetBytes(Limits.SealedKey);
        var record = Id.Random();
        var places = new[] { Put(Kind.Notes, record, first), default, Put(Kind.Notes, Id.Random(), late, keep: false), Put(Kind.Photos, Id.Random(), photo) };
        places[1] = Put(Kind.Notes, record, second, places[0]);
        _store.SavePayloads([(places[2], late)]);
        _store.SaveVaults(Kind.Notes, [(1, key)]);
        _store.SaveVaults(Kind.Photos, [(1, key)]);
        foreach (var (place, payload) in places.Zip([first, second, late, photo])) Assert.Equal(payload, _store.PutAt(place)!.Value.Sealed!.Value.ToArray());

        _account.Must(_account.Founder, Kind.None, new Erase(Kind.Notes, [1], 0, Hash32.Of([])),
            new Keyring(2, [TestAccount.WrapFor(_account.Founder)], new byte[Limits.SealedKey]), TestAccount.VaultKey(Kind.Photos, 2));
        KeepWhatIsNew();

        foreach (var place in places[..3]) Assert.Null(_store.PutAt(place)!.Value.Sealed);
        Assert.Equal(photo, _store.PutAt(places[3])!.Value.Sealed!.Value.ToArray());
        Assert.Empty(_store.Heads(Kind.Notes));
        Assert.Single(_store.Heads(Kind.Photos));
        Assert.Empty(_store.LoadVaults(Kind.Notes));
        Assert.Single(_store.LoadVaults(Kind.Photos));
        _store.Dispose();
        foreach (string file in Directory.GetFiles(_folder))
        {
            byte[] bytes = File.ReadAllBytes(file);
            foreach (byte[] gone in new[] { first, second, late }) Assert.True(bytes.AsSpan().IndexOf(gone) < 0, $"{file} still holds an erased payload.");
        }
    }

    [Fact]
    public void ManyRecordsOfOneCommitAreReadFromTheirOwnPlaces()
    {
        var payloads = Enumerable.Range(0, 500).Select(_ => RandomNumberGenerator.GetBytes(RandomNumberGenerator.GetInt32(Limits.SmallestSealed, 400))).ToList();
        long index = _account.State.Size;
        _account.Must(_account.Founder, Kind.Notes, [.. payloads.Select(p => PutOf(Id.Random(), p, []))]);
        // The server left every third out.
        int[] gone = [.. Enumerable.Range(0, 500).Where(i => i % 3 == 0)];
        KeepWhatIsNew([.. payloads.Where((_, i) => i % 3 != 0).SelectMany(p => p)], gone);
        foreach (int i in Enumerable.Range(0, 500).Reverse())
        {
            byte[]? here = _store.PutAt(new(index, i))!.Value.Sealed?.ToArray();
            Assert.Equal(i % 3 == 0 ? null : payloads[i], here);
        }
        Assert.Null(_store.PutAt(new(index, 500)));
        Assert.Null(_store.PutAt(new(index + 1, 0)));
    }

    private static Put PutOf(Id record, byte[] payload, IReadOnlyList<Place> parents) => new(record, Id.Random(), 1, parents, Hash32.Of(payload), payload.Length, []);

    private Place Put(Kind kind, Id record, byte[] payload, Place? parent = null, bool keep = true)
    {
        var place = new Place(_account.State.Size, 0);
        _account.Must(_account.Founder, kind, PutOf(record, payload, parent is { } p ? [p] : []));
        KeepWhatIsNew(keep ? payload : null);
        return place;
    }

    /// <summary>Takes the leaves that the store does not have yet; with a bundle and what is gone of it for each.</summary>
    private void KeepWhatIsNew(byte[]? bundle = null, int[]? gone = null)
    {
        long from = _store.LoadState()?.Size ?? 0;
        var commits = _account.Leaves.Skip((int)from).Select((leaf, i) =>
        {
            Assert.True(Leaf.TryDecode(leaf, out var read));
            Assert.True(Commit.TryDecode(read.Body, out var commit, out _));
            return new VerifiedCommit(from + i, leaf, commit, bundle, gone ?? []);
        });
        _store.Apply([.. commits], _account.State);
    }
}
