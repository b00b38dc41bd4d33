using System.Text;
using Candor.Client.Devices;
using Candor.Client.Folder;
using Candor.Protocol;
using Candor.Tests.Server;

namespace Candor.Tests.EndToEnd;

using Device = Candor.Client.Devices.Device;

/// <summary>Phones of one person on a real server: each a home, a folder, and the engine over both. Everything goes when it is disposed.</summary>
internal sealed class Phones : IAsyncDisposable
{
    private readonly List<Phone> _open = [];
    private readonly bool _ownsServer;

    private Phones(TestServer server, string root, bool ownsServer)
    {
        Server = server;
        Root = root;
        Address = server.BaseAddress;
        _ownsServer = ownsServer;
    }

    public TestServer Server { get; }

    public string Root { get; }

    /// <summary>Where the phones find the server; a tap stands between where a test sets it.</summary>
    public Uri Address { get; set; }

    /// <summary>Of every phone that joins or is opened from here on.</summary>
    public TimeProvider Clock { get; set; } = TimeProvider.System;

    public string Words { get; } = RecoveryWords.Generate();

    public static async Task<Phones> StartAsync()
    {
        string root = Directory.CreateTempSubdirectory("candor-phones-").FullName;
        return new(await TestServer.StartAsync(dataFolder: Path.Combine(root, "server")), root, ownsServer: true);
    }

    /// <summary>Phones of another person on a server that goes on after them.</summary>
    public static Phones On(TestServer server, string disk) => new(server, Directory.CreateDirectory(Path.Combine(disk, $"candor-phones-{Id.Random()}")).FullName, ownsServer: false);

    /// <summary>The first phone founds the account, each one after it comes in by the 24 words. All kinds given are turned on.</summary>
    public async Task<Phone> JoinAsync(string name, params Kind[] on)
    {
        string home = Path.Combine(Root, name, "home");
        bool first = _open.Count == 0;
        var device = first
            ? await Device.FoundAsync(home, Address, name, Words, null, Clock, default)
            : await Device.RecoverAsync(home, Address, name, Words, Clock, default);
        if (!first) await device.Account.PullAsync(default);
        foreach (var kind in on) await device.Account.TurnOnAsync(kind, "de", $"{kind.Word()} leave this phone, sealed.", default);
        var phone = new Phone(device, Directory.CreateDirectory(Path.Combine(Root, name, "folder")).FullName);
        _open.Add(phone);
        return phone;
    }

    /// <summary>The same phone after its program ended and began again.</summary>
    public Phone Reopen(Phone phone)
    {
        phone.Device.Dispose();
        var again = new Phone(Device.Open(phone.Device.Home.Path, Clock), phone.Folder);
        _open[_open.IndexOf(phone)] = again;
        return again;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var phone in _open) phone.Device.Dispose();
        if (_ownsServer) await Server.DisposeAsync();
        Directory.Delete(Root, recursive: true);
    }
}

internal sealed record Phone(Device Device, string Folder)
{
    public Task<FolderReport> SyncAsync(FolderOptions? options = null) => RunAsync(FolderMode.Sync, options);

    public Task<FolderReport> BackupAsync(FolderOptions? options = null) => RunAsync(FolderMode.Backup, options);

    public FolderReport Look() => DeviceFolder.Open(Device, Folder).Look();

    public string Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    public string Write(string path, byte[] bytes)
    {
        string full = Path.Combine(Folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, bytes);
        return full;
    }

    public string Read(string path) => File.ReadAllText(Path.Combine(Folder, path));

    public bool Has(string path) => File.Exists(Path.Combine(Folder, path));

    public void Delete(string path) => File.Delete(Path.Combine(Folder, path));

    public string[] Files(string below) => Directory.Exists(Path.Combine(Folder, below))
        ? [.. Directory.GetFiles(Path.Combine(Folder, below), "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(Folder, f)).Order(StringComparer.Ordinal)]
        : [];

    private Task<FolderReport> RunAsync(FolderMode mode, FolderOptions? options) => DeviceFolder.Open(Device, Folder).RunAsync(mode, options ?? new(), null, default);
}
