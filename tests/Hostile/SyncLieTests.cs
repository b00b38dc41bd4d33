using System.Diagnostics;
using System.Text;
using Candor.Client.Accounts;
using Candor.Log;
using Candor.Protocol;
using Candor.Tests.Client.Folder;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Hostile;

/// <summary>A server that lies about the log, to phones that sync whole folders: each lie is an alarm that stands, and what a person has stays as it is.</summary>
public sealed class SyncLieTests : IAsyncLifetime
{
    private EvilServer _evil = null!;

    public async ValueTask InitializeAsync() => _evil = await EvilServer.StartAsync();

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    [Fact]
    public async Task S01_S02_AServerPutBackToYesterdayIsAnAlarmOnEveryDeviceThatStandsUntilAPersonAnswers()
    {
        var (one, two) = await TwoAsync();
        string yesterday = await _evil.BackupAsync();
        one.Write("notes/today.md", $"{EvilServer.Canary} today\n");
        await one.SyncAsync();
        await two.SyncAsync();
        await _evil.RestoreAsync(yesterday);
        foreach (var phone in new[] { one, two })
        {
            string[] before = phone.Files("");
            var alarm = await AlarmAsync(phone, AlarmKind.Rollback);
            Assert.True(File.Exists(Path.Combine(alarm.Stands!.Folder, "ours.checkpoint")));
            Assert.Equal(before, phone.Files(""));
            Assert.Contains("notes/today.md", before);

            // It stands: the next run tells it again and asks nobody, also after the program began anew.
            int asked = _evil.Asked;
            Assert.Equal(alarm.Message, (await AlarmAsync(phone, AlarmKind.Rollback)).Message);
            var again = _evil.Phones.Reopen(phone);
            await AlarmAsync(again, AlarmKind.Rollback);
            Assert.Equal(asked, _evil.Asked);

            // A person goes on: it asks again, and as nothing has changed the alarm comes again. The evidence of both stays.
            again.Device.Alarms.GoOn();
            Assert.NotEqual(alarm.Stands.Folder, (await AlarmAsync(again, AlarmKind.Rollback)).Stands!.Folder);
            Assert.True(_evil.Asked > asked);
            Assert.True(Directory.Exists(alarm.Stands.Folder));
        }
    }

    [Fact]
    public async Task D07_AnOlderListOfDevicesIsAnOlderLog()
    {
        var (one, two) = await TwoAsync();
        string before = await _evil.BackupAsync();
        await one.Device.Account.RevokeAsync(two.Device.Id, default);
        await _evil.RestoreAsync(before);
        await AlarmAsync(one, AlarmKind.Rollback);
        Assert.False(one.Device.Account.State.Holders[two.Device.Id].IsLive);
    }

