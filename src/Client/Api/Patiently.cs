using Candor.Protocol;

namespace Candor.Client.Api;

/// <summary>Asks again where a server said that it is busy or that there were too many requests, as long as it asked to wait.</summary>
/// <remarks>A server that cannot be reached is not asked again: a person is told, and the next run goes on where this one stopped.</remarks>
internal static class Patiently
{
    private const int Attempts = 6;

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public static async Task RunAsync(Func<Task> request, CancellationToken cancel)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await request();
                return;
            }
            catch (ServerRefusedException refusal) when (attempt < Attempts && refusal.Name is ErrorName.RateLimited or ErrorName.Busy)
            {
                var wait = refusal.RetryAfter ?? TimeSpan.FromSeconds(attempt);
                await Task.Delay(wait < LongestWait ? wait : LongestWait, cancel);
            }
        }
    }
}
