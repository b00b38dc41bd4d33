using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Candor.Formats.Contacts;
using Xunit;

namespace Candor.Tests.Contacts;

/// <summary>Whether programs that people use read what is written here. Needs the Debian packages khard and python3-vobject.</summary>
public sealed class OtherProgramTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    /// <summary>Reads all cards of a file and prints what it found, as JSON.</summary>
    private const string ReadWithVobject =
        """
        import sys, json, vobject
        cards = []
        for card in vobject.readComponents(open(sys.argv[1], encoding='utf-8', newline='').read()):
            def all(name): return [p.value for p in card.contents.get(name, [])]
            n = [[x if isinstance(x, str) else ','.join(x) for x in (v.family, v.given, v.additional, v.prefix, v.suffix)] for v in all('n')]
            photo = [(p.value if isinstance(p.value, str) else p.value.hex()) for p in card.contents.get('photo', [])]
            cards.append({'fn': all('fn'), 'tel': all('tel'), 'email': all('email'), 'note': all('note'), 'n': n, 'photo': photo, 'label': all('x-ablabel')})
        print(json.dumps(cards))
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("candor-contacts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static IEnumerable<VCard> Written =>
        Corpus.Cards.Concat([Corpus.Of("FN:" + string.Concat(Enumerable.Repeat("👩‍👩‍👧ä漢ع", 40)), "N:" + new string('x', 300) + ";;;;", "NOTE:a\\nb\\, c\\; d\\\\e", "TEL;TYPE=\"a b\",cell:+1 2")]);

    [Fact]
    public void VobjectReadsTheSameNamesNumbersAndPictures()
    {
        VCard[] cards = [.. Written.Select(c => c.To(VCardVersion.V30))];
        var file = Path.Combine(_folder, "cards.vcf");
        File.WriteAllBytes(file, VCardWriter.Write(cards));
        using var json = JsonDocument.Parse(Run(Python, ["-c", ReadWithVobject, file], [Python], "python3-vobject"));
        Assert.Equal(cards.Length, json.RootElement.GetArrayLength());
        foreach (var (read, card) in json.RootElement.EnumerateArray().Zip(cards))
        {
            string[] Strings(string name) => [.. read.GetProperty(name).EnumerateArray().Select(e => e.GetString()!)];
            string[] Ours(string name) => [.. card.All(name).Select(p => p.Text)];
            Assert.Equal(Ours("FN"), Strings("fn"));
            Assert.Equal(Ours("TEL"), Strings("tel"));
            Assert.Equal(Ours("EMAIL"), Strings("email"));
            Assert.Equal(Ours("NOTE"), Strings("note"));
            Assert.Equal(Ours("X-ABLabel"), Strings("label"));
            var n = card.First("N")!.Components;
            Assert.Equal(n.Concat(Enumerable.Repeat("", 5)).Take(5), read.GetProperty("n")[0].EnumerateArray().Select(e => e.GetString()!));
            if (card.First("PHOTO") is { Bytes: { } photo }) Assert.Equal(Convert.ToHexStringLower(photo), Strings("photo").Single());
        }
    }

    [Fact]
    public void KhardListsEveryContact()
    {
        var book = Directory.CreateDirectory(Path.Combine(_folder, "book")).FullName;
        VCard[] cards = [.. Corpus.Cards.Select(c => ContactIdentity.WithUid(c.To(VCardVersion.V30))).Where(c => !ContactView.Of(c).IsGroup)];
        for (var i = 0; i < cards.Length; i++) File.WriteAllBytes(Path.Combine(book, $"{i}.vcf"), VCardWriter.Write(cards[i]));
        var config = Path.Combine(_folder, "khard.conf");
        File.WriteAllText(config, $"[addressbooks]\n[[book]]\npath = {book}\n[general]\ndefault_action = list\n");
        var listed = Run("/usr/bin/khard", ["-c", config, "list", "--parsable", "--fields", "formatted_name"], ["/usr/bin/khard"], "khard");
        Assert.Equal(cards.Select(ContactView.DisplayName).Order(StringComparer.Ordinal), listed.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ReadsBackWhatVobjectWrites()
    {
        const string script = "import sys, vobject\nsys.stdout.write(''.join(c.serialize() for c in vobject.readComponents(open(sys.argv[1], encoding='utf-8', newline='').read())))";
        VCard[] cards = [.. Written.Select(c => c.To(VCardVersion.V30))];
        var file = Path.Combine(_folder, "cards.vcf");
        File.WriteAllBytes(file, VCardWriter.Write(cards));
        var theirs = VCardReader.Read(Encoding.UTF8.GetBytes(Run(Python, ["-c", script, file], [Python], "python3-vobject"))).ToList();
        Assert.All(theirs, t => Assert.Null(t.Problem));
        Assert.Equal(cards.Select(c => ContactView.Of(c).FullName), theirs.Select(t => ContactView.Of(t.Item!).FullName));
        Assert.Equal(cards.Select(c => string.Join('|', ContactView.Of(c).Phones.Select(p => p.Value))), theirs.Select(t => string.Join('|', ContactView.Of(t.Item!).Phones.Select(p => p.Value))));
    }

    private static string Run(string program, string[] arguments, string[] files, string package)
    {
        Assert.All(files, f => Assert.True(File.Exists(f), $"{f} is missing: apt-get install {package}"));
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, StandardOutputEncoding = Encoding.UTF8 };
        start.Environment["PYTHONIOENCODING"] = "utf-8";
        start.Environment["PYTHONUTF8"] = "1";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} failed (is {package} installed?): {errors.Result}");
        return output;
    }
}
