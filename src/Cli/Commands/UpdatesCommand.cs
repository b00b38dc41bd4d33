using System.CommandLine;
using System.Text.Json;
using Candor.Cli.Screens;
using Candor.Client.Shelf;

namespace Candor.Cli.Commands;

/// <summary>candor updates: what a shelf has for phones, and releases of programs; trust chooses the shelf, get fetches.</summary>
internal static class UpdatesCommand
{
    public static Command Make(CommandTree tree)
    {
        var deviceOption = new Option<string?>("--device") { HelpName = "NAME", Description = "only for this phone, as its system calls it" };
        var channelOption = new Option<string?>("--channel") { HelpName = "NAME", Description = "only of this channel: stable, nightly …" };
        var wait = new Option<bool>("--wait") { Description = "stay, ask once a day at a moment drawn by lot, and tell of what is new; stop with Ctrl+C" };
        var relay = ServerArgument.Relay();
        relay.Recursive = true;
        var command = new Command("updates", """
            Show what updates for phones, and of programs, a shelf has, and fetch one

            A shelf is the same for everyone: the whole list is fetched and looked through here,
            in requests that are alike from every device, so the server is not told which phone
            you have. Fetching one with get does tell that somebody wanted that file. With --relay
            the server does not learn from where it is asked either; trust remembers the relay.

            Everything is checked: who signed the list, that it is not an older one, that the
            server's public log has the update, and, before a file has its name, its length, its
            hash, and of a phone's package the zip and its payload. Nothing is installed.

              candor updates trust cloud.example
              candor updates trust cloud.example --relay relay.example
              candor updates --device panther
              candor updates get lineage-22.1-panther.zip --to ~/Downloads
            """) { deviceOption, channelOption, wait, relay };
        var server = ServerArgument.Make();
        var root = new Option<string?>("--root") { HelpName = "FILE", Description = "the shelf's first root, if you have it from its keepers; else the server is asked" };
        var trust = new Command("trust", "Choose the shelf that is believed, once") { server, root };
        trust.SetAction((parsed, cancel) => TrustAsync(tree.Open(parsed), parsed.GetRequiredValue(server), parsed.GetValue(root), parsed.GetValue(relay), cancel));
        var file = new Argument<string>("FILE") { Description = "as candor updates shows it" };
        var to = new Option<string>("--to") { HelpName = "DIR", Description = "where it goes; else here", DefaultValueFactory = _ => "." };
        var unlogged = new Option<bool>("--unlogged") { Description = "where the shelf's server keeps no public log: do not ask that the update is in one" };
        var get = new Command("get", "Fetch an update and check all of it") { file, to, unlogged };
        get.SetAction((parsed, cancel) => GetAsync(tree.Open(parsed), parsed.GetRequiredValue(file), parsed.GetRequiredValue(to), parsed.GetValue(unlogged), parsed.GetValue(relay), cancel));
        command.Subcommands.Add(trust);
        command.Subcommands.Add(get);
        command.SetAction((parsed, cancel) =>
        {
            bool Wanted(ShelfFile f) => f is AvailableUpdate u
                ? (parsed.GetValue(deviceOption) is not { } d || d == u.Device) && (parsed.GetValue(channelOption) is not { } c || c == u.Channel)
                : parsed.GetValue(deviceOption) is null && parsed.GetValue(channelOption) is null;
            return parsed.GetValue(wait) ? WaitAsync(tree.Open(parsed), Wanted, parsed.GetValue(relay), cancel) : ListAsync(tree.Open(parsed), Wanted, parsed.GetValue(relay), cancel);
        });
        return command;
    }

