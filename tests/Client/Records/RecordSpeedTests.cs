using System.Diagnostics;
using System.Globalization;
using System.Text;
using Candor.Client.Records;
using Candor.Formats.Contacts;
using Candor.Formats.Messages;
using Candor.Sealing;
using Candor.Tests.Contacts;

namespace Candor.Tests.Client.Records;

/// <summary>What a draft costs beyond reading. Run by name: it prints figures and proves nothing.</summary>
public class RecordSpeedTests
{
    private const int Count = 200_000;

    private static List<Message> Messages(Func<int, string> body)
    {
        var xml = new StringBuilder("<smses>");
        for (int i = 0; i < Count; i++)
            xml.Append(CultureInfo.InvariantCulture, $"  <sms protocol=\"0\" address=\"+1555010{i % 200:D4}\" date=\"{1500000000000 + (i * 1000L)}\" type=\"{1 + (i & 1)}\" subject=\"null\" body=\"{body(i)}\" toa=\"null\" sc_toa=\"null\" service_center=\"+15550000001\" read=\"1\" status=\"-1\" locked=\"0\" date_sent=\"{1500000000000 + (i * 1000L)}\" sub_id=\"1\" readable_date=\"May 1, 2024 12:00:00 PM\" contact_name=\"Person {i % 200}\" />\n");
        return [.. new SyncTechReader(new MemoryStream(Encoding.UTF8.GetBytes(xml.Append("</smses>").ToString())), _ => Stream.Null).Read().Select(r => r.Item!)];
    }

    [Fact(Explicit = true)]
    public void PrintsTheCostOfAMessage()
    {
        string text = string.Concat(Enumerable.Repeat("The quick brown fox meets a lazy dog at seven for dinner. ", 10));
        var messages = Messages(i => text[..(20 + (i % 140))]);
        using var buffers = new PartBuffers();
        using var parts = buffers.Take(messages[0]);
        for (int run = 0; run < 4; run++)
        {
            var clock = Stopwatch.StartNew();
            foreach (var message in messages) MessageIdentity.Key(message.View);
            double keys = clock.Elapsed.TotalMicroseconds / Count;
            clock.Restart();
            var occurrences = new MessageOccurrences();
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            foreach (var message in messages) MessageRecords.Of(message, occurrences, parts);
            double draft = clock.Elapsed.TotalMicroseconds / Count;
            long perDraft = (GC.GetAllocatedBytesForCurrentThread() - allocated) / Count;
            List<RecordDraft> drafts = [.. messages.Take(10_000).Select(m => MessageRecords.Of(m, 0, parts))];
            clock.Restart();
            allocated = GC.GetAllocatedBytesForCurrentThread();
            long bytes = 0;
            foreach (var one in drafts) bytes += one.Content.Encode().Length;
            double encode = clock.Elapsed.TotalMicroseconds / drafts.Count;
            long perEncode = (GC.GetAllocatedBytesForCurrentThread() - allocated) / drafts.Count;
            clock.Restart();
            foreach (var one in drafts) MessageRecords.ToMessage(one.Content);
            double back = clock.Elapsed.TotalMicroseconds / drafts.Count;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"draft {draft:F2} µs, of which the key {keys:F2} µs ({perDraft} B), encode {encode:F2} µs ({perEncode} B, of which {bytes / drafts.Count} are the record), back {back:F2} µs"));
        }
    }

    [Fact(Explicit = true)]
    public void PrintsTheBucketsOfMessages()
    {
        string latin = string.Concat(Enumerable.Repeat("The quick brown fox meets a lazy dog at seven for dinner. ", 30));
        string wide = string.Concat(Enumerable.Repeat("今天天气很好我们去海边吃饭吧", 60));
        string cyrillic = string.Concat(Enumerable.Repeat("Привет, ты сегодня вечером дома? ", 40));
        using var buffers = new PartBuffers();
        foreach (var (name, text) in new[] { ("latin", latin), ("cyrillic", cyrillic), ("han", wide) })
        {
            var messages = Messages(i => text[..(1 + (i % 800))]);
            using var parts = buffers.Take(messages[0]);
            foreach (bool withBody in new[] { true, false })
            {
                int longest = 0;
                for (int i = 0; i < 800; i++)
                {
                    var content = MessageRecords.Of(messages[i], 0, parts).Content;
                    if (!withBody) content.View.Remove("body");
                    if (Padding.PaddedRecordLength(content.Encode().Length) <= 1024) longest = i + 1;
                }
                Console.WriteLine($"{name}, body in the view: {withBody}: texts of up to {longest} characters are in the bucket of 1,024");
            }
        }
    }

    [Fact(Explicit = true)]
    public void PrintsTheCostOfAContact()
    {
        var names = Corpus.Texts.ToArray();
        byte[] file = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 10_000).Select(i => names[i % names.Length].ReplaceLineEndings("\r\n") + "\r\n")));
        var cards = VCardReader.Read(file).Select(r => r.Item!).ToList();
        var withUid = cards.Where(c => c.First("UID") is not null).ToList();
        var without = cards.Where(c => c.First("UID") is null).ToList();
        for (int run = 0; run < 4; run++)
        {
            var clock = Stopwatch.StartNew();
            foreach (var card in withUid) ContactRecords.Of(card, "x.vcf").Content.Encode();
            double first = clock.Elapsed.TotalMicroseconds / withUid.Count;
            clock.Restart();
            foreach (var card in without) ContactRecords.Of(card, "x.vcf").Content.Encode();
            double second = clock.Elapsed.TotalMicroseconds / without.Count;
            clock.Restart();
            foreach (var card in cards) ContactView.Of(card);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"draft and encode with UID {first:F1} µs, without {second:F1} µs; view alone {clock.Elapsed.TotalMicroseconds / cards.Count:F1} µs"));
        }
    }
}
