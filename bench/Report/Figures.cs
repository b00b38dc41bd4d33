using System.Globalization;

namespace Candor.Bench.Report;

/// <summary>Numbers as the table shows them: three digits that mean something, a point, no exponent.</summary>
internal static class Figures
{
    public static string Seconds(double seconds) => seconds switch
    {
        double.NaN or 0 => "–",
        < 0.001 => Fixed(seconds, 6),
        < 0.1 => Fixed(seconds, 4),
        < 10 => Fixed(seconds, 3),
        _ => Fixed(seconds, 1),
    };

    public static string Milliseconds(double seconds) => Short(seconds * 1000);

    public static string Megabytes(long bytes) => bytes == 0 ? "–" : Fixed(bytes / 1e6, 0);

    public static string Rate(double bytesPerSecond) => Fixed(bytesPerSecond / 1e9, 2) + " GB/s";

    /// <summary>No more digits than three, no zeros at the end.</summary>
    public static string Short(double number)
    {
        if (double.IsNaN(number))
            return "–";
        var digits = Math.Abs(number) switch { < 1 => 3, < 10 => 2, < 100 => 1, _ => 0 };
        var text = Fixed(number, digits);
        return digits == 0 ? text : text.TrimEnd('0').TrimEnd('.');
    }

    private static string Fixed(double number, int digits) => number.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
