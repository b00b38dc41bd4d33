using System.Collections.Immutable;

namespace Candor.Formats.Contacts;

/// <summary>One parameter of a property: <c>TYPE=HOME,WORK</c>, or the bare <c>HOME</c> of vCard 2.1 with an empty name.</summary>
/// <remarks>
/// Values are plain text: quotes are off and RFC 6868 carets decoded. There is always at least one value. A comma inside a TYPE parts two
/// types even in quotes, for RFC 6350's own examples quote whole lists.
/// </remarks>
public sealed class VCardParameter : IEquatable<VCardParameter>
{
    /// <exception cref="ArgumentException">The name is not a parameter name, or there is no value.</exception>
    public VCardParameter(string name, params IEnumerable<string> values)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length > 0 && !VCardNames.IsParameterName(name)) throw new ArgumentException("Not a parameter name.", nameof(name));
        Name = name;
        if (Is("TYPE")) values = values.SelectMany(v => v.Split(',')).Select(v => v.Trim());
        Values = [.. values.Select(VCardText.WellFormed)];
        if (Values.IsEmpty) throw new ArgumentException("A parameter has a value.", nameof(values));
    }

    public string Name { get; }

    public ImmutableArray<string> Values { get; }

    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>True for TYPE, and for a bare word that names no transport encoding or value kind.</summary>
    public bool IsType => Is("TYPE") || (Name.Length == 0 && !VCardNames.SaysEncoding(this) && !VCardNames.IsBareValueKind(Values[0]));

    public bool Equals(VCardParameter? other) => other is not null && Is(other.Name) && Values.AsSpan().SequenceEqual(other.Values.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as VCardParameter);

    public override int GetHashCode() => HashCode.Combine(Name.GetHashCode(StringComparison.OrdinalIgnoreCase), Values[0], Values.Length);

    public override string ToString() => Name.Length == 0 ? string.Join(',', Values) : $"{Name}={string.Join(',', Values)}";
}

/// <summary>One content line of a card, whatever it means: what the product does not understand is kept here and written back.</summary>
/// <remarks>
/// <see cref="RawValue"/> is the value in the escaping of RFC 2426 and RFC 6350 (<c>\\ \, \; \n</c>). What vCard 2.1 does for transport is
/// resolved on reading and not part of the model: QUOTED-PRINTABLE, CHARSET, soft breaks, folding. Base64 stays, without white space.
/// Immutable, safe to share between threads. Equal by content: names without case, everything else to the letter.
/// </remarks>
public sealed class VCardProperty : IEquatable<VCardProperty>
{
    /// <summary>Components of N, ADR or ORG, values of CATEGORIES, that are split; what follows stays in the last one.</summary>
    public const int MaxValues = 10_000;

    /// <exception cref="ArgumentException">A name or group breaks the grammar, or the value holds a line break.</exception>
    public VCardProperty(string? group, string name, ImmutableArray<VCardParameter> parameters, string rawValue)
    {
        Group = CheckedGroup(group);
        Name = CheckedName(name);
        Parameters = parameters.IsDefault ? [] : parameters;
        RawValue = CheckedValue(rawValue);
    }

    /// <summary>A copy, of which the caller checks what differs.</summary>
    private VCardProperty(VCardProperty from)
    {
        (Group, Name, Parameters, RawValue) = (from.Group, from.Name, from.Parameters, from.RawValue);
    }

    private static string CheckedName(string name) =>
        VCardNames.IsName(name) ? name : throw new ArgumentException("Not a property name.", nameof(name));

    private static string? CheckedGroup(string? group) =>
        group is null || VCardNames.IsGroup(group) ? group : throw new ArgumentException("Not a group name.", nameof(group));

    private static string CheckedValue(string rawValue)
    {
        ArgumentNullException.ThrowIfNull(rawValue);
        if (rawValue.AsSpan().IndexOfAny('\r', '\n') >= 0) throw new ArgumentException("A raw value is one line.", nameof(rawValue));
        return VCardText.WellFormed(rawValue);
    }

    /// <summary>A property that holds one text, escaped as its name asks for.</summary>
    public static VCardProperty OfText(string name, string text, params ImmutableArray<VCardParameter> parameters) =>
        new(null, name, parameters, VCardNames.IsPlain(name) ? VCardText.EscapePlain(text) : VCardText.Escape(text));

