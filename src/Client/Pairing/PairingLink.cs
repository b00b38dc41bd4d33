using System.Diagnostics.CodeAnalysis;
using System.Text;
using Candor.Protocol;

namespace Candor.Client.Pairing;

/// <summary>How a pairing is found: by its code as a person types it, or by the link in a QR code, which also says what the new device committed to.</summary>
/// <param name="Code">Nine digits.</param>
/// <param name="Server">The server's name; empty where only the code is known.</param>
/// <param name="Commitment">Null where only the code is known.</param>
public sealed record PairingLink(string Code, string Server, Hash32? Commitment)
{
    private const string Scheme = "candor:pair/";

    /// <summary>No link of ours is longer: a server's name is at most 255 bytes, three characters each where it is escaped.</summary>
    private const int Longest = 1024;

    private const int LongestServer = 255;

    /// <summary>493028117 as 493-028-117.</summary>
    public static string Spaced(string code) => $"{code[..3]}-{code[3..6]}-{code[6..]}";

    /// <summary><c>candor:pair/server name/code/commitment</c>, or the code alone.</summary>
    public override string ToString() => Commitment is { } commitment ? $"{Scheme}{Uri.EscapeDataString(Server)}/{Code}/{commitment}" : Spaced(Code);

    /// <summary>Reads a link, or a code with white space and dashes anywhere. Total.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out PairingLink? link)
    {
        link = null;
        string trimmed = text.Trim();
        if (trimmed.Length > Longest) return false;
        if (!trimmed.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            string digits = string.Concat(trimmed.Where(c => !char.IsWhiteSpace(c) && c is not ('-' or '\u2010' or '\u2011' or '\u2012' or '\u2013' or '\u2212')));
            if (PairingRules.IsCode(digits)) link = new(digits, "", null);
            return link is not null;
        }
        if (trimmed[Scheme.Length..].Split('/') is not [{ Length: > 0 } server, var code, var hash]) return false;
        if (!PairingRules.IsCode(code) || !Hash32.TryParseHex(hash, out var commitment)) return false;
        string name = Uri.UnescapeDataString(server);
        if (Encoding.UTF8.GetByteCount(name) > LongestServer) return false;
        link = new(code, name, commitment);
        return true;
    }
}
