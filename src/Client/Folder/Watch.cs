using System.Threading.Channels;
using Candor.Client.Api;
using Candor.Client.Devices;

namespace Candor.Client.Folder;

/// <summary>Why a watch ran: for a person who looks on.</summary>
public enum WatchCause
{
    Start,
    FolderChanged,
    AccountChanged,
    Time,
}

/// <summary>Keeps a folder and the account together for as long as it runs: when a file changes, when another device wrote, and every quarter of an hour.</summary>
/// <remarks>
/// A server that cannot be reached is tried again after a while, longer each time up to the quarter of an hour. An alarm ends the watch.
/// </remarks>
public sealed class Watch(Device device, string folder, FolderMode mode, FolderOptions options)
{
    /// <summary>A burst of changes is one run: it begins when nothing changed for this long.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    private readonly Channel<WatchCause> _causes = Channel.CreateUnbounded<WatchCause>();

    /// <param name="ran">Called after each run with its cause and report.</param>
    /// <param name="failed">Called when a run could not go on, with the reason and when it is tried again.</param>
    /// <param name="progress">Of each run.</param>
    /// <param name="cancel">Ends the watch.</param>
    /// <exception cref="Accounts.AlarmException">The server or a device lies.</exception>
    public async Task RunAsync(Action<WatchCause, FolderReport> ran, Action<Exception, TimeSpan> failed, IProgress<WorkProgress>? progress, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(ran);
        ArgumentNullException.ThrowIfNull(failed);
        var open = DeviceFolder.Open(device, folder);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var files = WatchFiles();
        var listening = ListenAsync(stop.Token);
        try
        {
            var cause = WatchCause.Start;
            var pause = Quiet;
            while (true)
            {
                try
                {
                    ran(cause, await open.RunAsync(mode, options, progress, cancel));
                    pause = Quiet;
                }
                catch (Exception e) when (e is ServerRefusedException { IsTransient: true } or FolderGoneException)
                {
                    pause = pause * 2 < Longest ? pause * 2 : Longest;
                    failed(e, pause);
                    await Task.Delay(pause, device.Clock, cancel);
                }
                cause = await NextAsync(cancel);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await listening.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Waits for a cause, and then until it is quiet.</summary>
    private async Task<WatchCause> NextAsync(CancellationToken cancel)
    {
        using var time = new CancellationTokenSource(Longest, device.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        try
        {
            var cause = await _causes.Reader.ReadAsync(either.Token);
            while (true)
            {
                await Task.Delay(Quiet, device.Clock, cancel);
                if (!_causes.Reader.TryRead(out _)) return cause;
                while (_causes.Reader.TryRead(out _))
                {
                }
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return WatchCause.Time;
        }
    }

    private FileSystemWatcher WatchFiles()
    {
        var watcher = new FileSystemWatcher(folder)
        {
            IncludeSubdirectories = true,
            NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size,
        };
        void Changed(object sender, FileSystemEventArgs e)
        {
            if (!e.FullPath.EndsWith(FolderScan.Unfinished, StringComparison.Ordinal)) _causes.Writer.TryWrite(WatchCause.FolderChanged);
        }
        watcher.Changed += Changed;
        watcher.Created += Changed;
        watcher.Deleted += Changed;
        watcher.Renamed += (sender, e) => Changed(sender, e);
        // Events were lost: the next walk sees what they would have said.
        watcher.Error += (_, _) => _causes.Writer.TryWrite(WatchCause.FolderChanged);
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    /// <summary>Follows the server's notices. They say that something changed and no more; a run finds out what.</summary>
    private async Task ListenAsync(CancellationToken cancel)
    {
        var pause = Quiet;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                await foreach (long size in device.Api.ListenAsync(device.Account.Id, cancel))
                {
                    pause = Quiet;
                    if (size > device.Account.Size) _causes.Writer.TryWrite(WatchCause.AccountChanged);
                }
            }
            catch (ServerRefusedException)
            {
                // The runs say it; here it is only tried again.
            }
            await Task.Delay(pause, device.Clock, cancel);
            pause = pause * 2 < Longest ? pause * 2 : Longest;
        }
    }
}
