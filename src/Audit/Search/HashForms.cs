using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Candor.Audit.Search;

/// <summary>A form that counts from its first <paramref name="Least"/> bytes on.</summary>
internal readonly record struct HashForm(byte[] Bytes, int Least, string Form, bool AnyCase);

/// <summary>Digests of a text as programs write them: hex, base64, raw, whole or cut.</summary>
/// <remarks>A digest is found from 16 hex digits, 16 characters of base64 or 8 raw bytes on; the middle 16 hex digits of MD5 are a form of their own (common in China).</remarks>
internal static class HashForms
{
    private const int LeastHex = 16, LeastBase64 = 16, LeastRaw = 8;

    public static readonly string[] Common = ["md5", "sha1", "sha256", "sha512"];

    public static IEnumerable<HashForm> Of(string text, IReadOnlyList<string> algorithms) => Of(Encoding.UTF8.GetBytes(text), algorithms);

    public static IEnumerable<HashForm> Of(byte[] input, IReadOnlyList<string> algorithms)
    {
        foreach (string name in algorithms)
        {
            byte[] digest = Digest(name, input);
            string hex = Convert.ToHexStringLower(digest), base64 = Convert.ToBase64String(digest).TrimEnd('='), url = base64.Replace('+', '-').Replace('/', '_');
            yield return new(Ascii(hex), LeastHex, name + ", hex", true);
            if (name == "md5") yield return new(Ascii(hex[8..24]), 16, "md5, middle 16 hex digits", true);
            yield return new(Ascii(base64), LeastBase64, name + ", base64", false);
            if (url != base64) yield return new(Ascii(url), LeastBase64, name + ", base64url", false);
            yield return new(digest, LeastRaw, name + ", raw", false);
        }
    }

    /// <summary>Every way to set one of each kind of id, nothing, or the word "null" in a row: what programs hash to name a phone.</summary>
    /// <remarks>MiPush: SHA-1 of IMEI + Android id + serial, where a missing one is nothing or, in Java, "null".</remarks>
    public static IEnumerable<(string Text, string Form, OwnerValue Value)> Joined(IReadOnlyList<OwnerValue> values)
    {
        foreach (var imei in Choices(values, OwnerKind.Imei))
        {
            foreach (var android in Choices(values, OwnerKind.AndroidId))
            {
                foreach (var serial in Choices(values, OwnerKind.Serial))
                {
                    (OwnerValue? Value, string Text, string Name)[] parts = [imei, android, serial];
                    if (parts.Count(p => p.Text.Length > 0) < 2 || parts.All(p => p.Value is null)) continue;
                    foreach (int[] order in (int[][])[[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]])
                    {
                        var row = order.Select(i => parts[i]).ToArray();
                        yield return (string.Concat(row.Select(p => p.Text)), string.Join(" + ", row.Select(p => p.Name)), row.First(p => p.Value is not null).Value!);
                    }
                }
            }
        }
    }

    private static IEnumerable<(OwnerValue? Value, string Text, string Name)> Choices(IReadOnlyList<OwnerValue> values, OwnerKind kind)
    {
        foreach (var value in values.Where(v => v.Kind == kind)) yield return (value, value.Text, value.Label);
        yield return (null, "", "\"\"");
        yield return (null, "null", "\"null\"");
    }

    [SuppressMessage("Security", "CA5350", Justification = "Recognises what other programs send, in the digests that they use.")]
    [SuppressMessage("Security", "CA5351", Justification = "Recognises what other programs send, in the digests that they use.")]
    public static byte[] Digest(string name, ReadOnlySpan<byte> input) => name switch
    {
        "md5" => MD5.HashData(input),
        "sha1" => SHA1.HashData(input),
        "sha256" => SHA256.HashData(input),
        _ => SHA512.HashData(input),
    };

    private static byte[] Ascii(string text) => Encoding.ASCII.GetBytes(text);
}
