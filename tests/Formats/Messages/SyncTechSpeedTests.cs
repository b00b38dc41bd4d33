using System.Diagnostics;
using System.Globalization;
using System.Text;
using Candor.Formats.Messages;
using Xunit;

namespace Candor.Tests.Messages;

/// <summary>The file that peers are timed on: 200,000 SMS and 500 MMS, some 139 MB. Run by name: it prints figures and proves nothing.</summary>
public class SyncTechSpeedTests
{
    private const int Sms = 200_000;
    private const int Mms = 500;

    [Fact(Explicit = true)]
    public void ReadsTheReferenceFile()
    {
        string path = Path.Combine(Path.GetTempPath(), "candor-messages-reference.xml");
        if (!System.IO.File.Exists(path))
            Generate(path);
        for (int run = 0; run < 6; run++)
        {
            using FileStream file = System.IO.File.OpenRead(path);
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
            var clock = Stopwatch.StartNew();
            var reader = new SyncTechReader(file, _ => Stream.Null);
            long texts = 0, keys = 0;
            foreach (var reading in reader.Read())
            {
                texts += reading.Item!.View.Text!.Length;
                keys += reading.Item.View.ThreadKey.Length;
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{file.Length / 1e6:F1} MB, {reader.MessageCount} messages: {clock.Elapsed.TotalSeconds:F3} s, {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds:F3} s of processor, {(GC.GetAllocatedBytesForCurrentThread() - allocated) / 1e6:F0} MB allocated, peak {Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB ({texts + keys})"));
            Assert.Equal(Sms + Mms, reader.MessageCount);
        }
    }

    private static void Generate(string path)
    {
        var random = new Random(1);
        string[] words = "the quick brown fox &amp; a lazy dog meet &#55357;&#56846; at seven o&apos;clock for dinner ok see you then naïve café שלום".Split(' ');
        using var file = new StreamWriter(path, false, new UTF8Encoding(false));
        file.Write($"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"{Sms + Mms}\" backup_set=\"8a7c\" backup_date=\"1714570000000\" type=\"full\">\n");
        for (int i = 0; i < Sms; i++)
        {
            string body = string.Join(' ', Enumerable.Range(0, random.Next(3, 22)).Select(_ => words[random.Next(words.Length)]));
            file.Write(string.Create(CultureInfo.InvariantCulture,
                $"  <sms protocol=\"0\" address=\"+1555010{random.Next(200):D4}\" date=\"{1500000000000 + (i * 1000L)}\" type=\"{1 + (i & 1)}\" subject=\"null\" body=\"{body}\" toa=\"null\" sc_toa=\"null\" service_center=\"null\" read=\"1\" status=\"-1\" locked=\"0\" date_sent=\"0\" sub_id=\"1\" readable_date=\"May 1, 2024 12:00:00 PM\" contact_name=\"Person {random.Next(200)}\" />\n"));
        }
        byte[] picture = new byte[105_500];
        for (int i = 0; i < Mms; i++)
        {
            random.NextBytes(picture);
            file.Write("  " + SyncTechSamples.Mms(Convert.ToBase64String(picture)) + "\n");
        }
        file.Write("</smses>\n");
    }
}
