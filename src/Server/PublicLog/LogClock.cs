using Candor.Log;

namespace Candor.Server.PublicLog;

/// <summary>What the log says by itself: which program runs, keys, laws, law and region, what the shelf shows, every slot its commitments, every hour all heads, every day a heartbeat.</summary>
internal sealed class LogClock(PublicLog publicLog, HourlyHeads heads, ServerBuild build, IReadOnlyList<LogFile> web, NoteVerifierKey checkpointKey, Operator.ServerSettings settings, TimeProvider time, ILogger log)
{
    /// <summary>The gateway's keys, whose current configuration is said where it is new; null: there is no gateway.</summary>
    public Gateway.GatewayKeys? Gateway { get; init; }

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.LogSlotSeconds), time);
            bool said = false;
            string hour = "", day = "";
            do
            {
                var now = time.GetUtcNow();
                if (!said) said = await TryAsync("facts", SayFactsAsync, stopping).ConfigureAwait(false);
                if (Gateway is not null) await TryAsync("gateway", () => publicLog.SayNewestAsync(Gateway.Entry()), stopping).ConfigureAwait(false);
                // A slot comes every time, whether or not anything happened.
                await TryAsync("slots", () => publicLog.RunSlotAsync(settings.LogSlotEntries), stopping).ConfigureAwait(false);
                string thisHour = LogEntry.HourOf(now), today = thisHour[..10];
                if (thisHour != hour && await TryAsync("heads", () => heads.RunAsync(now), stopping).ConfigureAwait(false)) hour = thisHour;
                if (today != day && await TryAsync("heartbeats", () => publicLog.SayOnceAsync(LogEntry.Heartbeat(now, settings.LogStatement)), stopping).ConfigureAwait(false)) day = today;
                await TryAsync("witnesses", publicLog.AskWitnessesAgainAsync, stopping).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task SayFactsAsync()
    {
        if (publicLog.Begins) await publicLog.SayOnceAsync(LogEntry.KeyChange("log", null, publicLog.Keys[0])).ConfigureAwait(false);
        await publicLog.SayOnceAsync(LogEntry.KeyChange("checkpoint", null, checkpointKey)).ConfigureAwait(false);
        // What consents refer to, and what is decided by: the texts that clients are told, and the files of laws.
        await publicLog.SayNewestAsync(LogEntry.OfFiles("policy", "laws", ServerBuild.Version, Candor.Law.LawBook.Files.Select(f => new LogFile(f.Key, f.Value.Length, Protocol.Hash32.Of(f.Value))))).ConfigureAwait(false);
        await publicLog.SayNewestAsync(LogEntry.Rule("law", settings.Law)).ConfigureAwait(false);
        await publicLog.SayNewestAsync(LogEntry.Rule("region", settings.Region)).ConfigureAwait(false);
        // What a shelf showed before its server kept a log: publishing says the rest, each file before it is shown.
        foreach (var entry in Operator.ShelfCommands.Entries(settings.DataFolder)) await publicLog.SayOnceAsync(entry).ConfigureAwait(false);
        if (web.Count > 0) await publicLog.SayOnceAsync(LogEntry.OfFiles("web", "candor-web", ServerBuild.Version, web)).ConfigureAwait(false);
        await publicLog.SayOnceAsync(LogEntry.OfFiles("release", "candor-server", ServerBuild.Version, await build.FilesAsync().ConfigureAwait(false))).ConfigureAwait(false);
    }

    /// <returns>False: it has to be tried again at the next slot.</returns>
    private async Task<bool> TryAsync(string what, Func<Task> run, CancellationToken stopping)
    {
        try
        {
            stopping.ThrowIfCancellationRequested();
            await run().ConfigureAwait(false);
            return true;
        }
#pragma warning disable CA1031 // What stops one run must not stop the server, nor the next run.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (e is not LogRefusedException) log.LogRunFailed(what, e);
            return false;
        }
    }
}

/// <summary>Which program this is: the file that runs and the native libraries beside it, as anybody who built it too can hash them (./reproduce).</summary>
internal sealed class ServerBuild
{
    public static readonly string Version = typeof(ServerBuild).Assembly.GetName().Version!.ToString(3);

    private Task<IReadOnlyList<LogFile>>? _files;

    /// <summary>Of the program; null until it was hashed.</summary>
    public string? Hash => _files is { IsCompletedSuccessfully: true } ? _files.Result[0].Hash.ToString() : null;

    /// <summary>Hashes the program, once. It comes first.</summary>
    public Task<IReadOnlyList<LogFile>> FilesAsync() => _files ??= Task.Run<IReadOnlyList<LogFile>>(() =>
    {
        string managed = Path.Combine(AppContext.BaseDirectory, "candor-server.dll");
        string program = File.Exists(managed) ? managed : Environment.ProcessPath!;
        return [Hashed(program), .. Directory.GetFiles(Path.GetDirectoryName(program)!, "*.so").Order(StringComparer.Ordinal).Select(Hashed)];
    });

    private static LogFile Hashed(string path)
    {
        using var stream = File.OpenRead(path);
        return new(Path.GetFileName(path), stream.Length, new(System.Security.Cryptography.SHA256.HashData(stream)));
    }
}
