using System.Runtime.CompilerServices;
using Candor.Client.Devices;
using Candor.Client.Folder;

namespace Candor.Tests.Faults;

/// <summary>This program as a phone that backs up once, for tests that kill it: started with a home and a folder in its environment it does that, and no tests.</summary>
internal static class ChildBackup
{
    public const string Home = "CANDOR_TEST_CHILD_HOME", Folder = "CANDOR_TEST_CHILD_FOLDER";

    /// <summary>Nothing of this assembly runs on another thread before it ends: those would wait for it.</summary>
    [ModuleInitializer]
    public static void RunWhereAsked()
    {
        if (Environment.GetEnvironmentVariable(Home) is not { } home || Environment.GetEnvironmentVariable(Folder) is not { } folder) return;
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
}
