using System.Globalization;
using System.Security.Cryptography;
using Candor.Server.Shelf;
using Candor.Shelf.Updates;

namespace Candor.Server.Operator;

/// <summary>candor-server update publish: an update of a phone's system, or a release of a program, becomes a draft of the shelf's targets and, where the key of the targets is at hand, is published.</summary>
internal static class UpdateCommands
{
    private const string Usage = "Type candor-server update publish PACKAGE --data DIR --device D --channel C --version V, or for a release of a program --program P --system S in place of device and channel. candor-server help says more.";

    /// <exception cref="FormatException">The command is wrong; the message says what to type.</exception>
    public static void Run(string[] arguments, TextWriter output)
    {
        if (arguments is not ["publish", var package, ..] || package.StartsWith("--", StringComparison.Ordinal)) throw new FormatException(Usage);
        CommandLine.Check(arguments[2..], ["data", "device", "channel", "version", "notes", "as", "address", "key", "program", "system"]);
        var options = new ConfigurationBuilder().AddCommandLine(arguments[2..]).Build();
        if (options["program"] is { } program)
        {
            Release(package, program, options, output);
            return;
        }
        var (entry, hash) = ReadPackage(package, options);
        string folder = ShelfCommands.FolderIn(ShelfCommands.Need(options, "data"));
        ShelfCommands.Tell(ShelfCommands.WithShelf(options, shelf => Put(shelf, folder, entry, hash, package, options, output)), output);
    }

    private static (UpdateEntry Entry, string Hash) ReadPackage(string path, IConfiguration options)
    {
        string device = ShelfCommands.Need(options, "device"), channel = ShelfCommands.Need(options, "channel"), version = ShelfCommands.Need(options, "version");
        if (!File.Exists(path)) throw new InvalidOperationException($"There is no file {path}.");
        using var stream = File.OpenRead(path);
        if (!OtaPackage.TryRead(stream, out var package, out string wrong)) throw new InvalidOperationException(wrong);
        if (!UpdateEntry.TryMake(package, device, channel, options["as"] ?? Path.GetFileName(path), version, Notes(options), out var entry, out wrong)) throw new InvalidOperationException(wrong);
        return (entry, package.Hash);
    }

    private static string Notes(IConfiguration options) => options["notes"] is { } file ? File.ReadAllText(file).ReplaceLineEndings("\n").TrimEnd() : "";

    /// <summary>A release of a program: any file, since what unpacks it is not this program.</summary>
    private static void Release(string path, string program, IConfiguration options, TextWriter output)
    {
        if (options["device"] is not null || options["channel"] is not null || options["address"] is not null) throw new FormatException("A release of a program has no device, channel or address: --program and --system say what it is.");
        if (!File.Exists(path)) throw new InvalidOperationException($"There is no file {path}.");
        if (!ProgramEntry.TryMake(program, ShelfCommands.Need(options, "system"), options["as"] ?? Path.GetFileName(path), ShelfCommands.Need(options, "version"), Notes(options), out var entry, out string wrong)) throw new InvalidOperationException(wrong);
        string folder = ShelfCommands.FolderIn(ShelfCommands.Need(options, "data"));
        ShelfCommands.Tell(ShelfCommands.WithShelf(options, shelf =>
        {
            string hash;
            using (var stream = File.OpenRead(path)) hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            if (shelf.Find(entry.Path) is { } there && there.Hash != hash) throw new InvalidOperationException($"{entry.Path} is on the shelf with other bytes: name this one otherwise, with --as NAME.");
            string draft = shelf.Add(entry.Path, path, entry.Write());
            output.WriteLine($"{entry.File}: {entry.Program}, {entry.System}, version {entry.Version}, SHA-256 {hash}");
            return Finish(shelf, folder, draft, options, output);
        }), output);
    }

    private static IReadOnlyList<string> Finish(ShelfRepository shelf, string folder, string draft, IConfiguration options, TextWriter output)
    {
        if (options["key"] is not { } key) return [$"{draft} waits for signatures: candor-server shelf root sign --draft {draft} --key FILE, then candor-server shelf publish --data {options["data"]}"];
        ShelfCommands.Sign(draft, key, output);
        return ShelfCommands.Publish(shelf, folder);
    }

    private static IReadOnlyList<string> Put(ShelfRepository shelf, string folder, UpdateEntry entry, string hash, string path, IConfiguration options, TextWriter output)
    {
        var feeds = new UpdateFeeds(folder, ShelfCommands.Write);
        if (options["address"] is { } typed)
            feeds.SetAddress(UpdateFeeds.TryAddress(typed, out var address) ? address : throw new FormatException($"--address is where phones reach this server, like https://cloud.example, not {typed}."));
        if (feeds.Address is null) throw new FormatException("Say, this once, where phones reach this server: --address https://cloud.example.");
        Compare(entry, hash, shelf.Updates());
        string draft = shelf.Add(entry.Path, path, entry.Write());
        string kind = entry.From is null ? "full" : $"from {entry.From}";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{entry.File}: {entry.Device}, {entry.Channel}, version {entry.Version}, build {entry.Incremental} of {DateTimeOffset.FromUnixTimeSeconds(entry.Built):yyyy-MM-dd} ({kind}), payload and properties agree"));
        return Finish(shelf, folder, draft, options, output);
    }

    /// <summary>What phones would not take, or would take two of, is not put on the shelf.</summary>
    private static void Compare(UpdateEntry entry, string hash, IReadOnlyList<ShelfUpdate> there)
    {
        foreach (var (old, target) in there.Where(u => u.Entry.Device == entry.Device))
        {
            if (old.Incremental == entry.Incremental && old.From == entry.From && target.Hash != hash) throw new InvalidOperationException($"{old.Path} is another package of build {old.Incremental}. A build has one package; take that one off first (candor-server shelf remove).");
            if (old.Path == entry.Path && target.Hash != hash) throw new InvalidOperationException($"{old.Path} is on the shelf with other bytes: name this one otherwise, with --as NAME.zip.");
            if (old.Channel == entry.Channel && old.From is null && entry.From is null && old.Built > entry.Built)
                throw new InvalidOperationException($"{entry.File} was built before {old.File}, which is on the shelf: phones go to newer builds only. Take that one off first (candor-server shelf remove).");
        }
    }
}
