using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Candor.Client.Accounts;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Sealing;
using Candor.Server.Operator;
using Candor.Tests.EndToEnd;
using Microsoft.Data.Sqlite;

namespace Candor.Tests.Hostile;

/// <summary>A server, a disk or a device of the account that spoils content: it costs what was spoiled, which is named, and nothing else.</summary>
public sealed class ContentLieTests : IAsyncLifetime
{
    private EvilServer _evil = null!;

    public async ValueTask InitializeAsync() => _evil = await EvilServer.StartAsync();

    public ValueTask DisposeAsync() => _evil.DisposeAsync();

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    [InlineData("longer")]
    [InlineData("empty")]
    [InlineData("another's")]
    [InlineData("withheld")]
    [InlineData("an error")]
    public async Task C01_C02_S10_APieceThatIsDamagedOrWithheldCostsItsFileInThatRunAndNothingElse(string lie)
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Photos, Kind.Notes);
        byte[] bad = Photo(), good = Photo();
        one.Write("photos/bad.jpg", bad);
        await one.SyncAsync(new() { Previews = false });
        string badBlob = Path.GetFileName(Assert.Single(_evil.BlobFiles()));
        one.Write("photos/good.jpg", good);
        one.Write("notes/n.md", "a note\n");
        await one.SyncAsync(new() { Previews = false });
        byte[] other = File.ReadAllBytes(_evil.BlobFiles().Single(f => Path.GetFileName(f) != badBlob));

        var two = await _evil.Phones.JoinAsync("two", Kind.Photos, Kind.Notes);
        _evil.Lie = told =>
        {
            if (told.Method != "GET" || !told.Path.EndsWith(badBlob, StringComparison.Ordinal)) return;
            if (lie == "withheld") told.Refuse(404, ErrorName.NotFound);
            else if (lie == "an error") told.Refuse(410, ErrorName.Erased);
            else told.Body = Spoil(told.Body, lie, other);
        };
        var report = await two.SyncAsync(new() { Previews = false });
        var trouble = Assert.Single(report.Kinds.SelectMany(k => k.Troubles));
        Assert.Contains("bad.jpg", trouble.Item + trouble.Reason, StringComparison.Ordinal);
        Assert.All(report.Kinds, k => Assert.Equal(0L, k.Removed));
        Assert.Equal(["notes/n.md", "photos/good.jpg"], two.Files(""));
        Assert.Equal(good, File.ReadAllBytes(Path.Combine(two.Folder, "photos/good.jpg")));

        _evil.Lie = null;
        report = await two.SyncAsync(new() { Previews = false });
        Assert.Empty(report.Kinds.SelectMany(k => k.Troubles));
        Assert.Equal(bad, File.ReadAllBytes(Path.Combine(two.Folder, "photos/bad.jpg")));
    }

    [Fact]
    public async Task APieceThatWasDamagedOnItsWayIsFetchedOnceMore()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Photos);
        byte[] photo = Photo();
        one.Write("photos/a.jpg", photo);
        await one.SyncAsync(new() { Previews = false });
        string blob = Path.GetFileName(Assert.Single(_evil.BlobFiles()));

        var two = await _evil.Phones.JoinAsync("two", Kind.Photos);
        int asked = 0;
        _evil.Lie = told =>
        {
            if (told.Method == "GET" && told.Path.EndsWith(blob, StringComparison.Ordinal) && asked++ == 0) told.Body = Spoil(told.Body, "flipped", []);
        };
        var report = await two.SyncAsync(new() { Previews = false });
        Assert.Empty(report.Kinds.SelectMany(k => k.Troubles));
        Assert.Equal(2, asked);
        Assert.Equal(photo, File.ReadAllBytes(Path.Combine(two.Folder, "photos/a.jpg")));
    }

    [Fact]
    public async Task C03_C04_APayloadOfAnotherPlaceOrAnOlderOneIsNotTaken()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "first of a\n");
        await one.SyncAsync();
        one.Write("notes/b.md", "first of b\n");
        await one.SyncAsync();
        one.Write("notes/a.md", "later of a\n");
        await one.SyncAsync();
        // Payloads change places: each is whole, sealed and stored by us, and in the wrong place. The device comes in with notes on later, so it asks for them one by one.
        int swapped = 0;
        _evil.Lie = told =>
        {
            if (!told.Path.EndsWith("/payloads", StringComparison.Ordinal) || told.Status != 200) return;
            told.Body = Swapped(told.Body);
            swapped++;
        };
        var fresh = await _evil.Phones.JoinAsync("fresh", Kind.Notes);
        var report = await fresh.SyncAsync();
        Assert.True(swapped > 0);
        Assert.Empty(fresh.Files(""));
        Assert.All(report.Kinds, k => Assert.Equal(0L, k.Removed));
        _evil.Lie = null;
        await fresh.SyncAsync();
        Assert.Equal("later of a\n", fresh.Read("notes/a.md"));
        Assert.Equal("first of b\n", fresh.Read("notes/b.md"));
    }

    [Fact]
    public async Task C11_WhatIsSealedTellsNobodyWhetherAGuessedTextIsThereAlready()
    {
        // A stranger sends texts that may be what the owner has, and reads on the server's disk how long each became and whether one stands for two.
        const int runs = 1000;
        var random = new Random(11);
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        for (int run = 0; run < runs; run++)
        {
            int size = random.Next(10, 1500);
            string own = Text(random, size);
            one.Write($"notes/own {run:0000}.md", own);
            one.Write($"notes/got {run:0000}.md", run % 2 == 0 ? own : Text(random, size));
        }
        var report = await one.SyncAsync(new() { Previews = false });
        Assert.Empty(report.Kinds.SelectMany(k => k.Troubles));

        var keys = one.Device.Account.KeysOf(Kind.Notes)!;
        var length = new Dictionary<string, int>();
        HashSet<string> different = [];
        foreach (var (put, stored) in one.Device.Store.Heads(Kind.Notes).Select(h => one.Device.Store.PutAt(h.Place)!.Value))
        {
            string plain = Encoding.UTF8.GetString(keys.OpenRecord(put.Record, put.Revision, put.Epoch, stored!.Value.Span, out _)!);
            length.Add(Regex.Match(plain, "(own|got) [0-9]{4}").Value, stored.Value.Length);
            different.Add(Convert.ToHexString(stored.Value.Span));
        }
        Assert.Equal(2 * runs, different.Count);
        for (int run = 0; run < runs; run++) Assert.Equal(length[$"own {run:0000}"], length[$"got {run:0000}"]);
        Assert.InRange(length.Values.Distinct().Count(), 2, 6);
    }

    [Fact]
    public async Task C05_C06_WhatWasSealedAsOneThingOpensAsNoOtherUnderTheSameKey()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        one.Write("notes/a.md", "a note\n");
        await one.SyncAsync();
        var head = Assert.Single(one.Device.Store.Heads(Kind.Notes));
        var (put, sealedRecord) = one.Device.Store.PutAt(head.Place)!.Value;
        var keys = one.Device.Account.KeysOf(Kind.Notes)!;
        Assert.NotNull(keys.OpenRecord(put.Record, put.Revision, put.Epoch, sealedRecord!.Value.Span, out _));
        foreach (string role in new[] { "file", "preview", "part/0", "record" })
        {
            Assert.True(keys.OpenPiece(put.Record, put.Revision, put.Epoch, role, 0, sealedRecord.Value.ToArray(), out var refused) < 0);
            Assert.Equal(OpenResult.WrongKey, refused);
        }
        Assert.Null(keys.OpenRecord(put.Revision, put.Record, put.Epoch, sealedRecord.Value.Span, out var result));
        Assert.Equal(OpenResult.WrongKey, result);
        Assert.Null(one.Device.Account.KeysOf(Kind.Photos)!.OpenRecord(put.Record, put.Revision, put.Epoch, sealedRecord.Value.Span, out _));
    }

    [Fact]
    public async Task C10_WhatIsStoredIsNeverInflated()
    {
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.SmallestSize)) zip.Write(new byte[20 << 20]);
        byte[] bomb = packed.ToArray();
        Assert.True(bomb.Length < 50_000);
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        one.Write("notes/bomb.md", bomb);
        one.Write("photos/bomb.jpg", bomb);
        await one.SyncAsync();
        var two = await _evil.Phones.JoinAsync("two", Kind.Notes, Kind.Photos);
        await two.SyncAsync();
        Assert.Equal(bomb, File.ReadAllBytes(Path.Combine(two.Folder, "notes/bomb.md")));
        Assert.Equal(bomb, File.ReadAllBytes(Path.Combine(two.Folder, "photos/bomb.jpg")));
    }

    [Fact]
    public async Task ARecordThatItsAuthorSealedWronglyCostsThatRevisionAndNamesTheAuthor()
    {
        var one = await _evil.Phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "kept\n");
        one.Write("notes/b.md", "kept too\n");
        await one.SyncAsync();
        var thief = await _evil.Phones.JoinAsync("stolen phone", Kind.Notes);
        var state = thief.Device.Account.State;
        var head = thief.Device.Store.Heads(Kind.Notes)[0];
        byte[] garbage = RandomNumberGenerator.GetBytes(400);
        var put = new Put(head.Record, Id.Random(), state.VaultOf(Kind.Notes).NewestEpoch, [head.Place], Hash32.Of(garbage), garbage.Length, []);
        var me = state.Holders[thief.Device.Id];
        byte[] leaf = thief.Device.Me.Sign(new Commit(state.Account, state.Size, state.Root, thief.Device.Id, me.LastSeq + 1, new(state.LatestTime.Ms + 1, 0), Kind.Notes, [put]));
        await thief.Device.Api.PushAsync(state.Account, new(leaf, garbage, []), Kind.Notes, 1, default);

        one.Write("notes/c.md", "goes on\n");
        var report = await one.SyncAsync();
        var trouble = Assert.Single(report.Kinds.SelectMany(k => k.Troubles));
        Assert.Contains("stolen phone", trouble.Reason, StringComparison.Ordinal);
        Assert.Equal("kept\n", one.Read("notes/a.md"));
        var other = await _evil.Phones.JoinAsync("other", Kind.Notes);
        await other.SyncAsync();
        Assert.Equal(2, other.Files("notes").Length);
        // As its own words say: what was before is in the history.
        Assert.Equal(1, (await new Candor.Client.Library.Timeline(one.Device).UndoAsync(state.Size, default)).Undone);
        await other.SyncAsync();
        Assert.Equal(3, other.Files("notes").Length);
        Assert.Empty((await one.SyncAsync()).Kinds.SelectMany(k => k.Troubles));
    }

    [Fact]
    public async Task C07_M01_TheServersTablesHaveTheseColumnsAndNoOther()
    {
        await _evil.Real.StopAsync();
        using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DataFolder.DatabaseFileIn(_evil.Real.DataFolder), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = "SELECT m.name || '.' || p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' ORDER BY m.name, p.cid";
        using var rows = command.ExecuteReader();
        var columns = new List<string>();
        while (rows.Read()) columns.Add(rows.GetString(0));
        // Ids, places in the log, sizes, times of the server's clock, public keys, and sealed bytes. A name, an address or a word of content has no column; an addition is added here by hand.
        Assert.Equal(
            [
                "accounts.account", "accounts.size", "accounts.state", "accounts.bytes", "accounts.region", "accounts.created",
                "blobs.account", "blobs.kind", "blobs.name", "blobs.size", "blobs.stored_at", "blobs.first_ref", "blobs.erased_at",
                "bundles.account", "bundles.idx", "bundles.kind", "bundles.bundle",
                "commits.account", "commits.idx", "commits.kind", "commits.leaf", "commits.received",
                "holders.account", "holders.holder", "holders.type", "holders.signing", "holders.agreement", "holders.added", "holders.removed",
                "invites.code", "invites.uses", "invites.made", "invites.expires",
                "log_signed.origin", "log_signed.size", "log_signed.root",
                "pairings.code", "pairings.poster", "pairings.commitment", "pairings.account", "pairings.offerer", "pairings.offer", "pairings.reveal", "pairings.welcome", "pairings.expires",
                "restore_reports.account", "restore_reports.id", "restore_reports.holder",
                "restores.account", "restores.id", "restores.at", "restores.size", "restores.root", "restores.ends",
                "schema_version.version",
                "superseded.account", "superseded.idx", "superseded.op", "superseded.at_idx", "superseded.at_time", "superseded.dropped",
                "vaults.account", "vaults.kind", "vaults.epoch", "vaults.sealed",
            ], columns);
        rows.Close();
        db.Close();
        await _evil.Real.RestartAsync();
    }

    private static string Text(Random random, int length) => string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('a', 'z' + 1)));

    private static byte[] Photo() => RandomNumberGenerator.GetBytes(100_000);

    private static byte[] Spoil(byte[] body, string how, byte[] other)
    {
        byte[] copy = [.. body];
        copy[copy.Length / 2] ^= 1;
        return how switch
        {
            "flipped" => copy,
            "cut" => body[..^1],
            "longer" => [.. body, 0],
            "empty" => [],
            _ => other,
        };
    }

    /// <summary>A sequence of payloads with the first two changed about.</summary>
    private static byte[] Swapped(byte[] sequence)
    {
        int first = CborSequence.Measure(sequence, sequence.Length);
        if (first == sequence.Length) return [0xf6];
        int second = CborSequence.Measure(sequence.AsSpan(first), sequence.Length);
        return [.. sequence.AsSpan(first, second), .. sequence.AsSpan(0, first), .. sequence.AsSpan(first + second)];
    }
}
