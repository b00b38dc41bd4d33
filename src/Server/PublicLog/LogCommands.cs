using System.Globalization;
using System.Security.Cryptography;
using Candor.Log;
using Candor.Server.Operator;

namespace Candor.Server.PublicLog;

/// <summary>candor-server log append, head, show, verify, rotate, retire: what the operator says in the public log. They work beside a running server: each batch locks the log for itself.</summary>
internal static class LogCommands
{
    private const int Done = 0, Damaged = 1;

    public static readonly string[] Verbs = ["append", "head", "show", "verify", "rotate", "retire"];

    /// <exception cref="FormatException">The command is wrong; the message says what to type.</exception>
    public static Task<int> RunAsync(string[] arguments, TextWriter output)
    {
        string verb = arguments.Length > 0 ? arguments[0] : "";
        string[] rest = arguments.Length > 0 ? arguments[1..] : [];
        return verb switch
        {
            "append" => AppendAsync(rest, output),
            "head" => HeadAsync(ServerSettings.Read(rest), output),
            "show" => ShowAsync(rest, output),
            "verify" => VerifyAsync(ServerSettings.Read(rest), output),
            "rotate" => RotateAsync(ServerSettings.Read(rest), output),
            "retire" => RetireAsync(ServerSettings.Read(rest), output),
            _ => throw new FormatException($"candor-server log {string.Join('|', Verbs)}; candor-server help explains them."),
        };
    }

