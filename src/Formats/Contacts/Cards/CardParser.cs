using System.Collections.Immutable;
using System.Text;

namespace Candor.Formats.Contacts;

/// <summary>Turns the bytes of one card into properties.</summary>
/// <remarks>
/// 1. The version is looked up first, for it decides how parameters read. 2. A physical line starts a property; its name and parameters say
/// how its lines are joined: soft line breaks for quoted-printable, anything that looks like base64 for base64, folding for the rest.
/// 3. Transport is undone: character set, quoted-printable. 4. What is no property is joined to a text before it or kept by itself.
/// </remarks>
internal ref struct CardParser
{
    private readonly ReadOnlySpan<byte> _card;
    private readonly Mends _mends;
    private readonly ImmutableArray<VCardProperty>.Builder _properties = ImmutableArray.CreateBuilder<VCardProperty>();
    private VCardVersion _version;
    private int _position;
    private int _parameters;
    private byte[] _line = new byte[256];
    private int _length;

    private CardParser(ReadOnlySpan<byte> card, VCardVersion version, Mends mends)
    {
        _card = card;
        _version = version;
        _mends = mends;
    }

    public static (VCardVersion Version, ImmutableArray<VCardProperty> Properties) Parse(ReadOnlySpan<byte> card, Mends mends)
    {
        var stated = StatedVersion(card);
        var version = stated switch { "2.1" => VCardVersion.V21, "3.0" => VCardVersion.V30, "4.0" => VCardVersion.V40, _ => Guess(card, stated) };
        if (stated is null) mends.Add($"VERSION is missing, read as {Name(version)}");
        else if (stated is not ("2.1" or "3.0" or "4.0"))
            mends.Add($"VERSION is '{(stated.Length <= 10 ? stated : stated[..10] + "…")}', read as {Name(version)}");
        var parser = new CardParser(card, version, mends);
        return (version, parser.Properties());
    }

    private static string Name(VCardVersion version) => version switch { VCardVersion.V21 => "2.1", VCardVersion.V30 => "3.0", _ => "4.0" };

    private static string? StatedVersion(ReadOnlySpan<byte> card)
    {
        var lines = new CardParser(card, VCardVersion.V30, new Mends());
        while (lines.Next(out var line))
        {
            if (!StartsWithName(line, "VERSION"u8)) continue;
            var value = line[(line.IndexOf((byte)':') + 1)..];
            return Encoding.Latin1.GetString(value[..Math.Min(value.Length, 64)]).Trim();
        }
        return null;
    }

    private static VCardVersion Guess(ReadOnlySpan<byte> card, string? stated)
    {
        if (stated is not null and not "") return stated[0] switch { '1' or '2' => VCardVersion.V21, '4' or '5' => VCardVersion.V40, _ => VCardVersion.V30 };
        var as30 = new CardParser(card, VCardVersion.V30, new Mends());
        var properties = as30.Properties();
        if (card.IndexOf("QUOTED-PRINTABLE"u8) >= 0 || properties.Any(p => p.Parameters.Any(x => x.Name.Length == 0))) return VCardVersion.V21;
        return properties.Any(p => p.Is("KIND") || p.Is("MEMBER") || p.Is("RELATED") || p.Parameter("PREF") is not null
            || (VCardNames.IsBinary(p.Name) && p.RawValue.StartsWith("data:", StringComparison.OrdinalIgnoreCase)))
            ? VCardVersion.V40 : VCardVersion.V30;
    }

    private ImmutableArray<VCardProperty> Properties()
    {
        Next(out _); // BEGIN
        while (Next(out var line))
        {
            if (line.IndexOfAnyExcept(" \t\0\u001A"u8) < 0) continue;
            if (IsMarker(line, "END")) break;
            if (IsMarker(line, "BEGIN")) continue;
            if (_properties.Count + _parameters >= VCardReader.MaxParts)
            {
                _mends.Add($"it has more than {VCardReader.MaxParts} properties and parameters, the first were kept");
                break;
            }
            Property(line);
        }
        return _properties.ToImmutable();
    }

    private void Property(ReadOnlySpan<byte> first)
    {
        Start(first);
        var colon = JoinHeader();
        if (colon < 0 || !TryHeader(_line.AsSpan(0, colon), out var header))
        {
            JoinFolded();
            Keep(_line.AsSpan(0, _length));
            return;
        }
        foreach (var parameter in header.Parameters) _parameters += parameter.Values.Length;
        if (header.QuotedPrintable) JoinSoftBreaks();
        else if (header.Base64) JoinBase64();
        else JoinFolded();
        var name = header.Name.ToUpperInvariant();
        if (name is "VERSION") return;
        if (name is "BEGIN" or "END")
        {
            Keep(_line.AsSpan(0, _length));
            return;
        }
        if (name is "NOTE" or "LABEL" or "ADR" && !header.QuotedPrintable && !header.Base64) JoinTextLines(name);
        if (name is "AGENT" && _length == colon + 1 && JoinAgent())
        {
            var agent = Charsets.Decode(_line.AsSpan(colon + 1, _length - colon - 1), header.Charset, out _);
            _properties.Add(new VCardProperty(header.Group, header.Name, header.Parameters, VCardText.Escape(agent)));
            return;
        }

        var (raw, parameters) = CardValue.Read(header, _line.AsSpan(colon + 1, _length - colon - 1), _version, _mends);
        _properties.Add(new VCardProperty(header.Group, header.Name, parameters, raw));
    }

    private readonly void Keep(ReadOnlySpan<byte> line)
    {
        _mends.Add($"a line is no property, kept as {VCardReader.UnreadName}");
        _properties.Add(VCardProperty.OfText(VCardReader.UnreadName, Charsets.Decode(line, null, out _)));
    }

    // Joining

    private void Start(ReadOnlySpan<byte> line)
    {
        _length = 0;
        Append(line.TrimStart(" \t"u8));
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_length + bytes.Length > _line.Length) Array.Resize(ref _line, Math.Max(_length + bytes.Length, _line.Length * 2));
        bytes.CopyTo(_line.AsSpan(_length));
        _length += bytes.Length;
    }

    /// <summary>Joins folded lines until the colon that ends the name and parameters. Quotes hide colons, unless they never close.</summary>
    private int JoinHeader()
    {
        var quoted = false;
        for (var scanned = 0; ;)
        {
            for (; scanned < Math.Min(_length, VCardReader.MaxHeaderBytes); scanned++)
            {
                if (_line[scanned] == '"') quoted = !quoted;
                else if (_line[scanned] == ':' && !quoted) return scanned;
            }
            if (scanned >= VCardReader.MaxHeaderBytes || !NextFolded(out var folded)) break;
            Append(folded[1..]);
        }
        return _line.AsSpan(0, Math.Min(_length, VCardReader.MaxHeaderBytes)).IndexOf((byte)':');
    }

    /// <summary>RFC 2425 §5.8.1 takes the white space away; vCard 2.1 §2.1.3 folds before white space that belongs to the text.</summary>
    private void JoinFolded()
    {
        while (NextFolded(out var line)) Append(_version == VCardVersion.V21 ? line : line[1..]);
    }

    /// <summary>White space after the "=" of a soft line break that is looked past.</summary>
    private const int MaxSpaceAfterBreak = 16;

    private void JoinSoftBreaks()
    {
        while (true)
        {
            var end = _length;
            while (end > 0 && end > _length - MaxSpaceAfterBreak && _line[end - 1] is (byte)' ' or (byte)'\t') end--;
            if (end > 0 && _line[end - 1] == '=')
            {
                if (!Peek(out var next, out var after) || IsMarker(next, "END") || IsMarker(next, "BEGIN")) return;
                _length = end - 1;
                _position = after;
                Append(next);
            }
            else if (NextFolded(out var folded)) Append(folded[1..]);
            else if (Peek(out var next, out var after) && next.Length > 0 && !LooksLikeProperty(next) && !IsMarker(next, "END"))
            {
                _mends.Add("quoted-printable was broken without a soft line break, joined");
                _position = after;
                Append(next);
            }
            else return;
        }
    }

    /// <summary>Base64 goes on while lines look like it, folded or not; blank lines, which end it in 2.1, do no harm inside.</summary>
    private void JoinBase64()
    {
        while (Peek(out var line, out var after))
        {
            var text = line.Trim(" \t"u8);
            var folded = line is [(byte)' ' or (byte)'\t', ..];
            if (!folded && text.ContainsAnyExcept(Base64Bytes)) return;
            _position = after;
            Append(text);
        }
    }

    private static readonly System.Buffers.SearchValues<byte> Base64Bytes =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_ \t"u8);

    /// <summary>Texts that people type with line breaks, in programs that write them as they are.</summary>
    private void JoinTextLines(string name)
    {
        while (true)
        {
            var before = _position;
            var breaks = 1;
            ReadOnlySpan<byte> line;
            while (Next(out line) && line.IsEmpty) breaks++;
            if (line.IsEmpty || LooksLikeProperty(line))
            {
                _position = before;
                return;
            }
            _mends.Add($"a line break in {name} was not folded, joined");
            for (var i = 0; i < breaks; i++) Append("\n"u8);
            Append(line);
        }
    }

    /// <summary>vCard 2.1 §2.4.3: a whole card after "AGENT:", kept as its text.</summary>
    private bool JoinAgent()
    {
        var depth = 0;
        var any = false;
        while (Peek(out var line, out var after))
        {
            if (depth == 0 && line.Length > 0 && !IsMarker(line, "BEGIN")) break;
            _position = after;
            if (line.Length == 0) continue;
            if (any) Append("\n"u8);
            Append(line);
            any = true;
            if (IsMarker(line, "BEGIN")) depth++;
            else if (IsMarker(line, "END") && --depth == 0) break;
        }
        return any;
    }

    // Lines

    private bool Next(out ReadOnlySpan<byte> line)
    {
        var any = Peek(out line, out var after);
        _position = after;
        return any;
    }

    private bool NextFolded(out ReadOnlySpan<byte> line)
    {
        if (!Peek(out line, out var after) || line is not [(byte)' ' or (byte)'\t', ..]) return false;
        _position = after;
        return true;
    }

    private readonly bool Peek(out ReadOnlySpan<byte> line, out int after)
    {
        line = _card[_position..];
        after = _card.Length;
        if (line.IsEmpty) return false;
        var end = line.IndexOfAny((byte)'\r', (byte)'\n');
        if (end < 0) return true;
        after = _position + end + (line[end] == '\r' && end + 1 < line.Length && line[end + 1] == '\n' ? 2 : 1);
        line = line[..end];
        return true;
    }

    private static bool IsMarker(ReadOnlySpan<byte> line, string word)
    {
        if (line.Length > 32 || line.Length < word.Length + 6) return false;
        Span<char> text = stackalloc char[32];
        return CardSplitter.IsMarker(text[..Encoding.Latin1.GetChars(line, text)], word);
    }

    private static bool StartsWithName(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) =>
        line.Length > name.Length && Ascii.EqualsIgnoreCase(line[..name.Length], name) && line[name.Length] is (byte)':' or (byte)';';

    private static bool LooksLikeProperty(ReadOnlySpan<byte> line)
    {
        var end = line.IndexOfAny((byte)':', (byte)';');
        if (end is <= 0 or > 64) return false;
        Span<char> name = stackalloc char[64];
        return VCardNames.IsGroup(name[..Encoding.Latin1.GetChars(line[..end], name)]);
    }

    // Header

    private readonly bool TryHeader(ReadOnlySpan<byte> bytes, out CardHeader header)
    {
        var text = Charsets.Decode(bytes, null, out var lie);
        if (lie is not null) _mends.Add($"parameters {lie}");
        return CardHeader.TryParse(text, _version, out header);
    }
}
