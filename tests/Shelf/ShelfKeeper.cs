using System.Text;
using Candor.Server.Operator;

namespace Candor.Tests.Shelf;

/// <summary>A keeper at the command line of candor-server: three keys of the root (a, b, c; two sign), one of the targets (t), one of the packs (p), in a folder apart from the server's.</summary>
internal sealed class ShelfKeeper(string keys, string data)
{
    public string Key(string name) => Path.Combine(keys, name);

    public string Pubs(params string[] names) => string.Join(',', names.Select(n => Key(n) + ".pub"));

    public string Draft(string name) => Path.Combine(data, "shelf", "draft", name);

    public string Metadata(string name) => Path.Combine(data, "shelf", "metadata", name);

    public async Task CeremonyAsync()
    {
        foreach (string name in (string[])["a", "b", "c", "t", "p"]) await DoneAsync("shelf", "key", "new", "--out", Key(name));
        await DoneAsync("shelf", "init", "--data", data, "--root", Pubs("a", "b", "c"), "--targets", Pubs("t"), "--packs", Pubs("p"));
        await SignAsync("1.root.json", "a");
        // One of three is not enough.
        Assert.Equal(3, (await RunAsync("shelf", "publish", "--data", data)).Code);
        await SignAsync("1.root.json", "b");
        await SignAsync("1.targets.json", "t");
        await SignAsync("1.packs.json", "p");
        await DoneAsync("shelf", "publish", "--data", data);
    }

    public Task<string> SignAsync(string draft, string key) => DoneAsync("shelf", "root", "sign", "--draft", Draft(draft), "--key", Key(key));

    public Task<string> PublishAsync() => DoneAsync("shelf", "publish", "--data", data);

    /// <summary>A pack on a fresh shelf.</summary>
    /// <returns>The file that it was made of.</returns>
    public async Task<string> AddPackAsync(string path, string text)
    {
        string file = Key("pack");
        File.WriteAllText(file, text, new UTF8Encoding(false));
        await DoneAsync("shelf", "add", "--data", data, "--file", file, "--as", path);
        await SignAsync("2.packs.json", "p");
        await PublishAsync();
        return file;
    }

    /// <summary>An update, signed and published in one.</summary>
    public Task<string> UpdateAsync(string name, byte[] zip, string device, string channel, string version, params string[] more)
    {
        string file = Key(name);
        File.WriteAllBytes(file, zip);
        return DoneAsync(["update", "publish", file, "--data", data, "--device", device, "--channel", channel, "--version", version, "--key", Key("t"), .. more]);
    }

    public static async Task<string> DoneAsync(params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);
        Assert.True(code == 0, errors);
        return output;
    }

    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        int code = await Commands.RunAsync(arguments, output, errors);
        return (code, output.ToString(), errors.ToString());
    }
}
