namespace Candor.Bench.Measuring;

/// <summary>The folder in which everything happens: all programs read from one disk and write to it.</summary>
/// <remarks>loads/ holds what is backed up: made once, and taken again where --keep left it. Everything else is removed as soon as it has been measured.</remarks>
internal sealed class Workplace : IDisposable
{
    private readonly bool _keep;
    private int _made;

    /// <param name="root">Made if it is missing.</param>
    /// <param name="keep">Leave the loads at the end.</param>
    public Workplace(string root, bool keep)
    {
        Root = Directory.CreateDirectory(root).FullName;
        _keep = keep;
        Directory.CreateDirectory(Path.Join(Root, "loads"));
        foreach (var left in Directory.GetDirectories(Root, "run-*"))
            Directory.Delete(left, recursive: true);
    }

    public string Root { get; }

    public DriveInfo Disk => new DriveInfo(Root);

    /// <summary>A folder or file of the loads. Its name says everything that decides its bytes; it is made unless a whole one is there.</summary>
    public string Load(string name, Action<string> make)
    {
        string path = Path.Join(Root, "loads", name), whole = path + ".whole";
        if (File.Exists(whole))
            return path;
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        make(path);
        File.WriteAllBytes(whole, []);
        return path;
    }

    /// <summary>A new, empty folder.</summary>
    public string Fresh(string name)
    {
        var path = Path.Join(Root, $"run-{++_made:000}-{name}");
        return Directory.CreateDirectory(path).FullName;
    }

    public void Dispose()
    {
        foreach (var left in Directory.GetDirectories(Root, "run-*"))
            Directory.Delete(left, recursive: true);
        if (!_keep)
            Directory.Delete(Root, recursive: true);
    }
}
