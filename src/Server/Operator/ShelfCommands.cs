using System.Globalization;
using Candor.Log;
using Candor.Server.PublicLog;
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
                                        other keys, or the same ones for another year; a threshold that is not named stays
          candor-server shelf packs rotate --data DIR --packs P.pub [--packsThreshold N]
          candor-server shelf add       --data DIR --file FILE --as PATH
          candor-server shelf remove    --data DIR --as PATH
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
                Tell(WithShelf(init, shelf => shelf.Init(Signers(init, "root", 2), Signers(init, "targets", 1), Signers(init, "packs", 1))).Select(d => $"{d} waits for signatures: candor-server shelf root sign --draft {d} --key FILE"), output);
                break;
            case "root sign":
                var sign = Read(rest, "draft", "key");
                Sign(Need(sign, "draft"), Need(sign, "key"), output);
                break;
            case "root rotate":
                var rotate = Read(rest, "data", "root", "rootThreshold", "targets", "targetsThreshold", "online");
                if (rotate["online"] is not (null or "new")) throw new FormatException("--online new makes the server's two keys anew; leave it out to keep them.");
                string draft = WithShelf(rotate, shelf => shelf.RotateRoot(rotate["root"] is null ? null : Signers(rotate, "root", 0), rotate["targets"] is null ? null : Signers(rotate, "targets", 0), rotate["online"] == "new"));
                Tell([$"{draft} waits for signatures by the old keys and by the new ones."], output);
                break;
            case "packs rotate":
                var packs = Read(rest, "data", "packs", "packsThreshold");
                Tell(WithShelf(packs, shelf => shelf.RotatePacks(Signers(packs, "packs", 0))).Select(d => $"{d} waits for signatures."), output);
                break;
            case "add":
                var add = Read(rest, "data", "file", "as");
                Tell([$"{WithShelf(add, shelf => shelf.Add(Need(add, "as"), Need(add, "file"), default))} waits for signatures."], output);
                break;
            case "remove":
                var remove = Read(rest, "data", "as");
                Tell([$"{WithShelf(remove, shelf => shelf.Remove(Need(remove, "as")))} waits for signatures."], output);
                break;
            case "publish":
                var publish = Read(rest, "data");
                Tell(WithShelf(publish, shelf => Publish(shelf, FolderIn(Need(publish, "data")))), output);
                break;
            case "timestamp":
                var moment = Read(rest, "data");
                Tell([$"The timestamp is good until {WithShelf(moment, shelf => Renew(shelf, FolderIn(Need(moment, "data")))).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)} UTC."], output);
                break;
            default:
                throw new FormatException("Say what to do with the shelf:\n\n" + Help);
        }
    }

    /// <summary>Works on the shelf while nobody else does: two writers would give one version to two files.</summary>
    internal static T WithShelf<T>(IConfiguration options, Func<ShelfRepository, T> work)
    {
        string folder = FolderIn(Need(options, "data"));
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        FileStream held;
        try
        {
            held = new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e)
        {
            throw new InvalidOperationException($"Somebody else is at work on {folder}. Wait until that is done, then type this again.", e);
        }
        using (held) return work(Repository(folder));
    }

    private static ShelfRepository Repository(string folder) => new(folder, Write, Copy, TimeProvider.System);

    /// <summary>What the public log says of each file that the shelf of a data folder lists.</summary>
    internal static IReadOnlyList<LogEntry> Entries(string data) => Directory.Exists(FolderIn(data)) ? [.. Repository(FolderIn(data)).Listed().Select(Entry)] : [];

    /// <summary>Takes what enough have signed, and makes the feeds of phones' own updaters anew.</summary>
    internal static IReadOnlyList<string> Publish(ShelfRepository shelf, string folder)
    {
        var said = shelf.Publish(target => Release(Path.GetDirectoryName(Path.GetFullPath(folder))!, target));
        new UpdateFeeds(folder, Write).Write(shelf.Updates());
        return said;
    }

    private static DateTimeOffset Renew(ShelfRepository shelf, string folder)
    {
        var until = shelf.Timestamp();
        new UpdateFeeds(folder, Write).Write(shelf.Updates());
        return until;
    }

    /// <summary>What becomes visible is in the server's public log before it does; where the log takes no entry, nothing is shown. A server that keeps no log has nothing to say there.</summary>
    private static void Release(string data, ShelfTarget target)
    {
        var settings = ServerSettings.Read(["--data", data]);
        if (!new LogFolder(settings.DataFolder).Exists) return;
        SayAsync().GetAwaiter().GetResult();

        async Task SayAsync()
        {
            var publicLog = LogCommands.Open(settings);
            await using (publicLog.ConfigureAwait(false)) await publicLog.SayOnceAsync(Entry(target)).ConfigureAwait(false);
        }
    }

    private static LogEntry Entry(ShelfTarget target) => LogEntry.OfFiles("shelf", target.Path, target.Hash[..16], [new(target.Path, target.Length, new(Convert.FromHexString(target.Hash)))]);

    private static void NewKey(string path, TextWriter output)
    {
        if (File.Exists(path)) throw new InvalidOperationException($"{path} is there already: a key is never written over.");
        using var key = ShelfKey.Make();
        Write(path, key.Export());
        File.WriteAllBytes(path + ".pub", key.PublicBytes());
        Tell([$"{path} signs; keep it off the server. {path}.pub may be shown. Its id is {key.Id}."], output);
    }

    internal static void Sign(string draft, string keyFile, TextWriter output)
    {
        if (!ShelfKey.TryParse(File.ReadAllBytes(keyFile), out var key)) throw new InvalidOperationException($"{keyFile} is no key of a shelf.");
        using (key)
        {
            byte[] signed = ShelfRepository.SignDraft(File.ReadAllBytes(draft), key, out string says);
            Write(draft, signed);
            Tell([$"Signed by {key.Id[..8]}: {says}"], output);
        }
    }

    /// <param name="options">Typed.</param>
    /// <param name="role">Its name is the option.</param>
    /// <param name="standard">The threshold where none is named.</param>
    private static ShelfSigners Signers(IConfiguration options, string role, int standard)
    {
        string text = options[role + "Threshold"] ?? standard.ToString(CultureInfo.InvariantCulture);
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int threshold)) throw new FormatException($"--{role}Threshold is a number, not {text}.");
        return new([.. Need(options, role).Split(',').Select(File.ReadAllBytes)], threshold);
    }

    private static IConfiguration Read(string[] rest, params string[] known)
    {
        CommandLine.Check(rest, known);
        return new ConfigurationBuilder().AddCommandLine(rest).Build();
    }

    internal static string Need(IConfiguration options, string name) => options[name] ?? throw new FormatException($"Say --{name} VALUE.");

    internal static void Tell(IEnumerable<string> lines, TextWriter output)
    {
        foreach (string line in lines) output.WriteLine(line);
    }

    /// <summary>Whole or not at all, for its owner only; names survive a loss of power.</summary>
    internal static void Write(string path, byte[] bytes) => Write(path, stream => stream.Write(bytes));

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
