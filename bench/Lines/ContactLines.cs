using Candor.Bench.Loads;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>An address book: first sync, nothing changed, a few changed on one device and fetched by another.</summary>
/// <remarks>The peers are not run here: their figures are recorded ones and marked as such.</remarks>
internal static class ContactLines
{
    public const string Line = "contacts";

    private const double EteBasePerSecond = 551;
    private const double NothingOnTheWire = 0.003, ChangedOnTheWire = 0.006;

    private static readonly string[] AsMeasuredHere =
    [
        "the time on the wire is from the ledger of the device: first request to last answer, in whole milliseconds, flushes of the ledger and the client's work between requests included",
    ];

    public static IEnumerable<LineResult> Of(Run run)
    {
        var cards = run.Place.Load($"contacts-{run.Sizes.Contacts}", path => ManySmall.Contacts(Path.Join(path, "contacts"), run.Sizes.Contacts, seed: 1, run.Report));
        var look = Run.LookAt(cards);
        var taken = new Taken();
        for (var round = 0; round < run.Repeat; round++)
        {
            run.Tell($"contacts, round {round + 1} of {run.Repeat}");
            Round(run, cards, taken);
        }
        var first = new Measured("candor", taken.First);
        var bytes = new DirectoryInfo(cards).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);
        yield return new(Line, $"{run.Sizes.Contacts:#,0} contacts, first sync")
        {
            Measured = [first, new("candor, a second device fetches all", taken.Fetched)],
            Recorded = [new("EteBase 0.11", "551/s in batches of 100, 92/s singly"), new("radicale 3.1", "13/s")],
            Floor = new(run.Floors.Start + look + run.Floors.OfSending(bytes).Seconds, "a program's start, a look at each file, the bytes"),
            Goals = [Goal.Rate(20 * EteBasePerSecond, "≥ 20 x EteBase's recorded rate (11,020/s)", run.Sizes.Contacts, first)],
        };
        yield return OnTheWire(run, $"nothing changed, of {run.Sizes.Contacts:#,0} contacts", taken.Unchanged, [new("EteBase 0.11", "10 ms"), new("radicale 3.1", "375 ms")], NothingOnTheWire);
        yield return OnTheWire(run, $"{run.Sizes.Changed} changed, of {run.Sizes.Contacts:#,0} contacts: fetched", taken.Pulled, [new("EteBase 0.11", "19 ms")], ChangedOnTheWire);
        yield return OnTheWire(run, $"{run.Sizes.Changed} changed, of {run.Sizes.Contacts:#,0} contacts: pushed (no target)", taken.Pushed, [new("EteBase 0.11", "40 ms")], null);
    }

    private static LineResult OnTheWire(Run run, string work, List<(double Wire, Sample Whole)> runs, IReadOnlyList<Recorded> recorded, double? limit)
    {
        var wire = new Measured("candor, on the wire", runs.ConvertAll(r => r.Whole with { Wall = r.Wire }));
        return new(Line, work)
        {
            Measured = [wire, new("candor, the whole program", runs.ConvertAll(r => r.Whole))],
            Recorded = recorded,
            Floor = new(run.Floors.RoundTrip + run.Floors.SmallFlush, "one byte there and back, one flush of the ledger"),
            Goals = limit is { } most ? [Goal.AtMostSeconds(most, wire.Wall)] : [],
            Remarks = AsMeasuredHere,
        };
    }

    private static void Round(Run run, string cards, Taken taken)
    {
        // A folder that may be changed.
        var (ours, theirs) = (run.Place.Fresh("phone"), run.Place.Fresh("laptop"));
        var contacts = Directory.CreateDirectory(Path.Join(ours, "contacts")).FullName;
        foreach (var card in Directory.EnumerateFiles(Path.Join(cards, "contacts")))
            File.Copy(card, Path.Join(contacts, Path.GetFileName(card)));
        using var candor = new CandorBackup(run.Built, run.Place.Fresh("candor"), ours, "contacts", run.Bounds);
        var phone = candor.First;
        taken.First.Add(phone.Sync());
        var laptop = candor.Another(theirs);
        Directory.CreateDirectory(Path.Join(theirs, "contacts"));
        taken.Fetched.Add(laptop.Sync());
        var names = Directory.GetFiles(contacts).Order(StringComparer.Ordinal).ToArray();
        for (var turn = 0; turn < run.Sizes.Unchanged; turn++)
        {
            taken.Unchanged.Add(Wire(phone));
            var changed = Enumerable.Range(0, run.Sizes.Changed).Select(i => names[(turn * run.Sizes.Changed + i) * 7 % names.Length]).Distinct().ToList();
            foreach (var card in changed)
                File.WriteAllText(card, File.ReadAllText(card).Replace("END:VCARD", $"NOTE:changed in turn {turn}\r\nEND:VCARD", StringComparison.Ordinal));
            taken.Pushed.Add(Wire(phone));
            taken.Pulled.Add(Wire(laptop));
            foreach (var card in changed)
            {
                if (File.ReadAllText(card) != File.ReadAllText(Path.Join(theirs, "contacts", Path.GetFileName(card))))
                    throw new BenchException($"{Path.GetFileName(card)} is not the same on both devices after the change.");
            }
        }
        Directory.Delete(ours, recursive: true);
        Directory.Delete(theirs, recursive: true);
    }

    private static (double, Sample) Wire(CandorBackup.Device device)
    {
        var before = new FileInfo(device.Ledger).Length;
        var sample = device.Sync();
        return (LedgerSpan.Read(device.Ledger, before), sample);
    }

    private sealed record Taken
    {
        public List<Sample> First { get; } = [];
        public List<Sample> Fetched { get; } = [];
        public List<(double Wire, Sample Whole)> Unchanged { get; } = [];
        public List<(double Wire, Sample Whole)> Pushed { get; } = [];
        public List<(double Wire, Sample Whole)> Pulled { get; } = [];
    }
}
