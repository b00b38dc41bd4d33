using System.Diagnostics.CodeAnalysis;

namespace Candor.Oblivious;

/// <summary>A field of a message: a name in lower case and a value, both as Latin-1.</summary>
public readonly record struct BinaryField(string Name, string Value);

/// <summary>A request as binary HTTP has it (RFC 9292). Nothing of it has been judged but its form.</summary>
/// <param name="Method">A token.</param>
/// <param name="Scheme">https or another.</param>
/// <param name="Authority">Host and port; may be empty, then the field <c>host</c> says it.</param>
/// <param name="Path">With the query.</param>
/// <param name="Fields">In their order.</param>
/// <param name="Content">May be empty.</param>
public sealed record BinaryRequest(string Method, string Scheme, string Authority, string Path, IReadOnlyList<BinaryField> Fields, ReadOnlyMemory<byte> Content)
{
    /// <summary>Fields after the content.</summary>
    public IReadOnlyList<BinaryField> Trailers { get; init; } = [];

    /// <summary>Of the first field of this name; null: there is none.</summary>
    public string? this[string name] => BinaryHttp.Find(Fields, name);

    /// <summary>Reads a request of known or of indeterminate length. Total: false for everything that is not one, whole, with nothing but zeros after it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BinaryRequest? request)
    {
        request = null;
        var reader = new BinaryHttpReader(bytes);
        if (!reader.TryNumber(out ulong framing) || framing is not (BinaryHttp.KnownRequest or BinaryHttp.OpenRequest)) return false;
        bool known = framing == BinaryHttp.KnownRequest;
        if (!reader.TryText(out string method) || !BinaryHttp.IsToken(method) || !reader.TryText(out string scheme) || !BinaryHttp.IsToken(scheme)) return false;
        if (!reader.TryText(out string authority) || !BinaryHttp.IsVisible(authority) || !reader.TryText(out string path) || !BinaryHttp.IsVisible(path)) return false;
        if (!reader.TryFields(known, out var fields) || !reader.TryContent(known, out byte[] content) || !reader.TryFields(known, out var trailers) || !reader.IsPadding()) return false;
        request = new(method, scheme, authority, path, fields, content) { Trailers = trailers };
        return true;
    }

    /// <summary>Of known length; empty sections at the end are left out, and zeros make its length a multiple of <paramref name="multiple"/>.</summary>
    public byte[] ToBytes(int multiple = 1)
    {
        var writer = new BinaryHttpWriter();
        writer.Number(BinaryHttp.KnownRequest);
        writer.Text(Method);
        writer.Text(Scheme);
        writer.Text(Authority);
        writer.Text(Path);
        writer.Rest(Fields, Content.Span, Trailers);
        return writer.ToBytes(length => (length + multiple - 1) / multiple * multiple);
    }
}

/// <summary>An answer as binary HTTP has it (RFC 9292); those that only inform (1xx) are read over.</summary>
/// <param name="Status">200 to 599.</param>
/// <param name="Fields">In their order.</param>
/// <param name="Content">May be empty.</param>
public sealed record BinaryResponse(int Status, IReadOnlyList<BinaryField> Fields, ReadOnlyMemory<byte> Content)
{
    /// <summary>Fields after the content.</summary>
    public IReadOnlyList<BinaryField> Trailers { get; init; } = [];

    /// <summary>Of the first field of this name; null: there is none.</summary>
    public string? this[string name] => BinaryHttp.Find(Fields, name);

    /// <summary>Reads an answer of known or of indeterminate length. Total: false for everything that is not one, whole, with nothing but zeros after it.</summary>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out BinaryResponse? response)
    {
        response = null;
        var reader = new BinaryHttpReader(bytes);
        if (!reader.TryNumber(out ulong framing) || framing is not (BinaryHttp.KnownResponse or BinaryHttp.OpenResponse)) return false;
        bool known = framing == BinaryHttp.KnownResponse;
        ulong status;
        for (int informed = 0; ; informed++)
        {
            if (!reader.TryNumber(out status) || status is < 100 or > 599) return false;
            if (status >= 200) break;
            if (informed == BinaryHttp.MaxInformed || !reader.TryFields(known, out _)) return false;
        }
        if (!reader.TryFields(known, out var fields) || !reader.TryContent(known, out byte[] content) || !reader.TryFields(known, out var trailers) || !reader.IsPadding()) return false;
        response = new((int)status, fields, content) { Trailers = trailers };
        return true;
    }

    /// <summary>Of known length; empty sections at the end are left out.</summary>
    /// <param name="padded">From the length of the message to that with zeros after it, not below; null: none.</param>
    public byte[] ToBytes(Func<int, int>? padded = null)
    {
        var writer = new BinaryHttpWriter();
        writer.Number(BinaryHttp.KnownResponse);
        writer.Number((ulong)Status);
        writer.Rest(Fields, Content.Span, Trailers);
        return writer.ToBytes(padded ?? (length => length));
    }
}

/// <summary>What requests and answers have in common.</summary>
internal static class BinaryHttp
{
    public const ulong KnownRequest = 0, KnownResponse = 1, OpenRequest = 2, OpenResponse = 3;

    /// <summary>Most fields of one section, and most answers that only inform.</summary>
    public const int MaxFields = 256, MaxInformed = 16;

    public static string? Find(IReadOnlyList<BinaryField> fields, string name)
    {
        foreach (var field in fields)
        {
            if (field.Name == name) return field.Value;
        }
        return null;
    }

    /// <summary>RFC 9110 §5.6.2.</summary>
    public static bool IsToken(string text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) return false;
        }
        return text.Length > 0;
    }

    /// <summary>ASCII without spaces and controls; may be empty.</summary>
    public static bool IsVisible(string text) => text.AsSpan().IndexOfAnyExceptInRange('!', '~') < 0;

    /// <summary>A name in lower case, so no pseudo-field; a value without line breaks and NUL.</summary>
    public static bool IsField(string name, string value) => IsToken(name) && name.AsSpan().IndexOfAnyInRange('A', 'Z') < 0 && value.AsSpan().IndexOfAny('\r', '\n', '\0') < 0;
}
