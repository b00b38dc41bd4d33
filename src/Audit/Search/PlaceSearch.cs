using System.Buffers.Binary;
using System.Globalization;

namespace Candor.Audit.Search;

/// <summary>Looks for an owner's places: a latitude and a longitude near each other, each within 0.0005 degrees, as numbers in text or as machine words.</summary>
/// <remarks>
/// By value, not by spelling: a phone's position is a few metres beside the one in the owner file, and rounded by who sends it. One coordinate alone is no finding: prices and
/// versions are numbers too. Degrees, minutes and seconds lose their sign, so there the hemisphere is not compared.
/// </remarks>
internal static class PlaceSearch
{
    private const double Tolerance = 0.00051, Exact = 0.00002;
    private const int TextDistance = 200, WordDistance = 12, LeastDecimals = 3;

    public static void Text(ReadOnlySpan<byte> text, IReadOnlyList<OwnerValue> places, Action<Hit> found)
    {
        var pairs = new Pairs(places, found, TextDistance);
        for (int at = 0; at < text.Length; at++)
        {
            if (!IsDigit(text[at]) || at > 0 && (IsDigit(text[at - 1]) || text[at - 1] == '.')) continue;
            int start = at > 0 && text[at - 1] == '-' ? at - 1 : at;
            int end = at, point = -1;
            while (end < text.Length && (IsDigit(text[end]) || text[end] == '.' && point < 0))
            {
                if (text[end] == '.') point = end;
                end++;
            }
            int decimals = point < 0 ? 0 : end - point - 1;
            bool degreesFollow = end < text.Length && text[end] == 0xC2;
            bool told = decimals >= LeastDecimals || point < 0 && end - at >= 6 || degreesFollow;
            if (told && end - at <= 18 && double.TryParse(text[start..end], NumberStyles.Float, CultureInfo.InvariantCulture, out double number))
            {
                if (decimals >= LeastDecimals) pairs.Take(number, start, end - start, $"degrees, {decimals} decimals", signed: true);
                else if (point < 0 && end - at >= 6)
                {
                    pairs.Take(number / 1e6, start, end - start, "micro-degrees, decimal", signed: true);
                    pairs.Take(number / 1e7, start, end - start, "degrees E7, decimal", signed: true);
                }
                if (Minutes(text, number, ref end, out double degrees)) pairs.Take(degrees, start, end - start, "degrees, minutes, seconds", signed: false);
            }
            at = end - 1;
        }
    }

    /// <summary>What follows whole degrees: the sign for them, minutes, seconds.</summary>
    private static bool Minutes(ReadOnlySpan<byte> text, double whole, ref int end, out double degrees)
    {
        degrees = 0;
        var rest = text[end..];
        if (!rest.StartsWith("°"u8)) return false;
        int at = end + 2;
        if (!Part(text, ref at, out double minutes) || !Part(text, ref at, out double seconds)) return false;
        degrees = whole + minutes / 60 + seconds / 3600;
        end = at;
        return true;
    }

    private static bool Part(ReadOnlySpan<byte> text, ref int at, out double number)
    {
        while (at < text.Length && text[at] == ' ') at++;
        int from = at;
        while (at < text.Length && (IsDigit(text[at]) || text[at] == '.')) at++;
        bool read = double.TryParse(text[from..at], NumberStyles.Float, CultureInfo.InvariantCulture, out number);
        while (at < text.Length && (text[at] is (byte)'\'' or (byte)'"' or (byte)' ' || text[at] >= 0x80)) at++;
        return read;
    }

    /// <summary>Ranges in which the words of places are, for <see cref="Words"/>; made once for an owner.</summary>
    public static PlaceWords RangesOf(IReadOnlyList<OwnerValue> places) => new(places, Tolerance);

