using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Candor.Protocol;

/// <summary>How a holder signs a request: the one form of RFC 9421 that spec/http-api.md §1 allows. Both sides build the base here. Pure.</summary>
/// <param name="Created">Unix seconds.</param>
/// <param name="Nonce">16 lowercase hex digits, random.</param>
/// <param name="KeyId">The holder.</param>
/// <param name="Signature">64 bytes of Ed25519 over <see cref="Base"/>.</param>
public sealed record RequestSignature(long Created, string Nonce, Id KeyId, ReadOnlyMemory<byte> Signature)
{
    public const string InputHeader = "Signature-Input";
    public const string SignatureHeader = "Signature";
    public const string DigestHeader = "Content-Digest";

    /// <summary>Public keys of a holder that no account knows yet: <see cref="HolderKeys.ToHeader"/>.</summary>
    public const string HolderHeader = "Candor-Holder";

    public const string InviteHeader = "Candor-Invite";
    public const string AccountHeader = "Candor-Account";

    /// <summary>Hex digits in a nonce.</summary>
    public const int NonceLength = 16;

    /// <summary>How far <see cref="Created"/> may be from the server's clock, in seconds.</summary>
    public const int MaxSkew = 300;

    private const string Label = "c=";
    private const string Components = "(\"@method\" \"@authority\" \"@path\" \"@query\" \"content-digest\")";
    private const string DigestStart = "sha-256=:";

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    // The whole header is shorter: the label, the components, 20 digits, the nonce, the key id and the words between.
    private const int MaxInput = 256;

    /// <summary>The bytes that are signed (RFC 9421 §2.5).</summary>
    /// <param name="method">Upper case, as sent.</param>
    /// <param name="authority">Host in lower case, without a default port.</param>
    /// <param name="path">As sent, percent-encoding untouched.</param>
    /// <param name="query">"?" and the query as sent; "?" alone where there is none.</param>
    /// <param name="contentDigest">The value of Content-Digest.</param>
    /// <param name="created">Unix seconds.</param>
    /// <param name="nonce">16 hex digits.</param>
    /// <param name="keyId">The holder.</param>
    public static byte[] Base(
        string method, string authority, string path, string query, ReadOnlySpan<char> contentDigest, long created, string nonce, Id keyId)
    {
        var text = new StringBuilder(512);
        text.Append("\"@method\": ").Append(method).Append('\n');
        text.Append("\"@authority\": ").Append(authority).Append('\n');
        text.Append("\"@path\": ").Append(path).Append('\n');
        text.Append("\"@query\": ").Append(query).Append('\n');
        text.Append("\"content-digest\": ").Append(contentDigest).Append('\n');
        text.Append("\"@signature-params\": ").Append(Parameters(created, nonce, keyId));
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The value of Content-Digest for a body with this hash (RFC 9530).</summary>
    public static string ContentDigest(in Hash32 hash) => $"{DigestStart}{hash.ToBase64()}:";

    /// <summary>Total. One spelling only.</summary>
    public static bool TryParseDigest([NotNullWhen(true)] string? text, out Hash32 hash)
    {
        hash = default;
        return text is not null && text.StartsWith(DigestStart, StringComparison.Ordinal) && text.EndsWith(':')
            && text.Length > DigestStart.Length
            && Hash32.TryParseBase64(text.AsSpan(DigestStart.Length, text.Length - DigestStart.Length - 1), out hash);
    }

    /// <summary>The value of Signature-Input.</summary>
    public static string FormatInput(long created, string nonce, Id keyId) => Label + Parameters(created, nonce, keyId);

    /// <summary>The value of Signature.</summary>
    public static string FormatSignature(ReadOnlySpan<byte> signature) => $"{Label}:{Convert.ToBase64String(signature)}:";

    /// <summary>Reads the values of both headers. Total; anything but the form that <see cref="FormatInput"/> and <see cref="FormatSignature"/> write is false.</summary>
    public static bool TryParse(string? input, string? signature, [NotNullWhen(true)] out RequestSignature? parsed)
    {
        parsed = null;
        if (input is null or { Length: > MaxInput } || signature is null) return false;
        var rest = input.AsSpan();
        if (!Take(ref rest, Label + Components + ";created=")) return false;
        int end = rest.IndexOf(';');
        if (end is < 1 or > 19 || !long.TryParse(rest[..end], NumberStyles.None, CultureInfo.InvariantCulture, out long created)) return false;
        rest = rest[end..];
        if (!Take(ref rest, ";nonce=\"") || rest.Length < NonceLength) return false;
        string nonce = rest[..NonceLength].ToString();
        rest = rest[NonceLength..];
        if (!Take(ref rest, "\";keyid=\"") || rest.Length < 2 * Id.Size || !Id.TryParse(rest[..(2 * Id.Size)].ToString(), out var keyId)) return false;
        // Leading zeros, digits that are no hex and whatever follows: only text that is written again the same way is taken.
        if (!IsNonce(nonce) || input != FormatInput(created, nonce, keyId)) return false;

        const int encoded = 88; // 64 bytes in base64
        if (signature.Length != Label.Length + 1 + encoded + 1) return false;
        var bytes = new byte[Leaf.SignatureSize];
        if (!Convert.TryFromBase64Chars(signature.AsSpan(Label.Length + 1, encoded), bytes, out int written) || written != bytes.Length) return false;
        if (signature != FormatSignature(bytes)) return false;
        parsed = new(created, nonce, keyId, bytes);
        return true;
    }

    private static string Parameters(long created, string nonce, Id keyId) =>
        string.Create(CultureInfo.InvariantCulture, $"{Components};created={created};nonce=\"{nonce}\";keyid=\"{keyId}\";alg=\"ed25519\"");

    private static bool IsNonce(string nonce) => !nonce.AsSpan().ContainsAnyExcept(HexDigits);

    private static bool Take(ref ReadOnlySpan<char> text, string expected)
    {
        if (!text.StartsWith(expected, StringComparison.Ordinal)) return false;
        text = text[expected.Length..];
        return true;
    }
}
