namespace Candor.Audit.Bodies;

/// <summary>How offsets in a view lead back to the bytes that it was made of.</summary>
internal enum ViewMap : byte
{
    /// <summary>The very bytes: searched with the view around them.</summary>
    Slice,

    /// <summary>Four characters stand for three bytes, line ends aside.</summary>
    Base64,

    /// <summary>Two characters stand for one byte.</summary>
    Hex,

    /// <summary>Only as a whole: compression, ciphers, escapes.</summary>
    Whole,
}

/// <summary>One reading of a body: the body itself, a part of it, or what a decoder made of a part.</summary>
public sealed class BodyView
{
    private List<BodyView>? _views;

    internal BodyView(BodyView? parent, string step, ReadOnlyMemory<byte> bytes, int start, int length, ViewMap map)
    {
        (Parent, Step, Bytes, Start, Length, Map) = (parent, step, bytes, start, length, map);
        Depth = parent is null ? 0 : parent.Depth + 1;
        if (parent is not null) (parent._views ??= []).Add(this);
    }

    /// <summary>Null for the body itself.</summary>
    public BodyView? Parent { get; }

    /// <summary>What makes this view of its parent: "gzip", "base64", "protobuf f3"; empty for the body.</summary>
    public string Step { get; }

    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>What was made of this view.</summary>
    public IReadOnlyList<BodyView> Views => _views ?? (IReadOnlyList<BodyView>)[];

    /// <summary>What is odd: "declared gzip, is not", "cut off". Null mostly.</summary>
    public string? Flag { get; internal set; }

    /// <summary>The form that was recognised: "json", "protobuf", "jpeg", "text"; null where nobody knows: its bytes are undetermined.</summary>
    public string? Form { get; internal set; }

    /// <summary>How surely it is this form (<see cref="Evidence"/>).</summary>
    internal double Bits { get; set; } = Evidence.Sure;

    /// <summary>A published fixed key opened it: obfuscation, for anybody can.</summary>
    public FixedKey? Key { get; internal init; }

    /// <summary>The range of <see cref="Parent"/>'s bytes that it was made of.</summary>
    internal int Start { get; }

    internal int Length { get; }

    internal ViewMap Map { get; }

    internal int Depth { get; }

    /// <summary>Every step from the body on: "gzip > json $.a.b > base64".</summary>
    public string Chain => Parent is null ? "" : Join(Parent.ChainAt(Start), Step);

    /// <summary>The chain to what stands at an offset of this view: behind <see cref="Chain"/> the path, where the view is JSON.</summary>
    public string ChainAt(int offset) => Join(Chain, Form == "json" && JsonForm.PathAt(Bytes.Span, offset) is { Length: > 0 } path ? "json " + path : "");

    /// <summary>Whether some view is a part of this one as it stands: any, or one that holds the byte at an offset.</summary>
    internal bool HasSlice(int? at = null)
    {
        if (_views is null) return false;
        foreach (var view in _views)
        {
            if (view.Map == ViewMap.Slice && (at is null || view.Start <= at && at < view.Start + view.Length)) return true;
        }
        return false;
    }

    private static string Join(string above, string step) => above.Length == 0 ? step : step.Length == 0 ? above : $"{above} > {step}";

    /// <summary>Where bytes of this view stand in the body. As near as the decoders allow: of compressed or ciphered bytes the whole stretch.</summary>
    public (int Start, int Length) InBody(int start, int length) => In(null, start, length);

    /// <summary>As <see cref="InBody"/>, in a view above this one; null is the body.</summary>
    internal (int Start, int Length) In(BodyView? above, int start, int length)
    {
        if (Parent is null || this == above) return (start, length);
        (start, length) = Map switch
        {
            ViewMap.Slice => (Start + start, length),
            ViewMap.Base64 => Clamp(start / 3 * 4, (length + start % 3 + 2) / 3 * 4),
            ViewMap.Hex => Clamp(start * 2, length * 2),
            _ => (Start, Length),
        };
        return Parent.In(above, start, length);
    }

    private (int, int) Clamp(int start, int length) => (Start + Math.Min(start, Length), Math.Min(length, Length - Math.Min(start, Length)));
}
