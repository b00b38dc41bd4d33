using System.Globalization;
using Candor.Server.Shelf;
using Candor.Server.Storage.Disk;
using Candor.Shelf.Tuf;

namespace Candor.Server.Operator;

/// <summary>candor-server shelf …: the ceremony of its keys and what is put on it. Offline keys are files that the keeper carries; they are never in the data folder.</summary>
internal static class ShelfCommands
{
    public const string Help = """
          candor-server shelf key new   --out FILE        a key, and FILE.pub, which may be shown; on the machine where the key stays
          candor-server shelf init      --data DIR --root A.pub,B.pub,C.pub --targets T.pub --packs P.pub
                                        [--rootThreshold 2] [--targetsThreshold 1] [--packsThreshold 1]
          candor-server shelf root sign --draft FILE --key FILE      adds a signature to a draft: of a root, of targets, of packs
          candor-server shelf root rotate --data DIR [--root …] [--rootThreshold N] [--targets …] [--targetsThreshold N] [--online new]
          candor-server shelf add       --data DIR --file FILE --as PATH
          candor-server shelf publish   --data DIR        take what enough have signed, then a new snapshot and timestamp
          candor-server shelf timestamp --data DIR        to be run every day: a timestamp is good for three

        """;

    /// <summary>The shelf's folder below the data folder.</summary>
    public static string FolderIn(string data) => Path.Combine(data, "shelf");

    public static void Run(string[] arguments, TextWriter output)
    {
        int words = arguments.TakeWhile(a => !a.StartsWith("--", StringComparison.Ordinal)).Count();
        string verb = string.Join(' ', arguments[..words]);
        string[] rest = arguments[words..];
        switch (verb)
        {
            case "key new":
                NewKey(Need(Read(rest, "out"), "out"), output);
                break;
            case "init":
                var init = Read(rest, "data", "root", "targets", "packs", "rootThreshold", "targetsThreshold", "packsThreshold");
                Tell(Open(init).Init(Signers(init, "root", 2)!, Signers(init, "targets", 1)!, Signers(init, "packs", 1)!).Select(d => $"{d} waits for signatures: candor-server shelf root sign --draft {d} --key FILE"), output);
                break;
            case "root sign":
                var sign = Read(rest, "draft", "key");
                Sign(Need(sign, "draft"), Need(sign, "key"), output);
                break;
            case "root rotate":
                var rotate = Read(rest, "data", "root", "rootThreshold", "targets", "targetsThreshold", "online");
                string draft = Open(rotate).RotateRoot(Signers(rotate, "root", 2, optional: true), Signers(rotate, "targets", 1, optional: true), rotate["online"] == "new");
                Tell([$"{draft} waits for signatures by the old keys and by the new ones."], output);
                break;
            case "add":
                var add = Read(rest, "data", "file", "as");
                Tell([$"{Open(add).Add(Need(add, "as"), Need(add, "file"), default)} waits for signatures."], output);
                break;
            case "publish":
                Tell(Open(Read(rest, "data")).Publish(release: null), output);
                break;
            case "timestamp":
                Tell([$"The timestamp is good until {Open(Read(rest, "data")).Timestamp().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC."], output);
                break;
            default:
                throw new FormatException("Say what to do with the shelf:\n\n" + Help);
        }
    }

    private static ShelfRepository Open(IConfiguration options) => new(FolderIn(Need(options, "data")), Write, Copy, TimeProvider.System);

    private static void NewKey(string path, TextWriter output)
    {
        if (File.Exists(path)) throw new InvalidOperationException($"{path} is there already: a key is never written over.");
        using var key = ShelfKey.Make();
        Write(path, key.Export());
        File.WriteAllBytes(path + ".pub", key.PublicBytes());
        Tell([$"{path} signs; keep it off the server. {path}.pub may be shown. Its id is {key.Id}."], output);
    }

    private static void Sign(string draft, string keyFile, TextWriter output)
    {
        if (!ShelfKey.TryParse(File.ReadAllBytes(keyFile), out var key)) throw new InvalidOperationException($"{keyFile} is no key of a shelf.");
        using (key)
        {
            byte[] signed = ShelfRepository.SignDraft(File.ReadAllBytes(draft), key, out string says);
            Write(draft, signed);
            Tell([$"Signed by {key.Id[..8]}: {says}"], output);
        }
    }

    private static ShelfSigners? Signers(IConfiguration options, string role, int standard, bool optional = false)
    {
        if (optional && options[role] is null) return null;
        string text = options[role + "Threshold"] ?? standard.ToString(CultureInfo.InvariantCulture);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threshold)) throw new FormatException($"--{role}Threshold is a number, not {text}.");
        return new([.. Need(options, role).Split(',').Select(File.ReadAllBytes)], threshold);
    }

    private static IConfiguration Read(string[] rest, params string[] known)
    {
        CommandLine.Check(rest, known);
        return new ConfigurationBuilder().AddCommandLine(rest).Build();
    }

    private static string Need(IConfiguration options, string name) => options[name] ?? throw new FormatException($"Say --{name} VALUE.");

    private static void Tell(IEnumerable<string> lines, TextWriter output)
    {
        foreach (string line in lines) output.WriteLine(line);
    }

    /// <summary>Whole or not at all, for its owner only; names survive a loss of power.</summary>
    private static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

    private static void Copy(string from, string path) => Write(path, stream =>
    {
        using var source = File.OpenRead(from);
        source.CopyTo(stream);
    });

    private static void Write(string path, Action<FileStream> content)
    {
        string fresh = path + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var stream = new FileStream(fresh, options))
        {
            content(stream);
            stream.Flush();
            BlobFile.Flush(stream.SafeFileHandle);
        }
        File.Move(fresh, path, overwrite: true);
        BlobFile.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
