using System.Diagnostics;
using System.IO.MemoryMappedFiles;

namespace Candor.Tests.Faults;

/// <summary>What the n-th call that changes the disk meets (Shim/faultdisk.c).</summary>
public enum Fault
{
    /// <summary>EIO, once.</summary>
    IoOnce = 1,

    /// <summary>EIO, and so every call after it.</summary>
    IoStays,

    /// <summary>ENOSPC, once.</summary>
    FullOnce,

    /// <summary>ENOSPC, and so every call after it that needs room.</summary>
    FullStays,

    /// <summary>The process ends before the call.</summary>
    Kill,

    /// <summary>Half of a write arrives, and the process ends.</summary>
    Torn,

    /// <summary>The process ends, and with it every write that was not synced.</summary>
    Unsynced,

    /// <summary>EIO from the n-th fsync.</summary>
    SyncOnce,
}

/// <summary>Puts a disk that fails under a program that a test starts: the real program, the real C library, and one call that does not do what it should.</summary>
internal sealed class FaultDisk : IDisposable
{
    private const string Source = "tests/Faults/Shim/faultdisk.c";

    private static readonly string[] Operations = ["nothing", "open", "write", "sync", "rename", "truncate", "mkdir", "unlink", "allocate"];
    private static readonly Lazy<string> Library = new(Build);

    private readonly string _control;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _page;

    /// <param name="folder">Only what lies below it fails.</param>
    public FaultDisk(string folder)
    {
        Folder = folder;
        _control = Path.Combine(Path.GetTempPath(), $"candor-fault-{Candor.Protocol.Id.Random()}");
        File.WriteAllBytes(_control, new byte[64]);
        _file = MemoryMappedFile.CreateFromFile(_control, FileMode.Open, null, 64);
        _page = _file.CreateViewAccessor();
    }

    public string Folder { get; }

    public bool Fired => _page.ReadInt64(24) > 0;

    /// <summary>The call that failed.</summary>
    public string Call => Operations[_page.ReadInt64(32)];

    public bool FailedSync => Call == "sync" && Fired;

    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["LD_PRELOAD"] = Library.Value, ["FAULT_DIR"] = Folder, ["FAULT_CONTROL"] = _control, ["DOTNET_TieredPGO"] = "0" };

    public void Arm(Fault fault, int number)
    {
        _page.Write(8, 0L);
        foreach (int at in new[] { 0, 24, 32 }) _page.Write(at, 0L);
        _page.Write(16, (long)fault);
        _page.Write(8, (long)number);
    }

    public void Disarm() => _page.Write(8, 0L);

    public void Dispose()
    {
        _page.Dispose();
        _file.Dispose();
        File.Delete(_control);
    }

    private static string Build()
    {
        string library = Path.Combine(Directory.CreateTempSubdirectory("candor-faultdisk-").FullName, "faultdisk.so");
        using var gcc = Process.Start(new ProcessStartInfo("gcc", ["-shared", "-fPIC", "-O1", "-o", library, Path.Combine(Checkout.Root, Source), "-ldl"]) { RedirectStandardError = true })!;
        string said = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.True(gcc.ExitCode == 0, said);
        return library;
    }
}