    public static void Words(ReadOnlySpan<byte> bytes, IReadOnlyList<OwnerValue> places, PlaceWords ranges, Action<Hit> found)
    {
        var candidates = ranges.Candidates(bytes);
        if (candidates.Count < 2) return; // One coordinate is no place.
        // One set of pairs a type: a latitude as a double and a longitude as an integer are not a place.
        var types = new Pairs[12];
        for (int i = 0; i < types.Length; i++) types[i] = new(places, found, WordDistance);
        Span<byte> word = stackalloc byte[8];
        int last = -1;
        foreach (int at in candidates)
        {
            if (at == last || at + 4 > bytes.Length) continue;
            last = at;
            var rest = bytes[at..];
            float little = BinaryPrimitives.ReadSingleLittleEndian(rest), big = BinaryPrimitives.ReadSingleBigEndian(rest);
            types[0].Take(little, at, 4, "floats, little-endian", true);
            types[1].Take(big, at, 4, "floats, big-endian", true);
            int low = BinaryPrimitives.ReadInt32LittleEndian(rest), high = BinaryPrimitives.ReadInt32BigEndian(rest);
            types[2].Take(low / 1e6, at, 4, "micro-degrees, little-endian", true);
            types[3].Take(low / 1e7, at, 4, "degrees E7, little-endian", true);
            types[4].Take(high / 1e6, at, 4, "micro-degrees, big-endian", true);
            types[5].Take(high / 1e7, at, 4, "degrees E7, big-endian", true);
            if (rest.Length >= 8)
            {
                types[6].Take(BinaryPrimitives.ReadDoubleLittleEndian(rest), at, 8, "doubles, little-endian", true);
                types[7].Take(BinaryPrimitives.ReadDoubleBigEndian(rest), at, 8, "doubles, big-endian", true);
            }
            int end = at;
            if ((at > 0 && bytes[at - 1] >= 0x80) || bytes[at] < 0x80 || !Bodies.ProtobufForm.Varint(bytes, ref end, out ulong varint)) continue;
            long plain = unchecked((long)varint), zigzag = unchecked((long)(varint >> 1) ^ -(long)(varint & 1));
            types[8].Take(plain / 1e6, at, end - at, "micro-degrees, varint", true);
            types[9].Take(plain / 1e7, at, end - at, "degrees E7, varint", true);
            types[10].Take(zigzag / 1e6, at, end - at, "micro-degrees, zigzag varint", true);
            types[11].Take(zigzag / 1e7, at, end - at, "degrees E7, zigzag varint", true);
        }
    }

    private static bool IsDigit(byte b) => b is >= (byte)'0' and <= (byte)'9';

    /// <summary>Geohash (G. Niemeyer's; base 32 without a, i, l, o): the cell of 12 characters, and the eight cells of 7 around it.</summary>
    public static IEnumerable<(string Hash, int Least)> Geohashes((double Latitude, double Longitude) at)
    {
        string own = Geohash(at.Latitude, at.Longitude, 12);
        yield return (own, 9);
        const double height = 180.0 / (1 << 17), width = 360.0 / (1 << 18);
        for (int y = -1; y <= 1; y++)
        {
            for (int x = -1; x <= 1; x++) yield return (Geohash(at.Latitude + y * height, at.Longitude + x * width, 7), 7);
        }
    }

    private static string Geohash(double latitude, double longitude, int length)
    {
        const string letters = "0123456789bcdefghjkmnpqrstuvwxyz";
        double south = -90, north = 90, west = -180, east = 180;
        char[] hash = new char[length];
        int bits = 0;
        for (int i = 0; i < length * 5; i++)
        {
            double middle = i % 2 == 0 ? (west + east) / 2 : (south + north) / 2;
            bool upper = (i % 2 == 0 ? longitude : latitude) >= middle;
            bits = (bits << 1 | (upper ? 1 : 0)) & 31;
            if (i % 2 == 0) (west, east) = upper ? (middle, east) : (west, middle);
            else (south, north) = upper ? (middle, north) : (south, middle);
            if (i % 5 == 4) hash[i / 5] = letters[bits];
        }
        return new(hash);
    }

    /// <summary>The last latitude and longitude that were a place's; when both are near each other, the place is found.</summary>
    private sealed class Pairs(IReadOnlyList<OwnerValue> places, Action<Hit> found, int distance)
    {
        // Of each place; made when a number is one's: of most texts none is.
        private (Near? Latitude, Near? Longitude)[]? _last;

        private readonly record struct Near(int At, int Length, bool Exact);

        public void Take(double number, int at, int length, string form, bool signed)
        {
            if (!(Math.Abs(number) <= 180.001)) return;
            for (int i = 0; i < places.Count; i++)
            {
                var (latitude, longitude) = places[i].At;
                if (!signed) (latitude, longitude) = (Math.Abs(latitude), Math.Abs(longitude));
                double beside = Math.Abs(number - latitude), across = Math.Abs(number - longitude);
                if (beside > Tolerance && across > Tolerance) continue;
                ref var last = ref (_last ??= new (Near?, Near?)[places.Count])[i];
                if (beside <= Tolerance) last.Latitude = new(at, length, beside <= Exact);
                if (across <= Tolerance) last.Longitude = new(at, length, across <= Exact);
                if (last is not ({ } one, { } two) || one.At == two.At || Math.Abs(one.At - two.At) > distance) continue;
                int start = Math.Min(one.At, two.At), end = Math.Max(one.At + one.Length, two.At + two.Length);
                found(new(places[i], "place", form, one.Exact && two.Exact ? Confidence.Certain : Confidence.Likely, start, end - start));
            }
        }
    }
}
