using System.Globalization;
using System.Text.RegularExpressions;

namespace Candor.Formats.Takeout;

/// <summary>A file name of an export, taken apart: "IMG_1-edited(2).jpg" is "IMG_1-edited", 2, ".jpg".</summary>
/// <param name="Base">Without number and extension.</param>
/// <param name="Number">Of "(n)" at the end of the stem, which tells files of one name apart; 0 for none.</param>
/// <param name="Extension">With its dot, or "".</param>
internal sealed partial record TakeoutName(string Base, int Number, string Extension)
{
    /// <summary>Sidecar names are cut here, before ".json" and before the number. UTF-16 units, as the export counts them.</summary>
    public const int MaxKey = 46;

    /// <summary>Sidecars have carried this since October 2024; before, ".json" followed the file name.</summary>
    public const string Supplement = ".supplemental-metadata";

    /// <summary>
    /// Shortest key that is taken for the start of a longer name although it was cut elsewhere than at <see cref="MaxKey"/>.
    /// </summary>
    private const int MinCutKey = 40;
    private const int MaxCutKey = 60;

    /// <summary>What Google Photos appends to an edited copy, in the languages that it has been seen in.</summary>
    private static readonly string[] EditedEndings =
    [
        "-edited", "-effects", "-smile", "-mix", "-edit", "-bearbeitet", "-modifié", "-editado", "-editada", "-ha editado", "-modificato",
        "-bewerkt", "-edytowane", "-edytowany", "-redigerad", "-redigeret", "-redigert", "-muokattu", "-upraveno", "-szerkesztve",
        "-düzenlendi",
        "-отредактировано", "-編集済み", "-已修改", "-已编辑", "-已編輯", "-수정됨",
    ];

    public string Marker => Number == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"({Number})");

    /// <summary>The file name without its number.</summary>
    public string Plain => Base + Extension;

    public string Full => Base + Marker + Extension;

    public static TakeoutName OfFile(string name)
    {
        // Whatever follows the last dot, as the export sees it: of "21.12(1).11 - 1" it is ".11 - 1".
        var dot = name.LastIndexOf('.');
        var (stem, number) = Split(dot > 0 ? name[..dot] : name);
        return new TakeoutName(stem, number, dot > 0 ? name[dot..] : "");
    }

    /// <summary>A sidecar's name without ".json": what was cut and numbered.</summary>
    public static (string Key, int Number) OfSidecar(string name) => Split(name[..^".json".Length]);

    private static (string Stem, int Number) Split(string stem)
    {
        var match = TrailingNumber().Match(stem);
        return match.Success
            ? (stem[..match.Index], int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture))
            : (stem, 0);
    }

    public static string Cut(string key) => key.Length <= MaxKey ? key : key[..MaxKey];

    /// <summary>
    /// The sidecar keys this file may have, the likeliest first: new style, old style; the number moved to the end, or left.
    /// </summary>
    public IEnumerable<(string Key, int Number, TakeoutRule Rule)> Keys()
    {
        if (Number > 0)
        {
            yield return (Cut(Plain + Supplement), Number, TakeoutRule.Numbered);
            yield return (Cut(Plain), Number, TakeoutRule.Numbered);
        }
        yield return (Cut(Full + Supplement), 0, (Full + Supplement).Length > MaxKey ? TakeoutRule.Clipped : TakeoutRule.Exact);
        yield return (Cut(Full), 0, Full.Length > MaxKey ? TakeoutRule.Clipped : TakeoutRule.Exact);
    }

    /// <summary>Keys that were cut a little before or behind the usual place.</summary>
    public IEnumerable<string> OddCuts()
    {
        var whole = Plain + Supplement;
        for (var length = Math.Min(whole.Length, MaxCutKey); length >= MinCutKey; length--)
            yield return whole[..length];
    }

    /// <summary>The key without any part of ".supplemental-metadata" at its end: the file name, whole or cut.</summary>
    public static string Core(string key)
    {
        var dot = key.LastIndexOf('.');
        return dot > 0 && Supplement.StartsWith(key.AsSpan(dot), StringComparison.Ordinal) ? key[..dot] : key;
    }

    /// <summary>The name of the photo that this is an edited copy of, as far as the name tells; null if it does not.</summary>
    public TakeoutName? Original()
    {
        foreach (var ending in EditedEndings)
        {
            if (Base.Length > ending.Length && Base.EndsWith(ending, StringComparison.OrdinalIgnoreCase))
                return this with { Base = Base[..^ending.Length] };
        }
        // Long names lose the end of "-edited" too.
        var dash = Base.LastIndexOf('-');
        return Full.Length >= MaxKey && dash > 0 && Base.Length - dash >= 2
            && "-edited".StartsWith(Base.AsSpan(dash), StringComparison.Ordinal)
            ? this with { Base = Base[..dash] }
            : null;
    }

    [GeneratedRegex(@"\(([0-9]{1,5})\)$", RegexOptions.CultureInvariant | RegexOptions.RightToLeft)]
    private static partial Regex TrailingNumber();
}
