using System.Security.Cryptography;

namespace Candor.Client.Devices;

/// <summary>The folder in which a device keeps its keys, its account's log, its ledger and what it knows of folders. Readable by its owner alone.</summary>
/// <remarks>
/// device.key (<see cref="DeviceKeyFile"/>) · account.db (<see cref="Store.LocalStore"/>) · ledger.jsonl (<see cref="Gate.Ledger"/>) · alarms/ (<see cref="Accounts.AlarmBook"/>) · folders/ and folders.list · reports/ · lock. Until a person
/// joins a server there is no such folder, no key and no address.
/// </remarks>
public sealed class DeviceHome : IDisposable
{
    private readonly FileStream _lock;

    private DeviceHome(string path, FileStream held)
    {
        Path = path;
        _lock = held;
    }

    public string Path { get; }

    public string KeyFile => In("device.key");

    public string StoreFile => In("account.db");

    public string LedgerFile => LedgerFileOf(Path);

    /// <summary>Where alarms and their evidence are.</summary>
    public string AlarmsFolder => In("alarms");

    public string FolderListFile => In("folders.list");

    /// <summary>Where reports of drills and runs go.</summary>
    public string Reports => Directory.CreateDirectory(In("reports")).FullName;

    /// <summary>Where the ledger of a home is, whoever holds it: a ledger may be read while another process writes it.</summary>
    public static string LedgerFileOf(string home) => System.IO.Path.Combine(home, "ledger.jsonl");

    /// <summary>True where a device was made in this folder.</summary>
    public static bool HasDevice(string home) => File.Exists(System.IO.Path.Combine(home, "device.key"));

    /// <summary>Makes the folder if it is missing and holds it: one process at a time.</summary>
    /// <exception cref="DeviceException">Another process holds it, or it cannot be written.</exception>
    public static DeviceHome Hold(string path)
    {
        try
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(path);
            else Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"{path} cannot be made or written: {e.Message} Choose another place with --home.", e);
        }
        try
        {
            return new(path, new(System.IO.Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DeviceException($"Another candor is at work on {path}. Wait until it is done, or stop it; nothing was changed.", e);
        }
    }

    /// <summary>The file that remembers a folder, named so that the folder's path is not seen in it.</summary>
    public string IndexFileOf(string folder)
    {
        byte[] name = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(folder));
        return System.IO.Path.Combine(Directory.CreateDirectory(In("folders")).FullName, $"{Convert.ToHexStringLower(name.AsSpan(0, 8))}.index");
    }

    public void Dispose() => _lock.Dispose();

    private string In(string name) => System.IO.Path.Combine(Path, name);
}
