using System.Threading.Channels;
using Candor.Client.Accounts;
using Candor.Client.Folder;

namespace Candor.Client.Archives;

/// <summary>Commits changes while they are still being made.</summary>
internal static class CommitStream
{
    /// <summary>Runs both to their end; what fails in either stops the other and is thrown on.</summary>
    public static async Task RunAsync(KindWork work, Func<ChannelWriter<RecordChange>, CancellationToken, Task> make, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var changes = Channel.CreateBounded<RecordChange>(256);
        var making = Task.Run(async () =>
        {
            try
            {
                await make(changes.Writer, stop.Token);
                changes.Writer.TryComplete();
            }
            catch (Exception e)
            {
                changes.Writer.TryComplete(e);
                throw;
            }
        }, CancellationToken.None);
        try
        {
            await work.Run.Device.Account.CommitAsync(work.Kind, changes.Reader.ReadAllAsync(stop.Token), committed =>
            {
                work.Sent(committed.Count);
                work.Run.Store.ForgetUploads(committed.Where(c => c.Change.Content?.Files.Count > 0).Select(c => c.Change.Record));
            }, cancel);
        }
        catch
        {
            await stop.CancelAsync();
            await making.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
        await making;
    }
}
