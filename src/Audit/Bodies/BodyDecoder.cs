namespace Candor.Audit.Bodies;

/// <summary>A stretch of a view that a form sets apart.</summary>
internal readonly record struct Piece(int Start, int Length, string Step);

/// <summary>Makes every reading of a body that it can, whatever its carrier declares: a header is a claim, and undeclared or mis-declared bodies are common.</summary>
/// <remarks>
/// 1. What is declared, in the header's order; where that fails the body is taken as it is, and flagged.
/// 2. Each view: compression by its first bytes; else a structure (JSON, multipart, form, property list, protobuf, CBOR …); gzip in the middle of anything.
/// 3. Then pieces in the text: base64, hex, percent, quoted-printable, entities, UTF-16.
/// 4. What nobody knows by then: raw deflate, brotli, published fixed keys, one byte over and over (XOR); kept only where the result is readable. Then text that stands in it.
/// Total and bounded: limits end the work, never an exception.
/// </remarks>
public sealed class BodyDecoder
{
    private static readonly FixedKey[] s_published = [.. FixedKey.Published];

    private readonly BodyLimits _limits;
    private readonly FixedKey[] _keys;
    private readonly Queue<BodyView> _todo = new();
    private readonly List<BodyView> _all = [];
    private readonly List<Piece> _pieces = [];
    private readonly List<ulong> _fields = [];
    private readonly HashSet<(int, ulong)> _seen = [];
    private long _expanded;
    private bool _exhausted;

    private BodyDecoder(BodyLimits limits, FixedKey[] keys) => (_limits, _keys) = (limits, keys);

    /// <summary>Decodes a body.</summary>
    /// <param name="body">Kept by the views; not changed.</param>
    /// <param name="declared">What its carrier says.</param>
    /// <param name="limits">What it may cost.</param>
    /// <param name="keys">Fixed keys to try; the published ones if null.</param>
    public static BodyTree Decode(ReadOnlyMemory<byte> body, BodyDeclaration? declared = null, BodyLimits? limits = null, IReadOnlyList<FixedKey>? keys = null)
    {
        var decoder = new BodyDecoder(limits ?? BodyLimits.Default, keys is null ? s_published : [.. keys]);
        var tree = new BodyTree(new BodyView(null, "", body, 0, body.Length, ViewMap.Slice));
        decoder._all.Add(tree.Root);
        decoder.Declared(tree.Root, declared ?? BodyDeclaration.None);
        while (decoder._todo.TryDequeue(out var view)) decoder.Read(view);
        (tree.All, tree.Exhausted) = (decoder._all, decoder._exhausted);
        return tree;
    }

    private void Declared(BodyView root, BodyDeclaration declared)
    {
        var view = root;
        foreach (string name in declared.Encodings.Reverse().Select(e => e.Trim().ToLowerInvariant()).Where(e => e is not ("identity" or "" or "aws-chunked")))
        {
            var kind = Compression.Named(name);
            byte[] made = kind is null ? [] : Compression.Expand(kind.Value, view.Bytes, Room, out _);
            if (made.Length == 0 && !view.Bytes.IsEmpty)
            {
                view.Flag = kind is null ? $"declared {name}, which is not known here" : $"declared {name}, is not";
                break;
            }
            view.Form = name;
            if (Add(view, name, made, 0, view.Bytes.Length, ViewMap.Whole, todo: false) is not { } next) break;
            view = next;
        }
        _todo.Enqueue(view);
    }

    private int Room => (int)Math.Max(0, _limits.Expanded - _expanded);

    private void Read(BodyView view)
    {
        var bytes = view.Bytes.Span;
        if (bytes.Length < 4) return;
        if (Compression.ByMagic(bytes) is { } magic && Expand(view, magic, 0)) return;
        if (Media.Of(bytes) is { } media)
        {
            view.Form = media;
            return;
        }
        bool text = Readable.IsText(bytes);
        Structure(view, bytes, text);
        // An equals sign or a bracket makes no more of few characters than they are.
        if (text && view.Form is null or "form" or "xml") view.Bits = Evidence.OfText(bytes);
        Embedded(view, bytes, text);
        if (Texts.Utf16(bytes) is { } utf8)
        {
            view.Form ??= "utf-16";
            Add(view, "utf-16", utf8, 0, bytes.Length, ViewMap.Whole);
            return;
        }
        Texts.Pieces(bytes, text, (step, made, start, length, map) => Add(view, step, made, start, length, map) is not null);
        if (text) view.Form ??= "text";
        if (view.Form is not null) return;
        if (view.Views.Count == 0) Guess(view, bytes);
        if (view.Form is null && view.Views.Count == 0) Framed(view, bytes);
        if (view.Form is null && view.Views.Count == 0) Shifted(view);
        if (view.Form is not null || view.HasSlice()) return;
        foreach (var (start, length) in Texts.Runs(view.Bytes)) Add(view, "", view.Bytes.Slice(start, length), start, length, ViewMap.Slice);
    }

