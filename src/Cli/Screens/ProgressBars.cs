using Candor.Client.Folder;
using Candor.Protocol;
using Spectre.Console;

namespace Candor.Cli.Screens;

/// <summary>A bar for each kind while long work goes on, where somebody sees it; gone when the work is done.</summary>
internal static class ProgressBars
{
    /// <summary>Does the work; it gets null where nobody looks.</summary>
    public static async Task<T> DuringAsync<T>(Session session, Func<IProgress<WorkProgress>?, Task<T>> work)
    {
        var terminal = session.Terminal;
        if (session.Quiet || !terminal.ErrorSeen || terminal.Variable("TERM") is "dumb" or null) return await work(null);
        var console = Screen.Error(terminal);
        console.Profile.Capabilities.Interactive = true;
        return await console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = 30 }, new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context => work(new Bars(context)));
    }

    private static string Word(Stage stage) => stage switch
    {
        Stage.Looking => "looking",
        Stage.Fetching => "fetching",
        Stage.Sending => "sending",
        Stage.Writing => "writing",
        _ => "previews",
    };

    /// <summary>Told from any thread.</summary>
    private sealed class Bars(ProgressContext context) : IProgress<WorkProgress>
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<Kind, ProgressTask> _tasks = [];

        /// <summary>Moves until there is something to say; then it is the first kind's.</summary>
        private ProgressTask? _first = Waiting(context);

        public void Report(WorkProgress value)
        {
            lock (_lock)
            {
                if (!_tasks.TryGetValue(value.Kind, out var task))
                {
                    _tasks[value.Kind] = task = _first ?? context.AddTask(value.Kind.Word());
                    _first = null;
                }
                // Bytes tell more of a photo's way than its number; both are unknown at first.
                bool bytes = value.TotalBytes > 0;
                long total = bytes ? value.TotalBytes : value.TotalItems;
                task.IsIndeterminate = total == 0;
                task.MaxValue = Math.Max(1, total);
                task.Value = bytes ? value.Bytes : value.Items;
                string of = value.TotalItems > 0 ? $"{Wording.Count(value.Items)} of {Wording.Count(value.TotalItems)}" : Wording.Count(value.Items);
                task.Description = $"{value.Kind.Word()}: {Word(value.Stage)} {of}";
            }
        }

        private static ProgressTask Waiting(ProgressContext context)
        {
            var task = context.AddTask("looking");
            task.IsIndeterminate = true;
            return task;
        }
    }
}
