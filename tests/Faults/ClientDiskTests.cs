using System.Diagnostics;
using Candor.Client.Accounts;
using Candor.Client.Devices;
using Candor.Client.Gate;
using Candor.Protocol;
using Candor.Tests.EndToEnd;

namespace Candor.Tests.Faults;

/// <summary>A phone's disk, with its keys, its log, its ledger and its folder, fails at the first, the second, … call that changes it: the next run makes everything good.</summary>
public sealed class ClientDiskTests
{
    private const int MostCalls = 400;

    /// <summary>A program that is killed has to be started again, which costs most of a second: of these every third call.</summary>
    private const int KillStep = 3, PowerStep = 9;

    [Fact]
    public Task R01_APhoneThatIsKilledAtAnyWriteGoesOnWhereItWas() => RunAsync(Fault.Kill, KillStep);

    /// <summary>As the kill, and of every file what was not flushed is gone.</summary>
    [Fact]
    public Task R02_APhoneThatLosesItsPowerAtAnyWriteGoesOnAndTakesNoEmptyFileForAnEdit() => RunAsync(Fault.Unsynced, PowerStep);

    [Fact]
    public Task R03_APhoneWhoseDiskFailsOnceSaysSoAndGoesOn() => RunAsync(Fault.IoOnce, 1);

    [Fact]
    public Task R04_APhoneWhoseDiskIsFullSaysSoAndGoesOnWhenThereIsRoom() => RunAsync(Fault.FullStays, 1);

    private static async Task RunAsync(Fault fault, int step)
    {
        await using var phones = await Phones.StartAsync();
        var phone = await phones.JoinAsync("phone", Kind.Contacts, Kind.Notes, Kind.Photos);
        var other = await phones.JoinAsync("other", Kind.Contacts, Kind.Notes, Kind.Photos);
        string home = phone.Device.Home.Path;
        phone.Device.Dispose();
        using var disk = new FaultDisk(Path.GetDirectoryName(phone.Folder)!);
        using var child = new Child(home, phone.Folder, disk);
        Assert.Equal("safe", child.Sync());

        int number = 1;
        bool fired = true;
        for (int round = 0; fired && number <= MostCalls; number += step, round++)
        {
            phone.Write($"contacts/{round}.vcf", FolderSyncTests.Card($"uid-{round}", $"Person {round}"));
            phone.Write($"notes/{round}.md", $"note {round}\n");
            phone.Write($"photos/{round}.bin", new byte[100 + round]);
            other.Write($"notes/from-other-{round}.md", $"other note {round}\n");
            if (round > 0) other.Write($"notes/{round - 1}.md", $"note {round - 1}\nand more\n");
            await other.SyncAsync();

            disk.Arm(fault, number);
            string said = child.Sync();
            fired = disk.Fired;
            disk.Disarm();
            string at = $"{fault} at call {number} ({disk.Call}): {said}";
            Assert.DoesNotContain(nameof(AlarmException), said, StringComparison.Ordinal);
            Assert.DoesNotContain("unexplained", said, StringComparison.Ordinal);
            if (!fired) Assert.Equal("safe", said);
            // A person is told in our words, not in those of a stack trace.
            else if (fault is Fault.IoOnce or Fault.FullStays) Assert.DoesNotContain("InvalidOperation", said, StringComparison.Ordinal);

            string again = child.Sync();
            Assert.True(again == "safe", $"The next run says: {again}. {at}");
            await other.SyncAsync();
            CheckSame(phone, other, at);
        }
        Assert.InRange(number, 20, MostCalls);
        child.Dispose();
        await CheckLedgerAsync(home);
    }

    private static void CheckSame(Phone phone, Phone other, string at)
    {
        string[] files = [.. new[] { "contacts", "notes", "photos" }.SelectMany(phone.Files)];
        Assert.True(files.SequenceEqual(new[] { "contacts", "notes", "photos" }.SelectMany(other.Files)), $"{string.Join(' ', files.Except(new[] { "contacts", "notes", "photos" }.SelectMany(other.Files)))} here, {string.Join(' ', new[] { "contacts", "notes", "photos" }.SelectMany(other.Files).Except(files))} there. {at}");
        foreach (string path in files)
            Assert.True(File.ReadAllBytes(Path.Combine(phone.Folder, path)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(other.Folder, path))), $"{path} differs. {at}");
    }

    private static async Task CheckLedgerAsync(string home)
    {
        await using var stream = File.OpenRead(DeviceHome.LedgerFileOf(home));
        var facts = await LedgerReader.ReadAsync(stream, _ => { }, default);
        Assert.Equal((0L, false), (facts.BrokenAt, facts.Torn));
    }

    /// <summary>A phone's program that syncs when it is told to, and is started again where it was killed.</summary>
    private sealed class Child(string home, string folder, FaultDisk disk) : IDisposable
    {
        private Process? _process;

        /// <summary>What it said; "killed" where it ended.</summary>
        public string Sync()
        {
            _process ??= Start();
            try
            {
                _process.StandardInput.WriteLine();
                _process.StandardInput.Flush();
                if (_process.StandardOutput.ReadLine() is { } said) return said;
            }
            catch (IOException)
            {
                // It has ended.
            }
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
            return "killed";
        }

        public void Dispose()
        {
            if (_process is null) return;
            _process.Kill();
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
        }

        private Process Start()
        {
            var start = new ProcessStartInfo("dotnet", [typeof(ClientDiskTests).Assembly.Location]) { RedirectStandardInput = true, RedirectStandardOutput = true };
            (start.Environment[ChildBackup.Home], start.Environment[ChildBackup.Folder], start.Environment[ChildBackup.Again]) = (home, folder, "1");
            foreach (var (name, value) in disk.Environment) start.Environment[name] = value;
            return Process.Start(start)!;
        }
    }
}
