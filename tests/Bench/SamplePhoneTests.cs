using System.Security.Cryptography;
using Candor.Bench.SamplePhone;
using Candor.Client.Previews;
using Candor.Formats.Contacts;
using Candor.Formats.Messages;
using Candor.Formats.Notes;
using Candor.Formats.Photos;

namespace Candor.Tests.Bench;

/// <summary>One phone, made once for all tests of this class.</summary>
public sealed class SamplePhone
{
    internal IReadOnlyList<(string Kind, string Path, byte[] Bytes)> Files { get; } = [.. Phone.Files(seed: 1)];

    internal IEnumerable<(string Path, byte[] Bytes)> Of(string kind) => Files.Where(file => file.Kind == kind).Select(file => (file.Path, file.Bytes));

    internal byte[] File(string path) => Files.Single(file => file.Path == path).Bytes;
}

public class SamplePhoneTests(SamplePhone phone) : IClassFixture<SamplePhone>
{
    private static byte[] HashOf(IEnumerable<(string Kind, string Path, byte[] Bytes)> files)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (_, path, bytes) in files)
        {
            hash.AppendData(System.Text.Encoding.UTF8.GetBytes(path));
            hash.AppendData(SHA256.HashData(bytes));
        }
        return hash.GetHashAndReset();
    }

    [Fact]
    public void TheSameSeedGivesTheSameBytes() => Assert.Equal(HashOf(phone.Files), HashOf(Phone.Files(seed: 1)));

    [Fact]
    public void AnotherSeedGivesAnotherPhone() =>
        Assert.NotEqual(phone.Of("contacts").First().Path, Phone.Files(seed: 2).First().Path);

    [Fact]
    public void NoTwoFilesShareAName() =>
        Assert.Equal(phone.Files.Count, phone.Files.Select(file => file.Path.ToUpperInvariant()).Distinct().Count());

    [Fact]
    public void EveryContactIsRead()
    {
        var cards = new List<VCard>();
        foreach (var (path, bytes) in phone.Of("contacts"))
        {
            var reading = Assert.Single(VCardReader.Read(bytes));
            Assert.True(reading.Problem is null, $"{path}: {reading.Problem?.Reason}");
            cards.Add(reading.Item!);
        }
        var views = cards.ConvertAll(ContactView.Of);
        Assert.True(views.Count(view => !view.IsGroup) >= 300);
        Assert.True(views.Count(view => view.IsGroup && view.Members.Length > 5) == 5, "five groups, with their members");
        Assert.All(views, view => Assert.NotEqual("", view.FullName));
        Assert.All(views.Where(view => !view.IsGroup), view => Assert.NotEmpty(view.Phones));
        Assert.Equal(views.Count, views.Select(view => view.Uid).Distinct().Count());
        Assert.True(views.Count(view => view.Photo is { Bytes.Length: > 1000 }) >= 30);
        Assert.True(views.Count(view => view.Categories.Length > 0) >= 40);
        Assert.Equal([VCardVersion.V21, VCardVersion.V30, VCardVersion.V40], cards.Select(card => card.Version).Distinct().Order());
        Assert.True(phone.Of("contacts").Count(file => file.Bytes.Length > 65_536) >= 3, "some records are large");
        // A tenth is vCard 2.1 in quoted-printable: its names read as well as those in plain text.
        Assert.All(cards.Where(card => card.Version == VCardVersion.V21), card => Assert.DoesNotContain('=', ContactView.Of(card).FullName));
        foreach (var tongue in Names.Tongues)
            Assert.True(views.Count(view => tongue.Given.Any(name => view.FullName.Contains(name, StringComparison.Ordinal))) >= 20, $"names in {tongue.Code}");
    }

    [Fact]
    public void TheInboxHasTwoCardsThatTheFolderHasToo()
    {
        var inbox = VCardReader.Read(phone.File(Phone.CardsName)).ToList();
        Assert.All(inbox, reading => Assert.Null(reading.Problem));
        var uids = inbox.ConvertAll(reading => ContactView.Of(reading.Item!).Uid);
        Assert.Equal(Phone.InboxCards, uids.Count);
        Assert.Equal(2, uids.Count(uid => phone.Files.Any(file => file.Path == $"contacts/{uid}.vcf")));
    }

    [Fact]
    public void EveryNoteIsReadAndItsAttachmentsAreThere()
    {
        var notes = phone.Of("notes").Where(file => file.Path.EndsWith(".md", StringComparison.Ordinal)).ToList();
        Assert.True(notes.Count >= 60);
        var views = new List<NoteView>();
        foreach (var (path, bytes) in notes)
        {
            var note = NoteFile.Parse(bytes, Path.GetFileName(path));
            Assert.True(note.Problem is null, $"{path}: {note.Problem?.Reason}");
            views.Add(note.View);
            foreach (var attachment in note.View.Attachments)
                Assert.Contains(phone.Files, file => file.Path == $"{Path.GetDirectoryName(path)!.Replace('\\', '/')}/{attachment}");
        }
        Assert.Equal(2, views.Sum(view => view.Attachments.Count));
        Assert.True(views.Count(view => view.ChecklistItems > 0) >= 20);
        Assert.True(views.Count(view => view.Tags.Count > 0) >= 20);
        Assert.Contains(notes, note => note.Bytes.Length > 64 * 1024);
    }

    [Fact]
    public void EveryMessageIsRead()
    {
        var parts = 0;
        var reader = new SyncTechReader(new MemoryStream(phone.File(Phone.MessagesName)), _ =>
        {
            parts++;
            return new MemoryStream();
        });
        var readings = reader.Read().ToList();
        Assert.All(readings, reading => Assert.Null(reading.Problem));
        var views = readings.ConvertAll(reading => reading.Item!.View);
        Assert.Equal(reader.Header!.Count, views.Count);
        Assert.Equal((Phone.Sms, Phone.Mms), (views.Count(view => view.Kind == MessageKind.Sms), views.Count(view => view.Kind == MessageKind.Mms)));
        Assert.Equal(Phone.Mms, parts);
        Assert.True(views.Select(view => view.ThreadKey).Distinct().Count() >= 40);
        Assert.True(views.Count(view => view.Participants > 2) >= 5, "some are to a group");
        Assert.True(views.Max(view => view.DateMs) - views.Min(view => view.DateMs) > 2.9 * 365 * 86_400_000d);
        // Emoji survive, whether written as they are or as two references of halves.
        Assert.True(views.Count(view => view.Text?.Contains("😀", StringComparison.Ordinal) == true) > 10);
        Assert.DoesNotContain(views, view => view.Text?.Contains('\uFFFD') == true);
    }

    [Fact]
    public void EveryPhotoSaysWhenAndWhereAsItWasWritten()
    {
        var views = new Dictionary<string, PhotoView>();
        foreach (var (path, bytes) in phone.Of("photos"))
        {
            var view = PhotoMetadata.Read(new MemoryStream(bytes), Path.GetFileName(path));
            Assert.True(view.Problems is [], $"{path}: {string.Join(' ', view.Problems.Select(p => p.Reason))}");
            Assert.StartsWith($"photos/{view.Taken!.Local:yyyy/MM}/IMG_{view.Taken.Local:yyyyMMdd_HHmmss}", path, StringComparison.Ordinal);
            views.Add(path, view);
        }
        var jpegs = views.Values.Where(view => view.MediaType == "image/jpeg").ToList();
        Assert.True(jpegs.Count >= 48);
        Assert.All(jpegs, view => Assert.InRange(view.Width * view.Height, 1_000_000, 4_000_000));
        Assert.All(jpegs, view => Assert.Equal((PhotoTimeSource.ExifOriginal, true), (view.Taken!.Source, view.Taken.Offset is not null)));
        Assert.Equal([1, 3, 6, 8], jpegs.Select(view => view.Orientation).Distinct().Order());
        Assert.True(jpegs.Count(view => view.Location is not null) >= 40);
        Assert.Contains(jpegs, view => view.Location is { Latitude: < -33.8 and > -33.9, Longitude: > 151.1 });
        Assert.Equal(["image/gif", "image/jpeg", "image/png", "image/webp", "video/quicktime"], views.Values.Select(view => view.MediaType).Distinct().Order());
        Assert.NotNull(views.Values.Single(view => view.MediaType == "image/png").Location);
    }

    [Fact]
    public void TheMotionPhotoHasItsVideoAndTheLivePairItsId()
    {
        var (motionPath, motion) = phone.Of("photos").Single(file => file.Path.EndsWith(".MP.jpg", StringComparison.Ordinal));
        var video = PhotoMetadata.Read(new MemoryStream(motion), motionPath).MotionVideo!;
        Assert.Equal((EmbeddedVideoKind.MotionPhoto, motion.Length), (video.Kind, video.Offset + video.Length));
        Assert.Equal(TimeSpan.FromSeconds(1.5), PhotoMetadata.Read(new MemoryStream(motion[(int)video.Offset..]), "").Duration);

        var pair = Assert.Single(LivePairs.Match(phone.Of("photos").Select(file => new LiveFile(file.Path, PhotoMetadata.Read(new MemoryStream(file.Bytes), file.Path))).ToList()));
        Assert.True(pair.ByIdentifier);
    }

    [Fact]
    public void PicturesOfThePhoneHavePreviews()
    {
        // Of the plain photos one in six.
        foreach (var (path, bytes) in phone.Of("photos").Where((file, index) => !file.Path.EndsWith(".mov", StringComparison.Ordinal) && (index % 6 == 0 || index >= PhotoFiles.PlainPhotos)))
        {
            var result = PreviewMaker.Make(new MemoryStream(bytes), "image/jpeg");
            Assert.True(result.Outcome == PreviewOutcome.Made, $"{path}: {result.Reason}");
        }
    }
}
