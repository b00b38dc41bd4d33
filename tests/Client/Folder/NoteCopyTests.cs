using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Client.Folder;

/// <summary>Notes that were copied, named at length, or whose attachments two phones changed.</summary>
public sealed class NoteCopyTests : IAsyncLifetime
{
    private const string Note = "---\nid: 4711\n---\n# One\n";

    private Phones _phones = null!;

    public async ValueTask InitializeAsync() => _phones = await Phones.StartAsync();

    public ValueTask DisposeAsync() => _phones.DisposeAsync();

    [Fact]
    public async Task ACopyOfANoteIsARecordOfItsOwnEvenWithoutTheIndex()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        phone.Write("notes/a.md", Note);
        phone.Write("notes/b.md", Note);
        phone.Write("notes/c.md", Note);
        Assert.Equal((3, 3), (await phone.SyncAsync()).Of(Kind.Notes) is var sent ? (sent.Safe, sent.Sent) : default);
        Assert.Equal(["a.md", "b.md", "c.md"], phone.RecordsOf(Kind.Notes).Select(r => r.Name));
        for (int i = 0; i < 5; i++)
        {
            Directory.Delete(Path.Combine(phone.Device.Home.Path, "folders"), recursive: true);
            phone = _phones.Reopen(phone);
            var again = (await phone.SyncAsync()).Of(Kind.Notes);
            Assert.Equal((3, 0, 0), (again.Safe, again.Sent, again.Received));
        }
        Assert.Equal(3, phone.RecordsOf(Kind.Notes).Count);
    }

    [Fact]
    public async Task APathLongerThanARecordsNameIsNamedAndTheRestGoesOn()
    {
        var phone = await _phones.JoinAsync("one", Kind.Notes);
        string path = "notes/" + string.Concat(Enumerable.Repeat(new string('ü', 100) + "/", 6)) + "a.md";
        phone.Write(path, "# far down\n");
        phone.Write("notes/b.md", "# here\n");
        var report = (await phone.SyncAsync()).Of(Kind.Notes);
        Assert.Equal((2, 1), (report.Seen, report.Safe));
        var trouble = Assert.Single(report.Troubles);
        Assert.Equal(path, trouble.Item);
        Assert.Contains("shorter name", trouble.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAttachmentThatTwoPhonesChangedIsThereTwiceUnderTwoNames()
    {
        var one = await _phones.JoinAsync("one", Kind.Notes);
        one.Write("notes/a.md", "# One\n\n![p](p.png)\n");
        one.Write("notes/p.png", Exports.Png(0));
        await one.SyncAsync();
        var two = await _phones.JoinAsync("two", Kind.Notes);
        await two.SyncAsync();
        Assert.Equal("image/png", one.RecordsOf(Kind.Notes)[0].Files[0].MediaType);

        one.Write("notes/p.png", [.. Exports.Png(1), 1]);
        two.Write("notes/p.png", [.. Exports.Png(2), 2, 2]);
        await one.SyncAsync();
        await two.SyncAsync();
        await one.SyncAsync();
        foreach (var phone in new[] { one, two })
        {
            Assert.Equal("# One\n\n![p](p.png)\n", phone.Read("notes/a.md"));
            var pictures = phone.Files("notes").Where(f => f.EndsWith(".png", StringComparison.Ordinal)).ToArray();
            Assert.Contains("notes/p.png", pictures);
            Assert.Contains("notes/p (2).png", pictures);
            var sizes = pictures.Select(f => (int)new FileInfo(Path.Combine(phone.Folder, f)).Length).ToHashSet();
            Assert.Superset(new HashSet<int> { Exports.Png(1).Length + 1, Exports.Png(2).Length + 2 }, sizes);
        }
        Assert.Equal(0, (await two.SyncAsync()).Of(Kind.Notes).Sent);
        Assert.Equal(0, (await one.SyncAsync()).Of(Kind.Notes).Sent);
    }
}
