using System.Security.Cryptography;
using Candor.Client.Folder;
using Candor.Client.Records;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Client.Folder;

/// <summary>Google Takeout exports in the inbox of a phone, and the real server behind it.</summary>
public sealed class TakeoutImportTests : IAsyncLifetime
{
    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    private static readonly FolderOptions Plainly = new() { Previews = false };

    [Fact]
    public async Task AnExportOverTwoZipsIsOneAndItsSecondRunChangesNothing()
    {
        var phone = await _phones.JoinAsync("one", Kind.Contacts, Kind.Notes, Kind.Photos);
        phone.Write("inbox/takeout-20240501T101112Z-001.zip", Exports.Zip(
            (Exports.Photos + "Photos from 2023/IMG_1.png", Exports.Png(1)),
            (Exports.Photos + "Photos from 2023/IMG_2.png.supplemental-metadata.json", Exports.Sidecar("IMG_2.png", "\"people\":[{\"name\":\"Ana\"}]")),
            (Exports.Photos + "Trip/metadata.json", Exports.Album("Trip to Vienna")),
            ("Takeout/Keep/Shopping.json", Exports.Keep("Shopping", 1700000000, "milk", "\"attachments\":[{\"filePath\":\"a.jpeg\",\"mimetype\":\"image/jpeg\"}]")),
            ("Takeout/Keep/Shopping.html", Exports.Bytes("<html>milk</html>")),
            ("Takeout/archive_browser.html", Exports.Bytes("<html></html>"))));
        phone.Write("inbox/takeout-20240501T101112Z-002.zip", Exports.Zip(
            (Exports.Photos + "Photos from 2023/IMG_1.png.supplemental-metadata.json", Exports.Sidecar("IMG_1.png", "\"favorited\":true,\"description\":\"The sea\"")),
            (Exports.Photos + "Photos from 2023/IMG_2.png", Exports.Png(2)),
            (Exports.Photos + "Trip/IMG_2.png", Exports.Png(2)),
            ("Takeout/Keep/a.jpg", Exports.Png(3)),
            ("Takeout/Contacts/All Contacts/All Contacts.vcf", Exports.Bytes(Exports.Card("ana", "Ana") + Exports.Card("bo", "Bo")))));
        var report = await phone.BackupAsync(Plainly);
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));
        Exports.AssertExplained(report);
        Assert.Equal([2, 2, 0, 3], report.Kinds.Select(k => k.Seen));

        var photos = phone.RecordsOf(Kind.Photos);
        Assert.Equal(["2023/11/IMG_1.png", "2023/11/IMG_2.png"], photos.Select(p => p.Name));
        Assert.Equal((true, "The sea", 482000000L, 1700000000000L), (photos[0].View.Flag("fav"), photos[0].View.Text("caption"), photos[0].View.Number("lat"), photos[0].View.Number("utc")));
        Assert.Empty(photos[0].View.Texts("albums"));
        Assert.Equal(("Trip to Vienna", "Ana"), (Assert.Single(photos[1].View.Texts("albums")), Assert.Single(photos[1].View.Texts("people"))));
        var note = Assert.Single(phone.RecordsOf(Kind.Notes));
        Assert.Equal(("Keep/Shopping.md", "Keep/a.jpeg", "image/jpeg"), (note.Name, note.Files.Single().Name, note.Files.Single().MediaType));

        long size = phone.Device.Account.Size;
        var again = await phone.BackupAsync(Plainly);
        Assert.Equal((0, size), (again.BytesSent, phone.Device.Account.Size));
        Assert.Equal(report.Kinds.Select(k => (k.Seen, k.Safe)), again.Kinds.Select(k => (k.Seen, k.Safe)));
        Assert.Equal(report.Kinds.Select(k => (k.Seen, k.Safe)), phone.Look().Kinds.Select(k => (k.Seen, k.Safe)));

        Directory.Delete(Path.Combine(phone.Device.Home.Path, "folders"), recursive: true);
        phone = _phones.Reopen(phone);
        var anew = await phone.BackupAsync(Plainly);
        Assert.Equal((0, size), (anew.BytesSent, phone.Device.Account.Size));
        Assert.Equal(report.Kinds.Select(k => (k.Seen, k.Safe)), anew.Kinds.Select(k => (k.Seen, k.Safe)));

        var two = await _phones.JoinAsync("two", Kind.Contacts, Kind.Notes, Kind.Photos);
        await two.SyncAsync(Plainly);
        Assert.Equal(["contacts/Ana.vcf", "contacts/Bo.vcf", "notes/Keep/Shopping.md", "notes/Keep/a.jpeg", "photos/2023/11/IMG_1.png", "photos/2023/11/IMG_2.png"], two.Files(""));
        Assert.Equal(Exports.Png(3), File.ReadAllBytes(Path.Combine(two.Folder, "notes/Keep/a.jpeg")));
    }

    [Fact]
    public async Task APartThatComesLaterBringsDescriptionsToWhatIsThere()
    {
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        phone.Write("inbox/takeout-20240501T101112Z-001.zip", Exports.Zip(
            (Exports.Photos + "Trip/IMG_1.png", Exports.Png(1)), (Exports.Photos + "Trip/IMG_9.png.json", Exports.Sidecar("IMG_9.png"))));
        var first = await phone.BackupAsync(Plainly);
        Assert.Equal((1, 1), (first.Of(Kind.Photos).Seen, first.Of(Kind.Photos).Safe));
        Assert.Contains(first.Of(Kind.Photos).Notes, n => n.Reason.Contains("IMG_1.png", StringComparison.Ordinal) && n.Reason.Contains("no description", StringComparison.Ordinal));
        Assert.Contains(first.Of(Kind.Photos).Notes, n => n.Reason.Contains("IMG_9.png.json", StringComparison.Ordinal));

        phone.Write("inbox/takeout-20240501T101112Z-002.zip", Exports.Zip(
            (Exports.Photos + "Trip/IMG_1.png.json", Exports.Sidecar("IMG_1.png", "\"description\":\"Later\"")), (Exports.Photos + "Trip/metadata.json", Exports.Album("Trip"))));
        var second = await phone.BackupAsync(Plainly);
        Assert.Equal((1, 1, 1), (second.Of(Kind.Photos).Seen, second.Of(Kind.Photos).Safe, second.Of(Kind.Photos).Sent));
        var photo = Assert.Single(phone.RecordsOf(Kind.Photos));
        Assert.Equal(("Later", "Trip"), (photo.View.Text("caption"), Assert.Single(photo.View.Texts("albums"))));
    }

    /// <summary>Names as real exports have them: cut, numbered at the end, numbered in place, edited, without an ending, in another case.</summary>
    [Fact]
    public async Task NamesThatTheExportCutOrNumberedFindTheirDescriptions()
    {
        (string File, string Sidecar)[] pairs =
        [
            ("Screenshot_20190317-234331.png", "Screenshot_20190317-234331.png.supplemental-me.json"),
            ("A.PORTRAIT(1).png", "A.PORTRAIT.png.supplement(1).json"),
            ("A.PORTRAIT.png", "A.PORTRAIT.png.supplemental-metadata.json"),
            ("skytree (2).png", "skytree (2).png.supplemental-metadata.json"),
            ("PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGINA.png", "PXL_20230809_203449253.LONG_EXPOSURE-02.ORIGIN.json"),
            ("DSC_1.PNG", "dsc_1.png.json"),
            ("03.03.13 - 1", "03.03.13 - 1.supplemental-metadata.json"),
            ("Ü Straße 😀.png", "Ü Straße 😀.png..json"),
        ];
        var entries = pairs.SelectMany((p, i) => new[]
        {
            (Exports.Photos + "Names/" + p.File, Exports.Png(i)), (Exports.Photos + "Names/" + p.Sidecar, Exports.Sidecar(p.File, $"\"description\":\"{p.File}\"")),
        }).Append((Exports.Photos + "Names/skytree (2)-edited.png", Exports.Png(99)));
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        phone.Write("inbox/anything.zip", Exports.Zip([.. entries]));
        var report = await phone.BackupAsync(Plainly);
        Assert.Equal((pairs.Length + 1, pairs.Length + 1), (report.Of(Kind.Photos).Seen, report.Of(Kind.Photos).Safe));
        Assert.DoesNotContain(report.Of(Kind.Photos).Notes, n => n.Reason.Contains("description", StringComparison.Ordinal));
        var captions = phone.RecordsOf(Kind.Photos).Select(r => (r.Name[8..], r.View.Text("caption"))).ToHashSet();
        Assert.Superset(pairs.Select(p => (p.File, (string?)p.File)).ToHashSet(), captions);
        Assert.Contains(("skytree (2)-edited.png", "skytree (2).png"), captions);
    }

    [Fact]
    public async Task ANewerExportSendsOnlyWhatIsNewAndKeepsWhatWasWritten()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        phone.Write("inbox/takeout-20240501T101112Z-001.zip", Exports.Zip(
            (Exports.Photos + "Photos from 2023/IMG_1.png", Exports.Png(1)), (Exports.Photos + "Photos from 2023/IMG_1.png.json", Exports.Sidecar("IMG_1.png")),
            ("Takeout/Keep/A.json", Exports.Keep("A", 1700000000, "one\\ntwo\\nthree\\nfour\\nfive")), ("Takeout/Keep/B.json", Exports.Keep("B", 1700000001, "same"))));
        await phone.SyncAsync(Plainly);
        phone.Write("notes/Keep/A.md", phone.Read("notes/Keep/A.md").Replace("five", "five, as written here", StringComparison.Ordinal));
        await phone.SyncAsync(Plainly);

        phone.Write("inbox/takeout-20250501T101112Z-001.zip", Exports.Zip(
            (Exports.Photos + "Photos from 2023/IMG_1.png", Exports.Png(1)), (Exports.Photos + "Photos from 2023/IMG_1.png.json", Exports.Sidecar("IMG_1.png")),
            (Exports.Photos + "Photos from 2023/IMG_2.png", Exports.Png(2)), (Exports.Photos + "Photos from 2023/IMG_2.png.json", Exports.Sidecar("IMG_2.png")),
            ("Takeout/Keep/A.json", Exports.Keep("A", 1700000000, "ONE\\ntwo\\nthree\\nfour\\nfive").Concat(" "u8.ToArray()).ToArray()), ("Takeout/Keep/B.json", Exports.Keep("B", 1700000001, "same"))));
        var report = await phone.SyncAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.Equal((1, 2), (report.Of(Kind.Photos).Sent, report.Of(Kind.Notes).Sent));
        string merged = phone.Read("notes/Keep/A.md");
        Assert.Contains("ONE\ntwo\nthree\nfour\nfive, as written here", merged, StringComparison.Ordinal);
        Assert.Equal(0, (await phone.SyncAsync(Plainly)).Kinds.Sum(k => k.Sent + k.Received));
    }

    [Fact]
    public async Task WhatWasRemovedFromTheAccountStaysRemoved()
    {
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        byte[] zip = Exports.Zip((Exports.Photos + "A/IMG_1.png", Exports.Png(1)), (Exports.Photos + "A/IMG_1.png.json", Exports.Sidecar("IMG_1.png")));
        phone.Write("inbox/a.zip", zip);
        await phone.SyncAsync(Plainly);
        phone.Delete("photos/2023/11/IMG_1.png");
        await phone.SyncAsync(Plainly);
        Assert.Empty(phone.RecordsOf(Kind.Photos));
        phone.Write("inbox/b.zip", zip);
        var report = await phone.SyncAsync(Plainly);
        Assert.Empty(phone.RecordsOf(Kind.Photos));
        Assert.Contains(report.Of(Kind.Photos).Notes, n => n.Reason.Contains("stay removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnUnpackedExportIsReadLikeItsZip()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes, Kind.Photos);
        phone.Write("inbox/" + Exports.Photos + "Trip/IMG_1.png", Exports.Png(1));
        phone.Write("inbox/" + Exports.Photos + "Trip/IMG_1.png.json", Exports.Sidecar("IMG_1.png", "\"favorited\":true"));
        phone.Write("inbox/" + Exports.Photos + "Trip/metadata.json", Exports.Album("Trip"));
        phone.Write("inbox/Takeout/Keep/A.json", Exports.Keep("A", 1700000000, "text"));
        phone.Write("inbox/DCIM/Camera/IMG_7.HEIC", RandomNumberGenerator.GetBytes(5000));
        phone.Write("inbox/DCIM/Camera/IMG_7.MOV", RandomNumberGenerator.GetBytes(9000));
        var report = await phone.BackupAsync(Plainly);
        Exports.AssertExplained(report);
        Assert.All(report.Kinds, k => Assert.Empty(k.Troubles));
        Assert.Equal((1, 3), (report.Of(Kind.Notes).Safe, report.Of(Kind.Photos).Safe));
        var photo = phone.RecordsOf(Kind.Photos).Single(p => p.View.Flag("fav"));
        Assert.Equal(("2023/11/IMG_1.png", "Trip"), (photo.Name, Assert.Single(photo.View.Texts("albums"))));
        Assert.Equal(2, phone.RecordsOf(Kind.Photos).Count(p => p.Name.Contains("IMG_7.", StringComparison.Ordinal)));
        Assert.Equal(0, (await phone.BackupAsync(Plainly)).Kinds.Sum(k => k.Sent));

        phone.Write("inbox/" + Exports.Photos + "Trip/IMG_2.png", Exports.Png(2));
        var second = await phone.BackupAsync(Plainly);
        Assert.Equal((1, 4), (second.Of(Kind.Photos).Sent, second.Of(Kind.Photos).Safe));
    }

    [Fact]
    public async Task KindsThatAreOffAreCountedNotReadAndTakenWhenTheyAreTurnedOn()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("inbox/a.zip", Exports.Zip(
            ("Takeout/Contacts/All/All.vcf", Exports.Bytes(Exports.Card("ana", "Ana"))), ("Takeout/Keep/A.json", Exports.Keep("A", 1700000000, "text")), ("IMG_1.png", Exports.Png(1)), ("IMG_2.png", Exports.Png(2))));
        var report = await phone.BackupAsync(Plainly);
        Assert.Equal((1, 1), (report.Of(Kind.Notes).Seen, report.Of(Kind.Notes).Safe));
        Assert.Contains(report.Of(Kind.Notes).Notes, n => n.Item == "inbox/a.zip" && n.Reason == "2 photos in it were not read: photos are off.");
        Assert.Contains(report.Of(Kind.Notes).Notes, n => n.Item == "inbox/a.zip" && n.Reason.EndsWith("contacts are off.", StringComparison.Ordinal));

        await phone.Device.Account.TurnOnAsync(Kind.Photos, "de", "photos leave this phone, sealed.", default);
        var second = await phone.BackupAsync(Plainly);
        Assert.Equal((2, 2, 0), (second.Of(Kind.Photos).Seen, second.Of(Kind.Photos).Safe, second.Of(Kind.Notes).Sent));
    }

    [Fact]
    public async Task ALargeFilmGoesThroughATemporaryFileThatHoldsNothingPlain()
    {
        var phone = await _phones.JoinAsync("one", Kind.Photos);
        byte[] film = new byte[Limits.Piece + 5_000_000];
        new Random(7).NextBytes(film.AsSpan(0, film.Length - 4_000_000));
        byte[] marker = "CandorPlainMarker-0123456789"u8.ToArray();
        for (int at = 0; at + marker.Length < film.Length; at += 4096) marker.CopyTo(film, at);
        phone.Write("inbox/films.zip", Exports.Zip(("film.mp4", film), ("small.png", Exports.Png(1))));
        using var stop = new CancellationTokenSource();
        // On a thread of its own: the file is there for a moment, and the pool's threads may all be busy then.
        var spied = Task.Factory.StartNew(() =>
        {
            int seen = 0;
            while (!stop.IsCancellationRequested)
            {
                foreach (string file in Directory.GetFiles(Path.GetTempPath(), "candor-*.sealed"))
                {
                    byte[] bytes;
                    try
                    {
                        bytes = File.ReadAllBytes(file);
                    }
                    catch (IOException)
                    {
                        continue;
                    }
                    if (bytes.Length > 1_000_000) seen++;
                    if (bytes.AsSpan().IndexOf(marker) >= 0) return -1;
                }
                Thread.Sleep(5);
            }
            return seen;
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var report = await phone.BackupAsync(Plainly);
        await stop.CancelAsync();
        Assert.True(await spied > 0);
        Assert.Equal((2, 2), (report.Of(Kind.Photos).Seen, report.Of(Kind.Photos).Safe));
        var two = await _phones.JoinAsync("two", Kind.Photos);
        await two.SyncAsync(Plainly);
        Assert.Equal(film, File.ReadAllBytes(Path.Combine(two.Folder, "photos/film.mp4")));
    }
}