    private void Structure(BodyView view, ReadOnlySpan<byte> bytes, bool text)
    {
        var (pieces, fields) = (_pieces, _fields);
        pieces.Clear();
        fields.Clear();
        if (text)
        {
            if (Json(view, bytes)) view.Form = "json";
            else if (MultipartForm.TryRead(bytes, pieces)) view.Form = "multipart";
            else if (FormForm.TryRead(bytes, pieces)) view.Form = "form";
            else if (TnetForm.TryRead(bytes, pieces)) view.Form = "tnetstring";
            else if (bytes.TrimStart(" \t\r\n"u8) is [(byte)'<', ..]) view.Form = "xml";
        }
        else if (MultipartForm.TryRead(bytes, pieces)) view.Form = "multipart";
        else if (PlistForm.TryRead(bytes, pieces)) view.Form = "binary plist";
        else if (TnetForm.TryRead(bytes, pieces)) view.Form = "tnetstring";
        else if (ProtobufForm.TryRead(bytes, pieces, fields)) (view.Form, view.Bits) = ("protobuf", Evidence.OfFields(bytes, fields, pieces));
        else if (ThriftForm.TryRead(bytes, pieces)) view.Form = "thrift";
        else if (CborForm.TryRead(bytes, pieces)) (view.Form, view.Bits) = ("cbor", Evidence.OfStrings(bytes, pieces));
        else if (MessagePackForm.TryRead(bytes, pieces)) (view.Form, view.Bits) = ("messagepack", Evidence.OfStrings(bytes, pieces));
        foreach (var piece in pieces)
        {
            if (piece.Length >= 4 && piece.Length < bytes.Length && Add(view, $"{view.Form} {piece.Step}".TrimEnd(), view.Bytes.Slice(piece.Start, piece.Length), piece.Start, piece.Length, ViewMap.Slice) is null) return;
        }
    }

    private bool Json(BodyView view, ReadOnlySpan<byte> bytes) => JsonForm.TryRead(bytes, (start, length, made) => Add(view, "", made, start, length, ViewMap.Whole) is not null);

    /// <summary>A member of gzip, zstd or zlib behind a header that nobody knows. The first bytes of zlib are met by chance: it has to be whole.</summary>
    private void Embedded(BodyView view, ReadOnlySpan<byte> bytes, bool text)
    {
        Embedded(view, bytes, CompressionKind.Gzip, [0x1F, 0x8B, 0x08]);
        if (text) return;
        Embedded(view, bytes, CompressionKind.Zstd, [0x28, 0xB5, 0x2F, 0xFD]);
        foreach (byte level in (ReadOnlySpan<byte>)[0x9C, 0xDA, 0x01, 0x5E]) Embedded(view, bytes, CompressionKind.Zlib, [0x78, level]);
    }

    private void Embedded(BodyView view, ReadOnlySpan<byte> bytes, CompressionKind kind, ReadOnlySpan<byte> magic)
    {
        const int most = 16;
        for (int at = 1, tries = 0; tries < most && at < bytes.Length; tries++)
        {
            int next = bytes[at..].IndexOf(magic);
            if (next < 0) return;
            at += next;
            if (!view.HasSlice(at) && (kind != CompressionKind.Zlib || IsWholeZlib(view.Bytes[at..]))) Expand(view, kind, at);
            at++;
        }
    }

    private static bool IsWholeZlib(ReadOnlyMemory<byte> bytes) => Compression.Expand(CompressionKind.Zlib, bytes, Compression.GuessRoom, out bool cut) is { Length: >= 16 } made && (!cut || made.Length == Compression.GuessRoom);

    private bool Expand(BodyView view, CompressionKind kind, int from)
    {
        byte[] made = Compression.Expand(kind, view.Bytes[from..], Room, out bool cut);
        if (made.Length == 0) return false;
        if (from == 0) view.Form = Compression.Name(kind);
        if (from == 0 && kind == CompressionKind.Zlib) view.Bits = Evidence.OfZlib(view.Bytes.Span, made);
        if (Add(view, Compression.Name(kind), made, from, view.Bytes.Length - from, ViewMap.Whole) is { } child && cut) child.Flag = "cut off, or more than the limits allow";
        return true;
    }

