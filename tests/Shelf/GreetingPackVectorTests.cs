using System.Text.Json.Nodes;
using Candor.Shelf.Packs;
using Candor.Tests.Vectors;

namespace Candor.Tests.Shelf;

/// <summary>spec/vectors/greeting-pack.json: texts that are fit to be sent and those that are not; packs that are read and those that are refused, each by its reason.</summary>
public class GreetingPackVectorTests
{
    /// <summary>The names of the page, and what this program's sentences have of them.</summary>
    private static readonly Dictionary<string, string> Said = new()
    {
        ["empty"] = "is empty",
        ["too-long"] = "longer than",
        ["bad-character"] = "not for text messages",
        ["number"] = "phone number",
        ["link"] = "a link",
        ["bad-size"] = "no size",
        ["malformed"] = "not of the form",
        ["bad-entries"] = "not in order, not different or not fit",
    };

    [Fact]
    public void EveryCaseHolds()
    {
        foreach (var c in VectorFile.Read("greeting-pack.json", "Texts (greeting-pack.md §2), likenesses, and packs (§3).", Make))
        {
            string name = (string)c["name"]!;
            string? reason = null;
            if (c["likeness"] is { } likeness) Assert.True(GreetingText.Likeness((string)c["text"]!) == (string)likeness!, name);
            else if (c["text"] is { } text) reason = GreetingText.Problem((string)text!);
            else if (GreetingPack.TryRead(File(c), out var pack, out string refused))
            {
                Assert.Equal(((string)c["id"]!, (string)c["language"]!, (long)c["version"]!, (int)c["entries"]!), (pack.Id, pack.Language, pack.Version, pack.Entries.Count));
                Assert.Equal(File(c), pack.Encode());
            }
            else reason = refused;
            Assert.True(reason is null == (bool)c["valid"]!, $"{name}: {reason}");
            if (reason is not null) Assert.Contains(Said[(string)c["error"]!], reason, StringComparison.Ordinal);
        }
    }

    private static byte[] File(JsonObject c)
    {
        byte[] file = new byte[(int)c["size"]!];
        c.Bytes("head").CopyTo(file, 0);
        return file;
    }

    private static IEnumerable<JsonObject> Make() => [.. Texts(), .. Likenesses(), .. Packs()];

    private static IEnumerable<JsonObject> Texts()
    {
        foreach (var (text, error) in new (string, string)[]
        {
            ("2026, 2027 and 1,000 kisses!", ""), ("می‌خواهم 👩‍👩‍👧", ""), ("Wait... what?", ""), ("one\ntwo", ""), ("a @ b, c.d", ""), ("12-34 56", ""), (new('a', 1000), ""), (string.Concat(Enumerable.Repeat("🙂", 1000)), ""),
            ("", "empty"), (new('a', 1001), "too-long"), ("a\u202eb", "bad-character"), ("a\u2066b", "bad-character"), ("a\u0007b", "bad-character"), ("a\rb", "bad-character"), ("a\ufeffb", "bad-character"), ("a\u200fb", "bad-character"),
            ("a\ue000b", "bad-character"), ("a\U000E0041b", "bad-character"), ("a\u0378b", "bad-character"), ("Call +49 (170) 123-45.67", "number"), ("Call ٠١٢٣٤٥٦", "number"), ("1\u20102\u00a03\u20134 5/6.7", "number"),
            ("See http://a", "link"), ("See WWW.a", "link"), ("See evil.example now", "link"), ("Write to me@home", "link"), ("e.g. x.yz", "link"), ("è@9", "link"),
        })
        {
            var c = new JsonObject { ["name"] = $"text: {(text.Length > 40 ? $"{text.Length} units of {text[..2]}" : string.Concat(text.Select(u => u is >= ' ' and < '\x7f' ? $"{u}" : $"\\u{(int)u:x4}")))}", ["valid"] = error.Length == 0, ["text"] = text };
            if (error.Length > 0) c["error"] = error;
            yield return c;
        }
    }

