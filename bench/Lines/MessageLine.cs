using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml;
using Candor.Bench.Loads;
using Candor.Bench.Measuring;
using Candor.Bench.Programs;
using Candor.Bench.Report;

namespace Candor.Bench.Lines;

/// <summary>An export of messages: read, sealed, sent and acknowledged, beside a parser that only reads it.</summary>
internal static partial class MessageLine
{
    public const string Line = "messages";

    public static IEnumerable<LineResult> Of(Run run)
    {
        var (sms, mms) = (run.Sizes.Sms, run.Sizes.Mms);
        var folder = run.Place.Load($"messages-{sms}-{mms}", path =>
        {
            Directory.CreateDirectory(Path.Join(path, "messages"));
            ManySmall.Messages(ExportIn(path), seed: 1, run.Report, sms, mms);
        });
        var export = ExportIn(folder);
        var strict = run.Place.Load($"messages-{sms}-{mms}-strict.xml", path => WriteStrict(export, path));
        var xmllint = new Command(Peers.Find("xmllint"), "--stream", "--noout", strict);
        List<Sample> ours = [], theirs = [];
        for (var round = 0; round < run.Repeat; round++)
        {
            run.Tell($"messages, round {round + 1} of {run.Repeat}");
            using var candor = new CandorBackup(run.Built, run.Place.Fresh("candor"), folder, "messages", run.Bounds);
            Run.InTurn(round, () => ours.Add(candor.Backup()), () => theirs.Add(xmllint.Run(run.Bounds).Sample));
        }
        var measured = new[] { new Measured(CandorBackup.Called, ours), new Measured("xmllint --stream, only reading", theirs) };
        yield return new(Line, $"{sms:#,0} SMS and {mms:#,0} MMS ({new FileInfo(export).Length / 1e6:0} MB of XML) imported, sealed, acknowledged")
        {
            Measured = measured,
            Floor = new(ReadThrough(export), "XmlReader of .NET over the same file"),
            Goals = [Goal.Within(8, measured[0], measured[1])],
            Remarks = ["xmllint stops at the first emoji that is written as references to two UTF-16 halves, as phones write them: it reads a copy with the emoji themselves"],
        };
    }

    private static string ExportIn(string folder) => Path.Join(folder, "messages", "sms-20250601083000.xml");

    /// <summary>The same messages as XML has them: "&amp;#55357;&amp;#56832;" is no character there.</summary>
    private static void WriteStrict(string export, string path)
    {
        using var strict = File.CreateText(path);
        foreach (var line in File.ReadLines(export))
            strict.WriteLine(Halves().Replace(line, match => new string([Half(match, 1), Half(match, 2)])));
        static char Half(Match match, int group) => (char)int.Parse(match.Groups[group].ValueSpan, CultureInfo.InvariantCulture);
    }

    /// <summary>Seconds to read every node and attribute; the second time, when the reader is compiled.</summary>
    private static double ReadThrough(string export)
    {
        double seconds = 0;
        for (var time = 0; time < 2; time++)
        {
            var begun = Stopwatch.GetTimestamp();
            using var reader = XmlReader.Create(export, new XmlReaderSettings { CheckCharacters = false, DtdProcessing = DtdProcessing.Prohibit });
            while (reader.Read())
            {
                while (reader.MoveToNextAttribute())
                    _ = reader.Value.Length;
            }
            seconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
        }
        return seconds;
    }

    [GeneratedRegex("&#(5[56][0-9]{3});&#(5[67][0-9]{3});", RegexOptions.CultureInvariant)]
    private static partial Regex Halves();
}