    private static async Task<int> TrustAsync(Session session, Uri server, string? file, Uri? relay, CancellationToken cancel)
    {
        using var shelf = UpdateShelf.Open(session.Home, session.Clock, relay);
        var root = file is null ? await shelf.AskAsync(server, cancel) : UpdateShelf.Read(await File.ReadAllBytesAsync(file, cancel));
        session.Say($"""
            The first root of the shelf at {server.Authority}, signed by at least {root.Threshold} of {Wording.Count(root.Keys, "key")}. Its SHA-256:

                {string.Join(' ', root.Fingerprint.Chunk(8).Select(c => new string(c)))}

            """);
        if (file is null) session.Note("It came from the server itself. Compare it with what the shelf's keepers say: somebody in between could show another one, now and never again.");
        string before = shelf.Server is { } old ? $" {old.Authority} is believed no longer." : "";
        bool trusted = await session.AskAsync($"Believe what these keys sign?{before}", cancel);
        if (trusted) shelf.Trust(server, root);
        session.Say(trusted ? "From here on: candor updates" : "Nothing was changed.");
        session.Write(w =>
        {
            w.WriteBoolean("trusted"u8, trusted);
            w.WriteString("server"u8, server.AbsoluteUri);
            w.WriteString("root"u8, root.Fingerprint);
            w.WriteNumber("keys"u8, root.Keys);
            w.WriteNumber("threshold"u8, root.Threshold);
        });
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(Session session, Func<ShelfFile, bool> isWanted, Uri? relay, CancellationToken cancel)
    {
        using var shelf = UpdateShelf.OpenTrusted(session.Home, session.Clock, relay);
        var (all, strange) = await AllAsync(shelf, cancel);
        var updates = all.Where(isWanted).ToList();
        if (!session.Json)
        {
            Show(session, updates);
            if (updates.Count > 0) session.Note("To fetch one: candor updates get FILE");
            if (updates.Count == 0) session.Say(all.Count == 0 ? $"The shelf of {shelf.Server!.Authority} has no updates." : $"The shelf of {shelf.Server!.Authority} has nothing of that; all it has: candor updates");
        }
        if (strange > 0) session.Note($"{Wording.Count(strange, "entry is", "entries are")} of a form that this program does not know; a newer one may.");
        session.Write(w =>
        {
            w.WriteString("server"u8, shelf.Server!.AbsoluteUri);
            w.WriteStartArray("updates"u8);
            foreach (var update in updates.OfType<AvailableUpdate>()) WriteOne(w, update);
            w.WriteEndArray();
            w.WriteStartArray("programs"u8);
            foreach (var program in updates.OfType<AvailableProgram>()) WriteOne(w, program);
            w.WriteEndArray();
            w.WriteNumber("unknown"u8, strange);
        });
        shelf.MarkSeen(updates);
        return ExitCode.Done;
    }

    private static async Task<int> GetAsync(Session session, string name, string folder, bool unlogged, Uri? relay, CancellationToken cancel)
    {
        using var shelf = UpdateShelf.OpenTrusted(session.Home, session.Clock, relay);
        var (all, _) = await AllAsync(shelf, cancel);
        var found = all.Where(u => u.File == name || u.Path == name).ToList();
        if (found.Count == 0) throw new UsageException($"The shelf has no {name}. To see what it has: candor updates");
        if (found.Count > 1) throw new UsageException($"The shelf has several {name}; name one of them whole: {string.Join(", ", found.Select(u => u.Path))}");
        var update = found[0];
        if (!unlogged) await shelf.CheckLogAsync(update, cancel);
        session.Note($"Fetching {update.File}, {Wording.Bytes(update.Size)} …");
        string path = await shelf.DownloadAsync(update, folder, new Quarters(session, update.Size), cancel);
        session.Say($"{path}: {Wording.Bytes(update.Size)}, version {update.Version} {(update is AvailableUpdate phone ? $"for {phone.Device}. Length, hash, zip, payload and the keeper's words agree" : $"of {((AvailableProgram)update).Program} for {((AvailableProgram)update).System}. Length and hash are what its keepers signed")}{(unlogged ? "" : "; the public log has it")}.");
        session.Write(w =>
        {
            w.WriteString("file"u8, path);
            w.WriteBoolean("logged"u8, !unlogged);
            w.WriteStartObject("update"u8);
            Write(w, update);
            w.WriteEndObject();
        });
        return ExitCode.Done;
    }

    private static Task<int> WaitAsync(Session session, Func<ShelfFile, bool> isWanted, Uri? relay, CancellationToken cancel) => ShelfWait.RunAsync(session, relay, async shelf =>
    {
        var (all, _) = await AllAsync(shelf, cancel);
        var updates = all.Where(u => u.IsNew && isWanted(u)).ToList();
        Show(session, updates);
        foreach (var update in updates) session.WriteLine(w => Write(w, update));
        shelf.MarkSeen(updates);
    }, cancel);

    private static async Task<(IReadOnlyList<ShelfFile> All, int Strange)> AllAsync(UpdateShelf shelf, CancellationToken cancel)
    {
        var catalogue = await shelf.RefreshAsync(cancel);
        return ([.. catalogue.Updates, .. catalogue.Programs], catalogue.Strange);
    }

    private static void Show(Session session, IReadOnlyList<ShelfFile> updates)
    {
        foreach (var update in updates)
        {
            session.Say($"{update.File}{(update.IsNew ? "  (new)" : "")}\n  {About(update)}; {Wording.Bytes(update.Size)}");
            foreach (string line in update.Notes.Split('\n', StringSplitOptions.RemoveEmptyEntries)) session.Say($"    {Wording.Plain(line)}");
        }
    }

    private static string About(ShelfFile file)
    {
        if (file is AvailableProgram program) return $"{program.Program} for {program.System}: version {program.Version}";
        var update = (AvailableUpdate)file;
        string patch = update.Patch is { } level ? $", security patch {level}" : "";
        string from = update.From is { } build ? $"; only from build {build}" : "";
        return $"{update.Device}, {update.Channel}: version {update.Version}, build {update.Build} of {update.Built.UtcDateTime:yyyy-MM-dd}{patch}{from}";
    }

    private static void WriteOne(Utf8JsonWriter w, ShelfFile file)
    {
        w.WriteStartObject();
        Write(w, file);
        w.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter w, ShelfFile update)
    {
        w.WriteString("path"u8, update.Path);
        w.WriteString("file"u8, update.File);
        var phone = update as AvailableUpdate;
        if (phone is not null)
        {
            w.WriteString("device"u8, phone.Device);
            w.WriteString("channel"u8, phone.Channel);
        }
        if (update is AvailableProgram program)
        {
            w.WriteString("program"u8, program.Program);
            w.WriteString("system"u8, program.System);
        }
        w.WriteString("version"u8, update.Version);
        if (phone is not null)
        {
            w.WriteString("build"u8, phone.Build);
            if (phone.From is not null) w.WriteString("from"u8, phone.From);
            w.WriteString("built"u8, phone.Built);
            if (phone.Patch is not null) w.WriteString("patch"u8, phone.Patch);
        }
        w.WriteString("notes"u8, update.Notes);
        w.WriteNumber("size"u8, update.Size);
        w.WriteString("sha256"u8, update.Hash);
        w.WriteBoolean("new"u8, update.IsNew);
    }

    /// <summary>A remark at each quarter of a long way.</summary>
    private sealed class Quarters(Session session, long size) : IProgress<long>
    {
        private long _told;

        public void Report(long value)
        {
            long quarter = size == 0 ? 0 : value * 4 / size;
            if (quarter <= _told || quarter > 3) return;
            _told = quarter;
            session.Note($"{quarter * 25} % of {Wording.Bytes(size)}");
        }
    }
}
