using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>candor-bench run: measures the lines that are asked for, ours and the peers in one run. Exit codes: 0 all was measured, 1 a line was not, 2 wrong usage, 3 something is not here.</summary>
/// <remarks>Whether a target was met does not decide how it ends: that is for a person with a quiet machine.</remarks>
internal sealed record RunCommand(IReadOnlyList<string> Lines, int Repeat, string? Keep, bool Quick, string ResultFile)
{
    private const int Done = 0, NotAll = 1, WrongUsage = 2, NotHere = 3;
    private const int UsualRepeat = 3;

    /// <summary>The most bytes on the disk at once, as a multiple of the load: itself, four repositories, one restored, and some.</summary>
    private const int Copies = 7;

    private static readonly (string Name, string[] Peers, Func<Run, IEnumerable<LineResult>> Measure)[] All =
    [
        (StartLines.Version, ["restic"], StartLines.OfVersion),
        (StartLines.Start, [], StartLines.OfServer),
        (PhotoLines.Line, ["restic", "rclone", "rsync"], PhotoLines.Of),
        (SmallFileLine.Line, ["restic", "rclone", "rsync"], SmallFileLine.Of),
        (ContactLines.Line, [], ContactLines.Of),
        (MessageLine.Line, ["xmllint"], MessageLine.Of),
    ];

    public static IReadOnlyList<string> Names => [.. All.Select(line => line.Name)];

    /// <summary>Reads what follows "run"; null: wrong usage.</summary>
    public static RunCommand? Parse(IReadOnlyList<string> arguments)
    {
        var command = new RunCommand([], UsualRepeat, null, false, "out/bench.json");
        for (var at = 0; at < arguments.Count; at++)
        {
            var value = at + 1 < arguments.Count ? arguments[at + 1] : null;
            switch (arguments[at])
            {
                case "--quick":
                    command = command with { Quick = true, Repeat = 1 };
                    break;
                case "--repeat" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var times) && times is > 0 and <= 100:
                    command = command with { Repeat = times };
                    at++;
                    break;
                case "--keep" when value is not null:
                    command = command with { Keep = value };
                    at++;
                    break;
                case "--json" when value is not null:
                    command = command with { ResultFile = value };
                    at++;
                    break;
                case var name when Names.Contains(name):
                    command = command with { Lines = [.. command.Lines, name] };
                    break;
                default:
                    return null;
            }
        }
        return command.Lines is [] ? command with { Lines = Names } : command;
    }

    public int Run(TextWriter output, TextWriter errors)
    {
        var chosen = All.Where(line => Lines.Contains(line.Name)).ToList();
        if (Peers.Missing(chosen.SelectMany(line => line.Peers)) is { } missing)
        {
            errors.WriteLine(missing);
            return NotHere;
        }
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
        try
        {
            return Measure(chosen, Built.Find(Environment.CurrentDirectory), new(TimeSpan.FromMinutes(Quick ? 1 : 10), stop.Token), output, errors);
        }
        catch (BenchException e)
        {
            errors.WriteLine(e.Message);
            return NotHere;
        }
        catch (OperationCanceledException)
        {
            errors.WriteLine("Stopped; what was started is ended and what was made is removed.");
            return NotAll;
        }
    }

    private int Measure(List<(string Name, string[] Peers, Func<Run, IEnumerable<LineResult>> Measure)> chosen, Built built, Bounds bounds, TextWriter output, TextWriter errors)
    {
        using var place = new Workplace(Keep ?? Path.Join("out", $"bench-{Environment.ProcessId}"), Keep is not null);
        if (!Quick && Lines.Contains(PhotoLines.Line) && place.Disk.AvailableFreeSpace < Copies * 3_300_000_000L)
            throw new BenchException($"{place.Root} has {place.Disk.AvailableFreeSpace / 1e9:0} GB free, and the photos need {Copies * 3.3:0} GB. Name a folder elsewhere with --keep DIR, or leave out the line.");
        var programs = chosen.SelectMany(line => line.Peers).Distinct().Select(peer => Peers.Version(peer, bounds)).Prepend(new Command(built.Client, "--version").Run(bounds).Output.Trim()).ToList();
        var machine = $"{Environment.ProcessorCount} cores, {Environment.OSVersion.VersionString}, {place.Disk.DriveFormat} at {place.Root}";
        output.WriteLine($"{machine}\n{string.Join('\n', programs)}\n{Repeat} rounds{(Quick ? "; QUICK: the sizes are not those of the targets, so no verdict means anything" : "")}\n");
        var floors = Floors.Measure(place.Root, TimeSpan.FromSeconds(Quick ? 0.1 : 1), bounds);
        output.Write(ResultPage.Of(floors));
        var run = new Run(built, place, floors, Quick ? Sizes.Quick : Sizes.Whole, Repeat, bounds, errors);
        var results = new List<LineResult>();
        foreach (var line in chosen)
            Show(MeasureOne(line.Name, () => line.Measure(run)));
        Show(MeasureOne(MemoryLine.Line, () => MemoryLine.Of(results)));
        output.Write("\n" + ResultPage.Summary(results));
        new ResultFile(machine, programs, Quick, Repeat, floors, results).Write(ResultFile);
        output.WriteLine($"\n{(Quick ? "QUICK: no verdict above means anything. " : "")}Every run of it: {ResultFile}");
        return results.Any(result => result.Trouble is not null) ? NotAll : Done;

        void Show(List<LineResult> some)
        {
            results.AddRange(some);
            foreach (var result in some)
                output.Write(ResultPage.Of(result));
        }
    }

    /// <summary>A line that fails is named with its reason, and the others are measured all the same.</summary>
    private static List<LineResult> MeasureOne(string name, Func<IEnumerable<LineResult>> measure)
    {
        try
        {
            return [.. measure()];
        }
        catch (Exception e) when (e is BenchException or IOException or UnauthorizedAccessException or Win32Exception or JsonException)
        {
            return [new(name, name) { Trouble = e.Message }];
        }
    }
}
