namespace Candor.Bench.SamplePhone;

/// <summary>A believable phone as a device folder, and in an inbox what its apps exported. The same seed, the same bytes.</summary>
internal static class Phone
{
    public const int People = 324;
    public const int InboxCards = 20;
    public const int Sms = 4_200;
    public const int Mms = 48;
    public const string MessagesName = "inbox/sms-20250601083000.xml";
    public const string CardsName = "inbox/contacts.vcf";

    /// <summary>Path below the folder and bytes of every file, kind by kind.</summary>
    public static IEnumerable<(string Kind, string Path, byte[] Bytes)> Files(int seed)
    {
        // Each kind draws its own numbers, so that a change to one leaves the others as they were.
        var people = Person.Draw(People + InboxCards - 2, new Random(seed));
        foreach (var (name, bytes) in ContactFiles.Folder(people[..People], Sequence(seed, 1)))
            yield return ("contacts", $"contacts/{name}", bytes);
        foreach (var (name, bytes) in NoteFiles.Folder(Sequence(seed, 2)))
            yield return ("notes", $"notes/{name}", bytes);
        yield return ("inbox", MessagesName, Messages(people, Sequence(seed, 3)));
        yield return ("inbox", CardsName, ContactFiles.Inbox(people, people[People..]));
        foreach (var (name, bytes) in PhotoFiles.Folder(Sequence(seed, 4)))
            yield return ("photos", $"photos/{name}", bytes);
    }

    private static byte[] Messages(Person[] people, Random random)
    {
        using var file = new MemoryStream();
        new MessageFile(people, random, Sms, Mms, index => Pictures.Landscape(640, 480, index, random, quality: 80)).Write(file);
        return file.ToArray();
    }

    private static Random Sequence(int seed, int kind) => new(unchecked(seed * 31 + kind));

    public static void Write(string folder, int seed, TextWriter report)
    {
        var kinds = new SortedDictionary<string, (int Files, long Bytes)>(StringComparer.Ordinal);
        foreach (var (kind, path, bytes) in Files(seed))
        {
            var target = Path.Join(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllBytes(target, bytes);
            var (files, sum) = kinds.GetValueOrDefault(kind);
            kinds[kind] = (files + 1, sum + bytes.Length);
        }
        foreach (var (kind, (files, sum)) in kinds)
            report.WriteLine($"{kind,-9} {files,6} files {sum,12} bytes");
    }
}
