using System.Text.Json;
using Candor.Tests.Server;

namespace Candor.Tests.Cli;

/// <summary>backup, sync and status over plain files, against a real server.</summary>
public sealed class FolderCommandTests : IAsyncLifetime
{
    private readonly CandorHere _candor = new();
    private TestServer _server = null!;

    private string Folder => _candor.InFolder("phone");

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync();
        await _candor.JoinAsync(_server.BaseAddress);
        for (int i = 0; i < 30; i++) Write($"contacts/{i}.vcf", $"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:u{i}\r\nFN:Person {i}\r\nN:{i};Person;;;\r\nEND:VCARD\r\n");
        Write("notes/a.md", "Hello\n");
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _candor.Dispose();
    }

    [Theory]
    [InlineData("backup")]
    [InlineData("sync")]
    [InlineData("status")]
    public async Task WhileEveryKindIsOffARunIsNoSuccess(string command)
    {
        var run = await _candor.RunAsync(command, Folder);
        Assert.Equal((3, ""), (run.Code, run.Out));
        Assert.Contains("candor on contacts", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABackupCountsEveryItemAndStatusAgrees()
    {
        await _candor.RunAsync("on", "contacts", "notes", "--yes");
        var backup = await _candor.RunAsync("backup", Folder);
        Assert.True(backup.Code == 0, backup.Out + backup.Error);
        Assert.StartsWith("31 of 31 safe, 0 unexplained\n", backup.Out, StringComparison.Ordinal);
        var status = await _candor.RunAsync("status", Folder);
        Assert.Equal(0, status.Code);
        Assert.StartsWith("31 of 31 safe, 0 unexplained\n", status.Out, StringComparison.Ordinal);
        Write("notes/b.md", "New\n");
        using var document = JsonDocument.Parse((await _candor.RunAsync("status", Folder, "--json")).Out);
        Assert.Equal((32, 31, 0), (Number(document, "seen"), Number(document, "safe"), Number(document, "unexplained")));
        var notes = document.RootElement.GetProperty("kinds").EnumerateArray().Single(k => k.GetProperty("kind").GetString() == "notes");
        Assert.Equal("notes/b.md", Assert.Single(notes.GetProperty("troubles").EnumerateArray()).GetProperty("item").GetString());
    }

    [Fact]
    public async Task WhileAnAlarmStandsNothingSaysThatAllIsWell()
    {
        await _candor.RunAsync("on", "contacts", "--yes");
        await _candor.RunAsync("backup", Folder);
        using (var device = Candor.Client.Devices.Device.Open(_candor.Home, TimeProvider.System)) device.Alarms.Raise(Candor.Client.Accounts.AlarmException.Rollback(8, 6));
        var status = await _candor.RunAsync("status", Folder);
        Assert.Equal(4, status.Code);
        Assert.Contains("ALARM", status.Out, StringComparison.Ordinal);
        Assert.Contains("6 changes where this device has verified 8", status.Out, StringComparison.Ordinal);
        var shown = await _candor.RunAsync("alarm");
        Assert.Equal(4, shown.Code);
        Assert.Contains("candor alarm --go-on", shown.Out, StringComparison.Ordinal);
        Assert.Equal(4, (await _candor.RunAsync("sync", Folder)).Code);
        Assert.Equal(0, (await _candor.RunAsync("alarm", "--go-on", "--yes")).Code);
        Assert.Equal(0, (await _candor.RunAsync("status", Folder)).Code);
        Assert.Equal(0, (await _candor.RunAsync("sync", Folder)).Code);
    }

    [Fact]
    public async Task WhatIsNotSafeIsNamedAndCannotMoveTheCursor()
    {
        await _candor.RunAsync("on", "contacts", "--yes");
        Write("contacts/bad\u001b[2J.vcf", "no card");
        var run = await _candor.RunAsync("backup", Folder);
        Assert.Equal(1, run.Code);
        Assert.StartsWith("30 of 31 safe, 0 unexplained\n", run.Out, StringComparison.Ordinal);
        Assert.Contains("contacts/bad\uFFFD[2J.vcf", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Out + run.Error);
    }

    [Fact]
    public async Task ManyRemovalsAreHeldUntilAPersonSaysSo()
    {
        await _candor.RunAsync("on", "contacts", "--yes");
        Assert.Equal(0, (await _candor.RunAsync("sync", Folder)).Code);
        for (int i = 0; i < 25; i++) File.Delete(Path.Combine(Folder, $"contacts/{i}.vcf"));
        var held = await _candor.RunAsync("sync", Folder);
        Assert.Equal(5, held.Code);
        Assert.Contains("25 of 30 contacts whose files are gone here would be removed", held.Error, StringComparison.Ordinal);
        var no = await _candor.RunAsync(_ => "n", default, "sync", Folder);
        Assert.Equal(5, no.Code);
        var yes = await _candor.RunAsync("sync", Folder, "--yes");
        Assert.Equal(0, yes.Code);
        Assert.Contains("25 removed", yes.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFolderThatIsNotThereIsSaid()
    {
        await _candor.RunAsync("on", "contacts", "--yes");
        var run = await _candor.RunAsync("backup", _candor.InFolder("nowhere"));
        Assert.Equal(3, run.Code);
        Assert.Contains("There is no folder", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatWasKeptIsFoundShownUndoneRestoredAndExported()
    {
        await _candor.RunAsync("on", "contacts", "notes", "--yes");
        Assert.Equal(0, (await _candor.RunAsync("sync", Folder)).Code);
        Write("notes/a.md", "Hello again, Zanzibar\n");
        Assert.Equal(0, (await _candor.RunAsync("sync", Folder)).Code);

        Assert.Contains("Person 7", (await _candor.RunAsync("list", "--kind", "contacts")).Out, StringComparison.Ordinal);
        var found = await _candor.RunAsync("search", "zanzibar");
        Assert.Equal(0, found.Code);
        Assert.Equal(2, found.Out.TrimEnd().Split('\n').Length);
        Assert.Equal("Nothing was found.\n", (await _candor.RunAsync("search", "zanzibar", "--kind", "contacts")).Out);
        Assert.Contains("Hello again, Zanzibar", (await _candor.RunAsync("show", "notes/a.md")).Out, StringComparison.Ordinal);
        Assert.Equal(3, (await _candor.RunAsync("list", "--kind", "photos")).Code);

        using (var history = JsonDocument.Parse((await _candor.RunAsync("history", "--json")).Out))
        {
            var newest = history.RootElement.GetProperty("changes")[0];
            Assert.True(newest.GetProperty("canUndo").GetBoolean());
            Assert.Equal(0, (await _candor.RunAsync("undo", newest.GetProperty("number").GetRawText())).Code);
        }
        Assert.Equal(3, (await _candor.RunAsync("undo", "99999")).Code);

        string back = _candor.InFolder("back");
        var restored = await _candor.RunAsync("restore", back);
        Assert.True(restored.Code == 0, restored.Out + restored.Error);
        Assert.StartsWith("31 files written to ", restored.Out, StringComparison.Ordinal);
        Assert.Equal("Hello\n", await File.ReadAllTextAsync(Path.Combine(back, "notes", "a.md")));

        var drill = await _candor.RunAsync("drill", back, "--json");
        Assert.True(drill.Code == 0, drill.Error);
        using (var report = JsonDocument.Parse(drill.Out))
        {
            Assert.True(report.RootElement.GetProperty("good").GetBoolean());
            Assert.True(File.Exists(report.RootElement.GetProperty("report").GetString()));
        }
        var export = await _candor.RunAsync("export", _candor.InFolder("away"), "--for", "nextcloud");
        Assert.True(export.Code == 0, export.Out + export.Error);
        Assert.NotEmpty(Directory.GetFiles(_candor.InFolder("away"), "*.vcf", SearchOption.AllDirectories));
        Assert.Equal(3, (await _candor.RunAsync("export", _candor.InFolder("away"))).Code);
    }

    [Fact]
    public async Task WhatIsErasedIsOffAndGoneAndTheFolderStays()
    {
        await _candor.RunAsync("on", "notes", "--yes");
        Assert.Equal(0, (await _candor.RunAsync("backup", Folder)).Code);
        Assert.Equal(5, (await _candor.RunAsync("off", "notes", "--erase")).Code);
        Assert.Equal("Nothing was changed.\n", (await _candor.RunAsync(_ => "n", default, "off", "notes", "--erase")).Out);
        var erased = await _candor.RunAsync("off", "notes", "--erase", "--yes");
        Assert.True(erased.Code == 0, erased.Error);
        Assert.Contains("notes is off and erased", erased.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Folder, "notes", "a.md")));
        await _candor.RunAsync("on", "notes", "--yes");
        Assert.Equal("Nothing is kept of notes.\n", (await _candor.RunAsync("list")).Out);
    }

    [Fact]
    public async Task AWatchRunsAtOnceAndStopsCleanlyWhenInterrupted()
    {
        await _candor.RunAsync("on", "notes", "--yes");
        using var interrupt = new CancellationTokenSource();
        var watching = _candor.RunAsync(null, interrupt.Token, "watch", Folder, "--json");
        Assert.True(await Eventually.HoldsAsync(() => _candor.Results?.ToString().Contains("\"start\"", StringComparison.Ordinal) ?? false));
        await interrupt.CancelAsync();
        var run = await watching;
        Assert.Equal(130, run.Code);
        using var first = JsonDocument.Parse(run.Out.Split('\n')[0]);
        Assert.Equal((1, 1), (Number(first, "seen"), Number(first, "safe")));
        Assert.StartsWith("1 of 1 safe", (await _candor.RunAsync("status", Folder)).Out, StringComparison.Ordinal);
    }

    private static int Number(JsonDocument document, string name) => document.RootElement.GetProperty(name).GetInt32();

    private void Write(string path, string text)
    {
        string file = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
