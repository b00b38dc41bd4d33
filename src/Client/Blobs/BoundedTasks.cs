namespace Candor.Client.Blobs;

/// <summary>A few tasks at once beside one that starts them. The first that fails is thrown where there is to be room for the next, or at the end.</summary>
/// <remarks>For one caller. Disposing waits for what is under way, so that what the tasks use outlives them; what went wrong is then thrown by nobody.</remarks>
internal sealed class BoundedTasks(int most) : IAsyncDisposable
{
    private readonly List<Task> _under = new(most);

    /// <summary>Waits until one more may be started. Before what the next one will own is taken: nothing is then lost where an earlier one failed.</summary>
    public async Task RoomAsync()
    {
        while (_under.Count >= most)
        {
            var ended = await Task.WhenAny(_under);
            _under.Remove(ended);
            await ended;
        }
    }

    /// <summary>Starts one; there is <see cref="RoomAsync">room</see>.</summary>
    public void Start(Func<Task> task) => _under.Add(Task.Run(task));

    /// <summary>Waits for all.</summary>
    public async Task AllAsync()
    {
        await Task.WhenAll(_under);
        _under.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var task in _under) await task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}
