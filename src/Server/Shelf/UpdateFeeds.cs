using System.Text;
using Candor.Shelf.Updates;

namespace Candor.Server.Shelf;

/// <summary>The files that phones' own updaters ask for, made of what the current targets list: <c>feeds/lineage/DEVICE/CHANNEL</c>, <c>feeds/graphene/DEVICE-CHANNEL</c> and, beside the line, the packages by the names that GrapheneOS's updater has for them.</summary>
/// <remarks>Nothing here is signed and nothing is believed because of it. Written after the timestamp, so a crash leaves feeds of the time before; the next publication or timestamp writes them again.</remarks>
internal sealed class UpdateFeeds(string folder, Action<string, byte[]> write)
{
    /// <summary>Below the shelf's folder.</summary>
    public const string Folder = "feeds";

    private string AddressFile => Path.Combine(folder, "address");

    /// <summary>Where phones reach this server: LineageOS's feed has whole URLs. Null: nobody has said yet.</summary>
    public Uri? Address => File.Exists(AddressFile) && TryAddress(File.ReadAllText(AddressFile).Trim(), out var address) ? address : null;

    public void SetAddress(Uri address) => write(AddressFile, Encoding.UTF8.GetBytes(address.AbsoluteUri + "\n"));

    /// <summary>https, or http for tests on one's own machine; nothing behind the name and port.</summary>
    public static bool TryAddress(string text, out Uri address) =>
        Uri.TryCreate(text, UriKind.Absolute, out address!) && address.Scheme is "https" or "http" && address.PathAndQuery == "/" && address.Fragment.Length == 0 && address.UserInfo.Length == 0;

    public void Write(IReadOnlyList<ShelfUpdate> updates)
    {
        if (Address is not { } address) return;
        var kept = new HashSet<string>(StringComparer.Ordinal);
        foreach (var group in updates.GroupBy(u => (u.Entry.Device, u.Entry.Channel)))
        {
            // The packages before the line that names them.
            foreach (var update in group) Link(Kept($"graphene/{UpdateFeed.GrapheneFile(update.Entry)}"), update);
            if (UpdateFeed.Graphene(group) is { } line) Put(Kept($"graphene/{group.Key.Device}-{group.Key.Channel}"), line);
            Put(Kept($"lineage/{group.Key.Device}/{group.Key.Channel}"), UpdateFeed.Lineage(group, address));
        }
        string all = Path.Combine(folder, Folder);
        if (!Directory.Exists(all)) return;
        foreach (string path in Directory.GetFiles(all, "*", SearchOption.AllDirectories).Where(p => !kept.Contains(p)))
        {
            // To LineageOS's updater an answer without updates says that there is nothing new; to GrapheneOS's, no answer does.
            if (Path.GetRelativePath(all, path).StartsWith("lineage", StringComparison.Ordinal)) write(path, UpdateFeed.Lineage([], address));
            else File.Delete(path);
        }

        string Kept(string name)
        {
            string path = Path.Combine([folder, Folder, .. name.Split('/')]);
            kept.Add(path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return path;
        }
    }

    private void Put(string path, byte[] bytes)
    {
        if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(bytes)) write(path, bytes);
    }

    /// <summary>A link to the target, so that any web server can serve the folder; where there are no links, a copy.</summary>
    private void Link(string path, ShelfUpdate update)
    {
        string target = Path.Combine([folder, "targets", .. update.Target.FileName(update.Target.Hash).Split('/')]);
        if (OperatingSystem.IsWindows())
        {
            if (!File.Exists(path) || new FileInfo(path).Length != update.Target.Length) File.Copy(target, path, overwrite: true);
            return;
        }
        string to = Path.GetRelativePath(Path.GetDirectoryName(path)!, target);
        if (new FileInfo(path).LinkTarget == to) return;
        File.Delete(path + ".new");
        File.CreateSymbolicLink(path + ".new", to);
        File.Move(path + ".new", path, overwrite: true);
    }
}
