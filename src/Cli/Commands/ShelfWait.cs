using Candor.Client.Api;
using Candor.Client.Devices;
using Candor.Client.Shelf;

namespace Candor.Cli.Commands;

/// <summary>Stays, and asks a shelf once a day at the moments of its schedule, whatever else is done on this device.</summary>
internal static class ShelfWait
{
    /// <summary>How long another candor on the same folder is waited for, when the moment to ask has come.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10), Between = TimeSpan.FromSeconds(20);

    /// <param name="session">Of the command.</param>
    /// <param name="relay">Through which it asks; null: as it was trusted.</param>
    /// <param name="ask">What is done at each moment. That the shelf is away or out of date is said, and asked again the next day; an alarm ends it.</param>
    /// <param name="cancel">Ctrl+C.</param>
    public static async Task<int> RunAsync(Session session, Uri? relay, Func<UpdateShelf, Task> ask, CancellationToken cancel)
    {
        ShelfSchedule schedule;
        using (var shelf = UpdateShelf.OpenTrusted(session.Home, session.Clock, relay))
        {
            schedule = shelf.Schedule();
            session.Note($"Asking {shelf.Server?.Authority} once a day, at a moment drawn by lot. Stop with Ctrl+C.");
        }
        while (true)
        {
            var now = session.Clock.GetUtcNow();
            await Task.Delay(schedule.After(now) - now, session.Clock, cancel);
            try
            {
                using var shelf = await OpenPatientlyAsync(session, relay, cancel);
                await ask(shelf);
            }
            catch (Exception e) when (e is ServerRefusedException or DeviceException or ShelfException { IsAlarm: false })
            {
                session.Note($"{e.Message} Asking again tomorrow.");
            }
        }
    }

    private static async Task<UpdateShelf> OpenPatientlyAsync(Session session, Uri? relay, CancellationToken cancel)
    {
        for (var end = session.Clock.GetUtcNow() + Patience; ;)
        {
            try
            {
                return UpdateShelf.Open(session.Home, session.Clock, relay);
            }
            catch (DeviceException) when (session.Clock.GetUtcNow() < end)
            {
                await Task.Delay(Between, session.Clock, cancel);
            }
        }
    }
}