    private void Guess(BodyView view, ReadOnlySpan<byte> bytes)
    {
        foreach (var kind in (CompressionKind[])[CompressionKind.Deflate, CompressionKind.Brotli])
        {
            if (!Compression.MayBe(kind, bytes)) continue;
            int room = Math.Min(Room, Compression.GuessRoom);
            byte[] made = Compression.Expand(kind, view.Bytes, room, out bool cut);
            if (made.Length < bytes.Length || made.Length < 16 || !Readable.IsText(made)) continue;
            (view.Form, view.Bits) = (Compression.Name(kind), Evidence.OfPacked(bytes, made, broken: cut && made.Length < room));
            Add(view, view.Form, Compression.Expand(kind, view.Bytes, Room, out _), 0, bytes.Length, ViewMap.Whole);
            return;
        }
        foreach (var key in _keys)
        {
            if (key.Open(bytes) is not { } open || !(Readable.IsText(open) || Compression.ByMagic(open) is { } kind && Compression.Expand(kind, open, Room, out _).Length > 0)) continue;
            view.Form = "obfuscated";
            Add(view, key.Name, open, 0, bytes.Length, ViewMap.Whole, key: key);
            return;
        }
        if (FixedKey.OneByte(bytes) is not { } single) return;
        view.Form = "obfuscated";
        Add(view, single.Name, single.Open(bytes)!, 0, bytes.Length, ViewMap.Whole, key: single);
    }

    private static bool Expands(CompressionKind kind, ReadOnlyMemory<byte> bytes) =>
        Compression.MayBe(kind, bytes.Span) && Compression.Expand(kind, bytes, Compression.GuessRoom, out _) is { Length: >= 24 } made && Readable.IsText(made);

    /// <summary>Whose frames nobody knows: what is in them counts for itself, and the rest for nothing more than it did.</summary>
    private void Framed(BodyView view, ReadOnlySpan<byte> bytes)
    {
        _pieces.Clear();
        if (!FramedForm.TryRead(bytes, _pieces)) return;
        foreach (var piece in _pieces) Add(view, piece.Step, view.Bytes.Slice(piece.Start, piece.Length), piece.Start, piece.Length, ViewMap.Slice);
    }

    /// <summary>What a few bytes of a header that nobody knows keep from being read: the rest is tried from each of the next bytes on, where it is short.</summary>
    private void Shifted(BodyView view)
    {
        const int most = FixedKey.Shifts, longest = 8 * 1024;
        if (view.Bytes.Length > longest || view.Parent is not null && view.Step != "frame") return;
        // A byte over all of the rest is over what all rests have in common.
        bool single = view.Bytes.Length > most && FixedKey.MayBeOneByte(view.Bytes.Span[most..]);
        for (int skip = 1; skip <= most && view.Bytes.Length - skip >= 16; skip++)
        {
            var rest = view.Bytes[skip..];
            bool known = Readable.IsText(rest.Span) || HasParts(rest.Span) || Expands(CompressionKind.Deflate, rest) || Expands(CompressionKind.Brotli, rest)
                || Keyed(rest.Span) || single && FixedKey.OneByte(rest.Span) is not null;
            if (!known) continue;
            Add(view, "", rest, skip, rest.Length, ViewMap.Slice);
            return;
        }
    }

    private bool HasParts(ReadOnlySpan<byte> bytes)
    {
        _pieces.Clear();
        if (CborForm.TryRead(bytes, _pieces) && _pieces.Count > 0 || MessagePackForm.TryRead(bytes, _pieces) || PlistForm.TryRead(bytes, _pieces)) return true;
        _fields.Clear();
        if (!ProtobufForm.TryRead(bytes, _pieces, _fields)) return false;
        foreach (var piece in _pieces)
        {
            if (piece.Length >= 4 && Readable.IsText(bytes.Slice(piece.Start, piece.Length))) return true;
        }
        return false;
    }

    private bool Keyed(ReadOnlySpan<byte> bytes)
    {
        foreach (var key in _keys)
        {
            if (key.Open(bytes) is { } open && (Readable.IsText(open) || Compression.ByMagic(open) is not null)) return true;
        }
        return false;
    }

    private BodyView? Add(BodyView parent, string step, ReadOnlyMemory<byte> bytes, int start, int length, ViewMap map, bool todo = true, FixedKey? key = null)
    {
        if (map != ViewMap.Slice) _expanded += bytes.Length;
        if (_all.Count >= _limits.Views || parent.Depth >= _limits.Depth || _expanded > _limits.Expanded)
        {
            _exhausted = true;
            return null;
        }
        // The same bytes are read once: two ways to one text would double with every step.
        if (!_seen.Add((bytes.Length, Readable.Mix(bytes.Span)))) return parent;
        var view = new BodyView(parent, step, bytes, start, length, map) { Key = key };
        _all.Add(view);
        if (todo) _todo.Enqueue(view);
        return view;
    }
}