    /// <summary>A property of components split by semicolons: N, ADR, ORG.</summary>
    public static VCardProperty OfComponents(string name, IEnumerable<string> components, params ImmutableArray<VCardParameter> parameters) =>
        new(null, name, parameters, string.Join(';', components.Select(VCardText.Escape)));

    /// <summary>A property of values split by commas: CATEGORIES, NICKNAME.</summary>
    public static VCardProperty OfValues(string name, IEnumerable<string> values, params ImmutableArray<VCardParameter> parameters) =>
        new(null, name, parameters, string.Join(',', values.Select(VCardText.Escape)));

    public string? Group { get; private init; }

    public string Name { get; private init; }

    public ImmutableArray<VCardParameter> Parameters { get; private init; }

    public string RawValue { get; private init; }

    public bool Is(string name) => Name.Equals(name, StringComparison.OrdinalIgnoreCase);

    public bool InGroup(string? group) => string.Equals(Group, group, StringComparison.OrdinalIgnoreCase);

    /// <summary>First value of the first parameter of this name, or null.</summary>
    public string? Parameter(string name)
    {
        foreach (var parameter in Parameters)
            if (parameter.Is(name)) return parameter.Values[0];
        return null;
    }

    /// <summary>TYPE values and the bare words of 2.1, in lower case, in order, each once.</summary>
    public ImmutableArray<string> Types =>
        Parameters.Any(p => p.IsType)
            ? [.. Parameters.Where(p => p.IsType).SelectMany(p => p.Values).Where(v => v.Length > 0).Select(v => v.ToLowerInvariant()).Distinct()]
            : [];

    public bool HasType(string type) =>
        Parameters.Any(p => p.IsType && p.Values.Any(v => v.Equals(type, StringComparison.OrdinalIgnoreCase)));

    /// <summary>True where ENCODING says that the value is base64.</summary>
    public bool IsBase64 => Parameters.Any(VCardNames.SaysBase64);

    /// <summary>The value as one text, escapes taken off.</summary>
    public string Text => VCardText.Unescape(RawValue);

    /// <summary>The value split at semicolons; commas inside a component stay in its text.</summary>
    public ImmutableArray<string> Components => [.. RawComponents.Select(VCardText.Unescape)];

    /// <summary>The value split at semicolons, escapes left on.</summary>
    public ImmutableArray<string> RawComponents => VCardText.Split(RawValue, ';', MaxValues);

    /// <summary>The value split at commas.</summary>
    public ImmutableArray<string> Values => [.. VCardText.Split(RawValue, ',', MaxValues).Select(VCardText.Unescape)];

    /// <summary>The bytes of a base64 value or <c>data:</c> URI; null where the value is neither or is damaged.</summary>
    public byte[]? Bytes => VCardBinary.Decode(this)?.Bytes;

    public VCardProperty WithGroup(string? group) => group == Group ? this : new(this) { Group = CheckedGroup(group) };

    public VCardProperty WithName(string name) => name == Name ? this : new(this) { Name = CheckedName(name) };

    public VCardProperty WithRawValue(string rawValue) => rawValue == RawValue ? this : new(this) { RawValue = CheckedValue(rawValue) };

    public VCardProperty WithText(string text) => WithRawValue(VCardNames.IsPlain(Name) ? VCardText.EscapePlain(text) : VCardText.Escape(text));

    public VCardProperty WithParameters(IEnumerable<VCardParameter> parameters) => new(this) { Parameters = [.. parameters] };

    public VCardProperty WithoutParameter(string name) =>
        Parameter(name) is null ? this : WithParameters(Parameters.RemoveAll(p => p.Is(name)));

    /// <summary>Sets a parameter where it stands, or adds it at the end.</summary>
    public VCardProperty WithParameter(string name, params IEnumerable<string> values)
    {
        var set = new VCardParameter(name, values);
        var at = Parameters.Select((p, i) => (p, i)).Where(x => x.p.Is(name)).Select(x => (int?)x.i).FirstOrDefault();
        return at is { } index ? WithParameters(Parameters.SetItem(index, set)) : WithParameters(Parameters.Add(set));
    }

    public bool Equals(VCardProperty? other) =>
        other is not null && InGroup(other.Group) && Is(other.Name) && RawValue == other.RawValue
        && Parameters.AsSpan().SequenceEqual(other.Parameters.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as VCardProperty);

    public override int GetHashCode() => HashCode.Combine(Name.GetHashCode(StringComparison.OrdinalIgnoreCase), RawValue, Parameters.Length);

    public override string ToString() => VCardWriter.Line(this);
}
