using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Candor.Formats.Contacts;

/// <summary>Bytes to text for a format whose files name a character set, name the wrong one, or name none.</summary>
/// <remarks>Invalid bytes never throw: exceptions by the thousand are how a small file takes a minute.</remarks>
internal static class Charsets
{
    private static readonly DecoderReplacementFallback Mark = new("\uFFFD");
    private static readonly ConcurrentDictionary<string, Encoding> Known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Longest name that is looked up. IANA's longest is 45 characters.</summary>
    private const int MaxName = 48;

    public static Encoding? Find(string name)
    {
        name = name.Trim();
        if (name.Length is 0 or > MaxName) return null;
        if (Known.TryGetValue(name, out var known)) return known;
        var found = Create(name.ToLowerInvariant());
        return found is null ? null : Known.GetOrAdd(name, found);
    }

    private static Encoding? Create(string name)
    {
        int? page = name switch
        {
            "utf-8" or "utf8" or "unicode-1-1-utf-8" => 65001,
            "us-ascii" or "ascii" => 20127,
            "iso-8859-1" or "iso8859-1" or "8859-1" or "latin1" or "latin-1" or "l1" => 28591,
            "utf-16" or "utf-16le" or "utf16" or "unicode" => 1200,
            "utf-16be" => 1201,
            "sjis" or "x-sjis" or "shift-jis" => 932,
            "gbk" or "x-gbk" or "gb2312" => 936,
            "big-5" or "x-big5" => 950,
            "euc-kr" or "ksc5601" or "ks_c_5601" => 949,
            _ => null,
        };
        if (page is null)
            foreach (var prefix in (ReadOnlySpan<string>)["windows-", "cp", "cp-", "ms", "x-cp", "ibm"])
                if (name.StartsWith(prefix, StringComparison.Ordinal)
                    && int.TryParse(name.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) page = number;
        if (page is 65001 or 20127 or 28591 or 1200 or 1201) return Encoding.GetEncoding(page.Value, EncoderFallback.ReplacementFallback, Mark);
        return page is { } legacy
            ? CodePagesEncodingProvider.Instance.GetEncoding(legacy, EncoderFallback.ReplacementFallback, Mark)
            : CodePagesEncodingProvider.Instance.GetEncoding(name, EncoderFallback.ReplacementFallback, Mark);
    }

    /// <summary>Decodes as declared where that can be true, else as UTF-8, else as the likeliest legacy set. <paramref name="lie"/> says so.</summary>
    public static string Decode(ReadOnlySpan<byte> bytes, string? declared, out string? lie)
    {
        lie = null;
        if (System.Text.Ascii.IsValid(bytes) && !IsStateful(declared)) return Encoding.ASCII.GetString(bytes);
        var encoding = declared is null ? Encoding.UTF8 : Find(declared);
        if (declared is not null && encoding is null) lie = $"unknown character set '{Shown(declared)}'";
        // A single-byte set accepts any bytes, so UTF-8 that is declared as one shows only by being valid UTF-8.
        if (Utf8.IsValid(bytes) && (encoding is null || encoding.CodePage == 65001 || encoding.IsSingleByte))
        {
            if (encoding is not null && encoding.CodePage is not (65001 or 20127)) lie = $"declared {Shown(declared!)}, is UTF-8";
            return Encoding.UTF8.GetString(bytes);
        }
        if (encoding is not null && encoding.CodePage != 65001)
        {
            var text = encoding.GetString(bytes);
            if (!text.Contains('\uFFFD')) return text;
        }
        if (Utf8.IsValid(bytes))
        {
            lie ??= $"declared {Shown(declared!)}, is UTF-8";
            return Encoding.UTF8.GetString(bytes);
        }
        var guess = Guess(bytes);
        lie = $"{(declared is null ? "not UTF-8" : $"not {Shown(declared)}")}, read as {guess.WebName}";
        return guess.GetString(bytes);
    }

    /// <summary>Sets in which plain ASCII bytes are not ASCII text.</summary>
    private static bool IsStateful(string? declared) =>
        declared is not null && Find(declared)?.CodePage is 1200 or 1201 or 50220 or 50221 or 50222 or 50225 or 50227 or 52936;

    private static string Shown(string name) => name.Length <= 20 ? name : name[..20] + "…";

    /// <summary>
    /// The likeliest of the sets that phones write without saying so. High bytes alone or in twos between letters are Western; runs of them
    /// that pair up as common hanzi (GB 2312 level 1, first byte B0..D7) are GBK; runs of mostly E0..FF, Cyrillic lower case, are windows-1251.
    /// </summary>
    private static Encoding Guess(ReadOnlySpan<byte> bytes)
    {
        int alone = 0, pairs = 0, common = 0, cyrillic = 0, inRuns = 0;
        var canPair = true;
        for (var i = 0; i < bytes.Length;)
        {
            if (bytes[i] < 0x80)
            {
                i++;
                continue;
            }
            var start = i;
            while (i < bytes.Length && bytes[i] >= 0x80) i++;
            var run = bytes[start..i];
            if (run.Length <= 2) alone += run.Length;
            else inRuns += run.Length;
            canPair &= run.Length % 2 == 0 && !run.ContainsAnyExceptInRange((byte)0xA1, (byte)0xFE);
            foreach (var b in run) cyrillic += b >= 0xE0 ? 1 : 0;
            for (var j = 0; j + 1 < run.Length; j += 2)
            {
                pairs++;
                common += run[j] is >= 0xB0 and <= 0xD7 ? 1 : 0;
            }
        }
        var name = canPair && pairs > 0 && common * 3 >= pairs * 2 ? "gbk"
            : inRuns > alone && cyrillic * 2 > inRuns ? "windows-1251"
            : "windows-1252";
        return Find(name)!;
    }
}
