using System.Globalization;
using Candor.Bench.Lines;
using Candor.Bench.Loads;
using Candor.Bench.SamplePhone;

const string Help = """
    candor-bench: makes the data that Candor is shown and measured with (the same seed, the same bytes), and measures.

      candor-bench sample-phone FOLDER [--seed N]    a phone: contacts, notes, messages, photos (34 MB)
      candor-bench camera-roll FOLDER [--seed N]     2,000 photos, 200 edited copies, 50 videos (3.3 GB)
      candor-bench contacts FOLDER COUNT [--seed N]  one card a file
      candor-bench messages FILE [--seed N]          200,000 SMS and 500 MMS in one export
      candor-bench small-files FOLDER COUNT [--seed N]  notes of 1 KiB, a thousand a folder

    And measures the programs in out/ beside those of others (bench/README.md):

      candor-bench run [LINE…] [--repeat N] [--quick] [--keep DIR] [--json FILE]
          lines: version start photos small-files contacts messages; none named: all of them
          --repeat N   rounds, of which the median counts (3)
          --quick      small sizes, one round: whether it works, not how fast it is
          --keep DIR   work in DIR and leave what was made to measure with; else all is removed
          --json FILE  every single run (out/bench.json)
    """;

if (args is ["run", .. var rest])
    return RunCommand.Parse(rest) is { } run ? run.Run(Console.Out, Console.Error) : Wrong();

var seed = 1;
if (args is [.., "--seed", var text])
{
    if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out seed))
        return Wrong();
    args = args[..^2];
}
switch (args)
{
    case ["sample-phone", var folder]:
        Phone.Write(folder, seed, Console.Out);
        return 0;
    case ["camera-roll", var folder]:
        CameraRoll.Write(folder, seed, Console.Out);
        return 0;
    case ["contacts", var folder, var count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var cards):
        ManySmall.Contacts(folder, cards, seed, Console.Out);
        return 0;
    case ["messages", var file]:
        ManySmall.Messages(file, seed, Console.Out);
        return 0;
    case ["small-files", var folder, var count] when int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var notes):
        ManySmall.Notes(folder, notes, seed, Console.Out);
        return 0;
    default:
        return Wrong();
}

static int Wrong()
{
    Console.Error.WriteLine(Help);
    return 2;
}
