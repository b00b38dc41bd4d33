using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Sealing;

namespace Candor.Tests.Log.Accounts;

/// <summary>R22 to R24 of spec/recovery-people.md §4.</summary>
public sealed class PeopleRulesTests : IDisposable
{
    private const long Day = 24L * 3600 * 1000;

    private readonly TestAccount _account = new();
    private readonly TestHolder _people;
    private readonly TestHolder _newcomer = new();

    public PeopleRulesTests()
    {
        _people = _account.Join(HolderType.People);
        _account.Must(_people, Kind.None);
    }

    public void Dispose()
    {
        _account.Dispose();
        _people.Dispose();
        _newcomer.Dispose();
    }

    [Fact]
    public void R22_TheDeviceComesInAfterSeventyTwoHoursAndNotAMillisecondEarlier()
    {
        long at = Announce();
        Assert.Equal(_newcomer.Id, _account.State.Announced!.Device.Id);
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(at + (3 * Day) - 1, LetIn(_newcomer))));
        Assert.Null(_account.Try(_people, At(at + (3 * Day), LetIn(_newcomer))));
        Assert.Null(_account.State.Announced);
        Assert.True(_account.State.Holders[_newcomer.Id].IsLive);
        using var another = new TestHolder();
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(at + (9 * Day), LetIn(another))));
    }

    [Fact]
    public void R22_PeopleDoNothingElse()
    {
        long at = Announce();
        using var other = new TestHolder();
        Operation[][] refused =
        [
            LetIn(other),
            [.. LetIn(_newcomer), .. LetIn(other)],
            [new HolderAdd(_newcomer.Keys, default)],
            [new HolderRemove(_account.Founder.Id), new Keyring(2, [TestAccount.WrapFor(_people)], new byte[Limits.SealedKey])],
            [new Keyring(2, [.. new[] { _account.Founder, _people }.OrderBy(h => h.Id).Select(TestAccount.WrapFor)], new byte[Limits.SealedKey])],
            [new Region("elsewhere", "x")],
            [new Objection(_account.State.Announced!.Place)],
        ];
        Assert.All(refused, operations => Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(at + (4 * Day), operations))));
        Assert.Null(_account.Try(_people, At(at + (4 * Day))));
    }

    [Fact]
    public void R23_OnlyPeopleAnnounceOneDeviceAtATimeAndNotInThePast()
    {
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_account.Founder, Kind.None, new Announce(_newcomer.Keys)));
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, Kind.None, new Announce(_account.Founder.Keys)));
        long latest = _account.State.LatestTime.Ms;
        _account.Must(_account.Founder, Kind.None);
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(latest + 1, new Announce(_newcomer.Keys)) with { Time = _account.State.LatestTime }));
        Announce();
        using var second = new TestHolder();
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, Kind.None, new Announce(second.Keys)));
    }

    [Fact]
    public void R24_AnObjectionEndsOneAnnouncementAndTheNextOneCountsAnew()
    {
        long at = Announce();
        var place = _account.State.Announced!.Place;
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_account.Founder, Kind.None, new Objection(new(place.Index, place.Op + 1))));
        _account.Must(_account.Founder, Kind.None, new Objection(place));
        Assert.Null(_account.State.Announced);
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_account.Founder, Kind.None, new Objection(place)));
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(at + (3 * Day), LetIn(_newcomer))));
        long again = Announce();
        Assert.Equal(ErrorName.PeopleBad, _account.Try(_people, At(again + (3 * Day) - 1, LetIn(_newcomer))));
        Assert.Null(_account.Try(_people, At(again + (3 * Day), LetIn(_newcomer))));
    }

    [Fact]
    public void EachLeafOfTheVectorsExtendsTheStateOrIsRefusedByItsRule()
    {
        AccountState? state = null;
        foreach (var c in Vectors.Cases("people.json"))
        {
            state ??= new(Id.From(c.Bytes("account")));
            string? error = state.TryExtend(c.Bytes("leaf"), out _);
            Assert.True(c.GetProperty("error").GetString() == error, $"{c.Text("name")}: {error}");
            Assert.Equal((c.Number("size"), c.Text("root"), (int)c.Number("live_holders"), (uint)c.Number("epoch")), (state.Size, state.Root.ToString(), state.LiveHolders.Count(), state.Epoch));
            Assert.True(c.GetProperty("announced").GetString() == state.Announced?.Device.Id.ToString(), c.Text("name"));
            // What is kept between two runs says the same.
            Assert.True(AccountState.TryDecode(state.Encode(), out state));
        }
    }

    [Fact]
    public void ARemovalOfThePeopleEndsWhatTheyAnnounced()
    {
        Announce();
        _account.Must(_account.Founder, Kind.None, new HolderRemove(_people.Id), new Keyring(2, [TestAccount.WrapFor(_account.Founder)], new byte[Limits.SealedKey]));
        Assert.Null(_account.State.Announced);
    }

    [Fact]
    public void AStateWithAnAnnouncementIsReadAsItWasWritten()
    {
        Announce();
        Assert.True(AccountState.TryDecode(_account.State.Encode(), out var read));
        Assert.Equal(_account.State.Encode(), read.Encode());
        Assert.Equal((_people.Id, _newcomer.Id, _account.State.Announced!.Place, _account.State.Announced.Time), (read.Announced!.By, read.Announced.Device.Id, read.Announced.Place, read.Announced.Time));
        Assert.True(Commit.TryDecode(At(1, new Announce(_newcomer.Keys), new Objection(new(7, 1))).Encode(), out var commit, out _));
        Assert.Equal(_newcomer.Id, Assert.IsType<Announce>(commit.Operations[0]).Device.Id);
        Assert.Equal(new Place(7, 1), Assert.IsType<Objection>(commit.Operations[1]).Announcement);
    }

    private static Operation[] LetIn(TestHolder holder) => [new HolderAdd(holder.Keys, default), new Grant(TestAccount.WrapFor(holder))];

    private long Announce()
    {
        _account.Must(_people, Kind.None, new Announce(_newcomer.Keys));
        return _account.State.LatestTime.Ms;
    }

    private Commit At(long ms, params Operation[] operations) => _people.Next(_account.State, Kind.None, operations) with { Time = new(ms, 0) };
}
