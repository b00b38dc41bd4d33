using System.Globalization;
using System.Text;

namespace Candor.Bench.SamplePhone;

/// <summary>Notes as Markdown: plain ones, ones with front matter, lists to tick, folders, attachments beside.</summary>
internal static class NoteFiles
{
    public const int LongNoteParagraphs = 900;

    private static readonly (string Folder, string Code, string[] Titles)[] Shelves =
    [
        ("", "en", ["Books to read", "Wi-Fi at the cabin", "Gift ideas", "What the plumber said", "Bike service", "Words I like", "Dreams", "Phone numbers of the house"]),
        ("Recipes", "en", ["Lentil soup", "Sourdough, third try", "Plum cake", "Pickled cucumbers", "Pancakes for eight", "Grandmother's dumplings", "Green curry"]),
        ("Travel/Alps 2024", "en", ["Packing list", "Huts and distances", "Day one", "Day two", "Day three", "Train times"]),
        ("Work", "en", ["Standup", "Questions for the review", "Offsite agenda", "Things I broke", "Salary talk", "Handover"]),
        ("Haus", "de", ["Einkauf", "Gartenplan", "Zählerstände", "Handwerker", "Schlüssel", "Umzug"]),
        ("Семья", "ru", ["Список покупок", "Дни рождения", "Рецепт борща", "Дача"]),
        ("Σπίτι", "el", ["Λίστα", "Ταξίδι στην Κρήτη", "Συνταγές"]),
        ("عائلة", "ar", ["قائمة المشتريات", "أفكار", "السفر"]),
        ("בית", "he", ["רשימת קניות", "רעיונות", "מתכונים"]),
        ("घर", "hi", ["ख़रीदारी", "यात्रा", "विचार"]),
        ("家", "zh", ["购物清单", "旅行计划", "读书笔记", "想法"]),
        ("日記", "ja", ["買い物", "京都の旅", "読みたい本", "レシピ"]),
        ("가족", "ko", ["장보기", "여행 계획", "생각"]),
    ];

    /// <summary>Name below "notes/" and bytes of each file; attachments among them.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Folder(Random random)
    {
        var number = 0;
        foreach (var (folder, code, titles) in Shelves)
        {
            foreach (var title in titles)
                yield return (Path.Join(folder, title + ".md").Replace('\\', '/'), Encoding.UTF8.GetBytes(Note(title, code, number++, random)));
        }
        yield return ("Travel/Alps 2024/At the lake.md", """
            ---
            title: At the lake
            tags: [travel, photos]
            created: 2024-07-14T18:20:00+02:00
            ---
            We came down from the pass at six and had the shore to ourselves.

            ![The lake at dusk](attachments/lake.jpg)

            The hut's [price list](attachments/prices.txt) for next year.

            """u8.ToArray());
        yield return ("Travel/Alps 2024/attachments/lake.jpg", Pictures.Landscape(1024, 768, 5, random));
        yield return ("Travel/Alps 2024/attachments/prices.txt", "Bed in the dormitory   28\nSoup                    9\nHot water, a litre      4\n"u8.ToArray());
        yield return ("Long walk.md", Encoding.UTF8.GetBytes(LongNote(random)));
    }

    private static string Note(string title, string code, int number, Random random)
    {
        var note = new StringBuilder();
        var created = new DateTime(2022, 1, 3, 8, 0, 0, DateTimeKind.Utc).AddHours(number * 437);
        if (number % 3 == 0)
        {
            note.Append("---\n").Append(CultureInfo.InvariantCulture, $"title: \"{title}\"\ntags: [{(number % 2 == 0 ? "home, list" : "ideas")}]\n");
            note.Append(CultureInfo.InvariantCulture, $"created: {created:yyyy-MM-dd'T'HH:mm:ss'Z'}\nupdated: {created.AddDays(number):yyyy-MM-dd'T'HH:mm:ss'Z'}\n");
            if (number % 9 == 0)
                note.Append("pinned: true\n");
            if (number % 12 == 3)
                note.Append("mood: [curious, \"a little tired\"]\nx-app:\n  window: 3\n");
            note.Append("---\n");
        }
        note.Append("# ").Append(title).Append("\n\n");
        for (var paragraph = random.Next(1, 4); paragraph > 0; paragraph--)
        {
            for (var sentence = random.Next(1, 5); sentence > 0; sentence--)
                note.Append(Phrases.Of(code, random)).Append(sentence > 1 ? " " : "\n\n");
        }
        if (number % 2 == 1)
        {
            for (var item = random.Next(3, 9); item > 0; item--)
                note.Append(random.Next(3) == 0 ? "- [x] " : "- [ ] ").Append(Phrases.Of(code, random)).Append('\n');
        }
        if (number % 5 == 4)
            note.Append("\n| what | how many |\n|---|---|\n| eggs | 6 |\n| flour | 500 g |\n\n> ").Append(Phrases.Of(code, random)).Append("\n\n```\nssh pi@192.168.0.20\n```\n\n#home #list\n");
        return note.ToString();
    }

    private static string LongNote(Random random)
    {
        string[] codes = [.. Phrases.ByLanguage.Keys];
        var note = new StringBuilder("# Long walk\n\nWritten down along the way, in whatever language was spoken.\n\n");
        for (var paragraph = 0; paragraph < LongNoteParagraphs; paragraph++)
        {
            if (paragraph % 60 == 0)
                note.Append(CultureInfo.InvariantCulture, $"## Day {paragraph / 60 + 1}\n\n");
            var code = codes[random.Next(codes.Length)];
            for (var sentence = random.Next(2, 6); sentence > 0; sentence--)
                note.Append(Phrases.Of(code, random)).Append(' ');
            note.Append("\n\n");
        }
        return note.ToString();
    }
}
