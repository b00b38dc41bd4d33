using Candor.Client.Accounts;
using Candor.Client.Api;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Server.Operator;
using Candor.Tests.EndToEnd;
using Microsoft.Data.Sqlite;

namespace Candor.Tests.Faults;

/// <summary>A server whose disk died, put back to yesterday's backup by an honest operator (docs/server-backup.md): what the backup does not have comes back from the devices, and no restore excuses a lie.</summary>
public sealed class RestoredServerTests
{
    private static readonly FolderOptions Quick = new() { Previews = false };

    [Fact]
    public async Task R06_WhatTheBackupDoesNotHaveIsPutBackByteForByteByWhoeverHasIt()
    {
        await using var phones = await Phones.StartAsync();
        var (phone, laptop) = await TwoAsync(phones);
        string backup = await BackupAsync(phones);
        // Afterwards: a photo, a card that the laptop may not read, a note that is a blob, an edit; the laptop follows; and one more note that only the phone knows of.
        phone.Write("photos/a.bin", [.. Enumerable.Range(0, 30_000).Select(i => (byte)(i * 7 & 0xff))]);
        phone.Write("contacts/Ada.vcf", "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Ada\r\nEND:VCARD\r\n");
        phone.Write("notes/large.md", new string('x', 90_000) + "\n");
        phone.Write("notes/old.md", "old\nnewer\n");
        await phone.SyncAsync(Quick);
        await laptop.SyncAsync(Quick);
        phone.Write("notes/last.md", "last\n");
        await phone.SyncAsync(Quick);
        var leaves = Leaves(phones);
        Assert.True(laptop.Device.Account.Size < phone.Device.Account.Size);

        await PutBackAsync(phones, backup);
        Assert.True(Leaves(phones).Count < laptop.Device.Account.Size);
        // The laptop comes first and has something new: it puts back what it knows, and waits with the new.
        laptop.Write("notes/laptop.md", "written while the server was restored\n");
        Assert.Equal(ErrorName.Restoring, (await Assert.ThrowsAsync<ServerRefusedException>(() => laptop.SyncAsync(Quick))).Name);
        Assert.Equal(laptop.Device.Account.Size, Leaves(phones).Count);
        // The phone puts back the rest, and what the laptop could not: the card, and the photo, whose sealed pieces nobody keeps.
        var report = await phone.SyncAsync(Quick);
        Assert.True(report.Restored.Single() is { Lost: > 0, Shorter: true });
        Assert.Equal<byte[]>(leaves, Leaves(phones).Take(leaves.Count));
        await laptop.SyncAsync(Quick);
        await phone.SyncAsync(Quick);
        foreach (var device in new[] { phone, laptop })
        {
            Assert.Null(device.Device.Alarms.Standing());
            string evidence = Directory.GetDirectories(Path.Combine(device.Device.Home.Path, "alarms"), "*-restored").Single();
            Assert.Equal(["ours.checkpoint", "ours.leaves", "restored.note", "server.key", "theirs.checkpoint", "what.txt"], Directory.GetFiles(evidence).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        }
        Assert.DoesNotContain((await phone.SyncAsync(Quick)).Kinds, k => k.Sent > 0 || k.Safe < k.Seen);

        // Who joins now gets everything, and the server finds nothing wrong with itself.
        var tablet = await phones.JoinAsync("tablet", Kind.Notes, Kind.Contacts, Kind.Photos);
        await tablet.SyncAsync(Quick);
        Assert.Equal(phone.Files(""), tablet.Files(""));
        foreach (string file in phone.Files("")) Assert.Equal(File.ReadAllBytes(Path.Combine(phone.Folder, file)), File.ReadAllBytes(Path.Combine(tablet.Folder, file)));
        Assert.Equal(0, await OperatorAsync("scrub", "--data", phones.Server.DataFolder));
    }

    [Fact]
    public async Task R06_WithoutTheOperatorsWordADeviceAlarmsAndWithItGoesOn()
    {
        await using var phones = await Phones.StartAsync();
        var (phone, _) = await TwoAsync(phones);
        string backup = await BackupAsync(phones);
        phone.Write("notes/last.md", "last\n");
        await phone.SyncAsync(Quick);
        var leaves = Leaves(phones);
        await PutBackAsync(phones, backup, say: false);
        Assert.Equal(AlarmKind.Rollback, (await Assert.ThrowsAsync<AlarmException>(() => phone.SyncAsync(Quick))).Kind);
        await phones.Server.StopAsync();
        Assert.Equal(0, await OperatorAsync("restored", "--data", phones.Server.DataFolder, "--wait", "0"));
        await phones.Server.RestartAsync();
        phone.Device.Alarms.GoOn();
        phone.Write("notes/more.md", "more\n");
        await phone.SyncAsync(Quick);
        Assert.Equal<byte[]>(leaves, Leaves(phones).Take(leaves.Count));
        Assert.Equal(leaves.Count + 1, Leaves(phones).Count);
    }

    [Fact]
    public async Task R06_OneWordExcusesOneRestoreAndOnlyABeginningOfWhatWasVerified()
    {
        await using var phones = await Phones.StartAsync();
        var (phone, laptop) = await TwoAsync(phones);
        string backup = await BackupAsync(phones);
        phone.Write("notes/last.md", "last\n");
        await phone.SyncAsync(Quick);
        // The same word again, after everything was put back.
        await PutBackAsync(phones, backup);
        await phones.Server.StopAsync();
        string again = Path.Combine(phones.Root, "again");
        CopyFolder(phones.Server.DataFolder, again);
        await phones.Server.RestartAsync();
        await phone.SyncAsync(Quick);
        await laptop.SyncAsync(Quick);
        await PutBackAsync(phones, again, say: false);
        foreach (var device in new[] { phone, laptop }) Assert.Equal(AlarmKind.Rollback, (await Assert.ThrowsAsync<AlarmException>(() => device.SyncAsync(Quick))).Kind);

        // A word about a log on which somebody wrote meanwhile: that is another history.
        laptop.Device.Alarms.GoOn();
        await PutBackAsync(phones, backup, say: false);
        var tablet = await phones.JoinAsync("tablet", Kind.Notes);
        tablet.Write("notes/other.md", "other\n");
        await tablet.SyncAsync(Quick);
        await phones.Server.StopAsync();
        Assert.Equal(0, await OperatorAsync("restored", "--data", phones.Server.DataFolder));
        await phones.Server.RestartAsync();
        Assert.Equal(AlarmKind.Fork, (await Assert.ThrowsAsync<AlarmException>(() => laptop.SyncAsync(Quick))).Kind);
    }

    [Fact]
    public async Task ABackupIsMadeBesideTheServerAndASecondOneCopiesWhatIsNew()
    {
        await using var phones = await Phones.StartAsync();
        var phone = await phones.JoinAsync("phone", Kind.Photos);
        phone.Write("photos/a.bin", new byte[5000]);
        await phone.SyncAsync(Quick);
        string backup = await BackupAsync(phones);
        string[] blobs = Directory.GetFiles(Path.Combine(backup, "blobs"), "*", SearchOption.AllDirectories);
        var written = File.GetLastWriteTimeUtc(Assert.Single(blobs));
        phone.Write("photos/b.bin", new byte[6000]);
        await phone.SyncAsync(Quick);
        await BackupAsync(phones);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(backup, "blobs"), "*", SearchOption.AllDirectories).Length);
        Assert.Equal(written, File.GetLastWriteTimeUtc(blobs[0]));
        Assert.Equal(0, await OperatorAsync("scrub", "--data", backup));
        // A server that runs must not be told that it was put back, and a backup into the server's own folder is none.
        Assert.Equal(3, await OperatorAsync("restored", "--data", phones.Server.DataFolder));
        Assert.Equal(3, await OperatorAsync("backup", "--data", phones.Server.DataFolder, "--to", Path.Combine(phones.Server.DataFolder, "copy")));
    }

    /// <summary>A phone with three kinds, and a laptop with notes alone; both have synced.</summary>
    private static async Task<(Phone Phone, Phone Laptop)> TwoAsync(Phones phones)
    {
        var phone = await phones.JoinAsync("phone", Kind.Notes, Kind.Contacts, Kind.Photos);
        var laptop = await phones.JoinAsync("laptop", Kind.Notes);
        phone.Write("notes/old.md", "old\n");
        await phone.SyncAsync(Quick);
        await laptop.SyncAsync(Quick);
        await phone.SyncAsync(Quick);
        return (phone, laptop);
    }

    private static async Task<string> BackupAsync(Phones phones)
    {
        string backup = Path.Combine(phones.Root, "backup");
        Assert.Equal(0, await OperatorAsync("backup", "--data", phones.Server.DataFolder, "--to", backup));
        return backup;
    }

    private static async Task PutBackAsync(Phones phones, string backup, bool say = true)
    {
        await phones.Server.StopAsync();
        Directory.Delete(phones.Server.DataFolder, recursive: true);
        CopyFolder(backup, phones.Server.DataFolder);
        if (say) Assert.Equal(0, await OperatorAsync("restored", "--data", phones.Server.DataFolder));
        await phones.Server.RestartAsync();
    }

    private static async Task<int> OperatorAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        return await Commands.RunAsync(arguments, output, output);
    }

    private static List<byte[]> Leaves(Phones phones)
    {
        using var db = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = DataFolder.DatabaseFileIn(phones.Server.DataFolder), Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        db.Open();
        using var command = db.CreateCommand();
        command.CommandText = "SELECT leaf FROM commits ORDER BY idx";
        using var rows = command.ExecuteReader();
        var leaves = new List<byte[]>();
        while (rows.Read()) leaves.Add(rows.GetFieldValue<byte[]>(0));
        return leaves;
    }

    private static void CopyFolder(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)), overwrite: true);
        foreach (string folder in Directory.GetDirectories(from)) CopyFolder(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
