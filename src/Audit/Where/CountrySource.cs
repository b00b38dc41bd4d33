using System.Globalization;
using System.Text;
using Candor.Audit.Packets;

namespace Candor.Audit.Where;

/// <summary>One data set that says in which country an address is. None is right for all: a report shows what each says, with its date.</summary>
/// <remarks>
/// Four forms: lines "first,last,country" (iptoasn, DB-IP, NRO as the ip-location-db project has them); the delegation statistics of the registries ("apnic|CN|ipv4|1.0.1.0|256|…",
/// nro.net "extended"); MaxMind DB 2.0; and <see cref="RangePack"/>, in which some are within the program.
/// </remarks>
public abstract class CountrySource
{
    /// <summary>How a report names it: the file's name without folder.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The day that the data set gives itself, else of its file.</summary>
    public string Date { get; private set; } = "";

    /// <summary>What it claims to know: "registered" for registries, "located" for others.</summary>
    public string Says { get; private protected init; } = "located";

    /// <summary>As it says itself; empty: it does not.</summary>
    public string Licence { get; private protected init; } = "";

    /// <summary>Who made it, as the licence asks to be told; empty: it does not say.</summary>
    public string Credit { get; private protected init; } = "";

    private protected string? OwnDate { get; init; }

    /// <param name="pack">Of countries.</param>
    internal static CountrySource Of(RangePack pack) => new PackedCountries(pack) { Name = pack.Name, Date = pack.Date };

    /// <summary>Two letters of ISO 3166-1; null: it does not know the address.</summary>
    public abstract string? Of(Address address);

    /// <summary>Reads a data set, whatever form it has. Null: it is none of the four, or holds nothing.</summary>
    /// <param name="file">All of it; kept.</param>
    /// <param name="name">The file's.</param>
    /// <param name="fileDate">Of the file, for what has no date of its own.</param>
    public static CountrySource? Read(byte[] file, string name, string fileDate)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.AsSpan().StartsWith(RangePack.Magic)) return RangePack.TryOpen(new MemoryStream(file, writable: false)) is { Says: "located" or "registered", Name.Length: > 0 } pack ? Of(pack) : null;
        CountrySource? source = MaxMindFile.TryOpen(file) ?? (CountrySource?)CountryRanges.TryRead(file);
        if (source is null) return null;
        (source.Name, source.Date) = (name, source.OwnDate ?? fileDate);
        return source;
    }
}

/// <summary>Ranges that are read where they lie.</summary>
internal sealed class PackedCountries : CountrySource
{
    private readonly RangePack _pack;

    public PackedCountries(RangePack pack) => (_pack, Says, Licence, Credit) = (pack, pack.Says, pack.Licence, pack.Credit);

    public override string? Of(Address address) => _pack.Of(address) is { Length: 2 } word && char.IsAsciiLetterUpper(word[0]) && char.IsAsciiLetterUpper(word[1]) ? word : null;
}

/// <summary>Ranges of addresses in lines.</summary>
internal sealed class CountryRanges : CountrySource
{
    private const int MaxRanges = 8_000_000;

    private readonly (Address First, Address Last, ushort Country)[] _ranges;

    private CountryRanges(List<(Address First, Address Last, ushort Country)> ranges)
    {
        _ranges = [.. ranges];
        Array.Sort(_ranges, (a, b) => a.First.CompareTo(b.First));
    }

    public override string? Of(Address address)
    {
        int low = 0, high = _ranges.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].First <= address) low = middle + 1;
            else high = middle - 1;
        }
        // Ranges within ranges are rare; the nearest that begins before decides, or one of few before it.
        for (int i = high; i >= 0 && i > high - 8; i--)
        {
            if (address <= _ranges[i].Last) return Word(_ranges[i].Country);
        }
        return null;
    }

    public static CountryRanges? TryRead(ReadOnlySpan<byte> file)
    {
        List<(Address, Address, ushort)> ranges = [];
        string? date = null;
        bool registry = false;
        if (file.StartsWith("\uFEFF"u8)) file = file[3..];
        Span<Range> parts = stackalloc Range[8];
        int bad = 0;
        while (!file.IsEmpty && ranges.Count < MaxRanges)
        {
            int end = file.IndexOf((byte)'\n');
            var line = (end < 0 ? file : file[..end]).Trim(" \r\t\""u8);
            file = end < 0 ? default : file[(end + 1)..];
            if (line.IsEmpty || line[0] == '#' || line.Length > 512) continue;
            string text = Encoding.ASCII.GetString(line).Replace("\"", "", StringComparison.Ordinal);
            bool bars = text.Contains('|', StringComparison.Ordinal);
            int count = text.AsSpan().Split(parts, bars ? '|' : ',');
            bool read = bars ? Delegated(text, parts[..count], ranges, ref date) : Line(text, parts[..count], ranges);
            registry |= bars && read;
            if (!read && ++bad > 1000 && ranges.Count == 0) return null;
        }
        return ranges.Count == 0 ? null : new(ranges) { Says = registry ? "registered" : "located", OwnDate = date };
    }

    private static bool Line(string text, ReadOnlySpan<Range> parts, List<(Address, Address, ushort)> ranges)
    {
        if (parts.Length < 3 || Address.TryRead(text[parts[0]]) is not { } first || Address.TryRead(text[parts[1]]) is not { } last || Code(text.AsSpan(parts[2])) is not { } country || last < first) return false;
        ranges.Add((first, last, country));
        return true;
    }

    /// <summary>registry|country|type|start|value|date|status; the first line is version|registry|serial|…</summary>
    private static bool Delegated(string text, ReadOnlySpan<Range> parts, List<(Address, Address, ushort)> ranges, ref string? date)
    {
        if (parts.Length < 5) return false;
        var type = text.AsSpan(parts[2]);
        if (date is null && type is not ("ipv4" or "ipv6" or "asn") && DateOnly.TryParseExact(text[parts[2]], "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var serial)) date = serial.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (type is not ("ipv4" or "ipv6") || Code(text.AsSpan(parts[1])) is not { } country || Address.TryRead(text[parts[3]]) is not { } first
            || !ulong.TryParse(text.AsSpan(parts[4]), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value) || value == 0) return false;
        Address last;
        if (type is "ipv4")
        {
            if (!first.IsV4 || value > 1UL << 32 || (first.Low & uint.MaxValue) + value - 1 > uint.MaxValue) return false;
            last = new(first.High, first.Low + (value - 1));
        }
        else
        {
            if (value > 128 || first.IsV4) return false;
            last = value <= 64 ? new(first.High | (value == 0 ? ulong.MaxValue : value == 64 ? 0 : ulong.MaxValue >> (int)value), ulong.MaxValue) : new(first.High, first.Low | (value == 128 ? 0 : ulong.MaxValue >> (int)(value - 64)));
        }
        ranges.Add((first, last, country));
        return true;
    }

    private static ushort? Code(ReadOnlySpan<char> text) =>
        text.Length == 2 && char.IsAsciiLetter(text[0]) && char.IsAsciiLetter(text[1]) ? (ushort)(char.ToUpperInvariant(text[0]) << 8 | char.ToUpperInvariant(text[1])) : null;

    private static string Word(ushort country) => new([(char)(country >> 8), (char)(country & 0xFF)]);
}
