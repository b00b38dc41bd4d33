using System.Buffers;
using System.Collections.Frozen;

namespace Candor.Formats.Contacts;

/// <summary>What the standards say about names: which are allowed, and what kind of value each property has.</summary>
internal static class VCardNames
{
    /// <summary>RFC 6350 §3.3 has letters, digits and "-"; "_" and "/" are met in names that programs made up.</summary>
    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/");

    /// <summary>A group may hold dots where a program nested them: the last dot parts it from the name.</summary>
    private static readonly SearchValues<char> GroupChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_/.");

    private static readonly SearchValues<char> NotInParameterName = SearchValues.Create("=;:,\"\r\n");

    public static bool IsName(ReadOnlySpan<char> name) => name.Length > 0 && !name.ContainsAnyExcept(NameChars);

    public static bool IsGroup(ReadOnlySpan<char> group) => group.Length > 0 && !group.ContainsAnyExcept(GroupChars);

    public static bool IsParameterName(ReadOnlySpan<char> name) => name.Length > 0 && !name.ContainsAny(NotInParameterName);

    private static readonly FrozenSet<string> Structured = Names("N", "ADR", "ORG", "GEO", "GENDER", "CLIENTPIDMAP", "X-ANDROID-CUSTOM");
    private static readonly FrozenSet<string> Listed = Names("CATEGORIES", "NICKNAME");
    private static readonly FrozenSet<string> Binary = Names("PHOTO", "LOGO", "SOUND", "KEY");
    private static readonly FrozenSet<string> Texts =
        Names("FN", "NOTE", "TITLE", "ROLE", "LABEL", "MAILER", "SORT-STRING", "NAME", "AGENT", "PRODID", "X-ABLABEL");

    private static FrozenSet<string> Names(params string[] names) => names.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    public static bool IsStructured(string name) => Structured.Contains(name);

    public static bool IsListed(string name) => Listed.Contains(name);

    public static bool IsBinary(string name) => Binary.Contains(name);

    /// <summary>One value, in which a comma or semicolon separates nothing and is best left alone: numbers, addresses, URIs, unknown names.</summary>
    public static bool IsPlain(string name) => !Structured.Contains(name) && !Listed.Contains(name) && !Texts.Contains(name);

    /// <summary><c>ENCODING=b</c>, <c>ENCODING=BASE64</c>, or the bare <c>BASE64</c> of 2.1.</summary>
    public static bool SaysBase64(VCardParameter parameter) => Says(parameter, "BASE64") || (parameter.Is("ENCODING") && Says(parameter, "B"));

    public static bool SaysQuotedPrintable(VCardParameter parameter) =>
        Says(parameter, "QUOTED-PRINTABLE") || (parameter.Is("ENCODING") && Says(parameter, "Q"));

    public static bool SaysEncoding(VCardParameter parameter) =>
        SaysBase64(parameter) || SaysQuotedPrintable(parameter) || Says(parameter, "7BIT") || Says(parameter, "8BIT");

    private static bool Says(VCardParameter parameter, string encoding) =>
        (parameter.Name.Length == 0 || parameter.Is("ENCODING")) && parameter.Values[0].Equals(encoding, StringComparison.OrdinalIgnoreCase);

    /// <summary>vCard 2.1 names where a value lives as a bare word: <c>PHOTO;URL:</c>, <c>SOUND;INLINE:</c>.</summary>
    public static bool IsBareValueKind(string value) =>
        value.Equals("INLINE", StringComparison.OrdinalIgnoreCase) || value.Equals("URL", StringComparison.OrdinalIgnoreCase)
        || value.Equals("CID", StringComparison.OrdinalIgnoreCase) || value.Equals("CONTENT-ID", StringComparison.OrdinalIgnoreCase);
}
