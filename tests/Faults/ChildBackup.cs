using System.Runtime.CompilerServices;
using Candor.Client.Devices;
using Candor.Client.Folder;

namespace Candor.Tests.Faults;

/// <summary>This program as a phone that backs up once, for tests that kill it: started with a home and a folder in its environment it does that, and no tests.</summary>
internal static class ChildBackup
{
    public const string Home = "CANDOR_TEST_CHILD_HOME", Folder = "CANDOR_TEST_CHILD_FOLDER";

    /// <summary>Set: it syncs once for each line that it reads, both ways, and answers each with a line: "safe", or what went wrong.</summary>
    public const string Again = "CANDOR_TEST_CHILD_AGAIN";

    /// <summary>Nothing of this assembly runs on another thread before it ends: those would wait for it.</summary>
    [ModuleInitializer]
    public static void RunWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(Home) is not { } home || Environment.GetEnvironmentVariable(Folder) is not { } folder) return;
        if (Environment.GetEnvironmentVariable(Again) is not null) SyncForEachLine(home, folder);
        int code = 1;
        try
        {
            using var device = Candor.Client.Devices.Device.Open(home, TimeProvider.System);
            var report = DeviceFolder.Open(device, folder).RunAsync(FolderMode.Backup, new(), null, default).GetAwaiter().GetResult();
            long unsafeItems = 0;
            foreach (var kind in report.Kinds) unsafeItems += kind.Seen - kind.Safe;
            code = unsafeItems == 0 ? 0 : 2;
        }
        catch (Exception e)
        {
            Console.Error.WriteLine(e);
        }
        Environment.Exit(code);
    }

    private static void SyncForEachLine(string home, string folder)
    {
        while (Console.In.ReadLine() is not null)
        {
            string said;
            try
            {
                using var device = Candor.Client.Devices.Device.Open(home, TimeProvider.System);
                var report = DeviceFolder.Open(device, folder).RunAsync(FolderMode.Sync, new() { AllowRemovals = true }, null, default).GetAwaiter().GetResult();
                said = "safe";
                foreach (var kind in report.Kinds)
                {
                    if (kind.Seen != kind.Safe || kind.Troubles.Count > 0) said = $"{kind.Kind}: {kind.Safe} of {kind.Seen}, {(kind.Troubles.Count > 0 ? kind.Troubles[0].Reason : "")}";
                    if (kind.Unexplained > 0) said = $"unexplained: {kind.Unexplained}";
                }
            }
            catch (Exception e)
            {
                said = $"{e.GetType().Name}: {e.Message}";
            }
            Console.Out.WriteLine(said.ReplaceLineEndings(" "));
            Console.Out.Flush();
        }
        Environment.Exit(0);
    }
}
