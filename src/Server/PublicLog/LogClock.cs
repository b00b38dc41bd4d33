using Candor.Log;

namespace Candor.Server.PublicLog;

/// <summary>What the log says by itself: which program runs, keys, every slot its commitments, every hour all heads, every day a heartbeat.</summary>
internal sealed class LogClock(PublicLog publicLog, HourlyHeads heads, ServerBuild build, NoteVerifierKey checkpointKey, Operator.ServerSettings settings, TimeProvider time, ILogger log)
{
    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            await TryAsync("facts", SayFactsAsync, stopping).ConfigureAwait(false);
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(settings.LogSlotSeconds), time);
            string hour = "", day = "";
            do
            {
                var now = time.GetUtcNow();
                // A slot comes every time, whether or not anything happened.
                await TryAsync("slots", () => publicLog.RunSlotAsync(settings.LogSlotEntries), stopping).ConfigureAwait(false);
                if (LogEntry.HourOf(now) != hour)
                {
                    await TryAsync("heads", () => heads.RunAsync(now), stopping).ConfigureAwait(false);
                    hour = LogEntry.HourOf(now);
                }
                if (hour[..10] != day)
                {
                    await TryAsync("heartbeats", () => publicLog.SayOnceAsync(LogEntry.Heartbeat(now, settings.LogStatement)), stopping).ConfigureAwait(false);
                    day = hour[..10];
                }
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
        var file = await build.FileAsync().ConfigureAwait(false);
        await publicLog.SayOnceAsync(LogEntry.OfFiles("release", "candor-server", ServerBuild.Version, [file])).ConfigureAwait(false);
    }

    private async Task TryAsync(string what, Func<Task> run, CancellationToken stopping)
    {
        try
        {
            stopping.ThrowIfCancellationRequested();
            await run().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // What stops one run must not stop the server, nor the next run.
        catch (Exception e) when (e is not OperationCanceledException)
#pragma warning restore CA1031
        {
            if (e is not LogRefusedException) log.LogRunFailed(what, e);
        }
    }
}

/// <summary>Which program this is: the file that runs, as anybody who built it too can hash it.</summary>
internal sealed class ServerBuild
{
    public static readonly string Version = typeof(ServerBuild).Assembly.GetName().Version!.ToString(3);

    private Task<LogFile>? _file;

    /// <summary>Null until it was hashed.</summary>
    public string? Hash => _file is { IsCompletedSuccessfully: true } ? _file.Result.Hash.ToString() : null;

    /// <summary>Hashes the program, once.</summary>
    public Task<LogFile> FileAsync() => _file ??= Task.Run(() =>
    {
        string managed = Path.Combine(AppContext.BaseDirectory, "candor-server.dll");
        string path = File.Exists(managed) ? managed : Environment.ProcessPath!;
        using var stream = File.OpenRead(path);
        return new LogFile(Path.GetFileName(path), stream.Length, new(System.Security.Cryptography.SHA256.HashData(stream)));
    });
}
