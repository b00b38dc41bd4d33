using System.Globalization;
using System.Text;
using Candor.Bench.SamplePhone;

namespace Candor.Bench.Loads;

/// <summary>Much of one kind: cards, messages, small notes.</summary>
internal static class ManySmall
{
    public const int Sms = 200_000;
    public const int Mms = 500;
    public const int NoteBytes = 1024;

    private const int MmsPictureBytes = 106_000;
    private const int NotesPerFolder = 1000;

    /// <summary>One card a file.</summary>
    public static void Contacts(string folder, int count, int seed, TextWriter report)
    {
        var random = new Random(seed);
        long bytes = 0;
        Directory.CreateDirectory(folder);
        var people = Person.Draw(count, random);
        for (var index = 0; index < count; index++)
        {
            var card = ContactFiles.Plain(people[index], index, random);
            File.WriteAllBytes(Path.Join(folder, people[index].Uid + ".vcf"), card);
            bytes += card.Length;
        }
        report.WriteLine($"contacts  {count,6} files {bytes,12} bytes");
    }

    /// <summary>One export.</summary>
    public static void Messages(string path, int seed, TextWriter report, int sms = Sms, int mms = Mms)
    {
        var random = new Random(seed);
        var people = Person.Draw(MessageFile.Conversations, random);
        using var file = File.Create(path);
        new MessageFile(people, random, sms, mms, index =>
        {
            var picture = new byte[MmsPictureBytes];
            new Noise((ulong)index).Fill(picture);
            (picture[0], picture[1], picture[2]) = (0xFF, 0xD8, 0xFF);
            return picture;
        }).Write(file);
        report.WriteLine($"messages  {sms + mms,6} in one file {file.Length,12} bytes");
    }

    /// <summary>Notes of exactly 1 KiB, a thousand a folder.</summary>
    public static void Notes(string folder, int count, int seed, TextWriter report)
    {
        var random = new Random(seed);
        var note = new byte[NoteBytes];
        for (var index = 0; index < count; index++)
        {
            var shelf = Path.Join(folder, (index / NotesPerFolder).ToString("0000", CultureInfo.InvariantCulture));
            if (index % NotesPerFolder == 0)
                Directory.CreateDirectory(shelf);
            Array.Fill(note, (byte)'.');
            Encoding.UTF8.GetBytes($"# Note {index}\n\n").CopyTo(note, 0);
            var at = Array.IndexOf(note, (byte)'.');
            while (Encoding.UTF8.GetBytes(Phrases.Of("en", random) + "\n") is var line && at + line.Length < NoteBytes)
            {
                line.CopyTo(note, at);
                at += line.Length;
            }
            note[^1] = (byte)'\n';
            File.WriteAllBytes(Path.Join(shelf, string.Create(CultureInfo.InvariantCulture, $"note-{index:000000}.md")), note);
        }
        report.WriteLine($"notes     {count,6} files {(long)count * NoteBytes,12} bytes");
    }
}