    private static IEnumerable<JsonObject> Likenesses() => new[] { "Ｈappy  birthday…", "ÇA VA?", "İstanbul ΣΑΣ", "keycap 1\ufe0f\u20e3 ½ ♥ ٣", "कि ज़्यादा" }
        .Select(t => new JsonObject { ["name"] = $"likeness: {t}", ["valid"] = true, ["text"] = t, ["likeness"] = GreetingText.Likeness(t) });

    private static IEnumerable<JsonObject> Packs()
    {
        byte[] good = GreetingPack.Build("candor", "zh-Hans", 3, [new("qixi", GreetingKind.Poem, "银河那么宽,\n我只有一只小船。", "a", "CC0-1.0"), new("qixi", GreetingKind.Message, "One.", "a", "b"), new("qixi", GreetingKind.Message, "Two.", "a", "b")]).Encode();
        yield return Pack("a pack", good, ("candor", "zh-Hans", 3, 3));
        yield return Pack("a pack without entries", GreetingPack.Build("x", "de", 1, []).Encode(), ("x", "de", 1, 0));
        yield return Pack("a larger class", GreetingPack.Build("x", "en", 1, Enumerable.Range(0, 200).Select(i => new Greeting("x", GreetingKind.Joke, $"{new string('a', 90)} {i}", "a", "b"))).Encode(), ("x", "en", 1, 200));
        yield return Bad("one byte less", good[..^1], "bad-size");
        yield return Bad("no bytes", [], "bad-size");
        yield return Bad("a class too large", [.. good, .. new byte[good.Length]], "bad-size");
        yield return Bad("padding that is not zeros", Set(good, ^1, 1), "bad-size");
        yield return Bad("a length beyond the file", Set(good, 0, 255), "bad-size");
        yield return Bad("a length that cuts the value", Set(good, 3, (byte)(good[3] - 1)), "bad-size");
        yield return Bad("four fields", Set(good, 4, 0x84), "malformed");
        yield return Bad("another format", Set(good, 5, 2), "malformed");
        yield return Bad("an id in capitals", Set(good, 7, (byte)'C'), "malformed");
        yield return Bad("a language in capitals", Set(good, 14, (byte)'Z'), "malformed");
        yield return Bad("version 0", Set(good, 21, 0), "malformed");
        int one = good.AsSpan().IndexOf("One."u8), two = good.AsSpan().IndexOf("Two."u8);
        yield return Bad("entries out of order", Put(Put(good, one, "Two."u8), two, "One."u8), "bad-entries");
        yield return Bad("one entry twice", Put(good, two, "One."u8), "bad-entries");
        yield return Bad("two that differ in punctuation", Put(good, two, "One?"u8), "bad-entries");
        yield return Bad("a link", Put(good, two, "a.bc"u8), "bad-entries");
    }

    private static JsonObject Pack(string name, byte[] file, (string Id, string Language, long Version, int Entries) read) => new()
    {
        ["name"] = name,
        ["valid"] = true,
        ["head"] = Head(file),
        ["size"] = file.Length,
        ["id"] = read.Id,
        ["language"] = read.Language,
        ["version"] = read.Version,
        ["entries"] = read.Entries,
    };

    private static JsonObject Bad(string name, byte[] file, string error) => new() { ["name"] = name, ["valid"] = false, ["head"] = Head(file), ["size"] = file.Length, ["error"] = error };

    /// <summary>The file without the zeros at its end.</summary>
    private static string Head(byte[] file) => VectorFile.Hex(file.AsSpan()[..(file.AsSpan().LastIndexOfAnyExcept((byte)0) + 1)]);

    private static byte[] Set(byte[] bytes, Index at, byte value)
    {
        byte[] copy = [.. bytes];
        copy[at] = value;
        return copy;
    }

    private static byte[] Put(byte[] bytes, int at, ReadOnlySpan<byte> text)
    {
        byte[] copy = [.. bytes];
        text.CopyTo(copy.AsSpan(at));
        return copy;
    }
}
