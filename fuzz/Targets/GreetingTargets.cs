using System.Text;
using Candor.Shelf.Packs;

namespace Candor.Fuzz;

/// <summary>Greetings: sources and packs of strangers, which people send on.</summary>
internal static class GreetingTargets
{
    private static readonly GreetingOrigin Origin = new("zh-Hans", "poem", GreetingKind.Poem, "unknown", "public domain");

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("greeting-source", "Every entry that comes back is fit to be sent, and a pack of them is read again.",
            () => [.. new[]
            {
                "language: en\noccasion: birthday\nkind: message\nauthor: a\nlicence: CC0-1.0\n\nHappy birthday!\n%\nAnother year.\n% joke\nHa.\n% poem\none\ntwo\n",
                "language: fa\r\noccasion: x\r\nkind: joke\r\nauthor: a\r\nlicence: MIT\r\n\r\nمی‌خواهم\r\n%\r\n‮evil\r\n%\r\n+49 170 1234567\r\n%\r\nhttps://a.example\r\n",
                "\u001b[32m春眠不覺曉\u001b[m\n\t處處聞啼鳥\n%\n夜來風雨聲\n%\n",
            }.Select(Encoding.UTF8.GetBytes)], bytes =>
            {
                Fit(GreetingSource.Read(bytes));
                Fit(GreetingSource.ReadFortunes(bytes, Origin));
            }, "GreetingSource.Read", "GreetingSource.ReadFortunes") { Pieces = [.. Targets.TextPieces, .. new[] { "%\n", "% joke\n", "\u001b[1m", "\u202e", "\u200d", "e\u0301", "www.", "a.bc", "@" }.Select(Encoding.UTF8.GetBytes)] },
        new("greeting-pack", "A pack or a reason; a pack has one encoding, and all its entries are fit to be sent.", Packs, bytes =>
            {
                if (GreetingPack.TryRead(bytes, out var pack, out string reason))
                {
                    Claim.Same(bytes, pack.Encode(), "A pack that is written otherwise than it was read.");
                    Claim.Holds(pack.Entries.All(e => GreetingText.Problem(e.Text) is null), "An entry that is not fit to be sent.");
                }
                else Claim.Holds(reason.Length > 0, "Refused without a reason.");
            }, "GreetingPack.TryRead") { Pieces = Targets.CborPieces },
    ];

    private static void Fit(GreetingSource source)
    {
        Claim.Holds(source.Entries.All(e => GreetingText.Problem(e.Text) is null), "An entry that is not fit to be sent.");
        if (source.Entries.Count is 0 or > 1000) return;
        byte[] file = GreetingPack.Build("fuzz", source.Language, 1, source.Entries).Encode();
        Claim.Holds(GreetingPack.TryRead(file, out _, out string reason), $"A pack of ours is refused: {reason}");
    }

    private static byte[][] Packs() =>
    [
        GreetingPack.Build("candor", "en", 1, [new("birthday", GreetingKind.Message, "Happy birthday!", "a", "CC0-1.0"), new("birthday", GreetingKind.Joke, "Ha.", "a", "CC0-1.0")]).Encode(),
        GreetingPack.Build("x", "zh-Hans", 7, [new("qixi", GreetingKind.Poem, "银河那么宽,\n我只有一只小船。", "a", "CC0-1.0")]).Encode(),
        GreetingPack.Build("x", "de", 1, []).Encode(),
    ];
}