    private static async Task<int> AppendAsync(string[] arguments, TextWriter output)
    {
        var settings = ServerSettings.Read(arguments, ["type", "title", "release", "files", "receipt"]);
        var options = new ConfigurationBuilder().AddCommandLine(arguments).Build();
        string type = Needed(options, "type", "release, web, policy or shelf");
        if (type is not ("release" or "web" or "policy" or "shelf")) throw new FormatException($"--type is release, web, policy or shelf, not {type}.");
        string title = Needed(options, "title", "what is published"), release = Needed(options, "release", "its version"), path = Needed(options, "files", "a file, or a folder with all that belongs to it");
        if (type == "policy" && title is "law" or "region" or "laws" or Gateway.GatewayKeys.EntryName) throw new FormatException($"The server says {title} by itself, when it starts. Give your own file another title.");
        var entry = LogEntry.OfFiles(type, title, release, Files(path));
        var publicLog = Open(settings);
        await using (publicLog.ConfigureAwait(false))
        {
            long index = await publicLog.SayOnceAsync(entry).ConfigureAwait(false);
            // Names of releases have dots: endings are put behind them.
            string receipt = Path.GetFullPath(options["receipt"] ?? $"{type}-{title}-{release}");
            await File.WriteAllBytesAsync(receipt + ".tlog-proof", (await publicLog.ProveAsync(index).ConfigureAwait(false)).ToBytes()).ConfigureAwait(false);
            await File.WriteAllBytesAsync(receipt + ".entry", entry.ToBytes()).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"entry {index}; its receipt is {receipt}.tlog-proof, what it proves beside it")).ConfigureAwait(false);
        }
        return Done;
    }

    private static async Task<int> HeadAsync(ServerSettings settings, TextWriter output)
    {
        var folder = Existing(settings);
        await output.WriteAsync(await File.ReadAllTextAsync(folder.CheckpointFile).ConfigureAwait(false)).ConfigureAwait(false);
        return Done;
    }

    private static async Task<int> ShowAsync(string[] arguments, TextWriter output)
    {
        var folder = Existing(ServerSettings.Read(arguments, ["from"]));
        string text = new ConfigurationBuilder().AddCommandLine(arguments).Build()["from"] ?? "0";
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long from)) throw new FormatException($"--from is a number from 0, not {text}.");
        var reader = await ReadAsync(folder).ConfigureAwait(false);
        for (long bundle = from / TileName.FullWidth; bundle * TileName.FullWidth < reader.Size; bundle++)
        {
            long index = bundle * TileName.FullWidth;
            foreach (var bytes in await reader.EntriesAsync(bundle).ConfigureAwait(false))
            {
                if (index >= from) await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{index} {(LogEntry.TryParse(bytes.Span, out var entry) ? entry.ToString() : "not an entry of this version")}")).ConfigureAwait(false);
                index++;
            }
        }
        return Done;
    }

    private static async Task<int> VerifyAsync(ServerSettings settings, TextWriter output)
    {
        var folder = Existing(settings);
        try
        {
            var reader = await ReadAsync(folder).ConfigureAwait(false);
            for (long bundle = 0; bundle * TileName.FullWidth < reader.Size; bundle++) await reader.EntriesAsync(bundle).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"all {reader.Size} entries are those that were signed")).ConfigureAwait(false);
            return Done;
        }
        catch (TileException e)
        {
            await output.WriteLineAsync($"{e.Message} Put the log's files back as they were at their last moment; never an older copy.").ConfigureAwait(false);
            return Damaged;
        }
    }

    /// <summary>A second key begins. The entry that says so is signed by the first before the second signs anything.</summary>
    private static async Task<int> RotateAsync(ServerSettings settings, TextWriter output)
    {
        var folder = Existing(settings);
        using (NotRunning(settings))
        {
            IReadOnlyList<NoteVerifierKey> keys;
            var before = Open(settings);
            await using (before.ConfigureAwait(false))
            {
                keys = before.Keys;
                if (keys.Count > 1) throw new InvalidOperationException("A key change is under way already: end it with candor-server log retire.");
                folder.AddKey(before.Origin);
                var both = folder.OpenKeys(null);
                keys = [.. both.Select(k => k.VerifierKey)];
                foreach (var key in both) key.Dispose();
                await before.SayOnceAsync(LogEntry.KeyChange("log", keys[0], keys[1])).ConfigureAwait(false);
            }
            var after = Open(settings);
            await using (after.ConfigureAwait(false)) await after.PublishAgainAsync().ConfigureAwait(false);
            await output.WriteLineAsync($"Both keys sign from now on. Tell those who read the log of the new one, then end the old one with candor-server log retire:\n{keys[1]}").ConfigureAwait(false);
        }
        return Done;
    }

    private static async Task<int> RetireAsync(ServerSettings settings, TextWriter output)
    {
        var folder = Existing(settings);
        using (NotRunning(settings))
        {
            var both = Open(settings);
            await using (both.ConfigureAwait(false))
            {
                if (both.Keys.Count != 2) throw new InvalidOperationException("There is one key only: begin a second one with candor-server log rotate.");
                await both.SayOnceAsync(LogEntry.KeyChange("log", both.Keys[0], null)).ConfigureAwait(false);
            }
            folder.DropOlderKey();
            var after = Open(settings);
            await using (after.ConfigureAwait(false)) await after.PublishAgainAsync().ConfigureAwait(false);
            await output.WriteLineAsync($"The old key signs no more. This one does:\n{after.Keys[0]}").ConfigureAwait(false);
        }
        return Done;
    }

    internal static PublicLog Open(ServerSettings settings)
    {
        var folder = Existing(settings);
        var database = Storage.Sqlite.SqliteDatabase.Open(DataFolder.DatabaseFileIn(settings.DataFolder));
        try
        {
            return PublicLog.Open(folder, database, settings.LogOrigin, "", TimeProvider.System, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _ => { }, ownsDatabase: true);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    internal static LogFolder Existing(ServerSettings settings)
    {
        var folder = new LogFolder(settings.DataFolder, settings.LogRecord);
        return folder.Exists ? folder : throw new InvalidOperationException($"There is no public log in {settings.DataFolder}: it begins when the server is started there.");
    }

    /// <summary>Keys are read at the start: they change while the server rests.</summary>
    private static DataFolder NotRunning(ServerSettings settings) => DataFolder.Open(settings.DataFolder);

    private static async Task<TileReader> ReadAsync(LogFolder folder)
    {
        byte[] bytes = await File.ReadAllBytesAsync(folder.CheckpointFile).ConfigureAwait(false);
        var keys = folder.OpenKeys(null);
        var verifier = new LogVerifier(keys[0].Name, keys.Select(k => k.VerifierKey).ToList());
        foreach (var key in keys) key.Dispose();
        if (!verifier.TryOpen(bytes, out var opened, out var rejection)) throw new InvalidOperationException($"{folder.CheckpointFile} is not signed by this log's key ({rejection}).");
        return await TileReader.OpenAsync(opened.Checkpoint, (name, _) => ValueTask.FromResult(folder.Read(name))).ConfigureAwait(false);
    }

    private static List<LogFile> Files(string path)
    {
        if (File.Exists(path)) return [Hashed(path, Path.GetFileName(path))];
        if (!Directory.Exists(path)) throw new FormatException($"There is no file or folder {path}.");
        return [.. Directory.GetFiles(path, "*", SearchOption.AllDirectories).Select(f => Hashed(f, Path.GetRelativePath(path, f).Replace('\\', '/')))];
    }

    private static LogFile Hashed(string path, string name)
    {
        using var stream = File.OpenRead(path);
        return new(name, stream.Length, new(SHA256.HashData(stream)));
    }

    internal static string Needed(IConfiguration options, string name, string what) => options[name] is { Length: > 0 } value ? value : throw new FormatException($"Say --{name}: {what}.");
}
