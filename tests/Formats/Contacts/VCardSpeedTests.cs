using System.Text;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

public class VCardSpeedTests(ITestOutputHelper output)
{
    [Fact]
    public void TenThousandCardsTakeSeconds()
    {
        const int cards = 10_000;
        var names = Corpus.Texts.ToArray();
        var file = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, cards).Select(i => names[i % names.Length].ReplaceLineEndings("\r\n") + "\r\n")));
        var clock = ThreadTime.Start();
        var read = VCardReader.Read(new MemoryStream(file)).Select(r => r.Item!).ToList();
        var reading = clock.Elapsed;
        var shown = read.Select(ContactView.Of).Count(v => v.FullName.Length > 0);
        var all = clock.Elapsed;
        Assert.Equal((cards, cards), (read.Count, shown));
        output.WriteLine($"{cards} cards, {file.Length} bytes: read {cards / reading.TotalSeconds:0}/s, read and shown {cards / all.TotalSeconds:0}/s");
        Assert.True(all < TimeSpan.FromSeconds(10), $"took {all}");
    }
}