    [Fact]
    public async Task S04_S15_TwoSignedHistoriesOfOneLengthAreProofThatAnyoneCanCheck()
    {
        var (one, two) = await TwoAsync();
        string fork = await _evil.BackupAsync();
        one.Write("notes/left.md", "left\n");
        await one.SyncAsync();
        await _evil.RestoreAsync(fork);
        two.Write("notes/right.md", "right\n");
        await two.SyncAsync();
        Assert.Equal(one.Device.Account.Size, two.Device.Account.Size);

        var alarm = await AlarmAsync(one, AlarmKind.Equivocation);
        string evidence = alarm.Stands!.Folder;
        Assert.Equal(["ours.checkpoint", "ours.leaves", "server.key", "theirs.checkpoint", "theirs.leaves", "what.txt"], Directory.GetFiles(evidence).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // As a stranger: the key, two notes that it signed, one origin and size, two roots; and the leaves behind each.
        Assert.True(NoteVerifierKey.TryParse(File.ReadAllText(Path.Combine(evidence, "server.key")).Trim(), out var key, out _));
        var (ours, theirs) = (Open(evidence, "ours", key), Open(evidence, "theirs", key));
        Assert.Equal((ours.Origin, ours.Size), (theirs.Origin, theirs.Size));
        Assert.NotEqual(ours.Root, theirs.Root);
        Assert.Equal(ours.Root, RootOf(evidence, "ours.leaves", ours.Size));
        Assert.Equal(theirs.Root, RootOf(evidence, "theirs.leaves", theirs.Size));
        Assert.Equal("two histories of one size", CheckedByAStranger(evidence));
        Assert.True(one.Has("notes/left.md"));
        Assert.False(one.Has("notes/right.md"));
    }

    [Fact]
    public async Task S05_AHistoryThatPartedAndGrewNeverJoinsAgainAndTheLeavesShowWhereItParted()
    {
        var (one, two) = await TwoAsync();
        string fork = await _evil.BackupAsync();
        one.Write("notes/left.md", "left\n");
        await one.SyncAsync();
        await _evil.RestoreAsync(fork);
        for (int i = 0; i < 3; i++)
        {
            two.Write($"notes/right{i}.md", "right\n");
            await two.SyncAsync();
        }
        var alarm = await AlarmAsync(one, AlarmKind.Fork);
        string evidence = alarm.Stands!.Folder;
        Assert.True(NoteVerifierKey.TryParse(File.ReadAllText(Path.Combine(evidence, "server.key")).Trim(), out var key, out _));
        var (ours, theirs) = (Open(evidence, "ours", key), Open(evidence, "theirs", key));
        Assert.True(theirs.Size > ours.Size);
        Assert.Equal(theirs.Root, RootOf(evidence, "theirs.leaves", theirs.Size));
        Assert.NotEqual(ours.Root, RootOf(evidence, "theirs.leaves", ours.Size));
        Assert.Equal("two histories", CheckedByAStranger(evidence));
        Assert.False(one.Has("notes/right0.md"));
    }

    [Fact]
    public async Task S14_AServerThatTakesTwoCommitsOnOneHeadLosesNeitherUnseen()
    {
        var (one, two) = await TwoAsync();
        two.Write("notes/two.md", "two\n");
        await two.SyncAsync();
        // one has not seen it, and is told that its own commit on the old head was taken.
        one.Write("notes/one.md", "one\n");
        AccountState? shown = null;
        _evil.Lie = told =>
        {
            if (told.IsPull) told.Items = [new PulledCheckpoint(Encoding.UTF8.GetString(_evil.Sign(one.Device.Account.Id, one.Device.Account.Size, one.Device.Account.State.Root)))];
            if (!told.IsPush || told.Status != 409) return;
            Assert.True(Push.TryDecode(told.Request, out var push));
            shown = one.Device.Account.State.Clone();
            Assert.Null(shown.TryExtend(push.Leaf, out _));
            (told.Status, told.Headers, told.Body) = (200, [], _evil.Sign(shown.Account, shown.Size, shown.Root));
        };
        await one.SyncAsync();
        Assert.NotNull(shown);
        _evil.Lie = null;
        await AlarmAsync(one, AlarmKind.Equivocation);
        Assert.True(one.Has("notes/one.md") && !one.Has("notes/two.md"));
        Assert.True(two.Has("notes/two.md") && !two.Has("notes/one.md"));
    }

    [Theory]
    [InlineData("gap", AlarmKind.Fork)]
    [InlineData("swapped", AlarmKind.Fork)]
    [InlineData("again", AlarmKind.Fork)]
    [InlineData("from the beginning", AlarmKind.Fork)]
    [InlineData("ahead", AlarmKind.Fork)]
    [InlineData("another account's", AlarmKind.BadCommit)]
    [InlineData("unsigned end", AlarmKind.BadCheckpoint)]
    [InlineData("end of another size", AlarmKind.BadCheckpoint)]
    [InlineData("something after the end", AlarmKind.BadCheckpoint)]
    public async Task S06_S07_S08_S13_APullThatIsNotWhatWasAskedForIsAnAlarm(string lie, AlarmKind expected)
    {
        var (one, two) = await TwoAsync();
        for (int i = 0; i < 3; i++)
        {
            one.Write($"notes/more{i}.md", $"{EvilServer.Canary} {i}\n");
            await one.SyncAsync();
        }
        List<PullItem> whole = [];
        _evil.Lie = told => whole = told.IsPull ? [.. told.Items] : whole;
        using (var fresh = await Candor.Client.Devices.Device.RecoverAsync(Path.Combine(_evil.Root, "fresh"), _evil.Phones.Address, "fresh", _evil.Phones.Words, TimeProvider.System, default)) Assert.True(whole.Count > 5);
        Id other = HolderKeys.AccountId(one.Device.Id, Id.Random());
        _evil.Lie = told =>
        {
            if (!told.IsPull || told.Query.Contains("payloads=none", StringComparison.Ordinal)) return;
            var items = told.Items.ToList();
            told.Items = lie switch
            {
                "gap" => [.. items.Skip(1)],
                "swapped" => [items[1], items[0], .. items.Skip(2)],
                "again" => [items[0], (PulledLeaf)items[0] with { Index = ((PulledLeaf)items[1]).Index }, .. items.Skip(1)],
                "from the beginning" => whole,
                "ahead" => [.. items.Select(i => i is PulledLeaf leaf ? leaf with { Index = leaf.Index + 1 } : i)],
                "another account's" => [new PulledLeaf(two.Device.Account.Size, LeafOf(other, two), null, []), items[^1]],
                "unsigned end" => [.. items.SkipLast(1), new PulledCheckpoint(Bent(((PulledCheckpoint)items[^1]).Note))],
                "end of another size" => [.. items.SkipLast(1), new PulledCheckpoint(Encoding.UTF8.GetString(_evil.Sign(two.Device.Account.Id, 1000, default)))],
                _ => [.. items, items[^1]],
            };
        };
        string[] before = two.Files("");
        await AlarmAsync(two, expected);
        Assert.Equal(before, two.Files(""));
        _evil.Lie = null;
        two.Device.Alarms.GoOn();
        await two.SyncAsync();
        Assert.True(two.Has("notes/more2.md"));
    }

    [Fact]
    public async Task S11_G03_RowsThatAServerDeletesOrMarksRemoveNothingFromADevice()
    {
        var (one, two) = await TwoAsync();
        string[] before = two.Files("");
        await _evil.RewriteAsync("INSERT INTO superseded (account, idx, op, at_idx, at_time) SELECT account, idx, 0, 99, 1 FROM commits WHERE kind = 2");
        await _evil.RewriteAsync("DELETE FROM bundles");
        await two.SyncAsync();
        await one.SyncAsync();
        Assert.Equal(before, two.Files(""));
        Assert.All(two.Device.Store.Heads(Kind.Notes), h => Assert.False(h.Removed));
        // A device that comes now misses the bytes, and is told so by name and not by silence.
        var three = await _evil.Phones.JoinAsync("three", Kind.Notes);
        var report = await three.SyncAsync();
        Assert.NotEmpty(report.Kinds.Single(k => k.Kind == Kind.Notes).Troubles);
        Assert.All(report.Kinds, k => Assert.Equal((0L, 0L), (k.Removed, k.Unexplained)));
    }

    [Fact]
    public async Task S11_AMessageWhoseBytesComeLateIsExportedThenAndOnce()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Messages);
        one.Write("inbox/sms-1.xml", FolderSyncTests.Export(("+4930123", "late but whole", 1_700_000_000_000)));
        await one.SyncAsync();
        await _evil.RewriteAsync("CREATE TABLE kept AS SELECT * FROM bundles; DELETE FROM bundles");
        var two = await _evil.Phones.JoinAsync("two", Kind.Messages);
        Assert.Single((await two.SyncAsync()).Of(Kind.Messages).Troubles);
        Assert.DoesNotContain(two.Files(""), f => f.EndsWith(".xml", StringComparison.Ordinal));
        await _evil.RewriteAsync("INSERT INTO bundles SELECT * FROM kept; DROP TABLE kept");
        for (int i = 0; i < 2; i++)
        {
            Assert.Empty((await two.SyncAsync()).Of(Kind.Messages).Troubles);
            Assert.Contains("late but whole", two.Read(Assert.Single(two.Files("messages"), f => f.EndsWith(".xml", StringComparison.Ordinal))), StringComparison.Ordinal);
        }
    }

    private async Task<(Phone One, Phone Two)> TwoAsync()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", $"# {EvilServer.Canary}\n");
        await one.SyncAsync();
        var two = await _evil.Phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync();
        await one.SyncAsync();
        Assert.Equal(one.Files(""), two.Files(""));
        return (one, two);
    }

    /// <summary>The note with one character of its signature changed.</summary>
    private static string Bent(string note) => $"{note[..^10]}{(note[^10] == 'B' ? 'C' : 'B')}{note[^9..]}";

    private static byte[] LeafOf(Id account, Phone author)
    {
        var state = author.Device.Account.State;
        var me = state.Holders[author.Device.Id];
        return author.Device.Me.Sign(new Commit(account, state.Size, state.Root, author.Device.Id, me.LastSeq + 1, new(me.LastTime.Ms + 1, 0), Kind.None, []));
    }

    internal static async Task<AlarmException> AlarmAsync(Phone phone, AlarmKind expected)
    {
        var alarm = await Assert.ThrowsAsync<AlarmException>(() => phone.SyncAsync());
        Assert.Equal(expected, alarm.Kind);
        Assert.NotNull(alarm.Stands);
        Assert.True(Directory.Exists(alarm.Stands.Folder));
        return alarm;
    }

    /// <summary>What the script of docs/alarms.md says, run as it stands there with Python and OpenSSL.</summary>
    private static string CheckedByAStranger(string evidence)
    {
        string page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "alarms.md"));
        string script = page.Split("```python\n")[1].Split("```")[0];
        string file = Path.Combine(evidence, "check.py");
        File.WriteAllText(file, script);
        using var python = Process.Start(new ProcessStartInfo("python3", [file, evidence]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string said = python.StandardOutput.ReadToEnd(), errors = python.StandardError.ReadToEnd();
        python.WaitForExit();
        Assert.True(python.ExitCode == 0, errors);
        return said.Trim();
    }

    private static Checkpoint Open(string folder, string whose, NoteVerifierKey key)
    {
        byte[] note = File.ReadAllBytes(Path.Combine(folder, whose + ".checkpoint"));
        string origin = Encoding.UTF8.GetString(note).Split('\n')[0];
        Assert.True(new LogVerifier(origin, [key]).TryOpen(note, out var verified, out _));
        return verified.Checkpoint;
    }

    private static Hash32 RootOf(string folder, string file, long size)
    {
        var tree = new CompactRange();
        foreach (string line in File.ReadLines(Path.Combine(folder, file)).Take((int)size))
        {
            Assert.True(Hash32.TryParseHex(line, out var hash));
            tree.Append(hash);
        }
        Assert.Equal(size, tree.Size);
        return tree.Root();
    }
}
