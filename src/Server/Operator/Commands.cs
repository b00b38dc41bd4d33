using System.Globalization;
using Candor.Server.Shelf;
using Candor.Server.Storage.Disk;
using Candor.Server.Storage.Sqlite;

namespace Candor.Server.Operator;

/// <summary>What the operator types. Exit codes: 0 done, 1 damage was found, 2 the command or its setting is wrong, 3 the server cannot run as it is.</summary>
public static class Commands
{
    private const int Done = 0, Damaged = 1, Misused = 2, Unable = 3;

    private const string Repair = "--repair";

    private const string Help = """
        candor-server: keeps sealed data of accounts, and can read none of it.

          candor-server serve  --data DIR [--urls http://127.0.0.1:8787] [--name NAME] [--registration open|invite|closed]
                               [--region R] [--law L] [--quota BYTES]
          candor-server invite --data DIR [--uses N]     a code that lets somebody found an account; also while the server runs
          candor-server scrub  --data DIR [--repair]     read everything again and name what is damaged; also while the server runs. --repair puts
                               damaged blobs aside: the devices, which ask once a day, send them again from their folders
          candor-server backup --data DIR --to DIR       copy everything that is needed to start again, also while the server runs; into the same folder again: what is new
          candor-server restored --data DIR [--wait HOURS]
                               after a backup was put back, before the server starts: lets devices put back what the backup does not have. Other changes wait until
                               all have, at most 72 hours
          candor-server gc     --data DIR                remove what nobody needs; the server does it hourly by itself

          candor-server log append --data DIR --type release|web|policy|shelf --title NAME --release VERSION --files PATH [--receipt FILE]
                               say in the public log what is published; also while the server runs
          candor-server log head|verify --data DIR       the newest signed checkpoint; read every entry and hash of the log again
          candor-server log show   --data DIR [--from N] its entries in words
          candor-server log rotate|retire --data DIR     a second key begins to sign; the older one ends. While the server rests
          candor-server access --data DIR --account ID --by NAME --reason TEXT [--request AUTHORITY] [--to DIR]
                               look at an account's facts, or copy its sealed data. Committed to in the public log first: without the proof of
                               that nothing is read. Those concerned see it
          candor-server gateway rotate --data DIR        a new key for requests that come through relays; the old one is taken for two days more. Also while the
                               server runs
          candor-server shelf build --from DIR --to DIR [--id candor] [--number N]
                               greeting packs out of text files LANGUAGE/OCCASION.txt
          candor-server shelf build --fortune FILE --to DIR --language L --occasion O --author A --licence L [--kind poem] [--id fortune] [--number N]
                               one pack out of a file as fortune has them
          candor-server shelf  …                         greetings and updates, signed: candor-server shelf help says more
          candor-server update publish PACKAGE --data DIR --device D --channel C --version V [--notes FILE] [--as NAME.zip] [--address URL] [--key FILE]
                               puts an A/B update of a phone's system on the shelf, for every updater: candor's, LineageOS's and GrapheneOS's
          candor-server update publish FILE --data DIR --program P --system S --version V [--notes FILE] [--as NAME] [--key FILE]
                               puts a release of a program there, for candor updates

        Requests for what is public are taken through relays too unless --gateway off. See docs/oblivious.md.
        The public log is on unless --publicLog off. More: --logOrigin, --logRecord, --logSlotSeconds, --logSlotEntries, --logStatement;
        witnesses are named in DIR/log.policy. See docs/public-log.md.

        Settings are also read from DIR/server.json and from the environment (CANDOR_QUOTA and so on); the command line wins.

        """;

    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        string command = arguments.Length > 0 ? arguments[0] : "";
        try
        {
            switch (command)
            {
                case "serve":
                    return await ServeAsync(ServerSettings.Read(arguments[1..])).ConfigureAwait(false);
                case "invite":
                    return await InviteAsync(ServerSettings.Read(arguments[1..], ["uses"]), arguments[1..], output).ConfigureAwait(false);
                case "scrub":
                    return Scrub(ServerSettings.Read([.. arguments[1..].Where(a => a != Repair)]), arguments.Contains(Repair), output);
                case "backup":
                    return await BackupAsync(ServerSettings.Read(arguments[1..], ["to"]), Option(arguments[1..], "to"), output).ConfigureAwait(false);
                case "restored":
                    return await RestoredAsync(ServerSettings.Read(arguments[1..], ["wait"]), Option(arguments[1..], "wait"), output).ConfigureAwait(false);
                case "gc":
                    return await CollectAsync(ServerSettings.Read(arguments[1..]), output).ConfigureAwait(false);
                case "log":
                    return await PublicLog.LogCommands.RunAsync(arguments[1..], output).ConfigureAwait(false);
                case "gateway":
                    await RotateAsync(arguments[1..], output).ConfigureAwait(false);
                    return Done;
                case "access":
                    return await PublicLog.AccessCommand.RunAsync(arguments[1..], output).ConfigureAwait(false);
                case "shelf" when arguments is [_, "help" or "--help" or "-h"]:
                    await output.WriteAsync(ShelfCommands.Help).ConfigureAwait(false);
                    return Done;
                case "shelf" when arguments is [_, "build", ..]:
                    return ShelfCommand.Run(arguments[1..], output, errors);
                case "shelf":
                    ShelfCommands.Run(arguments[1..], output);
                    return Done;
                case "update":
                    UpdateCommands.Run(arguments[1..], output);
                    return Done;
                case "help" or "--help" or "-h":
                    await output.WriteAsync(Help).ConfigureAwait(false);
                    return Done;
                default:
                    await errors.WriteAsync(Help).ConfigureAwait(false);
                    return Misused;
            }
        }
        catch (FormatException e)
        {
            await errors.WriteLineAsync(e.Message).ConfigureAwait(false);
            return Misused;
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException or System.Data.Common.DbException or Storage.StorageException or ArgumentException or Log.TileException)
        {
            await errors.WriteLineAsync(e.Message).ConfigureAwait(false);
            return Unable;
        }
    }

    private static async Task<int> ServeAsync(ServerSettings settings)
    {
        var server = CandorServer.Open(settings, TimeProvider.System);
        await using (server.ConfigureAwait(false))
        {
            await server.RunAsync().ConfigureAwait(false);
            if (server.DiskError is { } failed) throw new IOException($"The disk failed: {failed.Message} The server has stopped; what it acknowledged before stays. Look at the disk, run candor-server scrub --data {settings.DataFolder}, then start it again.", failed);
        }
        return Done;
    }

    private static async Task<int> InviteAsync(ServerSettings settings, string[] arguments, TextWriter output)
    {
        string text = Option(arguments, "uses") ?? "1";
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int uses) || uses < 1) throw new FormatException($"--uses is a number from 1, not {text}.");
        using var database = SqliteDatabase.Open(Existing(settings));
        string code = await Invites.MakeAsync(database, uses, TimeProvider.System.GetUtcNow()).ConfigureAwait(false);
        await output.WriteLineAsync(code).ConfigureAwait(false);
        return Done;
    }

    private static int Scrub(ServerSettings settings, bool repair, TextWriter output)
    {
        using var database = SqliteDatabase.Open(Existing(settings));
        int damages = 0;
        foreach (string line in new Scrubber(database, new DiskBlobStore(settings.DataFolder), repair).Run())
        {
            output.WriteLine(line);
            damages++;
        }
        output.WriteLine(damages == 0 ? "all is well" : string.Create(CultureInfo.InvariantCulture, $"{damages} damaged: put them back from a backup, or run scrub --repair and let a device that has them send them again"));
        return damages == 0 ? Done : Damaged;
    }

    private static async Task<int> CollectAsync(ServerSettings settings, TextWriter output)
    {
        _ = Existing(settings);
        var server = CandorServer.Open(settings, TimeProvider.System);
        await using (server.ConfigureAwait(false))
        {
            var (blobs, payloads) = await server.Cleaner.RunAsync(CancellationToken.None).ConfigureAwait(false);
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{blobs} blobs and {payloads} payloads removed")).ConfigureAwait(false);
        }
        return Done;
    }

    private static async Task<int> BackupAsync(ServerSettings settings, string? to, TextWriter output)
    {
        _ = Existing(settings);
        if (to is null) throw new FormatException("Say where the copy goes: --to DIR.");
        var (blobs, gone) = ServerBackup.Make(settings.DataFolder, Path.GetFullPath(to));
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"backed up: the database, the key, {blobs} new blobs; {gone} that the server has no more were removed from {to}")).ConfigureAwait(false);
        return Done;
    }

    private static async Task<int> RestoredAsync(ServerSettings settings, string? wait, TextWriter output)
    {
        if (!int.TryParse(wait ?? "72", NumberStyles.None, CultureInfo.InvariantCulture, out int hours) || hours > 24 * 365) throw new FormatException($"--wait is a number of hours from 0, not {wait}.");
        string file = Existing(settings);
        // Held while it is written: a server that runs would not see it, and would go on taking changes.
        using var folder = DataFolder.Open(settings.DataFolder);
        using var database = SqliteDatabase.Open(file);
        long accounts = await database.WriteAsync(sql => Restores.RestoreRows.Begin(sql, Protocol.Id.Random(), TimeProvider.System.GetUtcNow(), TimeSpan.FromHours(hours))).ConfigureAwait(false);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{accounts} accounts are told that the server was put back. Start it now: devices put back what it lost; other changes wait until all have, at most {hours} hours")).ConfigureAwait(false);
        return Done;
    }

    private static async Task RotateAsync(string[] arguments, TextWriter output)
    {
        if (arguments is not ["rotate", ..]) throw new FormatException("Type candor-server gateway rotate --data DIR.");
        var settings = ServerSettings.Read(arguments[1..]);
        _ = Existing(settings);
        int id = Gateway.GatewayKeys.Rotate(settings.DataFolder, TimeProvider.System);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"The gateway's key is number {id} now; the one before it is taken for {Gateway.GatewayKeys.Grace.TotalHours:0} hours more. The public log says it within a minute.")).ConfigureAwait(false);
    }

    private static string? Option(string[] arguments, string name) => new ConfigurationBuilder().AddCommandLine(arguments).Build()[name];

    private static string Existing(ServerSettings settings)
    {
        string file = DataFolder.DatabaseFileIn(settings.DataFolder);
        return File.Exists(file) ? file : throw new InvalidOperationException($"There is no server in {settings.DataFolder}: start one there with candor-server serve --data {settings.DataFolder}.");
    }
}
